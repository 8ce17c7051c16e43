// Who shakes hands when: a flood of one client does not keep others waiting, and nobody is forgotten.
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { buildHandshakeTurns } from '../../../src/server/tls/handshake-turns.ts'
import { waitUntil } from '../../fixtures/wait-until.ts'

const limits = {
  ...{ burst: 3, perSecond: 1, maxWaiting: 4, restRatio: 9 },
  ...{ minRestMs: 1, maxClients: 100 },
}

t.test('a client begins its allowance at once, and more in turns, in order', async t => {
  const begun: number[] = []
  const turns = buildHandshakeTurns({ limits })
  for (let at = 0; at < 7; at++) t.ok(turns.take('a', () => begun.push(at)))
  t.strictSame(begun, [0, 1, 2], 'at once')
  await waitUntil(() => begun.length === 7)
  t.strictSame(begun, [0, 1, 2, 3, 4, 5, 6])
})

t.test('too many that wait are refused, and others are not', async t => {
  const turns = buildHandshakeTurns({ limits })
  const taken = Array.from({ length: 9 }, () => turns.take('a', () => {}))
  t.strictSame(taken, [...Array(7).fill(true), false, false])
  t.ok(turns.take('b', () => {}))
})

t.test('clients above their allowance take turns, however many handshakes each wants', async t => {
  const begun: string[] = []
  const turns = buildHandshakeTurns({ limits: { ...limits, burst: 0 } })
  for (const client of ['a', 'a', 'a', 'a', 'b', 'c', 'b'])
    turns.take(client, () => begun.push(client))
  await waitUntil(() => begun.length === 7)
  t.equal(begun.join(''), 'abcabaa')
})

t.test('the allowance comes back with time', async t => {
  let nowMs = 0
  const begun: number[] = []
  const turns = buildHandshakeTurns({ limits, now: () => nowMs })
  for (let at = 0; at < 3; at++) turns.take('a', () => begun.push(at))
  nowMs = 2_000
  for (let at = 3; at < 5; at++) turns.take('a', () => begun.push(at))
  t.strictSame(begun, [0, 1, 2, 3, 4], 'two in two seconds')
  nowMs = 1_000_000
  for (let at = 5; at < 9; at++) turns.take('a', () => begun.push(at))
  t.equal(begun.length, 8, 'never more than the burst')
})

t.test('handshakes in turns take a tenth of the time at most', async t => {
  const costMs = 4
  let spentMs = 0
  const turns = buildHandshakeTurns({ limits: { ...limits, burst: 0, maxWaiting: 1_000 } })
  for (let at = 0; at < 1_000; at++) {
    turns.take('a', () => {
      const until = performance.now() + costMs
      while (performance.now() < until);
      spentMs += costMs
    })
  }
  await delay(600)
  // Node's timers may be late, never early by more than a millisecond.
  t.ok(spentMs >= costMs, 'some are begun')
  t.ok(spentMs <= 100, `${spentMs} ms of 600`)
})
