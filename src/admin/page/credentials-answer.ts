// Keys of tokens and certificates of listeners, with the days that are left of each.
import type { Settings } from '../../config/settings.ts'
import type { CredentialRow, CredentialsAnswer } from './answers.ts'

const dayMs = 86_400_000

export function answerCredentials(settings: Settings, nowMs: number): CredentialsAnswer {
  const rows = [...certificatesOf(settings), ...keysOf(settings)].map(row => ({
    ...row,
    daysLeft: row.untilMs === null ? null : Math.floor((row.untilMs - nowMs) / dayMs),
  }))
  return { rows: rows.sort((a, b) => (a.untilMs ?? Infinity) - (b.untilMs ?? Infinity)) }
}

type CredentialEntry = Omit<CredentialRow, 'daysLeft'>

function certificatesOf({ listen, admin }: Settings): CredentialEntry[] {
  const places = admin === undefined ? listen : [...listen, admin]
  return places.flatMap(place =>
    'socket' in place || place.tls === undefined
      ? []
      : place.tls.certificates.map(({ file, names, expiresMs }) => ({
          kind: 'certificate' as const,
          name: file,
          detail: `${names.join(', ')} on ${place.host} port ${place.port}`,
          untilMs: expiresMs,
        })),
  )
}

function keysOf({ ltpa }: Settings): CredentialEntry[] {
  return (ltpa?.keySets ?? []).map(({ realms, notAfterMs = Infinity }, at) => ({
    kind: 'key' as const,
    name: `ltpa.keys[${at}]`,
    detail: realms.length === 0 ? 'no realm' : `realm ${realms.join(', ')}`,
    untilMs: notAfterMs === Infinity ? null : notAfterMs,
  }))
}
