// The LTPA part of the configuration: what is legal and risky.
import { chmodSync } from 'node:fs'
import { platform } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { openLtpaConfig, rule, withKeys } from '../../fixtures/ltpa-config.ts'

const { home, keys } = openLtpaConfig(t)
const { directory } = home

t.test('legal but risky settings are warned about', async t => {
  const bare = (condition: string) =>
    `ltpa: { keys: [${keys}] }\nallow: [{ name: in, ltpa: verified }, { name: any, ${condition} }]`
  const forged = (cookie: string) =>
    `photogate.yaml:2:60 allow[1].cookie of rule "any" takes any ${cookie}, also a forged one, although there are keys to verify it with; write ltpa: verified`
  const rows: [string, string, string[]][] = [
    ['no warning, without a risk', `ltpa: { keys: [${keys}] }\n${rule}`, []],
    [
      'the password WebAS, which everybody knows',
      withKeys('webas.keys', 'webas.password'),
      [
        'photogate.yaml:1:24 ltpa.keys[0].file is opened by WebAS, the password that everybody knows; export the keys with another one',
      ],
    ],
    [
      'keys past notAfter',
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
      'a password that also opens with ? for its letters',
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
        'photogate.yaml:2:60 allow[1].cookie of rule "any" only looks whether a cookie is there: anyone can send one; for guests of meetings write pass: signed (photogate pass)',
      ],
    ],
    ['no warning for a cookie beside a token', bare('cookie: LtpaToken2, ltpa: verified'), []],
  ]
  for (const [what, text, warnings] of rows) {
    await t.test(what, async t => {
      t.strictSame(home.warnings(text), warnings)
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
    [
      'keys that were exported before the registry was set up',
      placed('default.keys'),
      [named('defaultRealm')],
    ],
    ['keys that name the realm null', placed('null.keys'), [named('null')]],
    [
      'no warning where realms are configured',
      placed('default.keys', ', realms: [BasicRegistry]'),
      [],
    ],
    [
      'no warning where ltpa.realms is configured for the only file',
      placed('default.keys').replace('}] }', '}], realms: [a] }'),
      [],
    ],
    [
      'a realm that no key file is for',
      `ltpa: { keys: [${keys}], realms: [acme, prod] }\n${rule}`,
      [
        'photogate.yaml:1:75 ltpa.realms accepts prod, but the key files vouch for acme: tokens of it are refused; add realms: [prod] to the keys that sign for it',
      ],
    ],
    [
      'keys for a realm that ltpa.realms leaves out',
      `ltpa: { keys: [${keys}, { file: fips.keys, passwordFile: fips.password }], realms: [acme] }\n${rule}`,
      [
        'photogate.yaml:1:74 ltpa.keys[1].file is for fips, which ltpa.realms leaves out: all its tokens are refused',
      ],
    ],
  ]
}

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
