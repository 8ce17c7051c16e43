import t from 'tap'
import type { Evidence, LinkVerdict } from '../../src/policy/condition.ts'
import { linkCondition } from '../../src/policy/link-condition.ts'
import { decide, findExpiryMs } from '../../src/policy/policy.ts'

const condition = linkCondition()
const expiresMs = Date.UTC(2030, 0, 1)
const sent = (verdict?: LinkVerdict): Evidence => ({
  ...{ client: undefined, cookies: [], photo: 'joe@acme.example' },
  link: verdict && { verdict: () => verdict },
})
const refused = (reason: Exclude<(LinkVerdict & { valid: false })['reason'], 'expired'>) =>
  sent({ valid: false, reason })

t.test('the link condition does not hold, and says why', async t => {
  const rows: [string, Evidence, RegExp][] = [
    ['without secrets or a photo', sent(), /^the request is not a signed link/],
    ['unsigned', refused('unsigned'), /it has neither exp nor sig$/],
    ['cut', refused('cut'), /^the link is cut/],
    ['doubled', refused('doubled'), /more than once$/],
    ['malformed', refused('malformed'), /was changed/],
    ['unknown secret', refused('unknown-secret'), /that is not among links\.secrets$/],
    ['forged', refused('not-authentic'), /for another address or another expiry$/],
    [
      'expired',
      sent({ valid: false, reason: 'expired', expiresMs }),
      /^the link is signed for joe@acme\.example, but expired at 2030-01-01T00:00:00\.000Z$/,
    ],
  ]
  for (const [what, evidence, words] of rows) {
    t.test(what, async t => {
      t.equal(condition.matches(evidence), false)
      t.match(condition.describe(evidence), words)
      t.equal(condition.expiryMs?.(evidence), undefined)
      const rule = { name: 'links', conditions: [condition] }
      t.equal(decide({ rules: [rule], cookieNames: new Set() }, evidence).admitted, false)
    })
  }
})

t.test('the link condition holds for a good link, until it expires', async t => {
  const evidence = sent({ valid: true, expiresMs })
  t.equal(condition.matches(evidence), true)
  const words = 'the link is signed for joe@acme.example, until 2030-01-01T00:00:00.000Z'
  t.equal(condition.describe(evidence), words)
  t.match(condition.describe({ ...evidence, photo: undefined }), /^the link is signed for/)
  const rule = { name: 'links', conditions: [condition] }
  t.equal(findExpiryMs(rule, evidence), expiresMs)
  t.equal(findExpiryMs({ name: 'none', conditions: [] }, evidence), undefined)
  t.equal(decide({ rules: [rule], cookieNames: new Set() }, evidence).admitted, true)
})
