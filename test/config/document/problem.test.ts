import t from 'tap'
import { findNearest, formatPath, formatProblem } from '../../../src/config/document/problem.ts'

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

t.test('only a near key is suggested', async t => {
  const keys = ['listen', 'proxies', 'clientHeader', 'networks', 'photos', 'allow', 'otherwise']
  const rows: [string, string | undefined][] = [
    ['verbose', undefined],
    ['headers', undefined],
    ['zzz', undefined],
    ['proxys', 'proxies'],
    ['PROXIES', 'proxies'],
    ['client-header', 'clientHeader'],
    ['network', 'networks'],
    ['photo', 'photos'],
    ['alow', 'allow'],
    ['otherwize', 'otherwise'],
    ['lsiten', 'listen'],
  ]
  for (const [text, nearest] of rows) {
    t.test(
      `${text} is ${nearest === undefined ? 'near to none' : `near to ${nearest}`}`,
      async t => {
        t.equal(findNearest(text, keys), nearest)
      },
    )
  }
  t.equal(findNearest('anything', []), undefined)
})
