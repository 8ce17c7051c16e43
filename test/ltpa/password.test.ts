import t from 'tap'
import { parseKeyFile } from '../../src/ltpa/key-file.ts'
import { encodePassword } from '../../src/ltpa/password.ts'
import { buildIssuer } from '../fixtures/ltpa-issuer.ts'

const hex = (text: string, raw?: Buffer) =>
  encodePassword(text, raw).map(({ bytes, charset }) => `${charset}: ${bytes.toString('hex')}`)

t.test(
  'an ASCII password has one encoding, and any other has every encoding that differs',
  async t => {
    t.strictSame(hex('WebAS'), ['UTF-8: 5765624153'])
    t.strictSame(hex('ü'), ['UTF-8: c3bc', 'Windows-1252: fc', 'ASCII with ? for the rest: 3f'])
    t.strictSame(hex('€ü', Buffer.from('a4fc', 'hex')), [
      'UTF-8: e282acc3bc',
      'the bytes of the file: a4fc',
      'Windows-1252: 80fc',
      'Latin-1: 3ffc',
      'ASCII with ? for the rest: 3f3f',
    ])
    t.strictSame(
      hex('漢😀'),
      ['UTF-8: e6bca2f09f9880', 'Windows-1252: 3f3f'],
      '? in every encoding',
    )
  },
)

t.test('a key file opens with the encoding that it was made with, and says which', async t => {
  const readings = encodePassword('p€ß', Buffer.from('70a4df', 'hex'))
  for (const { bytes, charset } of readings) {
    for (const version of ['1.0', '2.0'] as const) {
      const issuer = buildIssuer({ version, password: bytes })
      const keys = parseKeyFile(issuer.keyFile, readings)
      t.equal(keys.passwordCharset, charset, `${charset}, version ${version}`)
    }
  }
  const issuer = buildIssuer({ password: 'other' })
  t.throws(
    () => parseKeyFile(issuer.keyFile, readings),
    new Error(
      'does not open with this password, read as UTF-8, the bytes of the file, Windows-1252, Latin-1, ASCII with ? for the rest; give the one it was exported with',
    ),
  )
  t.equal(parseKeyFile(issuer.keyFile, 'other').passwordCharset, undefined)
})
