// One request without cookies, as a client that nobody knows sends it. Follows nothing. Bounded in time and size.
import type { IncomingHttpHeaders } from 'node:http'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { rootCertificates } from 'node:tls'

export interface WebAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** At most `maxBytes`. */
  readonly body: Buffer
}

export interface WebTrouble {
  /** Why there is no answer, worded to follow a URL. */
  readonly trouble: string
  /** `authority`: this machine does not know it, but the clients may. `tls`: any other fault of the certificate or TLS. */
  readonly kind: 'authority' | 'tls' | 'too-large' | 'other'
}

export interface AskWebOptions {
  readonly timeoutMs: number
  readonly maxBytes: number
  /** Authorities as PEM, besides those of Node.js. */
  readonly ca?: readonly string[] | undefined
}

/** Never rejects. `url`: http or https. */
export function askWeb(
  url: URL,
  { timeoutMs, maxBytes, ca }: AskWebOptions,
): Promise<WebAnswer | WebTrouble> {
  return new Promise(resolve => {
    const isTls = url.protocol === 'https:'
    const request = (isTls ? httpsRequest : httpRequest)(url, {
      agent: false,
      headers: { accept: '*/*', 'user-agent': 'photogate-doctor' },
      ...(isTls && ca !== undefined ? { ca: [...rootCertificates, ...ca] } : {}),
    })
    const end = (result: WebAnswer | WebTrouble) => {
      clearTimeout(timer)
      resolve(result)
      request.destroy()
    }
    const fail = (trouble: string, kind: WebTrouble['kind'] = 'other') => end({ trouble, kind })
    // For the whole exchange, so that a server that sends a byte a second ends too.
    const timer = setTimeout(
      () => fail(`did not answer within ${timeoutMs / 1_000} seconds`),
      timeoutMs,
    )
    request.on('error', error => end(describeWebError(error)))
    request.on('response', response => {
      const chunks: Buffer[] = []
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        bytes += chunk.length
        if (bytes <= maxBytes) return
        fail(`sent more than ${maxBytes.toLocaleString('en')} bytes`, 'too-large')
      })
      response.on('error', () => fail('broke its answer off'))
      response.on('end', () =>
        end({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks),
        }),
      )
    })
    request.end()
  })
}

const words: Record<string, string> = {
  ECONNREFUSED: 'refuses the connection: nothing listens on that port',
  ECONNRESET: 'closed the connection without an answer',
  ENOTFOUND: 'has a name that DNS does not know here',
  EAI_AGAIN: 'has a name that DNS did not look up in time',
  ETIMEDOUT: 'did not answer in time',
  EHOSTUNREACH: 'cannot be reached from here',
  ENETUNREACH: 'cannot be reached from here',
  CERT_HAS_EXPIRED: 'has a certificate that has expired',
  CERT_NOT_YET_VALID: 'has a certificate that is not valid yet',
  EPROTO: 'does not speak a TLS version that is allowed here, or no TLS at all',
}

function describeWebError(
  error: NodeJS.ErrnoException & { cert?: { subjectaltname?: string } },
): WebTrouble {
  const code = error.code ?? ''
  const isUnknownAuthority = /SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)|CERT_UNTRUSTED|INVALID_CA/.test(
    code,
  )
  const isOfTls = /CERT|SSL|TLS|EPROTO/.test(code)
  const trouble = isUnknownAuthority
    ? `has a certificate of an authority that is not known here (${code}); name its PEM file with --ca`
    : code === 'ERR_TLS_CERT_ALTNAME_INVALID'
      ? `has a certificate for other names (${(error.cert?.subjectaltname ?? 'none').slice(0, 200)})`
      : code.startsWith('HPE_')
        ? `does not answer in HTTP (${code})`
        : (words[code] ?? `gives the error ${code === '' ? error.message : code}`)
  return { trouble, kind: isUnknownAuthority ? 'authority' : isOfTls ? 'tls' : 'other' }
}
