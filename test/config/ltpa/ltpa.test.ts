// The LTPA part of the configuration: every mistake with its place and what to write, every risk, and the settings of a
// right one. No message quotes a secret.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { platform } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { formatProblem } from '../../../src/config/document/problem.ts'
import { loadConfig } from '../../../src/config/load.ts'
import { openConfigHome } from '../../fixtures/config.ts'
import { writeKeys, writeSecret } from '../../fixtures/key-files.ts'
import { buildIssuer } from '../../fixtures/ltpa-issuer.ts'

const issuer = buildIssuer({ realm: 'acme' })
const fips = buildIssuer({ version: '2.0', realm: 'fips' })
const webas = buildIssuer({ password: 'WebAS', realm: 'acme' })
const home = openConfigHome(t)
const { directory } = home
const keys = writeKeys(directory, 'ltpa', issuer)
writeKeys(directory, 'fips', fips)
writeKeys(directory, 'webas', webas)
const write = (name: string, text: string) => writeSecret(join(directory, name), text)
write('wrong.password', 'not it')
write('empty.password', '\n')
write('two.password', 'one\ntwo\n')
write('aes.password', '{aes}AEmVKa+jOeA7pos+sSfpHNmH1MVfwg8ZoV29iDi6I0ZGcov6hSZsAxMh')
write('v3.keys', issuer.keyFile.replace('version=1.0', 'version=3.0'))
write(
  'gcm.keys',
  issuer.keyFile.replace(/3DESKey=.*/, `3DESKey=${Buffer.alloc(52, 7).toString('base64')}`),
)
write('norealm.keys', issuer.keyFile.replace(/com\.ibm\.websphere\.ltpa\.Realm=.*\r\n/, ''))
for (const [name, realm] of [
  ['default.keys', 'defaultRealm'],
  ['null.keys', 'null'],
  ['empty.keys', ''],
] as const) {
  write(name, issuer.keyFile.replace('ltpa.Realm=acme', `ltpa.Realm=${realm}`))
}
write('none.keys', 'hello\n')
write('large.keys', 'x'.repeat(70_000))
write('domino.secret', Buffer.from('twenty bytes, please').toString('base64'))
write('odd.secret', 'not base64, but long enough')
write('short.secret', 'QUFBQQ==')
write('none.secret', 'A')
write(
  'xor.password',
  `{xor}${Buffer.from(Buffer.from('correct horse').map(byte => byte ^ 0x5f)).toString('base64')}`,
)
write('broken-xor.password', '{XOR}!!!')
write('unknown.keys', buildIssuer({ realm: 'acme', password: 'gr?n' }).keyFile)
write('umlaut.password', Buffer.from('grün').toString('latin1'))
const windows = buildIssuer({ realm: 'acme', password: Buffer.from('gr\xfcn', 'latin1') })
write('windows.keys', windows.keyFile)
write('windows.password', 'gr\xfcn\r\n')
write('wide.password', Buffer.from(`\ufeff${issuer.password}\r\n`, 'utf16le').toString('latin1'))
mkdirSync(join(directory, 'folder'))
const rule = 'allow: [{ name: in, ltpa: verified }]'
const withKeys = (file: string, password = 'ltpa.password') =>
  `ltpa: { keys: [{ file: ${file}, passwordFile: ${password} }] }\n${rule}`

