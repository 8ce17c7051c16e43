import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parseHttpdConfig, readHttpdConfig } from '../../../src/convert/httpd/config.ts'
import type { Directive } from '../../../src/convert/httpd/directive.ts'
import { fc } from '../../fixtures/property.ts'

// Some tests read millions of lines, and the machine may be busy.
t.setTimeout(300_000)

const read = (text: string) => parseHttpdConfig(text, 'httpd.conf')
const wordsOf = (text: string) =>
  read(text).directives.map(({ words }) => words.map(each => each.text))

t.test('a line is split into words as in Apache, with quotes and escapes', async t => {
  for (const [line, ...words] of [
    ['Name a  b\tc', 'a', 'b', 'c'],
    ['Name "a b" \'c d\'', 'a b', 'c d'],
    ['Name "a \\"b\\" c"', 'a "b" c'],
    ['Name a\\\\b', 'a\\b'],
    ['Name a\\.b', 'a\\.b'],
    ['Name "never closed', 'never closed'],
    ['Name ""', ''],
    // mod_rewrite splits its own lines: it keeps backslashes, and a blank can be escaped.
    ['RewriteCond %{X} a\\\\.b [NC]', '%{X}', 'a\\\\.b', '[NC]'],
    ['RewriteCond %{X} a\\ b', '%{X}', 'a\\ b'],
    ['RewriteCond "a b" \'c d\' [NC]', 'a b', 'c d', '[NC]'],
    ['RewriteRule ^(.*)$ [R,L]', '^(.*)$', '[R,L]'],
  ] as [string, ...string[]][]) {
    t.strictSame(wordsOf(line), [words], line)
  }
})

