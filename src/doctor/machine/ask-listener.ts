// Asks one listener of the gate for its health, and says what came. Whom it talks to is judged by gate.ts; so no
// certificate is refused here, and nothing secret is sent.
import type { X509Certificate } from 'node:crypto'
import type { RequestOptions } from 'node:http'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { TLSSocket } from 'node:tls'
import type { TlsSettings } from '../../config/listen/settings.ts'

export interface AskedPlace {
  /** Of the machine; with `socketPath` it is not used. */
  readonly host?: string
  readonly port?: number
  readonly socketPath?: string
  readonly tls?: TlsSettings | undefined
  /** For SNI. Undefined: none is sent. */
  readonly servername?: string | undefined
}

export interface ListenerAnswer {
  /** `/-/healthz` was answered as the gate does. */
  readonly isGate: boolean
  /** Some server has answered, or has shown a certificate. */
  readonly hasAnswered: boolean
  /** What it has shown in the handshake of TLS. */
  readonly certificate: X509Certificate | undefined
  /** The code of the error: `ECONNREFUSED`; `ETIMEDOUT` without an answer in time. */
  readonly trouble: string | undefined
}

const maxBytes = 1_024
// Node.js has one code for it in some releases, and EPROTO for all such faults in others.
const noTls = /wrong version number|packet length too long/i

/** Never rejects. */
export function askListener(
  { tls, servername = '', ...place }: AskedPlace,
  { signal, timeoutMs }: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<ListenerAnswer> {
  return new Promise(resolve => {
    const options: RequestOptions = {
      ...place,
      ...{ path: '/-/healthz', agent: false, headers: { 'user-agent': 'photogate-doctor' } },
    }
    const request =
      tls === undefined
        ? httpRequest(options)
        : httpsRequest({
            ...{ ...options, servername, rejectUnauthorized: false },
            ...{ minVersion: tls.minVersion, ciphers: tls.ciphers },
          })
    let certificate: X509Certificate | undefined
    let status: number | undefined
    const end = (trouble?: string, body = '') => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      const isGate = status === 200 && body === 'ok\n'
      const hasAnswered = status !== undefined || certificate !== undefined
      resolve({ isGate, hasAnswered, certificate, trouble })
      request.destroy()
    }
    const onAbort = () => end('ETIMEDOUT')
    const timer = setTimeout(onAbort, timeoutMs)
    signal.addEventListener('abort', onAbort)
    request.on('socket', socket =>
      socket.once('secureConnect', () => {
        certificate = (socket as TLSSocket).getPeerX509Certificate()
      }),
    )
    request.on('error', (error: NodeJS.ErrnoException) =>
      end(
        noTls.test(error.message) ? 'ERR_SSL_WRONG_VERSION_NUMBER' : (error.code ?? error.message),
      ),
    )
    request.on('response', response => {
      status = response.statusCode
      const chunks: Buffer[] = []
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        bytes += chunk.length
        if (bytes > maxBytes) end()
      })
      response.on('error', (error: NodeJS.ErrnoException) => end(error.code))
      response.on('end', () => end(undefined, Buffer.concat(chunks).toString('latin1')))
    })
    request.end()
  })
}
