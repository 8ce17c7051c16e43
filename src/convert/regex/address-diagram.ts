// Sets of IPv4 addresses as binary decision diagrams over their 32 bits; address6-diagram.ts reads the same diagrams
// over 128 bits. Equal sets are the same object, so one comparison speaks for all 4,294,967,296 addresses.

import { fromWords } from '../../policy/network-address.ts'
import type { NetworkRange } from '../../policy/network-set.ts'

/** Opaque, and valid only within the space that made it. */
export type AddressSet = Diagram

interface Diagram {
  readonly id: number
  /** Undefined in the two leaves: no address, and all addresses. */
  readonly low: Diagram | undefined
  readonly high: Diagram | undefined
}

/** An aligned block (RFC 4632): its first address as a number, and the length of its prefix. */
export interface Block {
  readonly first: number
  readonly prefix: number
}

export interface AddressSpace {
  readonly none: AddressSet
  readonly all: AddressSet
  /** All addresses from `first` to `last`, as numbers. */
  ofRange(first: number, last: number): AddressSet
  /** From the sets that follow a 0 bit and a 1 bit. */
  ofHalves(low: AddressSet, high: AddressSet): AddressSet
  /** The inverse of `ofHalves`. */
  halvesOf(set: AddressSet): readonly [AddressSet, AddressSet]
  /** From the sets that follow each value of an octet, or of fewer bits. */
  ofOctet(following: readonly AddressSet[]): AddressSet
  /** The inverse of `ofOctet`, for the 256 values of an octet. */
  octetOf(set: AddressSet): AddressSet[]
  union(a: AddressSet, b: AddressSet): AddressSet
  intersection(a: AddressSet, b: AddressSet): AddressSet
  complement(a: AddressSet): AddressSet
  /** How many blocks `blocksOf` returns. Fast even for millions. */
  countBlocks(set: AddressSet): number
  countAddresses(set: AddressSet): number
  /** The minimal list of blocks, in ascending order. */
  blocksOf(set: AddressSet): Block[]
  /** The lowest address. Undefined for the empty set. */
  firstOf(set: AddressSet): number | undefined
}

const none: Diagram = { id: 0, low: undefined, high: undefined }
const all: Diagram = { id: 1, low: undefined, high: undefined }
const lowOf = (set: Diagram) => set.low ?? set
const highOf = (set: Diagram) => set.high ?? set

type MakeDiagram = (low: Diagram, high: Diagram) => Diagram

export function openAddressSpace(): AddressSpace {
  const made = new Map<number, Diagram>()

  function make(low: Diagram, high: Diagram): Diagram {
    if (low === high && low.id < 2) return low
    const key = keyOf(low, high)
    let diagram = made.get(key)
    if (diagram === undefined) {
      diagram = { id: made.size + 2, low, high }
      made.set(key, diagram)
    }
    return diagram
  }

  const union = combine(make, (a, b) =>
    a === all || b === none || a === b ? a : b === all || a === none ? b : undefined,
  )
  const intersection = combine(make, (a, b) =>
    a === none || b === all || a === b ? a : b === none || a === all ? b : undefined,
  )
  const difference = combine(make, (a, b) =>
    b === none || a === none ? a : b === all || a === b ? none : undefined,
  )

  return {
    ...{ none, all, union, intersection, octetOf, blocksOf, firstOf },
    ofRange: (first, last) => buildRange(make, first, last),
    ofHalves: make,
    halvesOf: set => [lowOf(set), highOf(set)],
    ofOctet: following => joinOctet(make, following),
    complement: set => difference(all, set),
    countBlocks: set => fold(set, (low, high) => low + high),
    countAddresses: set => fold(set, (low, high) => (low + high) / 2) * 2 ** 32,
  }
}

/** An operation on two sets, applied to both halves where `decide` does not know the result at once. */
function combine(make: MakeDiagram, decide: (a: Diagram, b: Diagram) => Diagram | undefined) {
  const known = new Map<number, Diagram>()
  const apply = (a: Diagram, b: Diagram): Diagram => {
    const decided = decide(a, b)
    if (decided !== undefined) return decided
    const key = keyOf(a, b)
    let result = known.get(key)
    if (result === undefined) {
      result = make(apply(lowOf(a), lowOf(b)), apply(highOf(a), highOf(b)))
      known.set(key, result)
    }
    return result
  }
  return apply
}

function buildRange(make: MakeDiagram, first: number, last: number): Diagram {
  const build = (from: number, size: number): Diagram => {
    if (first <= from && from + size - 1 <= last) return all
    if (last < from || first > from + size - 1) return none
    return make(build(from, size / 2), build(from + size / 2, size / 2))
  }
  return build(0, 2 ** 32)
}

function joinOctet(make: MakeDiagram, following: readonly Diagram[]): Diagram {
  let row = following
  while (row.length > 1) {
    const pairs = row
    row = Array.from({ length: pairs.length / 2 }, (_, at) =>
      make(pairs[2 * at] as Diagram, pairs[2 * at + 1] as Diagram),
    )
  }
  return row[0] as Diagram
}

function octetOf(set: Diagram): Diagram[] {
  let row = [set]
  while (row.length < 256) row = row.flatMap(each => [lowOf(each), highOf(each)])
  return row
}

/** A sum over the tree that the diagram stands for. */
function fold(set: Diagram, ofHalves: (low: number, high: number) => number): number {
  const known = new Map<Diagram, number>([
    [none, 0],
    [all, 1],
  ])
  const sum = (each: Diagram): number => {
    let result = known.get(each)
    if (result === undefined) {
      result = ofHalves(sum(lowOf(each)), sum(highOf(each)))
      known.set(each, result)
    }
    return result
  }
  return sum(set)
}

function blocksOf(set: Diagram): Block[] {
  const blocks: Block[] = []
  const collect = (each: Diagram, first: number, prefix: number): void => {
    if (each === none) return
    if (each === all) return void blocks.push({ first, prefix })
    collect(lowOf(each), first, prefix + 1)
    collect(highOf(each), first + 2 ** (31 - prefix), prefix + 1)
  }
  collect(set, 0, 0)
  return blocks
}

function firstOf(set: Diagram): number | undefined {
  if (set === none) return undefined
  let [each, first] = [set, 0]
  for (let bit = 31; each !== all; bit--) {
    if (lowOf(each) !== none) each = lowOf(each)
    else {
      each = highOf(each)
      first += 2 ** bit
    }
  }
  return first
}

// Both ids are below 2 ** 26: more diagrams would not fit into memory.
const keyOf = (a: Diagram, b: Diagram) => a.id * 2 ** 26 + b.id

/**
 * A single address is written without its `/32`.
 * @example formatBlock({ first: 167_772_160, prefix: 8 }) // '10.0.0.0/8'
 */
export function formatBlock({ first, prefix }: Block): string {
  return prefix === 32 ? formatNumber(first) : `${formatNumber(first)}/${prefix}`
}

/**
 * An IPv4 address, given as a number, as a dotted quad.
 * @example formatNumber(167_772_161) // '10.0.0.1'
 */
export function formatNumber(address: number): string {
  return fromWords([address]).text
}

/** The IPv4 addresses of the ranges as a set. IPv6 ranges are skipped. */
export function addressesOf(ranges: readonly NetworkRange[], space: AddressSpace): AddressSet {
  return ranges
    .filter(({ first }) => first.family === 4)
    .map(({ first, last }) => space.ofRange(first.words[0] as number, last.words[0] as number))
    .reduce((all, each) => space.union(all, each), space.none)
}
