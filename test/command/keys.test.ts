import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { platform } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { showKeys, showVerifyOnly } from '../../src/command/keys.ts'
import { GateError } from '../../src/error.ts'
import { formatVerifyOnly, parseKeyFile } from '../../src/ltpa/key-file.ts'
import { buildVerifier } from '../../src/ltpa/verifier.ts'
import { runCommandLine } from '../fixtures/command-line.ts'
import { writeKeys, writeSecret } from '../fixtures/key-files.ts'
import { buildIssuer } from '../fixtures/ltpa-issuer.ts'
import { captureOutput } from '../fixtures/output.ts'
import { makeDirectory } from '../fixtures/process.ts'

const home = makeDirectory(t)
const issuer = buildIssuer({ realm: 'acme', password: 'a password of its own' })
const fips = buildIssuer({ version: '2.0', realm: 'fips' })
writeKeys(home, 'ltpa', issuer)
writeKeys(home, 'fips', fips)
writeKeys(home, 'webas', buildIssuer({ password: 'WebAS' }))
writeSecret(join(home, 'wrong.password'), 'not it')
writeSecret(join(home, 'empty.password'), '')
writeSecret(join(home, 'none.keys'), 'hello')
const path = (name: string) => join(home, name)
const { keyId } = parseKeyFile(issuer.keyFile, issuer.password)

function refusal(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    if (error instanceof GateError) return [error.code, error.message.replaceAll(`${home}/`, '')]
    throw error
  }
  return 'was not refused'
}

t.test('a key file that cannot be used is refused, with its name and the reason', async t => {
  const rows: [string, string, string | undefined, string][] = [
    ['that is not there', 'gone.keys', undefined, 'gone.keys is not there'],
    [
      'that is not a key file',
      'none.keys',
      undefined,
      'none.keys has no com.ibm.websphere.ltpa.3DESKey; is it an ltpa.keys file?',
    ],
    [
      'with a wrong password',
      'ltpa.keys',
      'wrong.password',
      'ltpa.keys does not open with this password; give the one it was exported with',
    ],
    ['with an empty password file', 'ltpa.keys', 'empty.password', 'empty.password is empty'],
  ]
  for (const [title, file, passwordFile, message] of rows) {
    await t.test(title, async t => {
      const output = captureOutput()
      const options = passwordFile === undefined ? {} : { passwordFile: path(passwordFile) }
      t.strictSame(
        refusal(() => showKeys(path(file), options, output)),
        ['GATE_KEYS', message],
      )
      t.equal(output.printed(), '')
    })
  }
})

t.test('keys show prints the facts of the file and no secret', async t => {
  const output = captureOutput()
  t.equal(showKeys(path('ltpa.keys'), { passwordFile: path('ltpa.password') }, output), 0)
  t.equal(
    output.printed().replaceAll(`${home}/`, ''),
    `file         ltpa.keys
version      1.0
realm        acme
key id       ${keyId}
created      Mon Nov 23 10:00:00 CET 2026
RSA          1024 bits
private key  in the file: anybody with it and the password can issue tokens; see photogate keys verify-only
opens        with the password of ltpa.password`,
  )
  t.equal(output.noted(), '')
})

t.test('the JSON has each fact as a value', async t => {
  const output = captureOutput()
  t.equal(showKeys(path('fips.keys'), { json: true }, output), 0)
  t.strictSame(JSON.parse(output.printed()), {
    file: path('fips.keys'),
    version: '2.0',
    realm: 'fips',
    keyId: parseKeyFile(fips.keyFile, fips.password).keyId,
    created: 'Mon Nov 23 10:00:00 CET 2026',
    rsaBits: 2048,
    hasPrivateKey: true,
    opens: null,
    passwordCharset: null,
    warnings: [],
  })
})

