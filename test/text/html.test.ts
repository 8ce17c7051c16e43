import t from 'tap'
import type { HtmlPart } from '../../src/text/html.ts'
import { html } from '../../src/text/html.ts'

t.test('text stays text, in elements and in quoted attributes', async t => {
  const rows: [HtmlPart, string][] = [
    ['"><img src=x onerror=alert(1)>', '&quot;&gt;&lt;img src=x onerror=alert(1)&gt;'],
    ["' onclick='alert(1)", '&#39; onclick=&#39;alert(1)'],
    ['`x` & &lt;', '&#96;x&#96; &amp; &amp;lt;'],
    ['</style><script>', '&lt;/style&gt;&lt;script&gt;'],
    [-1.5, '-1.5'],
  ]
  for (const [part, escaped] of rows) {
    t.equal(`${html`<b title="${part}">${part}</b>`}`, `<b title="${escaped}">${escaped}</b>`)
  }
})

t.test('characters that control or turn around the line are replaced', async t => {
  t.equal(
    `${html`<i>${'a\u001b[31m\u202egpj\r\n\u0000b'}</i>`}`,
    '<i>a\ufffd[31m\ufffdgpj\ufffd\ufffd\ufffdb</i>',
  )
})

t.test('what only looks like HTML is escaped as any other text', async t => {
  const fake = JSON.parse('{"text":"<b>","toString":"<b>"}') as HtmlPart
  t.throws(() => html`${fake}`, 'an object that no template made')
  t.equal(
    `${html`${`${html`<b>x</b>`}`}`}`,
    '&lt;b&gt;x&lt;/b&gt;',
    'HTML that was made text again',
  )
})

t.test('HTML of templates, lists and nothing are put together', async t => {
  const items = ['<', '>'].map(text => html`<li>${text}</li>`)
  t.equal(`${html`<ul>${items}</ul>`}`, '<ul><li>&lt;</li><li>&gt;</li></ul>')
  t.equal(`${html`${[['a', [1]], undefined, false]}${undefined}${false}${''}`}`, 'a1')
  t.equal(`${html`<b>\u{1f600}</b>`}`, '<b>\u{1f600}</b>')
})
