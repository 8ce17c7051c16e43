// Networks: text to ranges, strictly, and ranges to a set that answers in O(log n). Parsing may throw, has() cannot.
import ipaddr from 'ipaddr.js'
import type { NetworkAddress } from './network-address.ts'
import { compareAddresses, fromWords, parseNetworkAddress } from './network-address.ts'

/** All addresses from `first` to `last`, both included and of one family. */
export interface NetworkRange {
  readonly first: NetworkAddress
  readonly last: NetworkAddress
}

export interface NetworkSet {
  /** Whether the address lies in any of the networks. Never throws; about 17 comparisons for 100,000. */
  has(address: NetworkAddress): boolean
  /** All ranges, in order and merged; a new list each time. */
  ranges(): NetworkRange[]
}

/** Why a text is not a network, worded to follow the text: `has host bits set; write 10.0.0.0/8`. */
export class NetworkError extends Error {}

/**
 * A single address, a CIDR block or a range `first-last`.
 * @throws NetworkError that says what to write instead.
 */
export function parseNetwork(text: string): NetworkRange {
  if (text.includes('%')) throw new NetworkError('has a zone; write the address without %…')
  if (text.includes('/')) return parseBlock(text)
  if (text.includes('-')) return parseRange(text)
  const address = parseEntryAddress(text)
  return { first: address, last: address }
}

/** The set keeps 8 bytes for each IPv4 and 32 for each IPv6 range, overlaps merged. */
export function buildNetworkSet(ranges: readonly NetworkRange[]): NetworkSet {
  const v4 = buildTable(ranges, 4)
  const v6 = buildTable(ranges, 6)
  return {
    // Families never match each other, not even for /0: mapped clients became IPv4 on parsing.
    has: address => (address.family === 4 ? v4 : v6).has(address.words),
    ranges: () => [...v4.ranges(), ...v6.ranges()],
  }
}

/** The first and last address of the block that holds the address. `bits`: the prefix length. */
export function blockOf(address: NetworkAddress, bits: number): NetworkRange {
  const mask = (word: number, index: number, fill: boolean) => {
    const kept = Math.max(0, Math.min(32, bits - index * 32))
    const hostMask = kept === 32 ? 0 : 0xffffffff >>> kept
    return (fill ? word | hostMask : word & ~hostMask) >>> 0
  }
  const end = (fill: boolean) =>
    fromWords(address.words.map((word, index) => mask(word, index, fill)))
  return { first: end(false), last: end(true) }
}

/** Whether the two lists share an address. */
export function overlaps(some: readonly NetworkRange[], others: readonly NetworkRange[]): boolean {
  return some.some(a =>
    others.some(
      b =>
        a.first.family === b.first.family &&
        compareAddresses(a.first, b.last) <= 0 &&
        compareAddresses(b.first, a.last) <= 0,
    ),
  )
}

/** Whether the ranges together cover all of IPv4 or all of IPv6, in any number of pieces. */
export function coversFamily(ranges: readonly NetworkRange[]): boolean {
  return ([4, 6] as const).some(family => {
    let next = 0n
    for (const { first, last } of mergeRanges(
      ranges.filter(range => range.first.family === family),
    )) {
      if (numberOf(first) > next) return false
      next = numberOf(last) + 1n
    }
    return next === (family === 4 ? 1n << 32n : 1n << 128n)
  })
}

function numberOf(address: NetworkAddress): bigint {
  return address.words.reduce((sum, word) => (sum << 32n) | BigInt(word), 0n)
}

function parseBlock(text: string): NetworkRange {
  const slash = text.indexOf('/')
  const address = parseEntryAddress(text.slice(0, slash), text.slice(slash))
  const prefix = text.slice(slash + 1)
  const maxLength = address.family === 4 ? 32 : 128
  if (!/^(0|[1-9]\d{0,2})$/.test(prefix) || Number(prefix) > maxLength) {
    const bits = prefixOfMask(prefix)
    const write = bits === undefined ? '' : `; write ${blockOf(address, bits).first.text}/${bits}`
    throw new NetworkError(`needs a prefix length from 0 to ${maxLength} after the slash${write}`)
  }
  const range = blockOf(address, Number(prefix))
  if (compareAddresses(range.first, address) !== 0) {
    throw new NetworkError(`has host bits set; write ${range.first.text}/${prefix}`)
  }
  return range
}

