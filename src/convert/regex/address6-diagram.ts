// Sets of IPv6 addresses: the diagrams of address-diagram.ts, read over 128 bits.
import { fromWords } from '../../policy/network-address.ts'
import type { NetworkRange } from '../../policy/network-set.ts'
import { blockOf } from '../../policy/network-set.ts'
import type { AddressSet, AddressSpace } from './address-diagram.ts'

/** All addresses that share the first `prefix` bits with the address of these four words. */
export function blockOf6(
  words: readonly number[],
  prefix: number,
  space: AddressSpace,
): AddressSet {
  let set = space.all
  for (let bit = prefix - 1; bit >= 0; bit--) {
    const isSet = (((words[bit >>> 5] as number) >>> (31 - (bit & 31))) & 1) === 1
    set = isSet ? space.ofHalves(space.none, set) : space.ofHalves(set, space.none)
  }
  return set
}

/** The minimal list of blocks, in ascending order, as the configuration writes them. */
export function formatBlocks6(set: AddressSet, space: AddressSpace): string[] {
  const blocks: string[] = []
  const words = [0, 0, 0, 0]
  const collect = (each: AddressSet, bit: number): void => {
    if (each === space.none) return
    if (each === space.all) {
      const { text } = fromWords([...words])
      blocks.push(bit === 128 ? text : `${text}/${bit}`)
      return
    }
    const [low, high] = space.halvesOf(each)
    collect(low, bit + 1)
    const [word, mask] = [bit >>> 5, 2 ** (31 - (bit & 31))]
    words[word] = (words[word] as number) + mask
    collect(high, bit + 1)
    words[word] = (words[word] as number) - mask
  }
  collect(set, 0)
  return blocks
}

/**
 * The IPv6 addresses of the ranges as a set. IPv4 ranges are skipped.
 * @throws when an IPv6 range is not a block
 */
export function addressesOf6(ranges: readonly NetworkRange[], space: AddressSpace): AddressSet {
  return ranges
    .filter(({ first }) => first.family === 6)
    .map(({ first, last }) => {
      const prefix = Array.from({ length: 129 }, (_, bits) => bits).find(bits => {
        const block = blockOf(first, bits)
        return block.first.text === first.text && block.last.text === last.text
      })
      if (prefix === undefined) throw new Error(`${first.text}-${last.text} is not a block`)
      return blockOf6(first.words, prefix, space)
    })
    .reduce((all, each) => space.union(all, each), space.none)
}
