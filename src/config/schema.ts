// The configuration's shape: one schema that yields the types, the checks and the JSON Schema for
// editors. `description` says what a value is, and the first of `examples` what to write.

import type { Static, TProperties, TSchema } from 'typebox'
import Type from 'typebox'
import Format from 'typebox/format'
import { parseCookiePattern } from '../policy/cookie-condition.ts'
import { parseNetwork } from '../policy/network-set.ts'
import { parseDuration, parseSize } from './units.ts'

const mostPort = 65_535

/** Why a text is not of the format, worded to follow the text; undefined when it is. */
const complaints: Record<string, (text: string) => string | undefined> = {
  network: text => complaintOf(() => parseNetwork(text)),
  'network-or-name': text => (namePattern.test(text) ? undefined : complaints.network?.(text)),
  cookie: text => complaintOf(() => parseCookiePattern(text)),
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

type Words = {
  description: string
  /** The first one is what messages tell people to write. */
  examples: unknown[]
}

const closed = { additionalProperties: false }
const object = <T extends TProperties>(properties: T, words: Words) =>
  Type.Object(properties, { ...closed, ...words })
const list = <T extends TSchema>(item: T, words: Words) =>
  Type.Array(item, { minItems: 1, ...words })
const oneOrMore = <T extends TSchema>(item: T, words: Words) =>
  Type.Union([item, list(item, words)], words)

const network = (format: string) =>
  Type.String({
    format,
    description: 'an address, a CIDR block or a range',
    examples: ['10.0.0.0/8', '2001:db8:10::/48', '192.0.2.10-192.0.2.20'],
  })

const portWords = {
  description: 'a TCP port from 0 to 65535; 0 takes a free one',
  examples: [8080],
}
const address = {
  host: Type.String({
    minLength: 1,
    description: 'an address of this machine',
    examples: ['127.0.0.1'],
  }),
  port: Type.Union(
    [
      Type.Integer({ minimum: 0, maximum: mostPort, ...portWords }),
      Type.String({ format: 'port', ...portWords }),
    ],
    portWords,
  ),
}
const addressExample = { host: '127.0.0.1', port: 8080 }
const listen = list(
  object(address, { description: 'an address and a port', examples: [addressExample] }),
  { description: 'the addresses and ports to listen on', examples: [[addressExample]] },
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
  { description: 'the photos and how they are served', examples: [{ directory: 'photos' }] },
)

const rule = object(
  {
    name: Type.String({
      pattern: namePattern.source,
      description: 'a name of letters, digits, - and _ that begins with a letter',
      examples: ['offices'],
    }),
    from: Type.Optional(
      oneOrMore(network('network-or-name'), {
        description: 'networks, or names of them',
        examples: [['10.0.0.0/8']],
      }),
    ),
    cookie: Type.Optional(
      oneOrMore(
        Type.String({
          format: 'cookie',
          description: 'a cookie: Name, Name=value or Name=prefix*',
          examples: ['LtpaToken2'],
        }),
        { description: 'cookies, any of which satisfies', examples: [['LtpaToken2']] },
      ),
    ),
    photos: Type.Optional(
      oneOrMore(
        Type.String({
          pattern: '^!?[^!]+$',
          description: 'a glob over mail addresses; ! excludes',
          examples: ['*@acme.example', '!ceo@acme.example'],
        }),
        { description: 'globs over mail addresses; ! excludes', examples: [['*@acme.example']] },
      ),
    ),
  },
  {
    description: 'a rule: all its conditions must hold',
    examples: [{ name: 'offices', from: ['10.0.0.0/8'] }],
  },
)

const networkWords = { description: 'networks, or a file of them', examples: [['10.0.0.0/8']] }
const networks = Type.Record(
  Type.String({ pattern: namePattern.source }),
  Type.Union(
    [
      network('network'),
      list(network('network'), networkWords),
      object(
        {
          file: Type.String({
            minLength: 1,
            description: 'a file with one network a line, relative to the configuration',
            examples: ['branches.txt'],
          }),
        },
        { description: 'networks from a file', examples: [{ file: 'branches.txt' }] },
      ),
    ],
    networkWords,
  ),
  { ...closed, description: 'networks by name', examples: [{ offices: ['10.0.0.0/8'] }] },
)

const statusWords = { description: '401, 403 or 404', examples: [403] }
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
      { description: 'redirect with 302', examples: [{ redirect: '/-/turned-away' }] },
    ),
    object(
      {
        status: Type.Union([Type.Literal(401), Type.Literal(403), Type.Literal(404)], statusWords),
      },
      { description: 'answer with a bare status', examples: [{ status: 403 }] },
    ),
  ],
  { description: 'what the turned away get: a redirect or a status', examples: [{ status: 403 }] },
)

export const configSchema = object(
  {
    listen: Type.Optional(listen),
    proxies: Type.Optional(
      oneOrMore(network('network'), {
        description: 'the fronts whose forwarded header is believed',
        examples: [['127.0.0.1']],
      }),
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
  {
    description: 'keys and values, as in the README',
    examples: [{ allow: [{ name: 'offices', from: ['10.0.0.0/8'] }] }],
  },
)

/** What a configuration file says, after the check and before defaults. */
export type ConfigText = Static<typeof configSchema>

// The parsers throw nothing but complaints; whatever else came would be one too, and refuse the text.
function complaintOf(parse: () => unknown): string | undefined {
  try {
    parse()
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

function redirectComplaint(text: string): string | undefined {
  // Nothing that could end the header line or hide a host: `//evil`, `/\evil`, tabs.
  const isPath = /^\/(?![/\\])[\x21-\x7e]*$/.test(text) && !text.includes('\\')
  if (isPath) return undefined
  // No `@` or backslash before the path: either would hide which host is meant.
  const isUrl = /^[!-~]+$/.test(text) && /^https?:\/\/[^/?#@\\]+(?:[/?#]|$)/i.test(text)
  if (isUrl && URL.canParse(text)) return undefined
  return 'is no place to redirect to; write https://www.acme.example/sign-in or a path such as /-/turned-away'
}
