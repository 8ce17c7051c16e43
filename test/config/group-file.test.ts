import t from 'tap'
import { formatProblem } from '../../src/config/document/problem.ts'
import { parseGroupFile } from '../../src/config/group-file.ts'
import { fc, holds } from '../fixtures/property.ts'

const read = (text: string | Buffer) => parseGroupFile('board.txt', Buffer.from(text as string))
const problemsOf = (text: string | Buffer) => read(text).problems.map(formatProblem)
const membersOf = (text: string | Buffer) => {
  const { addresses, globs } = read(text)
  return [...addresses, ...globs]
}
const anyLine = 'write joe@acme.example or *@board.acme.example'

t.test('a file that cannot be decoded is refused, with the place and how to save it', async t => {
  const latin1 = Buffer.from('ann@acme.example\nm\u00fcller@acme.example\n', 'latin1')
  t.strictSame(problemsOf(latin1), [
    'board.txt:2:2 is not UTF-8 here (byte 0xFC; perhaps Windows-1252 or Latin-1); save it as UTF-8',
  ])
  t.strictSame(membersOf(latin1), [])
  t.match(problemsOf(Buffer.from('ann@acme.example\r\n', 'utf16le')), [
    /^board\.txt:1:2 has a NUL character here: .*save it as UTF-8$/,
  ])
})

t.test('every line that is not an address or a glob is reported with its place', async t => {
  const text = [
    '\uFEFFceo # head office',
    'ann@acme.example',
    '  !ceo@acme.example',
    '\t"joe@acme.example"\t# quoted',
    'Joe Bloggs <joe@acme.example>',
    'SMTP:joe@acme.example',
    'joe@acme.example, ann@acme.example',
    'joe@acme.example ann@acme.example',
    'ceo@acme.example.jpg',
    'ceo[1-9]@acme.example',
    'cn=Joe,o=acme',
    '!',
    '*@',
    'a@b@acme.example',
    'ceo@acme.example.',
    'ce\u200bo@acme.example',
    'a@acme.example\rb@acme.example',
    '@acme.example',
    '!*@acme.example',
    'joe@acme.example;',
    '*@acme.example, *@other.example',
  ].join('\r\n')
  t.strictSame(problemsOf(text), [
    `board.txt:1:1 "ceo" is not a mail address or a glob; ${anyLine}`,
    'board.txt:3:3 "!ceo@acme.example" begins with !, and a group cannot exclude; take the line out, and write "!ceo@acme.example" in photos of the rule',
    'board.txt:4:2 ""joe@acme.example"" is not a mail address or a glob; write joe@acme.example',
    'board.txt:5:1 "Joe Bloggs <joe@acme.example>" is not a mail address or a glob; write joe@acme.example',
    'board.txt:6:1 "SMTP:joe@acme.example" is not a mail address or a glob; write joe@acme.example',
    'board.txt:7:1 "joe@acme.example, ann@acme.example" is not a mail address or a glob; write each address on a line of its own',
    'board.txt:8:1 "joe@acme.example ann@acme.example" is not a mail address or a glob; write each address on a line of its own',
    'board.txt:9:1 "ceo@acme.example.jpg" names a file, and globs are over mail addresses; leave out .jpg',
    'board.txt:10:1 "ceo[1-9]@acme.example" has brackets, and only * and ? stand for other characters; write one glob for each',
    `board.txt:11:1 "cn=Joe,o=acme" is not a mail address or a glob; ${anyLine}`,
    'board.txt:12:1 "!" begins with !, and a group cannot exclude; take the line out, and write "!" in photos of the rule',
    `board.txt:13:1 "*@" is not a mail address or a glob; ${anyLine}`,
    `board.txt:14:1 "a@b@acme.example" is not a mail address or a glob; ${anyLine}`,
    `board.txt:15:1 "ceo@acme.example." is not a mail address or a glob; ${anyLine}`,
    `board.txt:16:1 "ce\ufffdo@acme.example" is not a mail address or a glob; ${anyLine}`,
    'board.txt:17:1 "a@acme.example\ufffdb@acme.example" is not a mail address or a glob; write each address on a line of its own',
    `board.txt:18:1 "@acme.example" is not a mail address or a glob; ${anyLine}`,
    'board.txt:19:1 "!*@acme.example" begins with !, and a group cannot exclude; take the line out, and write "!*@acme.example" in photos of the rule',
    'board.txt:20:1 "joe@acme.example;" is not a mail address or a glob; write joe@acme.example',
    'board.txt:21:1 "*@acme.example, *@other.example" is not a mail address or a glob; write each address on a line of its own',
  ])
  t.strictSame(membersOf(text), ['ann@acme.example'], 'the other lines are still read')
})

