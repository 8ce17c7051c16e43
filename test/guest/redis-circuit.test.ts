// Whether Redis can be asked: nobody waits long, nothing is queued, and it heals by itself. The connections are made
// here, so that each answers when the test says so.
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import type { CircuitOptions } from '../../src/guest/redis-circuit.ts'
import { RedisCircuit } from '../../src/guest/redis-circuit.ts'
import type { RedisConnection } from '../../src/guest/redis-connection.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

// The circuit's own timers keep no process alive.
const alive = setInterval(() => {}, 1_000)
t.teardown(() => clearInterval(alive))

const question = { keys: [], values: [] }

interface Made extends RedisConnection {
  isClosed: boolean
  readonly waiting: { answer(reply: number): void; fail(error: Error): void }[]
  lose(error: Error): void
}

interface Bench {
  readonly circuit: RedisCircuit
  readonly made: Made[]
  readonly log: string[]
  /** Attempts from now on fail so. */
  failure: Error | undefined
  /** When each attempt began. */
  readonly attemptsMs: number[]
}

function openBench(
  limits: CircuitOptions['limits'] = {},
  failure?: Error,
  connect?: CircuitOptions['connect'],
): Bench {
  const made: Made[] = []
  const log: string[] = []
  const attemptsMs: number[] = []
  const bench: { failure: Error | undefined } = { failure }
  const circuit = new RedisCircuit({
    connect:
      connect ??
      (async ({ onLost }) => {
        attemptsMs.push(performance.now())
        if (bench.failure !== undefined) throw bench.failure
        const waiting: Made['waiting'] = []
        const connection: Made = {
          isClosed: false,
          waiting,
          ask: () => new Promise((answer, fail) => waiting.push({ answer, fail })),
          close: () => {
            connection.isClosed = true
          },
          lose: onLost,
        }
        made.push(connection)
        return connection
      }),
    onDown: error => log.push(`down: ${error.message}`),
    onUp: ({ bridged }) => log.push(`up: ${bridged}`),
    limits: { firstPauseMs: 1, maxPauseMs: 4, ...limits },
  })
  return Object.assign(bench, { circuit, made, log, attemptsMs })
}

t.test('a question is answered once there is a connection, and not before', async t => {
  const { circuit, made, log } = openBench()
  t.teardown(() => circuit.close())
  t.equal(circuit.ask(question), undefined)
  await circuit.tried
  const asked = circuit.ask(question)
  made[0]?.waiting[0]?.answer(5)
  t.equal(await asked, 5)
  t.strictSame(log, ['up: 1'])
})

t.test('after an error nobody waits, until another connection is made', async t => {
  const bench = openBench()
  const { circuit, made, log } = bench
  t.teardown(() => circuit.close())
  await circuit.tried
  const asked = [circuit.ask(question), circuit.ask(question), circuit.ask(question)]
  bench.failure = new Error('ECONNREFUSED')
  made[0]?.waiting[1]?.fail(new Error('OOM'))
  t.strictSame(await Promise.all(asked), [undefined, undefined, undefined], 'all at once')
  t.ok(made[0]?.isClosed)
  t.equal(circuit.ask(question), undefined)
  // What the old connection says now changes nothing.
  made[0]?.waiting[0]?.fail(new Error('closed'))
  made[0]?.waiting[2]?.answer(0)
  made[0]?.lose(new Error('closed'))
  await waitUntil(() => bench.attemptsMs.length > 3)
  t.strictSame(log, ['up: 0', 'down: OOM'], 'one outage is told once')
  bench.failure = undefined
  await waitUntil(() => made.length === 2)
  await waitUntil(() => log.length === 3)
  t.equal(log[2], 'up: 4')
  const later = circuit.ask(question)
  made[1]?.waiting[0]?.answer(2)
  t.equal(await later, 2)
})

t.test('a server that is down at the start is told, and tried again', async t => {
  const bench = openBench({}, new Error('ECONNREFUSED'))
  t.teardown(() => bench.circuit.close())
  await bench.circuit.tried
  t.strictSame(bench.log, ['down: ECONNREFUSED'])
  bench.failure = undefined
  await waitUntil(() => bench.log.length === 2)
  t.equal(bench.log[1], 'up: 0')
})

t.test('a lost connection opens the circuit without a question', async t => {
  const { circuit, made, log } = openBench()
  t.teardown(() => circuit.close())
  await circuit.tried
  made[0]?.lose(new Error('closed'))
  t.equal(circuit.ask(question), undefined)
  await waitUntil(() => log.length === 3)
  t.strictSame(log, ['up: 0', 'down: closed', 'up: 1'])
})

t.test('a question without an answer in time is given up, with all that came after it', async t => {
  const { circuit, made, log } = openBench({ answerMs: 20 })
  t.teardown(() => circuit.close())
  await circuit.tried
  const answered = circuit.ask(question)
  const first = circuit.ask(question)
  made[0]?.waiting[0]?.answer(0)
  t.equal(await answered, 0)
  await delay(5)
  const second = circuit.ask(question)
  t.equal(await first, undefined)
  t.equal(await second, undefined)
  t.equal(log[1], 'down: no answer within 20 ms')
})

