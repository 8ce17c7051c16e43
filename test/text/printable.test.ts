import t from 'tap'
import { printable } from '../../src/text/printable.ts'

t.test('characters that control a terminal or hide a part of a name are replaced', async t => {
  const rows: [string, string, string][] = [
    ['an escape sequence', 'a\u001b[31mb', 'a\ufffd[31mb'],
    ['a line break', 'a\nb\r\u2028c', 'a\ufffdb\ufffd\ufffdc'],
    ['a change of direction', 'a\u202egpj', 'a\ufffdgpj'],
    ['nothing in a plain name', 'uid=Jörg Čapek,o=acme', 'uid=Jörg Čapek,o=acme'],
  ]
  for (const [title, text, shown] of rows) {
    await t.test(title, async t => {
      t.equal(printable(text), shown)
    })
  }
})
