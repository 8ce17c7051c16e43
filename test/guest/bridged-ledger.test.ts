// What counts while Redis answers, while it does not, and after it has forgotten. Redis is played by what it replies.
import t from 'tap'
import { buildBridgedLedger } from '../../src/guest/bridged-ledger.ts'
import type { LedgerEntry } from '../../src/guest/ledger.ts'
import { buildMemoryLedger } from '../../src/guest/memory-ledger.ts'
import { replies } from '../../src/guest/redis-script.ts'
import { entryOf, startMs } from '../fixtures/ledger-contract.ts'

const { over, alarm, spent } = replies
const down = 'down'
const late = 'late'

type Reply = number | typeof down | typeof late

/** `ask` gives Redis's reply to the request: `down` at once, `late` after a while in vain. */
function openLedger(whenDown: 'local' | 'refuse') {
  let next: Reply = 0
  let bridged = 0
  const ledger = buildBridgedLedger({
    memory: buildMemoryLedger(),
    whenDown,
    onBridged: () => bridged++,
    questionOf: () => ({ keys: [], values: [] }),
    forgetOf: () => ({ script: 'forget', keys: [], values: [] }),
    circuit: {
      ask: () => (next === down ? undefined : Promise.resolve(next === late ? undefined : next)),
    },
  })
  const count = (reply: Reply, asked: Partial<LedgerEntry> & { person: string }) => {
    next = reply
    return ledger.count(entryOf(asked))
  }
  return {
    count,
    bridged: () => bridged,
    forget: (reply: Reply) => {
      next = reply
      return ledger.forget({ rule: 'meeting', client: '192.0.2.7', nowMs: startMs })
    },
    sees: async (reply: Reply, person: string, more: Partial<LedgerEntry> = {}) =>
      !(await count(reply, { person, ...more })).isOver,
  }
}

t.test('Redis decides while it answers', async t => {
  const { sees, count } = openLedger('local')
  t.ok(await sees(0, 'a'))
  t.notOk(await sees(over, 'b'))
  t.strictSame(await count(alarm, { person: 'c' }), { isAlarm: true, isOver: false })
  t.strictSame(await count(alarm + over, { person: 'd' }), { isAlarm: true, isOver: true })
})

for (const gone of [down, late] as const) {
  t.test(`local: the memory goes on where Redis was (${gone})`, async t => {
    const { sees } = openLedger('local')
    t.ok(await sees(0, 'a'))
    t.ok(await sees(0, 'b'))
    t.notOk(await sees(over, 'x'), 'another gate has shown others')
    t.ok(await sees(gone, 'c'))
    t.notOk(await sees(gone, 'd'), 'what this gate has shown is not renewed')
    t.ok(await sees(gone, 'a'))
  })
  t.test(`refuse: only people whom the client saw stay visible (${gone})`, async t => {
    const { sees, count } = openLedger('refuse')
    t.ok(await sees(0, 'a'))
    t.notOk(await sees(gone, 'b'))
    t.ok(await sees(gone, 'a'))
    t.notOk(await sees(gone, 'a', { client: '192.0.2.8' }))
    t.ok(await sees(0, 'b'), 'asking in vain has cost nothing')
    t.ok(await sees(0, 'c'))
    const alarmed = { budget: undefined, alarm: { people: 1, perMs: 1_000 } }
    for (const person of ['a', 'b'])
      t.strictSame(await count(gone, { person, ...alarmed }), {
        isAlarm: person === 'b',
        isOver: false,
      })
  })
}

t.test('a Redis that has forgotten renews no budget at this gate', async t => {
  for (const whenDown of ['local', 'refuse'] as const) {
    const { sees } = openLedger(whenDown)
    for (const person of 'abc') t.ok(await sees(0, person))
    t.notOk(await sees(0, 'd'), 'Redis would let it see d')
    t.ok(await sees(0, 'a'))
  }
})

t.test('a canary or too many misses in Redis spend the whole budget in memory, too', async t => {
  const rows: [string, Partial<LedgerEntry>][] = [
    ['one name too many without a photo', { isMissing: true }],
    ['a canary', { isMissing: true, isCanary: true }],
  ]
  for (const [what, asked] of rows) {
    t.test(what, async t => {
      const { sees } = openLedger('local')
      t.ok(await sees(0, 'a'))
      t.notOk(await sees(over + spent, 'trap', asked))
      t.notOk(await sees(down, 'b'))
      t.ok(await sees(down, 'a'))
      t.notOk(await sees(down, 'trap'), 'it was not seen')
    })
  }
})

t.test('a canary that Redis does not hear of spends the budget at this gate', async t => {
  for (const whenDown of ['local', 'refuse'] as const) {
    const { sees } = openLedger(whenDown)
    t.ok(await sees(0, 'a'))
    t.notOk(await sees(down, 'trap', { isCanary: true }))
    t.notOk(await sees(0, 'b'))
  }
})

t.test('Redis raises the alarm while it answers, and the memory otherwise', async t => {
  const { count } = openLedger('local')
  const asked = { budget: undefined, alarm: { people: 2, perMs: 1_000 } }
  const raises = async (reply: Reply, person: string) =>
    (await count(reply, { person, ...asked })).isAlarm
  t.notOk(await raises(0, 'a'))
  t.notOk(await raises(0, 'b'))
  t.ok(await raises(down, 'c'), 'the memory has heard of a and b')
  t.notOk(await raises(0, 'd'), 'the alarm of the memory is not told beside that of Redis')
})

t.test(
  'a person of a client that is over its budget counts for the alarm of the memory',
  async t => {
    const { count } = openLedger('local')
    const limit = { alarm: { people: 1, perMs: 1_000 } }
    await count(over, { person: 'a', ...limit })
    t.ok((await count(down, { person: 'b', ...limit })).isAlarm)
  },
)

t.test('a canary of a rule without budget and alarm counts nowhere', async t => {
  const { count } = openLedger('refuse')
  const answer = count(over, { person: 'trap', isCanary: true, budget: undefined })
  t.strictSame(answer, { isAlarm: false, isOver: false })
})

t.test('each request that Redis was not asked about is told, and no other', async t => {
  const { sees, bridged } = openLedger('local')
  await sees(0, 'a')
  t.equal(bridged(), 0)
  await sees(down, 'b')
  await sees(late, 'c')
  t.equal(bridged(), 2)
})

t.test('a budget is forgotten here and in Redis, and a Redis that is down is told of', async t => {
  const { sees, forget } = openLedger('local')
  t.equal(await forget(0), 'none')
  t.equal(await forget(1), 'forgotten', 'another gate had counted')
  for (const reply of [0, down, late] as const) {
    for (const person of 'abc') await sees(0, person)
    t.notOk(await sees(0, 'd'))
    t.equal(await forget(reply), reply === 0 ? 'forgotten' : 'only-here')
    t.ok(await sees(0, 'd'))
    await forget(0)
  }
})
