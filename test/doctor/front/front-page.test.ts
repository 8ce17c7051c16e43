// The page for administrators names the codes of the findings about the front, and no others.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { root } from '../../fixtures/root.ts'

t.test('the page has each code of a front, with its effect', async t => {
  const folder = join(root, 'src/doctor/front')
  const sources = readdirSync(folder).map(file => readFileSync(join(folder, file), 'utf8'))
  const codes = new Set(
    sources.flatMap(text => [...text.matchAll(/'(front-[a-z\d-]+)'/g)].map(([, code]) => code)),
  )
  const page = readFileSync(join(root, 'deploy/docs/doctor.md'), 'utf8')
  const rows = [...page.matchAll(/^\| `(front-[a-z\d-]+)` \| ([a-z -]+) \|/gm)]
  t.strictSame(rows.map(([, code]) => code).toSorted(), [...codes].toSorted())
  for (const [, code = '', effect = ''] of rows) {
    t.ok(
      effect
        .split(' or ')
        .every(each => ['opens', 'breaks', 'will-break', 'weakens'].includes(each)),
      code,
    )
  }
})
