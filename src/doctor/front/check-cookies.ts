// Whether the cookies of single sign-on reach the gate. Without a real one, a worthless token is sent: the gate logs that it
// has come, and refuses it.
import type { Settings } from '../../config/settings.ts'
import type { Condition } from '../../policy/condition.ts'
import type { Rule } from '../../policy/policy.ts'
import type { Diagnosis, Finding } from '../finding.ts'
import { isForAdmitted, kindOf } from './front-answer.ts'
import { deletionFor, snippetCure } from './front-cure.ts'
import type { AskedFront, Probe } from './probe.ts'
import { needsProof, ruleOf } from './probe-log.ts'
import { judgeSetCookie, unsaidOfCookie } from './sso-cookie.ts'

/** `before`: a request without cookies. */
export async function checkCookies(probe: Probe, before: AskedFront): Promise<Diagnosis> {
  const { settings, cookie } = probe.setup
  const set = cookie?.set ?? []
  const findings = set.flatMap(each => judgeSetCookie(each, probe.place.url))
  const unsaid = set.flatMap(each => unsaidOfCookie(each, probe.place.url))
  const header = cookie?.header ?? worthless(settings)
  if (header === undefined) return { findings, fine: [], unknown: unsaid }
  const asked = await probe.ask(probe.nobody(), { headers: { cookie: header } })
  const arrival = await judgeArrival(probe, before, asked)
  const fine = arrival === true ? ['Cookies of single sign-on reach the gate.'] : []
  const unknown =
    arrival === undefined
      ? [
          'Whether cookies of single sign-on reach the gate: nothing that doctor has seen says so. Give a valid one with --cookie.',
        ]
      : []
  const about =
    cookie === undefined
      ? [
          'Whether browsers send the cookie of single sign-on to this name and scheme: give its Set-Cookie header with --cookie.',
        ]
      : set.length === 0
        ? [
            'Whether browsers send the cookie to this name and scheme: --cookie has a Cookie header, without Domain, Secure and SameSite. Give the Set-Cookie header.',
          ]
        : []
  return {
    findings: [...findings, ...(arrival === false ? [dropped] : [])],
    fine,
    unknown: [...unknown, ...about, ...unsaid],
  }
}

/** True: they arrive; false: they do not. */
async function judgeArrival(
  probe: Probe,
  before: AskedFront,
  asked: AskedFront,
): Promise<boolean | undefined> {
  const { settings, cookie } = probe.setup
  const isIn = ({ answer }: AskedFront) =>
    answer !== undefined && isForAdmitted(kindOf(answer, settings.otherwise))
  if (!isIn(before) && isIn(asked)) return true
  const line = await probe.findLine(asked)
  if (line === undefined) return undefined
  if (line.hasToken) return true
  // What the front makes of the answer says nothing: it may replace it.
  const rule = ruleOf(settings, line)
  if (rule !== undefined && needsProof(rule)) {
    // The same rule without it: something on the way adds one.
    return ruleOf(settings, await probe.findLine(before)) === rule ? undefined : true
  }
  // A rule before it has admitted without a look at cookies.
  if (rule !== undefined || isIn(asked)) return undefined
  const { rules } = settings.policy
  // A rule on the token looks at each token that comes; a rule on the name alone admits it.
  const asksForToken = settings.ltpa !== undefined && rules.some(asksOnly('ltpa'))
  const sent = (cookie?.header ?? worthless(settings) ?? '').toLowerCase()
  const asksForName = rules.some(rule =>
    namesOf(rule).some(name => `; ${sent}`.includes(`; ${name.toLowerCase()}=`)),
  )
  return asksForToken || asksForName ? false : undefined
}

const asksOnly =
  (...kinds: Condition['kind'][]) =>
  (rule: Rule) =>
    rule.conditions.every(({ kind }) => kinds.includes(kind))

// Cookies that alone admit by their name.
function namesOf(rule: Rule): string[] {
  return asksOnly('cookie')(rule) ? cookiesOf(rule) : []
}

function cookiesOf(rule: Rule): string[] {
  const patterns = rule.conditions.flatMap(({ cookies = [] }) => cookies)
  return patterns.filter(each => each.value === undefined && !each.isNamePrefix).map(p => p.text)
}

function worthless({ ltpa, policy }: Settings): string | undefined {
  const token = ltpa === undefined ? [] : [...ltpa.cookies.v2].slice(0, 1)
  // Also for rules that open the photos of some people.
  const rules = policy.rules.filter(asksOnly('cookie', 'photos'))
  const names = new Set([...rules.flatMap(cookiesOf), ...token])
  return names.size === 0
    ? undefined
    : [...names].map(name => `${name}=photogate-doctor`).join('; ')
}

/** The headers with which doctor may be admitted although a plain request is not. */
export function cookieToTry({ settings, cookie }: Probe['setup']): string | undefined {
  return cookie?.header ?? worthless(settings)
}

const dropped: Finding = {
  code: 'front-drops-cookies',
  effect: 'breaks',
  seen: 'Doctor sent a cookie that the rules ask for; the gate has not received it.',
  why: 'People who have signed in are turned away, unless a rule by network admits them.',
  cure: [
    deletionFor('Delete from the front what takes cookies away.', {
      nginx: 'proxy_set_header Cookie "";',
      apache: 'RequestHeader unset Cookie',
      caddy: 'header_up -Cookie',
    }),
    ...snippetCure,
  ],
}
