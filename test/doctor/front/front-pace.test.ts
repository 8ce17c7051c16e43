// Doctor asks gently: few requests at once, slower when the front says so, and for few people.
import t from 'tap'
import { checkFront } from '../../../src/doctor/front/front.ts'
import { buildProbe, spell } from '../../../src/doctor/front/probe.ts'
import { buildPace, maxAtOnce } from '../../../src/doctor/front/probe-pace.ts'
import { quiet, setupOf, shareGates, siteConfig } from '../../fixtures/doctored-front.ts'
import type { FrontFaults } from '../../fixtures/front-stand-in.ts'
import { startFrontStandIn } from '../../fixtures/front-stand-in.ts'

const gateOf = shareGates(t)

// As limit_req of nginx with nodelay.
function bucket({ burst, perMs, status }: { burst: number; perMs: number; status: number }) {
  let [level, lastMs, refused] = [0, 0, 0]
  const instead: FrontFaults['instead'] = (_, response) => {
    const nowMs = performance.now()
    level = Math.max(0, level - (nowMs - lastMs) * perMs)
    lastMs = nowMs
    if (level < burst) level++
    else {
      refused++
      response.writeHead(status).end('slow down')
      return true
    }
    return false
  }
  return { faults: { instead }, refused: () => refused }
}

for (const status of [429, 503]) {
  t.test(`a front that limits requests with ${status} is asked slower`, async t => {
    const gate = await gateOf(siteConfig())
    const { faults, refused } = bucket({ burst: 5, perMs: 1 / 50, status })
    const url = await startFrontStandIn(t, { gatePort: gate.port, faults })
    const found = await checkFront(setupOf(gate, url, { ...quiet, paceMs: 5 }))
    t.ok(refused() > 0)
    t.strictSame(found.findings, [])
    t.notMatch(found.unknown.join('\n'), /limits/)
  })

  t.test(`a front that goes on with ${status} leaves the rest unknown`, async t => {
    const gate = await gateOf(siteConfig())
    for (const burst of [2, 15, 30]) {
      const { faults } = bucket({ burst, perMs: 0, status })
      const url = await startFrontStandIn(t, { gatePort: gate.port, faults })
      for (const more of [{}, { lines: undefined }]) {
        const found = await checkFront(
          setupOf(gate, url, { ...quiet, lineMs: 120, paceMs: 1, ...more }),
        )
        t.strictSame(
          found.findings.filter(({ code }) => code !== 'front-bad-gateway'),
          [],
          `${burst}`,
        )
        // The second time, not one request comes through.
        const isDown = found.findings.length > 0
        if (!isDown) t.match(found.unknown.join('\n'), /limits requests|answers 429/)
      }
    }
  })
}

t.test('few requests run at once', async t => {
  const gate = await gateOf(siteConfig())
  let [running, most] = [0, 0]
  const faults: FrontFaults = {
    instead: (_, response) => {
      most = Math.max(most, ++running)
      response.on('close', () => running--)
      return false
    },
  }
  const url = await startFrontStandIn(t, { gatePort: gate.port, faults })
  await checkFront(setupOf(gate, url, quiet))
  // One may still close.
  t.ok(most >= 2 && most <= maxAtOnce + 1, `${most}`)
})

t.test('requests start one after the other, and slower once the front has refused one', async t => {
  const pace = buildPace(20)
  const starts: number[] = []
  const ask = async () => {
    starts.push(performance.now())
  }
  await Promise.all(Array.from({ length: 5 }, () => pace.run(ask)))
  t.ok((starts[4] ?? 0) - (starts[0] ?? 0) >= 75)
  await Promise.all([pace.slowDown(), pace.slowDown()])
  starts.length = 0
  await Promise.all(Array.from({ length: 3 }, () => pace.run(ask)))
  const tookMs = (starts[2] ?? 0) - (starts[0] ?? 0)
  t.ok(tookMs >= 115 && tookMs < 300, `${tookMs}`)
})

t.test('a request that throws leaves its turn to the next', async t => {
  const pace = buildPace(0)
  const failing = Array.from({ length: 9 }, () =>
    pace.run(() => Promise.reject(new Error('broken'))),
  )
  t.equal((await Promise.allSettled(failing)).length, 9)
  t.equal(await pace.run(async () => 1), 1)
})

t.test('nobody is one person in many spellings', async t => {
  t.equal(spell('ab.c', 5), 'Ab.C')
  const gate = await gateOf(siteConfig())
  const url = new URL('http://127.0.0.1:1')
  const probe = buildProbe(setupOf(gate, url, quiet), {
    url,
    authorities: undefined,
    from: undefined,
  })
  const names = Array.from({ length: 300 }, () => probe.nobody())
  t.equal(new Set(names).size, 300)
  t.equal(new Set(names.map(name => name.toLowerCase())).size, 1)
})

t.test('doctor asks for few people, and says how many a budget has counted', async t => {
  const guests = `  - { name: guests, from: [127.0.0.2], budget: { people: 20 } }\n`
  const gate = await gateOf(siteConfig({ more: guests }))
  const url = await startFrontStandIn(t, { gatePort: gate.port })
  const before = gate.requests().length
  const found = await checkFront(setupOf(gate, url, quiet))
  t.strictSame(found.findings, [])
  const lines = gate.requests().slice(before)
  const people = new Set(lines.map(({ address }) => address).filter(each => each !== null))
  t.ok(lines.length > 20 && people.size === 4, `${lines.length} ${[...people]}`)
  t.match(
    found.fine.join('\n'),
    /Rule guests has a budget: doctor has asked it for [1-4] people as client 127\.0\.0\.2, who count\./,
  )
  const blind = await checkFront(setupOf(gate, url, { ...quiet, lines: undefined }))
  t.match(blind.unknown.join('\n'), /budget or an alarm \(guests\) has admitted doctor/)
})
