// What stands before the time of a log line: `%h %l %u`, and before that what people put there, a virtual host or the
// header in which a balancer names the client. Which of these is the client is decided for the log as a whole.
import { isIP } from 'node:net'

export interface LineHead {
  /** `%h`. */
  readonly client: string
  /** What stands before `%h`: two items at most, without quotes. */
  readonly leads: readonly string[]
}

const none: readonly string[] = []
const maxLeads = 2
const maxItem = 1_000
const hostPattern = /^[\w.:[\]-]{1,300}$/
// One item of X-Forwarded-For; `-` where there was none. Its look alone: a port may follow.
const addressPattern =
  /^(?:-|unknown|[\d.]+(?::\d+)?|\[?[\da-f]*:[\da-f]*:[\da-f.:]*(?:\]:\d+|\])?)$/i

/** Whether the item may be a list of addresses, or stand for none. */
export function mayBeAddresses(item: string): boolean {
  return item.length <= maxItem && item.split(',').every(one => addressPattern.test(one.trim()))
}

/** `end`: of the blank before the time. Undefined: not understood. Linear in the line's length. */
export function parseHead(line: string, end: number): LineHead | undefined {
  const first = line.indexOf(' ')
  const second = line.indexOf(' ', first + 1)
  if (line[end] !== ' ' || first < 1 || second < 0 || second >= end) return undefined
  // Almost always: no ident, so that what stands before it is the client.
  if (second === first + 2 && line[first + 1] === '-' && line[0] !== '"') {
    return { client: line.slice(0, first), leads: none }
  }
  return parseItems(line, end) ?? parseWithIdent(line, { first, second, end })
}

// `lead … host - user`: the first dash behind a host is `%l`. A user name may hold blanks, dashes and all else, so
// that nothing is looked for behind it.
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

// Names of hosts are printed, and a LogFormat may as well begin with the cookies.
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

// Up to a blank that follows no comma, or in quotes; for a list of addresses has blanks.
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
