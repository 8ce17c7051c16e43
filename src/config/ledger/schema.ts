// The shape of what the configuration says of the ledger: where guests' budgets are counted for several gates.
import Type from 'typebox'
import { object, oneOrMore } from '../schema/parts.ts'

const sentinelExample = { sentinels: ['10.0.0.7:26379', '10.0.0.8:26379'], master: 'photos' }

export const sentinel = object(
  {
    sentinels: oneOrMore(
      Type.String({
        format: 'host-and-port',
        description: 'a Sentinel: its host and port',
        examples: ['10.0.0.7:26379'],
      }),
      {
        description:
          'the Sentinels that know which Redis is the master. Port 26379 may be left out.',
        examples: [sentinelExample.sentinels],
      },
    ),
    master: Type.String({
      minLength: 1,
      description: 'the name under which the Sentinels watch the master',
      examples: ['photos'],
    }),
    user: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'the user of an ACL, as in redis://user@host',
        examples: ['photogate'],
      }),
    ),
    db: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 99_999,
        description: 'the number of a database',
        examples: [0],
        default: 0,
      }),
    ),
    tls: Type.Optional(
      Type.Boolean({
        description: 'true where Redis and the Sentinels speak TLS',
        examples: [true],
        default: false,
      }),
    ),
  },
  { description: 'a master that Sentinels watch', examples: [sentinelExample] },
)

export const ledgerExample = {
  redis: 'rediss://photogate@redis.acme.example',
  passwordFile: 'redis.pw',
  secretFile: 'ledger.secret',
}

const file = (description: string, example: string) =>
  Type.String({ minLength: 1, description, examples: [example] })

const redisWords = {
  description:
    'where Redis or Valkey is: redis://[user@]host[:port][/db], rediss:// for TLS, unix:///path for a socket, or Sentinels. Never with a password: that stands in passwordFile.',
  examples: [ledgerExample.redis],
}

export const ledger = object(
  {
    redis: Type.Union([Type.String({ format: 'redis-url', ...redisWords }), sentinel], redisWords),
    passwordFile: Type.Optional(
      file(
        'a file with the password of Redis and nothing else, relative to the configuration',
        'redis.pw',
      ),
    ),
    caFile: Type.Optional(
      file(
        'a PEM file with the authority of the certificate of Redis. Without it, the authorities that Node.js knows.',
        'redis-ca.pem',
      ),
    ),
    secretFile: file(
      'a file with at least 32 random bytes in base64 and nothing else, as openssl rand -base64 32 prints them. The same at all gates: clients and people are named by it in Redis, which cannot know them.',
      'ledger.secret',
    ),
    whenDown: Type.Optional(
      Type.Enum(['local', 'refuse'], {
        description:
          'what counts while Redis does not answer. local is this gate alone, in its memory; refuse shows no new people, only those whom the client has seen within the window.',
        examples: ['refuse'],
        default: 'local',
      }),
    ),
  },
  {
    description:
      'where budgets and alarms are counted for several gates together. Without it, each gate counts in its memory.',
    examples: [ledgerExample],
  },
)
