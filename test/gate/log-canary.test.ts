// No token, no part of one, no key and no password is ever printed or logged: every kind of token is sent in every way to a gate
// that logs at level trace, and is given to every command that takes one. Then all output is searched.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pino } from 'pino'
import t from 'tap'
import { check } from '../../src/command/check.ts'
import { explain } from '../../src/command/explain.ts'
import { showKeys } from '../../src/command/keys.ts'
import { token as tokenVerb } from '../../src/command/token.ts'
import { loadConfig } from '../../src/config/load.ts'
import { startServer } from '../../src/server/server.ts'
import { buildAccessLog } from '../fixtures/access-lines.ts'
import { ask, sendRaw } from '../fixtures/client.ts'
import { jpegOf } from '../fixtures/images.ts'
import { writeKeys, writeSecret } from '../fixtures/key-files.ts'
import { buildIssuer, issueDomino } from '../fixtures/ltpa-issuer.ts'
import { captureOutput } from '../fixtures/output.ts'
import { shared } from '../fixtures/root.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const expiresMs = Date.now() + 3_600_000
const issuer = buildIssuer({ password: 'songbird-password', realm: 'acme' })
const fips = buildIssuer({ version: '2.0', password: 'songbird-password', realm: 'acme' })
const stranger = buildIssuer({ password: 'songbird-password', realm: 'acme' })
const secret = Buffer.from('songbird-domino-secret')
const canary = (number: number) => `uid=songbird-${number},o=acme`
const domino = (user: string, with_ = secret, until = expiresMs) =>
  issueDomino({ user, createdMs: Date.now() - 1_000, expiresMs: until, secret: with_ })

// Only the identity in an authentic token may be in the output.
const own = [
  issuer.issueV2({ expiresMs, user: 'uid=joe,o=acme' }),
  fips.issueV2({ expiresMs, user: 'uid=joe,o=acme' }),
  issuer.issueV2({ expiresMs: 1_000, user: 'uid=joe,o=acme' }),
  domino('CN=Joe/O=Acme'),
  domino('CN=Joe/O=Acme', secret, Date.now() - 500),
  issuer.issueV2({
    expiresMs,
    user: canary(1),
    signature: Buffer.alloc(128, 7).toString('base64'),
  }),
  issuer.issueV2({ expiresMs, user: canary(2), signature: 'x' }),
  issuer.encryptV2(Buffer.from(canary(3))),
  issuer.encryptV2(Buffer.from(`u:user\\:acme/${canary(4)}%${expiresMs}%`)),
  stranger.issueV2({ expiresMs, user: canary(5) }),
  issuer.issueV1({ expiresMs, user: canary(6) }),
  domino(canary(7), Buffer.from('another secret')),
  issuer.issueV2({
    expiresMs,
    body: `expire:${expiresMs}$u:user\\:acme/${canary(8)}$u:user\\:acme/${canary(9)}`,
  }),
  issuer.issueV2({ expiresMs, body: `u:user\\:acme/${canary(10)}` }),
]

const vectors = join(shared, 'vectors/ltpa')
const foreign = existsSync(vectors)
  ? readdirSync(vectors)
      .filter(name => name.endsWith('.json'))
      .map(name => JSON.parse(readFileSync(join(vectors, name), 'utf8')))
      .flatMap(vector => vector.tokens as { token?: string; body?: string }[])
  : []
if (foreign.length === 0) t.comment(`skipped: ${vectors} is not there; own tokens only`)
const foreignTokens = foreign.flatMap(({ token }) => (token === undefined ? [] : [token]))
const tokens = [...own, ...foreignTokens]

const keyLines = [issuer, fips, stranger].flatMap(({ keyFile }) =>
  [...keyFile.matchAll(/(?:3DESKey|SharedKey|PrivateKey|PublicKey)=(.*)\r/g)].map(([, line = '']) =>
    line.replaceAll('\\', ''),
  ),
)
const secrets = ['songbird', secret.toString('base64'), 'expire:', 'u:user', ...keyLines]
const needles = [
  ...secrets,
  ...tokens.flatMap(text => [text, encodeURIComponent(text), text.slice(0, 32), text.slice(-32)]),
  ...foreign.flatMap(({ body }) => (body === undefined ? [] : [body])),
]

