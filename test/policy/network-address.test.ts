import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import t from 'tap'
import type { NetworkAddress } from '../../src/policy/network-address.ts'
import {
  compareAddresses,
  isUnspecified,
  parseNetworkAddress,
} from '../../src/policy/network-address.ts'

import { fc, holds } from '../fixtures/property.ts'

t.test('text that is not exactly one address is not an address', async t => {
  const rows: [string, string][] = [
    ['', 'nothing'],
    [' 10.0.0.1', 'a blank before'],
    ['10.0.0.1 ', 'a blank after'],
    ['10.0.0.1\n', 'a line end after'],
    ['10', 'one number'],
    ['10.1', 'two numbers, which inet_aton takes for 10.0.0.1'],
    ['10.0.1', 'three numbers'],
    ['10.0.0.0.1', 'five numbers'],
    ['10.0.0.256', 'a number over 255'],
    ['10.0.0.-1', 'a negative number'],
    ['010.0.0.1', 'a leading zero, which inet_aton takes for octal (CVE-2021-28918)'],
    ['10.0.0.01', 'a leading zero at the end'],
    ['0x0a.1', 'hexadecimal, short (CVE-2023-42282)'],
    ['0x0a.0.0.1', 'hexadecimal'],
    ['0x7f.1', 'hexadecimal loopback (CVE-2024-29415)'],
    ['2130706433', 'one decimal number'],
    ['1.2.3.4:80', 'a port'],
    ['[::1]', 'brackets'],
    ['[::1]:443', 'brackets and a port'],
    ['fe80::1%eth0', 'a zone (CVE-2026-26310)'],
    ['::1%', 'an empty zone'],
    ['::ffff:10.0.0.1%1', 'a zone after an IPv4-mapped address'],
    ['10.0.0.1%eth0', 'a zone after IPv4'],
    ['10.0.0.0/8', 'a block'],
    ['::10.1.2.3', 'the obsolete IPv4-compatible form, which is not IPv4-mapped'],
    ['0:0:0:0:0:0:10.1.2.3', 'the same, written out'],
    ['64:ff9b::10.1.2', 'three numbers behind a prefix'],
    ['64:ff9b::10.1.2.3:1', 'a group behind the dots'],
    ['::ffff:010.0.0.1', 'a leading zero in an IPv4-mapped address'],
    ['::ffff:10.1', 'a short IPv4-mapped address'],
    ['::ffff:0x0a.0.0.1', 'hexadecimal in an IPv4-mapped address'],
    ['::ffff:10.0.0.256', 'a number over 255 in an IPv4-mapped address'],
    [':::', 'colons alone'],
    ['1::2::3', 'two gaps'],
    ['1:2:3:4:5:6:7', 'seven groups'],
    ['1:2:3:4:5:6:7:8:9', 'nine groups'],
    ['12345::', 'a group of five digits'],
    ['g::1', 'a letter past f'],
    ['unknown', 'unknown'],
    ['_hid', 'an obfuscated name'],
    ['localhost', 'a name'],
    ['１０.0.0.1', 'digits of another script'],
    ['10。0。0。1', 'dots of another script'],
    ['10.0.0.1,10.0.0.2', 'two'],
    ['10.0.0.1\0', 'a NUL after'],
  ]
  for (const [text, what] of rows) {
    t.test(`${JSON.stringify(text)} is refused: ${what}`, async t => {
      t.equal(parseNetworkAddress(text), undefined)
    })
  }
})

t.test('an address is read whole and written in its canonical form', async t => {
  const rows: [string, 4 | 6, number[], string][] = [
    ['10.1.2.3', 4, [0x0a010203], '10.1.2.3'],
    ['0.0.0.0', 4, [0], '0.0.0.0'],
    ['255.255.255.255', 4, [0xffffffff], '255.255.255.255'],
    ['192.0.2.7', 4, [0xc0000207], '192.0.2.7'],
    ['::', 6, [0, 0, 0, 0], '::'],
    ['::1', 6, [0, 0, 0, 1], '::1'],
    ['2001:DB8:0:0:0:0:0:7', 6, [0x20010db8, 0, 0, 7], '2001:db8::7'],
    ['2001:db8:10::', 6, [0x20010db8, 0x00100000, 0, 0], '2001:db8:10::'],
    [
      'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
      6,
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    ],
    ['::a01:203', 6, [0, 0, 0, 0x0a010203], '::a01:203'],
    ['64:ff9b::a01:203', 6, [0x0064ff9b, 0, 0, 0x0a010203], '64:ff9b::a01:203'],
    ['::ffff:0:a01:203', 6, [0, 0, 0xffff0000, 0x0a010203], '::ffff:0:a01:203'],
    ['64:ff9b::10.1.2.3', 6, [0x0064ff9b, 0, 0, 0x0a010203], '64:ff9b::a01:203'],
    ['64:FF9B:1::255.255.0.9', 6, [0x0064ff9b, 0x00010000, 0, 0xffff0009], '64:ff9b:1::ffff:9'],
    ['0:0:0:0:0:ffff:127.1.2.3', 4, [0x7f010203], '127.1.2.3'],
    ['::ffff:0:10.1.2.3', 6, [0, 0, 0xffff0000, 0x0a010203], '::ffff:0:a01:203'],
  ]
  for (const [text, family, words, canonical] of rows) {
    t.test(`${text} is IPv${family} ${canonical}`, async t => {
      const address = parseNetworkAddress(text)
      t.equal(address?.family, family)
      t.strictSame(address?.words, words)
      t.equal(address?.text, canonical)
      t.equal(address?.text, canonical, 'asked twice')
    })
  }
})

