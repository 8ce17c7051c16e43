// The text of networks: addresses, blocks and ranges. network-set.test.ts has the sets.
import t from 'tap'
import { compareAddresses } from '../../src/policy/network-address.ts'
import { NetworkError, parseNetwork } from '../../src/policy/network-set.ts'
import { fc, holds } from '../fixtures/property.ts'

const anyNetwork =
  'write an address, a block like 10.0.0.0/8, or a range like 192.0.2.10-192.0.2.20'

t.test('a text that is not a network is refused and told what to write', async t => {
  const rows: [string, string][] = [
    ['10/8', 'is not a network; write all four numbers, like 10.0.0.0/8'],
    ['10.1/16', 'is not a network; write all four numbers, like 10.1.0.0/16'],
    ['10.1', 'is not a network; write all four numbers, like 10.1.0.0'],
    ['10', 'is not a network; write all four numbers, like 10.0.0.0'],
    ['010.0.0.1', 'is not a network; write without leading zeros, like 10.0.0.1'],
    ['10.0.0.01/32', 'is not a network; write without leading zeros, like 10.0.0.1/32'],
    ['0x0a.1', `is not a network; ${anyNetwork}`],
    ['0x0a.0.0.1', `is not a network; ${anyNetwork}`],
    ['10.0.0.256', `is not a network; ${anyNetwork}`],
    ['10.0.0.0.0/8', `is not a network; ${anyNetwork}`],
    ['2130706433', `is not a network; ${anyNetwork}`],
    ['', `is not a network; ${anyNetwork}`],
    ['/8', `is not a network; ${anyNetwork}`],
    ['*', `is not a network; ${anyNetwork}`],
    ['10.0.0.*', `is not a network; ${anyNetwork}`],
    ['10.0.0.0 /8', `is not a network; ${anyNetwork}`],
    ['intranet.acme.example', `is not a network; ${anyNetwork}`],
    ['[2001:db8::1]', `is not a network; ${anyNetwork}`],
    ['1.2.3.4:80', `is not a network; ${anyNetwork}`],
    ['::10.1.2.3', `is not a network; ${anyNetwork}`],
    ['64:ff9b::192.0.2.1/120', 'has host bits set; write 64:ff9b::c000:200/120'],
    ['0:0:0:0:0:ffff:127.1.2.3', 'is an IPv4-mapped address; write 127.1.2.3'],
    ['10.0.0.1/8', 'has host bits set; write 10.0.0.0/8'],
    ['10.1.2.3/31', 'has host bits set; write 10.1.2.2/31'],
    ['192.0.2.1/0', 'has host bits set; write 0.0.0.0/0'],
    ['2001:db8::1/32', 'has host bits set; write 2001:db8::/32'],
    ['::1/127', 'has host bits set; write ::/127'],
    ['10.0.0.0/', 'needs a prefix length from 0 to 32 after the slash'],
    ['10.0.0.0/33', 'needs a prefix length from 0 to 32 after the slash'],
    ['10.0.0.0/08', 'needs a prefix length from 0 to 32 after the slash'],
    ['10.0.0.0/8/8', 'needs a prefix length from 0 to 32 after the slash'],
    ['10.0.0.0/-1', 'needs a prefix length from 0 to 32 after the slash'],
    ['10.0.0.0/+8', 'needs a prefix length from 0 to 32 after the slash'],
    ['10.0.0.0/8.0', 'needs a prefix length from 0 to 32 after the slash'],
    ['10.0.0.0/0x8', 'needs a prefix length from 0 to 32 after the slash'],
    ['10.0.0.0/99999999999999999999', 'needs a prefix length from 0 to 32 after the slash'],
    ['10.0.0.0/4294967304', 'needs a prefix length from 0 to 32 after the slash'],
    ['::/129', 'needs a prefix length from 0 to 128 after the slash'],
    ['::/ffff::', 'needs a prefix length from 0 to 128 after the slash'],
    ['10.0.0.0/255.0.0.0', 'needs a prefix length from 0 to 32 after the slash; write 10.0.0.0/8'],
    [
      '10.0.0.0/255.255.255.255',
      'needs a prefix length from 0 to 32 after the slash; write 10.0.0.0/32',
    ],
    ['10.0.0.1/255.0.0.0', 'needs a prefix length from 0 to 32 after the slash; write 10.0.0.0/8'],
    ['10.0.0.0/255.0.255.0', 'needs a prefix length from 0 to 32 after the slash'],
    ['10.0.0.0/0.0.0.255', 'needs a prefix length from 0 to 32 after the slash'],
    ['fe80::1%eth0', 'has a zone; write the address without %…'],
    ['fe80::%eth0/64', 'has a zone; write the address without %…'],
    ['10.0.0.1%1', 'has a zone; write the address without %…'],
    ['::ffff:10.0.0.1', 'is an IPv4-mapped address; write 10.0.0.1'],
    ['::ffff:a00:1', 'is an IPv4-mapped address; write 10.0.0.1'],
    ['::ffff:10.0.0.0/104', 'is an IPv4-mapped address; write 10.0.0.0/8'],
    ['::ffff:0:0/96', 'is an IPv4-mapped address; write 0.0.0.0/0'],
    ['::ffff:10.0.0.1-::ffff:10.0.0.9', 'is an IPv4-mapped address; write 10.0.0.1'],
    ['10.0.0.1-::ffff:10.0.0.9', 'is an IPv4-mapped address; write 10.0.0.9'],
    ['-', `is not a network; ${anyNetwork}`],
    ['10.0.0.1-', `is not a network; ${anyNetwork}`],
    ['-10.0.0.1', `is not a network; ${anyNetwork}`],
    ['10.0.0.1-20', 'is not a network; write all four numbers, like 20.0.0.0'],
    ['10.0.0.1-10.0.0.2-10.0.0.3', 'is not a range; write first-last, like 192.0.2.10-192.0.2.20'],
    ['10.0.0.1-2001:db8::', 'mixes IPv4 and IPv6 in one range'],
    ['2001:db8::-10.0.0.1', 'mixes IPv4 and IPv6 in one range'],
    ['10.0.0.9-10.0.0.1', 'runs backwards; write 10.0.0.1-10.0.0.9'],
    ['2001:db8::9-2001:db8::1', 'runs backwards; write 2001:db8::1-2001:db8::9'],
    ['10.0.0.0/8-10.0.0.9', 'needs a prefix length from 0 to 32 after the slash'],
  ]
  for (const [text, message] of rows) {
    t.test(`${JSON.stringify(text)} ${message}`, async t => {
      t.throws(() => parseNetwork(text), new NetworkError(message))
    })
  }
})