t.test('a long line is quoted by its beginning', async t => {
  const [problem = '', second = ''] = problemsOf(`${'x'.repeat(10_000)}\n!${'x'.repeat(10_000)}`)
  t.ok(problem.startsWith(`board.txt:1:1 "${'x'.repeat(80)}" is not a mail address`))
  t.ok(problem.length < 300)
  t.ok(second.length < 400)
})

t.test('the glob after the thousandth is refused, because each costs time', async t => {
  const globs = Array.from({ length: 1_001 }, (_, at) => `*@d${at}.example`)
  t.strictSame(problemsOf(globs.join('\n')), [
    'board.txt:1001:1 "*@d1000.example" is one glob more than the 1,000 that a group may have; write the addresses themselves',
  ])
  t.strictSame(problemsOf(globs.slice(1).join('\n')), [])
})

t.test(
  'a byte order mark, CRLF, blanks, comments, empty lines and UTF-16 are accepted',
  async t => {
    const rows: [string, string | Buffer, string[]][] = [
      ['nothing', '', []],
      ['a byte order mark alone', '\uFEFF', []],
      ['comments alone', '# none yet\n  # still none\n', []],
      ['a byte order mark', '\uFEFFann@acme.example', ['ann@acme.example']],
      ['CRLF', 'a@x.example\r\n\r\nb@x.example\r\n', ['a@x.example', 'b@x.example']],
      ['a comment after', 'a@x.example# one\nb@x.example # two', ['a@x.example', 'b@x.example']],
      ['a commented line', '#!a@x.example\nb@x.example', ['b@x.example']],
      ['blanks and tabs', ' \ta@x.example\t ', ['a@x.example']],
      ['capitals', 'Joe@ACME.Example', ['joe@acme.example']],
      ['NFD', 'mu\u0308ller@acme.example', ['m\u00fcller@acme.example']],
      ['a domain in ASCII', 'a@xn--bcher-kva.example', ['a@b\u00fccher.example']],
      ['globs', '*@acme.example\nj?e@acme.example\n*', ['*@acme.example', 'j?e@acme.example', '*']],
      ['a ! inside', 'a!b@acme.example', ['a!b@acme.example']],
      [
        'UTF-16 of Windows PowerShell',
        Buffer.from('\uFEFFa@x.example\r\nb@x.example\r\n', 'utf16le'),
        ['a@x.example', 'b@x.example'],
      ],
    ]
    for (const [what, text, members] of rows) {
      t.test(what, async t => {
        t.strictSame(problemsOf(text), [])
        t.strictSame(membersOf(text), members)
      })
    }
  },
)

t.test(
  'no text makes the reader throw, and every line is a member, a problem or nothing',
  async t => {
    const line = fc.oneof(
      fc.string(),
      fc.emailAddress(),
      fc.constantFrom('', '# x', '*@x.example', '!a@x.example', 'a@x.example'),
    )
    holds(
      t,
      fc.property(fc.array(line), lines => {
        const text = lines.join('\n')
        const { addresses, globs, problems } = read(text)
        return addresses.length + globs.length + problems.length <= text.split('\n').length
      }),
    )
  },
)
