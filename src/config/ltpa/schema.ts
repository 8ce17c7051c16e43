// The shape of what the configuration says of LTPA: the keys, and what a rule may ask of a token.
import Type from 'typebox'
import { listOrOne, object, oneOrMore } from '../schema/parts.ts'

const file = (description: string, example: string) =>
  Type.String({ minLength: 1, description, examples: [example] })

const realm = Type.String({
  minLength: 1,
  description: 'a realm, exactly as the key file or the log has it',
  examples: ['defaultWIMFileBasedRealm'],
})

const keysExample = { file: 'ltpa.keys', passwordFile: 'ltpa.password' }
const keys = object(
  {
    file: file('an ltpa.keys file, relative to the configuration', 'ltpa.keys'),
    passwordFile: file('a file with the password of the keys and nothing else', 'ltpa.password'),
    notAfter: Type.Optional(
      Type.String({
        format: 'instant',
        description: 'when these keys stop counting',
        examples: ['2027-03-01T00:00:00Z'],
      }),
    ),
    realms: Type.Optional(
      oneOrMore(realm, {
        description: 'the realms that these keys vouch for',
        examples: [['defaultWIMFileBasedRealm']],
      }),
    ),
  },
  { description: 'a key file and its password', examples: [keysExample] },
)

const dominoExample = { secretFile: 'domino.secret' }
const domino = object(
  {
    secretFile: file(
      "a file with the field LTPA_DominoSecret of Domino's Web SSO document",
      'domino.secret',
    ),
    encoding: Type.Optional(
      Type.Enum(['base64', 'utf8'], {
        description: 'how the file writes the secret',
        examples: ['base64'],
      }),
    ),
  },
  { description: "the secret of Domino's own tokens", examples: [dominoExample] },
)

const cookieNames = (example: string) =>
  oneOrMore(
    Type.String({
      format: 'cookie-name',
      description: 'the name of a cookie',
      examples: [example],
    }),
    { description: 'names of cookies', examples: [[example]] },
  )

const duration = (description: string, example: string) =>
  Type.String({ format: 'duration', description, examples: [example] })

export const ltpa = object(
  {
    keys: Type.Optional(
      listOrOne(keys, { description: 'key files, tried in this order', examples: [[keysExample]] }),
    ),
    domino: Type.Optional(
      listOrOne(domino, {
        description: "secrets of Domino's own tokens",
        examples: [[dominoExample]],
      }),
    ),
    cookies: Type.Optional(
      object(
        {
          v2: Type.Optional(cookieNames('LtpaToken2')),
          v1: Type.Optional(cookieNames('LtpaToken')),
        },
        { description: 'the cookies that carry tokens', examples: [{ v2: ['LtpaToken2'] }] },
      ),
    ),
    acceptV1: Type.Optional(
      Type.Boolean({
        description: 'true or false: whether tokens of version 1 count, whose expiry is not signed',
        examples: [false],
      }),
    ),
    realms: Type.Optional(
      oneOrMore(realm, {
        description: 'the realms that are accepted',
        examples: [['defaultWIMFileBasedRealm']],
      }),
    ),
    clockSkew: Type.Optional(duration('how long after its expiry a token still counts', '30s')),
    maxLifetime: Type.Optional(duration('how far ahead an expiry may lie', '24h')),
  },
  { description: 'the keys that tokens are verified with', examples: [{ keys: [keysExample] }] },
)

const conditionWords = {
  description: 'verified, or the realm and user that a verified token must name',
  examples: ['verified'],
}
export const ltpaCondition = Type.Union(
  [
    Type.Enum(['verified'], conditionWords),
    object(
      {
        realm: Type.Optional(oneOrMore(realm, { description: 'realms', examples: ['acme'] })),
        user: Type.Optional(
          oneOrMore(
            Type.String({
              minLength: 1,
              description: 'a glob over the unique id; * is any run of characters',
              examples: ['uid=*,ou=helpdesk,*'],
            }),
            { description: 'globs over the unique id', examples: ['uid=*,ou=helpdesk,*'] },
          ),
        ),
      },
      {
        description: 'the realm and user that a verified token must name',
        examples: [{ realm: 'acme', user: 'uid=*,ou=helpdesk,*' }],
      },
    ),
  ],
  conditionWords,
)
