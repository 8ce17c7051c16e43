import { createServer } from 'node:net'
import t from 'tap'
import { checkClient } from '../../../src/doctor/front/check-client.ts'
import { checkFront } from '../../../src/doctor/front/front.ts'
import { askFront, askHttp10 } from '../../../src/doctor/front/front-request.ts'
import type { FrontSetup } from '../../../src/doctor/front/probe.ts'
import { buildProbe } from '../../../src/doctor/front/probe.ts'
import {
  quiet,
  setupOf,
  shareGates,
  siteConfig,
  startAnotherGate,
} from '../../fixtures/doctored-front.ts'
import type { FrontFaults } from '../../fixtures/front-stand-in.ts'
import { startFrontStandIn } from '../../fixtures/front-stand-in.ts'
import { findFreePort } from '../../fixtures/process.ts'

const gateOf = shareGates(t)
// The checks wait most of the time.
t.jobs = 8

t.test(
  'a front that nobody can reach is a finding, and all else is unknown',
  { buffered: true },
  async t => {
    const gate = await gateOf(siteConfig())
    const url = new URL(`http://127.0.0.1:${await findFreePort()}`)
    t.match(await checkFront(setupOf(gate, url, quiet)), {
      findings: [{ code: 'front-unreachable', effect: 'breaks', seen: /ECONNREFUSED/ }],
      fine: [],
      unknown: [/^All else/],
    })
    t.equal((await checkFront(setupOf(gate, url, quiet))).findings.length, 1)
  },
)

t.test('a front that does not reach the gate is a finding', { buffered: true }, async t => {
  const gate = await gateOf(siteConfig())
  const url = await startFrontStandIn(t, { gatePort: await findFreePort() })
  t.match(await checkFront(setupOf(gate, url, quiet)), {
    findings: [{ code: 'front-bad-gateway' }],
    unknown: [/first it must reach the gate/],
  })
})

t.test('something that does not speak HTTP is a finding', { buffered: true }, async t => {
  const gate = await gateOf(siteConfig())
  const server = createServer(socket => socket.end('220 mail.acme.example ESMTP\r\n'))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', () => resolve()))
  t.teardown(() => server.close())
  const { port } = server.address() as { port: number }
  const url = new URL(`http://127.0.0.1:${port}`)
  t.match(await checkFront(setupOf(gate, url, quiet)), {
    findings: [{ code: 'front-unreachable', seen: /Parse Error|HTTP/ }],
  })
})

