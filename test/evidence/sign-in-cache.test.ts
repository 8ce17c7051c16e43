import t from 'tap'
import { SentTokens } from '../../src/evidence/sent-tokens.ts'
import type { SentCookies } from '../../src/evidence/sign-in-cache.ts'
import { buildSignInCache } from '../../src/evidence/sign-in-cache.ts'
import type { Identity, Verdict } from '../../src/ltpa/token.ts'

const joe: Identity = {
  ...({ format: 'LtpaToken2', realm: 'acme', user: 'joe', keyId: '00000000' } as const),
  expiresMs: 100,
}
const good: Verdict = { valid: true, identity: joe, untilMs: 100 }
const bad: Verdict = { valid: false, reason: 'not-authentic' }

function send(header: string | undefined, ...verdicts: Verdict[]): SentCookies {
  const cookies = verdicts.map((_, at) => ({ name: 'ltpatoken2', value: `${at}` }))
  const tokens = new SentTokens({
    cookies,
    names: { v2: new Set(['ltpatoken2']), v1: new Set() },
    context: {
      nowMs: 10,
      client: { address: undefined, doubt: undefined, isIgnored: false },
      hasWaited: false,
    },
    verify: (_, text) => verdicts[Number(text)] as Verdict,
  })
  tokens.verdicts()
  return { header, cookies, tokens }
}

t.test('cookies are found by the whole header while the token is valid', async t => {
  const signIns = buildSignInCache()
  const sent = send('a=1', good)
  signIns.remember(sent)
  signIns.remember(sent)
  t.equal(signIns.find('a=1', 10), sent)
  t.equal(signIns.find('a=1', 100), sent)
  t.equal(signIns.find('a=1', 101), undefined)
  t.equal(signIns.find('a=1', 9), undefined, 'a clock that is put back has it judged anew')
  t.equal(signIns.find('a=2', 10), undefined)
})

t.test('a header with a refused token is not found: the token may become valid', async t => {
  const signIns = buildSignInCache()
  signIns.remember(send('a=1', good, bad))
  t.equal(signIns.find('a=1', 10), undefined)
})

t.test('without a header, without keys, or before a rule asked, nothing is found', async t => {
  const signIns = buildSignInCache()
  signIns.remember(send(undefined, good))
  signIns.remember({ header: 'b', cookies: [], tokens: undefined })
  t.equal(signIns.find('b', 10), undefined)
  const { tokens } = send('c', good)
  t.equal(tokens?.areValidAt(10), true)
  const unasked = new SentTokens({
    ...{ cookies: [], names: { v2: new Set(), v1: new Set() }, verify: () => good },
    context: {
      nowMs: 0,
      client: { address: undefined, doubt: undefined, isIgnored: false },
      hasWaited: false,
    },
  })
  t.equal(unasked.areValidAt(0), false)
})

t.test('the cache is bounded and keeps the last used headers', async t => {
  const signIns = buildSignInCache(2_100)
  for (const header of ['a', 'b']) signIns.remember(send(header, good))
  signIns.find('a', 10)
  signIns.remember(send('c', good))
  t.strictSame(
    ['a', 'b', 'c'].map(header => signIns.find(header, 10) !== undefined),
    [true, false, true],
  )
})