t.test('an IPv4-mapped address is the IPv4 address that it maps', async t => {
  const texts = ['::ffff:10.0.0.1', '::FFFF:10.0.0.1', '::ffff:a00:1', '0:0:0:0:0:ffff:0a00:0001']
  for (const text of texts) {
    t.test(`${text} is 10.0.0.1`, async t => {
      const address = parseNetworkAddress(text)
      t.equal(address?.family, 4)
      t.strictSame(address?.words, [0x0a000001])
      t.equal(address?.text, '10.0.0.1')
    })
  }
})

t.test('addresses have an order: IPv4 first, then by number', async t => {
  const inOrder = ['0.0.0.0', '9.255.255.255', '127.255.255.255', '128.0.0.0', '::', '::1:0', '1::']
  for (const [i, a] of inOrder.entries()) {
    for (const [j, b] of inOrder.entries()) {
      const [left, right] = [parseNetworkAddress(a), parseNetworkAddress(b)]
      if (!left || !right) throw new Error('no address')
      t.equal(Math.sign(compareAddresses(left, right)), Math.sign(i - j), `${a} and ${b}`)
    }
  }
})

t.test('every address reads back from its canonical text', async t => {
  const address = fc.oneof(fc.ipV4(), fc.ipV6())
  holds(
    t,
    fc.property(address, text => {
      const once = parseNetworkAddress(text)
      if (once === undefined) return text.includes('.') && text.includes(':')
      const twice = parseNetworkAddress(once.text)
      return (
        twice?.text === once.text &&
        twice.family === once.family &&
        compareAddresses(once, twice) === 0
      )
    }),
  )
})

t.test('every spelling of an IPv6 address is read as other parsers read it', async t => {
  const group = fc.oneof(fc.constantFrom(0, 1, 0xffff), fc.nat(0xffff))
  const written = group.chain(number => {
    const hex = number.toString(16)
    return fc.constantFrom(hex, hex.toUpperCase(), hex.padStart(4, '0'))
  })
  // Two groups that may stand as an IPv4 address, and a run of groups that may stand as a gap.
  const dots = fc.ipV4()
  const text = fc
    .tuple(
      fc.array(written, { minLength: 6, maxLength: 6 }),
      fc.oneof(
        fc.tuple(written, written).map(two => two.join(':')),
        dots,
      ),
      fc.option(fc.tuple(fc.nat(6), fc.nat(6))),
    )
    .map(([groups, last, gap]) => {
      if (gap === null) return [...groups, last].join(':')
      const [from, to] = gap.sort((a, b) => a - b)
      return `${groups.slice(0, from).join(':')}::${[...groups.slice(to), last].join(':')}`
    })
  const isSame = (one: string) => {
    const words = parseNetworkAddress(one)?.words
    if (isIP(one) === 0) return words === undefined
    // Without dots: ipaddr.js takes ::0.0.0.1 for the 1 of IPv4.
    const hex = one.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...numbers: string[]) => {
      const [a = 0, b = 0, c = 0, d = 0] = numbers.slice(0, 4).map(Number)
      return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
    })
    const bytes = ipaddr.process(hex).toByteArray()
    // Refused on purpose: ::10.1.2.3.
    if (words === undefined)
      return one.includes('.') && bytes.slice(0, 12).every(byte => byte === 0)
    return bytes.every(
      (byte, at) => byte === (((words[at >> 2] as number) >>> (24 - (at % 4) * 8)) & 255),
    )
  }
  holds(t, fc.property(text, isSame), 2_000)
})

t.test('no text makes the parser throw', async t => {
  const pieces = fc.constantFrom(
    '10',
    '0',
    '255',
    '256',
    '.',
    ':',
    '::',
    'ffff',
    '%',
    '/',
    '-',
    ' ',
  )
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.array(pieces, { maxLength: 12 }).map(parts => parts.join('')),
  )
  holds(
    t,
    fc.property(text, one => {
      const address = parseNetworkAddress(one)
      return address === undefined || address.words.length === (address.family === 4 ? 1 : 4)
    }),
    1_000,
  )
})

t.test('only 0.0.0.0 and :: are unspecified', async t => {
  const rows = { '0.0.0.0': true, '::': true, '0.0.0.1': false, '::1': false, '1::': false }
  for (const [text, expected] of Object.entries(rows)) {
    t.equal(isUnspecified(parseNetworkAddress(text) as NetworkAddress), expected, text)
  }
})
