// Every fault of a front that doctor knows, behind a stand-in for a front. Real ones are in test/system/.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import t from 'tap'
import { checkClient } from '../../../src/doctor/front/check-client.ts'
import { checkPlain } from '../../../src/doctor/front/check-redirects.ts'
import { checkFront } from '../../../src/doctor/front/front.ts'
import { judgeTrouble } from '../../../src/doctor/front/front-trouble.ts'
import type { FrontSetup } from '../../../src/doctor/front/probe.ts'
import { buildProbe } from '../../../src/doctor/front/probe.ts'
import { parseSsoCookie } from '../../../src/doctor/front/sso-cookie.ts'
import { makeCertificates } from '../../fixtures/certificates.ts'
import { setupOf, siteConfig, startAnotherGate } from '../../fixtures/doctored-front.ts'
import type { FrontFaults } from '../../fixtures/front-stand-in.ts'
import { startFrontStandIn } from '../../fixtures/front-stand-in.ts'
import type { GateFixture } from '../../fixtures/gate.ts'
import { findFreePort } from '../../fixtures/process.ts'

interface Row {
  readonly codes: readonly string[]
  readonly faults?: FrontFaults
  readonly config?: string
  readonly setup?: Partial<FrontSetup>
  /** Found without the log, too. */
  readonly codesBlind?: readonly string[]
}

const quiet = { readTcpTables: () => undefined, lineMs: 500, storingMs: 5 }
const admitted = siteConfig({ more: '  - { name: here, from: [127.0.0.2] }\n' })

