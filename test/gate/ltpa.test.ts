// Verified sign-on through a whole gate: real cookies over real sockets, and tokens from an issuer that shares no code
// with the verifier.
import { Agent } from 'node:http'
import { join } from 'node:path'
import t from 'tap'
import { ask, sendRaw } from '../fixtures/client.ts'
import type { GateFixture } from '../fixtures/gate.ts'
import { startGate } from '../fixtures/gate.ts'
import { jpegOf } from '../fixtures/images.ts'
import { writeKeys, writeSecret } from '../fixtures/key-files.ts'
import { buildIssuer, issueDomino } from '../fixtures/ltpa-issuer.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const home = t.testdir({})
const issuer = buildIssuer({ realm: 'acme' })
const stranger = buildIssuer({ realm: 'acme' })
writeKeys(home, 'ltpa', issuer)
writeKeys(home, 'other', stranger)
const secret = Buffer.from('twenty bytes, please')
writeSecret(join(home, 'domino.secret'), secret.toString('base64'))

const keys = `keys: [{ file: ${join(home, 'ltpa.keys')}, passwordFile: ${join(home, 'ltpa.password')} }]`
const domino = `domino: [{ secretFile: ${join(home, 'domino.secret')} }]`
const configOf = (rule: string, more = '') => `ltpa: { ${keys}, ${domino}${more} }
allow: [${rule}]
otherwise: { redirect: "https://www.acme.example/sign-in" }
`
const verified = configOf('{ name: signed-in, ltpa: verified }')

const photo = '/joe@acme.example.jpg'
const minute = 60_000
const expiresMs = Date.now() + 60 * minute
// Not a token that begins or ends with a plus: a blank in its place would be taken for the space around a value.
const issueGood = (): string => {
  const token = issuer.issueV2({ expiresMs })
  return /^\+|\+$/.test(token) ? issueGood() : token
}
const good = issueGood()
const longAgo = Date.now() - 60 * minute

async function fetchWith(gate: GateFixture, ...cookies: string[]) {
  const { status, headers } = await gate.ask(photo, { headers: { cookie: cookies.join('; ') } })
  return { status, location: headers.location }
}
const admitted = { status: 200, location: undefined }
const redirected = { status: 302, location: 'https://www.acme.example/sign-in' }

async function lastRequest(gate: GateFixture, count: number) {
  await waitUntil(() => gate.requests().length === count)
  return gate.requests()[count - 1]
}

t.test('a valid cookie gets the photo, and any other the redirect', async t => {
  const gate = await startGate(t, { config: verified })
  const refused: [string, string][] = [
    ['none', 'JSESSIONID=1'],
    ['an empty one', 'LtpaToken2='],
    ['one that only looks like it', 'LtpaToken2=x'],
    ['one under another name', `xLtpaToken2=${good}`],
    ['one inside of another', `foo="LtpaToken2=${good}"`],
    ['one by other keys', `LtpaToken2=${stranger.issueV2({ expiresMs })}`],
    ['one of another realm', `LtpaToken2=${issuer.issueV2({ expiresMs, realm: 'other' })}`],
    ['one that has expired', `LtpaToken2=${issuer.issueV2({ expiresMs: longAgo })}`],
    ['one of version 1', `LtpaToken=${issuer.issueV1({ expiresMs })}`],
    ['version 2 in the cookie of version 1', `LtpaToken=${good}`],
    ['one that is too long', `LtpaToken2=${'A'.repeat(4_100)}`],
  ]
  for (const [title, cookie] of refused) {
    await t.test(`turned away with ${title}`, async t => {
      t.strictSame(await fetchWith(gate, cookie), redirected)
    })
  }
  const accepted: [string, string[]][] = [
    ['the token', [`LtpaToken2=${good}`]],
    ['its name in other letters', [`ltpatoken2=${good}`]],
    ['quotes around it', [`LtpaToken2="${good}"`]],
    ['percent-encoding', [`LtpaToken2=${encodeURIComponent(good)}`]],
    ['a blank for each plus', [`LtpaToken2=${good.replaceAll('+', ' ')}`]],
    ['a bad one before it', ['LtpaToken2=x', `LtpaToken2=${good}`]],
    ['a bad one after it', [`LtpaToken2=${good}`, 'LtpaToken2=x']],
    [
      "a token of Domino's own",
      [`LtpaToken=${issueDomino({ createdMs: longAgo, expiresMs, secret })}`],
    ],
  ]
  for (const [title, cookies] of accepted) {
    await t.test(`admitted with ${title}`, async t => {
      t.strictSame(await fetchWith(gate, ...cookies), admitted)
    })
  }
  await t.test('four cookies of one name are tried, but not a fifth', async t => {
    const bad = Array.from({ length: 4 }, (_, at) => `LtpaToken2=x${at}`)
    t.strictSame(await fetchWith(gate, ...bad.slice(1), `LtpaToken2=${good}`), admitted)
    t.strictSame(await fetchWith(gate, ...bad, `LtpaToken2=${good}`), redirected)
  })
})

