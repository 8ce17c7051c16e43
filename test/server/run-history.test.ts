// What the program remembers of its run, bounded.
import t from 'tap'
import { buildRunHistory } from '../../src/server/run-history.ts'

t.test(
  'a run begins with the first configuration, and remembers what became of each reload',
  async t => {
    let nowMs = 1_000
    const run = buildRunHistory(() => nowMs)
    t.strictSame(run.facts.configuration, {
      ...{ generation: 1, appliedMs: 1_000, refusals: 0, refused: undefined },
    })
    t.equal(run.facts.phase, 'starting')
    nowMs = 2_000
    run.noteRefused(Array.from({ length: 30 }, (_, at) => `problem ${at}`))
    t.equal(run.facts.configuration.generation, 1)
    t.equal(run.facts.configuration.refused?.timeMs, 2_000)
    t.equal(run.facts.configuration.refused?.problems.length, 20)
    nowMs = 3_000
    run.noteApplied()
    t.strictSame(run.facts.configuration, {
      ...{ generation: 2, appliedMs: 3_000, refusals: 1, refused: undefined },
    })
    run.notePhase('stopping')
    t.equal(run.facts.phase, 'stopping')
  },
)

t.test('imports are remembered, the last 50 of them, and counted by their result', async t => {
  const run = buildRunHistory(() => 5)
  t.equal(run.facts.imports.nextMs, undefined)
  run.noteSchedule(() => new Date(7_000))
  t.equal(run.facts.imports.nextMs, 7_000)
  run.noteSchedule(() => null)
  t.equal(run.facts.imports.nextMs, undefined)
  run.noteImportStart()
  t.equal(run.facts.imports.runningSinceMs, 5)
  for (let at = 0; at < 60; at++) {
    const result = at % 2 === 0 ? 'fine' : 'failed'
    run.noteImportEnd({ startedMs: at, endedMs: at + 1, result, counters: { added: at } })
  }
  t.equal(run.facts.imports.runningSinceMs, undefined)
  t.strictSame(run.facts.imports.ends, { fine: 30, findings: 0, failed: 30, stopped: 0 })
  t.equal(run.facts.imports.ended.length, 50)
  t.equal(run.facts.imports.ended.at(-1)?.counters.added, 59)
})

t.test('what is seen of guests and handshakes is counted by its kind', async t => {
  const run = buildRunHistory()
  run.noteAlarm('meeting')
  run.noteAlarm('meeting')
  run.noteCanary('link')
  run.noteHandshake('timeout')
  t.strictSame(Object.fromEntries(run.facts.guests.alarms), { meeting: 2 })
  t.strictSame(Object.fromEntries(run.facts.guests.canaries), { link: 1 })
  t.strictSame(Object.fromEntries(run.facts.handshakes), { timeout: 1 })
})