const rows: Record<string, Row> = {
  'a clean front': { codes: [], codesBlind: [] },
  'a clean front that admits': { codes: [], codesBlind: [], config: admitted },
  'a clean front of a gate that answers 404': {
    codes: [],
    codesBlind: [],
    config: siteConfig().replace(/otherwise.*/, 'otherwise: { status: 404 }'),
  },
  'no header about the client': {
    codes: ['front-client-missing'],
    faults: { pass: ({ headers }) => delete headers['x-forwarded-for'] },
  },
  'a word in place of the client': {
    codes: ['front-client-unparsable'],
    faults: { pass: ({ headers }) => Object.assign(headers, { 'x-forwarded-for': 'unknown' }) },
  },
  'another client': {
    codes: ['front-client-wrong'],
    faults: { pass: ({ headers }) => Object.assign(headers, { 'x-forwarded-for': '127.0.0.77' }) },
  },
  'itself for the client': {
    codes: ['front-is-the-client'],
    faults: { pass: ({ headers }) => Object.assign(headers, { 'x-forwarded-for': '127.0.0.1' }) },
  },
  'not in proxies': {
    codes: ['front-is-the-client'],
    config: siteConfig({ proxies: '127.0.0.7' }),
  },
  'not in proxies, and admitted': {
    codes: ['front-admits-everybody'],
    config: siteConfig({
      proxies: '127.0.0.7',
      more: '  - { name: servers, from: [127.0.0.1] }\n',
    }),
    codesBlind: [],
  },
  "the client's X-Forwarded-For believed": {
    codes: ['front-forged-header'],
    faults: {
      pass: ({ headers }, asked) =>
        Object.assign(headers, {
          'x-forwarded-for': asked.headers['x-forwarded-for'] ?? headers['x-forwarded-for'],
        }),
    },
    codesBlind: ['front-forged-header'],
  },
  'an alias believed': {
    codes: ['front-alias-header'],
    faults: {
      pass: ({ headers }, asked) =>
        Object.assign(headers, {
          'x-forwarded-for': asked.headers.x_forwarded_for ?? headers['x-forwarded-for'],
        }),
    },
    codesBlind: ['front-alias-header'],
  },
  "the client's text beside the address": {
    codes: ['front-header-passed-on'],
    faults: {
      pass: ({ headers }, asked) =>
        asked.headers.forwarded &&
        Object.assign(headers, {
          'x-forwarded-for': `${headers['x-forwarded-for']}, ${asked.headers.forwarded}`,
        }),
    },
  },
  'Connection passed on': {
    codes: ['front-header-dropped'],
    faults: {
      pass: ({ headers }, asked) =>
        Object.assign(headers, { connection: asked.headers.connection ?? 'close' }),
    },
  },
  'a header that the client makes it drop, and another in its place': {
    codes: ['front-header-dropped'],
    faults: {
      pass: ({ headers }, asked) =>
        /forwarded/i.test(asked.headers.connection ?? '') &&
        Object.assign(headers, { 'x-forwarded-for': '127.0.0.1' }),
    },
  },
  'a cache of all': {
    codes: ['front-cache-keeps-photo', 'front-cache-keeps-redirect'],
    faults: { cached: [200, 404, 302] },
    codesBlind: ['front-cache-keeps-photo', 'front-cache-keeps-redirect'],
    setup: { photo: undefined },
  },
  'a cache of redirects': {
    codes: ['front-cache-keeps-redirect'],
    faults: { cached: [302] },
  },
  'a cache that says so': {
    codes: ['front-cache-answers'],
    faults: { answer: headers => Object.assign(headers, { 'x-cache': 'HIT from cdn' }) },
    codesBlind: ['front-cache-answers'],
  },
  'a cache for one client': {
    codes: ['front-cache-answers'],
    config: admitted,
    faults: { cached: [404] },
    setup: { photo: undefined },
  },
  'a path decoded twice': {
    codes: ['front-decodes-twice'],
    faults: { pass: passed => Object.assign(passed, { path: passed.path.replace('%25', '%') }) },
  },
  'a plus that becomes a blank': {
    codes: ['front-path-changed'],
    faults: { pass: passed => Object.assign(passed, { path: passed.path.replace('+', '%20') }) },
  },
  'a percent that is encoded': {
    codes: ['front-path-changed'],
    faults: { pass: passed => Object.assign(passed, { path: passed.path.replace('%', '%25') }) },
  },
  'the same for somebody who is admitted': {
    codes: ['front-path-changed'],
    config: admitted,
    faults: { pass: passed => Object.assign(passed, { path: passed.path.replace('%', '%25') }) },
    codesBlind: ['front-path-changed'],
    setup: { photo: undefined },
  },
  'an apostrophe refused': {
    codes: ['front-path-changed'],
    faults: {
      instead: (asked, response) => {
        const isRefused = /'|%27/.test(asked.url ?? '')
        if (isRefused) response.writeHead(403).end('no')
        return isRefused
      },
    },
  },
  'HTTP/1.0 refused': {
    codes: ['front-http10-differs'],
    faults: {
      instead: (asked, response) => {
        if (asked.httpVersion === '1.0') response.writeHead(426).end('no')
        return asked.httpVersion === '1.0'
      },
    },
    codesBlind: ['front-http10-differs'],
  },
  'another client in HTTP/1.0': {
    codes: ['front-http10-differs'],
    faults: {
      pass: ({ headers }, asked) =>
        asked.httpVersion === '1.0' && Object.assign(headers, { 'x-forwarded-for': '127.0.0.4' }),
    },
  },
  'cookies dropped': {
    codes: ['front-drops-cookies'],
    faults: { pass: ({ headers }) => delete headers.cookie },
  },
  'a cookie for another domain and scheme': {
    codes: ['front-cookie-domain', 'front-cookie-secure', 'front-cookie-path'],
    setup: {
      cookie: parseSsoCookie('Set-Cookie: LtpaToken2=x; Domain=.acme.example; Path=/app; Secure'),
    },
  },
  'a cookie that browsers refuse': {
    codes: ['front-cookie-samesite'],
    setup: { cookie: parseSsoCookie('LtpaToken2=x; SameSite=None; Path=/') },
  },
  'a redirect changed': {
    codes: ['front-location-changed'],
    faults: {
      answer: headers =>
        headers.location && Object.assign(headers, { location: 'http://127.0.0.3:9/' }),
    },
    codesBlind: ['front-location-changed'],
  },
  'a redirect that leads back': {
    codes: ['front-redirect-loop'],
    config: siteConfig().replace('/-/turned-away', '/sign-in'),
    codesBlind: ['front-redirect-loop'],
  },
  'a redirect that never ends': {
    codes: ['front-redirect-loop'],
    config: siteConfig().replace('/-/turned-away', '/in/1'),
    faults: {
      instead: (asked, response) => {
        const [, round] = /^\/in\/(\d+)/.exec(asked.url ?? '') ?? []
        if (round !== undefined) response.writeHead(302, { location: `/in/${round}1` }).end()
        return round !== undefined
      },
    },
  },
  'Cache-Control hidden': {
    codes: ['front-cache-control', 'front-cache-control'],
    faults: { answer: headers => delete headers['cache-control'] },
  },
  'photos made public': {
    codes: ['front-cache-control', 'front-cache-control'],
    faults: { answer: headers => Object.assign(headers, { 'cache-control': 'public, max-age=9' }) },
    codesBlind: ['front-cache-control', 'front-cache-control'],
  },
  'photos compressed': {
    codes: ['front-compresses'],
    faults: { answer: headers => Object.assign(headers, { 'content-encoding': 'gzip' }) },
  },
  'validators dropped': {
    codes: ['front-validators-lost'],
    faults: {
      answer: headers => {
        delete headers.etag
        delete headers['last-modified']
      },
    },
  },
  'ranges and conditions dropped': {
    codes: ['front-validators-lost'],
    faults: {
      pass: ({ headers }) => {
        delete headers.range
        delete headers['if-none-match']
      },
    },
  },
  'photos for one site only': {
    codes: ['front-resource-policy'],
    faults: {
      answer: headers => Object.assign(headers, { 'cross-origin-resource-policy': 'same-origin' }),
    },
  },
  'nosniff removed': {
    codes: ['front-header-removed'],
    faults: { answer: headers => delete headers['x-content-type-options'] },
  },
  'no Host': {
    codes: ['front-host-missing'],
    faults: { pass: ({ headers }) => delete headers.host },
    codesBlind: ['front-host-missing'],
  },
  'something else than the gate': {
    codes: ['front-not-the-gate'],
    faults: {
      instead: (_, response) => {
        response.writeHead(200).end('hello')
        return true
      },
    },
    codesBlind: ['front-not-the-gate'],
  },
  'a page of its own for those who are turned away': {
    codes: ['front-not-the-gate'],
    config: siteConfig().replace(/otherwise.*/, 'otherwise: { status: 403 }'),
    faults: {
      instead: (_, response) => {
        response.writeHead(403).end('<h1>Forbidden</h1>')
        return true
      },
    },
    // The front may have replaced the page of the gate.
    codesBlind: [],
  },
  'the gate reachable': {
    codes: ['front-gate-reachable'],
    setup: { ownAddresses: ['127.0.0.1'] },
    codesBlind: ['front-gate-reachable'],
  },
  'the gate reachable from here, with a front elsewhere': {
    codes: [],
    config: siteConfig({ proxies: '127.0.0.1, 192.0.2.200' }),
    setup: { ownAddresses: ['127.0.0.1'] },
    codesBlind: [],
  },
  'the gate reachable, and a network in proxies': {
    codes: ['front-way-round'],
    config: siteConfig({ proxies: '127.0.0.0/8' }),
    setup: { ownAddresses: ['127.0.0.1'] },
    codesBlind: ['front-way-round'],
  },
}

