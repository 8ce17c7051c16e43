import t from 'tap'
import type { AddressSet, AddressSpace } from '../../../src/convert/regex/address-diagram.ts'
import {
  formatBlock,
  formatNumber,
  openAddressSpace,
} from '../../../src/convert/regex/address-diagram.ts'
import { formatAddresses } from '../../../src/convert/regex/address-regex.ts'
import { buildAutomaton } from '../../../src/convert/regex/automaton.ts'
import { findAddresses as findFor } from '../../../src/convert/regex/matched-addresses.ts'
import type { Regex } from '../../../src/convert/regex/regex.ts'
import { parseRegex } from '../../../src/convert/regex/regex-parser.ts'
import { fc } from '../../fixtures/property.ts'

const findAddresses = (regex: Regex, space: AddressSpace) => findFor(buildAutomaton(regex), space)

const blocksOf = (pattern: string) => {
  const space = openAddressSpace()
  return space.blocksOf(findAddresses(parseRegex(pattern), space)).map(formatBlock)
}

t.test('an expression becomes the shortest list of blocks', async t => {
  for (const [pattern, ...blocks] of [
    ['^10\\.', '10.0.0.0/8'],
    ['^10\\.1\\.2\\.3$', '10.1.2.3'],
    ['^10\\.1\\.2\\.3', '10.1.2.3', '10.1.2.30/31', '10.1.2.32/29'],
    ['^172\\.(1[6-9]|2[0-9]|3[01])\\.', '172.16.0.0/12'],
    ['^192\\.168\\.[0-9]+\\.[0-9]+$', '192.168.0.0/16'],
    ['^9\\.(\\d|[1-9]\\d|1\\d\\d|2[0-4]\\d|25[0-5])\\.1\\.(?:[0-9]|1[0-5])$', undefined],
    ['.*', '0.0.0.0/0'],
    ['^999\\.'],
    ['^010\\.'],
    ['^(10|11)\\.0\\.0\\.0$', '10.0.0.0', '11.0.0.0'],
  ] as [string, ...(string | undefined)[]][]) {
    const found = blocksOf(pattern)
    if (blocks[0] === undefined && blocks.length > 0) t.equal(found.length, 256, pattern)
    else t.strictSame(found, blocks, pattern)
  }
})

const address = fc.nat(0xffff_ffff)
const block = fc.tuple(address, fc.integer({ min: 0, max: 32 })).map(([at, prefix]) => {
  const size = 2 ** (32 - prefix)
  const first = Math.floor(at / size) * size
  return { first, last: first + size - 1 }
})

function unionOf(space: AddressSpace, blocks: readonly { first: number; last: number }[]) {
  return blocks.reduce(
    (all, { first, last }) => space.union(all, space.ofRange(first, last)),
    space.none,
  )
}

t.test(
  'blocks written as expressions and read again are the same set, at any line length',
  async t => {
    fc.assert(
      fc.property(
        fc.array(block, { maxLength: 12 }),
        fc.constantFrom(60, 200, 4_000),
        (blocks, longest) => {
          const space = openAddressSpace()
          const set = unionOf(space, blocks)
          const texts = formatAddresses(set, space, longest)
          const back = texts
            .map(text => findAddresses(parseRegex(text), space))
            .reduce((all, each) => space.union(all, each), space.none)
          return back === set && texts.every(text => text.length <= Math.max(longest, 100) + 40)
        },
      ),
      { numRuns: 100 },
    )
    t.pass('100 sets')
  },
)

