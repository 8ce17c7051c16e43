import t from 'tap'
import { formatProblem } from '../../src/config/document/problem.ts'
import { parseNetworkFile } from '../../src/config/network-file.ts'
import { fc, holds } from '../fixtures/property.ts'

const rangesOf = (text: string | Buffer) =>
  parseNetworkFile('branches.txt', Buffer.from(text as string)).ranges.map(
    ({ first, last }) => `${first.text}-${last.text}`,
  )
const problemsOf = (text: string | Buffer) =>
  parseNetworkFile('branches.txt', Buffer.from(text as string)).problems.map(formatProblem)

t.test('a file that cannot be decoded is refused, with the place and how to save it', async t => {
  const latin1 = Buffer.from('10.0.0.0/8\n10.1.0.0/16 # B\u00fcro\n', 'latin1')
  t.strictSame(problemsOf(latin1), [
    'branches.txt:2:16 is not UTF-8 here (byte 0xFC; perhaps Windows-1252 or Latin-1); save it as UTF-8',
  ])
  t.strictSame(rangesOf(latin1), [])
  const unmarked = Buffer.from('10.0.0.1\r\n', 'utf16le')
  t.match(problemsOf(unmarked), [
    /^branches\.txt:1:2 has a NUL character here: .*save it as UTF-8$/,
  ])
})

t.test(
  'UTF-16 with its byte order mark, as > of Windows PowerShell writes it, is read',
  async t => {
    const little = Buffer.from('\uFEFF10.0.0.1\r\n10.0.0.2\r\n', 'utf16le')
    for (const [what, bytes] of [
      ['little-endian', little],
      ['big-endian', Buffer.from(little).swap16()],
    ] as const) {
      t.test(what, async t => {
        t.strictSame(problemsOf(bytes), [])
        t.strictSame(rangesOf(bytes), ['10.0.0.1-10.0.0.1', '10.0.0.2-10.0.0.2'])
      })
    }
  },
)

t.test('every line that is not a network is reported with its place', async t => {
  const text = [
    '\uFEFF10/8 # head office',
    '10.0.0.0/8',
    '',
    '   10.0.0.1/8',
    '\t010.0.0.1\t# octal',
    'offices',
    '10.0.0.1, 10.0.0.2',
    '10.0.0.1 10.0.0.2',
  ].join('\r\n')
  t.strictSame(problemsOf(text), [
    'branches.txt:1:1 "10/8" is not a network; write all four numbers, like 10.0.0.0/8',
    'branches.txt:4:4 "10.0.0.1/8" has host bits set; write 10.0.0.0/8',
    'branches.txt:5:2 "010.0.0.1" is not a network; write without leading zeros, like 10.0.0.1',
    'branches.txt:6:1 "offices" is not a network; write an address, a block like 10.0.0.0/8, or a range like 192.0.2.10-192.0.2.20',
    'branches.txt:7:1 "10.0.0.1, 10.0.0.2" is not a network; write an address, a block like 10.0.0.0/8, or a range like 192.0.2.10-192.0.2.20',
    'branches.txt:8:1 "10.0.0.1 10.0.0.2" is not a network; write an address, a block like 10.0.0.0/8, or a range like 192.0.2.10-192.0.2.20',
  ])
  t.strictSame(rangesOf(text), ['10.0.0.0-10.255.255.255'])
})

t.test('a long line is quoted by its beginning', async t => {
  const [problem = ''] = problemsOf('x'.repeat(10_000))
  t.ok(problem.startsWith(`branches.txt:1:1 "${'x'.repeat(80)}" is not a network`))
  t.ok(problem.length < 300)
})

t.test('a byte order mark, CRLF, blanks, comments and empty lines are accepted', async t => {
  const rows: [string, string, string[]][] = [
    ['nothing', '', []],
    ['a byte order mark alone', '\uFEFF', []],
    ['comments alone', '# none yet\n  # still none\n', []],
    ['a byte order mark', '\uFEFF10.0.0.1', ['10.0.0.1-10.0.0.1']],
    ['CRLF', '10.0.0.1\r\n\r\n10.0.0.2\r\n', ['10.0.0.1-10.0.0.1', '10.0.0.2-10.0.0.2']],
    [
      'a comment after',
      '10.0.0.1# one\n10.0.0.2 # two',
      ['10.0.0.1-10.0.0.1', '10.0.0.2-10.0.0.2'],
    ],
    ['a commented line', '#10.0.0.1\n10.0.0.2', ['10.0.0.2-10.0.0.2']],
    ['blanks and tabs', ' \t10.0.0.1\t ', ['10.0.0.1-10.0.0.1']],
    ['IPv6', '2001:db8::/127', ['2001:db8::-2001:db8::1']],
    ['a range with blanks', '10.0.0.1 - 10.0.0.3', ['10.0.0.1-10.0.0.3']],
  ]
  for (const [what, text, ranges] of rows) {
    t.test(what, async t => {
      t.strictSame(problemsOf(text), [])
      t.strictSame(rangesOf(text), ranges)
    })
  }
})

t.test(
  'no text makes the reader throw, and every line is a range, a problem or nothing',
  async t => {
    const line = fc.oneof(fc.string(), fc.ipV4(), fc.ipV6(), fc.constantFrom('', '# x', '10/8'))
    holds(
      t,
      fc.property(fc.array(line), lines => {
        const text = lines.join('\n')
        const { ranges, problems } = parseNetworkFile('f', Buffer.from(text))
        return ranges.length + problems.length <= text.split('\n').length
      }),
    )
  },
)
