// Whether the gate runs: asks each entry of `listen`, and compares the certificate that is served with that of the file.
import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import type { Listen, ListenAddress, TlsCertificate } from '../../config/listen/settings.ts'
import type { Diagnosis, Finding } from '../finding.ts'
import { diagnosisOf, mergeDiagnoses } from '../finding.ts'
import type { AskedPlace, ListenerAnswer } from './ask-listener.ts'
import { askListener } from './ask-listener.ts'

export interface GateCheckOptions {
  readonly nowMs: number
  readonly signal: AbortSignal
  /** For each connection. */
  readonly timeoutMs?: number
}

type AskPlace = (place: AskedPlace) => Promise<ListenerAnswer>

/** `gate-down` for all that nobody listens at is one finding, because one gate has all of them. */
export async function checkGate(
  listen: readonly Listen[],
  { nowMs, signal, timeoutMs = 5_000 }: GateCheckOptions,
): Promise<Diagnosis> {
  const ask: AskPlace = place => askListener(place, { signal, timeoutMs })
  const downAt = new Map<number, string>()
  const parts = await Promise.all(
    listen.map((each, at) =>
      checkListener(each, { ask, nowMs, note: text => void downAt.set(at, text) }),
    ),
  )
  // In the order of listen, not of the answers.
  const down = [...downAt].toSorted(([a], [b]) => a - b).map(([, text]) => text)
  const findings = down.length === 0 ? [] : [findingOfDown(down)]
  return mergeDiagnoses([diagnosisOf({ findings }), ...parts])
}

interface ListenerWork {
  readonly ask: AskPlace
  readonly nowMs: number
  /** Gets what is down, as a sentence. */
  readonly note: (text: string) => void
}

async function checkListener(
  listen: Listen,
  { ask, nowMs, note }: ListenerWork,
): Promise<Diagnosis> {
  const place = placeOf(listen)
  if ('port' in listen && listen.port === 0) {
    const text = `Whether the gate runs at ${listen.host}: its port is 0, which is another one at each start.`
    return diagnosisOf({ unknown: [text] })
  }
  const served = 'host' in listen ? (listen.tls?.certificates ?? []) : []
  const answers = await askNames(listen, served, ask)
  const isGate = answers.some(({ answer }) => answer.isGate)
  const first = answers.find(({ answer }) => answer.hasAnswered)?.answer ?? answers[0]?.answer
  if (first === undefined) return diagnosisOf({})
  if (!isGate && !first.hasAnswered) return judgeSilence(place, first.trouble, note)
  const old = answers.flatMap(({ answer, certificate }) =>
    findOld({ place, answer, expected: certificate, served, isGate, nowMs }),
  )
  if (old.length > 0) return diagnosisOf({ findings: old.slice(0, 1) })
  // The right certificate: nobody else has its key. A client certificate may be asked for, so there is no more to hear.
  const isProven = isGate || first.certificate !== undefined
  if (isProven && answers.every(({ answer }) => isKnown(answer, served))) {
    const tls = served.length === 0 ? '' : ', with the certificate that its file has'
    return diagnosisOf({ fine: [`The gate answers at ${place}${tls}.`] })
  }
  return diagnosisOf({ findings: [findingOfOther(place)] })
}

interface NamedAnswer {
  readonly certificate: TlsCertificate | undefined
  readonly answer: ListenerAnswer
}

const maxNames = 8

async function askNames(
  listen: Listen,
  served: readonly TlsCertificate[],
  ask: AskPlace,
): Promise<NamedAnswer[]> {
  if (!('host' in listen)) {
    return [{ certificate: undefined, answer: await ask({ socketPath: listen.socket }) }]
  }
  const certificates = served.length === 0 ? [undefined] : served.slice(0, maxNames)
  return Promise.all(
    certificates.map(async certificate => ({
      certificate,
      answer: await askHost(listen, certificate, ask),
    })),
  )
}

