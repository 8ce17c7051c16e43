// Where the gate listens. A name is looked up here, and each of its addresses gets a server of its own: Fastify would
// open the second address of `localhost` without timeouts and bounds, and Node would use only the first address.
import { lookup } from 'node:dns/promises'
import type { AddressInfo } from 'node:net'
import { isIP } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import type { Listen } from '../config/settings.ts'
import { GateError } from '../error.ts'

export interface ListenerOptions {
  readonly build: () => FastifyInstance
  readonly logger: Logger
}

/** The listeners that are open, also when a later one fails. */
export interface Listeners {
  readonly gates: FastifyInstance[]
  /** One for each gate, without a trailing slash. */
  readonly urls: string[]
}

/**
 * Adds the listeners of one entry of `listen`.
 * @throws GateError GATE_LISTEN when this machine has none of its addresses, or one of them is in use.
 */
export async function openListeners(
  { gates, urls }: Listeners,
  listen: Listen,
  { build, logger }: ListenerOptions,
): Promise<void> {
  let { port } = listen
  let missing: unknown
  let isOpen = false
  try {
    for (const host of await addressesOf(listen.host)) {
      const gate = build()
      try {
        urls.push(await gate.listen({ host, port }))
      } catch (error) {
        await gate.close()
        if (!isMissing(error)) throw error
        missing = error
        logger.warn({ address: host }, `${listen.host}: this machine has no address ${host}`)
        continue
      }
      gates.push(gate)
      isOpen = true
      // Port 0: all addresses use the port that the first one got.
      port = (gate.server.address() as AddressInfo).port
    }
    if (!isOpen) throw missing
  } catch (error) {
    throw listenError(error, listen)
  }
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

function listenError(error: unknown, { host, port }: Listen): GateError {
  const { code = '', message } = error as NodeJS.ErrnoException
  const advice: Record<string, string> = {
    EADDRINUSE: 'another program listens there; stop it, or choose another port',
    EACCES: 'this port needs more rights; choose a port above 1023, or grant the right to bind it',
    EADDRNOTAVAIL: 'this machine does not have this address',
    EAFNOSUPPORT: 'this machine does not have this address',
    ENOTFOUND: 'this host name is unknown',
  }
  const text = `cannot listen on ${host} port ${port}: ${advice[code] ?? message}`
  return new GateError('GATE_LISTEN', text, { cause: error })
}
