// Until when LTPA keys count: keys without an end count for ever, and WebSphere may make new ones any time.
import type { LtpaSettings } from '../../config/settings.ts'
import type { Diagnosis } from '../finding.ts'
import { diagnosisOf } from '../finding.ts'

const msPerDay = 86_400_000
const warnDays = 14

/** Keys that are past their end are a warning of the configuration already. */
export function checkKeyDates({ keySets }: LtpaSettings, nowMs: number): Diagnosis {
  const current = keySets
    .map(set => ({ ...set, notAfterMs: set.notAfterMs ?? Number.POSITIVE_INFINITY }))
    .filter(({ notAfterMs }) => notAfterMs >= nowMs)
  const findings = current
    .filter(({ notAfterMs }) => notAfterMs - nowMs < warnDays * msPerDay)
    // Old keys end while new ones go on: that is how keys are changed.
    .filter(set => !current.some(other => other !== set && isHeir(other, set)))
    .map(({ keys, notAfterMs, realms }) => {
      const date = new Date(notAfterMs).toISOString().slice(0, 10)
      return {
        code: 'keys-end',
        effect: 'will-break',
        seen: `The LTPA keys ${keys.keyId} of ${realms.join(', ')} count until ${date}, and there are no others for this realm that go on.`,
        why: 'From then on nobody is admitted by a token of this realm.',
        cure: [
          'Export the keys that WebSphere or Domino uses now, and add them in ltpa.keys.',
          'If these are still the ones in use, write a later notAfter, or none.',
        ],
      } as const
    })
  const fine = current
    .filter(({ notAfterMs }) => Number.isFinite(notAfterMs))
    .filter(({ keys }) => !findings.some(({ seen }) => seen.includes(keys.keyId)))
    .map(
      ({ keys, notAfterMs }) =>
        `The LTPA keys ${keys.keyId} count until ${new Date(notAfterMs).toISOString().slice(0, 10)}, ${Math.floor((notAfterMs - nowMs) / msPerDay)} days.`,
    )
  return diagnosisOf({ findings, fine })
}

type DatedKeySet = LtpaSettings['keySets'][number] & { readonly notAfterMs: number }

function isHeir(other: DatedKeySet, set: DatedKeySet): boolean {
  return (
    other.notAfterMs > set.notAfterMs && set.realms.every(realm => other.realms.includes(realm))
  )
}
