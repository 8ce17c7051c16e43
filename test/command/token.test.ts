import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text as readText } from 'node:stream/consumers'
import t from 'tap'
import type { TokenOptions } from '../../src/command/token.ts'
import { token } from '../../src/command/token.ts'
import { openKeyFile } from '../../src/ltpa/key-file.ts'
import { openConfigHome } from '../fixtures/config.ts'
import { writeKeys, writeSecret } from '../fixtures/key-files.ts'
import { buildIssuer, issueDomino } from '../fixtures/ltpa-issuer.ts'
import { captureOutput } from '../fixtures/output.ts'

const nowMs = Date.UTC(2026, 10, 23, 12)
const minute = 60_000
const expiresMs = nowMs + 95 * minute
const home = openConfigHome(t)
const issuer = buildIssuer({ realm: 'acme' })
const secret = Buffer.from('twenty bytes, please')
const keys = writeKeys(home.directory, 'ltpa', issuer)
writeSecret(join(home.directory, 'domino.secret'), secret.toString('base64'))
const ltpa = (more = '') =>
  `ltpa: { keys: [${keys}], domino: [{ secretFile: domino.secret }]${more} }\nallow: [{ name: in, ltpa: verified }]\n`
const { keyId } = openKeyFile(issuer.keyFile, issuer.password)
const good = issuer.issueV2({ expiresMs })

async function run(sent: string, options: TokenOptions = {}, config = ltpa()) {
  writeFileSync(home.file, config)
  const output = captureOutput()
  const code = await token(
    { config: home.file, nowMs, ...options },
    Readable.from([Buffer.from(sent)]),
    output,
  )
  return { code, printed: output.printed(), noted: output.noted() }
}

t.test('without keys or without a token there is nothing to say', async t => {
  await t.rejects(run(good, {}, 'allow: [{ name: a, from: 10.0.0.1 }]'), {
    ...{ code: 'GATE_KEYS', exitCode: 78 },
    message: 'the configuration has no keys; add ltpa: { keys: … }',
  })
  await t.rejects(run(' \n'), {
    ...{ code: 'GATE_USAGE', exitCode: 2 },
    message: 'give the token on standard input: photogate token < token.txt',
  })
  const { code, noted } = await run(good, {}, 'ltpa: 1')
  t.equal(code, 78)
  t.match(noted, /1 problem$/)
})

t.test('a token that does not count exits with 1 and says why', async t => {
  const rows: [string, string, string][] = [
    ['garbage', 'x', 'not valid: no base64 of a token'],
    ['too much of it', 'A'.repeat(20_000), 'not valid: no base64 of a token'],
    [
      'a forged one',
      buildIssuer({ realm: 'acme' }).issueV2({ expiresMs }),
      'not valid: no key vouches for it',
    ],
    [
      'an expired one',
      issuer.issueV2({ expiresMs: nowMs - 3 * 60 * minute }),
      `not valid: authentic, but expired

format   LtpaToken2
user     uid=joe,o=acme
realm    acme
expires  2026-11-23T09:00:00.000Z (3 h ago)
key id   ${keyId}`,
    ],
    [
      'one of version 1, which does not count here',
      `LtpaToken=${issuer.issueV1({ expiresMs })}`,
      'not valid: a token of version 1, which counts only with acceptV1: true',
    ],
    [
      'one of version 1 that does not say so',
      issuer.issueV1({ expiresMs }),
      'not valid: no key vouches for it',
    ],
  ]
  for (const [title, sent, printed] of rows) {
    await t.test(title, async t => {
      t.strictSame(await run(sent), { code: 1, printed, noted: '' })
    })
  }
})

t.test('a token that counts exits with 0 and says whose it is', async t => {
  const printed = `valid

format   LtpaToken2
user     uid=joe,o=acme
realm    acme
expires  2026-11-23T13:35:00.000Z (in 95 min)
key id   ${keyId}`
  const ways = {
    'as it is': good,
    'with a line break': `${good}\n`,
    'as a cookie': `LtpaToken2=${good}`,
    'as a cookie among semicolons': `ltpatoken2=${good};\n`,
    'in quotes': `"${good}"`,
    'percent-encoded': encodeURIComponent(good),
  }
  for (const [title, sent] of Object.entries(ways)) {
    await t.test(title, async t => {
      t.strictSame(await run(sent), { code: 0, printed, noted: '' })
    })
  }
})

t.test('each format is recognised by what it is', async t => {
  const domino = issueDomino({ createdMs: nowMs, expiresMs: nowMs + 30_000, secret })
  t.match(
    (await run(domino)).printed,
    /^valid\n\nformat {3}Domino\nuser {5}CN=Joe Bloggs\/O=Acme\nrealm {4}none\n.*\(in 30 s\)/,
  )
  const v1 = issuer.issueV1({ expiresMs: nowMs + 20 * 60 * minute })
  t.match((await run(v1, {}, ltpa(', acceptV1: true'))).printed, /format {3}LtpaToken\n.*in 20 h/s)
  const long = ltpa(', maxLifetime: 30d')
  const v2 = issuer.issueV2({ expiresMs: nowMs + 9 * 24 * 60 * minute })
  t.match((await run(v2, {}, long)).printed, /in 9 d/)
})

t.test('as JSON it is values', async t => {
  const { code, printed } = await run(good, { json: true })
  t.equal(code, 0)
  const identity = { format: 'LtpaToken2', realm: 'acme', user: 'uid=joe,o=acme', keyId }
  t.strictSame(JSON.parse(printed), {
    valid: true,
    ...identity,
    expires: '2026-11-23T13:35:00.000Z',
  })
  const { printed: refused } = await run('x', { json: true })
  t.strictSame(JSON.parse(refused), { valid: false, reason: 'malformed' })
})

t.test('on the command line, the token comes on standard input', async t => {
  writeFileSync(home.file, ltpa())
  const child = spawn(process.execPath, ['dist/cli.js', 'token', '--config', home.file], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.stdin.end(issuer.issueV2({ expiresMs: Date.now() + minute }))
  const printed = await readText(child.stdout)
  const [code] = child.exitCode === null ? await once(child, 'close') : [child.exitCode]
  t.equal(code, 0)
  t.match(printed, /^valid\n/)
})
