import t from 'tap'
import { openConfigHome } from '../fixtures/config.ts'

const home = openConfigHome(t)
const rule = 'allow: [{ name: office, from: [10.0.0.0/8] }]\n'
const problems = (timeouts: string) => home.problems(`${rule}timeouts: ${timeouts}`)

t.test('timeouts that could not work are refused, with what to write', async t => {
  const rows: [string, ...string[]][] = [
    [
      '{ keepAlive: 0s }',
      'timeouts.keepAlive "0s" would be no limit at all; write 1s or more, like 75s',
    ],
    [
      '{ headers: 0m }',
      'timeouts.headers "0m" would be no limit at all; write 1s or more, like 15s',
    ],
    [
      '{ headers: 0s, request: 0d }',
      'timeouts.headers "0s" would be no limit at all; write 1s or more, like 15s',
      'timeouts.request "0d" would be no limit at all; write 1s or more, like 30s',
    ],
    ['{ keepAlive: 25h }', 'timeouts.keepAlive "25h" is longer than a day; write 24h or less'],
    [
      '{ keepAlive: 86401s }',
      'timeouts.keepAlive "86401s" is longer than a day; write 24h or less',
    ],
    ['{ keepAlive: 30d }', 'timeouts.keepAlive "30d" is longer than a day; write 24h or less'],
    [
      '{ request: 999999999d }',
      'timeouts.request "999999999d" is longer than a day; write 24h or less',
    ],
    [
      '{ headers: 31s }',
      'timeouts.headers "31s" is more than timeouts.request (30s); write 30s or less',
    ],
    [
      '{ headers: 1h, request: 59m }',
      'timeouts.headers "1h" is more than timeouts.request (59m); write 59m or less',
    ],
    [
      '{ request: 14s }',
      'timeouts.request "14s" is less than timeouts.headers (15s by default); write headers: 14s too',
    ],
    ['{ headers: 15, request: 5s }', 'timeouts.headers 15 has no unit; write 15s, 15m, 15h or 15d'],
    ['{ keepAlive: 1.5h }', 'timeouts.keepAlive "1.5h" is not a duration; write 90m'],
    [
      '{ keepAlive: }',
      'timeouts.keepAlive has no value; write how long a connection may be without a request, at most 24h, like 75s, or leave the key out',
    ],
    ['{ idle: 75s }', 'timeouts.idle is not known; known here: keepAlive, headers, request'],
    [
      '75s',
      'timeouts "75s" does not fit; write how long the gate waits for a client, like {"keepAlive":"65m"}',
    ],
  ]
  for (const [text, ...expected] of rows) {
    t.test(text, async t => {
      t.strictSame(
        problems(text).map(line => line.replace(/^\S+ /, '')),
        expected,
      )
    })
  }
})

t.test('timeouts at their bounds are accepted, and missing ones have their defaults', async t => {
  const rows: [string, number, number, number][] = [
    ['{}', 75, 15, 30],
    ['{ keepAlive: 1h }', 3_600, 15, 30],
    ['{ keepAlive: 24h, headers: 1d, request: 86400s }', 86_400, 86_400, 86_400],
    ['{ keepAlive: 1s, headers: 1s, request: 1s }', 1, 1, 1],
    ['{ headers: 30s }', 75, 30, 30],
    ['{ request: 15s }', 75, 15, 15],
  ]
  for (const [text, keepAliveSeconds, headersSeconds, requestSeconds] of rows) {
    t.test(text, async t => {
      const { timeouts } = home.settings(`${rule}timeouts: ${text}`)
      t.strictSame(timeouts, { keepAliveSeconds, headersSeconds, requestSeconds })
    })
  }
})
