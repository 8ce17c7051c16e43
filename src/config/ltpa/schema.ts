// The shape of what the configuration says of LTPA: the keys, and what a rule may ask of a token. The formats
// themselves: deploy/docs/ltpa.md.
import Type from 'typebox'
import { duration, listOrOne, object, oneOrMore } from '../schema/parts.ts'

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
    file: file(
      'an ltpa.keys file, relative to the configuration. Version 1.0 or 2.0 (FIPS). It needs no private key.',
      'ltpa.keys',
    ),
    passwordFile: file(
      'a file with the password of the keys and nothing else. As text, or as WebSphere hides it: {xor}….',
      'ltpa.password',
    ),
    notAfter: Type.Optional(
      Type.String({
        format: 'instant',
        description:
          'when these keys stop counting. With a time zone; without it, they never stop.',
        examples: ['2027-03-01T00:00:00Z'],
      }),
    ),
    realms: Type.Optional(
      oneOrMore(realm, {
        description:
          'the realms that these keys vouch for. Exact. Without it, the realm that the file names.',
        examples: [['defaultWIMFileBasedRealm']],
      }),
    ),
  },
  { description: 'a key file and its password', examples: [keysExample] },
)

const dominoExample = { secretFile: 'domino.secret' }
export const domino = object(
  {
    secretFile: file(
      "a file with the field LTPA_DominoSecret of Domino's Web SSO document",
      'domino.secret',
    ),
    encoding: Type.Optional(
      Type.Enum(['base64', 'utf8'], {
        description:
          'how the file writes the secret. base64 as in the document, utf8 for the bytes of the text itself.',
        examples: ['base64'],
        default: 'base64',
      }),
    ),
  },
  { description: "the secret of Domino's own tokens", examples: [dominoExample] },
)

const cookieNames = (name: string, format: string) =>
  Type.Optional(
    oneOrMore(
      Type.String({ format: 'cookie-name', description: 'the name of a cookie', examples: [name] }),
      {
        description: `names of cookies. They carry ${format}.`,
        examples: [[name]],
        default: [name],
      },
    ),
  )

export const cookies = object(
  {
    v2: cookieNames('LtpaToken2', 'LtpaToken2'),
    v1: cookieNames('LtpaToken', "LtpaToken: WebSphere's version 1 or Domino's own token"),
  },
  { description: 'the cookies that carry tokens', examples: [{ v2: ['LtpaToken2'] }] },
)

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
    cookies: Type.Optional(cookies),
    acceptV1: Type.Optional(
      Type.Boolean({
        description:
          'true or false: whether tokens of version 1 count, whose expiry is not signed. Anybody with an old token of another user and a fresh one of their own can make the old one count again.',
        examples: [false],
        default: false,
      }),
    ),
    realms: Type.Optional(
      oneOrMore(realm, {
        description: 'the realms that are accepted. Exact. Without it, those of all keys.',
        examples: [['defaultWIMFileBasedRealm']],
      }),
    ),
    clockSkew: duration(
      'how long after its expiry a token still counts. It covers clocks that differ.',
      '30s',
    ),
    maxLifetime: duration(
      'how far ahead an expiry may lie. A token that would live longer is refused.',
      '24h',
    ),
  },
  { description: 'the keys that tokens are verified with', examples: [{ keys: [keysExample] }] },
)

const conditionWords = {
  description:
    'verified, or the realm and user that a verified token must name. An LTPA token must have been sent that the keys vouch for.',
  examples: ['verified'],
}
export const ltpaCondition = Type.Union(
  [
    Type.Enum(['verified'], conditionWords),
    object(
      {
        realm: Type.Optional(
          oneOrMore(realm, {
            description: 'realms. The token must be of one of them, compared exactly.',
            examples: ['acme'],
          }),
        ),
        user: Type.Optional(
          oneOrMore(
            Type.String({
              minLength: 1,
              description: 'a glob over the unique id; * is any run of characters',
              examples: ['uid=*,ou=helpdesk,*'],
            }),
            {
              description:
                'globs over the unique id. A DN or a short name; * is any run of characters, and case does not count.',
              examples: ['uid=*,ou=helpdesk,*'],
            },
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
