// Numbers, times and reasons as people read them, in the browser's own language and time zone.

const numbers = new Intl.NumberFormat()
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' })
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })

export const numberText = (count: number): string => numbers.format(count)

export const clockText = (timeMs: number): string => clock.format(timeMs)

export const dayText = (timeMs: number): string => day.format(timeMs)

const axisTime = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' })
const axisDay = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' })

export function axisTimeText(timeMs: number, span: string): string {
  return (span === 'month' ? axisDay : axisTime).format(timeMs)
}

/** @example shareText(1, 3) // '33 %' */
export function shareText(part: number, whole: number): string {
  if (whole === 0) return '0 %'
  const percent = (100 * part) / whole
  if (part > 0 && percent < 1) return '< 1 %'
  // Not 100 % while some are missing.
  return `${Math.min(part < whole ? 99 : 100, Math.round(percent))} %`
}

const steps = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1_000, 'second'],
] as const

/** @example agoText(60_000, 240_000) // '3 minutes ago' */
export function agoText(timeMs: number, nowMs: number): string {
  const sinceMs = Math.max(0, nowMs - timeMs)
  for (const [lengthMs, name] of steps) {
    const count = Math.floor(sinceMs / lengthMs)
    if (count > 0) return `${count} ${name}${count === 1 ? '' : 's'} ago`
  }
  return 'just now'
}

export function bytesText(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`
  const kibibytes = bytes / 1_024
  return kibibytes < 1_024 ? `${kibibytes.toFixed(1)} KiB` : `${(kibibytes / 1_024).toFixed(1)} MiB`
}

// deploy/docs/troubleshooting.md says more about each.
const reasons: Record<string, string> = {
  found: 'the photo was sent',
  'not-modified': 'the client has this photo already',
  range: 'a part of the photo was sent',
  missing: 'there is no such photo',
  'no-photo-address': 'the request names no mail address',
  placeholder: 'there is no such photo; a silhouette was sent',
  'over-budget': 'the client has asked for too many people: answered as an unknown photo',
  'precondition-failed': 'a precondition of the client does not hold',
  'range-unsatisfiable': 'the range lies outside of the photo',
  'bad-encoding': 'the path has broken percent-encoding',
  'bad-request': 'the bytes are no HTTP request, or one that servers could read differently',
  body: 'the request has a body',
  method: 'the method is not GET or HEAD',
  health: 'a health probe',
  ready: 'a readiness probe',
  'not-ready': 'a readiness probe, before the photos were known',
  page: 'the built-in page',
  pass: 'the page of guest passes',
  error: 'a fault of the program; the log says which',
  'client-gone': 'the client left before it was answered',
  'no-rule': 'no rule admits the request',
  'person-unknown': "a rule with ! would admit, but the person's other addresses are not known now",
  'cookies-too-long': 'the Cookie header is too long to be read',
  'cookies-too-many': 'the Cookie header has too many cookies that rules ask for',
  'peer-unknown': 'the connection has no address',
  'front-unproven': 'the front came with a certificate that does not make it a front',
  'client-header-missing': 'a front sent no header that names the client',
  'client-header-unparsable': 'a front sent a header that names no client for certain',
}

export const reasonNames = Object.keys(reasons)

export const reasonText = (reason: string): string => reasons[reason] ?? reason
