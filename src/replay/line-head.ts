// The part of a log line before its time: `%h %l %u`, and before that a virtual host or the header in which a balancer
// names the client. client-field.ts decides for the whole log which item is the client.
import { isIP } from 'node:net'

export interface LineHead {
  /** `%h`. */
  readonly client: string
  /** The items before `%h`, at most two, without quotes. */
  readonly leads: readonly string[]
}

const none: readonly string[] = []
const maxLeads = 2
const maxItem = 1_000
const hostPattern = /^[\w.:[\]-]{1,300}$/
// One item of X-Forwarded-For, with or without a port; `-` where there was none. Only its form is checked.
const addressPattern =
  /^(?:-|unknown|[\d.]+(?::\d+)?|\[?[\da-f]*:[\da-f]*:[\da-f.:]*(?:\]:\d+|\])?)$/i

/**
 * Whether the item may be a list of addresses, or a sign for none.
 * @example mayBeAddresses('192.0.2.1, 10.0.0.1:443') // true
 */
export function mayBeAddresses(item: string): boolean {
  return item.length <= maxItem && item.split(',').every(one => addressPattern.test(one.trim()))
}

/** `end`: position of the blank before the time. Undefined when not understood. Linear in the line's length. */
export function parseHead(line: string, end: number): LineHead | undefined {
  const first = line.indexOf(' ')
  const second = line.indexOf(' ', first + 1)
  if (line[end] !== ' ' || first < 1 || second < 0 || second >= end) return undefined
  // The usual case: no ident, so the client is before it.
  if (second === first + 2 && line[first + 1] === '-' && line[0] !== '"') {
    return { client: line.slice(0, first), leads: none }
  }
  return parseItems(line, end) ?? parseWithIdent(line, { first, second, end })
}

// `lead … host - user`: the first dash behind a host is `%l`. A user name may contain blanks, dashes and anything else, so
// nothing is searched behind it.
function parseItems(line: string, end: number): LineHead | undefined {
  const items: string[] = []
  for (let at = 0; at < end && items.length <= maxLeads; ) {
    const item = readItem(line, at, end)
    if (item === undefined) return undefined
    items.push(item.text)
    at = item.next
    const [client, ...before] = items.toReversed()
    if (client !== '-' && line.startsWith('- ', at) && at + 1 < end) {
      const leads = before.toReversed()
      return areLeads(leads) ? { client: client as string, leads } : undefined
    }
  }
  return undefined
}

// Host names are printed, and a LogFormat may even begin with cookies.
function areLeads(leads: readonly string[]): boolean {
  return (
    leads.every(lead => hostPattern.test(lead) || mayBeAddresses(lead)) &&
    (leads.length < maxLeads || leads.some(mayBeAddresses))
  )
}

interface Item {
  readonly text: string
  readonly next: number
}

// Up to a blank without a comma before it, or in quotes: a list of addresses contains blanks.
function readItem(line: string, start: number, end: number): Item | undefined {
  if (line[start] === '"') {
    const close = line.indexOf('"', start + 1)
    if (close < 0 || close >= end || line[close + 1] !== ' ') return undefined
    return { text: line.slice(start + 1, close), next: close + 2 }
  }
  let blank = line.indexOf(' ', start)
  while (blank > start && blank < end && line[blank - 1] === ',') {
    if (blank - start > maxItem) return undefined
    blank = line.indexOf(' ', blank + 1)
  }
  if (blank < 0 || blank > end) return undefined
  return { text: line.slice(start, blank), next: blank + 1 }
}

interface Blanks {
  readonly first: number
  readonly second: number
  readonly end: number
}

// `host ident user`, or behind a virtual host.
function parseWithIdent(line: string, { first, second, end }: Blanks): LineHead | undefined {
  const name = line.slice(0, first)
  const third = line.indexOf(' ', second + 1)
  const next = line.slice(first + 1, second)
  const isLead =
    third >= 0 && third < end && (isIP(next) !== 0 || (name.includes(':') && !isIP(name)))
  if (!isLead) return hostPattern.test(name) ? { client: name, leads: none } : undefined
  return hostPattern.test(name) ? { client: next, leads: [name] } : undefined
}
