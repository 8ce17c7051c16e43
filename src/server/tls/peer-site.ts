// Which client a handshake counts for, by the address of its socket.
import { parseNetworkAddress, siteOf } from '../../policy/network-address.ts'

/** The address, or the /64 of an IPv6 address; the text itself where it is no address, as with a zone. */
export function peerSiteOf(peer: string | undefined): string {
  const address = parseNetworkAddress(peer ?? '')
  return address === undefined ? (peer ?? 'unknown') : siteOf(address)
}
