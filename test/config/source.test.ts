import t from 'tap'
import { formatProblem } from '../../src/config/problem.ts'
import type { Keys } from '../../src/config/source.ts'
import { parseSource } from '../../src/config/source.ts'

const parse = (text: string, env: Record<string, string | undefined> = {}) =>
  parseSource('photogate.yaml', text, env)
const problemsOf = (text: string, env: Record<string, string | undefined> = {}) =>
  parse(text, env).problems.map(formatProblem)

t.test('what is not YAML is a problem at its place, and there is no value', async t => {
  const rows: [string, string, string][] = [
    ['a flow that does not end', 'allow:\n  - { name: a', 'photogate.yaml:2:14 is not YAML here: '],
    ['a tab for indentation', 'photos:\n\tdirectory: x', 'photogate.yaml:2:1 is not YAML here: '],
    [
      'a key twice',
      'allow: []\nallow: []',
      'photogate.yaml:2:1 is not YAML here: Map keys must be',
    ],
    [
      'a nested key twice',
      'a:\n  b: 1\n  b: 2',
      'photogate.yaml:3:3 is not YAML here: Map keys must',
    ],
    ['a quote that does not end', 'a: "x', 'photogate.yaml:1:6 is not YAML here: '],
    ['two documents', 'a: 1\n---\nb: 2', 'photogate.yaml:2:1 is not YAML here: '],
    ['an unknown tag', 'a: !secret x', 'photogate.yaml:1:4 is not YAML here: Unresolved tag'],
    ['a byte of a control character', 'a: "\\q"', 'photogate.yaml:1:5 is not YAML here: '],
  ]
  for (const [what, text, beginning] of rows) {
    t.test(what, async t => {
      const [problem = ''] = problemsOf(text)
      t.equal(problem.slice(0, beginning.length), beginning)
      t.equal(parse(text).value, undefined)
    })
  }
})

t.test(
  'aliases that cannot be resolved, or that multiply, are a problem and not an exception',
  async t => {
    const bomb = ['a: &a [1,1,1,1,1,1,1,1,1,1]']
    for (const [name, of] of ['ba', 'cb', 'dc', 'ed', 'fe']) {
      bomb.push(`${name}: &${name} [${Array(10).fill(`*${of}`)}]`)
    }
    const rows: [string, string][] = [
      ['an alias of nothing', 'allow: *nothing'],
      ['an alias before its anchor', 'a: *later\nb: &later 1'],
      ['an alias that holds itself', 'allow: &all [*all]'],
      ['a mapping that holds itself', 'networks: &all { a: *all }'],
      ['a billion laughs', bomb.join('\n')],
    ]
    for (const [what, text] of rows) {
      t.test(what, async t => {
        const source = parse(text)
        t.ok(source.problems.length > 0, 'a problem')
        t.equal(source.value, undefined)
      })
    }
  },
)

t.test('an alias that can be resolved is its value', async t => {
  t.strictSame(parse('a: &x [1]\nb: *x').value, { a: [1], b: [1] })
})

t.test('a variable of the environment that is not set is a problem at its place', async t => {
  const text = `photos:\n  directory: "/srv/\${DIR}/\${DEPTH}"`
  const problems = parse(text, { DEPTH: 'x' }).problems
  t.strictSame(
    problems.map(({ line, column, message }) => ({ line, column, message })),
    [
      {
        line: 2,
        column: 14,
        message: `the environment variable DIR is not set; set it, or write $\${ for a literal \${`,
      },
    ],
  )
  t.test('and is named with the path of its value', async t => {
    t.equal(problems[0]?.path, 'photos.directory')
  })
  for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
    t.test(`${name}, which every object has, is not set`, async t => {
      const source = parseSource('f', `a: "\${${name}}"`, process.env)
      t.equal(source.problems.length, 1)
    })
  }
  t.test('a reference without a name is told so', async t => {
    t.match(problemsOf(`a: "\${}"`)[0], /variable \(no name\) is not set/)
  })
})

t.test('variables of the environment are filled in once, in values only', async t => {
  const env = { HOST: '127.0.0.1', PORT: '8080', TWICE: `\${HOST}`, EMPTY: '', QUOTE: '"]: {' }
  const rows: [string, unknown][] = [
    [`a: "\${HOST}"`, { a: '127.0.0.1' }],
    [`a: \${HOST}`, { a: '127.0.0.1' }],
    [`a: '\${HOST}'`, { a: '127.0.0.1' }],
    [`a: x\${HOST}y\${PORT}z`, { a: 'x127.0.0.1y8080z' }],
    [`a: "\${PORT}"`, { a: '8080' }],
    [`a: ["\${HOST}"]`, { a: ['127.0.0.1'] }],
    [`a: "\${TWICE}"`, { a: `\${HOST}` }],
    [`a: "[\${EMPTY}]"`, { a: '[]' }],
    [`a: "\${QUOTE}"`, { a: '"]: {' }],
    [`a: "$\${HOST}"`, { a: `\${HOST}` }],
    [`a: "$\${HOST}\${HOST}"`, { a: `\${HOST}127.0.0.1` }],
    ['a: "$HOST $$ {HOST}"', { a: '$HOST $$ {HOST}' }],
    [`"\${HOST}": 1`, Object.fromEntries([[`\${HOST}`, 1]])],
    [`a: 5 # \${NOWHERE}`, { a: 5 }],
  ]
  for (const [text, value] of rows) {
    t.test(text, async t => {
      const source = parse(text, env)
      t.strictSame(source.problems, [])
      t.strictSame(source.value, value)
    })
  }
})

t.test('keys lead to the place of their value, or to the nearest around it', async t => {
  const source = parse('photos:\n  directory: x\nallow:\n  - name: a\n    from:\n      - ten\n')
  const rows: [Keys, string][] = [
    [[], '1:1'],
    [['photos'], '2:3'],
    [['photos', 'directory'], '2:14'],
    [['photos', 'cache'], '2:3'],
    [['allow', 0, 'from', 0], '6:9'],
    [['allow', 0, 'cookie', 3], '4:5'],
    [['allow', 7], '4:3'],
    [['nowhere'], '1:1'],
    [['photos', 'directory', 'deeper'], '2:14'],
  ]
  for (const [keys, place] of rows) {
    t.test(`[${keys.join(', ')}] is at ${place}`, async t => {
      const { line, column } = source.problemAt(keys, 'is wrong')
      t.equal(`${line}:${column}`, place)
    })
  }
  t.test('or to the key itself', async t => {
    const { line, column, path } = source.problemAtKey(['photos', 'directory'], 'is not known')
    t.strictSame([line, column, path], [2, 3, 'photos.directory'])
    const absent = source.problemAtKey(['photos', 'cache'], 'is not known')
    t.strictSame([absent.line, absent.column], [2, 3])
  })
  t.test('an empty file has its beginning only', async t => {
    const { line, column } = parse('').problemAt(['allow'], 'is wrong')
    t.strictSame([line, column], [1, 1])
  })
})