t.test('a backslash continues a line or a comment, and places are those in the file', async t => {
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

t.test('the directives in a section are its children', async t => {
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

t.test('typographic quotes, blanks and hyphens are read as plain ones, with a remark', async t => {
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

t.test(
  'a section that is not closed or not open gets a remark, and no directive is lost',
  async t => {
    for (const [text, message, count] of [
      ['<A>\nB\n', /<A> is never closed; add <\/A>/, 1],
      ['</A>\nB\n', /<\/A> closes a section that is not open/, 1],
      ['<A>\n<B>\nC\n</A>\nD\n', /<B> is not closed before <\/A>/, 2],
    ] as const) {
      const { directives, remarks } = read(text)
      t.match(remarks, [{ file: 'httpd.conf', message }], text)
      t.equal(directives.length, count, text)
    }
  },
)

t.test('files of an Include are read, by pattern and by directory', async t => {
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
  t.match(namesOf('Include nothing.conf'), ['Include', /nothing.conf does not exist/])
  t.match(namesOf('Include loop.conf'), ['Include', /include each other in a circle/])
  t.match(namesOf('Include'), ['Include', /does not exist/])
  const { directives } = readHttpdConfig(file)
  t.match(
    directives,
    [{ key: 'include' }],
    'the Include is kept, because its file may turn requests away',
  )
})

t.test('included directives have the place in their own file', async t => {
  const home = t.testdir({ 'httpd.conf': 'Include other.conf', 'other.conf': '\n  A\n' })
  const { directives } = readHttpdConfig(join(home, 'httpd.conf'))
  t.match(directives, [{ file: join(home, 'other.conf'), line: 2, column: 3 }])
})

t.test('definitions replace variables in the order of the lines', async t => {
  const variable = (name: string) => '$'.concat(`{${name}}`)
  const textsOf = (...lines: string[]) =>
    read(lines.join('\n'))
      .directives.filter(({ key }) => !/^(?:un)?define$/.test(key))
      .map(({ name, words }) => [name, ...words.map(({ text }) => text)].join(' '))
  const uses = `A ${variable('X')}`
  t.strictSame(textsOf(uses, 'Define X "1 2"', uses, 'UnDefine X', uses), [uses, 'A 1 2', uses])
  t.strictSame(textsOf('Define X', uses), [uses], 'a Define without a value replaces nothing')
  t.strictSame(
    textsOf('Define X 1', '<IfDefine X>', 'A', '</IfDefine>', '<IfDefine !X>', 'B', '</IfDefine>'),
    ['A'],
  )
  t.strictSame(textsOf('Define X', 'UnDefine X', '<IfDefine X>', 'A', '</IfDefine>', 'B'), ['B'])
  t.strictSame(textsOf('<IfDefine X>', 'A', '</IfDefine>'), ['IfDefine X'], 'not known')
  t.strictSame(
    textsOf('<IfModule odd>', 'Define X 1', '</IfModule>', uses, '<IfDefine X>', '</IfDefine>'),
    ['IfModule odd', uses, 'IfDefine X'],
    'the definition may not be in force',
  )
  t.strictSame(
    textsOf('Define X', '<IfDefine !X>', 'Define Y 1', '</IfDefine>', `A ${variable('Y')}`),
    [`A ${variable('Y')}`],
    'lines that Apache does not read define nothing',
  )
  const doubled = Array.from({ length: 40 }, () => `Define X ${variable('X')}${variable('X')}`)
  t.match(read(['Define X 12345678', ...doubled].join('\n')).remarks, [
    { message: /more than 1,000,000 characters/ },
  ])
})

t.test('Use inserts the lines of its macro', async t => {
  const macro = '<Macro Office $net $network %1>\n# the %1\nA $net $network\n</Macro>'
  const used = read(`${macro}\n<B>\nuSE office 1 "2 3" x\n</B>`)
  t.match(used.directives, [
    { name: 'B', children: [{ name: 'A', line: 3, comments: ['the x'], words: [{}, {}, {}] }] },
  ])
  t.strictSame(used.remarks, [])
  const whole = '<Macro H $n>\n<V $n>\nA $n\n</V>\n</Macro>\nUse H 1\nUse H 2'
  t.match(read(whole).directives, [{ words: [{ text: '1' }] }, { words: [{ text: '2' }] }])
  for (const [text, message] of [
    ['Use Nothing', /a macro that is not defined here/],
    [`${macro}\nUse Office 1`, /has 1 argument, but the macro takes 3/],
    ['<Macro A>\nUse A\n</Macro>\nUse A', /uses macros in a circle/],
    ['<IfModule odd>\n<Macro A>\nB\n</Macro>\n</IfModule>\nUse A', /may not be in force/],
    ['<Macro A>\nB\n</Macro>\nUndefMacro A\nUse A', /is not defined/],
    ['<Macro A>\nB', /<Macro> is never closed/],
  ] as const) {
    const { directives, remarks } = read(text)
    t.match(remarks, [{ message }], text)
    t.ok(/never/.test(String(message)) || directives.some(({ key }) => key === 'use'), 'it stays')
  }
  const bomb = ['<Macro A0 $x>\nB $x\n</Macro>']
  for (let at = 1; at < 16; at++) {
    const use = `Use A${at - 1} "$x $x $x $x"\n`
    bomb.push(`<Macro A${at} $x>\n${use.repeat(4)}</Macro>`)
  }
  t.match(read([...bomb, 'Use A15 12345678'].join('\n')).remarks[0]?.message, /^Use A/)
})

t.test('a comment at the end of a line is left out with a remark', async t => {
  const { directives, remarks } = read('allow from 10.1 # all offices\nRequire expr "a # b"\nB #1')
  t.strictSame(
    directives.map(({ words }) => words.map(({ text }) => text).join(' ')),
    ['from 10.1', 'expr a # b', '#1'],
  )
  t.match(remarks, [{ line: 1, column: 17, message: /a comment at the end of the line/ }])
})

t.test('a missing Include can be declared harmless', async t => {
  const home = t.testdir({ empty: {}, 'httpd.conf': '' })
  const text = `ServerRoot "${home}"\nInclude a.conf\nInclude b.conf\nInclude empty/*.conf\nInclude empty`
  const { directives, remarks } = parseHttpdConfig(text, join(home, 'httpd.conf'), {
    ignoreMissing: ['a.conf', join(home, 'b.conf')],
  })
  t.strictSame(
    directives.map(({ name }) => name),
    ['ServerRoot'],
  )
  t.match(remarks, [{ message: /a\.conf does not exist; it is left out/ }, { line: 3 }])
})

t.test('a file in UTF-16 or Windows-1252 is read with a remark', async t => {
  const home = t.testdir({})
  const readBytes = (bytes: Uint8Array) => {
    const file = join(home, 'httpd.conf')
    writeFileSync(file, bytes)
    return readHttpdConfig(file)
  }
  const utf16 = readBytes(Buffer.from('\ufeffA é\r\nB', 'utf16le'))
  t.match(utf16, {
    directives: [{ words: [{ text: 'é' }] }, {}],
    remarks: [{ message: /UTF-16LE/ }],
  })
  const latin = readBytes(Buffer.from('# B\xfcro\nA \x93b\x94', 'latin1'))
  t.match(latin.directives, [{ comments: ['Büro'], words: [{ text: 'b' }] }])
  t.match(latin.remarks, [{ line: 1, column: 4, message: /read as Windows-1252/ }, { line: 2 }])
  t.throws(() => readBytes(Buffer.from('A\0B')), { message: /^1:2 has a NUL/ })
})

t.test('a file of two million continued lines is read in time', async t => {
  const many = 1_000_000
  const parts = 'x \\\n'.repeat(many)
  const { directives } = read(`# a \\\n${parts}\nRequire \\\n${parts}10`)
  t.equal(directives[0]?.words.length, many + 1)
  t.match(directives[0]?.words.at(-1), { line: 2 * many + 4, column: 1, text: '10' })
})

t.test('no text makes the parser throw', async t => {
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
