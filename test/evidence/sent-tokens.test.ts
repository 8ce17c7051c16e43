import t from 'tap'
import { maxOfOneName, SentTokens } from '../../src/evidence/sent-tokens.ts'
import type { Identity, Verdict } from '../../src/ltpa/token.ts'

const joe: Identity = {
  ...({ format: 'LtpaToken2', realm: 'acme', user: 'joe', keyId: '00000000' } as const),
  expiresMs: 1,
}

function send(cookies: readonly [string, string][], verdictOf: (text: string) => Verdict) {
  const asked: string[] = []
  const tokens = new SentTokens({
    cookies: cookies.map(([name, value]) => ({ name, value })),
    names: { v2: new Set(['ltpatoken2', 'sso']), v1: new Set(['ltpatoken']) },
    context: {
      nowMs: 7,
      client: { address: undefined, doubt: undefined, isIgnored: false },
      hasWaited: false,
    },
    verify: (kind, text, { nowMs }) => {
      asked.push(`${kind} ${text} ${nowMs}`)
      return verdictOf(text)
    },
  })
  return { tokens, asked }
}
const refuse = (): Verdict => ({ valid: false, reason: 'not-authentic' })

t.test('tokens are verified when a rule first asks, and once', async t => {
  const { tokens, asked } = send([['ltpatoken2', 'a']], refuse)
  t.strictSame(asked, [])
  t.equal(tokens.seen(undefined), undefined)
  t.notOk(tokens.hasUnverified())
  tokens.verdicts()
  tokens.verdicts()
  t.strictSame(asked, ['v2 a 7'])
})

t.test('only cookies that carry tokens are verified, each as its own kind', async t => {
  const { tokens, asked } = send(
    [
      ['jsessionid', 'x'],
      ['sso', 'a'],
      ['ltpatoken', 'b'],
      ['ltpatoken2', ''],
      ['ltpatoken2', '""'],
    ],
    refuse,
  )
  t.strictSame(
    tokens.verdicts().map(({ cookie }) => cookie),
    ['sso', 'ltpatoken'],
  )
  t.strictSame(asked, ['v2 a 7', 'v1 b 7'])
})

t.test('at most four cookies of one name are verified', async t => {
  const many = Array.from({ length: 9 }, (_, at): [string, string] => ['ltpatoken2', `${at}`])
  const { tokens, asked } = send([...many, ['ltpatoken', 'x']], refuse)
  tokens.verdicts()
  t.strictSame(asked, ['v2 0 7', 'v2 1 7', 'v2 2 7', 'v2 3 7', 'v1 x 7'])
  t.equal(maxOfOneName, 4)
})

t.test('the log names the admitting token, then an authentic one, then any other', async t => {
  const expired: Verdict = { valid: false, reason: 'expired', identity: joe }
  const verdicts: Record<string, Verdict> = {
    bad: { valid: false, reason: 'not-authentic' },
    odd: { valid: false, reason: 'malformed' },
    old: expired,
    good: { valid: true, identity: joe, untilMs: 1 },
  }
  const seen = (...texts: string[]) => {
    const { tokens } = send(
      texts.map(text => ['ltpatoken2', text]),
      text => verdicts[text] as Verdict,
    )
    tokens.verdicts()
    return tokens
  }
  t.equal(seen().seen(undefined), undefined)
  t.strictSame(seen('odd', 'bad').seen(undefined), { refused: 'malformed' })
  t.strictSame(seen('bad', 'old', 'bad').seen(undefined), { ...joe, refused: 'expired' })
  t.equal(seen('bad', 'good').seen(undefined), joe)
  const ann = { ...joe, user: 'ann' }
  t.equal(seen('good').seen(ann), ann)
})
