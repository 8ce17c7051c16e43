// Clients that are refused already, because client and server have no version or no cipher suite in common.
import { isIP } from 'node:net'
import { printable } from '../../text/printable.ts'
import type { Finding } from '../finding.ts'
import { notesSteps } from './old-client-cure.ts'
import type { TlsCensus } from './tls-census.ts'
import type { Usage } from './usage.ts'
import {
  countClients,
  counted,
  describeClients,
  describePeriod,
  describeTrend,
  topClients,
} from './usage-words.ts'

export function findRefusedClients(census: TlsCensus): Finding[] {
  const { refused } = census
  if (refused === undefined) return []
  const known = programsOf(refused, census)
  const isStrange = known.length === 0 && areStrangers(refused)
  const seen = [
    `The server refused ${counted(refused.requests, 'handshake')} of ${countClients(refused)}, ${describePeriod(refused.firstMs, refused.lastMs).replace(' UTC', " by the server's clock")}: client and server have no version or no cipher suite in common.`,
    ...(refused.clients.size > 0 ? [`Clients: ${describeClients(refused)}.`] : []),
    describeTrend(refused, census.days),
    ...(known.length > 0
      ? [`The same clients are served for ${known.slice(0, 4).join(', ')}.`]
      : []),
  ]
  return [
    {
      code: 'tls-refused-client',
      effect: isStrange ? 'weakens' : 'breaks',
      place: refused.place,
      seen: seen.join('\n'),
      why: whyOf(isStrange, known.length > 0),
      cure: [
        'Find out what runs on these clients, and update it until it speaks TLS 1.2. An access log from before the old versions were off names the programs: photogate doctor tls LOG.',
        ...notesSteps,
        'Only if they cannot be updated in time, allow the old version again (IHS: SSLProtocolDisable without it), and note until when.',
      ],
    },
  ]
}

function whyOf(isStrange: boolean, isKnown: boolean): string {
  if (isStrange) {
    return 'These are addresses of the internet that came once or twice: scanners do so. If colleagues are among them, nothing works for them.'
  }
  return isKnown
    ? 'A program on these clients gets no connection, while others on the same clients work: one of them is too old. No access log shows it.'
    : 'Nothing works for these clients by TLS, and no access log shows it. Clients that speak TLS 1.0 only look like this once it is off.'
}

// Programs by which the same addresses are served: the machine is known, and one of its programs is too old.
function programsOf({ clients }: Usage, { modern, old }: TlsCensus): string[] {
  const top = topClients(clients, 100)
  const names = [modern, old].flatMap(rows =>
    rows
      .top(Number.POSITIVE_INFINITY)
      .rows.filter(row => top.some(({ client }) => row.clients.has(client)))
      .map(({ key }) => printable(key.replace(/^\((.*)\)$/, 'requests to $1'))),
  )
  return [...new Set(names)]
}

const inside =
  /^(?:10|127|192\.168|172\.(?:1[6-9]|2\d|3[01])|169\.254|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\.|^f[cd]|^fe80:|^::1$/i
const maxOfScanner = 2

function areStrangers({ clients, uncountedRequests }: Usage): boolean {
  return (
    uncountedRequests === 0 &&
    [...clients].every(
      ([client, { requests }]) =>
        requests <= maxOfScanner && isIP(client) !== 0 && !inside.test(client),
    )
  )
}
