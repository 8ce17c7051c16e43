import t from 'tap'
import { buildDecisionCounts } from '../../../src/admin/decision/counts.ts'

t.test('requests are counted by rule and reason, and further rules together', async t => {
  const counts = buildDecisionCounts()
  for (let at = 0; at < 1_500; at++) counts.add(`rule-${at}`, 'found')
  counts.add('rule-7', 'found', 2)
  counts.add(null, 'health')
  const entries = [...counts.entries()]
  t.equal(entries.length, 1_002)
  t.strictSame(
    entries.find(([rule]) => rule === 'rule-7'),
    ['rule-7', 'found', 3],
  )
  t.strictSame(
    entries.filter(([rule]) => rule === '(other)'),
    [
      ['(other)', 'found', 500],
      ['(other)', 'health', 1],
    ],
  )
})
