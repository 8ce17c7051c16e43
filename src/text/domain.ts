// Converts between the two spellings of a domain that is not ASCII: `bücher.example` and `xn--bcher-kva.example`.
import { domainToASCII, domainToUnicode } from 'node:url'

/**
 * The domain in Unicode, lower case and NFC. Undefined when it does not convert to ASCII and back to itself:
 * no such domain can exist.
 * @example unicodeDomain('xn--bcher-kva.example') // 'bücher.example'
 */
export function unicodeDomain(domain: string): string | undefined {
  // An ASCII domain is returned as it is: node:url would read one of digits as an IPv4 address.
  if (!/[^\p{ASCII}]/u.test(domain) && !domain.includes('xn--')) return domain
  const ascii = domainToASCII(domain)
  const unicode = domainToUnicode(ascii).toLowerCase().normalize('NFC')
  // Node.js 24 returns a label that does not decode as it is; Node.js 20 finds the domain invalid.
  const isDecoded = ascii !== '' && !/(?:^|\.)xn--/.test(unicode)
  return isDecoded && domainToASCII(unicode) === ascii ? unicode : undefined
}

/**
 * The mail address with its domain in ASCII.
 * @example asciiAddress('joe@bücher.example') // 'joe@xn--bcher-kva.example'
 */
export function asciiAddress(address: string): string {
  const at = address.lastIndexOf('@') + 1
  return address.slice(0, at) + (domainToASCII(address.slice(at)) || address.slice(at))
}