t.test('each mistake is refused with its place and what to do', async t => {
  const rows: [string, string, string[]][] = [
    [
      'a rule that asks for tokens without keys',
      rule,
      [
        'photogate.yaml:1:27 allow[0].ltpa needs keys to verify with; add ltpa: { keys: [{ file: ltpa.keys, passwordFile: ltpa.password }] }',
      ],
    ],
    [
      'neither keys nor domino',
      `ltpa: { acceptV1: true }\n${rule}`,
      ['photogate.yaml:1:7 ltpa has neither keys nor domino; add one of them'],
    ],
    [
      'keys without a password file',
      `ltpa: { keys: [{ file: ltpa.keys }] }\n${rule}`,
      ['photogate.yaml:1:16 ltpa.keys[0].passwordFile is missing; add passwordFile: ltpa.password'],
    ],
    [
      'a list of no keys',
      `ltpa: { keys: [] }\n${rule}`,
      [
        'photogate.yaml:1:15 ltpa.keys [] does not fit; write key files, tried in this order, like [{"file":"ltpa.keys","passwordFile":"ltpa.password"}]',
      ],
    ],
    [
      'a key that is not known',
      `ltpa: { keys: [${keys}], realm: acme }\n${rule}`,
      ['photogate.yaml:1:67 ltpa.realm is not known; did you mean realms?'],
    ],
    [
      'a password in the configuration',
      `ltpa: { keys: [{ file: ltpa.keys, password: x }] }\n${rule}`,
      [
        'photogate.yaml:1:16 ltpa.keys[0].passwordFile is missing; add passwordFile: ltpa.password',
        'photogate.yaml:1:35 ltpa.keys[0].password is not known; known here: file, passwordFile, notAfter, realms',
      ],
    ],
    [
      'a key file that is not there',
      withKeys('gone.keys'),
      ['photogate.yaml:1:24 ltpa.keys[0].file cannot be read: gone.keys is not there'],
    ],
    [
      'a folder',
      withKeys('folder'),
      ['photogate.yaml:1:24 ltpa.keys[0].file cannot be read: folder is a folder, not a file'],
    ],
    [
      'a file that is too large',
      withKeys('large.keys'),
      [
        'photogate.yaml:1:24 ltpa.keys[0].file cannot be read: large.keys is larger than 65536 bytes',
      ],
    ],
    [
      'a file that is not a key file',
      withKeys('none.keys'),
      [
        'photogate.yaml:1:24 ltpa.keys[0].file has no com.ibm.websphere.ltpa.3DESKey; is it an ltpa.keys file?',
      ],
    ],
    [
      'a key file of a version to come',
      withKeys('v3.keys'),
      ['photogate.yaml:1:24 ltpa.keys[0].file is of version 3.0; only 1.0 and 2.0 are known'],
    ],
    [
      'a key file wrapped with AES-GCM',
      withKeys('gcm.keys'),
      [
        'photogate.yaml:1:24 ltpa.keys[0].file is wrapped with AES-GCM, which is not supported; export the keys with a password',
      ],
    ],
    [
      'a wrong password',
      withKeys('ltpa.keys', 'wrong.password'),
      [
        'photogate.yaml:1:24 ltpa.keys[0].file does not open with this password; give the one it was exported with',
      ],
    ],
    [
      'a password file that is not there',
      withKeys('ltpa.keys', 'gone.password'),
      ['photogate.yaml:1:49 ltpa.keys[0].passwordFile cannot be read: gone.password is not there'],
    ],
    [
      'an empty password file',
      withKeys('ltpa.keys', 'empty.password'),
      ['photogate.yaml:1:49 ltpa.keys[0].passwordFile is empty'],
    ],
    [
      'a password file of two lines',
      withKeys('ltpa.keys', 'two.password'),
      [
        'photogate.yaml:1:49 ltpa.keys[0].passwordFile has more than one line; write the secret and nothing else',
      ],
    ],
    [
      'a password that only WebSphere can read',
      withKeys('ltpa.keys', 'aes.password'),
      [
        'photogate.yaml:1:49 ltpa.keys[0].passwordFile holds an encrypted password, which only WebSphere can read; write it in plain text',
      ],
    ],
    [
      'a day that does not exist',
      `ltpa: { keys: [{ file: ltpa.keys, passwordFile: ltpa.password, notAfter: 2027-02-30T00:00:00Z }] }\n${rule}`,
      [
        'photogate.yaml:1:74 ltpa.keys[0].notAfter "2027-02-30T00:00:00Z" is not a point in time; write 2027-03-01T00:00:00Z',
      ],
    ],
    [
      'a day without a time and a zone',
      `ltpa: { keys: [{ file: ltpa.keys, passwordFile: ltpa.password, notAfter: 2027-03-01 }] }\n${rule}`,
      [
        'photogate.yaml:1:74 ltpa.keys[0].notAfter "2027-03-01" is not a point in time; write 2027-03-01T00:00:00Z',
      ],
    ],
    [
      'a secret of Domino that is not base64',
      `ltpa: { domino: [{ secretFile: odd.secret }] }\n${rule}`,
      [
        'photogate.yaml:1:32 ltpa.domino[0].secretFile is not base64; copy LTPA_DominoSecret as it is, or write encoding: utf8',
      ],
    ],
    [
      'a secret of Domino that is short',
      `ltpa: { domino: [{ secretFile: short.secret }] }\n${rule}`,
      [
        'photogate.yaml:1:32 ltpa.domino[0].secretFile holds 4 bytes, and Domino makes 20; copy LTPA_DominoSecret as it is',
      ],
    ],
    [
      'a secret of Domino that says nothing',
      `ltpa: { domino: [{ secretFile: none.secret }] }\n${rule}`,
      [
        'photogate.yaml:1:32 ltpa.domino[0].secretFile is not base64; copy LTPA_DominoSecret as it is, or write encoding: utf8',
      ],
    ],
    [
      'a hidden password that is none',
      withKeys('ltpa.keys', 'broken-xor.password'),
      [
        'photogate.yaml:1:49 ltpa.keys[0].passwordFile holds {xor} and then no base64; copy it as it is',
      ],
    ],
    [
      'an encoding that is not known',
      `ltpa: { domino: [{ secretFile: domino.secret, encoding: base46 }] }\n${rule}`,
      ['photogate.yaml:1:57 ltpa.domino[0].encoding "base46" is not known; did you mean base64?'],
    ],
    [
      'a cookie name that is none',
      `ltpa: { keys: [${keys}], cookies: { v2: "a b" } }\n${rule}`,
      ['photogate.yaml:1:82 ltpa.cookies.v2 "a b" is not a cookie name; write LtpaToken2'],
    ],
    [
      'one cookie for both versions',
      `ltpa: { keys: [${keys}], cookies: { v2: Sso, v1: sso } }\n${rule}`,
      [
        'photogate.yaml:1:76 ltpa.cookies names Sso for both versions; a cookie carries one of them',
      ],
    ],
    [
      'acceptV1 in words',
      `ltpa: { keys: [${keys}], acceptV1: yes }\n${rule}`,
      ['photogate.yaml:1:77 ltpa.acceptV1 "yes" is not taken for yes or no; write true'],
    ],
    [
      'a lifetime of nothing',
      `ltpa: { keys: [${keys}], maxLifetime: 0s }\n${rule}`,
      ['photogate.yaml:1:80 ltpa.maxLifetime lets no token count; write 24h'],
    ],
    [
      'a condition that asks for nothing',
      `ltpa: { keys: [${keys}] }\nallow: [{ name: in, ltpa: {} }]`,
      ['photogate.yaml:2:27 allow[0].ltpa asks for nothing; write verified, or add realm or user'],
    ],
    [
      'another word than verified',
      `ltpa: { keys: [${keys}] }\nallow: [{ name: in, ltpa: verifed }]`,
      [
        'photogate.yaml:2:27 allow[0].ltpa "verifed" does not fit; write verified, or the realm and user that a verified token must name, like verified',
      ],
    ],
    [
      'a realm that is not accepted',
      `ltpa: { keys: [${keys}] }\nallow: [{ name: in, ltpa: { realm: acne } }]`,
      [
        'photogate.yaml:2:36 allow[0].ltpa.realm "acne" is not among the realms that are accepted; did you mean acme?',
      ],
    ],
    [
      'a realm far from all that are accepted',
      `ltpa: { keys: [${keys}] }\nallow: [{ name: in, ltpa: { realm: [acme, elsewhere] } }]`,
      [
        'photogate.yaml:2:36 allow[0].ltpa.realm "elsewhere" is not among the realms that are accepted; add realms: [elsewhere] to the keys that sign for it',
      ],
    ],
    [
      'many at once',
      `ltpa: { keys: [{ file: v3.keys, passwordFile: gone }, { file: none.keys, passwordFile: ltpa.password }], clockSkew: soon }\nallow: [{ name: in, ltpa: { relam: x } }]`,
      [
        'photogate.yaml:1:24 ltpa.keys[0].file is of version 3.0; only 1.0 and 2.0 are known',
        'photogate.yaml:1:47 ltpa.keys[0].passwordFile cannot be read: gone is not there',
        'photogate.yaml:1:63 ltpa.keys[1].file has no com.ibm.websphere.ltpa.3DESKey; is it an ltpa.keys file?',
        'photogate.yaml:1:117 ltpa.clockSkew "soon" is not a duration; write 5m',
        'photogate.yaml:2:29 allow[0].ltpa.relam is not known; did you mean realm?',
      ],
    ],
  ]
  for (const [what, text, problems] of rows) {
    await t.test(what, async t => {
      t.strictSame(home.problems(text), problems)
    })
  }
})

