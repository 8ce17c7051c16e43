import t from 'tap'
import { formatProblems, noteProblems } from '../../src/command/output.ts'
import { viewProblem } from '../../src/command/problem-view.ts'
import type { Problem } from '../../src/config/document/problem.ts'
import { captureOutput } from '../fixtures/output.ts'

const problem: Problem = {
  ...{
    file: 'f',
    line: 3,
    column: 9,
    path: 'photos.cache',
    message: 'is not a size; write 256MiB',
  },
  ...{ code: 'GATE_CONFIG_FORMAT', excerpt: '  cache: lots # of it' },
}
const view = (changes: Partial<Problem>) =>
  viewProblem({ ...problem, ...changes }, { severity: 'error', colors: false }).split('\n')

t.test('a control character in a shown line never reaches the terminal', async t => {
  const [, line = ''] = view({ excerpt: '  cache:\u001b[2J x\u0007', column: 3 })
  t.equal(line, '3 |   cache:\ufffd[2J x\ufffd')
})

t.test('a password in a URL is not shown, and the caret stays below its place', async t => {
  const [, line = '', caret = ''] = view({ excerpt: 'a: "ldap://me:secret@h" x', column: 25 })
  t.notMatch(line, /secret/)
  t.equal(line[caret.indexOf('^')], 'x')
})

t.test('the line is shown with a caret below the place', async t => {
  t.strictSame(view({}), [
    'f:3:9 photos.cache is not a size; write 256MiB',
    '3 |   cache: lots # of it',
    '            ^',
  ])
  t.test('a long line is cut to the part around the place', async t => {
    const [, line = '', caret = ''] = view({
      excerpt: `${'a'.repeat(500)}X${'b'.repeat(500)}`,
      column: 501,
    })
    t.ok(line.length < 120, line)
    t.equal(line[caret.indexOf('^')], 'X')
  })
  t.test('a problem without a place is shown without an excerpt', async t => {
    const { excerpt: _, line: __, column: ___, ...placeless } = problem
    t.equal(
      viewProblem(placeless, { severity: 'error', colors: false }),
      'f photos.cache is not a size; write 256MiB',
    )
  })
})

t.test('errors are red and warnings yellow if the terminal has colours', async t => {
  const red = '\u001b[31m'
  const yellow = '\u001b[33m'
  t.ok(viewProblem(problem, { severity: 'error', colors: true }).startsWith(red))
  t.ok(viewProblem(problem, { severity: 'warning', colors: true }).startsWith(yellow))
  t.notOk(viewProblem(problem, { severity: 'error', colors: false }).includes('\u001b'))
  t.equal(formatProblems([problem], 'problem').includes('^'), false, 'a pipe gets one line')
})

t.test('a terminal gets excerpts and the count, a pipe one line for each problem', async t => {
  const written: string[] = []
  const terminal = { colors: false, write: (text: string) => void written.push(text) }
  const output = captureOutput()
  noteProblems({ ...output, terminal }, [problem], 'warning')
  t.match(written.join(''), /^f:3:9 .*\n3 \| {3}cache: lots # of it\n {12}\^\n1 warning$/)
  t.equal(output.noted(), '')
  noteProblems(output, [problem], 'error')
  t.equal(output.noted(), 'f:3:9 photos.cache is not a size; write 256MiB\n1 problem')
})