const gates = new Map<string, Promise<GateFixture>>()
// One for each configuration. It ends with the file.
const gateOf = (config: string) => {
  const started = gates.get(config) ?? startAnotherGate(t, config)
  gates.set(config, started)
  return started
}
// The checks wait most of the time.
t.jobs = 8

for (const [title, { codes, faults, config = siteConfig(), setup, codesBlind }] of Object.entries(
  rows,
)) {
  t.test(title, { buffered: true }, async t => {
    const gate = await gateOf(config)
    const url = await startFrontStandIn(t, { gatePort: gate.port, ...(faults && { faults }) })
    const found = await checkFront(setupOf(gate, url, { ...quiet, ...setup }))
    t.strictSame(
      found.findings.map(({ code }) => code),
      codes,
      JSON.stringify(found, null, 2),
    )
    if (codesBlind === undefined) return
    const blind = await checkFront(setupOf(gate, url, { ...quiet, ...setup, lines: undefined }))
    t.strictSame(
      blind.findings.map(({ code }) => code),
      codesBlind,
      JSON.stringify(blind, null, 2),
    )
    t.equal(blind.hasLog, false)
  })
}

t.test('what a finding says names headers, addresses and no cookie', async t => {
  const gate = await gateOf(siteConfig())
  const faults: FrontFaults = {
    pass: ({ headers }, asked) =>
      Object.assign(headers, {
        'x-forwarded-for': asked.headers['cf-connecting-ip'] ?? headers['x-forwarded-for'],
      }),
  }
  const url = await startFrontStandIn(t, { gatePort: gate.port, faults })
  const cookie = parseSsoCookie('LtpaToken2=c4n4ry')
  const found = await checkFront(setupOf(gate, url, { ...quiet, cookie }))
  t.match(found.findings, [
    {
      code: 'front-forged-header',
      effect: 'opens',
      seen: 'A client that sends CF-Connecting-IP of its own is taken for 192.0.2.17.',
    },
  ])
  t.notMatch(JSON.stringify(found), /c4n4ry/)
})

