import t from 'tap'
import type { Client } from '../../src/evidence/client-address.ts'
import { buildRefusalBudget } from '../../src/evidence/refusal-budget.ts'
import { parseNetworkAddress } from '../../src/policy/network-address.ts'

const address = (text: string, isIgnored = false): Client => ({
  ...{ address: parseNetworkAddress(text), doubt: undefined, isIgnored },
})
const joe = address('192.0.2.1')

function spendUntilSpent(
  budget: ReturnType<typeof buildRefusalBudget>,
  client: Client,
  nowMs: number,
): number {
  let count = 0
  for (; !budget.isSpent(client, nowMs) && count < 10_000; count++) budget.spend(client, nowMs)
  return count
}

t.test('a client has the budget of one second at once, and then its refill', async t => {
  const budget = buildRefusalBudget()
  t.equal(budget.isSpent(joe, 0), false)
  t.equal(spendUntilSpent(budget, joe, 0), 200)
  t.equal(budget.isSpent(joe, 4), true)
  t.equal(spendUntilSpent(budget, joe, 50), 10)
  t.equal(spendUntilSpent(budget, joe, 60_000), 200, 'and no more, however long it waits')
})

t.test('tokens that waited leave no debt', async t => {
  const budget = buildRefusalBudget()
  for (let count = 0; count < 5_000; count++) budget.spend(joe, 0)
  t.equal(budget.isSpent(joe, 10), false)
})

t.test('a clock that is set back refills nothing', async t => {
  const budget = buildRefusalBudget()
  spendUntilSpent(budget, joe, 1_000)
  t.equal(budget.isSpent(joe, 0), true)
  t.equal(spendUntilSpent(budget, joe, 100), 20)
})

t.test('clients do not pay for each other, but an IPv6 /64 is one client', async t => {
  const budget = buildRefusalBudget()
  spendUntilSpent(budget, joe, 0)
  t.equal(budget.isSpent(address('192.0.2.2'), 0), false)
  spendUntilSpent(budget, address('2001:db8::1'), 0)
  t.equal(budget.isSpent(address('2001:db8::ffff:1'), 0), true)
  t.equal(budget.isSpent(address('2001:db8:0:1::1'), 0), false)
})

t.test('a bounded number of clients is remembered', async t => {
  const budget = buildRefusalBudget({ perSecond: 1, perSecondOfMany: 1, maxClients: 2 })
  for (const last of [1, 2, 3]) budget.spend(address(`192.0.2.${last}`), 0)
  t.strictSame(
    [1, 2, 3].map(last => budget.isSpent(address(`192.0.2.${last}`), 0)),
    [false, true, true],
  )
})

t.test(
  'an untrusted peer that names clients may be many clients, and has a larger budget',
  async t => {
    const budget = buildRefusalBudget()
    const front = address('192.0.2.1', true)
    t.equal(spendUntilSpent(budget, front, 0), 2_000)
    t.equal(budget.isSpent(joe, 0), false, 'and does not pay for itself with it')
    t.equal(spendUntilSpent(budget, front, 50), 100)
  },
)

t.test('without a known client the peer pays, with the larger budget', async t => {
  const budget = buildRefusalBudget()
  const behind = (peer: string | undefined): Client => ({
    ...{ address: undefined, doubt: 'client-header-missing', isIgnored: false },
    peer: peer === undefined ? undefined : parseNetworkAddress(peer),
  })
  t.equal(spendUntilSpent(budget, behind('192.0.2.1'), 0), 2_000)
  t.equal(budget.isSpent(behind('192.0.2.2'), 0), false)
  t.equal(budget.isSpent(joe, 0), false)
  t.equal(spendUntilSpent(budget, behind(undefined), 0), 2_000)
})
