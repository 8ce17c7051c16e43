import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import type { Directive } from '../../src/ihs/httpd-config.ts'
import { parseHttpdConfig, readHttpdConfig } from '../../src/ihs/httpd-config.ts'

const read = (text: string) => parseHttpdConfig(text, 'httpd.conf')
const wordsOf = (text: string) =>
  read(text).directives.map(({ words }) => words.map(each => each.text))

t.test('words, quoted and escaped as Apache does', async t => {
  for (const [line, ...words] of [
    ['Name a  b\tc', 'a', 'b', 'c'],
    ['Name "a b" \'c d\'', 'a b', 'c d'],
    ['Name "a \\"b\\" c"', 'a "b" c'],
    ['Name a\\\\b', 'a\\b'],
    ['Name a\\.b', 'a\\.b'],
    ['Name "never closed', 'never closed'],
    ['Name ""', ''],
    // mod_rewrite splits its own: no backslash is lost, and a blank may be escaped.
    ['RewriteCond %{X} a\\\\.b [NC]', '%{X}', 'a\\\\.b', '[NC]'],
    ['RewriteCond %{X} a\\ b', '%{X}', 'a\\ b'],
    ['RewriteCond "a b" \'c d\' [NC]', 'a b', 'c d', '[NC]'],
    ['RewriteRule ^(.*)$ [R,L]', '^(.*)$', '[R,L]'],
  ] as [string, ...string[]][]) {
    t.strictSame(wordsOf(line), [words], line)
  }
})

t.test('lines go on after a backslash, comments too, and places are those of the file', async t => {
  const { directives } = read(
    '# a \\\nNot a directive\r\nRewriteCond \\\n  %{REMOTE_ADDR} \\\r\n ^10\\.\n',
  )
  t.strictSame(directives.length, 1)
  const [directive] = directives as [Directive]
  t.match(directive, { name: 'RewriteCond', key: 'rewritecond', line: 3, column: 1 })
  t.match(directive.words, [
    { text: '%{REMOTE_ADDR}', line: 4, column: 3 },
    { text: '^10\\.', line: 5, column: 2 },
  ])
})

t.test('sections hold what is in them', async t => {
  const { directives, remarks } = read(
    '<VirtualHost *:80 [::1]:80>\n<Directory "/a b">\nA 1\n</Directory>\nB\n</virtualhost>\nC\n',
  )
  t.strictSame(remarks, [])
  const [host, last] = directives as [Directive, Directive]
  t.equal(last.name, 'C')
  t.strictSame(
    host.words.map(({ text }) => text),
    ['*:80', '[::1]:80'],
  )
  const [directory, b] = host.children as [Directive, Directive]
  t.match(directory, { key: 'directory', words: [{ text: '/a b' }], children: [{ name: 'A' }] })
  t.equal(b.name, 'B')
})

t.test('comments belong to the directive below, up to an empty line', async t => {
  const { directives } = read('# far\n\n# one\n## two\nA\nB\n')
  t.strictSame(
    directives.map(({ comments }) => comments),
    [['one', 'two'], []],
  )
})

t.test('what a blog makes of quotes, blanks and hyphens is put right, and said', async t => {
  const { directives, remarks } = read(
    '\ufeffDocumentRoot “/a b”\nRewriteCond expr “–R ‘10.0.0.0/8’”\n',
  )
  t.strictSame(
    directives.map(({ words }) => words.map(({ text }) => text)),
    [['/a b'], ['expr', "-R '10.0.0.0/8'"]],
  )
  t.match(remarks, [
    { line: 1, message: /“ ”/ },
    { line: 2, message: /– ‘ ’|“ – ‘ ’ ”/ },
  ])
})

t.test('sections that do not fit are said, and nothing is lost', async t => {
  for (const [text, message, count] of [
    ['<A>\nB\n', /<A> is never closed; add <\/A>/, 1],
    ['</A>\nB\n', /<\/A> closes a section that is not open/, 1],
    ['<A>\n<B>\nC\n</A>\nD\n', /<B> is not closed before <\/A>/, 2],
  ] as const) {
    const { directives, remarks } = read(text)
    t.match(remarks, [{ file: 'httpd.conf', message }], text)
    t.equal(directives.length, count, text)
  }
})

t.test('included files are read, by pattern and by directory', async t => {
  const home = t.testdir({ conf: { more: { 'b.conf': 'B', 'a.conf': 'A', '.c.conf': 'C' } } })
  const conf = join(home, 'conf')
  writeFileSync(join(conf, 'loop.conf'), 'Include loop.conf\n')
  mkdirSync(join(conf, 'more', 'deep'))
  writeFileSync(join(conf, 'more', 'deep', 'd.conf'), 'D')
  const file = join(conf, 'httpd.conf')
  const namesOf = (text: string) => {
    writeFileSync(file, text)
    const { directives, remarks } = readHttpdConfig(file)
    return [...directives.map(({ name }) => name), ...remarks.map(({ message }) => message)]
  }
  t.strictSame(namesOf('Include more/*.conf'), ['A', 'B'])
  t.strictSame(namesOf('Include mor[e]/[!b].con?'), ['A'])
  t.strictSame(namesOf(`Include "${conf}/more/a.conf"`), ['A'])
  t.strictSame(namesOf('Include more/deep'), ['D'])
  t.strictSame(namesOf(`ServerRoot ${conf}/more\nInclude deep/d.conf`), ['ServerRoot', 'D'])
  t.strictSame(
    namesOf(['Define D more/deep', 'Include $', '{D}/d.conf'].join('\n').replace('$\n', '$')),
    ['Define', 'D'],
  )
  t.strictSame(namesOf('IncludeOptional nothing.conf'), ['IncludeOptional'])
  t.match(namesOf('Include nothing.conf'), ['Include', /nothing.conf is not there/])
  t.match(namesOf('Include loop.conf'), ['Include', /include each other without end/])
  t.match(namesOf('Include'), ['Include', /is not there/])
  const { directives } = readHttpdConfig(file)
  t.match(directives, [{ key: 'include' }], 'stays, for what it names may turn requests away')
})

t.test('places of included directives are in their own file', async t => {
  const home = t.testdir({ 'httpd.conf': 'Include other.conf', 'other.conf': '\n  A\n' })
  const { directives } = readHttpdConfig(join(home, 'httpd.conf'))
  t.match(directives, [{ file: join(home, 'other.conf'), line: 2, column: 3 }])
})

t.test('no text makes it throw', async t => {
  const piece = fc.constantFrom(
    ...[
      '<',
      '>',
      '</A>',
      '<A x>',
      '"',
      "'",
      '\\',
      '\n',
      '\\\n',
      '#',
      ' ',
      'RewriteCond',
      'Include x',
      '*',
      '[',
      '${',
      '}',
      '“',
      '\0',
      '\r',
    ],
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), pieces => {
      read(pieces.join(''))
    }),
    { numRuns: 3_000 },
  )
  fc.assert(fc.property(fc.string({ maxLength: 200, unit: 'binary' }), text => void read(text)))
  t.pass('3,000 texts')
})
