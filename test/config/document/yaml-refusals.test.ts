import t from 'tap'
import { formatProblem } from '../../../src/config/document/problem.ts'
import { parseConfigDocument } from '../../../src/config/document/yaml.ts'
import { openConfigHome } from '../../fixtures/config.ts'

const titleOf = (text: string) =>
  JSON.stringify(text).replace(
    /[^ -~]/g,
    at => `\\u${at.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
const parse = (text: string) => parseConfigDocument('f', text, {})

t.test('! ceo@acme.example, a tag in YAML, is refused and does not include the person', async t => {
  const home = openConfigHome(t)
  const rule = (globs: string) => `allow: [{ name: a, from: 10.0.0.0/8, photos: [${globs}] }]`
  const rows: [string, RegExp][] = [
    [
      '"*@acme.example", ! ceo@acme.example',
      /1:65 allow\[0\]\.photos\[1\] ! .*"!ceo@acme\.example"$/,
    ],
    ['"*@acme.example", !ceo@acme.example', /1:65 .* is a tag of YAML, .*"!ceo@acme\.example"$/],
    ['"*@acme.example", ! "ceo@acme.example"', /1:65 .*write "!ceo@acme\.example"$/],
    ['"*@acme.example", !"ceo@acme.example"', /1:65 .*write "!ceo@acme\.example"$/],
    ['"*@acme.example", !*@boss.example', /1:65 .*write "!\*@boss\.example"$/],
    ['"*@acme.example", ! *@boss.example', /1:65 .*write "!\*@boss\.example"$/],
    ['*@acme.example, "!ceo@acme.example"', /1:47 .* is an alias of YAML, .*"\*@acme\.example"$/],
  ]
  for (const [globs, expected] of rows) {
    t.test(globs, async t => {
      const text = rule(globs)
      t.match(home.problems(text), [expected])
      t.equal(home.load(text).settings, undefined)
    })
  }
  t.test('in quotes it excludes the person', async t => {
    t.strictSame(home.problems(rule('"*@acme.example", "!ceo@acme.example"')), [])
    t.strictSame(home.problems(rule("'*@acme.example', '!ceo@acme.example'")), [])
  })
})

t.test('text that YAML reads as something else is refused, with how to write it', async t => {
  const rows: [string, string][] = [
    ['a: *offices', '1:4 a .* is an alias of YAML, .*write offices, or "\\*offices" in quotes'],
    ['a:\n  - *', '2:5 a\\[0\\] .* is an alias .*write "\\*"'],
    ['*a : 1', '1:1 .* is an alias'],
    ['a: &x 1\nb: *x', '1:4 a &x without quotes is an anchor .*write the value out'],
    ['&x a: 1', '1:1 a &x without quotes is an anchor'],
    ['a: &all [*all]', '1:4 a &all without quotes is an anchor'],
    ['a: !!str 8080', '1:4 a !!str is a tag of YAML, .*write the value without it'],
    ['a: !!binary aGVsbG8=', '1:4 a !!binary is a tag'],
    ['a: !<tag:yaml.org,2002:str> x', '1:4 a !<tag.* is a tag'],
    ['a: !!set { x }', '1:4 a !!set is a tag'],
    ['a: !secret x', '1:4 a !secret without quotes is a tag .*write "!secret x"'],
    ['!x\na: 1', '1:1 !x without quotes is a tag'],
    ['<<: { a: 1 }', '1:1 << is a merge key of YAML; write the keys out'],
    ['a: { <<: b }', '1:6 a.<< is a merge key'],
    [
      '? [a, b]\n: c',
      '1:3 \\? is nothing, a list or a mapping in the place of a key; write a name',
    ],
    ['? {a: b}\n: 1', '1:3 \\? is nothing, a list or a mapping'],
    ['[a]: 1', '1:1 \\? is nothing, a list or a mapping'],
    [': 1', '1:1 \\? is nothing, a list'],
    ['"": 1', '1:1 \\? is nothing, a list'],
    ['a: |\n  x\n', '1:4 a is a block of lines; write the text in one line'],
    ['a: >-\n  x\n  y\n', '1:4 a is a block of lines'],
    ['a: x\n  y', '2:3 a goes on with the text of the line above'],
    [
      'a:\n  - 10.0.0.0/8\n    10.1.0.0/16',
      '3:5 a\\[0\\] goes on with the text of the line above; .*dash',
    ],
    ['a: [10.0.0.0/8\n  10.1.0.0/16]', '2:3 a\\[0\\] goes on with the text .*comma'],
    ['a: "x\n  y"', '2:3 a goes on with the text'],
    ['a: "x\\\n  y"', '2:3 a goes on with the text'],
    ["a: 'x\n  y'", '2:3 a goes on with the text'],
    ['a: 0x1F90', '1:4 a 0x1F90 is a number to YAML, and not the one that it looks like'],
    ['a: 0o17', '1:4 a 0o17 is a number'],
    ['a: 010', '1:4 a 010 is a number'],
    ['a: 8e3', '1:4 a 8e3 is a number'],
    ['a: +5', '1:4 a \\+5 is a number'],
    ['a: .inf', '1:4 a \\.inf is a number'],
    ['a: 8080.', '1:4 a 8080\\. is a number'],
    ['a: .5', '1:4 a \\.5 is a number'],
    ['a: 12345678901234567890', '1:4 a 12345678901234567890 is a number'],
    ['a: 1\na: 2', '2:1 a is given twice, first in line 1; keep one of them'],
    ['a: 1\n"a": 2', '2:1 a is given twice, first in line 1'],
    ['a: { b: 1,\n b: 2 }', '2:2 a\\.b is given twice, first in line 1'],
    ['a: x\ty', '1:4 a has a tab within the text; write blanks'],
    ['a: "x\ty"', '1:4 a has a tab'],
    ["a: 'x\ty'", '1:4 a has a tab'],
    ['a: \u201cx\u201d', '1:4 a \u201cx\u201d has a typographic quotation mark; write "x"'],
    ['a: [\u201ex\u201c, y]', '1:5 a\\[0\\] .* has a typographic quotation mark; write "x"'],
    ['a: \u2018x\u2019', '1:4 a .* typographic .*write "x"'],
    ['a: \u00abx\u00bb', '1:4 a .* typographic .*write "x"'],
    ['a:\u00a0x', '1:3 has a non-breaking space \\(U\\+00A0\\) here; write an ordinary blank'],
    ['a: "x\u00a0y"', '1:6 has a non-breaking space'],
    ['\u00a0\u00a0a: x', '1:1 has a non-breaking space'],
    ['a: x\u3000y', '1:5 has a blank of another kind \\(U\\+3000\\)'],
    [
      'a: ceo\u200b@acme.example',
      '1:7 has an invisible character \\(U\\+200B\\) here; take it out',
    ],
    ['a: \u202ex', '1:4 has an invisible character \\(U\\+202E\\)'],
    ['a: x\u00ady', '1:5 has an invisible character \\(U\\+00AD\\)'],
    ['a: \ufeffx', '1:4 has an invisible character \\(U\\+FEFF\\)'],
    ['a: m\ufffdller', '1:5 has U\\+FFFD here, .*that a conversion has lost; write that character'],
    ['a: x\u2028y', '1:5 has an invisible character \\(U\\+2028\\)'],
  ]
  for (const [text, expected] of rows) {
    t.test(titleOf(text), async t => {
      t.match(parse(text).problems.map(formatProblem)[0], new RegExp(`^f:${expected}`))
    })
  }
})

t.test('a text in double quotes is taken literally, or is refused', async t => {
  const rows: [string, string][] = [
    ['"C:\\photos"', 'a \\p in double quotes is not what stands there; write C:/photos'],
    ['"C:\\temp\\new"', 'a \\t in double quotes is a tab; write C:/temp/new'],
    ['"C:\\\\temp\\new"', 'a \\n in double quotes is a line break; write C:/temp/new'],
    [
      '"D:\\Program Files\\x86"',
      'a \\P in double quotes is a line break; write D:/Program Files/x86',
    ],
    ['"C:\\xadmin"', 'a \\x in double quotes is not what stands there; write C:/xadmin'],
    ['"\\\\files\\folder"', 'a \\f in double quotes is a form feed; write //files/folder'],
    ['"\\\\files\\\\photos"', 'a \\\\ in double quotes is one backslash; write //files/photos'],
    ['"ACME\\reader"', "a \\r in double quotes is a carriage return; write 'ACME\\reader'"],
    ['"it\'s\\new"', "a \\n in double quotes is a line break; write 'it''s\\new'"],
    ['"a\\0"', "a \\0 in double quotes is a NUL; write 'a\\0'"],
    ['"a\\_b"', "a \\_ in double quotes is a non-breaking space; write 'a\\_b'"],
    ['"a\\u0009b"', "a \\u0009 in double quotes is a control character; write 'a\\u0009b'"],
    ['"a\\u00e"', "a \\u in double quotes is not what stands there; write 'a\\u00e'"],
    ['"a\\U000000e9"', "a \\U in double quotes is not what stands there; write 'a\\U000000e9'"],
    ['"\\ud83d"', 'a has half of a character in an escape; write the character itself'],
  ]
  for (const [text, expected] of rows) {
    t.test(text, async t => {
      t.strictSame(parse(`a: ${text}`).problems.map(formatProblem), [`f:1:4 ${expected}`])
    })
  }
  const taken: [string, string][] = [
    ['"C:\\\\photos"', 'C:\\photos'],
    ['"\\\\\\\\files\\\\photos"', '\\\\files\\photos'],
    ['"C:/photos"', 'C:/photos'],
    ["'C:\\temp\\new'", 'C:\\temp\\new'],
    ["'\\\\files\\folder'", '\\\\files\\folder'],
    ['C:\\temp\\new', 'C:\\temp\\new'],
    ['"say \\"hi\\""', 'say "hi"'],
    ['"m\\u00fcller \\ud83d\\ude00 a\\/b"', 'm\u00fcller \u{1f600} a/b'],
  ]
  for (const [text, value] of taken) {
    t.test(`${text} is ${value}`, async t => {
      const source = parse(`a: ${text}`)
      t.strictSame(source.problems, [])
      t.strictSame(source.value, { a: value })
    })
  }
})

t.test('text that only looks like special YAML is taken literally', async t => {
  const rows: [string, unknown][] = [
    ['a: [yes, no, on, off, y, n]', { a: ['yes', 'no', 'on', 'off', 'y', 'n'] }],
    [
      'a: [2026-11-27, 1:30, 190:20:30, 1_000]',
      { a: ['2026-11-27', '1:30', '190:20:30', '1_000'] },
    ],
    ['a: 2027-03-01T00:00:00Z', { a: '2027-03-01T00:00:00Z' }],
    ['yes: 1', { yes: 1 }],
    ['true: 1', { true: 1 }],
    ['1: 1', { '1': 1 }],
    ['0x10: 1', { '0x10': 1 }],
    ['a: x#y', { a: 'x#y' }],
    ['a: x!y&z*', { a: 'x!y&z*' }],
    ["a: ['*x', '!y', '&z', '010']", { a: ['*x', '!y', '&z', '010'] }],
    ['a: O\u2019Brien', { a: 'O\u2019Brien' }],
    ['a: 1 # \u00a0\u200b\ufffd \u201cx\u201d ! *x &y', { a: 1 }],
    ['{"a": {"b": [1, 2]}}', { a: { b: [1, 2] } }],
    ['a:\r\n  - b\r\n', { a: ['b'] }],
    ['a: -1', { a: -1 }],
    ['a: 1.5', { a: 1.5 }],
  ]
  for (const [text, value] of rows) {
    t.test(titleOf(text), async t => {
      const source = parse(text)
      t.strictSame(source.problems.map(formatProblem), [])
      t.strictSame(source.value, value)
    })
  }
})

t.test('a key that is a list or a mapping prints no warning of the YAML library', async t => {
  const warnings: unknown[] = []
  const listen = (warning: unknown) => warnings.push(warning)
  process.on('warning', listen)
  t.teardown(() => process.off('warning', listen))
  for (const text of ['? [a, b]\n: c', '? {a: b}\n: 1', 'a: { ? [x] : y }', '? *x\n: 1'])
    parse(text)
  await new Promise(resolve => setTimeout(resolve, 20))
  t.strictSame(warnings, [])
})

t.test('a refused value does not hide other problems', async t => {
  const home = openConfigHome(t)
  const text = `networks: { offices: &o [10/8] }
photos: { directory: "C:\\temp", maxAge: lots }
allow:
  - { name: a, from: *offices }
  - { name: a, cookie: x y }
  - { name: b, photos: [!ceo@acme.example], from: [10.0.0.1] }
`
  t.match(home.problems(text), [
    /1:22 networks\.offices &o/,
    /1:26 networks\.offices\[0\] "10\/8" is/,
    /2:22 photos\.directory .*write C:\/temp/,
    /2:41 photos\.maxAge/,
    /4:22 allow\[0\]\.from \*offices/,
    /5:13 .*taken by allow\[0\]/,
    /5:24 allow\[1\]\.cookie/,
    /6:25 allow\[2\]\.photos\[0\] !ceo/,
  ])
})

t.test('a configuration that is not UTF-8 is refused, with the line', async t => {
  const home = openConfigHome(t)
  const text =
    'allow:\n  - { name: a, from: 10.0.0.0/8, photos: ["*@acme.example", "!m\u00fcller@acme.example"] }\n'
  const utf16 = Buffer.from(`\ufeff${text}`, 'utf16le')
  const saved = /1:1 is UTF-16, .*save it as UTF-8 \(PowerShell: Out-File -Encoding utf8\)$/
  const rows: [string, Buffer, RegExp][] = [
    ['Windows-1252', Buffer.from(text, 'latin1'), /2:64 is not UTF-8 here \(byte 0xFC/],
    ['UTF-16', utf16, saved],
    ['UTF-16, big-endian', Buffer.from(utf16).swap16(), saved],
    [
      'UTF-16 without a mark',
      utf16.subarray(2),
      /1:2 has a NUL character here: .*save it as UTF-8$/,
    ],
  ]
  for (const [what, bytes, expected] of rows) {
    t.test(what, async t => {
      t.match(home.problems(bytes as never), [expected])
    })
  }
  t.test('UTF-8 with a byte order mark is accepted', async t => {
    t.strictSame(home.problems(`\ufeff${text}`), [])
  })
})
