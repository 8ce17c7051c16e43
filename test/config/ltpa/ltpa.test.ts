// The settings of a right LTPA part of the configuration.
import t from 'tap'
import { openLtpaConfig, rule, withKeys } from '../../fixtures/ltpa-config.ts'

const { home, issuer, keys, write } = openLtpaConfig(t)
const { directory } = home

t.test('a missing key has its default', async t => {
  const { ltpa, policy, files } = home.settings(`ltpa: { keys: [${keys}] }\n${rule}`)
  t.match(ltpa, {
    acceptV1: false,
    realms: ['acme'],
    clockSkewMs: 30_000,
    maxLifetimeMs: 86_400_000,
    domino: [],
  })
  t.strictSame([...(ltpa?.cookies.v2 ?? [])], ['ltpatoken2'])
  t.strictSame([...(ltpa?.cookies.v1 ?? [])], ['ltpatoken'])
  t.strictSame([...policy.cookieNames], ['ltpatoken2', 'ltpatoken'])
  t.strictSame(
    files.map(file => file.slice(directory.length + 1)),
    ['photogate.yaml', 'ltpa.keys', 'ltpa.password'],
  )
})

t.test('a key file signs for its own realm, or for the configured realms', async t => {
  const file = (name: string, more = '') =>
    `{ file: ${name}, passwordFile: ${name === 'fips.keys' ? 'fips' : 'ltpa'}.password${more} }`
  const rows: [string, string, string[][]][] = [
    ['one file', file('ltpa.keys'), [['acme']]],
    ['two files', `${file('ltpa.keys')}, ${file('fips.keys')}`, [['acme'], ['fips']]],
    ['realms are configured for it', file('ltpa.keys', ', realms: [a, b]'), [['a', 'b']]],
    ['one realm is configured for it', file('ltpa.keys', ', realms: a'), [['a']]],
    ['narrowed', `${file('ltpa.keys')}, ${file('fips.keys')}], realms: [fips`, [[], ['fips']]],
    ['narrowed to no realm', `${file('ltpa.keys')}], realms: [elsewhere`, [[]]],
    [
      'configured, and narrowed',
      `${file('ltpa.keys', ', realms: [a, b]')}], realms: [b, c`,
      [['b']],
    ],
    ['a file that names no realm', file('norealm.keys'), [[]]],
    ['a file with an empty realm', file('empty.keys'), [[]]],
    [
      'a file that was exported before the registry was set up',
      file('default.keys'),
      [['defaultRealm']],
    ],
    [
      'the only file, exported before the registry was set up',
      `${file('default.keys')}], realms: [a`,
      [['a']],
    ],
    ['the only file, with null for a realm', `${file('null.keys')}], realms: [a`, [['a']]],
    ['the only file, without a realm', `${file('norealm.keys')}], realms: [a, b`, [['a', 'b']]],
    [
      'a file without a realm beside another',
      `${file('norealm.keys')}, ${file('fips.keys')}], realms: [fips`,
      [[], ['fips']],
    ],
    [
      'a file without a realm beside another, with realms configured',
      `${file('norealm.keys', ', realms: [a]')}, ${file('fips.keys')}], realms: [a, fips`,
      [['a'], ['fips']],
    ],
  ]
  for (const [title, list, realms] of rows) {
    await t.test(title, async t => {
      const { ltpa } = home.settings(`ltpa: { keys: [${list}] }\n${rule}`)
      t.strictSame(
        ltpa?.keySets.map(set => set.realms),
        realms,
      )
      t.strictSame(ltpa?.realms, [...new Set(realms.flat())])
    })
  }
})

t.test('every given value is used', async t => {
  const { ltpa } = home.settings(
    `ltpa:
  keys: [{ file: fips.keys, passwordFile: fips.password, realms: [a, c], notAfter: 2027-03-01T00:00:00Z }]
  domino: [{ secretFile: domino.secret }, { secretFile: odd.secret, encoding: utf8 }]
  cookies: { v2: [Sso, Sso2], v1: OldSso }
  acceptV1: true
  realms: [a, b]
  clockSkew: 0s
  maxLifetime: 8h
${rule}`,
  )
  t.match(ltpa, {
    keySets: [
      {
        keys: { version: '2.0', realm: 'fips' },
        realms: ['a'],
        notAfterMs: Date.UTC(2027, 2, 1),
      },
    ],
    acceptV1: true,
    realms: ['a'],
    clockSkewMs: 0,
    maxLifetimeMs: 28_800_000,
  })
  t.strictSame(
    ltpa?.domino.map(({ secret }) => secret.toString()),
    ['twenty bytes, please', 'not base64, but long enough'],
  )
  t.strictSame([...(ltpa?.cookies.v2 ?? [])], ['sso', 'sso2'])
  t.strictSame([...(ltpa?.cookies.v1 ?? [])], ['oldsso'])
})

t.test('a password file may use {xor}, CRLF and a byte order mark', async t => {
  const hidden = Buffer.from(Buffer.from(issuer.password).map(byte => byte ^ 0x5f))
  for (const text of [
    `{xor}${hidden.toString('base64')}`,
    `${issuer.password}\r\n`,
    `\u00ef\u00bb\u00bf${issuer.password}`,
  ]) {
    write('other.password', text)
    t.strictSame(home.problems(withKeys('ltpa.keys', 'other.password')), [])
  }
})