t.test('risks of the key file are noted', async t => {
  const noted = (file: string, password: string) => {
    const output = captureOutput()
    showKeys(path(file), { passwordFile: path(password) }, output)
    return output.noted().replaceAll(`${home}/`, '').split('\n')
  }
  t.strictSame(noted('webas.keys', 'webas.password'), [
    'warning: webas.keys is opened by WebAS, the password that everybody knows; export the keys with another one',
  ])
  if (platform() === 'win32') return
  chmodSync(path('fips.keys'), 0o644)
  chmodSync(path('fips.password'), 0o666)
  t.strictSame(noted('fips.keys', 'fips.password'), [
    'warning: fips.keys can be read by everybody on this machine; chmod o= it',
    'warning: fips.password can be changed by everybody on this machine; chmod o= it',
  ])
})

t.test('keys show says how a password beyond ASCII was decoded', async t => {
  writeKeys(home, 'windows', buildIssuer({ password: Buffer.from('gr\xfcn', 'latin1') }))
  writeSecret(path('windows.password'), Buffer.from('grün').toString('latin1'))
  const output = captureOutput()
  t.equal(showKeys(path('windows.keys'), { passwordFile: path('windows.password') }, output), 0)
  t.match(output.printed(), /windows.password, read as Windows-1252$/)
  const json = captureOutput()
  const options = { passwordFile: path('windows.password'), json: true }
  showKeys(path('windows.keys'), options, json)
  t.match(JSON.parse(json.printed()), { opens: true, passwordCharset: 'Windows-1252' })
})

t.test('verify-only writes what a verifier needs and no private key', async t => {
  const output = captureOutput()
  t.equal(showVerifyOnly(path('ltpa.keys'), output), 0)
  const text = output.written().toString('latin1')
  t.equal(text, formatVerifyOnly(issuer.keyFile))
  const verify = buildVerifier({
    keySets: [{ keys: parseKeyFile(text, issuer.password), realms: [issuer.realm] }],
    ...{ domino: [], acceptV1: false, clockSkewMs: 0, maxLifetimeMs: 1e9 },
  })
  t.equal(verify('v2', issuer.issueV2({ expiresMs: 1_000 }), 0).valid, true)
  writeFileSync(path('verify.keys'), text)
  const again = captureOutput()
  showKeys(path('verify.keys'), {}, again)
  t.match(again.printed(), /private key {2}not in the file: good for verifying only/)
  t.throws(() => showVerifyOnly(path('none.keys'), again), { code: 'GATE_KEYS' })
  t.equal(again.written().length, 0)
})

t.test('control characters in a key file do not reach the terminal', async t => {
  const evil = '\u001b[2J\u001b]0;'
  writeSecret(path('evil.keys'), issuer.keyFile.replace('version=1.0', `version=${evil}`))
  const refused = JSON.stringify(refusal(() => showKeys(path('evil.keys'), {}, captureOutput())))
  t.match(refused, /is of version \ufffd\[2J/)
  writeSecret(path('evil.keys'), issuer.keyFile.replace(/Realm=.*/, `Realm=${evil}`))
  const output = captureOutput()
  showKeys(path('evil.keys'), {}, output)
  t.notOk(output.printed().includes('\u001b'))
})

t.test('on the command line', async t => {
  const show = await runCommandLine(
    ['keys', 'show', 'ltpa.keys', '--password-file', 'ltpa.password'],
    {
      cwd: home,
    },
  )
  t.match(show, { code: 0, stderr: '', stdout: /^key id {7}[0-9a-f]{8}$/m })
  const bare = await runCommandLine(['keys', 'verify-only', 'ltpa.keys'], { cwd: home })
  t.equal(bare.code, 0)
  t.ok(readFileSync(path('ltpa.keys'), 'latin1').includes('PrivateKey'), 'the file stays as it is')
  t.notMatch(bare.stdout, /PrivateKey/)
  const wrong = await runCommandLine(
    ['keys', 'show', 'ltpa.keys', '--password-file', 'wrong.password', '--json'],
    { cwd: home },
  )
  t.match(wrong, { code: 78, stdout: '', stderr: /^photogate: ltpa\.keys does not open with/ })
})
