import t from 'tap'
import { formatProblem } from '../../../src/config/document/problem.ts'
import { parseConfigDocument } from '../../../src/config/document/yaml.ts'
import type { Keys } from '../../../src/config/document/yaml-nodes.ts'

const parse = (text: string, env: Record<string, string | undefined> = {}) =>
  parseConfigDocument('photogate.yaml', text, env)
const problemsOf = (text: string, env: Record<string, string | undefined> = {}) =>
  parse(text, env).problems.map(formatProblem)

t.test('text that is not YAML is a problem at the place to change, and has no value', async t => {
  const rows: [string, string, RegExp][] = [
    [
      'a bracket that is not closed',
      'allow:\n  - { name: a',
      /^f:2:5 allow\[0\] the \{ here is not/,
    ],
    [
      'a quote that is not closed',
      'a: "x\nb: 1',
      /^f:1:4 a the quotation mark " here is not closed/,
    ],
    ['a tab for indentation', 'photos:\n\tdirectory: x', /^f:2:1 is indented with a tab; write bl/],
    ['two documents', 'a: 1\n---\nb: 2', /^f:2:1 begins a second document; keep one/],
    ['a text after the end', 'a: 1\n...\nb: 2', /^f:3:1 begins a second document/],
    ['a directive', '%YAML 1.1\n---\na: yes', /^f:1:1 %YAML 1\.1 is a directive, .*take the line/],
    ['@ at a beginning', 'a: @acme.example', /^f:1:4 begins with @, .*put the text in quotes/],
    [
      'one blank too few',
      'photos:\n  directory: a\n cache: b',
      /^f:3:2 begins with 1 blank, .*write 2 blanks/,
    ],
    [
      'one blank too few in an item',
      'allow:\n  - name: a\n    from: 10.0.0.0/8\n   cookie: X\n',
      /^f:4:4 begins with 3 blanks, .*write 4 blanks/,
    ],
    [
      'one blank too few beside the dash',
      'allow:\n  - name: a\n   from: 10.0.0.0/8\n',
      /^f:3:4 begins with 3 blanks, .*write 4 blanks/,
    ],
    [
      'one blank too many',
      'photos:\n directory: a\n  cache: b',
      /^f:3:3 begins with 2 blanks, .*write 1 blank if/,
    ],
    [
      'the first line too far in',
      '  a: 1\nb: 2',
      /^f:2:1 is not expected here; .* blanks of this line/,
    ],
    ['no colon', 'photos\n  directory: x', /^f:1:1 has no colon; write photos:$/],
    [
      'no blank after the colon',
      'a:\n  b: 1\n  from:10.0.0.0/8',
      /^f:3:3 has no blank .*write from: 10\.0/,
    ],
    ['two keys in one line', 'photos: directory: x', /^f:1:9 is a second key in one line; begin a/],
    ['a list beside keys', 'a:\n  b: 1\n  - c', /^f:3:3 a\.\? is nothing, a list or a mapping in/],
    ['a key beside items', 'a:\n  - c\n  b: 1', /^f:3:3 begins with 2 blanks like the list item/],
    ['a text after a text', 'a: "x" y', /^f:1:8 is not expected here; look at the quotes/],
    [
      'a control character',
      'a: x\u0007',
      /^f:1:5 has the control character U\+0007 here; take it o/,
    ],
    ['a carriage return alone', 'a: 1\rb: 2', /^f:1:5 has the control character U\+000D/],
  ]
  for (const [what, text, expected] of rows) {
    t.test(what, async t => {
      const { problems, value } = parseConfigDocument('f', text, {})
      t.match(problems.map(formatProblem)[0], expected)
      t.equal(value, undefined)
    })
  }
})

t.test('a very deeply nested text is a problem and not an exception', async t => {
  for (const depth of [100, 10_000, 100_000]) {
    t.test(`${depth} deep`, async t => {
      const source = parse(`a: ${'['.repeat(depth)}`)
      t.ok(source.problems.length > 0)
      t.equal(source.value, undefined)
    })
  }
})

t.test('a single document with --- and ... is accepted', async t => {
  t.strictSame(parse('---\na: 1\n...\n').value, { a: 1 })
  t.strictSame(problemsOf('--- # mine\na: 1\n...\n# end\n'), [])
})

t.test('an environment variable that is not set is a problem at its place', async t => {
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
  t.test('the problem has the path of the value', async t => {
    t.equal(problems[0]?.path, 'photos.directory')
  })
  for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
    t.test(`${name}, which every object has, is not set`, async t => {
      const source = parseConfigDocument('f', `a: "\${${name}}"`, process.env)
      t.equal(source.problems.length, 1)
    })
  }
  t.test('a variable that ends with a line break is refused', async t => {
    t.match(
      problemsOf(`a: "\${REALM}"`, { REALM: 'acme\n' })[0],
      /1:4 a the .* REALM has a control/,
    )
  })
  t.test('a reference without a name is a problem', async t => {
    t.match(problemsOf(`a: "\${}"`)[0], /variable \(no name\) is not set/)
  })
})

t.test('environment variables are substituted once, in values only', async t => {
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

t.test('a path gives the place of its value, or of the nearest parent', async t => {
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
  t.test('a problem at a key has the place of the key', async t => {
    const { line, column, path } = source.problemAtKey(['photos', 'directory'], 'is not known')
    t.strictSame([line, column, path], [2, 3, 'photos.directory'])
    const absent = source.problemAtKey(['photos', 'cache'], 'is not known')
    t.strictSame([absent.line, absent.column], [2, 3])
  })
  t.test('in an empty file every place is its beginning', async t => {
    const { line, column } = parse('').problemAt(['allow'], 'is wrong')
    t.strictSame([line, column], [1, 1])
  })
})
