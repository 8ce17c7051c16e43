// Guest passes through real fronts, and in a real Chromium: the invitation's link sets the cookie over TLS, and the page
// of a meeting shows photos by it where it is of the photo host's site.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import t from 'tap'
import { signPass } from '../../src/evidence/guest-pass.ts'
import { buildLinkKeys } from '../../src/evidence/link-keys.ts'
import type { Certificates } from '../fixtures/certificates.ts'
import { makeCertificates } from '../fixtures/certificates.ts'
import { visitPage } from '../fixtures/chromium.ts'
import { ask } from '../fixtures/client.ts'
import { startApache, startCaddy, startIhs, startNginx } from '../fixtures/fronts.ts'
import type { GateFixture } from '../fixtures/gate.ts'
import { startGate } from '../fixtures/gate.ts'
import { jpeg } from '../fixtures/images.ts'
import { writeSecret } from '../fixtures/key-files.ts'
import { findProgram } from '../fixtures/process.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const home = t.testdir({})
const secret = randomBytes(32)
writeSecret(join(home, 'link.secret'), secret.toString('base64'))
const config = `proxies: [127.0.0.1]
links: { secrets: [${join(home, 'link.secret')}] }
allow: [{ name: guests, pass: signed, photos: "*@acme.example" }]
`
const photo = '/joe@acme.example.jpg'
const openGate = (t: Test) => startGate(t, { config, photos: { [photo.slice(1)]: jpeg } })
const sign = (seconds = 3_600) => {
  const expires = Math.floor(Date.now() / 1000) + seconds
  return signPass(buildLinkKeys([secret]), { photos: ['*@acme.example'], expires, name: 'Q3' })
}

const fronts = { Apache: startApache, IHS: startIhs, nginx: startNginx, Caddy: startCaddy }
for (const [name, startFront] of Object.entries(fronts)) {
  t.test(`${name} passes the cookie on in both directions, and keeps neither`, async t => {
    const gate = await openGate(t)
    const front = await startFront(t, { gate, config })
    if (front === undefined) return
    const { text: pass, id } = sign()
    const page = await ask(front.port, `/-/pass?p=${pass}`)
    t.match(page, {
      status: 200,
      headers: { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' },
    })
    const [cookie = '', ...others] = page.headers['set-cookie'] ?? []
    t.strictSame(others, [])
    t.ok(cookie.startsWith(`__Host-photogate-pass=${pass}; Path=/; `))
    t.match(cookie, /; Secure; HttpOnly; SameSite=None$/)
    const headers = { cookie: cookie.split(';')[0] ?? '' }
    t.equal((await ask(front.port, photo, { headers })).status, 200)
    t.equal((await ask(front.port, photo)).status, 302)
    t.equal((await ask(front.port, '/-/pass?p=x')).status, 403)
    t.equal((await ask(front.port, '/-/pass')).headers['set-cookie'], undefined)
    await waitUntil(() => gate.requests().length === 5)
    t.match(gate.requests()[1], { rule: 'guests', client: '127.0.0.1', pass: { id, name: 'Q3' } })
  })
}

t.test('in a browser', async t => {
  const program = findProgram(t, 'chromium')
  const certificates = makeCertificates(t, 'DNS:*.acme.example,DNS:*.partner.example')
  if (program === undefined || certificates === undefined) return
  const rows: [what: string, host: string, seconds: number, sizes: string[]][] = [
    [
      'a guest sees photos in the page of a meeting of the same site',
      'meet.acme.example',
      3_600,
      ['0x0', '4x4'],
    ],
    ['not by an expired pass', 'meet.acme.example', 0, ['0x0', '0x0']],
    [
      'not in a page of another site, from which this browser keeps the cookie',
      'meet.partner.example',
      3_600,
      ['0x0', '0x0'],
    ],
  ]
  for (const [what, host, seconds, sizes] of rows) {
    await t.test(what, async t => {
      const gate = await openGate(t)
      const front = await startNginx(t, {
        gate,
        config,
        edit: snippet => withTls(snippet, certificates),
      })
      if (front === undefined) return
      const origin = `https://photos.acme.example:${front.port}`
      const link = `${origin}/-/pass?p=${sign(seconds).text}`
      const meeting = await openMeeting(t, certificates, {
        page: pageOf(link, `${origin}${photo}`),
        opened: () => waitUntil(() => asksOf(gate, 'pass') === 1),
      })
      const flags = [
        '--ignore-certificate-errors',
        '--disable-popup-blocking',
        '--test-third-party-cookie-phaseout',
      ]
      const url = `https://${host}:${meeting.port}/`
      t.strictSame(await visitPage(t, program, { url, until: meeting.seen, flags }), sizes)
      const last = gate.requests().findLast(({ address }) => address === photo.slice(1, -4))
      t.equal(last?.rule, sizes[1] === '0x0' ? 'turned-away' : 'guests')
    })
  }
})

const asksOf = (gate: GateFixture, reason: string) =>
  gate.requests().filter(request => request.reason === reason).length

function withTls(snippet: string, { certificateFile, keyFile }: Certificates): string {
  return snippet.replace(
    /listen ([\d.:]+);/,
    `listen $1 ssl; ssl_certificate ${certificateFile}; ssl_certificate_key ${keyFile};`,
  )
}

// The guest opens the link in another window; the page of the meeting asks for the photo before and after.
const pageOf = (link: string, image: string) => `<!doctype html><title>Meeting</title><script>
const sizeOf = turn => new Promise(resolve => {
  const image = new Image()
  image.onload = () => resolve(image.naturalWidth + 'x' + image.naturalHeight)
  image.onerror = () => resolve('0x0')
  image.src = ${JSON.stringify(image)} + '?' + turn
})
const see = async () => {
  const before = await sizeOf(0)
  open(${JSON.stringify(link)})
  await fetch('/opened')
  let after = '0x0'
  for (let turn = 1; turn <= 3 && after === '0x0'; turn++) {
    after = await sizeOf(turn)
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  await fetch('/seen', { method: 'POST', body: JSON.stringify([before, after]) })
}
see()
</script>`

interface Meeting {
  readonly page: string
  /** Resolved when the link has been opened. */
  opened(): Promise<unknown>
}

async function openMeeting(
  t: Test,
  { certificateFile, keyFile }: Certificates,
  { page, opened }: Meeting,
) {
  let report: (sizes: string[]) => void = () => {}
  const seen = new Promise<string[]>(resolve => {
    report = resolve
  })
  const tls = { cert: readFileSync(certificateFile), key: readFileSync(keyFile) }
  const server = createServer(tls, async (request, response) => {
    if (request.url === '/opened') await opened()
    if (request.method === 'POST') report(JSON.parse(await text(request)) as string[])
    response.writeHead(200, { 'content-type': 'text/html' }).end(page)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, seen }
}
