import t from 'tap'
import { formatPath, formatProblem } from '../../../src/config/document/problem.ts'

t.test('a problem is one line: place, path, message', async t => {
  const problem = { file: 'photogate.yaml', path: 'allow[2].from[0]', message: 'is wrong' }
  t.equal(formatProblem(problem), 'photogate.yaml allow[2].from[0] is wrong')
  t.equal(
    formatProblem({ ...problem, line: 14, column: 7 }),
    'photogate.yaml:14:7 allow[2].from[0] is wrong',
  )
  t.equal(formatProblem({ ...problem, path: '' }), 'photogate.yaml is wrong')
})

t.test('keys are written as a path', async t => {
  t.equal(formatPath([]), '')
  t.equal(formatPath(['allow']), 'allow')
  t.equal(formatPath(['allow', 2, 'from', 0]), 'allow[2].from[0]')
  t.equal(formatPath(['photos', 'maxAge']), 'photos.maxAge')
})
