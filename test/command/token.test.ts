import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { text as readText } from 'node:stream/consumers'
import type { ReadStream } from 'node:tty'
import t from 'tap'
import { findTokens } from '../../src/command/pasted-token.ts'
import type { TokenOptions } from '../../src/command/token.ts'
import { token } from '../../src/command/token.ts'
import { parseKeyFile } from '../../src/ltpa/key-file.ts'
import { buildDominoSecret } from '../../src/ltpa/token-domino.ts'
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
const { keyId } = parseKeyFile(issuer.keyFile, issuer.password)
const good = issuer.issueV2({ expiresMs })
const tried = `tried the keys ${keyId} (Mon Nov 23 10:00:00 CET 2026)`
const padded = [...'abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmn']
  .map((_, at, all) => issuer.issueV2({ expiresMs, user: `uid=${all.slice(0, at + 1).join('')}` }))
  .find(token => token.endsWith('=')) as string

async function run(sent: string | Buffer, options: TokenOptions = {}, config = ltpa()) {
  writeFileSync(home.file, config)
  const output = captureOutput()
  const code = await token(
    { config: home.file, nowMs, ...options },
    Readable.from([Buffer.from(sent)]),
    output,
  )
  return { code, printed: output.printed(), noted: output.noted() }
}

t.test('token without keys or without input is refused', async t => {
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

t.test('a token that is not valid exits with 1 and a reason', async t => {
  const rows: [string, string, string][] = [
    [
      'garbage',
      'x',
      'not valid: not the base64 of a token; it is cut off: no base64 has this length',
    ],
    [
      'one that is too long',
      'A'.repeat(20_000),
      'not valid: not the base64 of a token; it is too long: 20000 characters, and 4096 are the most',
    ],
    [
      'a forged one',
      buildIssuer({ realm: 'acme' }).issueV2({ expiresMs }),
      `not valid: no key vouches for it; ${tried}`,
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
      'one of version 1 without the name of its cookie',
      issuer.issueV1({ user: 'uid=joe1,o=acm', expiresMs }),
      `not valid: no key vouches for it; it is of version 1, or cut off; version 1 counts only with acceptV1: true; ${tried}`,
    ],
    [
      'one that was cut off',
      `LtpaToken2=${good.slice(0, 200)}`,
      'not valid: no key vouches for it; it is cut off: LtpaToken2 has a multiple of 16 bytes',
    ],
    [
      'one that was cut off anywhere',
      good.slice(0, 201),
      'not valid: not the base64 of a token; it is cut off: no base64 has this length',
    ],
    [
      'one that lost its =',
      padded.replace(/=+$/, ''),
      `not valid: not the base64 of a token; it has lost its ${/=+$/.exec(padded)?.[0]} at the end`,
    ],
    [
      'one with a letter that base64 does not have',
      `LtpaToken2=${good.slice(0, 9)}ä${good.slice(9)}`,
      'not valid: not the base64 of a token; its character 10 is not a base64 character',
    ],
    [
      'one of Domino by another secret',
      issueDomino({ createdMs: nowMs, expiresMs, secret: Buffer.from('x') }),
      `not valid: no key vouches for it; it is a token of Domino's own; tried the secrets ${buildDominoSecret(secret).keyId}`,
    ],
    [
      'one of another realm',
      issuer.issueV2({ expiresMs, realm: 'prod' }),
      `not valid: authentic, but its realm is prod; these keys are for acme: should they vouch for it too, write realms: [acme, prod]

format   LtpaToken2
user     uid=joe,o=acme
realm    prod
expires  2026-11-23T13:35:00.000Z (in 95 min)
key id   ${keyId}`,
    ],
  ]
  for (const [title, sent, printed] of rows) {
    await t.test(title, async t => {
      t.strictSame(await run(sent), { code: 1, printed, noted: '' })
    })
  }
})

t.test('a valid token exits with 0, with its user', async t => {
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
    'in a header': `Cookie: a=b; JSESSIONID=0000x:y; LtpaToken2=${good}; c="d"`,
    'in small letters': `cookie: ltpatoken2=${good}`,
    'as a server sets it': `Set-Cookie: LtpaToken2=${good}; Path=/; Domain=.acme.example; HttpOnly`,
    'in a row of the browser’s table': `LtpaToken2\t${good}\t.acme.example\t/\tSession\t${good.length + 10}\t✓`,
    'in a row with blanks': `LtpaToken2   ${good}   .acme.example   /`,
    'in a line for curl': `curl 'https://photos.acme.example/joe.jpg' -H 'accept: */*' -H 'cookie: x=1; LtpaToken2=${good}' --compressed`,
    'in a line for curl, with -b': `curl -b "LtpaToken2=${good}" https://a`,
    'in a line for curl of Windows': `curl ^"https://a^" -H ^"Cookie: LtpaToken2=${good}^"`,
    'in JSON': `{"LtpaToken2": "${good}"}`,
    'in lines of mail': good.replace(/.{76}/g, '$&\r\n'),
    'in quoted lines of mail': `> LtpaToken2=${good.replace(/.{70}/g, '$&\n> ')}`,
    'before another cookie': `LtpaToken2=${good}\nJSESSIONID=abc`,
    'after one by another key': `LtpaToken2=${buildIssuer().issueV2({ expiresMs })}; LtpaToken2=${good}`,
    'after one of Domino’s name': `LtpaToken=x; LtpaToken2=${good}`,
    'with its + turned into blanks': `LtpaToken2=${good.replaceAll(/\+(?!$)/g, ' ')}`,
    'among words': `the token is ${good} I think`,
    'as UTF-16': Buffer.from(`\ufeff${good}\r\n`, 'utf16le'),
    'as UTF-16 without its mark': Buffer.from(good, 'utf16le'),
    'with the mark of UTF-8': `\ufeff${good}`,
  }
  for (const [title, sent] of Object.entries(ways)) {
    await t.test(title, async t => {
      t.strictSame(await run(sent), { code: 0, printed, noted: '' })
    })
  }
})

t.test('a token is found when any of its + have become blanks', t => {
  const names = { v2: new Set(['ltpatoken2']), v1: new Set<string>() }
  const tail = good.slice(9)
  for (const head of ['a+b+c+d+e', 'abc++def+', '+++abcdef', '+a++b+++c']) {
    const whole = head + tail
    // Pasting loses the blanks at the end of a line.
    const blank = whole.replaceAll(/\+(?!$)/g, ' ')
    for (const way of [`LtpaToken2=${blank}`, `Cookie: a=b; LtpaToken2=${blank}; c=d`]) {
      const texts = findTokens(way, names).map(({ text }) => text.replaceAll(' ', '+'))
      t.ok(texts.includes(whole), way)
    }
  }
  const many = findTokens(`LtpaToken2=${'a  '.repeat(10_000)}`, names)
  t.ok(many.length < 20, 'however many')
  t.end()
})

t.test('each token format is recognised', async t => {
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

t.test('the JSON has each fact as a value', async t => {
  const { code, printed } = await run(good, { json: true })
  t.equal(code, 0)
  const identity = { format: 'LtpaToken2', realm: 'acme', user: 'uid=joe,o=acme', keyId }
  t.strictSame(JSON.parse(printed), {
    valid: true,
    ...identity,
    expires: '2026-11-23T13:35:00.000Z',
  })
  const { printed: refused } = await run('x', { json: true })
  t.strictSame(JSON.parse(refused), {
    ...{ valid: false, reason: 'malformed' },
    cause: 'it is cut off: no base64 has this length',
  })
})

t.test('a Domino token is recognised without a Domino secret', async t => {
  const config = `ltpa: { keys: [${keys}] }\nallow: [{ name: in, ltpa: verified }]\n`
  const domino = issueDomino({ createdMs: nowMs, expiresMs, secret })
  const { code, printed } = await run(domino, {}, config)
  t.equal(code, 1)
  t.match(printed, /it is a token of Domino's own, and the configuration has no ltpa.domino$/)
})

t.test('a terminal is asked without echo, and is restored afterwards', async t => {
  writeFileSync(home.file, ltpa())
  const ask = async (...chunks: string[]) => {
    const modes: boolean[] = []
    const input = Object.assign(new PassThrough(), {
      isTTY: true,
      setRawMode: (isRaw: boolean) => modes.push(isRaw),
    })
    const output = captureOutput()
    const done = token({ config: home.file, nowMs }, input as unknown as ReadStream, output)
    for (const chunk of chunks) input.write(chunk)
    const code = await done.catch(error => error.code)
    t.strictSame(modes, [true, false])
    t.notOk(`${output.printed()}${output.noted()}`.includes(good.slice(0, 20)))
    t.match(output.noted(), /^Paste the token/)
    return code
  }
  t.equal(await ask(`${good}\r`), 0)
  t.equal(await ask(good.slice(0, 50), `${good.slice(50)}\x04`), 0)
  t.equal(await ask(good.replace(/.{76}/g, '$&\r'), '\r'), 0)
  t.equal(await ask('LtpaToken2=x\x03'), 'GATE_USAGE')
  t.equal(await ask('A'.repeat(70_000)), 1)
})

t.test('on the command line, the token is read from standard input', async t => {
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
