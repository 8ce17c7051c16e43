// The configuration's shape: one schema that yields the types, the checks and the JSON Schema for
// editors. `description` says what a value is, and the first of `examples` what to write.

import type { Static, TProperties } from 'typebox'
import Type from 'typebox'
import Format from 'typebox/format'
import { CookiePatternError, parseCookiePattern } from '../policy/cookie-condition.ts'
import { NetworkError, parseNetwork } from '../policy/network-set.ts'
import { parseDuration, parseSize } from './units.ts'

const mostPort = 65_535

/** Why a text is not of the format, worded to follow the text; undefined when it is. */
const complaints: Record<string, (text: string) => string | undefined> = {
  network: text => complaintOf(() => parseNetwork(text), NetworkError),
  'network-or-name': text => (namePattern.test(text) ? undefined : complaints.network?.(text)),
  cookie: text => complaintOf(() => parseCookiePattern(text), CookiePatternError),
  size: text => (parseSize(text) === undefined ? 'is no size; write 256MiB' : undefined),
  duration: text => (parseDuration(text) === undefined ? 'is no duration; write 5m' : undefined),
  redirect: redirectComplaint,
  // For `port: "${PORT}"`: what comes from the environment is text.
  port: text =>
    /^\d{1,5}$/.test(text) && Number(text) <= mostPort
      ? undefined
      : `is no port; write 0 to ${mostPort}`,
}

/** Names of rules and networks. No network begins with a letter, but for IPv6, which has a colon. */
export const namePattern = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/

for (const [name, complain] of Object.entries(complaints)) {
  Format.Set(name, text => complain(text) === undefined)
}

/** The complaint of a named format about a text. */
export function complaintAbout(format: string, text: string): string | undefined {
  return complaints[format]?.(text)
}

const closed = { additionalProperties: false }
const object = <T extends TProperties>(properties: T, description: string) =>
  Type.Object(properties, { ...closed, description })

const network = (format: string) =>
  Type.String({
    format,
    description: 'an address, a CIDR block or a range',
    examples: ['10.0.0.0/8', '2001:db8:10::/48', '192.0.2.10-192.0.2.20'],
  })
const oneOrMore = (item: ReturnType<typeof Type.String>, description: string) =>
  Type.Union([item, Type.Array(item, { minItems: 1 })], { description })

const port = Type.Union(
  [
    Type.Integer({ minimum: 0, maximum: mostPort }),
    Type.String({ format: 'port', description: 'a port in digits' }),
  ],
  { description: 'a TCP port; 0 takes a free one', examples: [8080] },
)

const listen = Type.Array(
  object(
    {
      host: Type.String({
        minLength: 1,
        description: 'an address of this machine',
        examples: ['127.0.0.1'],
      }),
      port,
    },
    'where to listen',
  ),
  {
    minItems: 1,
    description: 'the addresses and ports to listen on',
    examples: [[{ host: '127.0.0.1', port: 8080 }]],
  },
)

const photos = object(
  {
    directory: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'the folder of emailaddress.jpg files, relative to the configuration',
        examples: ['photos'],
      }),
    ),
    missing: Type.Optional(
      Type.Enum(['not-found', 'placeholder'], {
        description: 'what an admitted request for an unknown photo gets',
        examples: ['placeholder'],
      }),
    ),
    maxAge: Type.Optional(
      Type.String({
        format: 'duration',
        description: 'how long a browser may keep a photo',
        examples: ['5m'],
      }),
    ),
    cache: Type.Optional(
      Type.String({ format: 'size', description: 'memory for photos', examples: ['256MiB'] }),
    ),
  },
  'the photos and how they are served',
)

const rule = object(
  {
    name: Type.String({
      pattern: namePattern.source,
      description: 'a name of letters, digits, - and _',
      examples: ['offices'],
    }),
    from: Type.Optional(oneOrMore(network('network-or-name'), 'networks, or names of them')),
    cookie: Type.Optional(
      oneOrMore(
        Type.String({
          format: 'cookie',
          description: 'a cookie: Name, Name=value or Name=prefix*',
          examples: ['LtpaToken2'],
        }),
        'cookies, any of which satisfies',
      ),
    ),
    photos: Type.Optional(
      oneOrMore(
        Type.String({
          pattern: '^!?[^!]+$',
          description: 'a glob over mail addresses; ! excludes',
          examples: ['*@acme.example', '!ceo@acme.example'],
        }),
        'the photos that the rule opens',
      ),
    ),
  },
  'a rule: all its conditions must hold',
)

const networks = Type.Record(
  Type.String({ pattern: namePattern.source }),
  Type.Union(
    [
      network('network'),
      Type.Array(network('network'), { minItems: 1 }),
      object(
        {
          file: Type.String({
            minLength: 1,
            description: 'a file with one network a line',
            examples: ['branches.txt'],
          }),
        },
        'networks from a file',
      ),
    ],
    { description: 'networks, or { file: branches.txt }', examples: [['10.0.0.0/8']] },
  ),
  { ...closed, description: 'networks by name' },
)

const otherwise = Type.Union(
  [
    object(
      {
        redirect: Type.String({
          format: 'redirect',
          description: 'an absolute URL, or a path on this server',
          examples: ['https://www.acme.example/sign-in'],
        }),
      },
      'redirect with 302',
    ),
    object(
      {
        status: Type.Union([Type.Literal(401), Type.Literal(403), Type.Literal(404)], {
          description: '401, 403 or 404',
          examples: [403],
        }),
      },
      'answer with a bare status',
    ),
  ],
  {
    description: 'what those who are turned away get: { redirect: URL } or { status: 403 }',
    examples: [{ status: 403 }],
  },
)

export const configSchema = Type.Object(
  {
    listen: Type.Optional(listen),
    proxies: Type.Optional(
      oneOrMore(network('network'), 'fronts whose forwarded header is believed'),
    ),
    clientHeader: Type.Optional(
      Type.Enum(['x-forwarded-for', 'forwarded', 'x-real-ip', '$wsra'], {
        description: 'the one header in which proxies name the client',
        examples: ['x-forwarded-for'],
      }),
    ),
    networks: Type.Optional(networks),
    photos: Type.Optional(photos),
    allow: Type.Optional(
      Type.Array(rule, {
        description: 'rules; the first that matches admits',
        examples: [[{ name: 'offices', from: ['10.0.0.0/8'] }]],
      }),
    ),
    otherwise: Type.Optional(otherwise),
  },
  { ...closed, title: 'photogate.yaml', description: 'the configuration of photogate' },
)

/** What a configuration file says, after the check and before defaults. */
export type ConfigText = Static<typeof configSchema>

function complaintOf(
  parse: () => unknown,
  known: new (...a: never[]) => Error,
): string | undefined {
  try {
    parse()
    return undefined
  } catch (error) {
    if (error instanceof known) return error.message
    throw error
  }
}

function redirectComplaint(text: string): string | undefined {
  // Nothing that could end the header line or hide a host: `//evil`, `/\evil`, tabs.
  const isPath = /^\/(?![/\\])[\x21-\x7e]*$/.test(text) && !text.includes('\\')
  if (isPath) return undefined
  const isUrl = /^https?:\/\/[\x21-\x7e]+$/i.test(text) && URL.canParse(text)
  if (isUrl && new URL(text).username === '') return undefined
  return 'is no place to redirect to; write https://www.acme.example/sign-in or a path such as /-/turned-away'
}
