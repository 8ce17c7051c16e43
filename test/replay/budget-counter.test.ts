// What budgets would have done: against a plain model on random logs, and against a real gate.
import t from 'tap'
import { readAliases } from '../../src/photo/known-addresses.ts'
import { buildBudgetCounter } from '../../src/replay/budget-counter.ts'
import { describeBudgets } from '../../src/replay/budget-report.ts'
import { buildReplay } from '../../src/replay/replay.ts'
import { logLine } from '../fixtures/access-log.ts'
import { startGate } from '../fixtures/gate.ts'
import { jpegOf } from '../fixtures/images.ts'
import { seededBelow } from '../fixtures/random.ts'

const perMs = 10_000
const budget = { people: 5, misses: 2, perMs }
const rules = [{ name: 'meeting', budget }, { name: 'all' }]
const startMs = Date.UTC(2026, 10, 26, 2)

interface Line {
  client: string
  person: string
  status: number
  isCanary: boolean
  timeMs: number
}

const lineOf = (line: Partial<Line>): Line => ({
  client: '192.0.2.7',
  person: 'joe@acme.example',
  status: 200,
  isCanary: false,
  timeMs: startMs,
  ...line,
})

function addAll(lines: readonly Line[], options = {}) {
  const counter = buildBudgetCounter(rules, options)
  const isOver = lines.map(({ client, person, isCanary, status, timeMs }) => {
    const entry = { rule: 'meeting', client, person, isCanary, budget, alarm: undefined }
    return counter.add(entry, { network: 'net', status, timeMs })
  })
  return { isOver, counts: counter.counts(100) }
}

const plus = (count: number, stepMs = 0) =>
  Array.from({ length: count }, (_, at) => {
    return lineOf({ person: `p${at}@acme.example`, timeMs: startMs + at * stepMs })
  })

// Looks at the whole history for each request.
function model(lines: readonly Line[]) {
  const shown = new Map<string, { person: string; ms: number; isMissing: boolean }[]>()
  const spentMs = new Map<string, number>()
  const asked = new Map<string, { person: string; ms: number }[]>()
  const most = new Map<string, number>()
  let nowMs = 0
  const isOver = lines.map(({ client, person, status, isCanary, timeMs }) => {
    nowMs = Math.max(nowMs, timeMs)
    const isRecent = ({ ms }: { ms: number }) => ms > nowMs - perMs
    const all = [...(asked.get(client) ?? []), { person, ms: nowMs }]
    asked.set(client, all)
    const distinct = new Set(all.filter(isRecent).map(each => each.person)).size
    most.set(client, Math.max(most.get(client) ?? 0, distinct))
    const seen = (shown.get(client) ?? []).filter(isRecent)
    const others = seen.filter(each => each.person !== person)
    const isMissing = status === 404
    const missing = seen.filter(each => each.isMissing).length
    if (isCanary || others.length === seen.length) {
      const spent = (spentMs.get(client) ?? 0) > nowMs - perMs
      const isFull = spent || (isCanary ? seen : others).length >= budget.people
      const spends = !isFull && (isCanary || (isMissing && missing >= budget.misses))
      if (spends) spentMs.set(client, nowMs)
      if (isFull || spends) {
        shown.set(client, seen)
        return true
      }
    }
    shown.set(client, [...others, { person, ms: nowMs, isMissing }])
    return false
  })
  return { isOver, most }
}

t.test('random logs, a few seconds out of order, have the result of a plain model', async t => {
  const below = seededBelow(t)
  for (let round = 0; round < 20; round++) {
    const lines = Array.from({ length: 1_500 }, (_, at) => {
      return lineOf({
        client: `192.0.2.${below(12)}`,
        person: `p${below(30)}@acme.example`,
        status: below(9) === 0 ? 404 : 200,
        isCanary: below(200) === 0,
        timeMs: startMs + at * 100 - below(5_000),
      })
    })
    const { isOver, counts } = addAll(lines)
    const expected = model(lines)
    t.strictSame(isOver, expected.isOver)
    const sorted = [...expected.most.values()].sort((a, b) => a - b)
    const [count] = counts.rules
    t.strictSame(count?.mostPeople, {
      median: sorted[Math.ceil(sorted.length / 2) - 1],
      p95: sorted[Math.ceil(sorted.length * 0.95) - 1],
      most: sorted.at(-1),
    })
    const over = new Set(lines.filter((_, at) => isOver[at]).map(({ client }) => client))
    t.equal(count?.clientsOver, over.size)
    t.equal(count?.requestsOver, isOver.filter(Boolean).length)
    for (const row of count?.over ?? []) t.equal(row.mostPeople, expected.most.get(row.client))
    t.match(counts, { timesWentBack: 0, isIncomplete: false })
  }
})

