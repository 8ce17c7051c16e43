// Guest passes in an explanation: one that is pasted, and the answer of the page that sets the cookie.
import { passCookieName, passPath } from '../config/settings.ts'
import type { PassVerifier } from '../evidence/guest-pass.ts'
import { findPassInUrl } from '../evidence/sent-passes.ts'
import type { GuestPass } from '../policy/condition.ts'
import { describeVerdict } from '../policy/pass-condition.ts'
import type { ExplainedAnswer } from './answer.ts'

/** The shape of `pass` in `--json`. */
export interface ExplainedPass {
  readonly id: string
  readonly name: string | null
  /** ISO 8601. */
  readonly expires: string
}

export function explainPass({ id, name, expiresMs }: GuestPass): ExplainedPass {
  return { id, name: name ?? null, expires: new Date(expiresMs).toISOString() }
}

/** The cookie of a pass, from the link of an invitation or from the pass itself; a link that has no pass is a problem. */
export function passCookieOf(text: string): { cookie: string } | { problem: string } {
  if (!/[/?]/.test(text)) return { cookie: `${passCookieName}=${text}` }
  const found = findPassInUrl(text.replace(/#.*$/, ''))
  return 'text' in found
    ? { cookie: `${passCookieName}=${found.text}` }
    : { problem: `has no pass; give the whole link, …${passPath}?p=…, or what follows p=` }
}

/** What the page of passes answers. */
export function explainPassPage(
  verify: PassVerifier,
  { url, nowMs }: { readonly url: string; readonly nowMs: number },
): ExplainedAnswer {
  const sent = findPassInUrl(url)
  const verdict = 'refused' in sent ? undefined : verify(sent.text, nowMs)
  const answer = { reason: 'pass', location: null, photoExists: null }
  if (verdict?.valid) {
    const detail = `answered to everybody: ${describeVerdict(verdict, undefined)}`
    return { ...answer, status: 200, detail }
  }
  const why = verdict === undefined ? noPass : describeVerdict(verdict, undefined)
  return { ...answer, status: 403, detail: `answered to everybody: ${why}` }
}

const noPass = 'the link has no p, or not just one'
