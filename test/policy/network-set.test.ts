// Sets of networks, against a linear scan. network-text.test.ts has the text of networks.
import t from 'tap'
import type { NetworkAddress } from '../../src/policy/network-address.ts'
import { fromWords, parseNetworkAddress } from '../../src/policy/network-address.ts'
import type { NetworkRange } from '../../src/policy/network-set.ts'
import {
  blockOf,
  buildNetworkSet,
  coversFamily,
  overlaps,
  parseNetwork,
} from '../../src/policy/network-set.ts'
import { fc, holds } from '../fixtures/property.ts'

function addressOf(text: string): NetworkAddress {
  const address = parseNetworkAddress(text)
  if (address === undefined) throw new Error(`${text} is not an address`)
  return address
}

t.test('a set holds the addresses of its networks and no others', async t => {
  const rows: [string[], string, boolean][] = [
    [[], '10.0.0.1', false],
    [[], '::1', false],
    [['10.0.0.0/8'], '9.255.255.255', false],
    [['10.0.0.0/8'], '11.0.0.0', false],
    [['10.0.0.0/8'], '10.0.0.0', true],
    [['10.0.0.0/8'], '10.255.255.255', true],
    [['10.0.0.0/8'], '::ffff:10.1.2.3', true],
    [['10.0.0.0/8'], '::a01:203', false],
    [['0.0.0.0/0'], '::1', false],
    [['::/0'], '10.0.0.1', false],
    [['::/0'], '::ffff:10.0.0.1', false],
    [['::/96'], '10.0.0.1', false],
    [['::1'], '127.0.0.1', false],
    [['127.0.0.0/8'], '::1', false],
    [['2001:db8:10::/48'], '2001:db8:11::', false],
    [['2001:db8:10::/48'], '2001:db8:10::1', true],
    [['192.0.2.10-192.0.2.20'], '192.0.2.9', false],
    [['192.0.2.10-192.0.2.20'], '192.0.2.20', true],
    [['192.0.2.10-192.0.2.20'], '192.0.2.21', false],
    [['10.0.0.0/8', '10.1.0.0/16'], '10.2.0.0', true],
    [['10.1.0.0/16', '10.0.0.0/8'], '10.255.0.0', true],
    [['200.0.0.0/8', '100.0.0.0/8'], '150.0.0.0', false],
  ]
  for (const [networks, client, expected] of rows) {
    const text = networks.length === 0 ? 'no network' : networks.join(' with ')
    t.test(`${client} is ${expected ? '' : 'not '}in ${text}`, async t => {
      t.equal(buildNetworkSet(networks.map(parseNetwork)).has(addressOf(client)), expected)
    })
  }
})

// Few distinct words, so that ranges touch, overlap and repeat; extremes, so that signs matter.
const word = fc.oneof(
  fc.integer({ min: 0, max: 12 }),
  fc.constantFrom(0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff),
  fc.nat({ max: 0xffffffff }),
)
const v4 = word.map(one => fromWords([one]))
const v6 = fc.tuple(word, word, word, word).map(words => fromWords(words))
const rangeOf = (address: fc.Arbitrary<NetworkAddress>) =>
  fc
    .tuple(address, address)
    .map(([a, b]) => (numberOf(a) <= numberOf(b) ? rangeFrom(a, b) : rangeFrom(b, a)))
const blockIn = (address: fc.Arbitrary<NetworkAddress>, most: number) =>
  fc.tuple(address, fc.integer({ min: 0, max: most })).map(([one, bits]) => blockOf(one, bits))
const single = (address: fc.Arbitrary<NetworkAddress>) => address.map(one => rangeFrom(one, one))
const range = fc.oneof(
  rangeOf(v4),
  rangeOf(v6),
  blockIn(v4, 32),
  blockIn(v6, 128),
  single(v4),
  single(v6),
)

function rangeFrom(first: NetworkAddress, last: NetworkAddress): NetworkRange {
  return { first, last }
}

