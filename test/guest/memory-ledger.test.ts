// Budgets by distinct people, held against a plain model, and the bounds on their memory.
import t from 'tap'
import type { Budget, LedgerEntry } from '../../src/guest/ledger.ts'
import type { MemoryLedger } from '../../src/guest/memory-ledger.ts'
import { buildMemoryLedger } from '../../src/guest/memory-ledger.ts'
import { fc } from '../fixtures/property.ts'

const startMs = Date.UTC(2026, 0, 1)
const hourMs = 3_600_000
const budget: Budget = { people: 3, misses: 3, perMs: hourMs }

type Asked = Partial<LedgerEntry> & { readonly person: string }

/** Whether the client sees the person. */
function sees(ledger: MemoryLedger, asked: Asked): boolean {
  const plain = { rule: 'meeting', client: '192.0.2.7', isMissing: false, isCanary: false }
  return !ledger.count({ ...plain, budget, alarm: undefined, nowMs: startMs, ...asked }).isOver
}

t.test('a client sees as many people as its budget has, and not one more', async t => {
  const ledger = buildMemoryLedger()
  const seen = ['a', 'b', 'c', 'd', 'e'].filter(person => sees(ledger, { person }))
  t.strictSame(seen, ['a', 'b', 'c'])
  t.ok(sees(ledger, { person: 'b' }), 'those whom it saw stay visible')
  t.notOk(sees(ledger, { person: 'd' }))
  t.ok(sees(ledger, { person: 'd', client: '192.0.2.8' }), 'another client has its own')
  t.ok(sees(ledger, { person: 'd', rule: 'kiosk' }), 'another rule counts for itself')
})

t.test('the window slides: a person leaves it when it was not asked for so long', async t => {
  const ledger = buildMemoryLedger()
  const at = (minutes: number, person: string) =>
    sees(ledger, { person, nowMs: startMs + minutes * 60_000 })
  t.ok(at(0, 'a') && at(10, 'b') && at(20, 'c'))
  t.notOk(at(59.99, 'd'))
  t.ok(at(59.99, 'a'), 'asking again is free, and begins its hour anew')
  t.notOk(at(60, 'd'))
  t.ok(at(70, 'd'), 'b is gone')
  t.notOk(at(71, 'b'))
  t.ok(at(80, 'b'), 'c is gone')
  t.notOk(at(81, 'c'))
})

t.test('names without a photo', async t => {
  const strict = { ...budget, people: 10, misses: 2 }
  const ask = (ledger: MemoryLedger, person: string, more: Partial<LedgerEntry> = {}) =>
    sees(ledger, { person, budget: strict, isMissing: true, ...more })
  t.test('one more than misses spends the whole budget for an hour', async t => {
    const ledger = buildMemoryLedger()
    t.ok(ask(ledger, 'x') && ask(ledger, 'y') && ask(ledger, 'x'))
    t.ok(ask(ledger, 'joe', { isMissing: false }))
    t.notOk(ask(ledger, 'z'))
    t.notOk(ask(ledger, 'sue', { isMissing: false }))
    t.ok(ask(ledger, 'joe', { isMissing: false }), 'whom it saw stays')
    t.notOk(ask(ledger, 'sue', { isMissing: false, nowMs: startMs + hourMs - 1 }))
    t.ok(ask(ledger, 'sue', { isMissing: false, nowMs: startMs + hourMs }))
  })
  t.test('none allowed: the first one spends it', async t => {
    const ledger = buildMemoryLedger()
    const none = { ...strict, misses: 0 }
    t.notOk(ask(ledger, 'x', { budget: none }))
    t.notOk(ask(ledger, 'joe', { budget: none, isMissing: false }))
  })
  t.test('a photo that has come since is no miss any more', async t => {
    const ledger = buildMemoryLedger()
    t.ok(ask(ledger, 'x') && ask(ledger, 'y'))
    t.ok(ask(ledger, 'x', { isMissing: false }))
    t.ok(ask(ledger, 'z'))
    t.notOk(ask(ledger, 'w'))
  })
  t.test('a photo that has gone since is one, and was seen', async t => {
    const ledger = buildMemoryLedger()
    for (const person of ['a', 'b', 'c']) t.ok(ask(ledger, person, { isMissing: false }))
    for (const person of ['a', 'b', 'c']) t.ok(ask(ledger, person))
    t.notOk(ask(ledger, 'd'))
  })
})

t.test('a canary spends the whole budget at once', async t => {
  const ledger = buildMemoryLedger()
  t.ok(sees(ledger, { person: 'a' }))
  t.notOk(sees(ledger, { person: 'trap', isCanary: true, isMissing: true }))
  t.notOk(sees(ledger, { person: 'b' }))
  t.ok(sees(ledger, { person: 'a' }))
  t.ok(sees(ledger, { person: 'b', nowMs: startMs + hourMs }))
  const later = buildMemoryLedger()
  t.ok(sees(later, { person: 'trap', isMissing: true }))
  t.notOk(sees(later, { person: 'trap', isMissing: true, isCanary: true }), 'made one since')
  t.notOk(sees(later, { person: 'b' }))
})