t.test('every refusal has the same bytes, for every method and photo', async t => {
  const gate = await startGate(t, { config: verified })
  const cookies = [
    'LtpaToken2=x',
    `LtpaToken2=${issuer.issueV2({ expiresMs: longAgo })}`,
    `LtpaToken2=${issuer.issueV2({ expiresMs, realm: 'other' })}`,
    `LtpaToken2=${stranger.issueV2({ expiresMs })}`,
    `LtpaToken2=${issuer.encryptV2(Buffer.from('no token'))}`,
    `LtpaToken2=${Buffer.alloc(32).toString('base64')}`,
    `LtpaToken2=${good.slice(0, -24)}`,
  ]
  const answers = new Set<string>()
  for (const cookie of cookies) {
    for (const path of [photo, '/nobody@acme.example.jpg']) {
      for (const method of ['GET', 'HEAD']) {
        const head = `${method} ${path} HTTP/1.1\r\nHost: x\r\nCookie: ${cookie}\r\nIf-None-Match: *\r\nConnection: close\r\n\r\n`
        const answer = await sendRaw(gate.port, head, { idleMs: 10_000 })
        answers.add(answer.replace(/^Date: .*\r\n/m, ''))
      }
    }
  }
  t.equal(answers.size, 1, [...answers].join('\n'))
  t.match([...answers][0], /^HTTP\/1\.1 302 Found\r\n/)
})

t.test('the log says which user was admitted, and why others were not', async t => {
  const gate = await startGate(t, { config: verified })
  await fetchWith(gate, `LtpaToken2=${good}`)
  const line = await lastRequest(gate, 1)
  t.match(line, {
    rule: 'signed-in',
    token: {
      ...{ format: 'LtpaToken2', realm: 'acme', user: 'uid=joe,o=acme', keyId: /^[0-9a-f]{8}$/ },
      expires: new Date(expiresMs).toISOString(),
    },
  })
  await fetchWith(gate, `LtpaToken2=${issuer.issueV2({ expiresMs: longAgo })}`)
  t.match(await lastRequest(gate, 2), {
    ...{ rule: 'turned-away', reason: 'no-rule' },
    token: { refused: 'expired', user: 'uid=joe,o=acme' },
  })
  await fetchWith(gate, `LtpaToken2=${issuer.issueV2({ expiresMs, realm: 'other' })}`)
  t.match(await lastRequest(gate, 3), { token: { refused: 'wrong-realm', realm: 'other' } })
  await fetchWith(gate, 'LtpaToken2=x')
  t.strictSame((await lastRequest(gate, 4))?.token, { refused: 'malformed' })
  await fetchWith(gate, 'JSESSIONID=1')
  t.equal((await lastRequest(gate, 5))?.token, undefined)
})

