import t from 'tap'
import type { Evidence, GuestPass, PassVerdict } from '../../src/policy/condition.ts'
import { linkCondition } from '../../src/policy/link-condition.ts'
import { passCondition } from '../../src/policy/pass-condition.ts'
import { decide, findExpiryMs } from '../../src/policy/policy.ts'

const condition = passCondition()
const expiresMs = Date.UTC(2030, 0, 1)
const pass: GuestPass = {
  id: '0123456789abcdef',
  name: 'Q3 review',
  expiresMs,
  photos: ['*@acme.example'],
}
const valid = (more: Partial<GuestPass> = {}): PassVerdict => ({
  valid: true,
  pass: { ...pass, ...more },
})
const joe = 'joe@acme.example'
const sent = (verdicts?: readonly PassVerdict[], photo: string | undefined = joe): Evidence => ({
  ...{ client: undefined, cookies: [], photo },
  passes: verdicts && { verdicts: () => verdicts },
})
const refused = (reason: 'cut' | 'malformed' | 'unknown-secret' | 'not-authentic') =>
  sent([{ valid: false, reason }])
const rule = { name: 'guests', conditions: [condition] }
const policy = { rules: [rule], cookieNames: new Set<string>() }
const cookieDoubt = { reason: 'cookies-too-long', text: 'too long' } as const
const unnamed: Evidence = { ...sent([valid()]), photo: undefined }

t.test('the pass condition does not hold, and says why', async t => {
  const rows: [string, Evidence, RegExp][] = [
    ['without a rule that asks', sent(), /^no guest pass was sent$/],
    ['none', sent([]), /^no guest pass was sent$/],
    ['cookies that were not read', { ...sent([]), cookieDoubt }, /^too long$/],
    ['cut', refused('cut'), /^the guest pass is cut/],
    ['malformed', refused('malformed'), /^the guest pass was changed: it is not spelled/],
    ['unknown secret', refused('unknown-secret'), /that is not among links\.secrets$/],
    ['forged', refused('not-authentic'), /^the guest pass was changed: it is not the one/],
    [
      'expired',
      sent([{ valid: false, reason: 'expired', pass }]),
      /^the guest pass "Q3 review" \(0123456789abcdef\) expired at 2030-01-01T00:00:00\.000Z$/,
    ],
    [
      'another photo',
      sent([valid()], 'joe@other.example'),
      /^the guest pass "Q3 review" \(0123456789abcdef\) opens \*@acme\.example, and not joe@other\.example$/,
    ],
    ['no photo', unnamed, /opens \*@acme\.example, until 2030-01-01T00:00:00\.000Z$/],
    [
      'a name with control characters, which another program has signed',
      sent([valid({ name: 'a\u001b[2J' })], 'joe@other.example'),
      /^the guest pass "a\ufffd\[2J"/,
    ],
    [
      'two',
      sent([{ valid: false, reason: 'cut' }, valid({ name: undefined })], 'x@y.example'),
      /^the guest pass is cut: its end is missing; the guest pass 0123456789abcdef opens/,
    ],
  ]
  for (const [what, evidence, words] of rows) {
    t.test(what, async t => {
      t.equal(condition.matches(evidence), false)
      t.match(condition.describe(evidence), words)
      t.equal(condition.expiryMs?.(evidence), undefined)
      t.equal(decide(policy, evidence).admitted, false)
    })
  }
})

t.test('the first pass that opens the photo admits and counts', async t => {
  const other = valid({ id: 'other', photos: ['ann@acme.example'] })
  const board = valid({ id: 'board', photos: ['x@y.example', 'JOE@acme.example'.toLowerCase()] })
  const evidence = sent([{ valid: false, reason: 'cut' }, other, board, valid()])
  t.ok(condition.matches(evidence))
  t.match(
    condition.describe(evidence),
    /^the guest pass "Q3 review" \(board\) opens joe@acme\.example, until 2030/,
  )
  t.match(decide(policy, evidence), { admitted: true, rule, pass: { id: 'board' } })
  t.equal(
    decide({ ...policy, rules: [{ name: 'all', conditions: [always] }] }, evidence).admitted,
    true,
  )
})

const always = { kind: 'from', matches: () => true, describe: () => '' } as const

t.test('a rule stops to admit at the first expiry of its conditions', async t => {
  const link = (linkMs: number) => ({
    verdict: () => ({ valid: true, expiresMs: linkMs }) as const,
  })
  const both = { name: 'both', conditions: [always, linkCondition(), condition] }
  const evidence = sent([valid()])
  t.equal(findExpiryMs(rule, evidence), expiresMs)
  t.equal(findExpiryMs(both, { ...evidence, link: link(1_000) }), 1_000)
  t.equal(findExpiryMs(both, { ...evidence, link: link(expiresMs + 1) }), expiresMs)
  t.equal(findExpiryMs({ name: 'a', conditions: [always] }, evidence), undefined)
})
