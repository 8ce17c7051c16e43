// Where the realm of a token ends. A user who could belong to a longer realm is refused.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parseAccessId, widestRealm } from '../../src/ltpa/access-id.ts'
import { parseKeyFile } from '../../src/ltpa/key-file.ts'
import { describeRefusal } from '../../src/ltpa/refusal-text.ts'
import { buildVerifier } from '../../src/ltpa/verifier.ts'
import { shared } from '../fixtures/root.ts'

const staff = 'https://idp.acme.example/auth/realms/staff'

t.test('a user who may belong to a longer realm is not accepted for a shorter one', async t => {
  const rows: [string, string[], { realm: string; user: string }][] = [
    ['user:acme/partners/uid=joe', ['acme'], { realm: 'acme/partners', user: 'uid=joe' }],
    ['user:acme/partners/joe', ['acme'], { realm: 'acme/partners', user: 'joe' }],
    ['user:acme/our partners/joe', ['acme'], { realm: 'acme/our partners', user: 'joe' }],
    ['user:acme/a/b/c/uid=j,o=x/y', ['acme'], { realm: 'acme/a/b/c', user: 'uid=j,o=x/y' }],
    ['user:acme//uid=joe', ['acme'], { realm: 'acme/', user: 'uid=joe' }],
    ['user:acme/partners/sub/joe', ['acme/partners'], { realm: 'acme/partners/sub', user: 'joe' }],
    [`user:${staff}/uid=joe`, ['https:'], { realm: staff, user: 'uid=joe' }],
    [`user:${staff}/uid=joe`, ['https://idp.acme.example'], { realm: staff, user: 'uid=joe' }],
  ]
  for (const [text, realms, expected] of rows) {
    await t.test(`${text}, of ${realms}`, async t => {
      t.strictSame(parseAccessId(text, realms), { ...expected, isAccepted: false })
    })
  }
})

t.test('a realm that only looks alike is another realm', async t => {
  const realms = ['acme', 'Zürich', '100%']
  for (const realm of [
    'ACME',
    'acme ',
    ' acme',
    'acm',
    'acme2',
    'аcme',
    'ac\u200bme',
    'Zürich'.normalize('NFD'),
    '100%25',
    '100',
    'defaultRealm',
    '*',
  ]) {
    await t.test(JSON.stringify(realm), async t => {
      t.match(parseAccessId(`user:${realm}/joe`, realms), { realm, user: 'joe', isAccepted: false })
    })
  }
})

t.test('a text that does not name a user of a realm is refused', async t => {
  for (const text of [
    '',
    'user:',
    'user:acme',
    'user:acme/',
    'user:/joe',
    'user://joe',
    'user:///joe',
    'user:/a/b/',
    'user://testRealm/my_user',
    'group:acme/cn=admins',
    'server:acme/cell/node/server',
    'User:acme/joe',
    'acme/joe',
  ]) {
    await t.test(text, async t => {
      for (const realms of [['acme'], [''], []]) {
        t.equal(parseAccessId(text, realms), undefined, realms.join())
      }
    })
  }
})

t.test('the longest accepted realm is split off', async t => {
  const rows: [string, string[], { realm: string; user: string }][] = [
    ['user:acme/uid=joe', ['acme'], { realm: 'acme', user: 'uid=joe' }],
    ['user:acme/CN=Joe/OU=West/O=Acme', ['acme'], { realm: 'acme', user: 'CN=Joe/OU=West/O=Acme' }],
    ['user:acme/a%b$c:d|e\\f/g', ['acme'], { realm: 'acme', user: 'a%b$c:d|e\\f/g' }],
    ['user:acme/u:user\\:r/x', ['acme'], { realm: 'acme', user: 'u:user\\:r/x' }],
    ['user:acme/ends/', ['acme'], { realm: 'acme', user: 'ends/' }],
    ['user:acme/*', ['acme'], { realm: 'acme', user: '*' }],
    [
      'user:acme/partners/joe',
      ['acme', 'acme/partners', 'ac'],
      { realm: 'acme/partners', user: 'joe' },
    ],
    ['user:acme/joe', ['acme/partners', 'acme'], { realm: 'acme', user: 'joe' }],
    [`user:${staff}/uid=joe,o=acme`, [staff], { realm: staff, user: 'uid=joe,o=acme' }],
    ['user:/myrealm/uid=joe', ['/myrealm'], { realm: '/myrealm', user: 'uid=joe' }],
    [
      'user:https://a.example//joe',
      ['https://a.example/'],
      { realm: 'https://a.example/', user: 'joe' },
    ],
    [
      'user:ldap.acme.example:389/cn=a\nb',
      ['ldap.acme.example:389'],
      { realm: 'ldap.acme.example:389', user: 'cn=a\nb' },
    ],
  ]
  for (const [text, realms, expected] of rows) {
    await t.test(`${text}, of ${realms}`, async t => {
      t.strictSame(parseAccessId(text, realms), { ...expected, isAccepted: true })
    })
  }
})

