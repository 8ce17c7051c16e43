// Every fault of a front that doctor knows, behind a stand-in for a front. Real ones are in test/system/.
import { join } from 'node:path'
import t from 'tap'
import { checkFront } from '../../../src/doctor/front/front.ts'
import type { FrontSetup } from '../../../src/doctor/front/probe.ts'
import { parseSsoCookie } from '../../../src/doctor/front/sso-cookie.ts'
import { quiet, setupOf, shareGates, siteConfig } from '../../fixtures/doctored-front.ts'
import type { FrontFaults } from '../../fixtures/front-stand-in.ts'
import { startFrontStandIn } from '../../fixtures/front-stand-in.ts'
import { openLtpaConfig } from '../../fixtures/ltpa-config.ts'

interface Row {
  readonly codes: readonly string[]
  readonly faults?: FrontFaults
  readonly config?: string
  readonly setup?: Partial<FrontSetup>
  /** Found without the log, too. */
  readonly codesBlind?: readonly string[]
}

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
  'an apostrophe that breaks the connection': {
    codes: ['front-path-changed'],
    faults: {
      instead: (asked, response) => {
        const isRefused = /'|%27/.test(asked.url ?? '')
        if (isRefused) response.destroy()
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
  'a cookie added for everybody': {
    codes: ['front-adds-cookie'],
    faults: { pass: ({ headers }) => Object.assign(headers, { cookie: 'LtpaToken2=static' }) },
    codesBlind: [],
  },
  'a cookie added for everybody, where a rule opens some photos': {
    codes: ['front-adds-cookie'],
    config: siteConfig().replace(
      'cookie: LtpaToken2',
      "cookie: LtpaToken2, photos: '*@acme.example'",
    ),
    faults: { pass: ({ headers }) => Object.assign(headers, { cookie: 'LtpaToken2=static' }) },
  },
  'photos sent as text': {
    codes: ['front-photo-changed'],
    faults: {
      answer: headers =>
        headers['content-type']?.toString().startsWith('image/') &&
        Object.assign(headers, { 'content-type': 'text/html' }),
    },
  },
  'photos sent as text, where a rule opens some photos': {
    codes: ['front-photo-changed'],
    config: siteConfig().replace(
      'cookie: LtpaToken2',
      "cookie: LtpaToken2, photos: '*@acme.example'",
    ),
    faults: { answer: headers => Object.assign(headers, { 'content-type': 'text/html' }) },
  },
  'a page in place of a missing photo': {
    codes: ['front-answer-replaced'],
    faults: { replace: [404, 200] },
  },
  'a page in place of those who are turned away': {
    codes: ['front-answer-replaced'],
    config: siteConfig().replace(/otherwise.*/, 'otherwise: { status: 403 }'),
    faults: { replace: [403, 200] },
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

const gateOf = shareGates(t)
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

t.test('a token that proves nothing is enough to see whether cookies arrive', async t => {
  const { home } = openLtpaConfig(t)
  const file = (name: string) => join(home.directory, name)
  const keys = `keys: [{ file: ${file('ltpa.keys')}, passwordFile: ${file('ltpa.password')} }]`
  const config = `ltpa: { ${keys} }\n${siteConfig().replace('cookie: LtpaToken2', 'ltpa: verified')}`
  const gate = await gateOf(config)
  const arriving = await startFrontStandIn(t, { gatePort: gate.port })
  const found = await checkFront(setupOf(gate, arriving, quiet))
  t.strictSame(found.findings, [])
  t.ok(found.fine.includes('Cookies of single sign-on reach the gate.'))
  t.match(found.unknown.join('\n'), /can ask only in one way/)
  const faults: FrontFaults = { pass: ({ headers }) => delete headers.cookie }
  const dropping = await startFrontStandIn(t, { gatePort: gate.port, faults })
  t.match(await checkFront(setupOf(gate, dropping, quiet)), {
    findings: [{ code: 'front-drops-cookies' }],
  })
  // Without the log, nobody can tell.
  const blind = await checkFront(setupOf(gate, dropping, { ...quiet, lines: undefined }))
  t.strictSame(blind.findings, [])
  t.match(blind.unknown.join('\n'), /Whether cookies of single sign-on reach the gate/)
})
