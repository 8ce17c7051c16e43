import t from 'tap'
import { parseAddress } from '../../src/text/mail-address.ts'
import { fc } from '../fixtures/property.ts'

const host = '@acme.example'
const longName = 'a'.repeat(254 - host.length)

t.test('a text that is not a mail address is refused', async t => {
  const rows: [title: string, text: string][] = [
    ['nothing', ''],
    ['no @', 'joe.acme.example'],
    ['two @', 'joe@acme@example'],
    ['two @ in a row', 'joe@@acme.example'],
    ['@ alone', '@'],
    ['a dot at the start, which hides a file', '.joe@acme.example'],
    ['@ first', '@acme.example'],
    ['@ last', 'joe@'],
    ['several @ among other letters', 'jöe@acme@example'],
    ['slash', 'a/joe@acme.example'],
    ['backslash', 'a\\joe@acme.example'],
    ['colon', 'c:joe@acme.example'],
    ['semicolon', 'joe@acme.example;x'],
    ['comma', 'joe@acme.example,sue@acme.example'],
    ['question mark', 'joe?@acme.example'],
    ['hash', 'joe#@acme.example'],
    ['percent', 'joe%40@acme.example'],
    ['angle brackets', '<joe@acme.example>'],
    ['quote', '"joe"@acme.example'],
    ['blank', 'joe bloggs@acme.example'],
    ['no-break space', 'joe\u00a0bloggs@acme.example'],
    ['ideographic space', 'joe\u3000@acme.example'],
    ['line separator', 'joe\u2028@acme.example'],
    ['NUL', 'joe\0@acme.example'],
    ['line feed', 'joe@acme.example\n'],
    ['carriage return', 'joe\r@acme.example'],
    ['tab', 'joe\t@acme.example'],
    ['escape', '\u001b[31mjoe@acme.example'],
    ['DEL', 'joe\u007f@acme.example'],
    ['C1 control', 'joe\u0085@acme.example'],
    ['right-to-left override', 'joe\u202e@acme.example'],
    ['left-to-right mark', 'joe\u200e@acme.example'],
    ['bidi isolate', 'joe\u2066@acme.example'],
    ['Arabic letter mark', 'joe\u061c@acme.example'],
    ['zero-width space', 'joe\u200b@acme.example'],
    ['zero-width joiner', 'joe\u200d@acme.example'],
    ['byte order mark', '\ufeffjoe@acme.example'],
    ['soft hyphen', 'joe\u00ad@acme.example'],
    ['high surrogate alone', 'joe\ud83d@acme.example'],
    ['low surrogate alone', 'joe\ude00@acme.example'],
    ['private character', 'joe\ue000@acme.example'],
    ['unassigned character', 'joe\u0378@acme.example'],
    ['two dots in the name', 'joe..bloggs@acme.example'],
    ['two dots in the host', 'joe@acme..example'],
    ['a dot after the host', 'joe@acme.example.'],
    ['a dot after the host, not ASCII', 'joe@b\u00fccher.example\u3002'],
    ['a dot before the host', 'joe@.acme.example'],
    ['only dots', '..@..'],
    ['255 characters', `a${longName}${host}`],
    ['255 characters, not all ASCII', `é${longName}${host}`],
    ['254 characters that become more', `${'\u0130'.repeat(240)}${host}`],
    ['a megabyte', `${'a'.repeat(1_000_000)}${host}`],
  ]
  for (const [title, text] of rows) {
    t.test(title, async t => t.equal(parseAddress(text), undefined))
  }
})