t.test('a budget that a reload changes holds from the next request on', async t => {
  const ledger = buildMemoryLedger()
  for (const person of ['a', 'b', 'c']) sees(ledger, { person })
  t.ok(sees(ledger, { person: 'd', budget: { ...budget, people: 4 } }))
  t.notOk(sees(ledger, { person: 'e', budget: { ...budget, people: 2 } }))
  const short = { ...budget, perMs: 60_000 }
  t.ok(sees(ledger, { person: 'e', budget: short, nowMs: startMs + 60_000 }))
})

t.test('a clock that is set back renews nothing', async t => {
  const ledger = buildMemoryLedger()
  for (const person of ['a', 'b', 'c']) sees(ledger, { person })
  t.notOk(sees(ledger, { person: 'd', nowMs: startMs - 10 * hourMs }))
  t.ok(sees(ledger, { person: 'a', nowMs: startMs - 10 * hourMs }))
  t.notOk(sees(ledger, { person: 'd', nowMs: startMs + 1 }))
})

t.test('the alarm counts the people of all clients of a rule, and refuses nothing', async t => {
  const ledger = buildMemoryLedger()
  const alarm = { people: 3, perMs: hourMs }
  const raises = (person: string, minutes: number, client = person) => {
    const nowMs = startMs + minutes * 60_000
    const plain = { rule: 'meeting', isMissing: false, isCanary: false, budget: undefined }
    const { isAlarm, isOver } = ledger.count({ ...plain, client, person, alarm, nowMs })
    t.notOk(isOver)
    return isAlarm
  }
  const raised = ['a', 'b', 'c', 'a', 'd', 'e'].map((person, minutes) => raises(person, minutes))
  t.strictSame(raised, [false, false, false, false, true, false])
  const later = Array.from({ length: 59 }, (_, minute) => raises(`f${minute}`, 5 + minute))
  t.notOk(later.includes(true), 'once in a window')
  t.ok(raises('g', 64), 'and again in the next one')
  const quiet = ['a', 'b', 'c'].map(person => raises(person, 1_000))
  t.strictSame(quiet, [false, false, false], 'at the limit it is not passed')
})

t.test('the alarm counts the people of each pass for itself', async t => {
  const ledger = buildMemoryLedger()
  const alarm = { people: 2, perMs: hourMs }
  const raises = (person: string, pass: string | undefined, rule = 'meeting') => {
    const plain = { rule, isMissing: false, isCanary: false, budget: undefined, nowMs: startMs }
    return ledger.count({ ...plain, client: person, pass, person, alarm }).isAlarm
  }
  const raised = (pass?: string, rule?: string) =>
    ['a', 'b', 'c', 'd'].map(person => raises(person, pass, rule))
  for (const [pass, rule] of [['p1'], ['p2'], [undefined], ['p1', 'kiosk']] as const)
    t.strictSame(raised(pass, rule), [false, false, true, false], `${pass} ${rule}`)
})

t.test('what a client asks that has spent its budget changes nothing', async t => {
  // Otherwise the moment at which the budget recovers would tell which of a thousand names exist.
  const strict: Budget = { people: 4, misses: 1, perMs: hourMs }
  const recovers = (asked: Partial<LedgerEntry>) => {
    const ledger = buildMemoryLedger()
    const ask = (person: string, seconds: number, more: Partial<LedgerEntry> = {}) =>
      sees(ledger, { person, budget: strict, nowMs: startMs + seconds * 1_000, ...more })
    ask('bad', 0, { isMissing: true })
    for (const person of ['a', 'b', 'c']) ask(person, 1)
    t.notOk(ask('secret', 70, asked))
    ask('bad', 80, { isMissing: true })
    return ask('known', 3_602)
  }
  for (const asked of [{}, { isMissing: true }, { isMissing: true, isCanary: true }])
    t.ok(recovers(asked), JSON.stringify(asked))
})

t.test('any order of requests gives what a plain model gives', async t => {
  const request = fc.record({
    client: fc.constantFrom('192.0.2.1', '192.0.2.2'),
    person: fc.constantFrom(...'abcdefgh'),
    isMissing: fc.boolean(),
    isCanary: fc.integer({ max: 30, min: 0 }).map(number => number === 0),
    stepMs: fc.nat(hourMs / 3),
  })
  const limits: Budget = { people: 4, misses: 2, perMs: hourMs }
  fc.assert(
    fc.property(fc.array(request, { maxLength: 60 }), requests => {
      const ledger = buildMemoryLedger()
      const model = new Model(limits)
      let nowMs = startMs
      for (const { stepMs, ...asked } of requests) {
        nowMs += stepMs
        const expected = model.sees({ ...asked, nowMs })
        if (sees(ledger, { ...asked, budget: limits, nowMs }) !== expected) return false
      }
      return true
    }),
    { numRuns: 400 },
  )
  t.pass()
})

