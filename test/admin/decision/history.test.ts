import t from 'tap'
import { buildHistory, spans } from '../../../src/admin/decision/history.ts'
import type { Slot } from '../../../src/admin/decision/slot.ts'
import { recordOf } from '../../fixtures/access-record.ts'

const minuteMs = 60_000
const startMs = Date.parse('2026-03-02T00:00:00Z')

const sumOf = (slots: readonly Slot[]) =>
  slots.flatMap(({ counts }) => [...counts.entries()]).reduce((all, [, , count]) => all + count, 0)

t.test('each request is in the hour, the day and the month, at once', async t => {
  const history = buildHistory()
  history.add(recordOf({ timeMs: startMs + 1_000, rule: 'offices', reason: 'found' }))
  for (const span of ['hour', 'day', 'month'] as const) {
    const [slot, ...others] = history.slots(span, startMs + 2_000)
    t.strictSame(others, [])
    t.equal(slot?.startMs, startMs)
    t.strictSame([...(slot?.counts.entries() ?? [])], [['offices', 'found', 1]])
  }
})

t.test(
  'requests leave the hour after an hour, the day after a day, the month after 31 days',
  async t => {
    const history = buildHistory()
    let sent = 0
    for (let minute = 0; minute < 33 * 24 * 60; minute += 10) {
      history.add(recordOf({ timeMs: startMs + minute * minuteMs }))
      sent++
    }
    const nowMs = startMs + 33 * 24 * 60 * minuteMs - 1
    t.equal(sumOf(history.slots('hour', nowMs)), 6)
    t.equal(sumOf(history.slots('day', nowMs)), 24 * 6)
    t.equal(sumOf(history.slots('month', nowMs)), 31 * 24 * 6)
    t.equal(sent, 33 * 24 * 6)
    for (const span of ['hour', 'day', 'month'] as const) {
      t.ok(
        history.slots(span, nowMs).length <= spans[span].slots,
        `the ring of the ${span} is full`,
      )
    }
  },
)

t.test('nothing is counted twice when it is asked for often', async t => {
  const history = buildHistory()
  for (let second = 0; second < 7_200; second++) {
    history.add(recordOf({ timeMs: startMs + second * 1_000 }))
    if (second % 97 === 0) history.slots('day', startMs + second * 1_000)
  }
  t.equal(sumOf(history.slots('day', startMs + 7_200_000)), 7_200)
})

t.test('an hour without a request has no slot', async t => {
  const history = buildHistory()
  history.add(recordOf({ timeMs: startMs }))
  history.add(recordOf({ timeMs: startMs + 50 * minuteMs }))
  t.strictSame(
    history.slots('hour', startMs + 51 * minuteMs).map(slot => slot.startMs),
    [startMs, startMs + 50 * minuteMs],
  )
  t.strictSame(history.slots('hour', startMs + 200 * minuteMs), [])
})

t.test(
  'a clock that is set back loses what it counted too far ahead, and nothing after',
  async t => {
    const history = buildHistory()
    history.add(recordOf({ timeMs: startMs + 26 * 60 * minuteMs }))
    history.add(recordOf({ timeMs: startMs + minuteMs }))
    history.add(recordOf({ timeMs: startMs + 3 * minuteMs }))
    t.equal(sumOf(history.slots('hour', startMs + 4 * minuteMs)), 2)
    t.equal(sumOf(history.slots('day', startMs + 4 * minuteMs)), 2)
  },
)

t.test('the day and the month know who came most in all of their minutes', async t => {
  const history = buildHistory()
  for (let minute = 0; minute < 120; minute++) {
    const timeMs = startMs + minute * minuteMs
    for (let one = 0; one < 50; one++) {
      history.add(recordOf({ timeMs, client: `10.${minute}.0.${one}`, rule: 'turned-away' }))
    }
    for (let one = 0; one < 3; one++) {
      history.add(recordOf({ timeMs, client: '10.1.2.3', address: `p${minute}@acme.example` }))
      history.add(recordOf({ timeMs, client: '10.1.2.3', address: 'ada@acme.example' }))
    }
  }
  const nowMs = startMs + 121 * minuteMs
  const day = history.slots('day', nowMs)
  t.equal(
    day.reduce((all, { top }) => all + (top.clients.top(1)[0]?.[1] ?? 0), 0),
    720,
  )
  t.strictSame(day[0]?.top.photos.top(1), [['ada@acme.example', 45]])
  t.equal(day[0]?.top.turnedAway.top(1)[0]?.[1], 1)
  t.equal(history.slots('month', nowMs)[0]?.top.photos.top(1)[0]?.[1], 360)
})
