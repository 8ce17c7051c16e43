// Fronts by https: certificates, HTTP/2, and http beside it.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { checkPlain } from '../../../src/doctor/front/check-redirects.ts'
import { checkFront } from '../../../src/doctor/front/front.ts'
import { judgeTrouble } from '../../../src/doctor/front/front-trouble.ts'
import { buildProbe } from '../../../src/doctor/front/probe.ts'
import { makeCertificates } from '../../fixtures/certificates.ts'
import { quiet, setupOf, shareGates, siteConfig } from '../../fixtures/doctored-front.ts'
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

t.test('a certificate that is not valid today is a finding', async t => {
  const url = new URL(`https://127.0.0.1:${await findFreePort()}`)
  const place = { url, authorities: undefined, from: undefined }
  for (const code of ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']) {
    t.match(await judgeTrouble(place, { code, message: 'x' }), {
      findings: [{ code: 'front-tls-date', seen: /not valid today.*ECONNREFUSED/ }],
    })
  }
})
