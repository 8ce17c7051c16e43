import t from 'tap'
import type { Client } from '../../src/evidence/client-address.ts'
import type { RefusalBudget } from '../../src/evidence/refusal-budget.ts'
import { cacheVerdicts } from '../../src/evidence/verdict-cache.ts'
import type { Verdict } from '../../src/ltpa/token.ts'
import type { TokenKind, Verifier } from '../../src/ltpa/verifier.ts'
import { parseNetworkAddress } from '../../src/policy/network-address.ts'

const nobody: Client = { address: undefined, doubt: undefined, isIgnored: false }

const untilMs = 1_000_000
// Room for two, each of which takes 600 bytes and, where it names somebody, its text.
const limits = { validBytes: 2_600, refusedBytes: 2_400, refusedMs: 10 }

/** Says that texts beginning with `good` are valid, and counts how often it was asked. */
function start(other: Partial<typeof limits> = {}, budget?: RefusalBudget) {
  const asked: string[] = []
  const verify: Verifier = (kind, text, nowMs): Verdict => {
    asked.push(`${kind} ${text}`)
    const identity = {
      ...({ format: 'LtpaToken2', realm: 'acme', user: text, keyId: '00000000' } as const),
      expiresMs: untilMs,
    }
    return text.startsWith('good') && nowMs <= untilMs
      ? { valid: true, identity, untilMs }
      : { valid: false, reason: text === 'malformed' ? 'malformed' : 'not-authentic' }
  }
  const cached = cacheVerdicts(verify, { ...limits, ...other }, budget)
  const ask = (text: string, nowMs = 0, kind: TokenKind = 'v2', client = nobody) =>
    cached(kind, text, { client, nowMs, hasWaited: false }).valid
  return { ask, asked }
}

t.test('a token never gets the verdict of another token or another kind', async t => {
  const { ask, asked } = start()
  t.equal(ask('good'), true)
  t.equal(ask('bad'), false)
  t.equal(ask('good', 0, 'v1'), true)
  t.strictSame(asked, ['v2 good', 'v2 bad', 'v1 good'])
})

t.test('a valid token is verified once until its verdict expires, and refused after', async t => {
  const { ask, asked } = start()
  for (const nowMs of [0, 1, untilMs]) t.equal(ask('good', nowMs), true)
  t.equal(asked.length, 1)
  t.equal(ask('good', untilMs + 1), false)
  t.equal(asked.length, 2)
  t.equal(ask('good', untilMs + 2), false)
  t.equal(asked.length, 2)
})

t.test('after the clock is set back, tokens are verified again', async t => {
  const { ask, asked } = start()
  t.equal(ask('good', 100), true)
  t.equal(ask('good', 99), true)
  t.equal(asked.length, 2)
})

t.test('a refusal is cached briefly', async t => {
  const { ask, asked } = start()
  for (const nowMs of [0, 10]) t.equal(ask('bad', nowMs), false)
  t.equal(asked.length, 1)
  t.equal(ask('bad', 11), false)
  t.equal(asked.length, 2)
})

t.test('forged tokens cannot evict valid ones', async t => {
  const { ask, asked } = start()
  t.equal(ask('good'), true)
  for (let at = 0; at < 1_000; at++) ask(`bad ${at}`)
  t.equal(ask('good'), true)
  t.equal(asked.filter(text => text === 'v2 good').length, 1)
})

t.test('both caches are bounded', async t => {
  const { ask, asked } = start()
  for (const text of ['good 1', 'good 2', 'good 3', 'bad 1', 'bad 2', 'bad 3']) ask(text)
  t.equal(asked.length, 6)
  ask('good 1')
  ask('bad 1')
  t.equal(asked.length, 8)
})

t.test(
  'one token has one entry, however it is spelled, and text that is not a token has none',
  async t => {
    const { ask, asked } = start()
    const good = 'good+token+of+many+blanks'
    for (let at = 0; at < 32; at++) {
      let plus = 0
      ask(good.replaceAll('+', () => ((at >> plus++) & 1 ? ' ' : '+')))
    }
    ask(`"${good}"`)
    t.equal(asked.length, 1)
    ask('malformed')
    ask('malformed')
    t.equal(asked.length, 3)
  },
)

t.test('a long token takes more room', async t => {
  const { ask, asked } = start()
  const long = `good ${'x'.repeat(600)}`
  ask('good 1')
  ask(long)
  ask('good 1')
  t.equal(asked.length, 3)
})

t.test('text that is too long for a token is not cached', async t => {
  const { ask, asked } = start()
  const long = 'x'.repeat(4_097)
  ask(long)
  ask(long)
  t.equal(asked.length, 2)
})

t.test(
  'a client that sent too many forged tokens has no new one verified; other clients do',
  async t => {
    const spent = new Set<string>()
    const budget: RefusalBudget = {
      isSpent: ({ address }) => spent.has(address?.text ?? ''),
      spend: ({ address }) => spent.add(address?.text ?? ''),
    }
    const { ask, asked } = start({}, budget)
    const [joe, ann] = ['192.0.2.1', '192.0.2.2'].map(text => ({
      ...nobody,
      address: parseNetworkAddress(text),
    }))
    t.equal(ask('good-1', 0, 'v2', joe), true)
    t.equal(ask('malformed', 0, 'v2', joe), false)
    t.equal(spent.size, 0, 'what is no token at all is free')
    t.equal(ask('bad-1', 0, 'v2', joe), false)
    t.strictSame([...spent], ['192.0.2.1'])
    t.equal(ask('good-2', 0, 'v2', joe), false)
    t.equal(ask('good-1', 0, 'v2', joe), true, 'what is known is remembered')
    t.equal(ask('good-2', 0, 'v2', ann), true)
    t.equal(ask('good-2', 0, 'v2', joe), true)
    t.equal(ask('bad-2'), false)
    t.strictSame(asked, ['v2 good-1', 'v2 malformed', 'v2 bad-1', 'v2 good-2', 'v2 bad-2'])
  },
)
