// The shape of a source of photos: one mapping for each kind. Its first key says which kind it is.
import Type from 'typebox'
import { object, oneOrMore } from '../schema/parts.ts'

const text = (
  description: string,
  example: string,
  form: { format?: string; minLength?: number; default?: string } = { minLength: 1 },
) => Type.String({ ...form, description, examples: [example] })
const file = text
const optionalFile = (description: string, example: string) =>
  Type.Optional(file(description, example))
const upTo = (maximum: number, description: string, fallback: number) =>
  Type.Optional(
    Type.Integer({ minimum: 1, maximum, description, examples: [fallback], default: fallback }),
  )

const name = Type.Optional(
  text(
    'a name for reports and --source. Without it, the kind and the place. Two sources of one place need names.',
    'head-office',
    { format: 'name' },
  ),
)
const people = (what: string) => file(`a CSV or LDIF file ${what}`, 'people.csv')
const index = (description: string) =>
  Type.Optional(
    text(description, 'collect_photos.in', { minLength: 1, default: 'collect_photos.in' }),
  )
const ca = optionalFile(
  'the certificates to trust, in PEM, in place of the usual ones. Without it, those of Node.js.',
  'ca.pem',
)

const folderExample = { folder: 'drop' }
const folder = object(
  {
    folder: file('a folder of emailaddress.jpg files. Relative to the configuration.', 'drop'),
    name,
  },
  { description: 'photos in a folder', examples: [folderExample] },
)

const tdiExample = { tdiDump: 'dump_photos', people: 'people.csv' }
export const tdiDump = object(
  {
    tdiDump: file('the folder that dump_photos_to_files wrote', 'dump_photos'),
    people: people('that says the mail addresses of each uid'),
    index: index('the index file in it'),
    name,
  },
  { description: "what TDI's dump_photos_to_files wrote", examples: [tdiExample] },
)

const attributes = (
  description: string,
  example: readonly string[],
  fallback: readonly string[] = example,
) =>
  Type.Optional(
    oneOrMore(text('an attribute', 'mail', { format: 'ldap-attribute' }), {
      ...{ description, examples: [example], default: fallback },
    }),
  )

const ldapExample = { ldap: 'ldaps://ad.acme.example', base: 'dc=acme,dc=example' }
export const ldap = object(
  {
    ldap: text('the URL of an LDAP server. ldaps:// or ldap://, and a host.', ldapExample.ldap, {
      format: 'ldap-url',
    }),
    base: Type.String({
      description: 'the entry below which people are. Empty for the whole directory.',
      examples: [ldapExample.base],
    }),
    bind: Type.Optional(
      text(
        'the DN or user name to bind with. Without it, the import binds anonymously.',
        'cn=reader,dc=acme,dc=example',
      ),
    ),
    passwordFile: optionalFile('a file with the password of bind and nothing else', 'ldap.pw'),
    filter: Type.Optional(
      text('a filter for people, in the form of RFC 4515', '(mail=*)', {
        ...{ format: 'ldap-filter', default: '(mail=*)' },
      }),
    ),
    mail: attributes(
      'the attributes with mail addresses, the main one first',
      ['mail', 'proxyAddresses'],
      ['mail'],
    ),
    photo: attributes('the attributes with photos; the first that has one counts', [
      'thumbnailPhoto',
      'jpegPhoto',
    ]),
    startTls: Type.Optional(
      Type.Boolean({
        description: 'true or false: whether to encrypt a connection of ldap://',
        examples: [true],
        default: false,
      }),
    ),
    ca,
    pageSize: upTo(100_000, 'how many entries to ask for at once, 1 to 100000', 500),
    name,
  },
  { description: 'people and photos of an LDAP directory', examples: [ldapExample] },
)

const connectionsExample = {
  connections: 'https://connections.acme.example/profiles',
  user: 'reader',
  passwordFile: 'c.pw',
  people: 'people.csv',
}
export const connections = object(
  {
    connections: text(
      'the URL of Profiles. https:// or http://, a host and a path.',
      connectionsExample.connections,
      {
        format: 'http-url',
      },
    ),
    people: people('of the people to ask for'),
    user: text('the user to sign in as', 'reader'),
    passwordFile: file("a file with the user's password and nothing else", 'c.pw'),
    signIn: Type.Optional(
      Type.Enum(['basic', 'form'], {
        description: 'how to sign in: with each request, or by the form, which gives an LTPA token',
        examples: ['basic'],
        default: 'basic',
      }),
    ),
    lookup: Type.Optional(
      Type.Enum(['email', 'uid'], {
        description: 'what to ask for photos by. The people file must have it.',
        examples: ['email'],
        default: 'email',
      }),
    ),
    greyImage: optionalFile(
      'the image for people without a photo, to skip. A file with the very bytes that Profiles sends for them.',
      'grey.gif',
    ),
    ca,
    parallel: upTo(64, 'how many requests may be under way at once, 1 to 64', 4),
    name,
  },
  { description: 'photos of HCL Connections', examples: [connectionsExample] },
)

const sftpExample = {
  sftp: 'sftp://photos@tdi.acme.example/out',
  keyFile: 'id_ed25519',
  knownHosts: 'known_hosts',
}
export const sftp = object(
  {
    sftp: text(
      'the user, host and folder of an SFTP server. Without a port, 22.',
      sftpExample.sftp,
      {
        format: 'sftp-url',
      },
    ),
    keyFile: file('the private key to sign in with', 'id_ed25519'),
    passphraseFile: optionalFile('a file with the passphrase of the key', 'id_ed25519.pw'),
    knownHosts: file('the host keys to trust, as OpenSSH writes them', 'known_hosts'),
    people: Type.Optional(
      people("of uids and mail addresses, where the folder holds a dump of TDI's"),
    ),
    index: index('the index file of such a dump'),
    name,
  },
  { description: 'photos in a folder of an SFTP server', examples: [sftpExample] },
)

export const sourceExample = folderExample
export const supplySource = Type.Union([folder, tdiDump, ldap, connections, sftp], {
  description: 'a source: folder, tdiDump, ldap, connections or sftp',
  examples: [sourceExample],
})
