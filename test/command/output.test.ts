import t from 'tap'
import { formatProblems, processOutput } from '../../src/command/output.ts'
import { printableText } from '../../src/text/printable.ts'

t.test('problems are printed one on each line, and counted', async t => {
  const problem = { file: 'f', line: 1, column: 2, path: 'allow', message: 'is wrong' }
  t.equal(formatProblems([], 'problem'), '0 problems')
  t.equal(formatProblems([problem], 'warning'), 'f:1:2 allow is wrong\n1 warning')
  t.equal(
    formatProblems([problem, problem], 'problem'),
    'f:1:2 allow is wrong\nf:1:2 allow is wrong\n2 problems',
  )
})

t.test('results go to standard output, everything else to standard error', async t => {
  const out = t.capture(process.stdout, 'write', () => true)
  const err = t.capture(process.stderr, 'write', () => true)
  processOutput.print('result')
  processOutput.note('hint')
  out.restore()
  err.restore()
  t.strictSame(
    out().map(({ args }) => args),
    [['result\n']],
  )
  t.strictSame(
    err().map(({ args }) => args),
    [['hint\n']],
  )
})

t.test('characters that control a terminal or hide text are escaped', async t => {
  const rows: [string, string, string][] = [
    ['an escape sequence', 'a\x1b[31mb', 'a\\u001b[31mb'],
    ['one of C1', 'a\x9b2J', 'a\\u009b2J'],
    ['a change of direction', 'a\u202egpj', 'a\\u202egpj'],
    ['a carriage return, which overwrites the line', 'fine\rwrong', 'fine\\u000dwrong'],
    ['a tag beyond 16 bits', 'a\u{e0041}', 'a\\udb40\\udc41'],
    ['half a character', '\ud800', '\\ud800'],
    ['lines, tabs and letters stay', 'Jörg\t1\r\n\u6f22 \u{1f600}', 'Jörg\t1\r\n\u6f22 \u{1f600}'],
  ]
  for (const [title, text, shown] of rows) {
    await t.test(title, async t => {
      for (const [stream, write] of [
        [process.stdout, processOutput.print],
        [process.stderr, processOutput.note],
      ] as const) {
        const captured = t.capture(stream, 'write', () => true)
        write(text)
        captured.restore()
        t.strictSame(
          captured().map(({ args }) => args),
          [[`${shown}\n`]],
        )
      }
    })
  }
  await t.test('in JSON the escaped value parses to the original', async t => {
    const value = { name: 'a\x1b\x9b\u202e\u{e0041}\ud800\n\t' }
    t.strictSame(JSON.parse(printableText(JSON.stringify(value, null, 2))), value)
  })
})
