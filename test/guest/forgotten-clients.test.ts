// What forgotten clients had spent is never too little, for at least a window, and is gone after two.
import t from 'tap'
import { buildForgottenClients } from '../../src/guest/forgotten-clients.ts'
import { hashOf } from '../../src/guest/keyed-hash.ts'

const perMs = 1_000

t.test('what a client had spent is known for at least a window', async t => {
  const clients = buildForgottenClients(perMs)
  const hash = hashOf('guest')
  t.equal(clients.find(hash, 0), 0)
  for (const [people, nowMs] of [
    [3, 5_000],
    [4, 5_900],
  ] as const)
    clients.add(hash, people, nowMs)
  for (const nowMs of [5_900, 6_500, 6_899]) t.ok(clients.find(hash, nowMs) >= 4, `${nowMs}`)
  t.equal(clients.find(hash, 9_000), 0, 'two windows later it is gone')
})

t.test('after a long rest the sketch begins anew', async t => {
  const clients = buildForgottenClients(perMs)
  clients.add(hashOf('guest'), 3, 1_000)
  t.equal(clients.find(hashOf('guest'), 60_000), 0)
})

t.test('the sketch gives none of thousands of clients less than it spent', async t => {
  const clients = buildForgottenClients(perMs)
  const spent = Array.from({ length: 20_000 }, (_, at) => 1 + (at % 40))
  for (const [at, people] of spent.entries()) clients.add(hashOf(`client ${at}`), people, 0)
  const tooLittle = spent.filter((people, at) => clients.find(hashOf(`client ${at}`), 0) < people)
  t.strictSame(tooLittle, [])
})

t.test('a count that is full stays full', async t => {
  const clients = buildForgottenClients(perMs)
  for (let round = 0; round < 8; round++) clients.add(hashOf('guest'), 10_000, 0)
  t.equal(clients.find(hashOf('guest'), 0), 65_535)
})
