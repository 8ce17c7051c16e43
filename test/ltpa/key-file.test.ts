import t from 'tap'
import {
  formatVerifyOnly,
  KeyFileError,
  parseKeyFile,
  parseKeyFileFacts,
} from '../../src/ltpa/key-file.ts'
import { buildIssuer } from '../fixtures/ltpa-issuer.ts'

const issuer = buildIssuer({ realm: 'ldap.acme.example:389' })
const fips = buildIssuer({ version: '2.0' })
const replaced = (name: string, value: string) =>
  issuer.keyFile.replace(new RegExp(`(ltpa\\.${name}=).*`), `$1${value}`)
const publicKeyOf = (text: string) => /PublicKey=(.*)\r\n/.exec(text)?.[1]
const publicOf = (modulus: Buffer, exponent = Buffer.from([1, 0, 1])) =>
  replaced('PublicKey', Buffer.concat([modulus, exponent]).toString('base64'))

t.test('a key file is refused, and the message says why', async t => {
  const even = Buffer.alloc(128, 0xfe)
  const rows: [string, string, RegExp][] = [
    ['an empty file', '', /has no com.ibm.websphere.ltpa.3DESKey; is it an ltpa.keys file\?/],
    [
      'an unknown version',
      replaced('version', '3.0'),
      /is of version 3.0; only 1.0 and 2.0 are known/,
    ],
    ['AES-GCM', replaced('3DESKey', Buffer.alloc(52).toString('base64')), /wrapped with AES-GCM/],
    [
      'a shared key of another length',
      replaced('3DESKey', 'AAAA'),
      /has a shared key of 3 bytes in place of 32/,
    ],
    [
      'a shared key that is not base64',
      replaced('3DESKey', 'ä'),
      /has a com.ibm.websphere.ltpa.3DESKey that is not base64/,
    ],
    [
      'no public key',
      issuer.keyFile.replace('PublicKey', 'Other'),
      /has no com.ibm.websphere.ltpa.PublicKey/,
    ],
    [
      'UTF-16 with its mark',
      Buffer.from(`\ufeff${issuer.keyFile}`, 'utf16le').toString('latin1'),
      /is UTF-16/,
    ],
    [
      'UTF-16 without its mark',
      Buffer.from(issuer.keyFile, 'utf16le').toString('latin1'),
      /is UTF-16/,
    ],
    [
      'lines broken by mail',
      issuer.keyFile.replace(/(PrivateKey=.{50})(.{76})/, '$1\r\n$2\r\n'),
      /lines that were broken or quoted, as a mail program/,
    ],
    [
      'lines quoted in a reply',
      issuer.keyFile.replace(/^/gm, '> '),
      /lines that were broken or quoted/,
    ],
    ['quoted-printable', issuer.keyFile.replace(/=/g, '=3D'), /lines that were broken or quoted/],
    [
      'two files in one',
      `${issuer.keyFile}${fips.keyFile}`,
      /has two values of com.ibm.websphere.ltpa.version; are these two key files in one/,
    ],
    [
      'another public key appended',
      `${issuer.keyFile}com.ibm.websphere.ltpa.PublicKey=${publicKeyOf(fips.keyFile)}`,
      /has two values of com.ibm.websphere.ltpa.PublicKey/,
    ],
    [
      'another realm appended',
      `${issuer.keyFile}com.ibm.websphere.ltpa.Realm=prod\n`,
      /has two values of com.ibm.websphere.ltpa.Realm/,
    ],
    ['a public key cut off', replaced('PublicKey', 'AAAA'), /not an RSA key.*is the file cut off/],
    [
      'a file cut off after its first lines',
      issuer.keyFile.slice(0, issuer.keyFile.indexOf('com.ibm.websphere.ltpa.PublicKey')),
      /has no com.ibm.websphere.ltpa.PublicKey; the file is cut off/,
    ],
    ['an even modulus', publicOf(even), /not an RSA key/],
    ['a short modulus', publicOf(Buffer.alloc(64, 0xff)), /not an RSA key/],
    ['an empty modulus', publicOf(Buffer.alloc(0)), /not an RSA key/],
    ['a long modulus', publicOf(Buffer.alloc(600, 0xff)), /not an RSA key/],
    [
      'another exponent',
      publicOf(Buffer.alloc(128, 0xff), Buffer.from([0, 0, 3])),
      /not an RSA key/,
    ],
  ]
  for (const [title, text, message] of rows) {
    await t.test(title, async t => {
      t.throws(() => parseKeyFile(text, issuer.password), message)
      t.throws(() => parseKeyFileFacts(text), message)
    })
  }
  await t.test('a wrong password', async t => {
    for (const from of [issuer, fips]) {
      t.throws(() => parseKeyFile(from.keyFile, 'wrong'), /does not open with this password/)
    }
  })
})

