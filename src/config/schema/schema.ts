// The configuration's shape: one schema that yields the types, the checks, the JSON Schema for editors and the
// reference (deploy/docs/configuration.md). Every default stands here and nowhere else.
import type { Static } from 'typebox'
import Type from 'typebox'
import { admin } from '../admin/schema.ts'
import { ledger } from '../ledger/schema.ts'
import { linkCondition, links, passCondition } from '../links/schema.ts'
import { listen } from '../listen/schema.ts'
import { log } from '../log/schema.ts'
import { ltpa, ltpaCondition } from '../ltpa/schema.ts'
import { turnedAwayPath } from '../settings.ts'
import { shadow } from '../shadow/schema.ts'
import { supply } from '../supply/schema.ts'
import { alarm, budget, canaries } from './budget.ts'
import { namePattern } from './formats.ts'
import { closed, duration, list, object, oneOrMore, size } from './parts.ts'
import { groups, photoList } from './photo-list.ts'

const network = (format: string) =>
  Type.String({
    format,
    description:
      'an address, a CIDR block or a range. Other forms, such as 10/8 or 010.0.0.1, are refused.',
    examples: ['10.0.0.0/8', '2001:db8:10::/48', '192.0.2.10-192.0.2.20'],
  })

export const timeouts = object(
  {
    // Longer than the 60 s of nginx, so that the front closes first and no request meets a connection that is closing.
    keepAlive: duration(
      'how long a connection may be without a request, at most 24h. Write more than the front keeps its connections (nginx 60 s, Envoy an hour: 65m), so that the front closes first.',
      '75s',
    ),
    headers: duration(
      'how long the headers of a request may take, at most request. Checked every 5 s.',
      '15s',
    ),
    request: duration(
      'how long a request may take to come, at most 24h. Checked every 5 s.',
      '30s',
    ),
  },
  { description: 'how long the gate waits for a client', examples: [{ keepAlive: '65m' }] },
)

export const photos = object(
  {
    directory: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'the folder of emailaddress.jpg files, relative to the configuration. The gate watches it, and --photos overrides it.',
        examples: ['photos'],
        default: 'photos',
      }),
    ),
    missing: Type.Optional(
      Type.Enum(['not-found', 'placeholder'], {
        description:
          'what an admitted request for an unknown photo gets. not-found is status 404, placeholder a grey silhouette with status 200.',
        examples: ['placeholder'],
        default: 'not-found',
      }),
    ),
    maxAge: duration('how long a browser may keep a photo without asking again', '5m'),
    cache: size('memory for photos. The photos used last stay in it.', '256MiB'),
  },
  { description: 'the photos and how they are served', examples: [{ directory: 'photos' }] },
)

const rule = object(
  {
    name: Type.String({
      pattern: namePattern.source,
      description:
        'a name of letters, digits, - and _ that begins with a letter. The log names the rule that admitted a request.',
      examples: ['offices'],
    }),
    from: Type.Optional(
      oneOrMore(network('network-or-name'), {
        description:
          'networks, or names of them. The client must be in one. A client without an address is in none.',
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
        {
          description:
            'cookies, any of which satisfies. Name, Name* (every name that begins so), Name=value or Name=prefix*. The cookie must not be empty, and case does not count. Anybody can send any cookie: use ltpa where there are keys.',
          examples: [['LtpaToken2']],
        },
      ),
    ),
    ltpa: Type.Optional(ltpaCondition),
    link: Type.Optional(linkCondition),
    pass: Type.Optional(passCondition),
    photos: Type.Optional(photoList),
    budget: Type.Optional(budget),
    alarm: Type.Optional(alarm),
  },
  {
    description: 'a rule: all its conditions must hold',
    examples: [{ name: 'offices', from: ['10.0.0.0/8'] }],
  },
)

const networkWords = {
  description: 'networks, or a file of them. Rules use the name in from.',
  examples: [['10.0.0.0/8']],
}
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
            description:
              'a file with one network a line, relative to the configuration. # begins a comment.',
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

const statusWords = {
  description: '401, 403 or 404. The turned away get this bare status instead of a redirect.',
  examples: [403],
}
const otherwise = Type.Union(
  [
    object(
      {
        redirect: Type.String({
          format: 'redirect',
          description:
            'an absolute URL, or a path on this server. The turned away are redirected there with 302.',
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
  {
    description: 'what the turned away get: a redirect or a status',
    examples: [{ status: 403 }],
    default: { redirect: turnedAwayPath },
  },
)

const rulesWords = {
  description: 'rules; the first that matches admits. Without any, everybody is turned away.',
  examples: [[{ name: 'offices', from: ['10.0.0.0/8'] }]],
}

export const configSchema = object(
  {
    listen: Type.Optional(listen),
    proxies: Type.Optional(
      oneOrMore(
        Type.String({
          format: 'proxy',
          description:
            'an address, a CIDR block or a range, or unix, or cert:CN=NAME. unix is every front that connects to a socket of listen. cert:CN= is a front with a certificate of this name, verified by clientCa; a subject alternative name counts before the CN.',
          examples: ['127.0.0.1', 'unix', 'cert:CN=ihs.acme.example'],
        }),
        {
          description:
            'the fronts whose forwarded header is believed. A header from any other peer is ignored. A list of every address (/0) is refused.',
          examples: [['127.0.0.1']],
        },
      ),
    ),
    clientHeader: Type.Optional(
      Type.Enum(['x-forwarded-for', 'forwarded', 'x-real-ip', '$wsra'], {
        description:
          'the one header in which proxies name the client. No other is read, so the front must write this one anew.',
        examples: ['x-forwarded-for'],
        default: 'x-forwarded-for',
      }),
    ),
    timeouts: Type.Optional(timeouts),
    networks: Type.Optional(networks),
    groups: Type.Optional(groups),
    photos: Type.Optional(photos),
    ltpa: Type.Optional(ltpa),
    links: Type.Optional(links),
    allow: Type.Optional(
      Type.Unsafe<Static<typeof rule>[]>(
        // An empty list is accepted: nobody is admitted.
        Type.Union([rule, Type.Array(rule, rulesWords)], { ...rulesWords, default: [] }),
      ),
    ),
    otherwise: Type.Optional(otherwise),
    canaries: Type.Optional(canaries),
    ledger: Type.Optional(ledger),
    supply: Type.Optional(supply),
    log: Type.Optional(log),
    shadow: Type.Optional(shadow),
    admin: Type.Optional(admin),
  },
  {
    description: 'keys and values, as in the README',
    examples: [{ allow: [{ name: 'offices', from: ['10.0.0.0/8'] }] }],
  },
)

/** What a configuration file says, after the check and before defaults. */
export type ConfigText = Static<typeof configSchema>
