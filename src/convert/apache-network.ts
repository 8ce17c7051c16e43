// Reads networks as Apache writes them in `Require ip`, `Allow from` and `-R`: whole and partial addresses, blocks,
// netmasks.
import { parseNetworkAddress } from '../policy/network-address.ts'
import { NetworkError, parseNetwork } from '../policy/network-set.ts'
import type { AddressSet, AddressSpace } from './regex/address-diagram.ts'
import { blockOf6 } from './regex/address6-diagram.ts'

export interface ReadNetwork {
  readonly set: AddressSet
  readonly set6: AddressSet
}

const partial = /^(\d{1,3}(?:\.\d{1,3}){0,3})\.?(?:\/(\d{1,2}|\d{1,3}(?:\.\d{1,3}){3}))?$/

/** @throws NetworkError worded to follow the text */
export function readApacheNetwork(text: string, space: AddressSpace): ReadNetwork {
  const match = partial.exec(text)
  if (match !== null) return { set: readV4(match, space), set6: space.none }
  const [, address = '', prefix = '128'] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const parsed = parseNetworkAddress(address)
  if (parsed?.family !== 6 || Number(prefix) > 128 || Number(prefix) === 0) {
    // The parser of the configuration words the error.
    parseNetwork(text)
    throw new NetworkError('is not a network as Apache writes it')
  }
  // Apache ignores the host bits here too.
  return { set: space.none, set6: blockOf6(parsed.words, Number(prefix), space) }
}

function readV4(match: RegExpExecArray, space: AddressSpace): AddressSet {
  const octets = (match[1] as string).split('.').map(Number)
  if (octets.some(octet => octet > 255)) throw new NetworkError('has a number above 255')
  const prefix = match[2] === undefined ? octets.length * 8 : prefixOf(match[2])
  if (prefix > 32) throw new NetworkError('has a prefix above /32')
  const address = [...octets, 0, 0, 0].slice(0, 4).reduce((sum, octet) => sum * 256 + octet, 0)
  const size = 2 ** (32 - prefix)
  // Apache ignores the host bits, and so admits the whole block.
  const first = Math.floor(address / size) * size
  return space.ofRange(first, first + size - 1)
}

function prefixOf(mask: string): number {
  if (!mask.includes('.')) return Number(mask)
  const bits = mask
    .split('.')
    .map(octet => Number(octet).toString(2).padStart(8, '0'))
    .join('')
  if (bits.length !== 32 || !/^1*0*$/.test(bits)) {
    throw new NetworkError('has a netmask with holes in it')
  }
  return bits.indexOf('0') < 0 ? 32 : bits.indexOf('0')
}
