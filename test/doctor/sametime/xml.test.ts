// The XML of configuration files: what is read, what is a fault and in which line, and that a hostile file costs little.
import fc from 'fast-check'
import t from 'tap'
import { parseSametimeFile } from '../../../src/doctor/sametime/config-file.ts'
import type { XmlElement } from '../../../src/doctor/sametime/xml.ts'
import { attributeOf, findElements, parseXml } from '../../../src/doctor/sametime/xml.ts'

function read(text: string): readonly XmlElement[] {
  const roots = parseXml(text)
  if ('message' in roots) throw new Error(`${text}: ${roots.message}`)
  return roots
}
/** Name, attributes, text and children of each, as short as can be. */
function outline(elements: readonly XmlElement[]): unknown[] {
  return elements.map(({ name, attributes, text, children }) => [
    ...[name, Object.fromEntries(attributes), text],
    ...outline(children),
  ])
}
const laughs = `<!DOCTYPE a [<!ENTITY l0 "lol">${[1, 2, 3, 4, 5, 6, 7, 8, 9]
  .map(at => `<!ENTITY l${at} "${`&l${at - 1};`.repeat(10)}">`)
  .join('')}]>`

type Refused = readonly [title: string, text: string, message: string, line: number]
const refused: readonly Refused[] = [
  ['text behind a comment', '<a/><!--\n-->\n\nx', 'has text outside of its elements', 4],
  ['an & behind a comment', '<a><!--\n & -->\n R&D</a>', 'has an & that begins', 3],
  ['an & behind a comment with --', '<a><!--\n -- -->\n R&D</a>', 'has an & that begins', 3],
  ['10 000 elements in each other', '<a>\n'.repeat(10_000), 'has elements more than 100 deep', 101],
  ['too many characters', ' '.repeat(4 * 1024 * 1024 + 1), 'is too long to be looked at', 1],
  ['an entity of a web page', '<a>\n&nbsp;</a>', 'has an & that begins no entity of XML', 2],
  ['a bare &', '<a>\nR&D\n</a>', 'has an & that begins no entity of XML; write &amp;', 2],
  ['a bare & with a ; far behind it', '<a>&amp;\nR&D\n\n&amp;</a>', 'has an & that begins', 2],
  ['a bare & in a value', '<a>\n<b c="1&d=2"/>\n\n<e/>\n</a>', 'has an & that begins', 2],
  ['an & without a name', '<a>\n&;</a>', 'has an & that begins', 2],
  ['a reference to no character', '<a>\n&#0;</a>', 'has an & that begins', 2],
  ['the name of a property of objects', '<a>\n&constructor;</a>', 'has an & that begins', 2],
  ['an entity in another case', '<a>&AMP;</a>', 'has an & that begins', 1],
  ['an attribute that is doubled', '<a>\n<b c="1" c="1"/></a>', '<b> has the attribute c twice', 2],
  ['a doubled __proto__', '<a __proto__="" __proto__=""/>', 'has the attribute __proto__ twice', 1],
  ['tags that cross', '<a>\n<b>\n</a>\n</b>', 'closes <a> where <b> of line 2 is open', 3],
  ['tags in another case', '<a>\n</A>', 'closes <A> where <a> of line 1 is open', 2],
  ['a closing tag too many', '<a/>\r\n</b\r\n>', 'closes <b>, which is not open', 2],
  ['a closing tag without >', '<a>\n</a <b/>', 'has </a without its >', 2],
  ['a closing tag that is cut off', '<a>\n</a', 'has a tag without its > at the end', 2],
  ['an element that is not closed', '<a>\r\n<b\r\nc="1">\r\n', 'does not close <b>', 2],
  ['text before the root', '\n\nx<a/>', 'has text outside of its elements', 3],
  ['text behind the root', '<a/>\n\nx', 'has text outside of its elements', 3],
  ['text between roots', '<a/>\nx\n<b/>', 'has text outside of its elements', 2],
  ['CDATA behind the root', '<a/>\n<![CDATA[x]]>', 'has text outside of its elements', 2],
  [
    'a value without quotes',
    '<a>\n<b c=d/></a>',
    '<b> has an attribute without a value in quotes',
    2,
  ],
  ['an attribute without a value', '<a\nb>', '<a> has an attribute without a value in quotes', 2],
  ['attributes without a blank', '<a b="1"c="2"/>', '<a> has two attributes without a blank', 1],
  [
    'a quote that is not closed',
    '<a>\n<b c="1>\n<d e="2"/></a>',
    '<b> has a < in a value; close',
    2,
  ],
  ['a tag that does not end', '<a>\n<b c="1"\n\n', '<b> has an attribute', 2],
  ['the quotes of a web page', '<a\n b=“1”/>', '<a> has the quotes of a web page', 2],
  ['closing quotes of a web page', '<a\n b="1”>\n<c d="2"/></a>', '<a> has the quotes of a web', 2],
  ['single quotes of a web page', '<a b=‘1’/>', '<a> has the quotes of a web page', 1],
  ['< in text', '<a>\n1 < 2</a>', 'has a < that begins no element; in text write &lt;', 2],
  ['< at the end of a line', '<a>\n1 <\n2</a>', 'has a < that begins no element', 2],
  ['a name that begins with a digit', '<1a/>', 'has a < that begins no element', 1],
  [']]> in text', '<a>\n]]></a>', 'has ]]> in text; write ]]&gt;', 2],
  ['a control character', '<a>\n\u0001</a>', 'has the character U+0001, which XML does not', 2],
  ['half of a character', '<a>\n\ud800</a>', 'has half of a character', 2],
  ['a comment that does not end', '<a/>\n<!-- x -- & y', 'has a comment that does not end', 2],
  ['CDATA that does not end', '<a>\n\n<![CDATA[ & ]]', 'has a CDATA section that does not end', 3],
  ['an instruction that does not end', '<a/>\n<?b c', 'has a processing instruction that does', 2],
  ['an instruction without a name', '<a/>\n<? b?>', 'has a <? that is not followed by a name', 2],
  ['a document type that does not end', '\n<!DOCTYPE a [<!--', 'has a document type that does', 2],
  ['a document type behind the root', '<a/>\n<!DOCTYPE a>', 'has a second <!DOCTYPE, or one', 2],
  ['two document types', '<!DOCTYPE a>\n<!DOCTYPE a><a/>', 'has a second <!DOCTYPE, or one', 2],
  ['another <!', '<a>\n<!ELEMENT a></a>', 'has a <! that begins neither', 2],
  [
    'an empty line before <?xml',
    '\n<?xml version="1.0"?><a/>',
    'has a <?xml … ?> that is not at',
    2,
  ],
  ['a second <?xml', '<a/>\n<?xml version="1.0"?>', 'has a <?xml … ?> that is not at', 2],
  ['<?XML', '<?XML version="1.0"?><a/>', 'has a <?xml … ?> that is not at', 1],
  ['<?xml with the quotes of a web page', '<?xml version=“1.0”?><a/>', 'has a wrong <?xml', 1],
  ['<?xml without ?', '<?xml version="1.0"><a/>', 'has a wrong <?xml … ?>; write', 1],
]
for (const [title, text, message, line] of refused) {
  t.test(`${title}: a fault with its line`, async t => {
    t.match(parseXml(text), { message, line })
  })
}

