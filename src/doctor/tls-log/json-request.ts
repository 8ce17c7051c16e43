// One request of a log in JSON: photogate's own, Caddy's, and those that nginx and Apache write by a format with the
// names of their variables.
import { parseLogTime } from '../../replay/log-time.ts'
import type { RefusedHandshake } from './refused-handshake.ts'
import type { TlsRequest } from './tls-request.ts'
import { parseTlsVersion } from './tls-version.ts'
import { applicationOf, applicationOfTarget } from './url-application.ts'

type JsonFields = Readonly<Record<string, unknown>>

// The names in order of preference: photogate's `peer` is the other end of the connection, `client` may be behind it.
const names = {
  version: ['ssl_protocol', 'tls_version', 'tls_protocol', 'SSL_PROTOCOL', 'protocol'],
  cipher: ['ssl_cipher', 'tls_cipher', 'SSL_CIPHER', 'cipher'],
  client: ['peer', 'remote_addr', 'remote_ip', 'client', 'client_ip', 'clientip', 'remoteIP'],
  agent: ['userAgent', 'http_user_agent', 'user_agent', 'agent'],
  request: ['request'],
  target: ['path', 'request_uri', 'uri'],
  time: ['time', 'time_iso8601', 'time_local', '@timestamp', 'timestamp'],
} as const

const caddyVersions: Readonly<Record<number, string>> = {
  768: 'SSLv3',
  769: 'TLSv1',
  770: 'TLSv1.1',
  771: 'TLSv1.2',
  772: 'TLSv1.3',
}

export interface JsonLine {
  /** Undefined: a line of another kind, such as that a gate has started. */
  readonly request: TlsRequest | undefined
  /** A handshake that the gate has refused, and how often since its last line on this client. */
  readonly refused?: (RefusedHandshake & { readonly times: number }) | undefined
}

/** Undefined when the line is not a JSON object. */
export function parseJsonLine(line: string): JsonLine | undefined {
  if (line[0] !== '{') return undefined
  let fields: JsonFields
  try {
    fields = JSON.parse(line) as JsonFields
  } catch {
    return undefined
  }
  const inner = fields.request
  if (typeof inner === 'object' && inner !== null)
    return { request: readCaddy(fields, inner as JsonFields) }
  const isRequest = fields.msg === 'request' || fields.msg === undefined
  const request = isRequest ? readFlat(fields) : undefined
  if (request === undefined) return { request, refused: readRefused(fields) }
  // photogate's own lines: without the keys, the request came without TLS.
  const isPlain = fields.msg === 'request' && request.version === undefined
  return { request: isPlain ? { ...request, version: 'plain' } : request }
}

const maxTimes = 1_000_000

// The reasons of server/tls/handshake-failure that say the same as SSL0222W.
function readRefused(fields: JsonFields): JsonLine['refused'] {
  const { reason, unlogged } = fields
  if (reason !== 'no-shared-version' && reason !== 'no-shared-cipher') return undefined
  const time = textOf(fields, names.time)
  const more = Number.isInteger(unlogged) ? Number(unlogged) : 0
  return {
    client: textOf(fields, ['peer']) ?? '',
    timeMs: time === undefined ? undefined : readTime(time),
    times: 1 + Math.min(Math.max(more, 0), maxTimes),
  }
}

function readFlat(fields: JsonFields): TlsRequest | undefined {
  const client = textOf(fields, names.client)
  if (client === undefined) return undefined
  const text = textOf(fields, names.version)
  const request = textOf(fields, names.request)
  const target = textOf(fields, names.target)
  const time = textOf(fields, names.time)
  return {
    client,
    timeMs: time === undefined ? undefined : readTime(time),
    application:
      target !== undefined
        ? applicationOfTarget(target, 0)
        : request === undefined
          ? '/'
          : applicationOf(request, 0),
    agent: names.agent.some(name => name in fields)
      ? (textOf(fields, names.agent) ?? '')
      : undefined,
    version: readVersion(fields, text),
    cipher: textOf(fields, names.cipher),
  }
}

// nginx writes an empty text for a request without TLS.
function readVersion(fields: JsonFields, text: string | undefined): TlsRequest['version'] {
  const version = text === undefined ? undefined : parseTlsVersion(text)
  if (version !== undefined) return version
  const isNamed = names.version.some(
    name => name in fields && (fields[name] === null || /^-?$/.test(String(fields[name]))),
  )
  return isNamed ? 'plain' : undefined
}

function readCaddy(fields: JsonFields, request: JsonFields): TlsRequest {
  const tls = request.tls as JsonFields | undefined
  const headers = request.headers as Readonly<Record<string, unknown>> | undefined
  const agents = headers?.['User-Agent']
  const target = textOf(request, ['uri'])
  const { ts } = fields
  const version = parseTlsVersion(caddyVersions[Number(tls?.version)] ?? '')
  return {
    client: textOf(request, ['remote_ip', 'client_ip']) ?? '',
    timeMs: typeof ts === 'number' ? ts * 1000 : undefined,
    application: target === undefined ? '/' : applicationOfTarget(target, 0),
    agent: Array.isArray(agents) ? String(agents[0]) : '',
    version: tls === undefined ? 'plain' : version,
    // A number, which names no suite.
    cipher: undefined,
  }
}

function textOf(fields: JsonFields, keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const value = fields[key]
    if (typeof value === 'string' && value !== '' && value !== '-') return value
  }
  return undefined
}

function readTime(text: string): number | undefined {
  const ms = parseLogTime(text) ?? Date.parse(text)
  return Number.isNaN(ms) ? undefined : ms
}
