// The configuration's shape: one schema that yields the types, the checks and the JSON Schema for
// editors. `description` says what a value is, and the first of `examples` what to write.

import type { Static } from 'typebox'
import Type from 'typebox'
import { ltpa, ltpaCondition } from '../ltpa/schema.ts'
import { supply } from '../supply/schema.ts'
import { maxPort, namePattern } from './formats.ts'
import { closed, list, listOrOne, object, oneOrMore } from './parts.ts'

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
      Type.Integer({ minimum: 0, maximum: maxPort, ...portWords }),
      Type.String({ format: 'port', ...portWords }),
    ],
    portWords,
  ),
}
const addressExample = { host: '127.0.0.1', port: 8080 }
const listen = listOrOne(
  object(address, { description: 'an address and a port', examples: [addressExample] }),
  { description: 'the addresses and ports to listen on', examples: [[addressExample]] },
)

const duration = (description: string, example: string) =>
  Type.Optional(Type.String({ format: 'duration', description, examples: [example] }))
const timeouts = object(
  {
    keepAlive: duration('how long a connection may be without a request, at most 24h', '75s'),
    headers: duration('how long the headers of a request may take, at most request', '15s'),
    request: duration('how long a request may take to come, at most 24h', '30s'),
  },
  { description: 'how long the gate waits for a client', examples: [{ keepAlive: '65m' }] },
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
          description: 'a cookie: Name, Name* (a name that begins so), Name=value or Name=prefix*',
          examples: ['LtpaToken2'],
        }),
        { description: 'cookies, any of which satisfies', examples: [['LtpaToken2']] },
      ),
    ),
    ltpa: Type.Optional(ltpaCondition),
    photos: Type.Optional(
      oneOrMore(
        Type.String({
          format: 'photo-glob',
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

const rulesWords = {
  description: 'rules; the first that matches admits',
  examples: [[{ name: 'offices', from: ['10.0.0.0/8'] }]],
}

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
    timeouts: Type.Optional(timeouts),
    networks: Type.Optional(networks),
    photos: Type.Optional(photos),
    ltpa: Type.Optional(ltpa),
    allow: Type.Optional(
      Type.Unsafe<Static<typeof rule>[]>(
        // None at all is taken: nobody is admitted.
        Type.Union([rule, Type.Array(rule, rulesWords)], rulesWords),
      ),
    ),
    otherwise: Type.Optional(otherwise),
    supply: Type.Optional(supply),
  },
  {
    description: 'keys and values, as in the README',
    examples: [{ allow: [{ name: 'offices', from: ['10.0.0.0/8'] }] }],
  },
)

/** What a configuration file says, after the check and before defaults. */
export type ConfigText = Static<typeof configSchema>