t.test('legal but risky settings are warned about', async t => {
  const bare = (condition: string) =>
    `ltpa: { keys: [${keys}] }\nallow: [{ name: in, ltpa: verified }, { name: any, ${condition} }]`
  const forged = (cookie: string) =>
    `photogate.yaml:2:60 allow[1].cookie of rule "any" takes any ${cookie}, also a forged one, although there are keys to verify it with; write ltpa: verified`
  const rows: [string, string, string[]][] = [
    ['nothing, where nothing is', `ltpa: { keys: [${keys}] }\n${rule}`, []],
    [
      'the password that everybody knows',
      withKeys('webas.keys', 'webas.password'),
      [
        'photogate.yaml:1:24 ltpa.keys[0].file is opened by WebAS, the password that everybody knows; export the keys with another one',
      ],
    ],
    [
      'keys past their time',
      `ltpa: { keys: [{ file: ltpa.keys, passwordFile: ltpa.password, notAfter: 2026-03-01T00:00:00+01:00 }] }\n${rule}`,
      [
        'photogate.yaml:1:74 ltpa.keys[0].notAfter "2026-03-01T00:00:00+01:00" is past: these keys do not count any more; take them out',
      ],
    ],
    [
      'version 1',
      `ltpa: { keys: [${keys}], acceptV1: true }\n${rule}`,
      [
        'photogate.yaml:1:77 ltpa.acceptV1 accepts tokens of version 1: anybody with an old token of another user and a fresh one of their own can make the old one count again; issue LtpaToken2 and leave this out',
      ],
    ],
    [
      'a long clock skew',
      `ltpa: { keys: [${keys}], clockSkew: 6m }\n${rule}`,
      [
        'photogate.yaml:1:78 ltpa.clockSkew lets tokens live on for long after their expiry; keep the clocks together and write 30s',
      ],
    ],
    [
      'a long lifetime',
      `ltpa: { keys: [${keys}], maxLifetime: 8d }\n${rule}`,
      [
        'photogate.yaml:1:80 ltpa.maxLifetime lets a token count for weeks, and nothing can revoke it; write 24h',
      ],
    ],
    [
      'the same keys twice',
      `ltpa: { keys: [${keys}, { file: ltpa.keys, passwordFile: ltpa.password }] }\n${rule}`,
      [
        'photogate.yaml:1:74 ltpa.keys[1].file has the keys of keys[0] again; one of them is enough',
      ],
    ],
    ...placeholderRows(),
    [
      'a password that opens with ? for its letters',
      withKeys('unknown.keys', 'umlaut.password'),
      [
        'photogate.yaml:1:24 ltpa.keys[0].file is opened by its password with ? for every letter beyond ASCII, which is easily guessed; export the keys with a password of ASCII',
      ],
    ],
    ['a password of Windows, its file too', withKeys('windows.keys', 'windows.password'), []],
    ['a password file of PowerShell', withKeys('ltpa.keys', 'wide.password'), []],
    ['a password hidden with xor', withKeys('ltpa.keys', 'xor.password'), []],
    [
      'keys that no rule uses',
      `ltpa: { keys: [${keys}] }\nallow: [{ name: in, from: 10.0.0.0/8 }]`,
      ['photogate.yaml:1:7 ltpa is used by no rule; add one with ltpa: verified'],
    ],
    ['the bare cookie beside keys', bare('cookie: LtpaToken2'), [forged('LtpaToken2')]],
    ['in any case', bare('cookie: [X, lTPATOKEN]'), [forged('lTPATOKEN')]],
    ['with a value', bare('cookie: "LtpaToken2=a*", from: 10.0.0.0/8'), [forged('LtpaToken2=a*')]],
    [
      'another bare cookie beside keys',
      bare('cookie: X'),
      [
        'photogate.yaml:2:60 allow[1].cookie of rule "any" only looks whether a cookie is there: anyone can send one',
      ],
    ],
    ['but not a cookie beside a token', bare('cookie: LtpaToken2, ltpa: verified'), []],
  ]
  for (const [what, text, warnings] of rows) {
    await t.test(what, async t => {
      t.strictSame(home.warnings(text), warnings)
    })
  }
})

