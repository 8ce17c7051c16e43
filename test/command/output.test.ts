import t from 'tap'
import { formatProblems, processOutput } from '../../src/command/output.ts'

t.test('problems are printed one a line, and counted', async t => {
  const problem = { file: 'f', line: 1, column: 2, path: 'allow', message: 'is wrong' }
  t.equal(formatProblems([], 'problem'), '0 problems')
  t.equal(formatProblems([problem], 'warning'), 'f:1:2 allow is wrong\n1 warning')
  t.equal(
    formatProblems([problem, problem], 'problem'),
    'f:1:2 allow is wrong\nf:1:2 allow is wrong\n2 problems',
  )
})

t.test('results go to standard output and all else to standard error', async t => {
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