t.test('a front that nobody can reach is a finding, and all else is unknown', async t => {
  const gate = await gateOf(siteConfig())
  const url = new URL(`http://127.0.0.1:${await findFreePort()}`)
  t.match(await checkFront(setupOf(gate, url, quiet)), {
    findings: [{ code: 'front-unreachable', effect: 'breaks', seen: /ECONNREFUSED/ }],
    fine: [],
    unknown: [/^All else/],
  })
  t.equal((await checkFront(setupOf(gate, url, quiet))).findings.length, 1)
})

t.test('a front that does not reach the gate is a finding', async t => {
  const gate = await gateOf(siteConfig())
  const url = await startFrontStandIn(t, { gatePort: await findFreePort() })
  t.match(await checkFront(setupOf(gate, url, quiet)), {
    findings: [{ code: 'front-bad-gateway' }],
    unknown: [/first it must reach the gate/],
  })
})

t.test('something that does not speak HTTP is a finding', async t => {
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

t.test('the log of another gate leaves unknown what only the log shows', async t => {
  const gate = await gateOf(siteConfig())
  const url = await startFrontStandIn(t, { gatePort: gate.port })
  const lines = { push: () => undefined, find: () => undefined, others: 7 }
  const found = await checkFront(setupOf(gate, url, { ...quiet, lines, lineMs: 50 }))
  t.match(found, { findings: [], hasLog: false })
  t.match(found.unknown[0], /no line of doctor's requests .*7 lines of others/)
})

t.test('behind a front of two gates, the log of one of them is enough', async t => {
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
})

t.test('http beside https is looked at for its redirect only', async t => {
  const gate = await gateOf(siteConfig())
  const secure = new URL('https://127.0.0.1:1')
  const start = (instead: FrontFaults['instead']) =>
    startFrontStandIn(t, { gatePort: gate.port, ...(instead && { faults: { instead } }) })
  const place = { url: secure, authorities: undefined, from: undefined }
  const probe = buildProbe(setupOf(gate, secure, quiet), place)
  const redirecting = (location: (path: string) => string) =>
    start((asked, response) => {
      response.writeHead(301, { location: location(asked.url ?? '') }).end()
      return true
    })
  t.match(await checkPlain(probe, await redirecting(() => `${secure.origin}/`)), {
    findings: [{ code: 'front-redirect-loses-path' }],
  })
  const nothing = { findings: [], fine: [], unknown: [] }
  t.match(await checkPlain(probe, await redirecting(path => `${secure.origin}${path}`)), {
    findings: [],
    fine: [/keeps the path/],
  })
  t.strictSame(await checkPlain(probe, await start(undefined)), nothing)
  t.strictSame(
    await checkPlain(probe, new URL(`http://127.0.0.1:${await findFreePort()}`)),
    nothing,
  )
  t.strictSame(await checkPlain(probe, undefined), nothing)
})

t.test('a redirect to a host that does not answer leaves its end unknown', async t => {
  const gate = await gateOf(siteConfig().replace('/-/turned-away', 'http://127.0.0.3:9/sign-in'))
  const url = await startFrontStandIn(t, { gatePort: gate.port })
  const found = await checkFront(setupOf(gate, url, quiet))
  t.strictSame(found.findings, [])
  t.match(
    found.unknown.join('\n'),
    /Whether the redirect .* ends: http:\/\/127\.0\.0\.3:9 gives ECONNREFUSED/,
  )
})

t.test('a certificate that is not valid today is a finding', async t => {
  const url = new URL(`https://127.0.0.1:${await findFreePort()}`)
  const place = { url, authorities: undefined, from: undefined }
  for (const code of ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']) {
    t.match(await judgeTrouble(place, { code, message: 'x' }), {
      findings: [{ code: 'front-tls-date', seen: /not valid today.*ECONNREFUSED/ }],
    })
  }
})

t.test('the client is judged by what can be known of it', async t => {
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
  t.match(check({}), { findings: [], unknown: [/10\.1\.2\.3\. That is right if an address/] })
  t.match(check({ client: '203.0.113.9' }), { findings: [], fine: [/right client/] })
  t.match(check({ client: '203.0.113.8' }), { findings: [{ code: 'front-client-wrong' }] })
  t.match(check({ ownAddresses: ['192.0.2.200'] }), { findings: [{ code: 'front-client-wrong' }] })
})

t.test(
  'with address translation on the way, a different client is not known to be wrong',
  async t => {
    const gate = await gateOf(siteConfig())
    const url = await startFrontStandIn(t, { gatePort: gate.port })
    const right = await checkFront(setupOf(gate, url, { ...quiet, client: '127.0.0.2' }))
    t.match(right, { findings: [], fine: [/right client: 127\.0\.0\.2/] })
    const wrong = await checkFront(setupOf(gate, url, { ...quiet, client: '203.0.113.9' }))
    t.match(wrong.findings, [{ code: 'front-client-wrong', seen: /from 203\.0\.113\.9/ }])
  },
)

t.test('a redirect of the front to another port is followed, and must keep the name', async t => {
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
})

// At least 3 s, which doctor wants to wait for.
const quick = siteConfig().replace('4s', '3s')

t.test('the connections between front and gate', async t => {
  t.jobs = 3
  const rows = {
    'are closed by the front first': { idleMs: 2_000, codes: [] },
    'are kept longer than the gate keeps them': { idleMs: 60_000, codes: ['front-idle-race'] },
    'are not kept': { idleMs: 0, codes: ['front-keeps-no-connection'] },
  }
  // Without Linux there is no table, which the last test but one looks at.
  const isLinux = process.platform === 'linux'
  for (const [title, { idleMs, codes }] of Object.entries(rows)) {
    t.test(title, { skip: !isLinux, buffered: true }, async t => {
      const gate = await startAnotherGate(t, quick)
      const url = await startFrontStandIn(t, { gatePort: gate.port, faults: { idleMs } })
      const found = await checkFront(setupOf(gate, url, { waits: true }))
      t.strictSame(
        found.findings.map(({ code }) => code),
        codes,
        JSON.stringify(found, null, 2),
      )
    })
  }
})

t.test(
  'what is not looked at of connections is said',
  { skip: process.platform !== 'linux' },
  async t => {
    const gate = await startAnotherGate(t, quick)
    const url = await startFrontStandIn(t, { gatePort: gate.port })
    const last = async (more: Partial<FrontSetup>) =>
      (await checkFront(setupOf(gate, url, more))).unknown.at(-1)
    t.match(await last({}), /add --wait to look; that takes 5 s/)
    t.match(await last({ lines: undefined }), /only with --log/)
    t.match(await last(quiet), /on the gate's machine/)
    const short = { ...gate.settings.timeouts, keepAliveSeconds: 2 }
    const listen = [{ host: '127.0.0.1', port: gate.port }]
    t.match(
      await last({ settings: { ...gate.settings, listen, timeouts: short } }),
      /too short to tell/,
    )
  },
)

t.test(
  'when others ask meanwhile, the wait proves nothing',
  { skip: process.platform !== 'linux' },
  async t => {
    const gate = await startAnotherGate(t, quick)
    const url = await startFrontStandIn(t, { gatePort: gate.port })
    const timer = setInterval(
      () => void gate.ask('/ann@acme.example.jpg').catch(() => undefined),
      500,
    )
    t.teardown(() => clearInterval(timer))
    const found = await checkFront(setupOf(gate, url, { waits: true }))
    t.match(found, { findings: [] })
    t.match(found.unknown.at(-1), /others have asked meanwhile \(\d+ lines\)/)
  },
)

t.test('by https', async t => {
  const certificates = makeCertificates(t)
  if (certificates === undefined) return
  const gate = await gateOf(siteConfig())
  const authorities = [readFileSync(certificates.caFile, 'utf8')]
  const setup = { ...quiet, authorities }
  const start = (faults?: FrontFaults, http2 = true) =>
    startFrontStandIn(t, {
      gatePort: gate.port,
      tls: { certificates, http2 },
      ...(faults && { faults }),
    })

  await t.test('a clean front has no findings, with HTTP/2 and without', async t => {
    t.match(await checkFront(setupOf(gate, await start(), setup)), {
      findings: [],
      fine: ['The gate sees the right client: 127.0.0.2, behind the front 127.0.0.1.'],
    })
    const found = await checkFront(setupOf(gate, await start({}, false), setup))
    t.strictSame(found.findings, [])
    t.ok(found.fine.some(sentence => sentence.startsWith('HTTP/1.0 gets')))
  })

  await t.test('another answer in HTTP/2 is a finding', async t => {
    const url = await start({
      instead: (asked, response) => {
        if (asked.httpVersion === '2.0') response.writeHead(421).end('no')
        return asked.httpVersion === '2.0'
      },
    })
    t.match(await checkFront(setupOf(gate, url, setup)), {
      findings: [{ code: 'front-http2-differs', seen: /421.*302/ }],
    })
  })

  await t.test('an unknown authority is a finding that names the chain', async t => {
    const found = await checkFront(setupOf(gate, await start(), quiet))
    t.match(found.findings, [
      {
        code: 'front-tls-authority',
        seen: /The front sends: server until .*, issued by Test authority/,
      },
    ])
    t.equal(found.findings.length, 1)
  })

  await t.test('a certificate for another name is a finding', async t => {
    const { port } = await start()
    const url = new URL(`https://127.0.0.2:${port}`)
    const server = createServer(socket => socket.destroy())
    server.close()
    const other = makeCertificates(t, 'DNS:photos.acme.example')
    if (other === undefined) return
    const strange = await startFrontStandIn(t, {
      gatePort: gate.port,
      tls: { certificates: other },
    })
    const found = await checkFront(
      setupOf(gate, strange, { ...quiet, authorities: [readFileSync(other.caFile, 'utf8')] }),
    )
    t.match(found.findings, [{ code: 'front-tls-name', seen: /is not for localhost/ }])
    t.equal(url.hostname, '127.0.0.2')
  })

  await t.test('a redirect from https to http is not followed', async t => {
    const url = await start({
      instead: (asked, response) => {
        response.writeHead(302, { location: `http://localhost:1${asked.url}` }).end()
        return true
      },
    })
    t.match(await checkFront(setupOf(gate, url, setup)), {
      findings: [{ code: 'front-redirect-downgrades' }],
      unknown: [/does not go on to http:\/\/localhost:1/],
    })
  })
})
