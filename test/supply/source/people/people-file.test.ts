import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { People } from '../../../../src/supply/source/people/people-file.ts'
import { loadPeople, parsePeople } from '../../../../src/supply/source/people/people-file.ts'
import { SourceError } from '../../../../src/supply/source/source.ts'
import { makeDirectory } from '../../../fixtures/process.ts'
import { fc, holds } from '../../../fixtures/property.ts'

const read = (text: string | Buffer) => parsePeople(Buffer.from(text), 'people.csv')
const listed = ({ persons }: People) => persons.map(({ uid, addresses }) => [uid, ...addresses])
const problemsOf = ({ problems }: People) =>
  problems.map(({ where, reason }) => `${where} ${reason}`)

t.test('a file without people is refused, and the message says what to write', async t => {
  const advice = 'write a first line that names the columns, such as uid,mail'
  const rows: [title: string, text: string, message: string][] = [
    ['nothing', '', `people.csv is empty; ${advice}`],
    ['blank lines', '\n\n', `people.csv is empty; ${advice}`],
    ['no header', 'joe,joe@x\n', `people.csv:1 "joe,joe@x" does not name a column mail; ${advice}`],
    ['a password', 'geheim-Wörter 7\n', `people.csv:1 this does not name a column mail; ${advice}`],
    [
      'other columns',
      '\n#\nname,uid\n',
      `people.csv:3 "name,uid" does not name a column mail; ${advice}`,
    ],
    [
      'bytes',
      'uid\0mail',
      'people.csv:1:4 has a NUL character here: it is not a text file, or UTF-16 without a byte order mark; save it as UTF-8',
    ],
    [
      'an open quote',
      'uid,mail\na,"b@x\nc,d@x',
      'people.csv:2:3 has a double quote that is never closed',
    ],
  ]
  for (const [title, text, message] of rows) {
    await t.test(title, async t => {
      t.throws(() => read(text), { name: 'SourceError', scope: 'source', message })
    })
  }
})

t.test('a file that cannot be read is named', async t => {
  const directory = makeDirectory(t)
  mkdirSync(join(directory, 'folder'))
  for (const name of ['missing.csv', 'folder']) {
    const message = new RegExp(`^the people file cannot be read: .*${join(directory, name)}`)
    t.throws(() => loadPeople(join(directory, name)), { scope: 'source', message })
  }
  writeFileSync(join(directory, 'people.csv'), 'uid,mail\njoe,joe@x\n')
  t.same(listed(loadPeople(join(directory, 'people.csv'))), [['joe', 'joe@x']])
})

t.test('a problem in one row does not affect the others', async t => {
  const rows: [title: string, text: string, problem: string][] = [
    ['no address', 'uid,mail\njoe,"x, y"\n', 'people.csv:2:5 "x" is not a mail address'],
    ['another', 'name,uid,mail\n"a\nb",joe,x\n', 'people.csv:3:8 "x" is not a mail address'],
    [
      'a stray comma',
      'uid,mail\na,b,c@x\n',
      'people.csv:2 has 3 cells, and the header 2; put cells with a , in double quotes',
    ],
    [
      'a stray tab',
      'uid\tmail\na\tb\tc@x\n',
      'people.csv:2 has 3 cells, and the header 2; put cells with a tab in double quotes',
    ],
    [
      'a stray quote',
      'uid,mail\na,x "y" z@x\n',
      'people.csv:2:3 has a double quote inside a cell; double it',
    ],
    [
      'a quote early',
      'uid,mail\n\n"a "b" c",z@x\n',
      'people.csv:3:1 has a double quote inside a cell; double it',
    ],
    [
      'a control character',
      'uid,mail\na\u0007,z@x\n',
      'people.csv:2:1 "a\ufffd" is not a uid: it has control characters',
    ],
  ]
  for (const [title, text, problem] of rows) {
    await t.test(title, async t => {
      const last = { name: ',sue,sue@x', uid: 'sue,sue@x', 'uid\t': 'sue\tsue@x' }
      const start = /^(?:name|uid\t?)/.exec(text)?.[0] as keyof typeof last
      const people = read(`${text}${last[start]}\n`)
      t.equal(problemsOf(people)[0], problem)
      t.match(people.find('sue'), { addresses: ['sue@x'], line: text.split('\n').length })
    })
  }
})

