// The admin listener of a gate: its start, its end, and what a reload may change.
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pino } from 'pino'
import t from 'tap'
import { startServer } from '../../src/server/server.ts'
import { adminToken, bearer, signIn, startAdminGate } from '../fixtures/admin.ts'
import { ask } from '../fixtures/client.ts'
import { openConfigHome } from '../fixtures/config.ts'
import { startGate } from '../fixtures/gate.ts'
import { makeSelfSigned } from '../fixtures/self-signed.ts'

const rule = 'allow: [{ name: all, from: 127.0.0.0/8 }]'
const log = { logger: pino({ enabled: false }), access: { write: () => {} } }
const places = 'listen: { host: 127.0.0.1, port: 0 }'

t.test('a port that is in use stops the start, and nothing stays open', async t => {
  const other = createServer().listen(0, '127.0.0.1')
  t.teardown(() => other.close())
  await new Promise(resolve => other.once('listening', resolve))
  const { port } = other.address() as AddressInfo
  const home = openConfigHome(t)
  await t.rejects(startServer(home.settings(`${places}\nadmin: { port: ${port} }`), log), {
    code: 'GATE_LISTEN',
    message: `admin: cannot listen on 127.0.0.1 port ${port}: another program listens there; stop it, or choose another port`,
  })
})

t.test('a gate without the key has no admin listener', async t => {
  const gate = await startGate(t, { config: rule })
  t.strictSame(gate.server.adminUrls, [])
  await gate.server.apply(gate.load(`admin: { port: 0 }\n${rule}`))
  t.match(gate.lines().at(-1), { level: 40, msg: /admin is new .* needs a restart/ })
  t.strictSame(gate.server.adminUrls, [])
})

t.test(
  'localhost is listened on at each of its addresses, with one memory of sessions',
  async t => {
    const home = openConfigHome(t, { 'admin.token': adminToken })
    const settings = home.settings(
      `${places}\nadmin: { host: localhost, port: 0, tokenFile: admin.token }`,
    )
    const server = await startServer(settings, log)
    t.teardown(() => server.close())
    t.ok(server.adminUrls.length > 0)
    const ports = server.adminUrls.map(url => Number(new URL(url).port))
    t.equal(new Set(ports).size, 1)
    const hosts = server.adminUrls.map(url => new URL(url).hostname.replace(/[[\]]/g, ''))
    const { cookie } = await signIn((path, options) =>
      ask(ports[0] as number, path, {
        ...options,
        host: hosts[0] as string,
        from: hosts[0] as string,
      }),
    )
    for (const host of hosts) {
      const options = { host, from: host, headers: { cookie } }
      t.equal((await ask(ports[0] as number, '/api/session', options)).status, 200, host)
    }
  },
)

t.test('a reload takes over the token, and ends the sessions of the old one', async t => {
  const gate = await startAdminGate(t, rule)
  const asking = (path: string, options = {}) => ask(gate.adminPort, path, options)
  const { cookie } = await signIn(asking)
  const other = 'QW5vdGhlciB0b2tlbiwgYWxzbyBmb3IgdGVzdHMgb25seQ=='
  writeFileSync(join(gate.directory, '..', 'admin.token'), other, { mode: 0o600 })
  await gate.server.apply(gate.load(`admin: { port: 0, tokenFile: admin.token }\n${rule}`))
  t.equal((await asking('/api/session', { headers: { cookie } })).status, 401)
  t.equal((await asking('/api/session', { headers: bearer })).status, 401)
  const headers = { authorization: `Bearer ${other}` }
  t.equal((await asking('/api/session', { headers })).status, 200)
})

t.test('a reload that takes the token away opens nothing before a restart', async t => {
  const gate = await startAdminGate(t, rule)
  await gate.server.apply(gate.load(`admin: { port: 0 }\n${rule}`))
  t.match(gate.lines().at(-1), { level: 40, msg: /needs a restart .*old settings stay/ })
  t.equal((await ask(gate.adminPort, '/api/session')).status, 401)
  await gate.server.apply(gate.load(rule))
  t.equal((await ask(gate.adminPort, '/api/session')).status, 401)
  t.equal((await gate.askAdmin('/api/session')).status, 200)
})

t.test(
  'over TLS the cookie is bound to this host, and a reload takes over the certificate',
  async t => {
    const first = makeSelfSigned()
    const gate = await startGate(t, {
      config: `admin: { port: 0, tokenFile: admin.token, tls: { cert: cert.pem, key: key.pem } }\n${rule}`,
      prepare: directory => {
        const write = (name: string, text: string) =>
          writeFileSync(join(directory, '..', name), text, { mode: 0o600 })
        write('admin.token', adminToken)
        write('cert.pem', first.cert)
        write('key.pem', first.key)
      },
    })
    const [url = ''] = gate.server.adminUrls
    t.match(url, /^https:/)
    const port = Number(new URL(url).port)
    const asking = (path: string, options = {}) => ask(port, path, { ...options, isTls: true })
    const { setCookie, cookie } = await signIn(asking)
    t.match(
      setCookie,
      /^__Host-photogate-admin=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200; Secure$/,
    )
    const origin = `https://127.0.0.1:${port}`
    t.equal((await asking('/api/session', { headers: { cookie, origin } })).status, 200)
    const plain = origin.replace('https', 'http')
    t.equal((await asking('/api/session', { headers: { cookie, origin: plain } })).status, 403)
    const unmarked = cookie.replace('__Host-', '')
    t.equal((await asking('/api/session', { headers: { cookie: unmarked } })).status, 401)

    const second = makeSelfSigned('second.acme.example')
    writeFileSync(join(gate.directory, '..', 'cert.pem'), second.cert)
    writeFileSync(join(gate.directory, '..', 'key.pem'), second.key)
    const headers = { ...bearer, host: 'second.acme.example' }
    t.equal((await asking('/api/session', { headers })).status, 421)
    await gate.server.apply(
      gate.load(
        `admin: { port: 0, tokenFile: admin.token, tls: { cert: cert.pem, key: key.pem } }\n${rule}`,
      ),
    )
    t.equal((await asking('/api/session', { headers })).status, 200)
  },
)
