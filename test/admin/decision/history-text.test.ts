import t from 'tap'
import type { HistorySpan } from '../../../src/admin/decision/history.ts'
import { buildHistory, spanNames } from '../../../src/admin/decision/history.ts'
import {
  formatHistory as formatPieces,
  restoreHistory,
} from '../../../src/admin/decision/history-text.ts'
import { recordOf } from '../../fixtures/access-record.ts'

const startMs = Date.parse('2026-03-02T08:00:00Z')

function busyHistory() {
  const history = buildHistory()
  for (let minute = 0; minute < 300; minute++) {
    const timeMs = startMs + minute * 60_000
    history.add(recordOf({ timeMs, address: `p${minute % 7}@acme.example` }))
    history.add(recordOf({ timeMs, rule: 'turned-away', reason: 'no-rule', client: null }))
  }
  return history
}

const nowMs = startMs + 300 * 60_000
const formatHistory = (history: HistoryOf, atMs: number) =>
  [...formatPieces(history, atMs)].join('')
type HistoryOf = ReturnType<typeof buildHistory>
const readable = (history: HistoryOf, span: HistorySpan, atMs: number) =>
  history.slots(span, atMs).map(({ startMs, counts, top }) => ({
    ...{ startMs, counts: [...counts.entries()], photos: top.photos.top(10) },
  }))

t.test('a text that is not a whole history puts nothing back, and says why', async t => {
  const whole = formatHistory(busyHistory(), nowMs)
  const cases = [
    ['', /^is damaged: /],
    ['{}', /^is not a history of this version/],
    ['null', /^is damaged: /],
    [whole.slice(0, -10), /^is damaged: /],
    [whole.replace('"photogateHistory":1', '"photogateHistory":2'), /of this version/],
    [whole.replace(/"month":\[/, '"months":['), /a list is missing/],
    [whole.replace('"no-rule",', '"no-rule",-'), /a number is missing/],
    [whole.replace('"no-rule"', '7'), /a text is missing/],
  ] as const
  for (const [text, reason] of cases) {
    const history = buildHistory()
    t.match(restoreHistory(history, text, nowMs), reason, text.slice(0, 30))
    for (const span of spanNames) t.strictSame(history.slots(span, nowMs), [])
  }
})

t.test('a history that is put back says what it said before', async t => {
  const before = busyHistory()
  const after = buildHistory()
  t.equal(restoreHistory(after, formatHistory(before, nowMs), nowMs), undefined)
  for (const span of spanNames) {
    t.strictSame(readable(after, span, nowMs), readable(before, span, nowMs), span)
  }
})

t.test('the restored minute goes on', async t => {
  const before = buildHistory()
  before.add(recordOf({ timeMs: startMs }))
  const after = buildHistory()
  restoreHistory(after, formatHistory(before, startMs + 5_000), startMs + 5_000)
  after.add(recordOf({ timeMs: startMs + 6_000 }))
  after.add(recordOf({ timeMs: startMs + 66_000 }))
  t.strictSame(
    after.slots('hour', startMs + 67_000).map(({ counts }) => [...counts.entries()][0]?.[2]),
    [2, 1],
  )
})

t.test('what has become too old while the gate was stopped is left out', async t => {
  const text = formatHistory(busyHistory(), nowMs)
  const history = buildHistory()
  const laterMs = nowMs + 20 * 3_600_000
  restoreHistory(history, text, laterMs)
  t.strictSame(history.slots('hour', laterMs), [])
  t.equal(history.slots('day', laterMs).length, 15)
  t.ok(history.slots('month', laterMs).length > 0)
})