t.test('an address comes out in its one canonical form', async t => {
  const rows: [title: string, text: string, address: string][] = [
    ['as it is', 'joe.bloggs@acme.example', 'joe.bloggs@acme.example'],
    ['capitals', 'JOE.Bloggs@ACME.example', 'joe.bloggs@acme.example'],
    ['plus', 'joe+tag@acme.example', 'joe+tag@acme.example'],
    ['apostrophe', "o'neil@acme.example", "o'neil@acme.example"],
    ['the rest of the alphabet', "!$&'*+=^_`{|}~-.9@x-1.y", "!$&'*+=^_`{|}~-.9@x-1.y"],
    ['composed letters', 'J\u00d6RG@acme.example', 'j\u00f6rg@acme.example'],
    ['decomposed letters', 'Jo\u0308rg@acme.example', 'j\u00f6rg@acme.example'],
    ['Turkish capital I with dot', '\u0130pek@acme.example', 'i\u0307pek@acme.example'],
    ['Kelvin sign', '\u212aate@acme.example', 'kate@acme.example'],
    ['Angstrom sign', '\u212bsa@acme.example', '\u00e5sa@acme.example'],
    ['sharp s', 'STRA\u1e9eE@acme.example', 'stra\u00dfe@acme.example'],
    ['Greek', '\u0391\u03a3@acme.example', '\u03b1\u03c2@acme.example'],
    ['beyond the basic plane', '\u{10400}@acme.example', '\u{10428}@acme.example'],
    ['an emoji', '\u{1f600}@acme.example', '\u{1f600}@acme.example'],
    ['254 characters', `${longName}${host}`, `${longName}${host}`],
    ['international host', 'joe@m\u00dcnchen.example', 'joe@m\u00fcnchen.example'],
  ]
  for (const [title, text, address] of rows) {
    t.test(title, async t => {
      t.equal(parseAddress(text), address)
      t.equal(parseAddress(address), address)
    })
  }
})

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  // Letters whose case or composition is a trap, often with an @ between them.
  fc
    .array(
      fc.constantFrom(
        ...'aK\u212a\u0130\u0307\u03a3\u03c3\u0345\u1e9e\u01f0J\u030c@..\u00c5A\u030a',
      ),
    )
    .map(letters => letters.join('')),
)
const anyAddress = fc.tuple(anyText, anyText).map(([name, host]) => `${name}@${host}`)

t.test('every result parses to itself', async () => {
  fc.assert(
    fc.property(anyAddress, text => {
      const address = parseAddress(text)
      return address === undefined || parseAddress(address) === address
    }),
    { numRuns: 5_000 },
  )
})

t.test('every result is NFC, lower case, has one @ and no separator of paths', async () => {
  fc.assert(
    fc.property(anyAddress, text => {
      const address = parseAddress(text)
      if (address === undefined) return true
      return (
        address === address.normalize('NFC') &&
        address === address.toLowerCase() &&
        address.split('@').length === 2 &&
        address.length <= 254 &&
        !/[/\\\p{Cc}\p{Cf}\p{Cs}]|\.\./u.test(address)
      )
    }),
    { numRuns: 5_000 },
  )
})

t.test('composed and decomposed spelling are one address', async () => {
  fc.assert(
    fc.property(anyAddress, text => {
      return parseAddress(text.normalize('NFD')) === parseAddress(text.normalize('NFC'))
    }),
    { numRuns: 3_000 },
  )
})

t.test('both spellings of a domain are one address', async t => {
  const address = 'm\u00fcller@b\u00fccher.example'
  const rows = [address, 'm\u00fcller@xn--bcher-kva.example', 'M\u00dcLLER@XN--BCHER-KVA.Example']
  for (const text of [...rows, 'mu\u0308ller@bu\u0308cher\u3002example'])
    t.test(text, async t => t.equal(parseAddress(text), address))
  for (const label of ['xn--a', 'xn--', 'xn--a-', 'xn--zzzzzz99999', 'xn--xn--a'])
    t.equal(parseAddress(`joe@${label}.example`), undefined, `${label} does not decode`)
})

t.test('names that programs give to copies of files are refused', async t => {
  const names = [
    'ceo@acme.example(1)',
    'ceo@acme.example (1)',
    'ceo@acme.example[1]',
    'ceo@acme.example - Copy',
    'ceo@acme.example - Kopie (2)',
    'ceo@acme.example~',
    'ceo@acme.example~1',
    'ceo@acme.example_copy',
    'ceo@acme.example-Kopie',
    'ceo@acme.example-PC01',
    'ceo@acme.example.1',
    'ceo@acme.example.jpg',
    'ceo@acme.example.JPEG',
    'ceo@acme.example.bak',
    'ceo@acme.example.sync-conflict-20261127-101112-ABCDEFG',
    "ceo@acme.example (PC01's conflicted copy 2026-11-27)",
  ]
  for (const name of names) t.test(name, async t => t.equal(parseAddress(name), undefined))
})