t.test(
  'bytes that are not UTF-8 are refused in uids and addresses, and ignored in names',
  async t => {
    const people = read(
      Buffer.from('name,uid,mail\nJ\xfcrgen,a,a@x\nB,j\xfc,b@x\nC,c,\xfc@x\n', 'latin1'),
    )
    const reason = 'has letters beyond ASCII, and the file is not UTF-8; save it in UTF-8'
    t.same(problemsOf(people), [
      `people.csv:3:3 "jü" ${reason}`,
      `people.csv:4:5 "ü@x" ${reason}`,
      'people.csv:4 1 person has no mail address; this is the first',
    ])
    t.same(listed(people), [
      ['a', 'a@x'],
      [undefined, 'b@x'],
    ])
  },
)

t.test('no byte becomes another letter, however the file was written', async t => {
  const header = 'name;identifiant;adresse électronique\n'
  const french = read(Buffer.from(`${header}José;jose;jose@x\n`, 'latin1'))
  t.same(
    [listed(french), problemsOf(french)],
    [[['jose', 'jose@x']], []],
    'headers in Windows-1252',
  )
  const marked = read(Buffer.from(`\xef\xbb\xbfuid,mail\na,a@x\nb\xe4,b@x\n`, 'latin1'))
  t.same(listed(marked), [
    ['a', 'a@x'],
    [undefined, 'b@x'],
  ])
  t.match(problemsOf(marked), [/^people\.csv:3:1 "bä" has letters beyond ASCII/])
  // The letter was lost when the file was saved before.
  t.match(problemsOf(read('uid,mail\nj\ufffd,a@x\n')), [/^people\.csv:2:1 /])
  const wide = Buffer.from('\ufeffuid,mail\na,a@x\n', 'utf16le')
  t.throws(() => read(wide.subarray(0, -1)), { message: /is cut off or damaged UTF-16/ })
  for (const text of ['uid,mail\nü,ü@x\n', 'dn: cn=b\nuid: ü\nmail: ü@x\n']) {
    for (const encoding of ['utf8', 'latin1', 'utf16le'] as const) {
      const mark = encoding === 'utf16le' ? '\ufeff' : ''
      const people = read(Buffer.from(mark + text, encoding))
      const told = JSON.stringify([people.persons, people.problems])
      t.notMatch(told, '\ufffd')
      t.equal(people.persons.length, encoding === 'latin1' ? 0 : 1, encoding)
    }
  }
})

t.test('a uid of two people counts for neither', async t => {
  const people = read('uid,mail\nJoe,joe@x\nsue,sue@x\nJOE,other@x\n')
  t.equal(people.find('joe'), undefined)
  t.match(people.find('SUE'), { uid: 'sue' })
  t.same(problemsOf(people), [
    'people.csv:4 uid "JOE" is also on line 2, with other addresses; neither is taken',
  ])
})

t.test('a repeated row is one person', async t => {
  const people = read('uid,mail\njoe,joe@x\nJOE,Joe@X\n,a@x\n,a@x\n')
  t.same(listed(people), [
    ['joe', 'joe@x'],
    [undefined, 'a@x'],
  ])
  t.same(people.problems, [])
})

t.test('people without an address are found by uid only, and counted once', async t => {
  const people = read('uid,mail\njoe,\nsue,sue@x\namy\n,\n')
  t.same(listed(people), [['sue', 'sue@x']])
  t.match(people.find('amy'), { addresses: [], line: 4 })
  t.same(problemsOf(people), ['people.csv:2 2 people have no mail address; this is the first'])
})

