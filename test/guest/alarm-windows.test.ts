// The bounds on the memory of alarms.
import t from 'tap'
import { buildAlarmWindows } from '../../src/guest/alarm-windows.ts'

const limit = { people: 2, perMs: 1_000 }

t.test('the pass that has been idle longest loses its window first, and a rule never', async t => {
  const windows = buildAlarmWindows({ maxPasses: 2, maxPeople: 1_000 })
  const count = (person: number, pass?: string) =>
    windows.find('meeting', pass).passes(person, limit, 10)
  for (const person of [1, 2]) for (const pass of ['p1', 'p2', undefined]) count(person, pass)
  count(1, 'p1')
  count(1, 'p3')
  t.ok(count(3, 'p1'), 'p1 was asked for after p2')
  t.notOk(count(3, 'p2'), 'p2 begins anew')
  t.ok(count(3, undefined), 'the rule has kept its window')
})

t.test('the people of all passes are bounded, and one pass is always kept', async t => {
  const windows = buildAlarmWindows({ maxPasses: 100, maxPeople: 3 })
  const large = { people: 10, perMs: 1_000 }
  const count = (person: number, pass: string, timeMs = 10) => {
    const window = windows.find('meeting', pass)
    window.passes(person, large, timeMs)
    return window.people
  }
  t.strictSame(
    [1, 2, 3, 4, 5].map(person => count(person, 'p1')),
    [1, 2, 3, 4, 5],
    'of one alone',
  )
  t.equal(count(1, 'p2'), 1, 'which pushes p1 out')
  t.equal(count(2, 'p2'), 2)
  t.strictSame([count(1, 'p1'), count(2, 'p1')], [1, 2], 'within the bound, both are kept')
  t.equal(count(3, 'p2'), 3)
  t.equal(count(4, 'p2', 5_000), 1, 'those whose time is over do not count')
})