t.test('no output contains any part of a token', async t => {
  const home = t.testdir({})
  mkdirSync(join(home, 'photos'))
  writeFileSync(join(home, 'photos', 'joe@acme.example.jpg'), jpegOf('joe'))
  const keys = writeKeys(home, 'ltpa', issuer)
  const fipsKeys = writeKeys(home, 'fips', fips)
  writeKeys(home, 'stranger', stranger)
  writeSecret(join(home, 'domino.secret'), secret.toString('base64'))
  const file = join(home, 'photogate.yaml')
  writeFileSync(
    file,
    `ltpa: { keys: [${keys}, ${fipsKeys}], domino: [{ secretFile: domino.secret }] }
proxies: 127.0.0.9
allow: [{ name: in, ltpa: { user: [uid=joe*, CN=Joe*] } }]
`,
  )
  const { settings } = loadConfig({ env: {}, file, host: '127.0.0.1', port: 0 })
  if (settings === undefined) throw new Error('the configuration has problems')
  const texts: string[] = []
  const sink = { write: (line: string) => texts.push(line) }
  const logger = pino({ level: 'trace' }, sink)
  const server = await startServer(settings, { logger, access: buildAccessLog(sink) })
  t.teardown(() => server.close())
  // Before the photos are indexed, an admitted request may not find the photo.
  await waitUntil(() => texts.some(text => text.includes('"msg":"photos indexed"')))
  const port = Number(new URL(server.urls[0] ?? '').port)
  const output = captureOutput()

  let count = 0
  const statuses: number[] = []
  for (const text of tokens) {
    const encoded = encodeURIComponent(text)
    for (const name of ['LtpaToken2', 'LtpaToken']) {
      const headers = { cookie: `a=b; ${name}=${text}` }
      statuses.push((await ask(port, '/joe@acme.example.jpg', { headers })).status)
      await ask(port, '/joe@acme.example.jpg', {
        headers: {
          cookie: `${name}="${encoded}"`,
          'x-forwarded-for': text,
          authorization: `Bearer ${text}`,
          'user-agent': text,
          referer: text,
        },
        from: '127.0.0.9',
      })
      count += 2
    }
    await ask(port, `/${encoded}.jpg?email=${encoded}`)
    await ask(port, `/photo?email=${encoded}`)
    // Bytes that are not HTTP, and an unknown method.
    await sendRaw(port, `LtpaToken2=${text}\r\n\r\n`, { idleMs: 2_000 })
    await ask(port, '/joe@acme.example.jpg', { method: 'POST', body: text })
    count += 4
    const question = { config: file, client: '192.0.2.1', cookie: [`LtpaToken2=${text}`] }
    await explain(question, output)
    await explain({ ...question, json: true }, output)
    await tokenVerb({ config: file }, Readable.from([`LtpaToken2=${text}\n`]), output)
    await tokenVerb({ config: file, json: true }, Readable.from([text]), output)
  }
  for (const name of ['ltpa', 'fips', 'stranger']) {
    const passwordFile = join(home, `${name}.password`)
    showKeys(join(home, `${name}.keys`), { passwordFile }, output)
    showKeys(join(home, `${name}.keys`), { passwordFile, json: true }, output)
  }
  await check({ config: file }, output)
  writeSecret(join(home, 'fips.password'), 'songbird-of-a-wrong-password')
  await check({ config: file }, output)
  await check({ config: file, json: true }, output)

  const requests = () => texts.filter(text => text.includes('"msg":"request"')).length
  await waitUntil(() => requests() >= count)
  t.ok(statuses.includes(200) && statuses.includes(302), 'some were admitted, some turned away')
  const said = [...texts, output.printed(), output.noted()].join('\n')
  t.match(said, /uid=joe,o=acme/, 'authentic tokens are named')
  t.match(said, /CN=Joe\/O=Acme/)
  t.match(said, /"refused":"not-authentic"/)
  const findIn = (text: string) => needles.filter(needle => text.includes(needle))
  t.ok(findIn(said + own[0]).length > 0, 'the search finds a token')
  const found = findIn(said)
  t.strictSame(
    found.map(needle => `${needle.slice(0, 40)}: ${contextOf(said, needle)}`),
    [],
  )
})

function contextOf(said: string, needle: string): string {
  const at = said.indexOf(needle)
  return said.slice(Math.max(0, at - 100), at + 60)
}
