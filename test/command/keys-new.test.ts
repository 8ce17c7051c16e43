import { readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { platform } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { newKeys } from '../../src/command/keys-new.ts'
import { newToken } from '../../src/command/token-new.ts'
import { GateError } from '../../src/error.ts'
import { parseKeyFile } from '../../src/ltpa/key-file.ts'
import { runCommandLine } from '../fixtures/command-line.ts'
import { writeKeys, writeSecret } from '../fixtures/key-files.ts'
import { buildIssuer } from '../fixtures/ltpa-issuer.ts'
import { captureOutput } from '../fixtures/output.ts'
import { makeDirectory } from '../fixtures/process.ts'

const home = makeDirectory(t)
const path = (name: string) => join(home, name)
writeSecret(path('good.password'), 'correct horse\n')
writeSecret(path('webas.password'), 'WebAS\n')
writeSecret(path('umlaut.password'), 'gr\xfcn\n')
writeSecret(path('empty.password'), '')
writeKeys(home, 'company', buildIssuer({ realm: 'acme' }))
const passwordFile = path('good.password')
const nowMs = Date.UTC(2026, 10, 27)
newKeys({ realm: 'acme', passwordFile, output: path('good.keys') }, captureOutput())

function refusal(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    if (error instanceof GateError)
      return `${error.code} ${error.message.replaceAll(`${home}/`, '')}`
    throw error
  }
  return 'was not refused'
}

t.test('keys new with a wrong option is refused, and nothing is written', async t => {
  const realm = 'acme'
  writeFileSync(path('kept'), 'kept')
  const rows: [string, Parameters<typeof newKeys>[0], RegExp][] = [
    ['without a realm', { realm: '', passwordFile }, /^GATE_USAGE the realm is empty/],
    ['with a blank after the realm', { realm: 'acme ', passwordFile }, /^GATE_USAGE the realm/],
    ['with a line break in the realm', { realm: 'a\nb', passwordFile }, /^GATE_USAGE the realm/],
    [
      'with an empty password',
      { realm, passwordFile: path('empty.password') },
      /^GATE_KEYS empty.password is empty/,
    ],
    [
      'with a password beyond ASCII',
      { realm, passwordFile: path('umlaut.password') },
      /^GATE_KEYS umlaut.password holds letters beyond ASCII/,
    ],
    [
      'without a password file',
      { realm, passwordFile: path('gone') },
      /^GATE_KEYS gone is not there$/,
    ],
    [
      'over a file',
      { realm, passwordFile, output: path('kept') },
      /^GATE_USAGE kept is there already/,
    ],
    [
      'into a folder that is not there',
      { realm, passwordFile, output: path('gone/x') },
      /^GATE_USAGE gone\/x cannot be written/,
    ],
  ]
  for (const [title, options, message] of rows) {
    await t.test(title, async t => {
      const output = captureOutput()
      t.match(
        refusal(() => newKeys(options, output)),
        message,
      )
      t.equal(output.written().length, 0)
    })
  }
  t.equal(readFileSync(path('kept'), 'utf8'), 'kept')
  if (platform() === 'win32') return
  symlinkSync(path('elsewhere'), path('link'))
  t.match(
    refusal(() => newKeys({ realm, passwordFile, output: path('link') }, captureOutput())),
    /is there already/,
  )
})

t.test('a new key file is readable by its owner only, and its facts are printed', async t => {
  if (platform() !== 'win32') t.equal(statSync(path('good.keys')).mode & 0o777, 0o600)
  t.match(parseKeyFile(readFileSync(path('good.keys'), 'latin1'), 'correct horse'), {
    ...{ version: '1.0', realm: 'acme', rsaBits: 1024, hasPrivateKey: true },
  })
  const output = captureOutput()
  t.equal(newKeys({ realm: 'acme', passwordFile: path('webas.password'), fips: true }, output), 0)
  const keys = parseKeyFile(output.written().toString('latin1'), 'WebAS')
  t.match(keys, { version: '2.0', rsaBits: 2048 })
  t.match(output.noted(), /warning: everybody knows the password WebAS/)
  t.match(output.noted(), `key id ${keys.keyId}, realm acme`)
  t.notMatch(output.noted(), /correct horse/)
})

t.test('token new with a wrong option is refused', async t => {
  const keyFile = path('good.keys')
  const rows: [string, Partial<Parameters<typeof newToken>[0]>, RegExp][] = [
    [
      'with keys that WebSphere made',
      { keyFile: path('company.keys') },
      /^GATE_KEYS company.keys was not made by photogate keys new/,
    ],
    ['for more than an hour', { for: '61m' }, /^GATE_USAGE --for 61m is not 1s to 1h/],
    ['for days', { for: '1d' }, /^GATE_USAGE --for 1d is not/],
    ['for nothing', { for: '0s' }, /^GATE_USAGE --for 0s is not/],
    ['for a word', { for: 'long' }, /^GATE_USAGE --for long is not/],
    ['for nobody', { user: '' }, /^GATE_USAGE --user is empty/],
    [
      'for a user who could be of another realm',
      { user: 'partners/uid=joe' },
      /^GATE_USAGE a token for this user would be refused/,
    ],
    ['for a user with an escape sequence', { user: 'a\u001b[2J' }, /^GATE_USAGE --user/],
    [
      'with keys that are not there',
      { keyFile: path('gone.keys') },
      /^GATE_KEYS gone.keys is not there$/,
    ],
    [
      'with a wrong password',
      { passwordFile: path('webas.password') },
      /^GATE_KEYS good.keys does not open/,
    ],
  ]
  for (const [title, options, message] of rows) {
    await t.test(title, async t => {
      const output = captureOutput()
      const all = {
        keyFile,
        passwordFile: keyFile === options.keyFile ? '' : passwordFile,
        ...options,
      }
      if (options.keyFile === path('company.keys')) all.passwordFile = path('company.password')
      t.match(
        refusal(() => newToken(all, output)),
        message,
      )
      t.equal(output.printed(), '')
    })
  }
})

t.test('a new token is for a test user unless a user is named', async t => {
  for (const [options, user] of [
    [{}, 'uid=photogate-test,o=test'],
    [{ user: 'uid=joe,o=acme', for: '1h' }, 'uid=joe,o=acme'],
  ] as const) {
    const output = captureOutput()
    t.equal(newToken({ keyFile: path('good.keys'), passwordFile, nowMs, ...options }, output), 0)
    t.match(output.printed(), /^[A-Za-z0-9+/]+={0,2}$/)
    t.match(output.noted(), `for ${user} of realm acme, until 2026-11-27T0`)
  }
})

t.test('on the command line', async t => {
  const run = (...args: string[]) => runCommandLine(args, { cwd: home })
  const made = await run('keys', 'new', '--realm', 'acme', '--password-file', 'good.password')
  t.match(made, { code: 0, stdout: /^com.ibm.websphere.ltpa.Realm=acme$/m })
  t.match(await run('keys', 'new', '--password-file', 'good.password'), { code: 2 })
  writeSecret(
    path('photogate.yaml'),
    `photos: { directory: . }
ltpa: { keys: [{ file: good.keys, passwordFile: good.password }] }
allow: [{ name: in, ltpa: verified }]
`,
  )
  const keys = ['--key-file', 'good.keys', '--password-file', 'good.password']
  const token = await run('token', 'new', ...keys, '--for', '10m')
  t.match(token, { code: 0, stdout: /^\S+\n$/ })
  t.match(await run('token', 'new', ...keys, '--for', '2h'), { code: 2, stdout: '' })
})
