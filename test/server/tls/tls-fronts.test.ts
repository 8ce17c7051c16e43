// Fronts that are believed by their certificate, and clients that are not.
import { writeFileSync } from 'node:fs'
import { Agent, request as send } from 'node:https'
import t from 'tap'
import { openAuthority } from '../../fixtures/authority.ts'
import type { GateFixture } from '../../fixtures/gate.ts'
import type { HandshakeOptions } from '../../fixtures/tls-gate.ts'
import {
  failuresIn,
  tlsPhoto as photo,
  sessionOf,
  shakeHands,
  startTlsGate,
  tlsConfig,
  tlsText,
} from '../../fixtures/tls-gate.ts'
import { waitUntil } from '../../fixtures/wait-until.ts'

t.test('fronts with a certificate', async t => {
  const authority = openAuthority(t)
  const other = openAuthority(t, 'Another authority')
  if (authority === undefined || other === undefined) return
  const ca = authority.cert
  const server = authority.issue()
  const forwarded = `GET ${photo} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 192.0.2.7\r\n\r\n`
  const ihs = { cn: 'ihs.acme.example', names: 'DNS:ihs.acme.example' }
  const mutual = (more = '') =>
    tlsText(server, `clientCa: ${authority.certFile}${more === '' ? '' : `, ${more}`}`)
  const proxies = 'proxies: ["cert:CN=ihs.acme.example"]'
  const clientOf = async (gate: GateFixture, options: HandshakeOptions) => {
    const before = gate.requests().length
    const seen = await shakeHands(gate.port, { ca, request: forwarded, ...options })
    if (seen.answer !== '') await waitUntil(() => gate.requests().length > before)
    return { ...seen, client: gate.requests()[before]?.client }
  }

  const believed = '192.0.2.7'
  const rows: readonly [
    title: string,
    options: Parameters<typeof authority.issue>[0],
    client: string | null,
    by?: 'other',
  ][] = [
    ['a front is believed by its alternative name', ihs, believed],
    ['in any case', { names: 'DNS:IHS.ACME.example', cn: 'x' }, believed],
    ['by its CN where it has no alternative name', { cn: 'ihs.acme.example', names: '' }, believed],
    [
      'by its CN where its alternative names are no host names',
      { cn: 'ihs.acme.example', names: 'IP:192.0.2.1' },
      believed,
    ],
    ['by the second of its names', { names: 'DNS:a.example,DNS:ihs.acme.example' }, believed],
    [
      'not by its CN beside another alternative name',
      { cn: 'ihs.acme.example', names: 'DNS:other.example' },
      null,
    ],
    ['not by a wildcard', { names: 'DNS:*.acme.example', cn: '*.acme.example' }, null],
    [
      'not by a name that begins alike',
      { names: 'DNS:ihs.acme.example.evil.example', cn: 'x' },
      null,
    ],
    ['not by a mail address', { names: 'email:ihs.acme.example', cn: 'x' }, null],
    [
      'not by a certificate for servers only',
      { ...ihs, extensions: 'extendedKeyUsage=serverAuth' },
      null,
    ],
    ['not by an authority that is not clientCa', ihs, null, 'other'],
  ]
  t.test('which certificates', async t => {
    const gate = await startTlsGate(t, mutual('clientCert: optional'), proxies)
    for (const [title, options, client, by] of rows) {
      t.test(title, async t => {
        const { cert, key } = (by === undefined ? authority : other).issue(options)
        const seen = await clientOf(gate, { cert, key })
        t.match(seen, { answer: /^HTTP\/1\.1 / }, String(seen.error))
        t.equal(seen.client, client)
      })
    }
    t.test('an expired one is not believed, and the log says so', async t => {
      const { cert, key } = authority.issue({ ...ihs, days: -1 })
      t.equal((await clientOf(gate, { cert, key })).client, null)
      t.ok(failuresIn(gate).some(({ reason }) => reason === 'client-certificate-refused'))
    })
    t.test('what is not believed leaves no client, and the log says why', async t => {
      const lost = gate.requests().filter(({ client }) => client === null)
      t.ok(lost.length >= 7)
      t.ok(lost.every(({ reason, status }) => reason === 'front-unproven' && status === 302))
    })
    t.test('a client without a certificate is an ordinary client', async t => {
      t.equal((await clientOf(gate, {})).client, '127.0.0.1')
    })
  })

  t.test('a front that resumes its session is believed as before', async t => {
    const gate = await startTlsGate(t, mutual(), proxies)
    const between = authority.issueAuthority('Between')
    const direct = authority.issue(ihs)
    const below = authority.issue({ ...ihs, by: between })
    for (const { cert, key } of [direct, { ...below, cert: `${below.cert}${between.cert}` }]) {
      for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
        const own = { cert, key, maxVersion }
        const session = await sessionOf(gate.port, ca, own)
        const before = gate.requests().length
        const seen = await clientOf(gate, { ...own, session })
        t.ok(seen.isResumed, maxVersion)
        await waitUntil(() =>
          gate.requests().some(({ client }, at) => at >= before && client !== null),
        )
        t.equal(gate.requests().at(-1)?.client, believed, maxVersion)
      }
    }
  })

  t.test('an authority that signed the own certificate in a PFX is not one for fronts', async t => {
    const { cert, key } = other.issue(ihs)
    const pfx = `${other.home}/own.pfx`
    const own = other.issue()
    writeFileSync(`${other.home}/pw`, 'secret\n', { mode: 0o600 })
    other.run(
      'pkcs12',
      '-export',
      '-inkey',
      own.keyFile,
      '-in',
      own.certFile,
      '-certfile',
      other.certFile,
      '-passout',
      'pass:secret',
      '-out',
      pfx,
    )
    const tls = `{ pfx: ${pfx}, passwordFile: ${other.home}/pw, clientCa: ${authority.certFile}, clientCert: optional }`
    const gate = await startTlsGate(t, tls, proxies)
    const seen = await clientOf(gate, { cert, key, ca: other.cert })
    t.match(seen, { answer: /^HTTP\/1\.1 / })
    t.equal(seen.client, null)
  })

  t.test('required: a client without a good certificate cannot connect', async t => {
    const gate = await startTlsGate(t, mutual(), proxies)
    const { cert, key } = other.issue(ihs)
    for (const [options, reason] of [
      [{}, 'client-certificate-missing'],
      [{ cert, key }, 'client-certificate-refused'],
    ] as const) {
      const seen = await clientOf(gate, options)
      t.equal(seen.answer, '')
      t.equal(seen.client, undefined)
      await waitUntil(() => failuresIn(gate).some(line => line.reason === reason))
    }
    const good = authority.issue(ihs)
    t.equal((await clientOf(gate, { cert: good.cert, key: good.key })).client, believed)
  })

  t.test(
    'a reload takes belief away: from a name, from an authority, and from resumed sessions',
    async t => {
      const gate = await startTlsGate(t, mutual('clientCert: optional'), proxies)
      const { cert, key } = authority.issue(ihs)
      const agent = new Agent({
        ca,
        cert,
        key,
        servername: 'localhost',
        keepAlive: true,
        maxSockets: 1,
      })
      t.teardown(() => agent.destroy())
      const askKept = () =>
        new Promise<number>((resolve, reject) => {
          const headers = { 'x-forwarded-for': believed }
          const asking = send(
            { host: '127.0.0.1', port: gate.port, path: photo, agent, headers },
            response => {
              response.resume()
              response.on('end', () => resolve(response.statusCode ?? 0))
            },
          )
          asking.on('error', reject)
          asking.end()
        })
      const lastClient = async () => {
        const before = gate.requests().length
        await askKept()
        await waitUntil(() => gate.requests().length > before)
        return gate.requests().at(-1)?.client
      }
      const apply = (tls: string, more: string) =>
        gate.server.apply(gate.load(tlsConfig(tls, more)))
      t.equal(await lastClient(), believed)
      await apply(mutual('clientCert: optional'), 'proxies: ["cert:CN=other.acme.example"]')
      t.equal(await lastClient(), null, 'the name')
      await apply(mutual('clientCert: optional'), proxies)
      t.equal(await lastClient(), believed, 'and again')
      const count = gate.requests().length
      const session = await sessionOf(gate.port, ca, { cert, key })
      await waitUntil(() => gate.requests().length > count)
      const both = `${authority.home}/both.pem`
      writeFileSync(both, `${other.cert}${authority.cert}`)
      await apply(tlsText(server, `clientCa: ${both}, clientCert: optional`), proxies)
      t.equal(await lastClient(), believed, 'another authority beside it takes nothing away')
      await apply(tlsText(server, `clientCa: ${other.certFile}, clientCert: optional`), proxies)
      t.equal(await lastClient(), null, 'the authority, on a connection that is open')
      const before = gate.requests().length
      await shakeHands(gate.port, { ca, cert, key, session, request: forwarded })
      await waitUntil(() => gate.requests().length > before)
      t.equal(gate.requests().at(-1)?.client, null, 'the authority, on a resumed session')
    },
  )
})
