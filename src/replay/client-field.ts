// Which item of a log names the client. Usually `%h`; but if the old server was behind a balancer, `%h` is always the
// balancer, and the client is in the item that the LogFormat has for `X-Forwarded-For`. A log does not contain its
// format, so the item is found by its contents, unless an administrator names it with --client-field.
import { parseHop } from '../evidence/forwarded.ts'
import type { NetworkSet } from '../policy/network-set.ts'
import { fieldsBefore, firstCandidate, maxFields } from './cookie-field.ts'
import { mayBeAddresses } from './line-head.ts'
import type { LogLine } from './log-line.ts'
import { findField, parseLogLine } from './log-line.ts'

/** Where the client is: in `%h`, in an item before it, or in an item after `%b`. Positions from 0. */
type ClientItem =
  | { readonly kind: 'host' }
  | { readonly kind: 'lead' | 'field'; readonly at: number }
  /** The named item is none of these, so no line has a client. */
  | { readonly kind: 'nowhere' }

export interface ClientFieldOptions {
  /** The item of the LogFormat, from 1. Undefined: found by its contents. */
  readonly named: number | undefined
  readonly proxies: readonly NetworkSet[]
}

export interface ClientField {
  /** Takes the first lines of the log, to find the item. Call it before `read`. */
  learn(lines: readonly string[]): void
  /** A network address, a list of X-Forwarded-For or a host name; empty when the line has none. */
  read(text: string, line: LogLine): string
  /** Whether the item at the start of lines is a virtual host instead of the client. */
  hasVirtualHost(): boolean
  /** The position, as `named` has it; null for `%h`. */
  field(): number | null
  /** Whether an item was named that has an address in no line. */
  isInVain(): boolean
}

interface Layout {
  readonly place: ClientItem
  readonly hasVirtualHost: boolean
}

const host: Layout = { place: { kind: 'host' }, hasVirtualHost: true }
const withoutVirtualHost: Layout = { ...host, hasVirtualHost: false }
const minShare = 0.9

export function buildClientField({ named, proxies }: ClientFieldOptions): ClientField {
  let { place, hasVirtualHost } = host
  let leads = 0
  let isFound = named === undefined
  return {
    learn: lines => {
      const sample = lines.flatMap(text => {
        const line = parseLogLine(text)
        return line === undefined ? [] : [{ text, line }]
      })
      leads = sample[0]?.line.leads.length ?? 0
      const layout = named === undefined ? detect(sample, proxies) : layoutOf(named, leads)
      ;({ place, hasVirtualHost } = layout)
    },
    read: (text, line) => {
      if (place.kind === 'nowhere') return ''
      if (place.kind === 'host') {
        isFound = true
        return line.client
      }
      const found =
        place.kind === 'lead' ? line.leads[place.at] : findField(text, line.rest, place.at)?.text
      isFound ||= isForwarded(found ?? '')
      // Nothing was forwarded, so the client connected directly.
      return found === '-' || found === '' ? line.client : (found ?? '')
    },
    hasVirtualHost: () => hasVirtualHost,
    field: () => {
      if (place.kind === 'nowhere') return named ?? null
      if (place.kind === 'host') return null
      return place.at + 1 + (place.kind === 'lead' ? 0 : fieldsBefore + leads)
    },
    isInVain: () => !isFound,
  }
}

function layoutOf(named: number, leads: number): Layout {
  if (named <= leads) {
    return { place: { kind: 'lead', at: named - 1 }, hasVirtualHost: leads > 1 }
  }
  if (named === leads + 1) return host
  const at = named - 1 - fieldsBefore - leads
  return { ...host, place: at < 0 ? { kind: 'nowhere' } : { kind: 'field', at } }
}

interface Sampled {
  readonly text: string
  readonly line: LogLine
}

function detect(sample: readonly Sampled[], proxies: readonly NetworkSet[]): Layout {
  const isProxy = (text: string) => {
    const address = parseHop(text)
    return address !== undefined && proxies.some(set => set.has(address))
  }
  const leads = sample[0]?.line.leads.length ?? 0
  for (let at = 0; at < leads; at++) {
    const found = judgeLead(sample, at, isProxy)
    if (found !== undefined) return found
  }
  const at = findForwardedField(sample, isProxy)
  return at === undefined ? host : { ...host, place: { kind: 'field', at } }
}

type IsProxy = (text: string) => boolean

// An address before `%h` may be a list of X-Forwarded-For, or `%h` itself with that list behind it, or a virtual host
// without a name. Undefined: it is not an address.
function judgeLead(sample: readonly Sampled[], at: number, isProxy: IsProxy): Layout | undefined {
  const items = sample.flatMap(({ line }) => line.leads[at] ?? [])
  const named = items.filter(item => item !== '-')
  if (named.length === 0 || shareOf(items, mayBeAddresses) < minShare) return undefined
  const hasVirtualHost = (sample[0]?.line.leads.length ?? 0) > 1
  const forwarded: Layout = { place: { kind: 'lead', at }, hasVirtualHost }
  if (named.length < items.length || named.some(item => item.includes(','))) return forwarded
  const clients = sample.map(({ line }) => line.client)
  const [before, behind] = [shareOf(named, isProxy), shareOf(clients, isProxy)]
  if (before !== behind) return before > behind ? withoutVirtualHost : forwarded
  const isOneServer = new Set(named).size === 1
  if (isOneServer && (new Set(clients).size > 1 || isServerPort(named[0] ?? ''))) return host
  return forwarded
}

// The port of a client is chosen by its operating system.
function isServerPort(item: string): boolean {
  const port = Number(/[.\d\]]:(\d{1,5})$/.exec(item)?.[1])
  return (
    (item.includes('.') || item.includes(']')) && (port < 1024 || port === 8080 || port === 8443)
  )
}

// nginx's `"$http_x_forwarded_for"` at the end, and Apache's `"%{X-Forwarded-For}i"`. Any client can send this header to
// a server without a balancer, so it counts only when most lines have one, or come from one of the proxies.
function findForwardedField(sample: readonly Sampled[], isProxy: IsProxy): number | undefined {
  const found: number[] = []
  for (let at = 0; at < maxFields; at++) {
    const fields = sample.flatMap(({ text, line }) => {
      const field =
        at < firstCandidate(text, line.rest) ? undefined : findField(text, line.rest, at)
      return field?.isQuoted ? [{ item: field.text, client: line.client }] : []
    })
    const named = fields.filter(({ item }) => isForwarded(item))
    const isList = shareOf(fields, ({ item }) => item === '-' || item === '' || isForwarded(item))
    if (named.length === 0 || fields.length < sample.length * minShare || isList < minShare)
      continue
    const isFront = shareOf(named, ({ client }) => isProxy(client)) > 0.5
    if (isFront || named.length > fields.length / 2) found.push(at)
  }
  return found.length === 1 ? found[0] : undefined
}

function isForwarded(item: string): boolean {
  return (
    mayBeAddresses(item) && parseHop(item.slice(item.lastIndexOf(',') + 1).trim()) !== undefined
  )
}

function shareOf<Item>(items: readonly Item[], holds: (item: Item) => boolean): number {
  return items.length === 0 ? 0 : items.filter(holds).length / items.length
}
