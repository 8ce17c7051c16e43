// The ledger in memory: the contract of ledgers, and the bounds on its memory.
import t from 'tap'
import type { MemoryLedger } from '../../src/guest/memory-ledger.ts'
import { buildMemoryLedger } from '../../src/guest/memory-ledger.ts'
import type { AskedOfLedger } from '../fixtures/ledger-contract.ts'
import { entryOf, hourMs, startMs, testLedgerContract } from '../fixtures/ledger-contract.ts'

/** Whether the client sees the person. */
function sees(ledger: MemoryLedger, asked: AskedOfLedger): boolean {
  return !ledger.count(entryOf(asked)).isOver
}

testLedgerContract(t, { openLedger: () => buildMemoryLedger(), numRuns: 400 })

t.test('an empty ledger remembers nobody', async t => {
  const ledger = buildMemoryLedger()
  t.strictSame([ledger.clients, ledger.people], [0, 0])
  sees(ledger, { person: 'a' })
  t.strictSame([ledger.clients, ledger.people], [1, 1])
})

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
  t.test('a client that is forgotten again and again loses no budget by that', async t => {
    const ledger = buildMemoryLedger({ maxClients: 1_024 })
    const large = { people: 40, misses: 40, perMs: hourMs }
    const isSeen = (person: string) => sees(ledger, { client: 'guest', person, budget: large })
    let other = 0
    for (let round = 0; round < 8; round++) {
      t.ok(isSeen('a'), `${round}`)
      for (let left = 8_000; left > 0; left--)
        sees(ledger, { client: `${other++}`, person: 'x', budget: large })
    }
    const people = Array.from({ length: 60 }, (_, at) => `p${at}`)
    const faces = people.filter(isSeen).length
    t.ok(faces > 25 && faces <= 40, `${faces}: eight times a, of which nobody knew any more`)
  })
  t.test(
    'a client that spent all at once by a canary has nothing left when it is forgotten',
    async t => {
      const ledger = buildMemoryLedger({ maxClients: 1_024 })
      t.notOk(sees(ledger, { person: 'trap', isCanary: true }))
      for (let other = 0; other < 8_000; other++) sees(ledger, { client: `${other}`, person: 'x' })
      t.notOk(sees(ledger, { person: 'a' }))
    },
  )
  t.test('a budget is also forgotten of a client that had to be given up', async t => {
    const ledger = buildMemoryLedger({ maxClients: 1_024 })
    const flood = (round: number) => {
      for (let other = 0; other < 8_000; other++)
        sees(ledger, { client: `${round} ${other}`, person: 'x' })
    }
    const account = { rule: 'meeting', client: '192.0.2.7', nowMs: startMs }
    t.notOk(sees(ledger, { person: 'trap', isCanary: true }))
    flood(1)
    t.notOk(sees(ledger, { person: 'a' }))
    t.equal(ledger.forget(account), 'forgotten')
    t.ok(sees(ledger, { person: 'a' }))
    t.notOk(sees(ledger, { person: 'trap', isCanary: true }))
    flood(2)
    t.notOk(sees(ledger, { person: 'b' }), 'what it has spent since counts')
  })
  t.test('budgets that are forgotten take no memory without a bound', async t => {
    const ledger = buildMemoryLedger()
    for (let at = 0; at < 5_000; at++) {
      sees(ledger, { client: `${at}`, person: 'a' })
      t.equal(ledger.forget({ rule: 'meeting', client: `${at}`, nowMs: startMs }), 'forgotten')
    }
    t.strictSame([ledger.clients, ledger.people], [0, 0])
  })
  t.test('another window renews nothing, whether a client is remembered or forgotten', async t => {
    const limits = { people: 3, misses: 3, perMs: hourMs }
    const longer = { ...limits, perMs: 2 * hourMs }
    for (const others of [0, 8_000]) {
      const ledger = buildMemoryLedger({ maxClients: 1_024 })
      for (const person of ['a', 'b', 'c']) t.ok(sees(ledger, { person, budget: limits }))
      for (let other = 0; other < others; other++)
        sees(ledger, { client: `${other}`, person: 'x', budget: limits })
      t.notOk(sees(ledger, { person: 'd', budget: longer, nowMs: startMs + 1 }), `${others}`)
    }
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
