// What a scheduled import tells the gate: bounded, and nothing by domain where it could not list everybody.
import t from 'tap'
import { formatLogLines, parseLogLine } from '../../src/server/import-log.ts'
import type { ImportReport } from '../../src/supply/import/report.ts'

const report: ImportReport = {
  ...{ dryRun: false, sources: [], errors: [], known: [], removalsHeld: undefined },
  ...{ quarantined: [], added: [], changed: [], unchanged: 3, leftAlone: 0, toBeRemoved: [] },
  ...{ removed: [], replaced: [], withoutPhoto: [], fine: true },
}
const told = (changes: Partial<ImportReport>) => {
  const lines = formatLogLines({ ...report, ...changes })
  return { line: lines.at(-1) ?? '', parsed: parseLogLine(lines.at(-1) ?? '') }
}

t.test('people without a photo are counted by domain, most first', async t => {
  const withoutPhoto = ['a@x.example', 'b@y.example', 'c@y.example', 'd@__proto__']
  const { parsed } = told({ withoutPhoto })
  t.match(parsed, { counters: { unchanged: 3, withoutPhoto: 4 } })
  t.strictSame((parsed as { withoutByDomain: unknown }).withoutByDomain, [
    ['y.example', 2],
    ['__proto__', 1],
    ['x.example', 1],
  ])
})

t.test('with errors there is nothing by domain', async t => {
  const { line, parsed } = told({ errors: ['ldap: gone'], withoutPhoto: ['a@x.example'] })
  t.match(parsed, { counters: { withoutPhoto: 1 } })
  t.notMatch(line, /withoutByDomain/)
})

t.test('a thousand long domains are one line of bounded length', async t => {
  const withoutPhoto = Array.from({ length: 1_000 }, (_, at) => `a@${'d'.repeat(240)}${at}.example`)
  const { line, parsed } = told({ withoutPhoto })
  t.ok(line.length < 16_000, `${line.length}`)
  t.equal((parsed as { withoutByDomain: readonly unknown[] }).withoutByDomain.length, 50)
})