async function askHost(
  { host, port, tls }: ListenAddress,
  certificate: TlsCertificate | undefined,
  ask: AskPlace,
): Promise<ListenerAnswer> {
  const name = certificate?.names[0]?.replace(/^\*\./, 'photogate-doctor.')
  const servername = name === undefined || isIP(name) !== 0 ? undefined : name
  const asked = { port, tls, servername }
  if (host === '0.0.0.0') return ask({ ...asked, host: '127.0.0.1' })
  if (host !== '::') return ask({ ...asked, host })
  const answer = await ask({ ...asked, host: '::1' })
  const hasIpv6 = !['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes(answer.trouble ?? '')
  return hasIpv6 ? answer : ask({ ...asked, host: '127.0.0.1' })
}

function placeOf(listen: Listen): string {
  if ('socket' in listen) return `the socket ${listen.socket}`
  return `${isIP(listen.host) === 6 ? `[${listen.host}]` : listen.host}:${listen.port}`
}

function isKnown({ certificate }: ListenerAnswer, served: readonly TlsCertificate[]): boolean {
  if (served.length === 0) return true
  return served.some(each => fingerprintOf(each.chain) === certificate?.fingerprint256)
}

function fingerprintOf(chain: string): string {
  return new X509Certificate(chain).fingerprint256
}

const absent: readonly string[] = [
  ...['ECONNREFUSED', 'ENOENT', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'EAFNOSUPPORT'],
]

function judgeSilence(place: string, trouble = '', note: ListenerWork['note']): Diagnosis {
  if (absent.includes(trouble)) {
    note(`Nobody listens at ${place} (${trouble}).`)
    return diagnosisOf({})
  }
  if (trouble === 'ETIMEDOUT') {
    note(`There is no answer at ${place} within some seconds.`)
    return diagnosisOf({})
  }
  // What it sends is no HTTP, or no TLS where TLS is configured.
  if (trouble.startsWith('HPE_') || trouble === 'ERR_SSL_WRONG_VERSION_NUMBER') {
    return diagnosisOf({ findings: [findingOfOther(place)] })
  }
  const why = {
    EACCES: 'this user may not connect to it',
    EPERM: 'this user may not connect to it',
    ENOTFOUND: 'its name is not known here',
  }[trouble]
  const text = `Whether the gate runs at ${place}: ${why ?? `connections end with ${trouble}`}.`
  return diagnosisOf({ unknown: [text] })
}

function findingOfDown(seen: readonly string[]): Finding {
  return {
    code: 'gate-down',
    effect: 'breaks',
    seen: seen.join('\n'),
    why: 'The gate does not run, or runs with another configuration: nobody gets a photo there, and fronts answer 502.',
    cure: [
      'See whether it runs, and why it stopped (with systemd):\n  systemctl status photogate; journalctl -u photogate -n 50',
      'Start it:\n  systemctl start photogate',
      'If it runs: was listen changed? Only a restart takes a changed listen over.',
    ],
  }
}

function findingOfOther(place: string): Finding {
  return {
    code: 'gate-other',
    effect: 'breaks',
    seen: `Something answers at ${place}, and not as the gate does: /-/healthz is not ok there.`,
    why: 'Another program has the address, or the gate runs there with another configuration; the gate itself cannot start on it.',
    cure: [
      'See which program has it:\n  ss -ltnxp',
      'Stop that program, or give the gate another address in listen; then restart the gate.',
    ],
  }
}

interface ServedCertificate {
  readonly place: string
  readonly answer: ListenerAnswer
  readonly expected: TlsCertificate | undefined
  readonly served: readonly TlsCertificate[]
  readonly isGate: boolean
  readonly nowMs: number
}

function findOld({ place, answer, expected, served, isGate, nowMs }: ServedCertificate): Finding[] {
  const { certificate } = answer
  if (expected === undefined || certificate === undefined || isKnown(answer, served)) return []
  const names = certificate.subjectAltName?.toLowerCase() ?? ''
  if (!isGate && !expected.names.some(name => names.includes(name))) return []
  const inFile = new X509Certificate(expected.chain)
  const isOlder = Date.parse(certificate.validFrom) <= Date.parse(inFile.validFrom)
  const ends = [certificate, inFile].map(({ validTo }) =>
    new Date(validTo).toISOString().slice(0, 10),
  )
  return [
    {
      code: 'gate-old-certificate',
      effect: Date.parse(certificate.validTo) <= nowMs ? 'breaks' : 'will-break',
      place: { file: expected.file },
      seen: `The gate serves ${isOlder ? 'an older' : 'another'} certificate at ${place} than the file has: it was not reloaded. The served one ends on ${ends[0]}, the one in the file on ${ends[1]}.`,
      why: 'The new certificate helps nobody before the gate has it. When the served one ends, clients refuse the gate.',
      cure: [
        'Look in the log of the gate why the file was not taken over (it says so), and reload:\n  systemctl kill --signal=HUP --kill-who=main photogate',
        'If that does not help, restart it:\n  systemctl restart photogate',
      ],
    },
  ]
}