t.test('a key file shows its version, realm and key id without its password', async t => {
  t.match(parseKeyFileFacts(issuer.keyFile), {
    version: '1.0',
    realm: 'ldap.acme.example:389',
    created: 'Mon Nov 23 10:00:00 CET 2026',
    keyId: /^[0-9a-f]{8}$/,
    rsaBits: 1024,
    hasPrivateKey: true,
  })
  t.match(parseKeyFileFacts(fips.keyFile), { version: '2.0', rsaBits: 2048 })
})

t.test('a file without a version counts as 1.0, or as 2.0 if it has a SharedKey', async t => {
  const without = (text: string) => text.replace(/.*ltpa\.version.*\r\n/, '')
  t.equal(parseKeyFile(without(issuer.keyFile), issuer.password).version, '1.0')
  t.equal(parseKeyFile(without(fips.keyFile), fips.password).version, '2.0')
})

t.test(
  'a file for verifying only opens as the original does, and contains nothing of its private key',
  async t => {
    const [, wrapped = ''] = /PrivateKey=(.*)\r\n/.exec(issuer.keyFile) ?? []
    const name = 'com.ibm.websphere.ltpa.PrivateKey'
    const rows: [string, string][] = [
      ['as WebSphere writes it', issuer.keyFile],
      ['with a commented copy', `#${name}=${wrapped}\r\n!${name}=${wrapped}\r\n${issuer.keyFile}`],
      [
        'under a name of its own',
        `${issuer.keyFile}${name}.old=${wrapped}\r\nprivatekey=${wrapped}`,
      ],
      ['under an escaped name', issuer.keyFile.replace(name, name.replace('P', '\\u0050'))],
      ['over several lines', issuer.keyFile.replace(/(PrivateKey=.{20})/, '$1\\\r\n   ')],
      ['after a byte order mark of UTF-8', `\u00ef\u00bb\u00bf${issuer.keyFile}`],
    ]
    for (const [title, text] of rows) {
      await t.test(title, async t => {
        const bare = formatVerifyOnly(text)
        t.notMatch(bare, /private/i)
        t.notOk(bare.replaceAll('\\', '').includes(wrapped.replaceAll('\\', '').slice(0, 40)))
        const { hasPrivateKey, ...facts } = parseKeyFile(bare, issuer.password)
        t.match(parseKeyFile(issuer.keyFile, issuer.password), facts)
        t.equal(hasPrivateKey, false)
        t.equal(formatVerifyOnly(bare), bare, 'removing the private key twice changes nothing')
      })
    }
  },
)

t.test(
  'a key file that is cut at any byte is refused, or opens as the whole file does',
  async t => {
    const whole = parseKeyFile(issuer.keyFile, issuer.password)
    for (let length = 0; length < issuer.keyFile.length; length++) {
      try {
        const { secret, keyId, realm } = parseKeyFile(
          issuer.keyFile.slice(0, length),
          issuer.password,
        )
        if (!secret.equals(whole.secret) || keyId !== whole.keyId) t.fail(`cut at ${length}`)
        if (realm !== whole.realm) t.fail(`another realm when cut at ${length}`)
      } catch (error) {
        if (!(error instanceof KeyFileError)) t.fail(`cut at ${length}: ${error}`)
      }
    }
  },
)

t.test(
  'a line that is repeated is accepted, and so is a 2.0 beta that names its secret as 1.0 does',
  async t => {
    t.equal(parseKeyFileFacts(`${issuer.keyFile}${issuer.keyFile}`).realm, issuer.realm)
    const beta = fips.keyFile.replace('SharedKey', '3DESKey')
    t.equal(parseKeyFile(beta, fips.password).version, '2.0')
  },
)

t.test('escaped characters of Properties read back as they were', async t => {
  const realm = 'a=b:c\\d#e!f \u00e9\u20ac'
  const odd = issuer.keyFile.replace(
    /Realm=.*\r\n/,
    `Realm=\\  ${realm.replace(/[\\]/g, '\\\\').replace('\u20ac', '\\u20ac')}\r\n`,
  )
  t.equal(parseKeyFileFacts(odd).realm, realm)
  t.equal(parseKeyFileFacts(formatVerifyOnly(odd)).realm, realm)
})

t.test(
  'a blank realm counts as missing, and a byte order mark of UTF-8 hides no property',
  async t => {
    const without = issuer.keyFile.replace(/com\S*Realm=.*\r\n/, '')
    t.equal(parseKeyFileFacts(`${without}com.ibm.websphere.ltpa.Realm= \r\n`).realm, undefined)
    const first = `\u00ef\u00bb\u00bfcom.ibm.websphere.ltpa.Realm=acme \r\n${without}`
    t.equal(parseKeyFileFacts(first).realm, 'acme')
  },
)

t.test('a value that begins like quoted-printable by chance is accepted', async t => {
  const text = replaced('PrivateKey', `3D${'A'.repeat(1_000)}`)
  t.equal(parseKeyFile(text, issuer.password).keyId, parseKeyFileFacts(issuer.keyFile).keyId)
})
