// How doctor gets admitted, if at all, and which paths it asks for then.

import { cookieToTry } from './check-cookies.ts'
import type { FrontAnswer } from './front-answer.ts'
import { isForAdmitted, kindOf } from './front-answer.ts'
import type { FrontHeaders } from './front-request.ts'
import type { AskedFront, Probe } from './probe.ts'

/**
 * The headers with which a rule admits: none at all, or a cookie. Undefined: doctor is turned away in any case. `asked`: a
 * request without cookies, for nobody.
 */
export async function findAdmitting(
  probe: Probe,
  asked: AskedFront,
): Promise<FrontHeaders | undefined> {
  if (isIn(probe, asked.answer)) return {}
  const cookie = cookieToTry(probe.setup)
  const photo = photoPathOf(probe)
  if (cookie !== undefined) {
    // Rules may open the photos of some people only.
    for (const path of [probe.nobody(), ...(photo === undefined ? [] : [photo])]) {
      const { answer } = await probe.ask(path, { headers: { cookie } })
      if (isIn(probe, answer)) return { cookie }
    }
  }
  if (photo === undefined || !probe.hasLog) return undefined
  // Only the line shows whether a rule has admitted: it may be a cache that answers.
  const line = await probe.findLine(await probe.ask(photo))
  const { rules } = probe.setup.settings.policy
  return rules.some(({ name }) => name === line?.rule) ? {} : undefined
}

function isIn({ setup }: Probe, answer: FrontAnswer | undefined): boolean {
  return answer !== undefined && isForAdmitted(kindOf(answer, setup.settings.otherwise))
}

export function photoPathOf({ setup }: Probe): string | undefined {
  return setup.photo === undefined ? undefined : `/${encodeURIComponent(setup.photo)}.jpg`
}

/** Two paths for the same, in two spellings, for caches that do not look at the query. */
export function cachePathsOf(probe: Probe): [string, string] {
  const { photo, nonce } = probe.setup
  if (photo === undefined) return [probe.nobody(), probe.nobody()]
  // Only ASCII: others may have no capital, or two in place of one.
  const other = photo.replace(/[a-z]+/, letters => letters.toUpperCase())
  const path = (text: string, at: number) =>
    `/${encodeURIComponent(text)}.jpg?photogate-doctor=${nonce}-${at}`
  return [path(photo, 1), path(other, 2)]
}
