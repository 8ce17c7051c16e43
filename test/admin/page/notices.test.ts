// What the page tells an administrator to look at.
import t from 'tap'
import { buildHistory } from '../../../src/admin/decision/history.ts'
import { findNotices } from '../../../src/admin/page/notices.ts'
import type { AdminSources } from '../../../src/admin/sources.ts'
import type { Reason } from '../../../src/gate/access-record.ts'
import { turnedAwayRule } from '../../../src/policy/policy.ts'
import { recordOf } from '../../fixtures/access-record.ts'

const nowMs = Date.parse('2026-03-02T08:00:00Z')
const dayMs = 86_400_000

interface Parts {
  readonly sources?: Record<string, unknown>
  readonly settings?: Record<string, unknown>
  readonly library?: Record<string, unknown>
  readonly requests?: readonly (readonly [rule: string | null, reason: Reason, count: number])[]
}

function noticesOf({ sources = {}, settings = {}, library = {}, requests = [] }: Parts) {
  const history = buildHistory()
  for (const [rule, reason, count] of requests) {
    for (let at = 0; at < count; at++) history.add(recordOf({ timeMs: nowMs, rule, reason }))
  }
  const whole = {
    configuration: { generation: 1, appliedMs: 0, refusals: 0, refused: undefined },
    ledger: { isUp: true },
    imports: { ended: [] },
    guests: { alarms: new Map(), canaries: new Map() },
    live: {
      current: {
        settings: { listen: [], ...settings },
        library: { isScanned: true, trouble: undefined, ...library },
      },
    },
    ...sources,
  } as unknown as AdminSources
  return findNotices(whole, history, nowMs)
}

const certificate = (expiresMs: number) => ({
  listen: [
    { socket: '/run/a.sock', mode: 0o660 },
    { host: '127.0.0.1', port: 8080 },
    {
      ...{ host: '0.0.0.0', port: 443 },
      tls: { certificates: [{ file: 'photos.pem', names: ['photos.acme.example'], expiresMs }] },
    },
  ],
})

t.test('a quiet gate has nothing to be looked at', async t => {
  t.strictSame(
    noticesOf({
      requests: [
        ['offices', 'found', 3],
        [turnedAwayRule, 'no-rule', 5],
        [turnedAwayRule, 'no-photo-address', 2],
        [null, 'health', 9],
      ],
      settings: {
        ...certificate(nowMs + 90 * dayMs),
        ltpa: { keySets: [{ realms: ['acme'] }, { realms: [], notAfterMs: nowMs + 20 * dayMs }] },
      },
      sources: { imports: { ended: [{ result: 'failed' }, { result: 'fine' }] } },
    }),
    [],
  )
})

t.test('each trouble is told, the errors first', async t => {
  const rows: [string, Parts, string, RegExp][] = [
    [
      'a refused reload',
      { sources: { configuration: { refused: { problems: ['a.yaml:1:2 x', 'y', 'z'] } } } },
      'error',
      /^The last reload was refused, and the old configuration stays: a\.yaml:1:2 x \(and 2 more;/,
    ],
    [
      'a folder that cannot be read',
      { library: { trouble: 'the folder cannot be read' } },
      'error',
      /the folder cannot be read\. Rules with ! admit nobody/,
    ],
    ['a first scan', { library: { isScanned: false } }, 'warning', /still being read/],
    [
      'budgets that are spent',
      { requests: [['meeting', 'over-budget', 1_234]] },
      'warning',
      /over their budget.*: 1,234 \(over-budget\)/,
    ],
    [
      'a front without a proof',
      { requests: [[turnedAwayRule, 'front-unproven', 1]] },
      'error',
      /whose certificate does not make it a front: 1 \(front-unproven\)/,
    ],
    [
      'a URL template that may be wrong',
      { requests: [['offices', 'no-photo-address', 2]] },
      'warning',
      /a URL template may be wrong: 2/,
    ],
    ['a ledger that is gone', { sources: { ledger: { isUp: false } } }, 'error', /Redis does not/],
    [
      'a certificate that has expired',
      { settings: certificate(nowMs - dayMs) },
      'error',
      /^The certificate photos\.pem has expired\.$/,
    ],
    [
      'a certificate that expires soon',
      { settings: certificate(nowMs + 1.5 * dayMs) },
      'warning',
      /^The certificate photos\.pem expires in 1 day\.$/,
    ],
    [
      'keys that end soon',
      {
        settings: {
          ...certificate(nowMs + 99 * dayMs),
          ltpa: { keySets: [{ realms: ['acme'], notAfterMs: nowMs + 3 * dayMs }] },
        },
      },
      'warning',
      /^The key ltpa\.keys\[0\] expires in 3 days\.$/,
    ],
    [
      'an import that failed',
      { sources: { imports: { ended: [{ result: 'failed' }] } } },
      'error',
      /The last import failed/,
    ],
    [
      'an import with findings',
      { sources: { imports: { ended: [{ result: 'findings' }] } } },
      'warning',
      /ended with findings/,
    ],
    [
      'an alarm',
      { sources: { guests: { alarms: new Map([['meeting', 1]]), canaries: new Map() } } },
      'error',
      /alarm of rule meeting has sounded once/,
    ],
    [
      'a canary',
      { sources: { guests: { alarms: new Map(), canaries: new Map([['meeting', 1_000]]) } } },
      'error',
      /rule meeting have asked for a canary 1,000 times/,
    ],
  ]
  for (const [title, parts, level, text] of rows) {
    const notices = noticesOf(parts)
    t.match(notices, [{ level, text }], title)
    t.equal(notices.length, 1, title)
  }
  const both = noticesOf({
    requests: [['meeting', 'over-budget', 1]],
    sources: { ledger: { isUp: false } },
  })
  t.strictSame(
    both.map(({ level }) => level),
    ['error', 'warning'],
  )
})
