// The formats of texts in the configuration's `ledger`. Connects to nothing.
import type { HostAndPort } from '../../guest/redis-connection.ts'

const example = 'redis://10.0.0.9:6379/0'
const sentinelExample = '10.0.0.7:26379'
const defaultPorts = { redis: 6_379, sentinel: 26_379 } as const
const maxPort = 65_535

/** Why a text does not have the format, worded to follow the text; undefined when it has. */
export const ledgerMistakeFinders: Record<string, (text: string) => string | undefined> = {
  'redis-url': findRedisUrlMistake,
  'host-and-port': text =>
    parseHostAndPort(text) === undefined
      ? `is not a host and a port; write ${sentinelExample}`
      : undefined,
}

export type RedisUrl = { readonly db: number } & (
  | { readonly path: string }
  | (HostAndPort & { readonly user: string | undefined; readonly isTls: boolean })
)

/** The text must have the format `redis-url`. */
export function parseRedisUrl(text: string): RedisUrl {
  const { protocol, hostname, port, username, pathname } = new URL(text)
  if (protocol === 'unix:') return { path: decodeURIComponent(pathname), db: 0 }
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? defaultPorts.redis : Number(port),
    user: username === '' ? undefined : decodeURIComponent(username),
    isTls: protocol === 'rediss:',
    db: Number(pathname.slice(1)),
  }
}

/** Of a Sentinel. Undefined: the text is none. */
export function parseHostAndPort(text: string): HostAndPort | undefined {
  const [, six, plain, digits] =
    /^(?:\[([\da-fA-F:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  const host = six ?? plain
  const port = digits === undefined ? defaultPorts.sentinel : Number(digits)
  return host === undefined || port === 0 || port > maxPort ? undefined : { host, port }
}

function findRedisUrlMistake(text: string): string | undefined {
  if (!/^[!-~]+$/.test(text) || !URL.canParse(text)) return `is not a URL; write ${example}`
  const { protocol, hostname, port, password, username, pathname } = new URL(text)
  // Before everything else, because a message must not quote it.
  if (password !== '') return 'holds a password; write it into passwordFile'
  if (/[?#]/.test(text)) return 'has more than host and database; leave out ? or # and what follows'
  if (protocol === 'unix:')
    return hostname === '' && pathname.length > 1
      ? findEncodingMistake(pathname)
      : 'is not a Unix socket; write unix:///run/redis/redis-server.sock'
  if ((protocol !== 'redis:' && protocol !== 'rediss:') || hostname === '')
    return `does not begin with redis://, rediss:// or unix:/// and a host; write ${example}`
  if (!/^(?:\[.*\]|[\w.-]+)$/.test(hostname))
    return `names no single host; several are Sentinels: { sentinels: [${sentinelExample}], master: photos }`
  if (port === '0') return `has port 0; write ${example}`
  if (!/^(?:\/\d{0,5})?$/.test(pathname))
    return `has a path that is not the number of a database; write ${example}`
  return findEncodingMistake(username)
}

function findEncodingMistake(text: string): string | undefined {
  return isEncoded(text) ? undefined : 'has a % that begins no character; write %25 for a % itself'
}

function isEncoded(text: string): boolean {
  try {
    return !decodeURIComponent(text).includes('\0')
  } catch {
    return false
  }
}