const accepted: readonly (readonly [title: string, text: string, outline: readonly unknown[]])[] = [
  ['CDATA', '<a>1 <![CDATA[<b> & ]] ]]> 2</a>', [['a', {}, '1 <b> & ]]  2']]],
  ['empty CDATA', '<a><![CDATA[]]></a>', [['a', {}, '']]],
  ['comments', '<!-- <x> & --><a><!-- </a> -->1<!----></a><!-- -->', [['a', {}, '1']]],
  ['-- in a comment', '<a><!-- https://a--b.example <b> --></a>', [['a', {}, '']]],
  ['instructions', '<?x <y> & ?><a><?php 1 > 2 ??>1</a><?x?>', [['a', {}, '1']]],
  ['a byte order mark', '\ufeff<?xml version="1.0"?>\n<a/>', [['a', {}, '']]],
  [
    'a byte order mark of a part',
    '\ufeff<a/>\n<b/>',
    [
      ['a', {}, ''],
      ['b', {}, ''],
    ],
  ],
  [
    'UTF-16 that was decoded',
    '<?xml version="1.0" encoding="UTF-16"?><a>ü😀</a>',
    [['a', {}, 'ü😀']],
  ],
  [
    'several roots',
    '<a/>\n<!-- x --><b>1</b>\r\n<a/>',
    [
      ['a', {}, ''],
      ['b', {}, '1'],
      ['a', {}, ''],
    ],
  ],
  ['no element', '<!-- x -->\n', []],
  ['nothing', '', []],
  ['only text', 'enabled=true & more', []],
  [
    'entities',
    '<a b="&lt;&#65;&#x1F600;">&amp;&apos;&quot;&gt;</a>',
    [['a', { b: '<A😀' }, `&'">`]],
  ],
  ['an entity for the sign of entities', '<a>&amp;lt;&#38;gt;</a>', [['a', {}, '&lt;&gt;']]],
  ['both quotes', `<a b='"' c="'"/>`, [['a', { b: '"', c: "'" }, '']]],
  [
    'the quotes of a web page in quotes',
    '<a b="“x”, it’s">“y”</a>',
    [['a', { b: '“x”, it’s' }, '“y”']],
  ],
  ['> in a value', '<a b="/>"/>', [['a', { b: '/>' }, '']]],
  ['blanks in tags', '<a\n\tb = "1"\r\n></a\n>', [['a', { b: '1' }, '']]],
  ['names that are no English', '<ä:ö ü.1-2="1"/>', [['ä:ö', { 'ü.1-2': '1' }, '']]],
  [
    'names of objects',
    '<constructor __proto__="1"/>',
    [['constructor', { ['__proto__']: '1' }, '']],
  ],
  ['elements 100 deep', `${'<a>'.repeat(100)}${'</a>'.repeat(100)}`, []],
]
for (const [title, text, expected] of accepted) {
  t.test(`${title}: no fault`, async t => {
    const roots = read(text)
    if (text.startsWith('<a><a>')) t.equal(findElements(roots, 'a').length, 100)
    else t.strictSame(JSON.stringify(outline(roots)), JSON.stringify(expected))
  })
}

