import t from 'tap'
import type { AddressSet } from '../../../src/convert/regex/address-diagram.ts'
import { openAddressSpace } from '../../../src/convert/regex/address-diagram.ts'
import { addressesOf6, formatBlocks6 } from '../../../src/convert/regex/address6-diagram.ts'
import { buildAutomaton } from '../../../src/convert/regex/automaton.ts'
import { findAddresses6 } from '../../../src/convert/regex/matched-addresses6.ts'
import { parseRegex } from '../../../src/convert/regex/regex-parser.ts'
import { fromWords } from '../../../src/policy/network-address.ts'
import { parseNetwork } from '../../../src/policy/network-set.ts'
import { fc } from '../../fixtures/property.ts'

const space = openAddressSpace()
const matched = (text: string) => findAddresses6(buildAutomaton(parseRegex(text)), space)

function holds(set: AddressSet, words: readonly number[]): boolean {
  let each = set
  for (let bit = 0; bit < 128; bit++) {
    const [low, high] = space.halvesOf(each)
    each = (((words[bit >>> 5] as number) >>> (31 - (bit & 31))) & 1) === 1 ? high : low
  }
  return each === space.all
}

t.test('an expression for IPv6 becomes the shortest list of blocks', async t => {
  for (const [text, blocks] of [
    ['^2001:db8:10:', '2001:db8:10::/48'],
    ['^2001:db8:', '2001:db8::/32'],
    ['^2001:db8:[0-9a-f:]+$', '2001:db8::/32'],
    ['^::1$', '::1'],
    ['^fe80:', 'fe80::/16'],
    ['^f[cd][0-9a-f]{2}:', 'fc00::/7'],
    ['^10', '10::/16 100::/12 1000::/8'],
    ['^2001:db8::[57]$', '2001:db8::5 2001:db8::7'],
    ['^(::1|fe80::1)$', '::1 fe80::1'],
    [':', '::/0'],
    ['^[0-9a-f:]+$', '::/0'],
    ['^', '::/0'],
    ['^[^:]+$', ''],
    ['^10\\.', ''],
    ['^2001:DB8:', ''],
    ['^2001:0db8:', ''],
  ] as const) {
    t.equal(formatBlocks6(matched(text), space).join(' '), blocks, text)
  }
  t.equal(
    space.countBlocks(matched('^2001:db8::')) > 1_000_000,
    true,
    ':: stands only where most zeros are',
  )
})

t.test('the set has exactly the addresses in whose text the expression is found', async t => {
  const group = fc.oneof(
    { weight: 3, arbitrary: fc.constant(0) },
    { weight: 2, arbitrary: fc.constantFrom(1, 0x10, 0xdb8, 0x2001, 0xfe80, 0xffff) },
    { weight: 1, arbitrary: fc.nat(0xffff) },
  )
  const address = fc.array(group, { minLength: 8, maxLength: 8 })
  const atom = fc.constantFrom(
    ...['0', '1', '10', 'd', 'db8', '2001', ':', '::', '::', ':1', '0:', '.', '[0-9a-f]', '[^:]'],
    ...['.*', '[1-9a-f]+', '(?:0:)?', '(?:1|:)', '[0-9a-f:]+', '[a-f]*'],
  )
  const regex = fc
    .tuple(
      fc.constantFrom('^', ''),
      fc.array(atom, { minLength: 1, maxLength: 4 }),
      fc.constantFrom('$', ''),
    )
    .map(([start, atoms, end]) => start + atoms.join('') + end)
  let found = 0
  fc.assert(
    fc.property(regex, fc.array(address, { minLength: 40, maxLength: 40 }), (text, addresses) => {
      const set = matched(text)
      for (const groups of addresses) {
        const words = [0, 2, 4, 6].map(
          at => ((groups[at] as number) * 0x10000 + (groups[at + 1] as number)) >>> 0,
        )
        const written = fromWords(words).text
        const isFound = new RegExp(text).test(written)
        if (isFound) found++
        if (holds(set, words) !== isFound) throw new Error(`${text} and ${written}`)
      }
    }),
    { numRuns: 150 },
  )
  t.ok(found > 300)
})

t.test('blocks written as text and read again are the same set', async t => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(0xffff), fc.integer({ min: 1, max: 128 })), { maxLength: 8 }),
      blocks => {
        const set = blocks
          .map(([word, bits]) => matchedBlock(word, bits))
          .reduce(space.union, space.none)
        for (const each of [set, space.complement(set)]) {
          const ranges = formatBlocks6(each, space).map(parseNetwork)
          if (addressesOf6(ranges, space) !== each) throw new Error(JSON.stringify(blocks))
        }
      },
    ),
  )
  t.throws(() => addressesOf6([parseNetwork('::1-::4')], space), /::1-::4 is not a block/)
})

function matchedBlock(word: number, bits: number): AddressSet {
  const first = ((0xffff_ffff << (32 - Math.min(bits, 32))) & (word << 8)) >>> 0
  return addressesOf6([parseNetwork(`${fromWords([first, 0, 0, 0]).text}/${bits}`)], space)
}
