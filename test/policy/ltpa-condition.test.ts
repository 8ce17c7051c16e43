import t from 'tap'
import type { Identity, Verdict } from '../../src/ltpa/token.ts'
import type { Evidence } from '../../src/policy/condition.ts'
import { buildIdentityPattern } from '../../src/policy/identity-pattern.ts'
import { ltpaCondition } from '../../src/policy/ltpa-condition.ts'
import { decide } from '../../src/policy/policy.ts'

const joe: Identity = {
  ...({ format: 'LtpaToken2', realm: 'acme', user: 'uid=joe,ou=helpdesk,o=acme' } as const),
  ...{ keyId: '0123abcd', expiresMs: 1 },
}
const ann: Identity = { ...joe, user: 'uid=ann,ou=sales,o=acme' }
const notes: Identity = { ...joe, format: 'Domino', realm: undefined, user: 'CN=Joe/O=Acme' }
const good = (identity: Identity): Verdict => ({ valid: true, identity, untilMs: 1 })
const bad: Verdict = { valid: false, reason: 'not-authentic' }
const old: Verdict = { valid: false, reason: 'expired', identity: joe }

function sent(...verdicts: Verdict[]): Evidence {
  const tokens = { verdicts: () => verdicts.map(verdict => ({ cookie: 'ltpatoken2', verdict })) }
  return { client: undefined, cookies: [], photo: undefined, tokens }
}
const verified = ltpaCondition(buildIdentityPattern({}))
const helpdesk = ltpaCondition(
  buildIdentityPattern({ realms: ['acme'], users: ['uid=*,ou=helpdesk,*'] }),
)
const joeText = 'uid=joe,ou=helpdesk,o=acme of realm acme (LtpaToken2, key 0123abcd)'

t.test('the ltpa condition does not hold, and says why', async t => {
  const rows: [string, typeof verified, Evidence, string][] = [
    [
      'without keys',
      verified,
      { client: undefined, cookies: [], photo: undefined },
      'no LTPA token was sent',
    ],
    ['without a token', verified, sent(), 'no LTPA token was sent'],
    [
      'with a forged one',
      verified,
      sent(bad),
      'cookie ltpatoken2 was refused: no key vouches for it',
    ],
    [
      'with an expired one',
      verified,
      sent(old),
      `cookie ltpatoken2 was refused: authentic, but expired; it is ${joeText}`,
    ],
    [
      'with several',
      verified,
      sent(bad, old),
      `cookie ltpatoken2 was refused: no key vouches for it; cookie ltpatoken2 was refused: authentic, but expired; it is ${joeText}`,
    ],
    [
      'with that of somebody else',
      helpdesk,
      sent(good(ann)),
      'uid=ann,ou=sales,o=acme of realm acme (LtpaToken2, key 0123abcd) is verified, but not of realm acme and user uid=*,ou=helpdesk,*',
    ],
    [
      'with one that has no realm',
      helpdesk,
      sent(good(notes)),
      'CN=Joe/O=Acme (Domino, key 0123abcd) is verified, but not of realm acme and user uid=*,ou=helpdesk,*',
    ],
  ]
  for (const [title, condition, evidence, detail] of rows) {
    await t.test(title, async t => {
      t.equal(condition.matches(evidence), false)
      t.equal(condition.identify?.(evidence), undefined)
      t.equal(condition.describe(evidence), detail)
    })
  }
})

t.test('any of several tokens may satisfy the condition, which names its user', async t => {
  const evidence = sent(bad, good(ann), good(joe))
  t.equal(verified.matches(evidence), true)
  t.equal(verified.identify?.(evidence), ann)
  t.equal(helpdesk.identify?.(evidence), joe)
  t.equal(helpdesk.describe(evidence), `${joeText} is verified`)
})

t.test('the decision names the user whose token satisfied the rule', async t => {
  const policy = {
    rules: [
      { name: 'helpdesk', conditions: [helpdesk] },
      { name: 'signed-in', conditions: [verified] },
    ],
    cookieNames: new Set<string>(),
  }
  t.match(decide(policy, sent(good(ann))), { rule: { name: 'signed-in' }, identity: ann })
  t.match(decide(policy, sent(good(ann), good(joe))), { rule: { name: 'helpdesk' }, identity: joe })
  t.strictSame(decide(policy, sent(bad, old)), { admitted: false, reason: 'no-rule' })
})

t.test('a name from a token cannot control the terminal', async t => {
  const evil = { ...joe, user: 'joe\u001b[2J', realm: 'ac\nme' }
  t.equal(
    verified.describe(sent(good(evil))),
    'joe\ufffd[2J of realm ac\ufffdme (LtpaToken2, key 0123abcd) is verified',
  )
})

t.test('cookies that were not read are the reason for a missing token', async t => {
  const cookieDoubt = { reason: 'cookies-too-long', text: 'the cookies are too long' } as const
  t.equal(verified.describe({ ...sent(), cookieDoubt }), 'the cookies are too long')
})
