import type { Test } from 'tap'
import t from 'tap'
import { buildDecisionLog } from '../../../src/admin/decision/decision-log.ts'
import { readEvidence } from '../../../src/evidence/evidence.ts'
import type { AccessRecord, Judged } from '../../../src/gate/access-record.ts'
import { buildGateState } from '../../../src/gate/state.ts'
import { parseNetworkAddress } from '../../../src/policy/network-address.ts'
import { recordOf } from '../../fixtures/access-record.ts'
import { openConfigHome } from '../../fixtures/config.ts'

const config = `
photos: { directory: photos }
networks: { offices: [10.0.0.0/8] }
allow:
  - { name: offices, from: [offices], photos: ["*@acme.example"] }
  - { name: meeting, cookie: "STPluginActivePage=stMeetingroom*", photos: ["!ceo@acme.example"] }
`

const secret = 'stMeetingroom-SECRET-VALUE'

/** What the gate judges of a request, by a real configuration. */
function judgedOf(t: Test, { client = '192.0.2.7', cookie = '', photo = 'ada@acme.example' }) {
  const home = openConfigHome(t, { 'photogate.yaml': config, 'photos/ada@acme.example.jpg': '' })
  const settings = home.settings(config)
  const library = { aliasesOf: () => [] } as never
  const state = buildGateState(settings, { library, ledger: {} as never })
  const { evidence } = readEvidence(state, {
    ...{ peer: parseNetworkAddress(client), headers: { cookie }, photo, nowMs: 0 },
  })
  return { state, evidence }
}

t.test('a decision is listed with what the rules said, as they were asked', async t => {
  const log = buildDecisionLog({ defer: work => work() })
  const judged = judgedOf(t, { cookie: `STPluginActivePage=${secret}` })
  log.add(recordOf({ client: '192.0.2.7', rule: 'meeting' }), judged)
  const [row] = log.find({}, 10).rows
  t.match(row, { id: 1, client: '192.0.2.7', address: 'ada@acme.example', rule: 'meeting' })
  t.match(row?.rules, [
    {
      name: 'offices',
      matched: false,
      conditions: [
        { kind: 'from', matched: false, detail: 'client 192.0.2.7 is not in offices' },
        { kind: 'photos', matched: null, detail: null },
      ],
    },
    { name: 'meeting', matched: true },
  ])
})

t.test('no value of a cookie is kept', async t => {
  const log = buildDecisionLog({ defer: work => work() })
  log.add(recordOf(), judgedOf(t, { cookie: `STPluginActivePage=${secret}; LtpaToken2=${secret}` }))
  t.notMatch(JSON.stringify(log.find({}, 10)), /SECRET/)
})

t.test('evidence is let go once it is in words, and what throws has no words', async t => {
  const work: (() => void)[] = []
  const log = buildDecisionLog({ defer: one => void work.push(one) })
  const broken = {
    state: {
      settings: {
        policy: { rules: [{ name: 'a', conditions: [{ kind: 'from', matches: fail }] }] },
      },
    },
    evidence: {},
  } as unknown as Judged
  log.add(recordOf(), broken)
  log.add(recordOf(), judgedOf(t, {}))
  t.equal(work.length, 1, 'one turn explains all that wait')
  t.equal(log.get(1)?.rules, undefined)
  work[0]?.()
  t.equal(log.get(1)?.rules, undefined)
  t.equal(log.get(2)?.rules?.length, 2)
})

function fail(): boolean {
  throw new Error('a fault')
}

t.test('a flood is listed whole and explained in part', async t => {
  let nowMs = 0
  const log = buildDecisionLog({ defer: work => work(), now: () => nowMs })
  const judged = judgedOf(t, {})
  for (let at = 0; at < 5_000; at++) {
    nowMs += 1
    log.add(recordOf({ rule: 'turned-away', reason: 'no-rule' }), judged)
  }
  const { rows } = log.find({}, 10_000)
  t.equal(rows.length, 5_000)
  const explained = rows.filter(({ rules }) => rules !== undefined).length
  t.ok(explained >= 449 && explained <= 450, `${explained}: 200 at once and 50 a second`)
})

t.test('rows and words are bounded: the newest stay', async t => {
  const log = buildDecisionLog({ maxRows: 100, maxCharacters: 3_000, defer: work => work() })
  const judged = judgedOf(t, {})
  for (let at = 0; at < 150; at++) log.add(recordOf({ timeMs: at }), judged)
  const { rows, next } = log.find({}, 1_000)
  t.equal(rows.length, 100)
  t.equal(next, undefined)
  t.equal(rows[0]?.id, 150)
  t.equal(log.get(50), undefined)
  t.ok(rows[0]?.rules)
  t.equal(rows[99]?.rules, undefined)
})