t.test(
  'the log of another gate leaves unknown what only the log shows',
  { buffered: true },
  async t => {
    const gate = await gateOf(siteConfig())
    const url = await startFrontStandIn(t, { gatePort: gate.port })
    const lines = { push: () => undefined, find: () => undefined, others: 7 }
    const found = await checkFront(setupOf(gate, url, { ...quiet, lines, lineMs: 50 }))
    t.match(found, { findings: [], hasLog: false })
    t.match(found.unknown[0], /no line of doctor's requests .*7 lines of others/)
  },
)

t.test('a front that never comes to an end is given up', { buffered: true }, async t => {
  for (const start of ['', 'HTTP/1.1 200 OK\r\n\r\n']) {
    const server = createServer(socket => {
      socket.on('error', () => undefined)
      socket.write(start)
      const timer = setInterval(() => socket.write('x'), 20)
      socket.on('close', () => clearInterval(timer))
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', () => resolve()))
    t.teardown(() => server.close())
    const { port } = server.address() as { port: number }
    const url = new URL(`http://127.0.0.1:${port}`)
    const place = { url, authorities: undefined, from: undefined, replyMs: 200 }
    for (const ask of [askFront, askHttp10]) {
      t.ok('code' in (await ask(place, { path: '/', headers: {} })))
    }
  }
})

t.test('a connection that breaks once is no finding', { buffered: true }, async t => {
  const gate = await gateOf(siteConfig())
  const broken = new Set<string>()
  const url = await startFrontStandIn(t, {
    gatePort: gate.port,
    faults: {
      instead: (asked, response) => {
        const isFirst = !broken.has(asked.url ?? '')
        if (isFirst) response.destroy()
        broken.add(asked.url ?? '')
        return isFirst
      },
    },
  })
  t.strictSame((await checkFront(setupOf(gate, url, quiet))).findings, [])
})

t.test('a rule for the photos of some people is enough', { buffered: true }, async t => {
  const rule = "cookie: LtpaToken2, photos: '*@acme.example'"
  const gate = await gateOf(siteConfig().replace('cookie: LtpaToken2', rule))
  const url = await startFrontStandIn(t, { gatePort: gate.port })
  const found = await checkFront(setupOf(gate, url, quiet))
  t.strictSame(found.findings, [])
  t.match(found.fine.join('\n'), /in both orders.*\n.*of refusals and photos/)
  const faults: FrontFaults = { cached: [200] }
  const caching = await startFrontStandIn(t, { gatePort: gate.port, faults })
  t.match(await checkFront(setupOf(gate, caching, quiet)), {
    findings: [{ code: 'front-cache-keeps-photo' }],
  })
})

t.test(
  'behind a front of two gates, the log of one of them is enough',
  { buffered: true },
  async t => {
    const [gate, other] = [await gateOf(siteConfig()), await startAnotherGate(t, siteConfig())]
    let count = 0
    const url = await startFrontStandIn(t, {
      gatePort: gate.port,
      faults: {
        pass: passed => Object.assign(passed, ++count % 2 === 0 ? {} : { port: other.port }),
      },
    })
    const found = await checkFront(setupOf(gate, url, quiet))
    t.strictSame(found.findings, [])
    t.equal(found.hasLog, true)
    t.ok(count > 20)
  },
)

t.test(
  'a redirect to a host that does not answer leaves its end unknown',
  { buffered: true },
  async t => {
    const gate = await gateOf(siteConfig().replace('/-/turned-away', 'http://127.0.0.3:9/sign-in'))
    const url = await startFrontStandIn(t, { gatePort: gate.port })
    const found = await checkFront(setupOf(gate, url, quiet))
    t.strictSame(found.findings, [])
    t.match(
      found.unknown.join('\n'),
      /Whether the redirect .* ends: http:\/\/127\.0\.0\.3:9 gives ECONNREFUSED/,
    )
  },
)

t.test('the client is judged by what can be known of it', { buffered: true }, async t => {
  const gate = await gateOf(siteConfig())
  const url = new URL('http://192.0.2.200')
  const place = { url, authorities: undefined, from: undefined }
  const answer = {
    ...{ status: 302, headers: {}, body: Buffer.alloc(0) },
    ...{ localAddress: '10.1.2.3', remoteAddress: '192.0.2.200' },
  }
  const asked = { id: 'x', path: '/', reply: answer, answer }
  const line = { client: '203.0.113.9', peer: '192.0.2.200', address: null, path: undefined }
  const whole = { ...line, status: 302, rule: 'turned-away', reason: 'no-rule', hasToken: false }
  const check = (more: Partial<FrontSetup>) =>
    checkClient(buildProbe(setupOf(gate, url, more), place), asked, whole)
  // Between here and a front elsewhere, an address may be translated.
  t.match(check({}), {
    findings: [],
    unknown: [/10\.1\.2\.3\. That is right if something between/],
  })
  t.match(check({ client: '203.0.113.9' }), { findings: [], fine: [/right client/] })
  t.match(check({ client: '203.0.113.8' }), { findings: [{ code: 'front-client-wrong' }] })
  const own = { ...asked, answer: { ...answer, localAddress: '192.0.2.200' } }
  const probe = buildProbe(setupOf(gate, url), place)
  // On the front's own machine, both have one address.
  const same = { ...whole, client: '192.0.2.200' }
  t.match(checkClient(probe, own, same), { findings: [], fine: [], unknown: [/both come from/] })
})

t.test(
  'with address translation on the way, a different client is not known to be wrong',
  { buffered: true },
  async t => {
    const gate = await gateOf(siteConfig())
    const url = await startFrontStandIn(t, { gatePort: gate.port })
    const right = await checkFront(setupOf(gate, url, { ...quiet, client: '127.0.0.2' }))
    t.match(right, { findings: [], fine: [/right client: 127\.0\.0\.2/] })
    const wrong = await checkFront(setupOf(gate, url, { ...quiet, client: '203.0.113.9' }))
    t.match(wrong.findings, [{ code: 'front-client-wrong', seen: /from 203\.0\.113\.9/ }])
  },
)

t.test(
  'a redirect of the front to another port is followed, and must keep the name',
  { buffered: true },
  async t => {
    const gate = await gateOf(siteConfig())
    const target = await startFrontStandIn(t, { gatePort: gate.port })
    const entry = (location: (path: string) => string) =>
      startFrontStandIn(t, {
        gatePort: gate.port,
        faults: {
          instead: (asked, response) => {
            response.writeHead(301, { location: location(asked.url ?? '') }).end()
            return true
          },
        },
      })
    const keeping = await entry(path => `${target.origin}${path.replace('@', '%40')}`)
    t.match(await checkFront(setupOf(gate, keeping, quiet)), {
      findings: [],
      fine: [/keeps the path/],
      hasLog: true,
    })
    const losing = await entry(() => `${target.origin}/?from=secret`)
    const found = await checkFront(setupOf(gate, losing, quiet))
    t.match(found.findings, [{ code: 'front-redirect-loses-path' }])
    t.equal(found.findings.length, 1)
    t.notMatch(JSON.stringify(found), /secret/)
    const nowhere = await entry(path => `http://127.0.0.1:9${path}`)
    t.match(await checkFront(setupOf(gate, nowhere, quiet)), {
      findings: [{ code: 'front-unreachable' }],
      fine: [/keeps the path/],
    })
  },
)

t.test('a page in place of a missing photo does not hide that the cookie arrived', async t => {
  const gate = await gateOf(siteConfig())
  const url = await startFrontStandIn(t, { gatePort: gate.port, faults: { replace: [404, 200] } })
  const found = await checkFront(setupOf(gate, url, quiet))
  t.match(found.findings, [
    { code: 'front-answer-replaced', effect: 'breaks', seen: /404 to some/ },
  ])
  t.match(found.fine.join('\n'), /Cookies of single sign-on reach the gate/)
})

t.test('lines that are wrong are marked, so that nobody pastes them', async t => {
  const gate = await gateOf(siteConfig())
  const faults: FrontFaults = { pass: ({ headers }) => delete headers.cookie }
  const url = await startFrontStandIn(t, { gatePort: gate.port, faults })
  const { findings } = await checkFront(setupOf(gate, url, quiet))
  const [, ...pasted] = findings[0]?.cure[0]?.split('\n') ?? []
  t.equal(pasted.length, 3)
  for (const line of pasted) t.match(line, /: +# delete: /)
})

t.test('without the log, whether the front adds a cookie is not known', async t => {
  const gate = await gateOf(siteConfig())
  const faults: FrontFaults = {
    pass: ({ headers }) => Object.assign(headers, { cookie: 'LtpaToken2=x' }),
  }
  const url = await startFrontStandIn(t, { gatePort: gate.port, faults })
  const { findings, unknown } = await checkFront(setupOf(gate, url, { ...quiet, lines: undefined }))
  t.strictSame(findings, [])
  t.match(unknown.join('\n'), /Which rule admits doctor without a cookie/)
})