t.test('files that everybody can read or change are warned about', async t => {
  if (platform() === 'win32') {
    t.pass('Windows keeps rights elsewhere')
    return
  }
  const files = ['ltpa.keys', 'ltpa.password', 'domino.secret']
  const text = `ltpa: { keys: [${keys}], domino: [{ secretFile: domino.secret }] }\n${rule}`
  const warned = (what: string) => [
    `photogate.yaml:1:24 ltpa.keys[0].file ltpa.keys can be ${what} by everybody on this machine; chmod o= it`,
    `photogate.yaml:1:49 ltpa.keys[0].passwordFile ltpa.password can be ${what} by everybody on this machine; chmod o= it`,
    `photogate.yaml:1:90 ltpa.domino[0].secretFile domino.secret can be ${what} by everybody on this machine; chmod o= it`,
  ]
  for (const [mode, what] of [
    [0o644, 'read'],
    [0o666, 'changed'],
  ] as const) {
    for (const file of files) chmodSync(join(directory, file), mode)
    t.strictSame(home.warnings(text), warned(what))
  }
  for (const file of files) chmodSync(join(directory, file), 0o640)
  t.strictSame(home.warnings(text), [])
})

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
    ['others are said of it', file('ltpa.keys', ', realms: [a, b]'), [['a', 'b']]],
    ['one is said of it', file('ltpa.keys', ', realms: a'), [['a']]],
    ['narrowed', `${file('ltpa.keys')}, ${file('fips.keys')}], realms: [fips`, [[], ['fips']]],
    ['narrowed to none', `${file('ltpa.keys')}], realms: [elsewhere`, [[]]],
    ['said, and narrowed', `${file('ltpa.keys', ', realms: [a, b]')}], realms: [b, c`, [['b']]],
    ['a file that names none', file('norealm.keys'), [[]]],
    ['a file that names nothing', file('empty.keys'), [[]]],
    ['a file of before its registry', file('default.keys'), [['defaultRealm']]],
    ['a file of before its registry, alone', `${file('default.keys')}], realms: [a`, [['a']]],
    ['a file that names Java’s none, alone', `${file('null.keys')}], realms: [a`, [['a']]],
    ['a file that names none, alone', `${file('norealm.keys')}], realms: [a, b`, [['a', 'b']]],
    [
      'a file that names none beside another',
      `${file('norealm.keys')}, ${file('fips.keys')}], realms: [fips`,
      [[], ['fips']],
    ],
    [
      'a file that names none, with realms, beside another',
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

function placeholderRows(): [string, string, string[]][] {
  const placed = (name: string, rest = '') =>
    `ltpa: { keys: [{ file: ${name}, passwordFile: ltpa.password${rest} }] }\n${rule}`
  const advice = 'add realms: […] with the realm of your tokens, as photogate token shows it'
  const none = `photogate.yaml:1:24 ltpa.keys[0].file names no realm, so these keys vouch for none; ${advice}`
  const named = (realm: string) =>
    `photogate.yaml:1:24 ltpa.keys[0].file names the realm ${realm}, which servers write before they know their own, and these keys vouch for no other; ${advice}`
  return [
    ['keys that name no realm', placed('norealm.keys'), [none]],
    ['keys that name an empty realm', placed('empty.keys'), [none]],
    ['keys of before the registry was up', placed('default.keys'), [named('defaultRealm')]],
    ['keys that name Java’s none', placed('null.keys'), [named('null')]],
    ['not where realms are said', placed('default.keys', ', realms: [BasicRegistry]'), []],
    [
      'not where ltpa.realms says them of the only file',
      placed('default.keys').replace('}] }', '}], realms: [a] }'),
      [],
    ],
    [
      'a realm that no keys vouch for',
      `ltpa: { keys: [${keys}], realms: [acme, prod] }\n${rule}`,
      [
        'photogate.yaml:1:75 ltpa.realms accepts prod, but the key files vouch for acme: tokens of it are refused; add realms: [prod] to the keys that sign for it',
      ],
    ],
    [
      'keys whose realm is left out',
      `ltpa: { keys: [${keys}, { file: fips.keys, passwordFile: fips.password }], realms: [acme] }\n${rule}`,
      [
        'photogate.yaml:1:74 ltpa.keys[1].file is for fips, which ltpa.realms leaves out: all its tokens are refused',
      ],
    ],
  ]
}

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

t.test('no message contains a password, a secret or a part of the key', async t => {
  const secrets = ['correct horse', 'not it', 'WebAS\n', 'AEmVKa', 'not base64!']
  const keyText = /3DESKey=(.*)\\=/.exec(issuer.keyFile)?.[1] ?? ''
  t.ok(keyText.length > 20)
  const texts = [
    withKeys('ltpa.keys', 'wrong.password'),
    withKeys('ltpa.keys', 'aes.password'),
    withKeys('v3.keys'),
    withKeys('webas.keys', 'webas.password'),
    `ltpa: { domino: [{ secretFile: odd.secret }] }\n${rule}`,
    // The files mixed up.
    withKeys('ltpa.password', 'ltpa.keys'),
    `ltpa: { domino: [{ secretFile: ltpa.keys }] }\n${rule}`,
  ]
  for (const text of texts) {
    writeFileSync(home.file, text)
    const { problems, warnings } = loadConfig({ env: {}, file: home.file })
    const said = [...problems, ...warnings].map(formatProblem).join('\n')
    t.ok(said.length > 0)
    for (const secret of [...secrets, keyText]) t.notOk(said.includes(secret), said)
  }
})
