import { createHash } from 'node:crypto'
import t from 'tap'
import { formatPage, isReport } from '../../src/report/page.ts'
import { barPart, figuresPart, tablePart } from '../../src/report/parts.ts'
import { html } from '../../src/text/html.ts'

const hostile = '"><img src=x onerror=alert(1)>'
const page = formatPage({
  title: hostile,
  lead: hostile,
  madeMs: Date.UTC(2026, 10, 28, 2, 3, 4),
  body: html`<p>${hostile}</p>`,
})

t.test('a page may load nothing and run nothing: only its own style counts', async t => {
  const [, policy = ''] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page) ?? []
  const [, style = ''] = /<style>([\s\S]*?)<\/style>/.exec(page) ?? []
  const hash = createHash('sha256').update(style).digest('base64')
  t.equal(
    policy,
    `default-src 'none'; style-src 'sha256-${hash}'; img-src data:; base-uri 'none'; form-action 'none'`,
  )
  t.ok(page.indexOf('Content-Security-Policy') < page.indexOf('<style>'), 'before it is needed')
  t.notMatch(page, /<script|<link|<iframe|<img|\bstyle=|\bhref=|\bsrc="(?!data:)|url\(|@import/i)
})

t.test('hostile text stays text in the title, the lead and the body', async t => {
  const escaped = '&quot;&gt;&lt;img src=x onerror=alert(1)&gt;'
  t.equal(page.split(escaped).length - 1, 4)
  t.match(page, /<html lang="en">/)
  t.match(page, /<time datetime="2026-11-28T02:03:04.000Z">2026-11-28 02:03 UTC<\/time>/)
})

t.test('a report is known by its beginning, and nothing else is taken for one', async t => {
  t.equal(isReport(Buffer.from(page)), true)
  t.equal(isReport(Buffer.from(page.slice(0, 1_024))), true)
  t.equal(isReport(Buffer.from('')), false)
  t.equal(isReport(Buffer.from('<!doctype html><title>x</title>')), false)
  t.equal(isReport(Buffer.from(`${' '.repeat(300)}${page}`)), false)
})

t.test(
  'each row of a table is headed by its name, and its share is text beside the bar',
  async t => {
    const table = `${tablePart({
      head: { name: 'what changes', requests: 'requests', clients: 'clients' },
      rows: [
        {
          name: hostile,
          requests: '1,000',
          clients: '3',
          share: 0.25,
          tone: 'bad',
          detail: hostile,
        },
        { name: 'none', requests: '0', share: 0 },
        { name: 'plain' },
      ],
    })}`
    t.match(table, /<caption><h2>What changes<\/h2><\/caption>/)
    t.match(table, '<th scope="row">&quot;&gt;&lt;img src=x onerror=alert(1)&gt;')
    t.match(table, '<td class="share">25.0 %</td><td>1,000</td><td>3</td>')
    t.match(table, '<td class="share">0.0 %</td><td>0</td><td></td>')
    t.match(table, '<th scope="row">plain</th><td class="share"></td><td></td><td></td>')
    t.equal(table.split('<svg class="bar" aria-hidden="true">').length - 1, 2)
    const sum = `${tablePart({ head: { name: 'lines', requests: '1,234' }, rows: [] })}`
    t.match(sum, '<th scope="col">Of 1,234</th></tr>')
  },
)

t.test('a bar shows a thousandth, and none shows nothing', async t => {
  const widthOf = (share: number) => /class="plain" width="([^"]*)"/.exec(`${barPart(share)}`)?.[1]
  t.strictSame([0, 0.0001, 0.123, 1, 2].map(widthOf), ['0%', '0.5%', '12.3%', '100.0%', '100.0%'])
})

t.test('figures name what they count', async t => {
  const figures = `${figuresPart([
    { label: hostile, value: '1', tone: 'bad' },
    { label: 'b', value: '2' },
  ])}`
  t.match(figures, '<dt>&quot;&gt;&lt;img src=x onerror=alert(1)&gt;</dt><dd class="bad">1</dd>')
  t.match(figures, '<dt>b</dt><dd>2</dd>')
})
