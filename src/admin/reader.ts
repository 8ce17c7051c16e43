// Who asks the admin listener: the client's site, its session once it has signed in, and how its connection has come.
import type { TLSSocket } from 'node:tls'
import type { FastifyRequest } from 'fastify'
import { parseNetworkAddress, siteOf } from '../policy/network-address.ts'
import type { Session } from './sessions.ts'

// Kept on the request itself, so that nothing but the guard can say it.
const sessionKey = Symbol('session')
type SessionHolder = { [sessionKey]?: Session }

export function noteSession(request: FastifyRequest, session: Session): void {
  ;(request.raw as SessionHolder)[sessionKey] = session
}

/** Undefined without a token, and for a program with an Authorization header. */
export function sessionOf(request: FastifyRequest): Session | undefined {
  return (request.raw as SessionHolder)[sessionKey]
}

/** The address of the socket, or the /64 of an IPv6 address. No header is asked: any client can write one. */
export function siteOfClient({ raw }: FastifyRequest): string {
  return siteOfPeer(raw.socket.remoteAddress)
}

/** `peer`: the address of a socket; undefined when it has gone. */
export function siteOfPeer(peer: string | undefined): string {
  const address = parseNetworkAddress(peer ?? '')
  return address === undefined ? (peer ?? 'unknown') : siteOf(address)
}

/** What streams are counted for: the session, or the client's site without one. */
export function readerOf(request: FastifyRequest): string {
  return sessionOf(request)?.id ?? siteOfClient(request)
}

export function isEncrypted({ raw }: FastifyRequest): boolean {
  return (raw.socket as Partial<TLSSocket>).encrypted === true
}
