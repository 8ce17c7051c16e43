// Where the gate listens: addresses, with or without TLS, and Unix sockets. A name is looked up here, and each of its addresses gets a server of its own: Fastify would
// open the second address of `localhost` without timeouts and bounds, and Node would use only the first address.
import { lookup } from 'node:dns/promises'
import type { AddressInfo } from 'node:net'
import { isIP } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import type { Listen, ListenAddress, ListenSocket, TlsSettings } from '../config/listen/settings.ts'
import { GateError } from '../error.ts'
import { unixProof } from '../evidence/front-proof.ts'
import { noteProof } from '../gate/arrival.ts'
import type { TlsDoor } from './tls/tls-door.ts'
import { listenOnSocket } from './unix-socket.ts'

export interface ListenerOptions {
  readonly build: () => FastifyInstance
  /** Puts TLS before the gate's server, which does not listen yet. */
  readonly openDoor: (gate: FastifyInstance, settings: TlsSettings) => TlsDoor
  readonly logger: Logger
}

/** The listeners that are open, also when a later one fails. */
export interface Listeners {
  readonly gates: FastifyInstance[]
  /** One for each gate, without a trailing slash; `unix:` and the path of a socket. */
  readonly urls: string[]
  /** Those of all gates with TLS, with their entry of `listen`. */
  readonly doors: { readonly listen: Listen; readonly door: TlsDoor }[]
}

/**
 * Adds the listeners of one entry of `listen`.
 * @throws GateError GATE_LISTEN when this machine has none of its addresses, or one of them is in use.
 */
export async function openListeners(
  listeners: Listeners,
  listen: Listen,
  options: ListenerOptions,
): Promise<void> {
  try {
    if ('socket' in listen) await openSocket(listeners, listen, options)
    else await openAddresses(listeners, listen, options)
  } catch (error) {
    throw error instanceof GateError ? error : listenError(error, listen)
  }
}

async function openSocket(
  { gates, urls }: Listeners,
  listen: ListenSocket,
  { build }: ListenerOptions,
): Promise<void> {
  const gate = build()
  // Before the gate's own listeners: the connection has no address that could tell where it comes from.
  gate.server.prependListener('connection', socket => noteProof(socket, unixProof))
  try {
    urls.push(await listenOnSocket(gate, listen))
  } catch (error) {
    await gate.close()
    throw error
  }
  gates.push(gate)
}

async function openAddresses(
  { gates, urls, doors }: Listeners,
  listen: ListenAddress,
  { build, openDoor, logger }: ListenerOptions,
): Promise<void> {
  let { port } = listen
  let missing: unknown
  let isOpen = false
  for (const host of await addressesOf(listen.host)) {
    const gate = build()
    const door = listen.tls && openDoor(gate, listen.tls)
    try {
      const url = await gate.listen({ host, port })
      urls.push(door === undefined ? url : url.replace(/^http:/, 'https:'))
    } catch (error) {
      await gate.close()
      if (!isMissing(error)) throw error
      missing = error
      logger.warn({ address: host }, `${listen.host}: this machine has no address ${host}`)
      continue
    }
    gates.push(gate)
    if (door !== undefined) doors.push({ listen, door })
    isOpen = true
    // Port 0: all addresses use the port that the first one got.
    port = (gate.server.address() as AddressInfo).port
  }
  if (!isOpen) throw missing
}

async function addressesOf(host: string): Promise<string[]> {
  if (isIP(host) !== 0) return [host]
  const found = await lookup(host, { all: true })
  return [...new Set(found.map(({ address }) => address))]
}

// For example ::1 of localhost where IPv6 is disabled.
function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT'
}

function listenError(error: unknown, listen: Listen): GateError {
  const { code = '', message } = error as NodeJS.ErrnoException
  const isSocket = 'socket' in listen
  const advice: Record<string, string> = {
    EADDRINUSE: 'another program listens there; stop it, or choose another port',
    EACCES: isSocket
      ? 'this user may not write to its folder; give it the right'
      : 'this port needs more rights; choose a port above 1023, or grant the right to bind it',
    EADDRNOTAVAIL: 'this machine does not have this address',
    EAFNOSUPPORT: 'this machine does not have this address',
    ENOTFOUND: 'this host name is unknown',
  }
  const place = isSocket ? listen.socket : `${listen.host} port ${listen.port}`
  const text = `cannot listen on ${place}: ${advice[code] ?? message}`
  return new GateError('GATE_LISTEN', text, { cause: error })
}
