// The shape of what the configuration says of `listen`: addresses with or without TLS, and Unix sockets.
import Type from 'typebox'
import { listOrOne, object, oneOrMore } from '../schema/parts.ts'

/** The largest TCP port. */
export const maxPort = 65_535

const file = (description: string, example: string) =>
  Type.Optional(Type.String({ minLength: 1, description, examples: [example] }))

const certificateKeys = {
  cert: file(
    'a PEM file with the certificate and, behind it, its intermediates in order',
    'chain.pem',
  ),
  key: file('a PEM file with the private key of cert', 'key.pem'),
  pfx: file(
    'a PFX (PKCS #12) file with certificate, intermediates and key, as Windows exports it. In the place of cert and key.',
    'photos.pfx',
  ),
  passwordFile: file('a file with the password of key or pfx and nothing else', 'photos.password'),
}
const certificateExample = { cert: 'chain.pem', key: 'key.pem' }

const versionWords = {
  description:
    'the oldest version of TLS. TLSv1 and TLSv1.1 are for clients that nobody can change any more: their ciphers are weak.',
  examples: ['TLSv1.2'],
  default: 'TLSv1.2',
}

export const tls = object(
  {
    ...certificateKeys,
    certificates: Type.Optional(
      listOrOne(
        object(certificateKeys, {
          description: 'a certificate',
          examples: [certificateExample],
        }),
        {
          description:
            'several certificates, in the place of cert and key. A client gets the one that has the name that it asks for (SNI), otherwise the first.',
          examples: [[certificateExample, { pfx: 'chat.pfx', passwordFile: 'chat.password' }]],
        },
      ),
    ),
    minVersion: Type.Optional(Type.Enum(['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'], versionWords)),
    ciphers: Type.Optional(
      oneOrMore(
        Type.String({
          minLength: 1,
          description:
            'cipher suites by the names of IANA or OpenSSL, or a list as OpenSSL takes it',
          examples: ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'],
        }),
        {
          description:
            'cipher suites by their names of IANA or OpenSSL. Words of OpenSSL, such as HIGH, are refused. Without this key: AES-GCM and ChaCha20 with ECDHE, and AES-GCM with RSA for Notes; below TLSv1.2 also AES-CBC. Those of TLS 1.3 stay unless you name some.',
          examples: [['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256']],
        },
      ),
    ),
    alpn: Type.Optional(
      Type.Array(
        Type.Enum(['http/1.1', 'http/1.0'], {
          description: 'a protocol. HTTP/2 is not spoken here: let the front speak it.',
          examples: ['http/1.1'],
        }),
        {
          minItems: 1,
          description: 'the protocols that are offered in the handshake (ALPN)',
          examples: [['http/1.1']],
          default: ['http/1.1'],
        },
      ),
    ),
    clientCa: file(
      'a PEM file with the authorities of client certificates. No other authority counts. proxies names the fronts that are believed by their certificate: cert:CN=ihs.acme.example.',
      'fronts-ca.pem',
    ),
    clientCert: Type.Optional(
      Type.Enum(['required', 'optional'], {
        description:
          'whether a client without a certificate of clientCa can connect. optional lets it in as an ordinary client; browsers may then ask people for a certificate.',
        examples: ['optional'],
        default: 'required',
      }),
    ),
  },
  { description: 'a certificate and its key', examples: [certificateExample] },
)

const portWords = {
  description: 'a TCP port from 0 to 65535; 0 takes a free one',
  examples: [8080],
}
const addressExample = { host: '127.0.0.1', port: 8080 }
const address = object(
  {
    host: Type.String({
      minLength: 1,
      description:
        'an address of this machine. 127.0.0.1 accepts connections from this machine only, 0.0.0.0 those to every IPv4 address of it.',
      examples: ['127.0.0.1'],
    }),
    port: Type.Union(
      [
        Type.Integer({ minimum: 0, maximum: maxPort, ...portWords }),
        Type.String({ format: 'port', ...portWords }),
      ],
      portWords,
    ),
    tls: Type.Optional(tls),
  },
  { description: 'an address and a port', examples: [addressExample] },
)

export const socket = object(
  {
    socket: Type.String({
      minLength: 1,
      description:
        'the path of a Unix socket, for a front on this machine. Write unix under proxies, too.',
      examples: ['/run/photogate/gate.sock'],
    }),
    mode: Type.Optional(
      Type.String({
        format: 'file-mode',
        description:
          'who may connect, as chmod takes it, in quotes. The group is that of the folder if the folder has the setgid bit.',
        examples: ['0660'],
        default: '0660',
      }),
    ),
  },
  { description: 'a Unix socket', examples: [{ socket: '/run/photogate/gate.sock' }] },
)

export const listen = listOrOne(
  Type.Union([address, socket], {
    description: 'an address and a port, or a Unix socket',
    examples: [addressExample],
  }),
  {
    description: 'the addresses and ports to listen on, with or without TLS, and Unix sockets',
    examples: [[addressExample]],
    default: [addressExample],
  },
)
