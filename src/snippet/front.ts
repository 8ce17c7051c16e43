// What the snippets for all fronts (reverse proxies) share: the facts that fill them, and the comment that
// begins them. Pure: settings in, text out. The syntax of each front is in its own file.
import { isIP } from 'node:net'
import type { Listen, ListenAddress, ListenSocket } from '../config/listen/settings.ts'
import type { ClientHeader, Otherwise, Settings } from '../config/settings.ts'
import { parseNetworkAddress } from '../policy/network-address.ts'
import type { NetworkSet } from '../policy/network-set.ts'
import { photoUrl } from './photo-url.ts'

export interface FrontFacts {
  /** Where the front reaches the gate. The host is a name, or an address without brackets. */
  readonly gate: ListenAddress | Pick<ListenSocket, 'socket'>
  readonly clientHeader: ClientHeader
  /** The public URL of the photo host. */
  readonly url: URL
  /** Whether `url` is only an example, because the administrator named none. */
  readonly isPlaceholder: boolean
  readonly otherwise: Otherwise
  /** The mail address of the photo that the test commands ask for. */
  readonly photo: string
  /** The address that the front's connections come from when the front runs on the gate's machine; `unix` over a socket. */
  readonly peer: string
  readonly isPeerTrusted: boolean
  /** How long the gate keeps a connection open without a request. */
  readonly keepAliveSeconds: number
  /** How long the front does: shorter, so that it never sends a request on a connection that is closing. 0: no keep-alive. */
  readonly idleSeconds: number
}

export interface FrontOptions {
  readonly url: URL
  readonly isPlaceholder: boolean
  readonly photo: string
}

/** What the comment at the start of a snippet says about it. */
export interface SnippetHead {
  readonly kind: string
  readonly title: string
  /** Pairs of a heading and its text: where the snippet goes, what it needs, what to run then. */
  readonly steps: readonly (readonly [string, string])[]
}

/** The usual spelling of the client headers. */
export const headerNames: Record<ClientHeader, string> = {
  'x-forwarded-for': 'X-Forwarded-For',
  forwarded: 'Forwarded',
  'x-real-ip': 'X-Real-IP',
  $wsra: '$WSRA',
}

/** Headers in which a client could forge its address, and spellings that some servers take for the same. */
export const forgeableHeaders = [...Object.values(headerNames), 'X_Forwarded_For', 'X_Real_IP']

// The front connects to 127.0.0.1 then. `::` accepts IPv4 too: Node listens on both. With `localhost` a front
// would connect from 127.0.0.1 at one time and from ::1 at another.
const reachedByLoopback: readonly string[] = ['0.0.0.0', '::', 'localhost']

// The front's share of the gate's keep-alive: 60 s of 75 s.
const idleShare = 0.8

/**
 * The facts for these settings, or a text that says why a front cannot use them. Assumes that the front runs on
 * the gate's machine; the snippet says where to write another address.
 */
export function factsOf(settings: Settings, options: FrontOptions): FrontFacts | string {
  const [listen] = settings.listen.filter(isPlainAddress)
  if (listen === undefined) return factsOfSocket(settings, options)
  if (listen.port === 0) {
    return 'a front needs a fixed port; write one under listen in place of 0'
  }
  // The canonical form: `::0` is `::` as well.
  const named = parseNetworkAddress(listen.host)?.text ?? listen.host.toLowerCase()
  const host = reachedByLoopback.includes(named) ? '127.0.0.1' : listen.host
  // Nothing escapes the host in the configurations of other programs.
  const isAddress = isIP(host) !== 0 && !host.includes('%')
  if (!isAddress && !/^[a-z\d]([a-z\d.-]*[a-z\d])?$/i.test(host)) {
    return `listen has the host "${host}"; a front needs an address or a name`
  }
  const peer = peerOf(host)
  const isPeerTrusted = isTrusted(settings.proxies, peer)
  const gate = { host, port: listen.port }
  return { ...sharedFacts(settings), gate, peer, isPeerTrusted, ...options }
}

