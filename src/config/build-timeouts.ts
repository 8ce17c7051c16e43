// How long the gate waits for a client, from the configuration's text to seconds.
import type { Findings } from './document/findings.ts'
import { isRefused } from './document/findings.ts'
import type { ConfigText } from './schema/schema.ts'
import type { TimeoutSettings } from './settings.ts'
import { parseDuration } from './units.ts'

// The idle time outlasts that of the usual fronts (nginx 60 s), so that the front closes first and no request
// meets a connection that is just going.
const defaults = { keepAlive: '75s', headers: '15s', request: '30s' }

// Node would take 0 for no limit at all, and timers beyond 24.8 days run out at once.
const maxSeconds = 86_400

/** @returns usable only when nothing was refused. */
export function buildTimeouts(
  timeouts: ConfigText['timeouts'],
  findings: Findings,
): TimeoutSettings {
  const secondsOf = (key: keyof typeof defaults): number => {
    const text = timeouts?.[key] ?? defaults[key]
    const seconds = parseDuration(text) as number
    const refuse = (message: string) => findings.refuse(['timeouts', key], `"${text}" ${message}`)
    if (seconds === 0) refuse(`would be no limit at all; write 1s or more, like ${defaults[key]}`)
    if (seconds > maxSeconds) refuse('is longer than a day; write 24h or less')
    return seconds
  }
  const built = {
    keepAliveSeconds: secondsOf('keepAlive'),
    headersSeconds: secondsOf('headers'),
    requestSeconds: secondsOf('request'),
  }
  // The headers are a part of the request: a longer limit for them would never be reached.
  if (built.headersSeconds > built.requestSeconds && !isRefused(findings, ['timeouts'])) {
    const { headers, request } = { ...defaults, ...timeouts }
    if (timeouts?.headers !== undefined) {
      const message = `"${headers}" is more than timeouts.request (${request}); write ${request} or less`
      findings.refuse(['timeouts', 'headers'], message)
    } else {
      const message = `"${request}" is less than timeouts.headers (${headers} by default); write headers: ${request} too`
      findings.refuse(['timeouts', 'request'], message)
    }
  }
  return built
}
