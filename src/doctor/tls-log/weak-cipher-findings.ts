// Cipher suites that do not protect, although the version does.
import type { Finding } from '../finding.ts'
import { weaknesses } from './cipher-name.ts'
import type { TlsCensus } from './tls-census.ts'
import {
  countClients,
  counted,
  describeClients,
  describePeriod,
  describePurposes,
  describeTrend,
} from './usage-words.ts'

export function findWeakCiphers({ weak, days }: TlsCensus): Finding[] {
  return [...weak].map(([weakness, suite]) => ({
    code: 'tls-weak-cipher',
    effect: 'weakens',
    place: suite.place,
    seen: [
      `${counted(suite.requests, 'request')} of ${countClients(suite)} used a weak cipher suite (${weaknesses[weakness]}) with TLS 1.2, ${describePeriod(suite.firstMs, suite.lastMs)}: ${[...suite.ciphers].join(', ')}.`,
      `Programs: ${describePurposes(suite).replace(/\((\/[^)]*)\)/g, 'without a name to $1')}.`,
      ...(suite.clients.size > 0 ? [`Clients: ${describeClients(suite)}.`] : []),
      describeTrend(suite, days),
    ].join('\n'),
    why: 'What these requests carry, cookies of sign-on too, can be read on the way, or could be with some effort. The server allows the suite, so other clients can be talked into it.',
    cure: [
      'Allow suites with AES-GCM or ChaCha20 only. IHS: SSLCipherSpec lines; Apache: SSLCipherSuite; nginx: ssl_ciphers.',
      'Look first whether these clients can do better: most of them choose the suite because the server prefers it (Apache: SSLHonorCipherOrder on).',
    ],
  }))
}
