// Faults of the program and unfinished parts, made on purpose with fake parts because a whole server has none.
import t from 'tap'
import { parsePair } from '../../src/evidence/cookies.ts'
import type { Ledger } from '../../src/guest/ledger.ts'
import type { Rule } from '../../src/policy/policy.ts'
import { everybody, startFakeGate } from '../fixtures/fake-gate.ts'
import { fc, holds } from '../fixtures/property.ts'

t.test('when deciding fails, the request is turned away', async t => {
  const conditions: Rule['conditions'] = [
    {
      kind: 'from',
      matches: () => {
        throw new Error('undecidable')
      },
      describe: () => '',
    },
  ]
  const { gate, faults, lines } = await startFakeGate(t, { rule: { name: 'broken', conditions } })
  const { statusCode, body } = await gate.inject('/joe@x.jpg')
  t.equal(statusCode, 403)
  t.equal(body, '')
  t.match(faults, [{ message: 'undecidable' }])
  t.match(lines, [{ rule: 'turned-away', status: 403 }])
})

t.test('when finding the photo fails, the answer does not say why', async t => {
  const fail = () => {
    throw new Error('secret of the program')
  }
  for (const find of [fail, async () => fail()]) {
    const { gate, faults, lines } = await startFakeGate(t, { find })
    const { statusCode, body, headers } = await gate.inject('/joe@x.jpg')
    t.equal(statusCode, 500)
    t.equal(body, 'Something went wrong here.\n')
    t.equal(headers['cache-control'], 'no-store')
    t.match(faults, [{ message: 'secret of the program' }])
    t.match(lines, [{ status: 500, reason: 'error' }])
  }
})

t.test('a fault while the decision is made admits nobody', async t => {
  const isUndecided = () => {
    throw new Error('nobody knows')
  }
  const condition = {
    kind: 'photos',
    matches: () => false,
    describe: () => '',
    isUndecided,
  } as const
  const rule = { name: 'doubtful', conditions: [condition] }
  const { gate, faults, lines } = await startFakeGate(t, { rule })
  t.equal((await gate.inject('/joe@x.jpg')).statusCode, 403)
  t.match(faults, [{ message: 'nobody knows' }], 'the fault is reported')
  t.match(lines, [{ status: 403, reason: 'no-rule', rule: 'turned-away' }])
})

t.test('routes of the gate read each cookie as the rules do', async t => {
  const { gate } = await startFakeGate(t)
  await gate.ready()
  const part = fc.constantFrom(
    'page',
    '=',
    '"',
    '%41',
    '%',
    '%e2%84%aa',
    ' ',
    '\t',
    ',',
    'x',
    '\xe9',
  )
  const pair = fc.array(part, { maxLength: 8 }).map(parts => parts.join(''))
  const entries = (cookies: object) => JSON.stringify(Object.entries(cookies))
  const isSame = (text: string) => entries(gate.parseCookie(text)) === entries(parsePair(text))
  holds(t, fc.property(pair, isSame), 5_000)
})

t.test('a fault before the decision admits nobody', async t => {
  const onDoubt = () => {
    throw new Error('no log')
  }
  const { gate, faults } = await startFakeGate(t, { onDoubt })
  const { statusCode } = await gate.inject({ url: '/joe@x.jpg', remoteAddress: 'nowhere' })
  t.equal(statusCode, 500)
  t.match(faults, [{ message: 'no log' }])
})

t.test('a connection without an address has no client, and the doubt is reported', async t => {
  let doubts = 0
  const { gate, lines } = await startFakeGate(t, { onDoubt: () => doubts++ })
  await gate.inject({ url: '/joe@x.jpg', remoteAddress: 'nowhere' })
  t.equal(doubts, 1)
  t.match(lines, [{ client: null, peer: null }])
})

t.test('while the directory is being indexed, a missing photo is not cached', async t => {
  const find = () => undefined
  for (const [isScanned, missing, expected] of [
    [false, 'not-found', 'no-store'],
    [true, 'not-found', 'private, max-age=10'],
    [false, 'placeholder', 'private, max-age=0'],
    [true, 'placeholder', 'private, max-age=60'],
  ] as const) {
    const { gate } = await startFakeGate(t, { find, isScanned, missing })
    const { headers } = await gate.inject('/joe@x.jpg')
    t.equal(headers['cache-control'], expected)
  }
})

t.test('until the photos are known, the gate is alive but not ready', async t => {
  for (const [isScanned, statusCode, body, reason] of [
    [false, 503, 'The photos cannot be read yet.\n', 'not-ready'],
    [true, 200, 'ready\n', 'ready'],
  ] as const) {
    const { gate, lines } = await startFakeGate(t, { isScanned })
    for (const method of ['GET', 'OPTIONS'] as const) {
      const answer = await gate.inject({ method, url: '/-/readyz' })
      t.match(answer, { statusCode, body, headers: { 'cache-control': 'no-store' } })
    }
    t.equal((await gate.inject({ method: 'HEAD', url: '/-/readyz' })).statusCode, statusCode)
    t.equal((await gate.inject({ method: 'POST', url: '/-/readyz' })).statusCode, 405)
    t.equal((await gate.inject('/-/healthz')).statusCode, 200)
    t.match(lines[0], { status: statusCode, reason, rule: null, address: null })
  }
})

t.test('the gate waits for a ledger that answers later', async t => {
  const budget = { people: 1, misses: 1, perMs: 1_000 }
  for (const isOver of [false, true]) {
    t.test(`over budget: ${isOver}`, async t => {
      const ledger: Ledger = { count: async () => ({ isOver, isAlarm: false }) }
      const { gate, lines } = await startFakeGate(t, { rule: { ...everybody, budget }, ledger })
      const { statusCode } = await gate.inject('/joe@acme.example.jpg')
      t.equal(statusCode, isOver ? 404 : 200)
      t.match(lines.at(-1), { reason: isOver ? 'over-budget' : 'found' })
    })
  }
})
