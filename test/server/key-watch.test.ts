// Keys and passwords that change while the gate runs: only complete files are applied, and until then the gate verifies
// with the keys that it has.
import {
  appendFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import type { Settings } from '../../src/config/settings.ts'
import { parseKeyFile } from '../../src/ltpa/key-file.ts'
import { openWatch } from '../fixtures/config-watch.ts'
import { writeKeys, writeSecret } from '../fixtures/key-files.ts'
import type { Issuer } from '../fixtures/ltpa-issuer.ts'
import { buildIssuer } from '../fixtures/ltpa-issuer.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const [first, second] = [
  buildIssuer({ realm: 'acme', password: 'first password' }),
  buildIssuer({ realm: 'acme', password: 'second password' }),
]
const idOf = ({ keyFile, password }: Issuer) => parseKeyFile(keyFile, password).keyId
const [firstId, secondId] = [idOf(first), idOf(second)]
const stays = /the new configuration has problems; the old one stays/
const changed = /^the configuration has changed; it is applied after/

function open(t: Test) {
  const ids: (string | undefined)[] = []
  const home = t.testdir({})
  const opened = openWatch(t, {
    text: `ltpa: { keys: [${writeKeys(home, 'ltpa', first)}] }\nallow: [{ name: in, ltpa: verified }]`,
    files: {
      'ltpa.keys': first.keyFile,
      'ltpa.password': `${first.password}\n`,
    },
    apply: async ({ ltpa }: Settings) => void ids.push(ltpa?.keySets[0]?.keys.keyId),
  })
  const at = (name: string) => join(opened.home.directory, name)
  return { ...opened, ids, at, keys: at('ltpa.keys'), password: at('ltpa.password') }
}

type Opened = ReturnType<typeof open>

const replace = (file: string, text: string) => {
  writeSecret(`${file}.new`, text)
  renameSync(`${file}.new`, file)
}

t.test('keys that are written in place are not applied before they are complete', async t => {
  const half = second.keyFile.indexOf('com.ibm.websphere.ltpa.PublicKey')
  const rows: [string, (opened: Opened) => void, (opened: Opened) => void][] = [
    [
      'the key file cut at a line end',
      ({ keys }) => writeFileSync(keys, second.keyFile.slice(0, half)),
      ({ keys }) => appendFileSync(keys, second.keyFile.slice(half)),
    ],
    [
      'the key file emptied',
      ({ keys }) => truncateSync(keys),
      ({ keys }) => writeFileSync(keys, second.keyFile),
    ],
    [
      'the password emptied',
      ({ password }) => truncateSync(password),
      ({ password }) => writeFileSync(password, second.password),
    ],
    [
      'half of the password',
      ({ password }) => writeFileSync(password, second.password.slice(0, 3)),
      ({ password }) => appendFileSync(password, second.password.slice(3)),
    ],
  ]
  for (const [title, begin, finish] of rows) {
    t.test(title, async t => {
      const opened = open(t)
      const { watch, ids, hasLine, runUntil, standStill, keys, password } = opened
      await watch.ready
      begin(opened)
      await waitUntil(() => hasLine(changed), 10_000)
      await standStill()
      t.strictSame(ids, [])
      finish(opened)
      writeFileSync(keys, second.keyFile)
      writeFileSync(password, second.password)
      await runUntil(() => ids.length > 0)
      t.strictSame(ids, [secondId])
      t.notOk(hasLine(stays), 'no problem was logged')
    })
  }
})

t.test('keys that stay broken are logged, and the old ones stay', async t => {
  const rows: [string, (opened: Opened) => void, RegExp][] = [
    ['an empty key file', ({ keys }) => replace(keys, ''), /ltpa\.keys/],
    [
      'a key file that is cut off',
      ({ keys }) => replace(keys, second.keyFile.slice(0, 300)),
      /ltpa\.keys/,
    ],
    [
      'a key file in UTF-16',
      ({ keys }) =>
        replace(keys, Buffer.from(`\ufeff${second.keyFile}`, 'utf16le').toString('latin1')),
      /UTF-16/,
    ],
    ['no key file', ({ keys }) => rmSync(keys), /ltpa\.keys.*not there|cannot be read/],
    ['an empty password', ({ password }) => replace(password, ''), /password/],
    ['a wrong password', ({ password }) => replace(password, 'wrong'), /password/],
    [
      'the new keys under the old password',
      ({ keys }) => replace(keys, second.keyFile),
      /password/,
    ],
    [
      'a link to nowhere',
      ({ keys, at }) => {
        symlinkSync('nowhere', at('link'))
        renameSync(at('link'), keys)
      },
      /ltpa\.keys/,
    ],
  ]
  for (const [title, spoil, reason] of rows) {
    t.test(title, async t => {
      const opened = open(t)
      const { watch, ids, lines, hasLine, runUntil, keys, password } = opened
      await watch.ready
      spoil(opened)
      await runUntil(() => hasLine(stays))
      t.strictSame(ids, [])
      const { problems } = lines().find(({ msg }) => stays.test(String(msg))) ?? {}
      t.match(String(problems), reason)
      t.notMatch(String(problems), /first password|second password/)
      replace(password, second.password)
      replace(keys, second.keyFile)
      await runUntil(() => ids.length > 0)
      t.strictSame(ids, [secondId], 'both together are applied')
    })
  }
})

t.test('keys behind a link that changes its target are applied with their password', async t => {
  const { watch, ids, at, keys, password, hasLine, runUntil } = open(t)
  for (const [name, issuer] of [
    ['v1', first],
    ['v2', second],
  ] as const) {
    writeSecret(at(`${name}.keys`), issuer.keyFile)
    writeSecret(at(`${name}.password`), issuer.password)
  }
  const turn = (version: string) => {
    for (const [file, ending] of [
      [keys, 'keys'],
      [password, 'password'],
    ] as const) {
      symlinkSync(`${version}.${ending}`, at('turned'))
      renameSync(at('turned'), file)
    }
  }
  await watch.ready
  turn('v1')
  await runUntil(() => hasLine(/^the configuration is what|^configuration applied$/))
  turn('v2')
  await runUntil(() => ids.at(-1) === secondId)
  t.ok(ids.every(id => id === firstId || id === secondId))
  t.notOk(hasLine(stays))
})

t.test('a password in UTF-16, as PowerShell writes it, is the same password', async t => {
  const { watch, ids, password, hasLine, runUntil } = open(t)
  await watch.ready
  const text = Buffer.from('\ufefffirst password\r\n', 'utf16le').toString('latin1')
  replace(password, text)
  await runUntil(() => ids.length > 0 || hasLine(stays))
  t.strictSame(ids, [firstId])
})