t.test('the oldest question counts: one that came later gets its whole time', async t => {
  const { circuit, made, log } = openBench({ answerMs: 40 })
  t.teardown(() => circuit.close())
  await circuit.tried
  const first = circuit.ask(question)
  await delay(20)
  const asked = performance.now()
  const second = circuit.ask(question)
  made[0]?.waiting[0]?.answer(0)
  t.equal(await first, 0)
  t.equal(await second, undefined)
  t.ok(performance.now() - asked >= 39)
  t.equal(log[1], 'down: no answer within 40 ms')
})

t.test('a circuit stays closed while every question is answered in time', async t => {
  const { circuit, made, log } = openBench({ answerMs: 10 })
  t.teardown(() => circuit.close())
  await circuit.tried
  for (let at = 0; at < 3; at++) {
    const asked = circuit.ask(question)
    made[0]?.waiting[at]?.answer(at)
    t.equal(await asked, at)
    await delay(15)
  }
  t.strictSame(log, ['up: 0'])
})

t.test('too many questions without an answer open the circuit: there is no queue', async t => {
  const { circuit, made, log } = openBench({ maxUnanswered: 3 })
  t.teardown(() => circuit.close())
  await circuit.tried
  const asked = [1, 2, 3].map(() => circuit.ask(question))
  t.equal(circuit.ask(question), undefined)
  t.strictSame(await Promise.all(asked), [undefined, undefined, undefined])
  t.equal(log[1], 'down: 3 questions without an answer')
  await waitUntil(() => log.length === 3)
  t.equal(log[2], 'up: 4')
  t.equal(made.length, 2)
})

t.test('the pauses between attempts double, and begin anew after a calm time', async t => {
  // Timers never come early; how late they come is not looked at.
  const pausesOf = ({ attemptsMs }: Bench) =>
    attemptsMs.slice(1).map((atMs, at) => atMs - (attemptsMs[at] as number))
  const down = openBench({ firstPauseMs: 10, maxPauseMs: 30 }, new Error('down'))
  t.teardown(() => down.circuit.close())
  await waitUntil(() => down.attemptsMs.length === 5)
  for (const [at, leastMs] of [9, 19, 29, 29].entries())
    t.ok((pausesOf(down)[at] as number) >= leastMs)

  const flapping = openBench({ firstPauseMs: 2, maxPauseMs: 60, calmMs: 100_000 })
  t.teardown(() => flapping.circuit.close())
  for (let round = 1; round <= 6; round++) {
    await waitUntil(() => flapping.made.length === round)
    await delay(1)
    flapping.made[round - 1]?.lose(new Error('closed'))
  }
  t.ok((pausesOf(flapping)[4] as number) >= 31, 'it is not calm')

  const calm = openBench({ firstPauseMs: 2, maxPauseMs: 100_000, calmMs: 1 })
  t.teardown(() => calm.circuit.close())
  // With pauses that double, the twentieth would take minutes.
  for (let round = 1; round <= 20; round++) {
    await waitUntil(() => calm.made.length === round)
    await delay(2)
    calm.made[round - 1]?.lose(new Error('closed'))
  }
  await waitUntil(() => calm.made.length === 21)
  t.pass()
})

t.test('closing ends the connection and gives up what is under way', async t => {
  t.test('while it is up', async t => {
    const { circuit, made, log } = openBench()
    await circuit.tried
    const asked = circuit.ask(question)
    circuit.close()
    t.equal(await asked, undefined)
    t.ok(made[0]?.isClosed)
    t.equal(circuit.ask(question), undefined)
    made[0]?.lose(new Error('closed'))
    await delay(5)
    t.strictSame(log, ['up: 0'])
    t.equal(made.length, 1)
  })
  t.test('while it waits for the next attempt', async t => {
    const { circuit, attemptsMs } = openBench({}, new Error('down'))
    await circuit.tried
    const before = attemptsMs.length
    circuit.close()
    await delay(10)
    t.equal(attemptsMs.length, before)
  })
  t.test('during an attempt, which hears of it', async t => {
    let isClosed = false
    let finish = () => {}
    const slow = openBench({}, undefined, async ({ signal }) => {
      await new Promise<void>(resolve => {
        finish = resolve
      })
      t.ok(signal.aborted)
      return { ask: async () => 0, close: () => (isClosed = true) }
    })
    slow.circuit.close()
    finish()
    await slow.circuit.tried
    t.ok(isClosed)
    const failing = openBench(
      {},
      undefined,
      ({ signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('x')))),
    )
    failing.circuit.close()
    await failing.circuit.tried
    t.strictSame([...slow.log, ...failing.log], [])
  })
})
