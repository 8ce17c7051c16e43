// Photo hosts as administrators and documentation write them: each in a real Apache and through convert.
// The conversion admits no other client without a line that says so, and turns none away without a message.
import t from 'tap'
import { compareHosts } from '../fixtures/compared-hosts.ts'
import { readHostRows } from '../fixtures/host-rows.ts'

t.setTimeout(1_200_000)

for (const name of ['rewrite', 'require', 'place', 'more']) {
  t.test(`hosts of ${name}.conf`, async t => {
    const compared = await compareHosts(t, readHostRows(name))
    for (const { row, conversion, wrong, counts } of compared ?? []) {
      await t.test(row.title, async t => {
        t.strictSame(wrong.slice(0, 3), [], `${row.host}\n${JSON.stringify(conversion.leftovers)}`)
        t.ok(counts.same + counts.stricter + counts.wider > 0)
        if (!row.isWhole) return
        t.not(conversion.rules.length, 0, 'some rules are carried over')
        t.strictSame(conversion.leftovers, [], 'nothing is left over')
      })
    }
  })
}