t.test('every network that a refusal proposes is accepted', async t => {
  const rows = ['10/8', '010.0.0.1', '10.0.0.1/8', '10.0.0.9-10.0.0.1', '10.0.0.1/255.0.0.0']
  rows.push(
    '::ffff:10.0.0.0/104',
    '::ffff:10.0.0.0/999',
    '::ffff:10.0.0.0/8',
    '::ffff:10.0.0.1/104',
  )
  for (const text of rows) {
    t.test(`the proposed ${text} is accepted`, async t => {
      const hint = complaintAbout(text).split(/; write (?:[a-z ]*, like )?/)[1] ?? ''
      if (hint !== '') t.doesNotThrow(() => parseNetwork(hint), hint)
    })
  }
})

function complaintAbout(text: string): string {
  try {
    parseNetwork(text)
  } catch (error) {
    return (error as Error).message
  }
  throw new Error(`${text} is a network`)
}

t.test('an address, a block and a range are read as their two ends', async t => {
  const rows: [string, string, string][] = [
    ['10.1.2.3', '10.1.2.3', '10.1.2.3'],
    ['10.0.0.0/8', '10.0.0.0', '10.255.255.255'],
    ['0.0.0.0/0', '0.0.0.0', '255.255.255.255'],
    ['10.1.2.3/32', '10.1.2.3', '10.1.2.3'],
    ['128.0.0.0/1', '128.0.0.0', '255.255.255.255'],
    ['192.0.2.10-192.0.2.20', '192.0.2.10', '192.0.2.20'],
    ['192.0.2.10 - 192.0.2.20', '192.0.2.10', '192.0.2.20'],
    ['192.0.2.10-192.0.2.10', '192.0.2.10', '192.0.2.10'],
    ['2001:db8::7', '2001:db8::7', '2001:db8::7'],
    ['2001:db8:10::/48', '2001:db8:10::', '2001:db8:10:ffff:ffff:ffff:ffff:ffff'],
    ['2001:db8::/33', '2001:db8::', '2001:db8:7fff:ffff:ffff:ffff:ffff:ffff'],
    ['::/0', '::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['::1/128', '::1', '::1'],
    ['::a01:203', '::a01:203', '::a01:203'],
    ['64:ff9b::192.0.2.0/120', '64:ff9b::c000:200', '64:ff9b::c000:2ff'],
    ['64:ff9b::192.0.2.1', '64:ff9b::c000:201', '64:ff9b::c000:201'],
    ['2001:DB8::-2001:db8::FF', '2001:db8::', '2001:db8::ff'],
  ]
  for (const [text, first, last] of rows) {
    t.test(`${text} is ${first} to ${last}`, async t => {
      const range = parseNetwork(text)
      t.strictSame([range.first.text, range.last.text], [first, last])
    })
  }
})

t.test('no text makes the parser throw anything but its own error', async t => {
  const pieces = fc.constantFrom('10', '0', '.', '::', 'ffff', ':', '%', '/', '-', '8', '96', '999')
  const text = fc.oneof(
    fc.string(),
    fc.array(pieces, { maxLength: 14 }).map(parts => parts.join('')),
    fc.tuple(fc.ipV4(), fc.nat(140)).map(([address, bits]) => `${address}/${bits}`),
    fc.tuple(fc.ipV6(), fc.nat(140)).map(([address, bits]) => `${address}/${bits}`),
    fc.tuple(fc.ipV4(), fc.ipV4()).map(([a, b]) => `${a}-${b}`),
    fc.tuple(fc.ipV6(), fc.ipV6()).map(([a, b]) => `${a}-${b}`),
  )
  holds(
    t,
    fc.property(text, one => {
      try {
        const { first, last } = parseNetwork(one)
        return first.family === last.family && compareAddresses(first, last) <= 0
      } catch (error) {
        return error instanceof NetworkError
      }
    }),
    1_000,
  )
})