t.test('an entity of a document type is neither replaced nor a fault', async t => {
  const rows = [
    ['<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>', '&x;'],
    ['<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:1/x.dtd"> %p;]>', '&x;'],
    ['<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x.dtd">', '&x;'],
    ['<!DOCTYPE a PUBLIC "-//X//Y" "file:///etc/passwd" [ <!-- ]> \' --> <?x ]> ?> ]>', '&x;'],
    [laughs, '&l9;'],
    ['<!DOCTYPE a [<!ENTITY amp "no">]>', '&'],
  ] as const
  for (const [head, expected] of rows) {
    const name = expected === '&' ? '&amp;' : expected
    const [root] = read(`<?xml version="1.0"?>\n${head}\n<a b="${name}">${name}</a>`)
    t.equal(root?.text, expected)
    t.equal(root?.attributes.get('b'), expected)
  }
})

t.test('the line of an element is that of its <', async t => {
  const text =
    '<?xml version="1.0"?>\r\n<a>\r<b\n\nc="1"/>\n<!--\n\n--><d\r\n/>\n<e>\n</e></a>\n\n<f/>'
  const lines = ['a', 'b', 'd', 'e', 'f'].map(name => findElements(read(text), name)[0]?.line)
  t.strictSame(lines, [2, 3, 8, 10, 13])
})

t.test('an attribute is found whatever its case, the exact one first', async t => {
  const [root] = read('<a ID="1" Id="2" fieldname="3"/>')
  t.equal(attributeOf(root as XmlElement, 'Id'), '2')
  t.equal(attributeOf(root as XmlElement, 'FieldName'), '3')
  t.equal(attributeOf(root as XmlElement, 'Type'), undefined)
})

t.test('bytes of UTF-16 of both orders are read', async t => {
  const bytes = Buffer.from('\ufeff<?xml version="1.0" encoding="UTF-16"?>\n<a>ü😀</a>', 'utf16le')
  for (const each of [bytes, Buffer.from(bytes).swap16()]) {
    t.match(parseSametimeFile(each, 'x.xml'), { roots: [{ name: 'a', text: 'ü😀', line: 2 }] })
  }
})

t.test('no fault shows a password', async t => {
  const secrets = [
    'hunter2&x',
    'hunter2&x;',
    'hunter2<x',
    'hunter2\u0001',
    'hunter2" x',
    'x&hunter2;',
  ]
  for (const secret of secrets) {
    const fault = parseXml(`<a UserName="cn=reader" Password="${secret}"/>`)
    t.ok('message' in fault, secret)
    t.notMatch(JSON.stringify(fault), 'hunter2')
  }
  for (const text of ['<a Password=hunter2/>', '<a Password=“hunter2”/>', '<a>&hunter2;</a>']) {
    t.notMatch(JSON.stringify(parseXml(text)), 'hunter2')
  }
})

t.test('any text is read or a fault with a line of the text, and nothing is thrown', async () => {
  const signs =
    '< > / = & ; " \' </a> <a> &amp; &# <!-- --> - <![CDATA[ ]]> <? ?> <!DOCTYPE [ ] ! % # x ä 😀 “ ”'
  const pieces = [...signs.split(' '), '<b c="', '<?xml version="1.0"?>', ' ', '\n', '\r', '\ufeff']
  const odd = ['\ud800', '\udc00', '\ufffe', '\u0001']
  const texts = fc.array(fc.constantFrom(...pieces, ...odd), { maxLength: 40 })
  // Each fault has words of its own.
  const unworded = /undefined|well-formed:|cannot be/
  fc.assert(
    fc.property(texts, parts => {
      const read = parseXml(parts.join(''))
      if (!('message' in read)) return true
      const lines = parts.join('').split(/\r\n?|\n/).length
      return read.line >= 1 && read.line <= lines && !unworded.test(read.message)
    }),
    { numRuns: 5_000 },
  )
})