t.test('of what a client chose, just what the log shows is kept', async t => {
  const log = buildDecisionLog()
  const random = 'AaTL0k9QzX7vB3nM5pR8sW2yD4fG6hJ1'
  const rows: [Partial<AccessRecord>, string | null, string | null][] = [
    [
      { userAgent: 'x'.repeat(16_000), url: `/${'y'.repeat(16_000)}` },
      `/${'y'.repeat(255)}`,
      'x'.repeat(256),
    ],
    [{ url: `/joe@acme.example.jpeg2?exp=1&sig=${random}` }, '/joe@acme.example.jpeg2', 'a client'],
    [{ url: `/x/-/pass?p=${random}` }, '/x/-/pass', 'a client'],
    [{ url: `/x;sig=${random}` }, '/x', 'a client'],
    [{ url: `http://user:${random}@h/x?a` }, '/x', 'a client'],
    [{ url: `/zz/${random}`, userAgent: `x LtpaToken2=${random}` }, '/zz/…', 'x LtpaToken2=…'],
  ]
  for (const [record, path, userAgent] of rows) {
    log.add(recordOf({ address: null, ...record }))
    t.match(log.get(log.lastId), { path, userAgent })
  }
  t.notMatch(JSON.stringify(log.find({}, 100)), random)
})

t.test('the explanations of rows that have left take no room', async t => {
  let nowMs = 0
  const slow = buildDecisionLog({
    ...{ maxRows: 10, maxCharacters: 3_000, defer: work => work(), now: () => nowMs },
  })
  const judged = judgedOf(t, {})
  for (let at = 0; at < 1_000; at++) {
    nowMs += 1_000
    slow.add(recordOf(), judged)
  }
  const explained = slow.find({}, 100).rows.filter(({ rules }) => rules !== undefined)
  t.ok(explained.length >= 5, 'the newest have the room that older ones left')
})

t.test('a row that leaves before its explanation is due gets none', async t => {
  const work: (() => void)[] = []
  const log = buildDecisionLog({ maxRows: 5, defer: one => void work.push(one) })
  const judged = judgedOf(t, {})
  for (let at = 0; at < 20; at++) log.add(recordOf(), judged)
  for (const one of work) one()
  t.equal(log.find({}, 100).rows.filter(({ rules }) => rules !== undefined).length, 5)
})

t.test('rows are searched', async t => {
  const log = buildDecisionLog()
  const rows: Partial<AccessRecord>[] = [
    { client: '10.1.2.3', address: 'ada@acme.example' },
    { client: '192.0.2.7', address: 'alan@acme.example', rule: 'turned-away', reason: 'no-rule' },
    { client: '192.0.2.7', address: null, url: '/x.php', rule: 'turned-away', reason: 'no-rule' },
    { client: null, address: null, rule: null, reason: 'health', userAgent: 'HAProxy' },
  ]
  for (const row of rows) log.add(recordOf(row))
  const cases = [
    [{}, [4, 3, 2, 1]],
    [{ words: 'ADA' }, [1]],
    [{ words: '192.0.2.7 alan' }, [2]],
    [{ words: '.php' }, [3]],
    [{ words: 'haproxy' }, [4]],
    [{ words: 'nobody' }, []],
    [{ outcome: 'admitted' }, [1]],
    [{ outcome: 'turned-away' }, [3, 2]],
    [{ outcome: 'unjudged' }, [4]],
    [{ reason: 'no-rule', words: 'alan' }, [2]],
    [{ rule: 'offices' }, [1]],
  ] as const
  for (const [query, ids] of cases) {
    t.strictSame(
      log.find(query, 10).rows.map(({ id }) => id),
      ids,
      JSON.stringify(query),
    )
  }
})

t.test('pages go on where the last one ended, while new rows come', async t => {
  const log = buildDecisionLog()
  for (let at = 0; at < 25; at++) log.add(recordOf())
  const first = log.find({}, 10)
  log.add(recordOf())
  const second = log.find({}, 10, first.next)
  const third = log.find({}, 10, second.next)
  t.strictSame(
    [...first.rows, ...second.rows, ...third.rows].map(({ id }) => id),
    Array.from({ length: 25 }, (_, at) => 25 - at),
  )
  t.equal(third.next, undefined)
})
