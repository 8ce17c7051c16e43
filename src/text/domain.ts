// The two spellings of a domain that is not ASCII: `bücher.example` and `xn--bcher-kva.example`.
import { domainToASCII, domainToUnicode } from 'node:url'

/** The domain in Unicode, lower case and NFC; undefined when it has no second spelling, and so can be none. */
export function unicodeDomain(domain: string): string | undefined {
  // A plain one is itself; it could be taken for the number of a network, too.
  if (!/[^\p{ASCII}]/u.test(domain) && !domain.includes('xn--')) return domain
  const ascii = domainToASCII(domain)
  const unicode = domainToUnicode(ascii).toLowerCase().normalize('NFC')
  return ascii === '' || domainToASCII(unicode) !== ascii ? undefined : unicode
}

/** The address with its domain in ASCII. */
export function asciiAddress(address: string): string {
  const at = address.lastIndexOf('@') + 1
  return address.slice(0, at) + (domainToASCII(address.slice(at)) || address.slice(at))
}
