// How doctor gets admitted, if at all, by which rule, and which paths it asks for then.
import type { Rule } from '../../policy/policy.ts'
import type { Diagnosis, Finding } from '../finding.ts'
import { cookieToTry } from './check-cookies.ts'
import type { FrontAnswer } from './front-answer.ts'
import { isForAdmitted, kindOf } from './front-answer.ts'
import { deletionFor, snippetCure } from './front-cure.ts'
import type { FrontHeaders } from './front-request.ts'
import type { AskedFront, Probe } from './probe.ts'
import type { ProbeLine } from './probe-log.ts'
import { needsProof, ruleOf } from './probe-log.ts'

/**
 * The headers with which a rule admits: none at all, or a cookie. Undefined: doctor is turned away in any case. `asked`: a
 * request without cookies, for nobody.
 */
export async function findAdmitting(
  probe: Probe,
  asked: AskedFront,
): Promise<FrontHeaders | undefined> {
  if (await isAdmitted(probe, asked)) return {}
  const cookie = cookieToTry(probe.setup)
  const photo = photoPathOf(probe)
  if (cookie !== undefined) {
    // Rules may open the photos of some people only.
    for (const path of [probe.nobody(), ...(photo === undefined ? [] : [photo])]) {
      const asked = await probe.ask(path, { headers: { cookie } })
      if (await isAdmitted(probe, asked)) return { cookie }
    }
  }
  if (photo === undefined || !probe.hasLog) return undefined
  // Only the line shows whether a rule has admitted: it may be a cache that answers.
  const line = await probe.findLine(await probe.ask(photo))
  return ruleOf(probe.setup.settings, line) === undefined ? undefined : {}
}

// A front may replace what the gate answers, so the line counts, too.
async function isAdmitted(probe: Probe, asked: AskedFront): Promise<boolean> {
  if (isIn(probe, asked.answer)) return true
  const line = probe.hasLog ? await probe.findLine(asked) : undefined
  return ruleOf(probe.setup.settings, line) !== undefined
}

function isIn({ setup }: Probe, answer: FrontAnswer | undefined): boolean {
  return answer !== undefined && isForAdmitted(kindOf(answer, setup.settings.otherwise))
}

/** Whether the rule that admits doctor asks for something that doctor has not sent. `asked`: without cookies, for nobody. */
export async function checkAdmission(
  probe: Probe,
  asked: AskedFront,
  line: ProbeLine | undefined,
): Promise<Diagnosis> {
  const { settings } = probe.setup
  if (!probe.hasLog) {
    const isAsked = settings.policy.rules.some(needsProof)
    const unknown =
      isAsked && isIn(probe, asked.answer)
        ? [
            'Which rule admits doctor without a cookie: that stands in the log of the gate. If the front adds a cookie to all requests, everybody gets photos.',
          ]
        : []
    return { findings: [], fine: [], unknown }
  }
  const photo = photoPathOf(probe)
  const rules = [
    ruleOf(settings, line),
    // Rules may open the photos of some people only.
    ...(photo === undefined
      ? []
      : [ruleOf(settings, await probe.findLine(await probe.ask(photo)))]),
  ]
  const rule = rules.find(each => each !== undefined && needsProof(each))
  return { findings: rule === undefined ? [] : [addsCookie(rule)], fine: [], unknown: [] }
}

function addsCookie({ name, conditions }: Rule): Finding {
  const kinds = new Set(conditions.map(({ kind }) => kind))
  const proof = kinds.has('link')
    ? 'a signed link'
    : kinds.has('pass')
      ? 'a guest pass'
      : kinds.has('ltpa')
        ? 'a token'
        : 'a cookie'
  return {
    code: 'front-adds-cookie',
    effect: 'opens',
    seen: `Rule ${name} asks for ${proof}; doctor has sent none, and the rule admits it: something on the way adds it.`,
    why: 'Everybody who reaches the front gets the photos that this rule opens.',
    cure: [
      deletionFor('Delete from the front what adds cookies or parameters to requests.', {
        nginx: 'proxy_set_header Cookie "…";',
        apache: 'RequestHeader set Cookie "…"',
        caddy: 'header_up Cookie …',
      }),
      ...snippetCure,
    ],
  }
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