t.test(
  'a log that goes back by more than a minute begins the windows anew, and says so',
  async t => {
    const lines = plus(5)
    const later = lineOf({ person: 'x', timeMs: startMs - 60_000 })
    const near = addAll([...lines, later])
    t.match([near.isOver.at(-1), near.counts.timesWentBack], [true, 0])
    const back = addAll([...lines, { ...later, timeMs: startMs - 60_001 }])
    t.match(back, { counts: { timesWentBack: 1, rules: [{ requestsOver: 0 }] } })
    t.match(describeBudgets(back.counts).join(' '), 'Times went back by more than a minute once')
  },
)

t.test('each bound on memory is told, and what is idle makes room', async t => {
  t.equal(addAll(plus(10_000)).counts.isIncomplete, false)
  t.match(addAll(plus(10_001)).counts, {
    isIncomplete: true,
    rules: [{ mostPeople: { most: 10_000 } }],
  })
  t.equal(addAll(plus(9), { maxPeople: 8 }).counts.isIncomplete, true)
  t.equal(addAll(plus(50, 2_000), { maxPeople: 8 }).counts.isIncomplete, false)
  const idle = Array.from({ length: 50 }, (_, at) => {
    return lineOf({ client: `192.0.2.${at}`, timeMs: startMs + at * 61_000 })
  })
  t.equal(addAll(idle, { maxPeople: 8 }).counts.isIncomplete, false)
  t.equal(addAll(idle, { maxClients: 8 }).counts.isIncomplete, true)
})

t.test('requests without a client in the log are not one client', async t => {
  const { counts } = addAll(plus(9).map(line => ({ ...line, client: 'unknown' })))
  t.match(counts, { withoutClient: 9, rules: [{ clients: 0 }] })
  t.match(describeBudgets(counts), [/no client asked$/, /^9 of the requests/])
})

t.test('the report names the clients over budget', async t => {
  t.strictSame(describeBudgets(addAll(plus(7)).counts), [
    'meeting: budget of 5 people in 10s; 1 client asked, for a median of 7 people, 95 % for at most 7, the most for 7; 1 would have hit it, with 2 requests answered as unknown:\n  192.0.2.7 (net): 7 people, 2 over budget',
  ])
})

t.test('the requests that a gate answers as over budget are those that replay counts', async t => {
  const people = Array.from({ length: 12 }, (_, at) => `p${at}@acme.example`)
  const gate = await startGate(t, {
    config: `allow:
  - { name: meeting, cookie: "Page=room*", budget: { people: 4, per: 1h, misses: 2 } }
  - { name: inside, from: 127.0.1.0/24 }
canaries: [trap@acme.example]
otherwise: { status: 403 }`,
    photos: Object.fromEntries(people.map(each => [`${each}.jpg`, jpegOf(each)])),
  })
  const order = [0, 1, 0, 2, 3, 4, 1, 5, 3]
  const names = (who: string) =>
    who.endsWith('2')
      ? ['p0', 'no1', 'no2', 'no3', 'p1', 'p0']
      : who.endsWith('3')
        ? ['p0', 'trap', 'p1', 'p0']
        : order.map(at => `p${at}`)
  const lines: { text: string; isOver: boolean }[] = []
  for (const client of ['127.0.0.1', '127.0.0.2', '127.0.0.3', '127.0.1.1']) {
    for (const name of names(client)) {
      for (const cookie of ['Page=room1', 'Page=lobby']) {
        const target = `/${name}@acme.example.jpg`
        const { status } = await gate.ask(target, { from: client, headers: { cookie } })
        const isOver = gate.requests().at(-1)?.reason === 'over-budget'
        // As the previous server logged it, which had no budgets.
        const logged = isOver && name.startsWith('p') ? 200 : status
        lines.push({ text: logLine({ client, target, cookie, status: logged }), isOver })
      }
    }
  }
  // One line more each time: so each single request is compared.
  let over = 0
  for (const [at, { isOver, text: last }] of lines.entries()) {
    if (isOver) over++
    const options = { settings: gate.settings, aliasesIn: readAliases, cookieField: 10 }
    const replay = buildReplay(options)
    const log = replay.begin('log')
    for (const { text } of lines.slice(0, at + 1)) log.push(text)
    log.end()
    const [count] = replay.result(9).budgets.rules
    t.match(count, { name: 'meeting', requestsOver: over }, last)
    if (at === lines.length - 1) t.match(count, { clients: 4, clientsOver: 4 })
  }
  t.ok(over > 5)
})
