// Commands to paste: a request once more, by curl. Every value is quoted and nothing is expanded, because photos and paths
// come from clients; and no client can choose the host that an administrator's cookies go to.
import type { Settings } from '../../config/settings.ts'
import { quotePosix } from '../../text/shell-quote.ts'

export interface AskedAgain {
  /** The client's address; null when there was none. */
  readonly client: string | null
  /** The address of the socket, or `unix`. */
  readonly peer: string | null
  /** The request-target. */
  readonly target: string
  readonly method: string | null
  /** Names of cookies to send. Their values are for the administrator to fill in. */
  readonly cookies: readonly string[]
}

/** For sh, on the gate's machine. A header that names the client is believed from a front only. */
export function curlFor(settings: Settings, asked: AskedAgain): string {
  const { client, peer, target, method, cookies } = asked
  const words = ['curl', '-sS', '-D', '-', '-o', '/dev/null', '--globoff', '--path-as-is']
  if (method !== null && method !== 'GET')
    words.push(...(method === 'HEAD' ? ['-I'] : ['-X', method]))
  if (client !== null && client !== peer) words.push('-H', clientHeaderLine(settings, client))
  if (cookies.length > 0) {
    words.push('-H', `Cookie: ${cookies.map(name => `${name}=VALUE`).join('; ')}`)
  }
  return [...words, ...placeOf(settings, target)].map(quotePosix).join(' ')
}

/** The request-target of a photo, or the path that was sent. */
export function pathOf(address: string | null, path: string | null): string {
  return address === null
    ? (path ?? '/')
    : `/${encodeURIComponent(address).replaceAll('%40', '@')}.jpg`
}

function clientHeaderLine({ clientHeader }: Settings, client: string): string {
  if (clientHeader !== 'forwarded') return `${clientHeader}: ${client}`
  return `Forwarded: for=${client.includes(':') ? `"[${client}]"` : client}`
}

function placeOf({ listen }: Settings, target: string): string[] {
  const [first] = listen
  if (first === undefined) return [target]
  // Behind a host and a port, anything else could make another host of them: *@192.0.2.9.
  const isPath = target.startsWith('/')
  const options = isPath ? [] : ['--request-target', target]
  const path = isPath ? target : '/'
  if ('socket' in first) {
    return [...options, '--unix-socket', first.socket, `http://localhost${path}`]
  }
  const host = first.host.includes(':') ? `[${first.host}]` : first.host
  const scheme = first.tls === undefined ? 'http' : 'https'
  return [...options, `${scheme}://${host}:${first.port}${path}`]
}
