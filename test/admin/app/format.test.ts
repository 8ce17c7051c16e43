import t from 'tap'
import {
  agoText,
  axisTimeText,
  bytesText,
  clockText,
  dayText,
  numberText,
  reasonNames,
  reasonText,
  shareText,
} from '../../../src/admin/app/format.ts'
import { reasons } from '../../../src/admin/metrics/ended-requests.ts'

t.test('every reason that a request can end with is told in words', async t => {
  t.strictSame([...reasonNames].sort(), [...reasons].sort())
  for (const reason of reasons) t.not(reasonText(reason), reason)
  t.equal(reasonText('of-a-later-version'), 'of-a-later-version')
})

t.test('shares, times and sizes are told as people read them', async t => {
  const cases = [
    [shareText(0, 0), '0 %'],
    [shareText(1, 1_000), '< 1 %'],
    [shareText(2, 3), '67 %'],
    [shareText(999, 1_000), '99 %'],
    [shareText(1_000, 1_000), '100 %'],
    [agoText(5_000, 5_400), 'just now'],
    [agoText(9_000, 5_000), 'just now'],
    [agoText(0, 1_000), '1 second ago'],
    [agoText(0, 7_200_000), '2 hours ago'],
    [agoText(0, 3 * 86_400_000), '3 days ago'],
    [bytesText(512), '512 B'],
    [bytesText(2_560), '2.5 KiB'],
    [bytesText(3 * 1024 * 1024), '3.0 MiB'],
  ] as const
  for (const [told, wanted] of cases) t.equal(told, wanted)
  const timeMs = Date.parse('2026-03-02T08:09:10Z')
  for (const text of [clockText(timeMs), dayText(timeMs), axisTimeText(timeMs, 'hour')]) {
    t.match(text, /:09/)
  }
  t.match(axisTimeText(timeMs, 'month'), /2/)
  t.match(numberText(1_234), /^1.?234$/)
})