function numberOf({ words }: NetworkAddress): bigint {
  return words.reduce((sum, one) => (sum << 32n) + BigInt(one), 0n)
}

function near(address: NetworkAddress, by: bigint): NetworkAddress {
  const width = BigInt(address.words.length * 32)
  let left = BigInt.asUintN(Number(width), numberOf(address) + by)
  const words: number[] = []
  for (const _ of address.words) {
    words.unshift(Number(left & 0xffffffffn))
    left >>= 32n
  }
  return fromWords(words)
}

function isInAny(ranges: readonly NetworkRange[], address: NetworkAddress): boolean {
  const number = numberOf(address)
  return ranges.some(
    ({ first, last }) =>
      first.words.length === address.words.length &&
      numberOf(first) <= number &&
      number <= numberOf(last),
  )
}

t.test('CVE-2026-27587: a large set answers as a linear scan does, at every edge too', async t => {
  const ranges = fc.array(range, { maxLength: 60, size: 'max' })
  holds(
    t,
    fc.property(ranges, fc.array(fc.oneof(v4, v6), { maxLength: 20 }), (networks, others) => {
      const set = buildNetworkSet(networks)
      const edges = networks.flatMap(({ first, last }) =>
        [first, last].flatMap(end => [end, near(end, 1n), near(end, -1n)]),
      )
      for (const address of [...edges, ...others]) {
        if (set.has(address) !== isInAny(networks, address)) return false
      }
      return true
    }),
    300,
  )
})

t.test('a set of ten thousand networks answers as a linear scan does', async t => {
  const networks = Array.from({ length: 10_000 }, (_, at) => {
    const base = Math.imul(at, 2_654_435_761) >>> 0
    return at % 2 === 0 ? blockOf(fromWords([base]), 29) : blockOf(fromWords([base, at, 0, 0]), 64)
  })
  const set = buildNetworkSet(networks)
  let hits = 0
  for (let at = 0; at < 10_000; at += 97) {
    const { first, last } = networks[at] as NetworkRange
    for (const address of [first, last, near(first, -1n), near(last, 1n)]) {
      const expected = isInAny(networks, address)
      if (set.has(address) !== expected) t.fail(`${address.text} should be ${expected}`)
      if (expected) hits++
    }
  }
  t.ok(hits > 200, `${hits} hits`)
})

t.test('the order of the networks does not matter, and the given list is not changed', async t => {
  holds(
    t,
    fc.property(fc.array(range, { maxLength: 20 }), fc.oneof(v4, v6), (networks, address) => {
      const before = [...networks]
      const set = buildNetworkSet(networks)
      const isSame = networks.every((one, at) => one === before[at])
      return isSame && set.has(address) === buildNetworkSet(networks.toReversed()).has(address)
    }),
  )
})

