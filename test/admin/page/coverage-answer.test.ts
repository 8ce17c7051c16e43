// Who has no photo, by domain: what the last import said that could list everybody.
import t from 'tap'
import { answerCoverage } from '../../../src/admin/page/coverage-answer.ts'
import type { EndedImport } from '../../../src/admin/sources.ts'
import { maxWithoutDomains } from '../../../src/admin/sources.ts'

const counted = new Map([
  ['acme.example', 90],
  ['sub.acme.example', 5],
])
const photos = { countDomains: async () => counted }
const ended = (endedMs: number, withoutByDomain?: EndedImport['withoutByDomain']): EndedImport => ({
  ...{ startedMs: 0, endedMs, result: 'fine', counters: {}, withoutByDomain },
})

t.test('before an import has said, nothing is known', async t => {
  for (const imports of [[], [ended(1)]]) {
    const { rows, importedAt } = await answerCoverage(photos, { ended: imports })
    t.equal(importedAt, null)
    t.strictSame(rows, [
      { domain: 'acme.example', photos: 90, without: null },
      { domain: 'sub.acme.example', photos: 5, without: null },
    ])
  }
})

t.test(
  'the newest import that listed everybody counts, also of domains without any photo',
  async t => {
    const imports = [
      ended(1_000, [['acme.example', 50]]),
      ended(2_000, [
        ['new.example', 200],
        ['acme.example', 10],
      ]),
      ended(3_000),
    ]
    t.strictSame(await answerCoverage(photos, { ended: imports }), {
      importedAt: '1970-01-01T00:00:02.000Z',
      rows: [
        { domain: 'new.example', photos: 0, without: 200 },
        { domain: 'acme.example', photos: 90, without: 10 },
        { domain: 'sub.acme.example', photos: 5, without: 0 },
      ],
    })
  },
)

t.test('of a domain that the list has no room for, nothing is said', async t => {
  const full = Array.from({ length: maxWithoutDomains }, (_, at) => [`d${at}.example`, 1] as const)
  const { rows } = await answerCoverage(photos, { ended: [ended(1, full)] })
  t.match(rows[0], { domain: 'acme.example', without: null })
  t.equal(rows.length, 50)
})
