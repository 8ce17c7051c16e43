import { execFileSync } from 'node:child_process'
import t from 'tap'
import { quotePosix, quoteWindows } from '../../src/text/shell-quote.ts'

t.test('sh reads a quoted word as it was, and runs nothing in it', async t => {
  const words = [
    ...['$(echo run)', '`echo run`', "it's", "'", "''", 'a;b', 'a b', '', '~', '*', 'A=b', 'a&b'],
    ...['"', '\\', 'a\nb', '!!', '#x', 'Größe', '/opt/IBM/WebSphere', '{a,b}', '<x>', 'a|b'],
  ]
  for (const word of words) {
    const read = execFileSync('/bin/sh', ['-c', `printf %s ${quotePosix(word)}`], {
      encoding: 'utf8',
    })
    t.equal(read, word, JSON.stringify(word))
    const first = execFileSync('/bin/sh', ['-c', `f() { printf %s "$1"; }; f ${quotePosix(word)}`])
    t.equal(String(first), word)
  }
})

t.test('a word that needs no quotes has none', async t => {
  t.equal(quotePosix('/opt/IBM/bin/stopServer.sh'), '/opt/IBM/bin/stopServer.sh')
  t.equal(quoteWindows('D:\\IBM\\bin\\stopServer.bat'), 'D:\\IBM\\bin\\stopServer.bat')
  t.equal(quoteWindows('D:/Bücher/ccmcache'), 'D:/Bücher/ccmcache')
})

t.test('cmd.exe reads each quoted word within quotes', async t => {
  const rows = [
    ['C:\\Program Files (x86)\\IBM\\a.bat', '"C:\\Program Files (x86)\\IBM\\a.bat"'],
    ['a&calc', '"a&calc"'],
    ['a"&calc', '"a""&calc"'],
    ['C:\\My Files\\', '"C:\\My Files\\\\"'],
    ['a^b', '"a^b"'],
    ['', '""'],
  ]
  for (const [word = '', quoted] of rows) t.equal(quoteWindows(word), quoted)
})
