// From the configuration's text on `listen` and `proxies` to settings.
import { platform } from 'node:os'
import { isAbsolute } from 'node:path'
import type { Findings } from '../document/findings.ts'
import { listOf, presentOf } from '../lists.ts'
import { defaultOf } from '../schema/parts.ts'
import type { ConfigText } from '../schema/schema.ts'
import { configSchema } from '../schema/schema.ts'
import type { ListenText, TlsInput } from './build-tls.ts'
import { buildTls } from './build-tls.ts'
import { certificatePrefix, isCertificateName } from './formats.ts'
import { socket as socketSchema } from './schema.ts'
import type { Listen, ProvenFronts } from './settings.ts'

/** Of the command line: they replace those of the first address, and leave out all others. */
export interface ListenOverrides {
  readonly host?: string
  readonly port?: number
}

/** Usable only when the findings have no problems afterwards. */
export function buildListen(
  input: TlsInput,
  texts: ConfigText['listen'],
  { host, port }: ListenOverrides,
): Listen[] {
  const { findings } = input
  const entries: readonly ListenText[] = texts ?? defaultOf(configSchema, 'listen')
  refuseDoubles(findings, entries)
  const built = entries.flatMap((entry, at): Listen[] => {
    if (entry === undefined) return []
    if ('socket' in entry) return [buildSocket(findings, entry, at)]
    const { tls } = entry
    const built = tls === undefined ? undefined : buildTls(input, tls, ['listen', at, 'tls'])
    return [
      {
        host: host ?? entry.host,
        port: port ?? Number(entry.port),
        ...(built === undefined ? {} : { tls: built }),
      },
    ]
  })
  if (host === undefined && port === undefined) return built
  const [first] = built.filter(entry => 'host' in entry)
  const [fallback] = defaultOf(configSchema, 'listen') as [{ host: string; port: number }]
  return [first ?? { host: host ?? fallback.host, port: port ?? fallback.port }]
}

// sockaddr_un has 108 bytes on Linux and 104 elsewhere, one of them for the end.
const maxSocketBytes = platform() === 'linux' ? 107 : 103

function buildSocket(
  findings: Findings,
  entry: Extract<ListenText, { socket: string }>,
  at: number,
): Listen {
  const { socket, mode = defaultOf(socketSchema, 'mode') } = entry
  // systemd and the folders of sockets would make another place of it with each working directory.
  if (socket !== undefined && Buffer.byteLength(socket) > maxSocketBytes) {
    const message = `is longer than ${maxSocketBytes} bytes, and the system would cut it; write a shorter path`
    findings.refuse(['listen', at, 'socket'], message)
  } else if (socket !== undefined && !isAbsolute(socket)) {
    const message = `"${socket}" is not a whole path; write /run/photogate/gate.sock`
    findings.refuse(['listen', at, 'socket'], message)
  }
  return { socket, mode: Number.parseInt(mode, 8) }
}

function refuseDoubles(findings: Findings, entries: readonly ListenText[]): void {
  const firstOf = new Map<string, number>()
  for (const [at, entry] of entries.entries()) {
    if (entry === undefined || ('port' in entry && Number(entry.port) === 0)) continue
    const place = 'socket' in entry ? entry.socket : `${entry.host} ${entry.port}`
    const first = firstOf.get(place)
    if (first !== undefined)
      findings.refuse(['listen', at], `is listen[${first}] again; take it out`)
    firstOf.set(place, first ?? at)
  }
}

/** What of `proxies` is not a network: the fronts that are believed by a socket or a certificate. */
export function buildProvenFronts(
  findings: Findings,
  { proxies: texts = [], listen: entriesOfListen = [] }: Pick<ConfigText, 'proxies' | 'listen'>,
  listen: readonly Listen[],
): ProvenFronts {
  const entries = presentOf(texts as string | string[])
  const names = entries
    .filter(isCertificateName)
    .map(entry => entry.slice(certificatePrefix.length).toLowerCase())
  const authorities = new Set(
    listen.flatMap(entry =>
      'tls' in entry ? (entry.tls?.clientAuthority?.fingerprints ?? []) : [],
    ),
  )
  const sockets = listen.filter(entry => 'socket' in entry)
  const unix = entries.includes('unix')
  const placeOf = (entry: string): (string | number)[] => {
    const at = listOf(texts as string | string[]).indexOf(entry)
    return typeof texts === 'string' ? ['proxies'] : ['proxies', at]
  }
  const [unproven] = entries.filter(isCertificateName)
  // A file that cannot be read is a problem of its own.
  const isVerifying = entriesOfListen.some(
    (entry: ListenText | undefined) =>
      entry !== undefined && 'tls' in entry && entry.tls?.clientCa !== undefined,
  )
  if (unproven !== undefined && !isVerifying) {
    const message = `"${unproven}" is verified by no listener; add clientCa to the tls of one`
    findings.refuse(placeOf(unproven), message)
  }
  if (unix && sockets.length === 0) {
    findings.warn(placeOf('unix'), 'has no effect: no entry of listen is a socket')
  }
  if (unix && sockets.some(({ mode }) => (mode & 0o002) !== 0)) {
    const message =
      'believes every program on this machine, as everybody may connect to the socket; write mode: "0660"'
    findings.warn(placeOf('unix'), message)
  }
  if (!unix && sockets.length > 0) {
    const at = listen.findIndex(entry => 'socket' in entry)
    const message =
      'has no client addresses: a front that connects to it is not believed, and no from condition can match; add unix to proxies'
    findings.warn(['listen', at, 'socket'], message)
  }
  return { unix, names, authorities }
}
