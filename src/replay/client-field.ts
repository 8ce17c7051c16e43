// Which item of a log names the client. `%h` does, unless the old server stood behind a balancer: then `%h` is the
// balancer for everybody, and the client is in an item that the LogFormat has for `X-Forwarded-For`. The format is not
// in the log, so the contents have to tell; an administrator who knows says so with --client-field.
import { parseHop } from '../evidence/forwarded.ts'
import type { NetworkSet } from '../policy/network-set.ts'
import { fieldsBefore, firstCandidate, maxFields } from './cookie-field.ts'
import { mayBeAddresses } from './line-head.ts'
import type { LogLine } from './log-line.ts'
import { findField, parseLogLine } from './log-line.ts'

/** Where the client is: in `%h`, in an item before it, or in one after `%b`; both from 0. */
type Place =
  | { readonly kind: 'host' }
  | { readonly kind: 'lead' | 'field'; readonly at: number }
  /** An item that is none of these: no line says who the client was. */
  | { readonly kind: 'nowhere' }

export interface ClientFieldOptions {
  /** The item of the LogFormat, from 1; undefined: it is looked for. */
  readonly named: number | undefined
  readonly proxies: readonly NetworkSet[]
}

export interface ClientField {
  /** Sees the first lines of the log. */
  learn(lines: readonly string[]): void
  /** An address, a list of X-Forwarded-For, a host name; empty where the line does not say. */
  read(text: string, line: LogLine): string
  /** Whether the item at the start of lines is a virtual host, and not what names the client. */
  hasVirtualHost(): boolean
  /** As `named`, null for `%h`. */
  field(): number | null
  /** An item was named, and no line has an address there. */
  isInVain(): boolean
}

interface Layout {
  readonly place: Place
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
      // Nothing was forwarded: the client came by itself.
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
// that has no other name. Undefined: it is no address.
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

// A client's port is one that its system picks.
function isServerPort(item: string): boolean {
  const port = Number(/[.\d\]]:(\d{1,5})$/.exec(item)?.[1])
  return (
    (item.includes('.') || item.includes(']')) && (port < 1024 || port === 8080 || port === 8443)
  )
}

// nginx's `"$http_x_forwarded_for"` at the end, and Apache's `"%{X-Forwarded-For}i"`. Anybody may send such a header
// to a server without a balancer: so it counts where most lines have one, or come from one of the proxies.
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
