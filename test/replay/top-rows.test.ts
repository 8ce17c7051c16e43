import t from 'tap'
import { RowCounter } from '../../src/replay/top-rows.ts'

const open = (most: number) => new RowCounter(most, () => ({ requests: 0 }))

t.test('rows come with the most requests first, and equal ones by their keys', async t => {
  const counter = open(10)
  for (const key of ['b', 'c', 'a', 'c']) counter.count(key)
  t.strictSame(counter.top(2), {
    rows: [
      { key: 'c', requests: 2 },
      { key: 'a', requests: 1 },
    ],
    otherRequests: 1,
    isIncomplete: false,
  })
})

t.test(
  'the most requested rows are found among any number of others, and every request is counted',
  async t => {
    const counter = open(100)
    let requests = 0
    for (let at = 0; at < 100_000; at++) {
      counter.count(`once-${at}`)
      requests++
      if (at < 90_000 || at % 100 !== 0) continue
      counter.count('late')
      requests++
    }
    const { rows, otherRequests, isIncomplete } = counter.top(10)
    t.match(rows[0], { key: 'late', requests: 100 })
    t.equal(
      rows.reduce((sum, row) => sum + row.requests, otherRequests),
      requests,
    )
    t.equal(isIncomplete, true)
  },
)

t.test('a row keeps its other counts', async t => {
  const counter = new RowCounter(10, () => ({ requests: 0, clients: 0 }))
  counter.count('a').clients++
  counter.count('a')
  t.strictSame(counter.top(1).rows, [{ key: 'a', requests: 2, clients: 1 }])
})
