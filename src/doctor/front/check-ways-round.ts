// Whether the gate can be reached past the front, and whether it believes what it is told there.
import { isIP } from 'node:net'
import type { ListenAddress } from '../../config/listen/settings.ts'
import type { NetworkAddress } from '../../policy/network-address.ts'
import { isUnspecified, parseNetworkAddress } from '../../policy/network-address.ts'
import { blockOf } from '../../policy/network-set.ts'
import type { Diagnosis, Finding } from '../finding.ts'
import type { FrontPlace } from './front-request.ts'
import { hostOf } from './front-request.ts'
import type { Probe } from './probe.ts'
import { plainListeners } from './probe.ts'

const claimed = '192.0.2.99'
const claims = {
  'x-forwarded-for': claimed,
  'x-real-ip': claimed,
  forwarded: `for=${claimed}`,
  $wsra: claimed,
}

/** `frontPeer`: the address that the front connects from, as the gate logs it. Undefined: not known. */
export async function checkWaysRound(
  probe: Probe,
  frontPeer: string | undefined,
): Promise<Diagnosis> {
  const places = plainListeners(probe.setup.settings).flatMap(listen => placesOf(probe, listen))
  const findings: Finding[] = []
  const { listen } = probe.setup.settings
  const unknown = listen.some(each => 'host' in each && each.tls !== undefined)
    ? ['Whether others reach the gate at its listeners with TLS, and whom it believes there.']
    : []
  for (const place of new Set(places)) {
    const url = new URL(place)
    // Past the front itself: photos.acme.example:443 is the front.
    if (url.origin === probe.place.url.origin) continue
    const asked = await probe.ask('/-/healthz', { place: placeOf(url) })
    const isGate = asked.answer?.status === 200 && asked.answer.body.toString() === 'ok\n'
    if (!isGate) continue
    const way = await judgeWay(probe, { url, from: asked.answer?.localAddress, frontPeer })
    if (typeof way === 'string') unknown.push(way)
    else findings.push(way)
  }
  const isClosed = findings.length === 0 && unknown.length === 0
  const fine = isClosed ? ['Asked from here, the gate answers nobody past the front.'] : []
  return { findings, fine, unknown }
}

// Loopback is for this machine only, so nobody else comes that way.
function placesOf({ setup, place }: Probe, { host, port }: ListenAddress): string[] {
  const address = parseNetworkAddress(host)
  const isEverywhere = address !== undefined && isUnspecified(address)
  const front = hostOf(place.url)
  const hosts = isEverywhere ? [...setup.ownAddresses, front] : [host]
  return hosts
    .filter(each => !isLoopback(each) || setup.ownAddresses.includes(each))
    .map(each => `http://${isIP(each) === 6 ? `[${each}]` : each}:${port}`)
    .filter(each => URL.canParse(each))
}

function isLoopback(host: string): boolean {
  return /^(?:127\.|::1$|localhost$)/i.test(host)
}

interface Way {
  readonly url: URL
  /** Where doctor has asked from. */
  readonly from: string | undefined
  readonly frontPeer: string | undefined
}

/** A text: what cannot be known from here. */
async function judgeWay(
  probe: Probe,
  { url, from = '', frontPeer }: Way,
): Promise<Finding | string> {
  const { proxies } = probe.setup.settings
  const asked = await probe.ask(probe.nobody(), {
    place: placeOf(url),
    headers: claims,
  })
  const line = probe.hasLog ? await probe.findLine(asked) : undefined
  const own = parseNetworkAddress(from)
  const isBelieved =
    line === undefined ? own !== undefined && proxies?.has(own) === true : line.client === claimed
  // Nobody else has the front's own address, or one of this machine.
  const isShared =
    own !== undefined && proxies !== undefined && neighbours(own).some(each => proxies.has(each))
  const isFrontHere = own?.text === frontPeer || probe.setup.ownAddresses.includes(from)
  if (isBelieved && (isShared || !isFrontHere)) {
    return {
      code: 'front-way-round',
      effect: 'opens',
      seen: `The gate answers at ${url.origin} without the front, and believes the address that doctor claimed from ${from}: it is in proxies.`,
      why: 'Whoever is in that network claims the address of an admitted client, and gets all photos.',
      cure: [
        'Name in proxies the addresses of the fronts only, not their network.',
        closedWay(url),
      ],
    }
  }
  const isOwn = probe.setup.ownAddresses.includes(hostOf(url))
  if (isOwn && !hasOnlyFrontsHere(probe)) {
    return `Whether others reach the gate at ${url.origin} without the front: ask from another machine; a firewall may be between.`
  }
  return {
    code: 'front-gate-reachable',
    effect: 'weakens',
    seen: `The gate answers at ${url.origin} without the front${isBelieved ? '' : ', and believes no address that a client claims there'}.`,
    why: 'Clients can choose a way without TLS and without what the front looks at. The rules hold there, too; if that way is meant, it is no fault.',
    cure: [closedWay(url)],
  }
}

// From the address that the system chooses: that of the front's connections may be another.
function placeOf(url: URL): FrontPlace {
  return { url, authorities: undefined, from: undefined }
}

function closedWay({ port }: URL): string {
  return `Let only the front reach the gate: by a firewall, or, for a front on the same machine, by photogate.yaml:\n  listen: [{ host: 127.0.0.1, port: ${port || 80} }]`
}

// Then the gate need not listen where other machines may come from.
function hasOnlyFrontsHere({ setup }: Probe): boolean {
  const ranges = setup.settings.proxies?.ranges() ?? []
  const isHere = ({ text }: NetworkAddress) => isLoopback(text) || setup.ownAddresses.includes(text)
  return ranges.length > 0 && ranges.every(({ first, last }) => isHere(first) && isHere(last))
}

// The first and the last address of the block of 256 (IPv6: of 2^64), and those beside it.
function neighbours(address: NetworkAddress): NetworkAddress[] {
  const isV4 = address.family === 4
  const wide = blockOf(address, isV4 ? 24 : 64)
  const narrow = blockOf(address, isV4 ? 30 : 126)
  return [wide.first, wide.last, narrow.first, narrow.last].filter(
    each => each.text !== address.text,
  )
}
