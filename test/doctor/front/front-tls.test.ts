// Fronts by https: certificates, HTTP/2, and http beside it.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { checkOtherScheme } from '../../../src/doctor/front/check-other-scheme.ts'
import { checkFront } from '../../../src/doctor/front/front.ts'
import { judgeTrouble } from '../../../src/doctor/front/front-trouble.ts'
import type { FrontSetup } from '../../../src/doctor/front/probe.ts'
import { buildProbe } from '../../../src/doctor/front/probe.ts'
import { makeCertificates } from '../../fixtures/certificates.ts'
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

  await t.test('a certificate that ends soon will break', async t => {
    const url = await start()
    // The fixture's certificates are valid for two days.
    const at = (hours: number) =>
      checkFront(setupOf(gate, url, { ...setup, nowMs: Date.now() + hours * 3_600_000 }))
    t.strictSame((await at(30)).findings, [])
    t.match((await at(40)).findings, [{ code: 'front-tls-ends', seen: /, in 0 days\./ }])
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
t.test('http beside https may redirect, or not be there', async t => {
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
  t.match(await checkOtherScheme(probe, await redirecting(() => `${secure.origin}/`)), {
    findings: [{ code: 'front-redirect-loses-path' }],
  })
  const nothing = { findings: [], fine: [], unknown: [] }
  t.match(await checkOtherScheme(probe, await redirecting(path => `${secure.origin}${path}`)), {
    findings: [],
    fine: [/keeps the path/],
  })
  const page: FrontFaults['instead'] = (_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('hello')
    return true
  }
  t.strictSame(await checkOtherScheme(probe, await start(page)), nothing)
  const elsewhere = await redirecting(() => 'https://www.acme.example/')
  t.strictSame(await checkOtherScheme(probe, elsewhere), nothing)
  t.strictSame(
    await checkOtherScheme(probe, new URL(`http://127.0.0.1:${await findFreePort()}`)),
    nothing,
  )
  t.strictSame(await checkOtherScheme(probe, undefined), nothing)
})

t.test('http beside https that reaches the gate, too, is asked as https is', async t => {
  const certificates = makeCertificates(t)
  if (certificates === undefined) return
  const gate = await gateOf(siteConfig())
  const authorities = [readFileSync(certificates.caFile, 'utf8')]
  const tls = { certificates, http2: true }
  const clean = { gatePort: gate.port }
  const passing: FrontFaults = {
    pass: ({ headers }, asked) =>
      Object.assign(headers, {
        'x-forwarded-for': asked.headers['x-forwarded-for'] ?? headers['x-forwarded-for'],
      }),
  }
  const secure = await startFrontStandIn(t, { ...clean, tls })
  const faulty = await startFrontStandIn(t, { ...clean, faults: passing })
  const check = (url: URL, otherScheme: URL, more: Partial<FrontSetup> = {}) =>
    checkFront(setupOf(gate, url, { ...quiet, authorities, otherScheme, ...more }))
  const both = /No client can forge|sees the right client/
  const found = await check(secure, faulty)
  t.match(found.findings, [
    {
      code: 'front-forged-header',
      seen: `At ${faulty.origin}, which reaches the gate, too: A client`,
    },
  ])
  t.equal(found.findings.length, 1)
  t.notMatch(found.fine.join('\n'), both)
  // The other way round.
  const faultySecure = await startFrontStandIn(t, { ...clean, tls, faults: passing })
  const plain = await startFrontStandIn(t, clean)
  t.match((await check(plain, faultySecure)).findings, [
    { code: 'front-forged-header', seen: `At ${faultySecure.origin}` },
  ])
  const untrusted = await check(plain, secure, { authorities: [] })
  t.match(untrusted.unknown.join('\n'), /Whether https:\S+ reaches the gate, too: its certificate/)
  const right = await check(secure, plain)
  t.strictSame(right.findings, [])
  t.match(right.fine.join('\n'), both)
  t.match(right.fine.join('\n'), `At ${plain.origin}, which reaches the gate, too: No client`)
  // Without the log, and with that of another gate.
  const blind = await check(secure, faulty, { lines: undefined })
  t.match(blind.findings, [{ code: 'front-forged-header' }])
  const other = await startAnotherGate(t, siteConfig())
  const elsewhere = await startFrontStandIn(t, { gatePort: other.port })
  const unsure = await check(secure, elsewhere)
  t.strictSame(unsure.findings, [])
  t.match(unsure.unknown.join('\n'), /forge its address, at http:\S+ a gate answers there/)
  t.notMatch(unsure.fine.join('\n'), both)
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
