// The condition of a rule on the request's own signature: it was signed for this photo and has not expired. How it is
// verified is evidence's business.
import type { Condition, Evidence, LinkVerdict } from './condition.ts'

/** Matches when the request is a signed link for the photo that it asks for. */
export function linkCondition(): Condition {
  const verdictOf = ({ link }: Evidence): LinkVerdict => link?.verdict() ?? unsigned
  return {
    kind: 'link',
    matches: evidence => verdictOf(evidence).valid,
    expiryMs: evidence => {
      const verdict = verdictOf(evidence)
      return verdict.valid ? verdict.expiresMs : undefined
    },
    describe: evidence => describe(verdictOf(evidence), evidence.photo),
  }
}

const unsigned: LinkVerdict = { valid: false, reason: 'unsigned' }

function describe(verdict: LinkVerdict, photo = ''): string {
  if (verdict.valid) return `the link is signed for ${photo}, until ${timeText(verdict.expiresMs)}`
  switch (verdict.reason) {
    case 'unsigned':
      return 'the request is not a signed link: it has neither exp nor sig'
    case 'cut':
      return 'the link is cut: exp or sig is missing or too short'
    case 'doubled':
      return 'the link has exp or sig more than once'
    case 'malformed':
      return 'exp or sig of the link was changed: neither is spelled as photogate link prints it'
    case 'unknown-secret':
      return 'the link is signed by a secret that is not among links.secrets'
    case 'not-authentic':
      return 'the link is signed for another address or another expiry'
    case 'expired':
      return `the link is signed for ${photo}, but expired at ${timeText(verdict.expiresMs)}`
  }
}

function timeText(timeMs: number): string {
  return new Date(timeMs).toISOString()
}
