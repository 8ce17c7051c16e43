// How a connection has come: over which TLS, and what proves that it is from a front. Read once for each connection.
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { FrontProof } from '../evidence/front-proof.ts'

export interface Arrival {
  readonly proof: FrontProof | undefined
  /** The keys of the log line that say which TLS: empty without. */
  readonly tlsKeys: string
}

const proofKey = Symbol('front proof')
type ProofHolder = { [proofKey]?: FrontProof }

/** Call it before the gate gets the connection. */
export function noteProof(socket: Socket, proof: FrontProof): void {
  ;(socket as ProofHolder)[proofKey] = proof
}

export function arrivalOf(socket: Socket): Arrival {
  return { proof: (socket as ProofHolder)[proofKey], tlsKeys: tlsKeysOf(socket) }
}

function tlsKeysOf(socket: Socket): string {
  const { encrypted, getProtocol } = socket as Partial<TLSSocket>
  if (encrypted !== true || getProtocol === undefined) return ''
  const protocol = (socket as TLSSocket).getProtocol()
  // Null when the client has left already.
  if (protocol === null) return ''
  const { standardName } = (socket as TLSSocket).getCipher()
  return `,"protocol":"${protocolText(protocol)}","cipher":"${standardName}"`
}

/**
 * In the spelling of IHS (SSL_PROTOCOL_VERSION): TLSV1 is TLS 1.0.
 * @example protocolText('TLSv1.2') // 'TLSV1.2'
 */
export function protocolText(protocol: string): string {
  return protocol.toUpperCase()
}