t.test('blocks are exactly the set, aligned, disjoint, and as few as possible', async t => {
  fc.assert(
    fc.property(fc.array(block, { maxLength: 12 }), blocks => {
      const space = openAddressSpace()
      const set = unionOf(space, blocks)
      const list = space.blocksOf(set)
      const ranges = list.map(({ first, prefix }) => ({
        first,
        last: first + 2 ** (32 - prefix) - 1,
      }))
      const isAligned = list.every(({ first, prefix }) => first % 2 ** (32 - prefix) === 0)
      // Two blocks that could be one would be siblings.
      const isMinimal = list.every(({ first, prefix }, at) => {
        const next = list[at + 1]
        const size = 2 ** (32 - prefix)
        return next?.prefix !== prefix || next.first !== first + size || (first / size) % 2 === 1
      })
      return (
        isAligned &&
        isMinimal &&
        unionOf(space, ranges) === set &&
        space.countBlocks(set) === list.length &&
        space.countAddresses(set) ===
          ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0)
      )
    }),
    { numRuns: 500 },
  )
  t.pass('500 sets')
})

const octet = fc.letrec<{ any: string }>(tie => ({
  any: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom('0', '1', '2', '5', '\\d', '[0-4]', '[1-9]', '[^3]', '25', '1\\d\\d'),
    fc.tuple(tie('any'), tie('any')).map(([a, b]) => `(?:${a}|${b})`),
    fc.tuple(tie('any'), tie('any')).map(([a, b]) => `${a}${b}`),
    fc.tuple(tie('any'), fc.constantFrom('?', '+', '*', '{1,3}')).map(([a, q]) => `(?:${a})${q}`),
  ),
})).any

t.test('an expression by octets equals the result of trying all octets', async t => {
  fc.assert(
    fc.property(fc.tuple(octet, octet, octet, octet), octets => {
      const space = openAddressSpace()
      const set = findAddresses(
        parseRegex(`^${octets.map(each => `(?:${each})`).join('\\.')}$`),
        space,
      )
      const tried = octets.map(each => {
        const pattern = new RegExp(`^(?:${each})$`)
        return Array.from({ length: 256 }, (_, value) => pattern.test(String(value)))
      })
      const expected = tried.reduceRight<AddressSet>(
        (following, values) => space.ofOctet(values.map(isIn => (isIn ? following : space.none))),
        space.all,
      )
      return set === expected
    }),
    { numRuns: 300 },
  )
  t.pass('300 expressions')
})

const loose = fc
  .array(
    fc.constantFrom(
      '10',
      '1',
      '2',
      '.',
      '\\.',
      '\\d',
      '[0-9]+',
      '(1|25)',
      '^',
      '$',
      '.*',
      '168',
      '0?',
    ),
    {
      minLength: 1,
      maxLength: 8,
    },
  )
  .map(parts => parts.join(''))

t.test('the set of a loose expression has exactly the addresses that it matches', async t => {
  fc.assert(
    fc.property(
      loose,
      fc.array(address, { minLength: 50, maxLength: 50 }),
      (pattern, addresses) => {
        const space = openAddressSpace()
        const set = findAddresses(parseRegex(pattern), space)
        const other = new RegExp(pattern)
        const near =
          space.countBlocks(set) < 100 ? space.blocksOf(set).map(({ first }) => first) : []
        const asked = [...addresses, ...near, ...near.map(each => Math.max(0, each - 1))]
        return asked.every(
          each =>
            (space.intersection(set, space.ofRange(each, each)) !== space.none) ===
            other.test(formatNumber(each)),
        )
      },
    ),
    { numRuns: 500 },
  )
  t.pass('500 expressions')
})

t.test('a set has a complement, a first address and a size', async t => {
  const space = openAddressSpace()
  const set = space.ofRange(5, 9)
  t.equal(space.complement(space.complement(set)), set)
  t.equal(space.union(set, space.complement(set)), space.all)
  t.equal(space.intersection(set, space.complement(set)), space.none)
  t.equal(space.firstOf(set), 5)
  t.equal(space.firstOf(space.none), undefined)
  t.equal(space.firstOf(space.all), 0)
  t.equal(space.countAddresses(space.all), 2 ** 32)
  t.strictSame(formatAddresses(space.none, space), [])
  t.strictSame(formatAddresses(space.all, space), ['^\\d+\\.\\d+\\.\\d+\\.\\d+$'])
})