t.test('a block contains its address, and has the size that its prefix length says', async t => {
  const rows: [string, number, string, string][] = [
    ['10.1.2.3', 0, '0.0.0.0', '255.255.255.255'],
    ['10.1.2.3', 8, '10.0.0.0', '10.255.255.255'],
    ['10.1.2.3', 31, '10.1.2.2', '10.1.2.3'],
    ['10.1.2.3', 32, '10.1.2.3', '10.1.2.3'],
    ['2001:db8::1', 32, '2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['2001:db8::1', 64, '2001:db8::', '2001:db8::ffff:ffff:ffff:ffff'],
    ['2001:db8::1', 128, '2001:db8::1', '2001:db8::1'],
  ]
  for (const [text, bits, first, last] of rows) {
    t.test(`${text} and ${bits} bits is ${first} to ${last}`, async t => {
      const block = blockOf(addressOf(text), bits)
      t.strictSame([block.first.text, block.last.text], [first, last])
    })
  }
  t.test('any address and any prefix length', async t => {
    const pair = fc.oneof(
      fc.tuple(v4, fc.integer({ min: 0, max: 32 })),
      fc.tuple(v6, fc.integer({ min: 0, max: 128 })),
    )
    holds(
      t,
      fc.property(pair, ([address, bits]) => {
        const block = blockOf(address, bits)
        const size = 1n << BigInt(address.words.length * 32 - bits)
        return (
          isInAny([block], address) &&
          numberOf(block.last) - numberOf(block.first) + 1n === size &&
          numberOf(block.first) % size === 0n
        )
      }),
    )
  })
})

t.test('a family is covered only when no address of it is left out', async t => {
  const rows: [string[], boolean][] = [
    [[], false],
    [['10.0.0.0/8'], false],
    [['0.0.0.0/1'], false],
    [['128.0.0.0/1'], false],
    [['0.0.0.0-255.255.255.254'], false],
    [['0.0.0.1-255.255.255.255'], false],
    [['0.0.0.0/1', '128.0.0.1-255.255.255.255'], false],
    [['0.0.0.0/1', '8000::/1'], false],
    [['::/1', '8000::/2', 'c000::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe'], false],
    [['0.0.0.0/0'], true],
    [['::/0'], true],
    [['10.0.0.0/8', '::/0'], true],
    [['0.0.0.0/1', '128.0.0.0/1'], true],
    [['128.0.0.0/1', '0.0.0.0/1'], true],
    [['::/1', '8000::/1'], true],
    [['0.0.0.0/1', '128.0.0.0/2', '192.0.0.0/2'], true],
    [['0.0.0.0-200.0.0.0', '100.0.0.0-255.255.255.255'], true],
    [['0.0.0.0-255.255.255.255'], true],
  ]
  for (const [networks, expected] of rows) {
    const text = networks.length === 0 ? 'no network' : networks.join(' with ')
    t.test(`${text} ${expected ? 'covers' : 'does not cover'} a family`, async t => {
      t.equal(coversFamily(networks.map(parseNetwork)), expected)
    })
  }
})

t.test('lists overlap when they share an address', async t => {
  const rows: [string[], string[], boolean][] = [
    [[], [], false],
    [['10.0.0.0/8'], [], false],
    [[], ['10.0.0.0/8'], false],
    [['10.0.0.0/8'], ['11.0.0.0/8'], false],
    [['10.0.0.0-10.0.0.4'], ['10.0.0.5'], false],
    [['10.0.0.5'], ['10.0.0.0-10.0.0.4'], false],
    [['0.0.0.0/0'], ['::/0'], false],
    [['10.0.0.0-10.0.0.5'], ['10.0.0.5'], true],
    [['10.0.0.0/8'], ['10.1.2.3'], true],
    [['10.1.2.3'], ['10.0.0.0/8'], true],
    [['192.0.2.1', '::1'], ['10.0.0.1', '::/64'], true],
  ]
  for (const [some, others, expected] of rows) {
    t.test(`[${some}] and [${others}] ${expected ? 'overlap' : 'do not overlap'}`, async t => {
      t.equal(overlaps(some.map(parseNetwork), others.map(parseNetwork)), expected)
    })
  }
  t.test('as a set of one list finds with the ends of the other', async t => {
    const lists = fc.array(range, { maxLength: 6 })
    holds(
      t,
      fc.property(lists, lists, (some, others) => {
        const shared =
          others.some(({ first }) => isInAny(some, first)) ||
          some.some(({ first }) => isInAny(others, first))
        return overlaps(some, others) === shared
      }),
    )
  })
})

t.test('a set lists its ranges: merged, in order, both families', async t => {
  const set = buildNetworkSet(
    ['2001:db8::/32', '10.0.0.5', '192.0.2.0/24', '10.0.0.4-10.0.0.9'].map(parseNetwork),
  )
  t.strictSame(
    set.ranges().map(({ first, last }) => `${first.text}-${last.text}`),
    [
      '10.0.0.4-10.0.0.9',
      '192.0.2.0-192.0.2.255',
      '2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff',
    ],
  )
})
