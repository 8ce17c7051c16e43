// What all snippets for fronts share: the facts they are filled with, and the comments they begin
// with. Pure: settings in, text out.
import { isIP } from 'node:net'
import type { ClientHeader, Listen, Otherwise, Settings } from '../config/settings.ts'
import { parseNetworkAddress } from '../policy/network-address.ts'
import type { NetworkSet } from '../policy/network-set.ts'
import { photoUrl } from './photo-url.ts'

export interface FrontFacts {
  /** Where the front reaches the gate; the host is an address without brackets, or a name. */
  readonly gate: Listen
  readonly clientHeader: ClientHeader
  /** The photo host, as its clients know it. */
  readonly url: URL
  /** Whether `url` only stands for the real one, which nobody has named. */
  readonly isStandIn: boolean
  readonly otherwise: Otherwise
  /** The address of a photo, to try it with. */
  readonly photo: string
  /** The address that the front's connections come from when it runs beside the gate. */
  readonly peer: string
  readonly isPeerTrusted: boolean
  /** How long the gate waits for the next request of a connection. */
  readonly keepAliveSeconds: number
  /** How long the front keeps one without a request: shorter, so that none meets a connection that is just going. 0: not at all. */
  readonly idleSeconds: number
}

export interface FrontOptions {
  readonly url: URL
  readonly isStandIn: boolean
  readonly photo: string
}

/** What a front's snippet says about itself. */
export interface SnippetHead {
  readonly kind: string
  readonly title: string
  /** Pairs of a word and what it introduces: where it goes, what it needs, what to run then. */
  readonly steps: readonly (readonly [string, string])[]
}

/** How the client headers are spelled where people read them. */
export const headerNames: Record<ClientHeader, string> = {
  'x-forwarded-for': 'X-Forwarded-For',
  forwarded: 'Forwarded',
  'x-real-ip': 'X-Real-IP',
  $wsra: '$WSRA',
}

/** All in which a client could name itself, and what a careless reader takes for them. */
export const claimNames = [...Object.values(headerNames), 'X_Forwarded_For', 'X_Real_IP']

// `::` takes IPv4 too: Node listens on both. So does `localhost`, where a front would come from 127.0.0.1 at
// one time and from ::1 at another.
const alsoLoopback: readonly string[] = ['0.0.0.0', '::', 'localhost']

// Of the gate's own time: 60 s of 75 s.
const idleShare = 0.8

/**
 * The facts of these settings, or what is wrong with them for a front. The front is taken to stand on
 * the gate's machine: who has it elsewhere knows its address, and is told where to write it.
 */
export function factsOf(settings: Settings, options: FrontOptions): FrontFacts | string {
  const [listen] = settings.listen
  if (listen === undefined || listen.port === 0) {
    return 'a front needs to know the port; name one under listen in place of 0'
  }
  // `::0` is `::` as well.
  const named = parseNetworkAddress(listen.host)?.text ?? listen.host.toLowerCase()
  const host = alsoLoopback.includes(named) ? '127.0.0.1' : listen.host
  // It goes into other programs' configurations as it is.
  const isAddress = isIP(host) !== 0 && !host.includes('%')
  if (!isAddress && !/^[a-z\d]([a-z\d.-]*[a-z\d])?$/i.test(host)) {
    return `listen has the host "${host}"; a front needs an address or a name`
  }
  const peer = peerOf(host)
  const { keepAliveSeconds } = settings.timeouts
  return {
    keepAliveSeconds,
    idleSeconds: Math.floor(keepAliveSeconds * idleShare),
    gate: { host, port: listen.port },
    clientHeader: settings.clientHeader,
    otherwise: settings.otherwise,
    peer,
    isPeerTrusted: isTrusted(settings.proxies, peer),
    ...options,
  }
}

// Connections to a loopback address come from 127.0.0.1 or ::1, those to another address of the same
// machine from that address itself.
function peerOf(host: string): string {
  return host.startsWith('127.') ? '127.0.0.1' : host
}

function isTrusted(proxies: NetworkSet | undefined, peer: string): boolean {
  const address = parseNetworkAddress(peer)
  // A name cannot be looked up here. With any proxies, somebody has thought of it.
  if (address === undefined) return proxies !== undefined
  return proxies?.has(address) ?? false
}

/** `host:port` of the gate, with brackets where it is IPv6. */
export function gateAuthority({ gate }: FrontFacts): string {
  return `${isIP(gate.host) === 6 ? `[${gate.host}]` : gate.host}:${gate.port}`
}

/** The photo host's port, 80 or 443 when its URL has none. */
export function publicPort({ url }: FrontFacts): string {
  return url.port || (url.protocol === 'https:' ? '443' : '80')
}

/** The photo host's address when its URL has one in place of a name; IPv6 in brackets. */
export function publicAddress({ url }: FrontFacts): string | undefined {
  return isIP(url.hostname.replace(/^\[|\]$/g, '')) === 0 ? undefined : url.hostname
}

/** The comment that every front's snippet begins with. */
export function headOf(facts: FrontFacts, { kind, title, steps }: SnippetHead): string {
  const { clientHeader, otherwise, peer, url, isStandIn, isPeerTrusted } = facts
  const photo = `'${photoUrl(url, facts.photo)}'`
  const fate =
    'redirect' in otherwise
      ? `302 ${new URL(otherwise.redirect, url).href}`
      : String(otherwise.status)
  const claim = clientHeader === 'forwarded' ? 'for=10.1.2.3' : '10.1.2.3'
  const lines = [
    `${title} in front of photogate, as \`photogate snippets ${kind}\` prints it.`,
    '',
    ...steps.map(([word, text]) => `${word.padEnd(6)}${text}`),
    '',
    'photogate.yaml has to name the address that the front connects from, and the header in which the',
    `front names the client. ${isPeerTrusted ? 'On one machine these are, as it says' : 'ADD THE FIRST LINE, or nobody is admitted by network. On one machine it is'}:`,
    `  proxies: [${isPeerTrusted ? `${peer}, …` : peer}]`,
    `  clientHeader: ${clientHeader}`,
    '',
    'Test it. From where a rule admits you, this gets a photo and prints 200:',
    `  curl -s -o photo.jpg -w '%{http_code}\\n' ${photo}`,
    'From where none does, and with an address that you admit in place of 10.1.2.3, this is turned away',
    `and prints ${fate}:`,
    `  curl -s -o none.txt -w '%{http_code} %{redirect_url}\\n' -H '${headerNames[clientHeader]}: ${claim}' ${photo}`,
  ]
  if (isStandIn) lines.push('', `CHANGE THIS: ${url.host} stands for your photo host; see --url.`)
  return lines.map(line => `# ${line}`.trimEnd()).join('\n')
}