interface Sighting {
  readonly client: string
  readonly person: string
  readonly isMissing: boolean
  readonly nowMs: number
}

/** All that was ever asked, looked through for each request. */
class Model {
  readonly #limits: Budget
  readonly #seen: Sighting[] = []
  readonly #spent: Pick<Sighting, 'client' | 'nowMs'>[] = []

  constructor(limits: Budget) {
    this.#limits = limits
  }

  sees({ isCanary, ...asked }: Sighting & { isCanary: boolean }): boolean {
    const { client, person, isMissing, nowMs } = asked
    const isNow = (one: Pick<Sighting, 'client' | 'nowMs'>) =>
      one.client === client && one.nowMs > nowMs - this.#limits.perMs
    const lastOf = new Map<string, Sighting>()
    for (const one of this.#seen.filter(isNow)) lastOf.set(one.person, one)
    if (isCanary || !lastOf.has(person)) {
      if (this.#spent.some(isNow) || lastOf.size >= this.#limits.people) return false
      const missing = [...lastOf.values()].filter(one => one.isMissing).length
      if (isCanary || (isMissing && missing >= this.#limits.misses)) {
        this.#spent.push({ client, nowMs })
        return false
      }
    }
    this.#seen.push(asked)
    return true
  }
}

t.test('the memory has a bound', async t => {
  t.test('more clients than fit: those idle longest go, and none gets a new budget', async t => {
    let full = 0
    const ledger = buildMemoryLedger({ maxClients: 4_096, onFull: () => full++ })
    const clients = Array.from({ length: 20_000 }, (_, at) => `client ${at}`)
    for (const client of clients) {
      for (const person of ['a', 'b', 'c']) sees(ledger, { client, person })
    }
    t.ok(ledger.clients <= 4_096 && ledger.clients > 3_000, `${ledger.clients}`)
    const renewed = clients.filter(client => sees(ledger, { client, person: 'd' }))
    t.strictSame(renewed, [])
    t.equal(full, 1, 'it is said once')
  })
  t.test('a client that keeps asking is not forgotten in a flood of others', async t => {
    const ledger = buildMemoryLedger({ maxClients: 1_024 * 50 })
    for (const person of ['a', 'b', 'c']) sees(ledger, { client: 'guest', person })
    let at = 0
    for (let round = 0; round < 40; round++) {
      for (let other = 0; other < 3_000; other++)
        sees(ledger, { client: `flood ${at++}`, person: 'x' })
      const nowMs = startMs + round
      t.ok(sees(ledger, { client: 'guest', person: 'a', nowMs }), 'it still sees whom it saw')
      t.notOk(sees(ledger, { client: 'guest', person: 'd', nowMs }))
    }
  })
  t.test('more people than fit: large budgets do not grow the memory', async t => {
    const ledger = buildMemoryLedger({ maxPeople: 10_240 })
    const large = { people: 10_000, misses: 10_000, perMs: hourMs }
    const clients = Array.from({ length: 5_000 }, (_, at) => `client ${at}`)
    for (const client of clients) {
      for (let person = 0; person < 20; person++)
        sees(ledger, { client, person: `${person}`, budget: large })
    }
    // The client that asks now is never forgotten.
    t.ok(ledger.people <= 10_240 + 1_024 * 20, `${ledger.people}`)
    t.ok(ledger.people > 10_000)
    t.ok(sees(ledger, { client: 'client 4999', person: '0', budget: large }))
  })
  t.test('a large budget alone does not fill it', async t => {
    let full = 0
    const ledger = buildMemoryLedger({ onFull: () => full++ })
    const large = { people: 10_000, misses: 10_000, perMs: hourMs }
    for (let person = 0; person < 10_000; person++)
      sees(ledger, { person: `${person}`, budget: large })
    for (let other = 0; other < 5_000; other++)
      sees(ledger, { client: `other ${other}`, person: 'a', budget: large })
    t.ok(sees(ledger, { person: '0', budget: large }))
    t.equal(full, 0)
  })
  t.test('windows that are over make room, and their clients begin anew', async t => {
    const ledger = buildMemoryLedger()
    for (let client = 0; client < 5_000; client++)
      sees(ledger, { client: `${client}`, person: 'a' })
    const nowMs = startMs + hourMs
    for (let client = 0; client < 5_000; client++) {
      t.ok(sees(ledger, { client: `late ${client}`, person: 'a', nowMs }))
    }
    t.ok(ledger.clients < 5_200, `${ledger.clients}`)
  })
})
