// The clients of a log: parsed once, assigned to the network that an administrator knows, and counted as distinct clients
// within a memory bound. Beyond it, their requests are judged as usual, but the clients are not counted.
import { parseHop } from '../evidence/forwarded.ts'
import type { NetworkAddress } from '../policy/network-address.ts'
import type { NetworkSet } from '../policy/network-set.ts'
import { blockOf } from '../policy/network-set.ts'
import type { Policy } from '../policy/policy.ts'

export interface LoggedClient {
  /** Undefined when the log has no address, so that no network can hold it. */
  readonly address: NetworkAddress | undefined
  /** The network's name in this or in the previous configuration, or the client's /24 or IPv6 /64. */
  readonly network: string
  /** The counters that have counted this client. Undefined beyond the bound. */
  readonly counted: number[] | undefined
}

export interface Clients {
  find(text: string): LoggedClient
  /** Whether the bound was reached, so that numbers of clients are lower bounds. */
  isIncomplete(): boolean
}

/** About 40 MB. */
export const maxClients = 100_000

// No network can have these names.
const hostNames = '(host names)'
const fronts = '(proxies)'

const maxClientLength = 255

export interface ClientsOptions {
  /** The new one, then the previous one. The first that names a network of the client gives the name. */
  readonly policies: readonly Policy[]
  /** Fronts: a log that has one in the place of the client does not have the client. */
  readonly proxies: readonly NetworkSet[]
  readonly limit?: number
}

export function buildClients(options: ClientsOptions): Clients {
  const { limit = maxClients } = options
  const known = new Map<string, LoggedClient>()
  let isIncomplete = false
  // A client that opens a page of photos sends many requests in a row.
  let lastText = ''
  let last: LoggedClient | undefined
  const findOrDescribe = (text: string) => {
    const found = known.get(text)
    if (found !== undefined) return found
    const isKept = known.size < limit && text.length <= maxClientLength
    const client = describe(text, options, isKept)
    if (isKept) known.set(ownText(text), client)
    else isIncomplete = true
    return client
  }
  return {
    find: text => {
      if (last === undefined || text !== lastText) {
        last = findOrDescribe(text)
        lastText = text
      }
      return last
    },
    isIncomplete: () => isIncomplete,
  }
}

/** A copy of the text: a slice would keep its whole line in memory. */
export function ownText(text: string): string {
  return Buffer.from(text).toString()
}

function describe(
  text: string,
  { policies, proxies }: ClientsOptions,
  isKept: boolean,
): LoggedClient {
  const address = findNearest(ownText(text), proxies)
  const counted = isKept ? [] : undefined
  if (address === undefined) return { address, network: hostNames, counted }
  if (address === 'front') return { address: undefined, network: fronts, counted }
  return { address, network: networkOf(address, policies), counted }
}

// As the gate reads X-Forwarded-For: from the right, past the proxies. With or without a port.
function findNearest(
  text: string,
  proxies: readonly NetworkSet[],
): NetworkAddress | 'front' | undefined {
  for (let end = text.length; end >= 0; ) {
    const comma = end === 0 ? -1 : text.lastIndexOf(',', end - 1)
    const address = parseHop(text.slice(comma + 1, end).trim())
    if (address === undefined) return undefined
    if (!proxies.some(set => set.has(address))) return address
    end = comma
  }
  return 'front'
}

function networkOf(address: NetworkAddress, policies: readonly Policy[]): string {
  for (const [at, { rules }] of policies.entries()) {
    for (const { conditions } of rules) {
      for (const condition of conditions) {
        const name = condition.locate?.(address)
        if (name !== undefined) return at === 0 ? name : `${name} (before)`
      }
    }
  }
  const bits = address.family === 4 ? 24 : 64
  return `${blockOf(address, bits).first.text}/${bits}`
}