function factsOfSocket(settings: Settings, options: FrontOptions): FrontFacts | string {
  const [listen] = settings.listen.filter(entry => 'socket' in entry)
  if (listen === undefined) {
    return 'a front needs an entry of listen with an address and without tls, or with a socket; add { host: 127.0.0.1, port: 8080 }'
  }
  const { socket } = listen
  // Nothing escapes the path in the configurations of other programs.
  if (!/^\/[\w./-]+$/.test(socket)) {
    return `listen has the socket "${socket}"; a front needs a path of letters, digits, /, ., - and _`
  }
  const isPeerTrusted = settings.provenFronts.unix
  return { ...sharedFacts(settings), gate: { socket }, peer: 'unix', isPeerTrusted, ...options }
}

function sharedFacts({ timeouts: { keepAliveSeconds }, clientHeader, otherwise }: Settings) {
  const idleSeconds = Math.floor(keepAliveSeconds * idleShare)
  return { keepAliveSeconds, idleSeconds, clientHeader, otherwise }
}

function isPlainAddress(listen: Listen): listen is ListenAddress {
  return 'host' in listen && listen.tls === undefined
}

// A connection to a loopback address comes from 127.0.0.1 or ::1. One to another address of the same machine
// comes from that address itself.
function peerOf(host: string): string {
  return host.startsWith('127.') ? '127.0.0.1' : host
}

function isTrusted(proxies: NetworkSet | undefined, peer: string): boolean {
  const address = parseNetworkAddress(peer)
  // A name is not resolved here. If any proxies are set, the administrator is assumed to have named this one.
  if (address === undefined) return proxies !== undefined
  return proxies?.has(address) ?? false
}

/** `host:port` of the gate, an IPv6 address in brackets; `unix:` and the path of a socket, as nginx and Apache take it. */
export function gateAuthority({ gate }: FrontFacts): string {
  if ('socket' in gate) return `unix:${gate.socket}`
  return `${isIP(gate.host) === 6 ? `[${gate.host}]` : gate.host}:${gate.port}`
}

/** The photo host's port, 80 or 443 when its URL has none. */
export function publicPort({ url }: FrontFacts): string {
  return url.port || (url.protocol === 'https:' ? '443' : '80')
}

/** The photo host's address, IPv6 in brackets. Undefined when its URL has a name. */
export function publicAddress({ url }: FrontFacts): string | undefined {
  return isIP(url.hostname.replace(/^\[|\]$/g, '')) === 0 ? undefined : url.hostname
}

/** The comment that begins the snippet for every front. */
export function formatHead(facts: FrontFacts, { kind, title, steps }: SnippetHead): string {
  const { clientHeader, otherwise, peer, url, isPlaceholder, isPeerTrusted } = facts
  const photo = `'${photoUrl(url, facts.photo)}'`
  const turnedAway =
    'redirect' in otherwise
      ? `302 ${new URL(otherwise.redirect, url).href}`
      : String(otherwise.status)
  const forged = clientHeader === 'forwarded' ? 'for=10.1.2.3' : '10.1.2.3'
  const lines = [
    `${title} in front of photogate, printed by \`photogate snippets ${kind}\`.`,
    '',
    ...steps.map(([word, text]) => `${word.padEnd(6)}${text}`),
    '',
    'photogate.yaml must name the address that the front connects from, and the header in which the front',
    ...(isPeerTrusted
      ? ['names the client. It does so for a front on the same machine:']
      : [
          'names the client. ADD THE FIRST LINE, or nobody is admitted by network. For a front on the same',
          'machine:',
        ]),
    `  proxies: [${isPeerTrusted ? `${peer}, …` : peer}]`,
    `  clientHeader: ${clientHeader}`,
    '',
    'Test 1: on a machine that a rule admits, this gets a photo and prints 200:',
    `  curl -s -o photo.jpg -w '%{http_code}\\n' ${photo}`,
    'Test 2: on a machine that no rule admits, replace 10.1.2.3 by an address that a rule admits. This forges',
    `the header. It must be turned away and print ${turnedAway}:`,
    `  curl -s -o none.txt -w '%{http_code} %{redirect_url}\\n' -H '${headerNames[clientHeader]}: ${forged}' ${photo}`,
  ]
  if (isPlaceholder)
    lines.push('', `CHANGE THIS: ${url.host} stands for your photo host; see --url.`)
  return lines.map(line => `# ${line}`.trimEnd()).join('\n')
}