t.test('CSV is read as programs write it', async t => {
  const rows: [title: string, text: string | Buffer, expected: (string | undefined)[][]][] = [
    ['capitals and blanks in names', 'PROF_UID; E-Mail \nA;a@x', [['A', 'a@x']]],
    ['blanks after delimiters', 'uid, "mail"\na, "a@x"', [['a', 'a@x']]],
    [
      'PowerShell’s first line',
      '#TYPE Selected.User\n"samaccountname","mail"\n"a","a@x"',
      [['a', 'a@x']],
    ],
    ['Excel’s first line', 'sep=;\nmail;uid\na@x;a', [['a', 'a@x']]],
    ['Excel’s UTF-16', Buffer.from('\ufeffuid\tmail\r\na\ta@x\r\n', 'utf16le'), [['a', 'a@x']]],
    ['big-endian', Buffer.from('\ufeffuid|mail\na|a@x', 'utf16le').swap16(), [['a', 'a@x']]],
    [
      'an old Mac',
      'uid,mail\ra,a@x\rb,b@x',
      [
        ['a', 'a@x'],
        ['b', 'b@x'],
      ],
    ],
    [
      'one column',
      'mail\na@x\n"b@x;B2@x"\nc@x, c2@x',
      [
        [undefined, 'a@x'],
        [undefined, 'b@x', 'b2@x'],
        [undefined, 'c@x', 'c2@x'],
      ],
    ],
    ['main before alias', 'aliases,mail,uid\nb@x c@x,a@x,a', [['a', 'a@x', 'b@x', 'c@x']]],
    ['the preferred uid column', 'shortname,uid,mail\nb,a,a@x', [['a', 'a@x']]],
    [
      'proxyAddresses',
      'uid,proxyAddresses\na,"sip:z@x;smtp:b@x;SMTP:A@x;X500:/o=Org/ou=Group (X)/cn=Joe B;x400:C=US;A= ;S=B;"',
      [['a', 'a@x', 'b@x']],
    ],
    [
      'short rows',
      'uid,mail,name,mail2\na,a@x\nb,b@x,,\nc,c@x,,,,',
      [
        ['a', 'a@x'],
        ['b', 'b@x'],
        ['c', 'c@x'],
      ],
    ],
  ]
  for (const [title, text, expected] of rows) {
    await t.test(title, async t => {
      const people = read(text)
      t.same(listed(people), expected)
      t.same(people.problems, [])
    })
  }
})

t.test('an incomplete LDIF entry does not affect the others', async t => {
  const rows: [title: string, text: string, problem: string][] = [
    [
      'a change',
      'dn: cn=b\nchangetype: modify\nreplace: mail\nmail: b@x\n-\n',
      '1:1 "changetype: modify" changes an entry; only whole entries count',
    ],
    [
      'a deletion',
      'dn: cn=b\nchangetype:: ZGVsZXRl\n',
      '1:1 "changetype:: ZGVsZXRl" changes an entry; only whole entries count',
    ],
    ['no dn', 'version: 1\n\nmail: b@x\n', '3:1 "mail: b@x" does not begin an entry; write dn:'],
    [
      'a file',
      'dn: cn=b\nmail:< file:///etc/passwd\n',
      '2:8 mail refers to a file, which is not read; write the value itself',
    ],
    ['no base64', 'dn: cn=b\nmail:: b@x\n', '2:8 mail is not base64'],
    [
      'no text in base64',
      'dn: cn=b\nmail:: /0B4\n',
      '2:8 mail is base64 of text that is not UTF-8; encode it in UTF-8',
    ],
    [
      'no colon',
      'dn: cn=b\nmail b@x\n',
      '2:1 "mail b@x" is not a line of LDIF; write an attribute, a colon and a value',
    ],
    ['no address', 'dn: cn=b\n# x\nmail:   b\n', '3:9 "b" is not a mail address'],
    [
      'another version',
      'version: 2\ndn: cn=b\n',
      '1:1 is version "2" of LDIF; only version 1 can be read',
    ],
  ]
  for (const [title, text, problem] of rows) {
    await t.test(title, async t => {
      const people = read(`${text}\ndn: cn=a\nuid: a\nmail: a@x\n`)
      const line =
        Number(problem.split(':', 1)[0]) +
        (title.endsWith('change') || title.endsWith('deletion') ? 1 : 0)
      t.match(problemsOf(people)[0], problem.replace(/^\d+/, `people.csv:${line}`))
      t.same(listed(people), [['a', 'a@x']])
    })
  }
})

