// The LTPA part of the configuration: every mistake with its place and what to write. No message quotes a secret.
import { writeFileSync } from 'node:fs'
import t from 'tap'
import { formatProblem } from '../../../src/config/document/problem.ts'
import { loadConfig } from '../../../src/config/load.ts'
import { openLtpaConfig, rule, withKeys } from '../../fixtures/ltpa-config.ts'

const { home, issuer, keys } = openLtpaConfig(t)

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
      'an empty list of keys',
      `ltpa: { keys: [] }\n${rule}`,
      [
        'photogate.yaml:1:15 ltpa.keys [] does not fit; write key files, tried in this order, like [{"file":"ltpa.keys","passwordFile":"ltpa.password"}]',
      ],
    ],
    [
      'an unknown key',
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
      'a missing key file',
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
      'a key file of a future version',
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
      'a missing password file',
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
      'a secret of Domino that is too short',
      `ltpa: { domino: [{ secretFile: short.secret }] }\n${rule}`,
      [
        'photogate.yaml:1:32 ltpa.domino[0].secretFile holds 4 bytes, and Domino makes 20; copy LTPA_DominoSecret as it is',
      ],
    ],
    [
      'an empty secret of Domino',
      `ltpa: { domino: [{ secretFile: none.secret }] }\n${rule}`,
      [
        'photogate.yaml:1:32 ltpa.domino[0].secretFile is not base64; copy LTPA_DominoSecret as it is, or write encoding: utf8',
      ],
    ],
    [
      'a hidden password that is not base64',
      withKeys('ltpa.keys', 'broken-xor.password'),
      [
        'photogate.yaml:1:49 ltpa.keys[0].passwordFile holds {xor} and then no base64; copy it as it is',
      ],
    ],
    [
      'an unknown encoding',
      `ltpa: { domino: [{ secretFile: domino.secret, encoding: base46 }] }\n${rule}`,
      ['photogate.yaml:1:57 ltpa.domino[0].encoding "base46" is not known; did you mean base64?'],
    ],
    [
      'a text that is not a cookie name',
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
      'a lifetime of zero',
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
      'a realm unlike all that are accepted',
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
    // The password file given as key file, and the other way round.
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
