import t from 'tap'
import { checkFront } from '../../../src/doctor/front/front.ts'
import type { FrontSetup } from '../../../src/doctor/front/probe.ts'
import { quiet, setupOf, siteConfig, startAnotherGate } from '../../fixtures/doctored-front.ts'
import { startFrontStandIn } from '../../fixtures/front-stand-in.ts'

// Long enough to tell the moments apart on a busy machine.
const quick = siteConfig().replace('6s', '5s')
t.jobs = 6

t.test('the connections between front and gate', { buffered: true }, async t => {
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
  { skip: process.platform !== 'linux', buffered: true },
  async t => {
    const gate = await startAnotherGate(t, quick)
    const url = await startFrontStandIn(t, { gatePort: gate.port })
    const last = async (more: Partial<FrontSetup>) =>
      (await checkFront(setupOf(gate, url, more))).unknown.at(-1)
    t.match(await last({}), /add --wait to look; that takes 7 s/)
    t.match(await last({ lines: undefined }), /only with --log/)
    t.match(await last(quiet), /on the gate's machine/)
    const socket = { ...gate.settings, listen: [{ socket: '/run/photogate.sock', mode: 0o660 }] }
    t.match(await last({ settings: socket }), /over a Unix socket/)
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
  { skip: process.platform !== 'linux', buffered: true },
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
