// How long the gate waits for a client, from the configuration's text to seconds.
import type { Findings } from './document/findings.ts'
import { isRefused } from './document/findings.ts'
import { defaultOf } from './schema/parts.ts'
import type { ConfigText } from './schema/schema.ts'
import { timeouts as timeoutsSchema } from './schema/schema.ts'
import type { TimeoutSettings } from './settings.ts'
import { parseDuration } from './units.ts'

// Node takes 0 for no limit, and its timers beyond 24.8 days fire at once.
const maxSeconds = 86_400

/** @returns usable only when nothing was refused. */
export function buildTimeouts(
  timeouts: ConfigText['timeouts'],
  findings: Findings,
): TimeoutSettings {
  const textOf = (key: keyof typeof timeoutsSchema.properties): string =>
    timeouts?.[key] ?? defaultOf(timeoutsSchema, key)
  const secondsOf = (key: keyof typeof timeoutsSchema.properties): number => {
    const text = textOf(key)
    const seconds = parseDuration(text) as number
    const refuse = (message: string) => findings.refuse(['timeouts', key], `"${text}" ${message}`)
    if (seconds === 0) {
      refuse(`would be no limit at all; write 1s or more, like ${defaultOf(timeoutsSchema, key)}`)
    }
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
    const [headers, request] = [textOf('headers'), textOf('request')]
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
