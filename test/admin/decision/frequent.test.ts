import t from 'tap'
import { buildFrequent } from '../../../src/admin/decision/frequent.ts'
import { seededRandom } from '../../fixtures/random.ts'

t.test('a key that comes often outlives any number of keys that come once', async t => {
  const frequent = buildFrequent(100)
  for (let at = 0; at < 50_000; at++) {
    frequent.add(`once ${at}`)
    if (at % 10 === 0) frequent.add('often')
  }
  t.strictSame(frequent.top(1)[0]?.[0], 'often')
  t.ok(frequent.top(Infinity).length <= 100)
})

t.test('a count is exact while the keys have room', async t => {
  const frequent = buildFrequent(3)
  for (const key of ['b', 'a', 'c', 'a', 'b', 'a']) frequent.add(key)
  t.strictSame(frequent.top(2), [
    ['a', 3],
    ['b', 2],
  ])
  t.equal(frequent.missed, 0)
})

t.test('no count is too large, and none is too small by more than is said', async t => {
  const random = seededRandom(t)
  const frequent = buildFrequent(20)
  const truth = new Map<string, number>()
  for (let at = 0; at < 5_000; at++) {
    const key = `k${Math.floor(random() ** 3 * 200)}`
    const count = random() < 0.1 ? 7 : 1
    truth.set(key, (truth.get(key) ?? 0) + count)
    frequent.add(key, count)
  }
  const counts = new Map(frequent.top(Infinity))
  const wrong = [...truth].filter(([key, count]) => {
    const counted = counts.get(key) ?? 0
    return counted > count || counted < count - frequent.missed
  })
  t.strictSame(wrong, [])
  t.ok(frequent.missed > 0)
})