function parseRange(text: string): NetworkRange {
  const [first, last] = text.split('-', 2).map(end => parseEntryAddress(end.trim()))
  if (first === undefined || last === undefined || text.split('-').length !== 2) {
    throw new NetworkError('is not a range; write first-last, like 192.0.2.10-192.0.2.20')
  }
  if (first.family !== last.family) throw new NetworkError('mixes IPv4 and IPv6 in one range')
  if (compareAddresses(first, last) > 0) {
    throw new NetworkError(`runs backwards; write ${last.text}-${first.text}`)
  }
  return { first, last }
}

function parseEntryAddress(text: string, suffix = ''): NetworkAddress {
  const address = parseNetworkAddress(text)
  if (address === undefined) throw new NetworkError(`is not a network; ${hintFor(text, suffix)}`)
  // An IPv4-mapped block never matches a client, because mapped clients are read as IPv4.
  if (address.family === 4 && text.includes(':')) {
    const bits = Number(suffix.slice(1)) - 96
    const isBlock = suffix !== '' && bits >= 0 && bits <= 32
    const write = isBlock ? `${blockOf(address, bits).first.text}/${bits}` : address.text
    throw new NetworkError(`is an IPv4-mapped address; write ${write}`)
  }
  return address
}

function hintFor(text: string, suffix: string): string {
  const parts = text.split('.')
  if (parts.length <= 4 && parts.every(part => /^\d{1,3}$/.test(part) && Number(part) < 256)) {
    const full = [...parts.map(Number), 0, 0, 0].slice(0, 4).join('.')
    const octal = parts.some(part => /^0\d/.test(part))
    return `write ${octal ? 'without leading zeros' : 'all four numbers'}, like ${full}${suffix}`
  }
  return 'write an address, a block like 10.0.0.0/8, or a range like 192.0.2.10-192.0.2.20'
}

function prefixOfMask(text: string): number | undefined {
  return ipaddr.IPv4.isValidFourPartDecimal(text)
    ? (ipaddr.IPv4.parse(text).prefixLengthFromSubnetMask() ?? undefined)
    : undefined
}

function buildTable(ranges: readonly NetworkRange[], family: 4 | 6) {
  const width = family === 4 ? 1 : 4
  const merged = mergeRanges(ranges.filter(range => range.first.family === family))
  const count = merged.length
  const firsts = new Uint32Array(count * width)
  const lasts = new Uint32Array(count * width)
  for (const [at, { first, last }] of merged.entries()) {
    firsts.set(first.words, at * width)
    lasts.set(last.words, at * width)
  }
  const has = (words: readonly number[]): boolean => {
    // The last range that starts at or before the address is the only one that can hold it.
    let low = 0
    let high = count
    while (low < high) {
      const middle = (low + high) >>> 1
      if (compareAt(firsts, middle * width, words) > 0) high = middle
      else low = middle + 1
    }
    return low > 0 && compareAt(lasts, (low - 1) * width, words) >= 0
  }
  const addressAt = (table: Uint32Array, at: number) =>
    fromWords([...table.subarray(at * width, (at + 1) * width)])
  const toRanges = (): NetworkRange[] =>
    Array.from({ length: count }, (_, at) => ({
      first: addressAt(firsts, at),
      last: addressAt(lasts, at),
    }))
  return { has, ranges: toRanges }
}

function mergeRanges(ranges: NetworkRange[]): NetworkRange[] {
  const sorted = ranges.sort((a, b) => compareAddresses(a.first, b.first))
  const merged: NetworkRange[] = []
  for (const range of sorted) {
    const previous = merged.at(-1)
    if (previous === undefined || compareAddresses(range.first, previous.last) > 0) {
      merged.push(range)
    } else if (compareAddresses(range.last, previous.last) > 0) {
      merged[merged.length - 1] = { first: previous.first, last: range.last }
    }
  }
  return merged
}

function compareAt(table: Uint32Array, at: number, words: readonly number[]): number {
  for (let word = 0; word < words.length; word++) {
    const difference = (table[at + word] as number) - (words[word] as number)
    if (difference !== 0) return difference
  }
  return 0
}
