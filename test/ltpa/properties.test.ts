import t from 'tap'
import { parseProperties } from '../../src/ltpa/properties.ts'

const rows: [string, string, Record<string, string>][] = [
  ['comments and blank lines are skipped', '# a=1\n! b=2\n\n  \t\nc=3', { c: '3' }],
  [
    'equals, colon and blank separate',
    'a=1\nb:2\nc 3\nd = 4\ne\t5\nf   :  6',
    { a: '1', b: '2', c: '3', d: '4', e: '5', f: '6' },
  ],
  ['an unescaped equals sign stays in the value', 'key=abc==', { key: 'abc==' }],
  [
    'escaped signs are themselves',
    'key=abc\\=\\=\nrealm=10.0.0.1\\:389\na\\=b=c',
    { key: 'abc==', realm: '10.0.0.1:389', 'a=b': 'c' },
  ],
  ['Unicode and control escapes are read', 'a=\\u00e4\\t\\n\\r\\f\\x', { a: 'ä\t\n\r\fx' }],
  [
    'a backslash at the end joins the next line without its blanks',
    'a=1\\\n   2\\\r\n\t3\nb=4',
    { a: '123', b: '4' },
  ],
  ['two backslashes at the end join nothing', 'a=1\\\\\nb=2', { a: '1\\', b: '2' }],
  ['a backslash at the very end is dropped', 'a=1\\', { a: '1' }],
  ['a name without a value has an empty one', 'a\nb=', { a: '', b: '' }],
  ['of two values the last counts', 'a=1\na=2', { a: '2' }],
  ['a byte order mark is not part of the first name', '\uFEFFa=1', { a: '1' }],
  ['line ends of all kinds', 'a=1\rb=2\r\nc=3\n', { a: '1', b: '2', c: '3' }],
]

for (const [title, text, expected] of rows) {
  t.test(title, async t => {
    t.strictSame(Object.fromEntries(parseProperties(text)), expected)
  })
}
