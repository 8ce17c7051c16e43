// The condition of a rule on the guest passes of a request: one of them was signed, has not expired and opens the photo.
// How a pass is verified is evidence's business.
import { printable } from '../text/printable.ts'
import type { Condition, Evidence, GuestPass, PassVerdict } from './condition.ts'
import { findGlob } from './photo-glob.ts'

/** Matches when a pass opens the photo that is asked for. The first that does is the one that counts. */
export function passCondition(): Condition {
  const findPass = ({ passes, photo }: Evidence) => {
    if (passes === undefined || photo === undefined) return undefined
    for (const verdict of passes.verdicts()) {
      if (verdict.valid && findGlob(verdict.pass.photos, photo) !== undefined) return verdict.pass
    }
    return undefined
  }
  return {
    kind: 'pass',
    findPass,
    matches: evidence => findPass(evidence) !== undefined,
    expiryMs: evidence => findPass(evidence)?.expiresMs,
    describe: evidence => {
      const pass = findPass(evidence)
      if (pass !== undefined)
        return `${describePass(pass)} opens ${evidence.photo}, until ${timeText(pass.expiresMs)}`
      const verdicts = evidence.passes?.verdicts() ?? []
      if (verdicts.length === 0) return evidence.cookieDoubt?.text ?? 'no guest pass was sent'
      return verdicts.map(verdict => describeVerdict(verdict, evidence.photo)).join('; ')
    },
  }
}

/** Why the pass does not open the photo, in words that never quote it. */
export function describeVerdict(verdict: PassVerdict, photo: string | undefined): string {
  if (verdict.valid) {
    const { pass } = verdict
    const wanted = photo === undefined ? `until ${timeText(pass.expiresMs)}` : `and not ${photo}`
    return `${describePass(pass)} opens ${pass.photos.join(', ')}, ${wanted}`
  }
  switch (verdict.reason) {
    case 'cut':
      return 'the guest pass is cut: its end is missing'
    case 'malformed':
      return 'the guest pass was changed: it is not spelled as photogate pass prints it'
    case 'unknown-secret':
      return 'the guest pass is signed by a secret that is not among links.secrets'
    case 'not-authentic':
      return 'the guest pass was changed: it is not the one that was signed'
    case 'expired':
      return `${describePass(verdict.pass)} expired at ${timeText(verdict.pass.expiresMs)}`
  }
}

function describePass({ id, name }: GuestPass): string {
  return name === undefined ? `the guest pass ${id}` : `the guest pass "${printable(name)}" (${id})`
}

function timeText(timeMs: number): string {
  return new Date(timeMs).toISOString()
}