t.test('LDIF is read as programs write it', async t => {
  const rows: [title: string, text: string | Buffer, expected: (string | undefined)[][]][] = [
    ['an entry', 'dn: cn=a\nuid: a\nmail: a@x', [['a', 'a@x']]],
    [
      'an addition',
      'version: 1\r\ndn: cn=a\r\nchangetype: add\r\nuid: a\r\nmail: a@x\r\n',
      [['a', 'a@x']],
    ],
    ['folded', 'dn: cn=a\nui\n d: a\nmail: a\n @x\n#comment\n mail: b@x\n', [['a', 'a@x']]],
    [
      'attributes by their numbers',
      'dn: cn=a\n2.5.4.3: A\n0.9.2342.19200300.100.1.1: a\nOID.0.9.2342.19200300.100.1.3;lang-de:: YUB4\n1.2.840.113556.1.2.210: smtp:b@x\n2.25.7: z@x\n0.9.2342.19200300.100.1.60:: /9j/\n',
      [['a', 'a@x', 'b@x']],
    ],
    ['an empty uid before one with a value', 'dn: cn=a\nuid:\nuid: a\nmail: a@x', [['a', 'a@x']]],
    ['options, base64', 'dn:: Y249YQ==\nMAIL;lang-en:: YUB4\nUID:a', [['a', 'a@x']]],
    [
      'ldifde in Unicode',
      Buffer.from('\ufeffdn: cn=a\r\nsAMAccountName: a\r\nproxyAddresses: smtp:a@x\r\n', 'utf16le'),
      [['a', 'a@x']],
    ],
    [
      'aliases',
      'dn: cn=a\nproxyAddresses: smtp:b@x\nproxyAddresses: X500:/o=A B\nmailAlternateAddress: c@x\nmail: a@x',
      [[undefined, 'a@x', 'c@x', 'b@x']],
    ],
    [
      'a primary address',
      'dn: cn=a\nproxyAddresses: smtp:b@x\nproxyAddresses: SMTP:A@x',
      [[undefined, 'a@x', 'b@x']],
    ],
    [
      'ldapsearch',
      '# extended LDIF\n#\n# LDAPv3\n\n# a\ndn: cn=a\njpegPhoto:< file:///tmp/a\nmail: a@x\nuid: a\nuid: a2\n\n# search reference\nref: ldap://x\n\n# search result\nsearch: 2\nresult: 0 Success\n\n# numEntries: 1\n',
      [['a', 'a@x']],
    ],
  ]
  for (const [title, text, expected] of rows) {
    await t.test(title, async t => {
      const people = read(text)
      t.same(listed(people), expected)
      t.same(people.problems, [])
    })
  }
})

interface Row {
  uid: string
  name: string
  addresses: string[]
}

const word = fc
  .stringMatching(/^[a-z][a-z0-9._-]{0,12}[a-z0-9]$/)
  // Nor what only looks like an internationalised domain name.
  .filter(text => !text.includes('..') && !/(^|\.)xn--/.test(text))
const rowsOf = fc.uniqueArray(
  fc.record({
    uid: fc.oneof(word, fc.constantFrom('Jö', "O'Neil", 'x,y', 'a;b', 'q"q', 'tab|bar')),
    name: fc.string(),
    addresses: fc.uniqueArray(
      fc.tuple(word, word).map(([local, host]) => `${local}@${host}.example`),
      { minLength: 1, maxLength: 4 },
    ),
  }),
  { selector: ({ uid }) => uid, maxLength: 20 },
)

t.test('people written as CSV in any dialect are read the same', async t => {
  const dialect = fc.record({
    delimiter: fc.constantFrom(',', ';', '\t', '|'),
    lineEnd: fc.constantFrom('\n', '\r\n', '\r'),
    hasAllQuoted: fc.boolean(),
    between: fc.constantFrom(';', ', ', ' ', '\n', ';smtp:'),
    encoding: fc.constantFrom('utf8', 'bom', 'utf16le', 'utf16be'),
    endsInLine: fc.boolean(),
  })
  const property = fc.property(rowsOf, dialect, (rows, how) => {
    const cell = (text: string) =>
      how.hasAllQuoted || /[,;\t|"\r\n]|^\s|\s$/.test(text)
        ? `"${text.replaceAll('"', '""')}"`
        : text
    const lines = [
      ['Name', 'UID', 'E-Mail'],
      ...rows.map(({ uid, name, addresses }) => [name, uid, addresses.join(how.between)]),
    ]
    const text =
      lines.map(cells => cells.map(cell).join(how.delimiter)).join(how.lineEnd) +
      (how.endsInLine ? how.lineEnd : '')
    const people = read(encode(text, how.encoding))
    return isSame(people, rows)
  })
  holds(t, property, 400)
})

t.test('people written as LDIF, folded anywhere, are read the same', async t => {
  const dialect = fc.record({
    lineEnd: fc.constantFrom('\n', '\r\n'),
    width: fc.integer({ min: 2, max: 80 }),
    isBase64: fc.boolean(),
    encoding: fc.constantFrom('utf8', 'bom', 'utf16le', 'utf16be'),
  })
  const property = fc.property(rowsOf, dialect, (rows, how) => {
    const line = (name: string, value: string) => {
      const text =
        how.isBase64 || !/^[!-~]+$/.test(value)
          ? `${name}:: ${Buffer.from(value).toString('base64')}`
          : `${name}: ${value}`
      const parts = text.match(new RegExp(`.{1,${how.width}}`, 'g')) as string[]
      return parts.join(`${how.lineEnd} `)
    }
    const entries = rows.map(({ uid, name, addresses }) => [
      // Not folded within the name that tells the format.
      `dn:: ${Buffer.from(`cn=${name}`).toString('base64')}`,
      line('uid', uid),
      line('cn', name),
      ...addresses.map(address => line('mail', address)),
      '',
    ])
    const text = ['version: 1', '', ...entries.flat()].join(how.lineEnd)
    return isSame(read(encode(text, how.encoding)), rows)
  })
  holds(t, property, 400)
})

t.test('random bytes are read or refused with a SourceError', async t => {
  const pieces = fc.constantFrom(
    'uid,mail',
    'dn: ',
    '\n',
    '\r\n',
    '"',
    ',',
    ';',
    '\t',
    ':',
    ' ',
    'a@x',
    'sep=',
    '#',
    '-',
    '\ufeff',
  )
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map(Buffer.from),
    fc
      .array(fc.oneof(pieces, fc.string()), { maxLength: 60 })
      .map(parts => Buffer.from(parts.join(''))),
    fc.array(pieces, { maxLength: 60 }).map(parts => Buffer.from(`uid,mail\n${parts.join('')}`)),
  )
  const property = fc.property(bytes, bytes => {
    try {
      return read(bytes).persons.every(({ addresses }) => addresses.length > 0)
    } catch (error) {
      return error instanceof SourceError && error.scope === 'source'
    }
  })
  holds(t, property, 2_000)
})