t.test('a rule may ask for realm and user along with other conditions', async t => {
  const rule =
    '{ name: helpdesk, ltpa: { realm: acme, user: "uid=*,ou=helpdesk,*" }, photos: "*@acme.example" }'
  const gate = await startGate(t, {
    config: configOf(rule),
    photos: { 'joe@acme.example.jpg': jpegOf('joe'), 'joe@other.example.jpg': jpegOf('other') },
  })
  const ann = issuer.issueV2({ expiresMs, user: 'uid=ann,ou=helpdesk,o=acme' })
  t.strictSame(await fetchWith(gate, `LtpaToken2=${ann}`), admitted)
  t.strictSame(await fetchWith(gate, `LtpaToken2=${good}`), redirected)
  const { status } = await gate.ask('/joe@other.example.jpg', {
    headers: { cookie: `LtpaToken2=${ann}` },
  })
  t.equal(status, 302)
})

t.test('version 1 counts only when it is configured', async t => {
  const gate = await startGate(t, {
    config: configOf('{ name: signed-in, ltpa: verified }', ', acceptV1: true'),
  })
  const cookie = `LtpaToken=${issuer.issueV1({ expiresMs })}`
  t.strictSame(await fetchWith(gate, cookie), admitted)
  t.match(await lastRequest(gate, 1), { token: { format: 'LtpaToken' } })
})

t.test('the cookies may be renamed in the configuration', async t => {
  const gate = await startGate(t, {
    config: configOf('{ name: signed-in, ltpa: verified }', ', cookies: { v2: [AcmeSso] }'),
  })
  t.strictSame(await fetchWith(gate, `acmesso=${good}`), admitted)
  t.strictSame(await fetchWith(gate, `LtpaToken2=${good}`), redirected)
})

t.test('a 304 comes only after the token', async t => {
  const gate = await startGate(t, { config: verified })
  const { headers } = await gate.ask(photo, { headers: { cookie: `LtpaToken2=${good}` } })
  const known = { 'if-none-match': headers.etag ?? '' }
  const answers = await Promise.all(
    [good, 'x'].map(token =>
      ask(gate.port, photo, { headers: { ...known, cookie: `LtpaToken2=${token}` } }),
    ),
  )
  t.strictSame(
    answers.map(({ status }) => status),
    [304, 302],
  )
})

t.test('a verdict lasts no longer than the token or its keys', async t => {
  const gate = await startGate(t, {
    config: configOf('{ name: signed-in, ltpa: verified }', ', clockSkew: 0s'),
  })
  const brief = `LtpaToken2=${issuer.issueV2({ expiresMs: Date.now() + 1_000 })}`
  t.strictSame(await fetchWith(gate, brief), admitted)
  await waitUntil(async () => (await fetchWith(gate, brief)).status === 302)
  t.strictSame(await fetchWith(gate, `LtpaToken2=${good}`), admitted)
  await gate.server.apply(gate.load(verified.replaceAll('ltpa.keys', 'other.keys')))
  t.strictSame(await fetchWith(gate, `LtpaToken2=${good}`), redirected)
  t.strictSame(await fetchWith(gate, `LtpaToken2=${stranger.issueV2({ expiresMs })}`), admitted)
})

t.test('a connection does not remember a verdict', async t => {
  const gate = await startGate(t, {
    config: configOf('{ name: signed-in, ltpa: verified }', ', clockSkew: 0s'),
  })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.teardown(() => agent.destroy())
  const fetchAgain = async (token: string) => {
    const headers = { cookie: `LtpaToken2=${token}` }
    return (await gate.ask(photo, { headers, agent })).status
  }
  const brief = issuer.issueV2({ expiresMs: Date.now() + 1_000 })
  t.equal(await fetchAgain(brief), 200)
  t.equal(await fetchAgain(brief), 200)
  t.equal(await fetchAgain(`${brief.slice(0, -8)}AAAAAAA=`), 302)
  t.equal(await fetchAgain(''), 302)
  await waitUntil(async () => (await fetchAgain(brief)) === 302)
  for (let count = 0; count < 2; count++) t.equal(await fetchAgain(good), 200)
  await gate.server.apply(gate.load(verified.replaceAll('ltpa.keys', 'other.keys')))
  t.equal(await fetchAgain(good), 302)
})