t.test('a realm that is not accepted ends where Open Liberty lets it end', async t => {
  const rows: [string, string, string][] = [
    ['user:BasicRealm/my_user', 'BasicRealm', 'my_user'],
    ['user:https://a.example:9443/cn=joe,o=x/y', 'https://a.example:9443', 'cn=joe,o=x/y'],
    [`user:${staff}/uid=guest`, 'https://idp.acme.example', 'auth/realms/staff/uid=guest'],
    ['user:/testRealm/my_user', '/testRealm', 'my_user'],
    ['user:/a/b/c/alice', '/a/b/c', 'alice'],
    ['user:my/realm/bob', 'my', 'realm/bob'],
  ]
  for (const [text, realm, user] of rows) {
    await t.test(text, async t => {
      t.strictSame(parseAccessId(text, ['other']), { realm, user, isAccepted: false })
    })
  }
  t.equal(
    widestRealm({ realm: 'https://idp.acme.example', user: 'auth/realms/staff/uid=g' }),
    staff,
  )
})

const directory = join(shared, 'field/inputs/bugs/realm-slash')
const isThere = existsSync(directory)
t.test(
  'tokens whose issuer is a URL, as from an OIDC client, are read by the accepted realms',
  { skip: isThere ? false : `skipped: ${directory} is not there` },
  async t => {
    const read = (name: string) => readFileSync(join(directory, name), 'latin1')
    const keys = parseKeyFile(read('ltpa.keys'), 'pw')
    t.equal(keys.realm, staff)
    const rows: [string, string[], true | string][] = [
      ['oidc.txt', [staff], true],
      ['oidc.txt', ['https:'], 'wrong-realm'],
      ['oidc.txt', ['https://idp.acme.example'], 'wrong-realm'],
      ['guest.txt', [staff], 'wrong-realm'],
      ['guest.txt', ['https:'], 'wrong-realm'],
      ['acmepartners.txt', ['acme'], 'wrong-realm'],
      ['acmepartners.txt', ['acme', 'acme/partners'], true],
      ['lead.txt', ['/myrealm'], true],
      ['lead.txt', ['myrealm', ''], 'wrong-realm'],
    ]
    for (const [file, realms, expected] of rows) {
      await t.test(`${file}, of ${realms}`, async t => {
        const verify = buildVerifier({
          keySets: [{ keys, realms }],
          ...{ domino: [], acceptV1: false, clockSkewMs: 0, maxLifetimeMs: 1e15 },
        })
        const verdict = verify('v2', read(file).trim(), 1_795_815_000_000)
        t.equal(verdict.valid ? true : verdict.reason, expected)
      })
    }
  },
)

t.test('the refusal names the realm, and says what to write', async t => {
  const rows: [string, string[], string, string][] = [
    ['BasicRegistry', ['defaultRealm'], 'defaultRealm', 'write realms: [BasicRegistry]'],
    ['BasicRegistry', [], 'no realm', 'write realms: [BasicRegistry]'],
    ['prod', ['test'], 'test', 'should they vouch for it too, write realms: [test, prod]'],
    ['a:1', ['null'], 'null', 'write realms: ["a:1"]'],
    ['true', [], 'no realm', 'write realms: ["true"]'],
  ]
  for (const [realm, keyRealms, others, advice] of rows) {
    await t.test(`${realm} of ${keyRealms}`, async t => {
      const identity = {
        format: 'LtpaToken2',
        user: 'joe',
        keyId: 'a',
        expiresMs: 1,
        realm,
      } as const
      t.equal(
        describeRefusal({ valid: false, reason: 'wrong-realm', identity, keyRealms }),
        `authentic, but its realm is ${realm}; these keys are for ${others}: ${advice}`,
      )
    })
  }
  const identity = { format: 'LtpaToken2', keyId: 'a', expiresMs: 1 } as const
  const refusal = { valid: false, reason: 'wrong-realm' } as const
  t.match(
    describeRefusal({
      ...refusal,
      identity: { ...identity, realm: 'https://a', user: 'b/uid=joe' },
      keyRealms: [],
    }),
    /its realm is https:\/\/a or https:\/\/a\/b;.*write realms: \["https:\/\/a\/b"\]$/,
  )
  const steering = describeRefusal({
    ...refusal,
    identity: { ...identity, realm: 'a\u001b[2J\u202e\u{e0041}', user: 'joe' },
    keyRealms: ['b\u009b'],
  })
  t.notMatch(steering, /\p{C}/u)
  t.match(steering, String.raw`["b\u009b", "a\u001b[2J\u202e\udb40\udc41"]`)
})

t.test('the order of the accepted realms does not matter', async t => {
  for (const realms of [
    ['acme', 'acme/partners'],
    ['acme/partners', 'acme'],
  ]) {
    t.equal(parseAccessId('user:acme/partners/uid=joe', realms)?.realm, 'acme/partners')
  }
})