t.test('a hundred thousand people are read', async t => {
  const csv = Array.from(
    { length: 100_000 },
    (_, at) => `"Joe ${at}",U${at},joe${at}@acme.example\r\n`,
  )
  const people = read(`name,uid,mail\r\n${csv.join('')}`)
  t.match(people.find('u99999'), { addresses: ['joe99999@acme.example'], line: 100_001 })
})

t.test('problems in many rows are reported, each with its place', async t => {
  const rows: [title: string, row: string, where: string][] = [
    ['stray quotes', 'a,b "c" d\n', '20001:3'],
    ['no addresses', 'a,b\n', '20001:3'],
    ['too many cells', 'a,b,c\n', '20001'],
  ]
  for (const [title, row, where] of rows) {
    await t.test(title, async t => {
      const { problems } = read(`uid,mail\n${row.repeat(20_000)}`)
      t.ok(problems.some(problem => problem.where === `people.csv:${where}`))
    })
  }
})

function encode(text: string, encoding: string): Buffer {
  if (encoding === 'utf8') return Buffer.from(text)
  if (encoding === 'bom') return Buffer.from(`\ufeff${text}`)
  const bytes = Buffer.from(`\ufeff${text}`, 'utf16le')
  return encoding === 'utf16be' ? bytes.swap16() : bytes
}

function isSame(people: People, rows: readonly Row[]): boolean {
  const expected = rows.map(({ uid, addresses }) => [uid, ...addresses])
  return JSON.stringify(listed(people)) === JSON.stringify(expected) && people.problems.length === 0
}

t.test('in an address with a bar, the part behind the bar is not taken for an address', t => {
  const cells: Record<string, string[]> = {
    'a|b@x': [],
    'c@x|a|b@x': ['c@x'],
    'c@x|d@x': ['c@x', 'd@x'],
    '|c@x| d@x|': ['d@x'],
    'SMTP:c@x|smtp:d@x': ['c@x', 'd@x'],
  }
  for (const [cell, addresses] of Object.entries(cells)) {
    const { persons } = read(`uid,mail\nu,${cell}\n`)
    t.same(
      persons.flatMap(person => person.addresses),
      addresses,
      cell,
    )
  }
  t.match(read('uid,mail\nu,a|b@x\n').problems[0], {
    where: 'people.csv:2:3',
    reason: '"a|b@x" is not a mail address',
  })
  t.end()
})

t.test('a cell with very many words is read', t => {
  const text = `uid,mail\nu,"${'no '.repeat(300_000)}"\n`
  t.ok(read(text).problems.length > 300_000)
  t.end()
})

t.test('common headers of other languages are understood', async t => {
  const rows = [
    ['Benutzername;E-Mail-Adresse', 'German'],
    ['Kennung;Mailadresse', 'German, too'],
    ['Identifiant;Adresse électronique', 'French'],
    ["Nom d'utilisateur;Courriel", 'French, too'],
  ] as const
  for (const [header, title] of rows) {
    const { persons } = parsePeople(Buffer.from(`${header}\njoe;joe@acme.example\n`), 'p.csv')
    t.match(persons, [{ uid: 'joe', addresses: ['joe@acme.example'] }], title)
  }
})
