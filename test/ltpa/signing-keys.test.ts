// Keys that this program makes: they have the form that WebSphere writes, and only with them does it issue tokens.
import { createDecipheriv, createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { issueToken } from '../../src/ltpa/issuer.ts'
import { formatVerifyOnly, parseKeyFile } from '../../src/ltpa/key-file.ts'
import { encodePassword } from '../../src/ltpa/password.ts'
import { parseProperties } from '../../src/ltpa/properties.ts'
import { formatNewKeys, parseSigningKeys } from '../../src/ltpa/signing-keys.ts'
import { buildVerifier } from '../../src/ltpa/verifier.ts'
import { buildIssuer } from '../fixtures/ltpa-issuer.ts'
import { root, shared } from '../fixtures/root.ts'

const nowMs = Date.UTC(2026, 10, 27, 9, 38, 5)
const password = 'correct horse'
const classic = formatNewKeys({ realm: 'acme', password, version: '1.0', nowMs })
const fips = formatNewKeys({ realm: 'Zürich-Ω:1=#', password, version: '2.0', nowMs })

t.test('no token is issued with keys that another program made', async t => {
  const issuer = buildIssuer({ realm: 'acme', password })
  const mark = classic.split('\n')[1] ?? ''
  t.match(mark, /^#Made by photogate keys new: [0-9a-f]{64}$/)
  const rows: [string, string, RegExp][] = [
    ['of another issuer', issuer.keyFile, /was not made by photogate keys new/],
    ['with the mark of ours', `${mark}\n${issuer.keyFile}`, /was not made by photogate keys new/],
    ['of ours without their mark', classic.replace(mark, ''), /was not made by photogate keys new/],
    ['with another mark', classic.replace(/new: .{64}/, `new: ${'0'.repeat(64)}`), /was not made/],
    ['with a short mark', classic.replace(/new: .{64}/, 'new: 00'), /was not made/],
    ['with another private key', withKeyOf(classic, issuer.keyFile), /was not made/],
    ['without a realm', classic.replace(/.*Realm=.*\n/, ''), /was not made/],
    ['for verifying only', formatVerifyOnly(classic), /has no private key/],
  ]
  for (const [title, text, message] of rows) {
    await t.test(title, async t => {
      t.throws(() => parseSigningKeys(text, password), message)
    })
  }
  t.throws(() => parseSigningKeys(classic, 'wrong'), /does not open with this password/)
})

function withKeyOf(text: string, other: string): string {
  const [line = ''] = /com\S*PrivateKey=.*/.exec(other) ?? []
  return text.replace(/com\S*PrivateKey=.*/, line)
}

t.test('new keys open, and their tokens verify', async t => {
  for (const text of [classic, fips]) {
    const signing = parseSigningKeys(text, password)
    const { keys, realm } = signing
    const verify = buildVerifier({
      keySets: [{ keys: parseKeyFile(formatVerifyOnly(text), password), realms: [realm] }],
      ...{ domino: [], acceptV1: false, clockSkewMs: 0, maxLifetimeMs: 3_600_000 },
    })
    for (const user of ['uid=joe,o=acme', 'CN=Jürgen/O=Acme', 'a%b$c:d|e\\f', '😀']) {
      const expiresMs = nowMs + 300_000
      const token = issueToken(signing, { user, expiresMs })
      t.match(verify('v2', token, nowMs), {
        valid: true,
        identity: { realm, user, keyId: keys.keyId, expiresMs },
      })
      t.match(verify('v2', token, expiresMs + 1), { valid: false, reason: 'expired' })
    }
  }
  t.equal(parseKeyFile(fips, password).realm, 'Zürich-Ω:1=#')
})

t.test('the private key has the parts that Java reads, with the signs of its numbers', async t => {
  for (let at = 0; at < 4; at++) {
    const text = formatNewKeys({ realm: 'acme', password, version: '1.0', nowMs })
    const properties = parseProperties(text)
    const of = (name: string) =>
      Buffer.from(properties.get(`com.ibm.websphere.ltpa.${name}`) ?? '', 'base64')
    const kek = Buffer.concat([createHash('sha1').update(password).digest(), Buffer.alloc(4)])
    const decipher = createDecipheriv('des-ede3', kek, null)
    const plain = Buffer.concat([decipher.update(of('PrivateKey')), decipher.final()])
    const length = plain.readUInt32BE(0)
    t.equal(plain.length, 4 + length + 3 + 65 + 65)
    t.ok(length <= 129 && (plain[4] as number) < 0x80)
    const [p, q] = [plain.subarray(-130, -65), plain.subarray(-65)]
    const big = (bytes: Buffer) => BigInt(`0x${bytes.toString('hex')}`)
    t.equal(of('PublicKey').length, 132)
    t.equal(big(p) * big(q), big(of('PublicKey').subarray(0, -3)))
    t.equal(of('PublicKey').subarray(-3).toString('hex'), '010001')
  }
})

const directory = join(shared, 'vectors/ltpa-issued/keys')
t.test(
  'the properties are those of Liberty, in its order and form',
  { skip: existsSync(directory) ? false : `skipped: ${directory} is not there` },
  async t => {
    const shapeOf = (text: string) =>
      text
        .split('\n')
        .filter(line => line !== '' && !line.startsWith('#'))
        .map(line => line.replace(/=.*?((?:\\=)*)$/s, (_, end) => `=${end}`))
    const sizesOf = (text: string) =>
      [...parseProperties(text)].map(([name, value]) => {
        const isKey = /Key$/.test(name) && !/Private/.test(name)
        return [name, isKey ? Buffer.from(value, 'base64').length : 0]
      })
    t.ok(readdirSync(directory).length > 20)
    const read = (name: string) => readFileSync(join(directory, name), 'latin1')
    const plain = read('plain.keys')
    t.strictSame(shapeOf(classic).toSorted(), shapeOf(plain).toSorted())
    t.strictSame(sizesOf(classic).toSorted(), sizesOf(plain).toSorted())
    t.strictSame(sizesOf(fips).toSorted(), sizesOf(read('fips.keys')).toSorted())
    t.match(classic, /^#Fri Nov 27 09:38:05 UTC 2026\n/)
    t.match(classic, /CreationDate=Fri Nov 27 09\\:38\\:05 UTC 2026\n$/)
    t.match(plain, /CreationDate=Fri Nov 27 09\\:38\\:15 UTC 2026\n$/)
    t.notMatch(fips, /[^\n\x20-\x7e]/)
  },
)

t.test('nothing that serves requests can issue tokens', async t => {
  const seen = new Set<string>()
  const visit = (file: string) => {
    if (seen.has(file)) return
    seen.add(file)
    const text = readFileSync(file, 'utf8')
    for (const [, path = ''] of text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g))
      visit(join(file, '..', path))
  }
  const sources = join(root, 'src')
  for (const name of ['command/serve.ts', 'server/server.ts', 'gate/gate.ts'])
    visit(join(sources, name))
  t.ok(seen.has(join(sources, 'ltpa/verifier.ts')))
  t.notOk([...seen].some(file => /issuer|signing-keys|token-new|keys-new/.test(file)))
})

t.test('keys open with any of the encodings of their password', async t => {
  const text = formatNewKeys({ realm: 'acme', password: 'grün', version: '1.0', nowMs: 0 })
  t.equal(parseSigningKeys(text, encodePassword('grün')).realm, 'acme')
  t.match(text, /CreationDate=Thu Jan 01 00\\:00\\:00 UTC 1970$/m)
})
