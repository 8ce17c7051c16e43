// The counters on the path of every request: bounds of their labels, and the buckets of the histogram.
import t from 'tap'
import { buildEndedRequests, reasons } from '../../../src/admin/metrics/ended-requests.ts'
import { bucketSeconds, buildTimeCounts } from '../../../src/admin/metrics/time-counts.ts'
import type { AccessRecord } from '../../../src/gate/access-record.ts'

const record: AccessRecord = {
  ...{ timeMs: 0, client: null, peer: null, method: 'GET', address: null, status: 200 },
  ...{ rule: 'office', reason: 'found', bytes: 10, milliseconds: 0.3, userAgent: null },
  isAborted: false,
}

t.test('reloads that bring ever other rules do not grow the counters without a bound', async t => {
  const counts = buildEndedRequests()
  for (let at = 0; at < 3_000; at++) counts.write({ ...record, rule: `rule-${at}` })
  t.equal(counts.byRule.size, 1_001)
  const other = counts.byRule.get('(other)')
  t.equal(other?.[reasons.indexOf('found')], 2_000, 'the others are counted together')
})

t.test('outcomes, tokens, passes and links are counted by their result', async t => {
  const counts = buildEndedRequests()
  const identity = { format: 'v2', realm: 'acme', user: 'u', keyId: 'k', expiresMs: 0 } as never
  counts.write({ ...record, token: identity })
  counts.write({ ...record, rule: 'turned-away', reason: 'no-rule', token: { refused: 'expired' } })
  counts.write({ ...record, rule: 'turned-away', reason: 'no-rule', linkRefusal: 'cut' })
  counts.write({ ...record, rule: null, reason: 'health', pass: { id: 'a', name: 'n' } as never })
  counts.write({ ...record, isAborted: true, pass: { refused: 'malformed' } })
  t.strictSame(Object.fromEntries(counts.tokens), { verified: 1, expired: 1 })
  t.strictSame(Object.fromEntries(counts.passes), { valid: 1, malformed: 1 })
  t.strictSame(Object.fromEntries(counts.linkRefusals), { cut: 1 })
  t.equal(counts.aborted, 1)
  t.equal(counts.bytes, 50)
  const total = (outcome: keyof typeof counts.times) =>
    counts.times[outcome].buckets.reduce((a, b) => a + b)
  t.strictSame([total('admitted'), total('turned-away'), total('unjudged')], [2, 2, 1])
})

t.test('a bucket holds what is at most its bound', async t => {
  const times = buildTimeCounts()
  for (const seconds of bucketSeconds) times.note(seconds * 1_000)
  times.note(10_000.001)
  times.note(0)
  t.strictSame([...times.buckets], [2, ...bucketSeconds.slice(1).map(() => 1), 1])
  t.ok(Math.abs(times.sumSeconds - bucketSeconds.reduce((a, b) => a + b) - 10) < 0.01)
})
