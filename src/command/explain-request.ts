// The request that explain is asked about, from the command line: its headers, and where it comes from.
import type { IncomingHttpHeaders } from 'node:http'
import { certificatePrefix, isCertificateName } from '../config/listen/formats.ts'
import type { Settings } from '../config/settings.ts'
import { GateError } from '../error.ts'
import type { FrontProof } from '../evidence/front-proof.ts'
import { unixProof } from '../evidence/front-proof.ts'

/** What proves a front that comes over a socket or with a certificate, as `proxies` names it. */
export function proofOf(peer: string, { provenFronts }: Settings): FrontProof | undefined {
  if (peer === 'unix') return unixProof
  if (!isCertificateName(peer)) return undefined
  const name = peer.slice(certificatePrefix.length).toLowerCase()
  const checkHost = (asked: string) => (asked === name ? name : undefined)
  return {
    kind: 'certificate',
    certificate: { checkHost },
    authorities: [...provenFronts.authorities],
  }
}

/** As Node's parser does: names in lower case, several of one name joined. @throws GateError GATE_USAGE */
export function readHeaders(lines: readonly string[]): IncomingHttpHeaders {
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon < 1)
      throw new GateError('GATE_USAGE', `--header "${line}" has no colon; write 'name: value'`)
    const name = line.slice(0, colon).trim().toLowerCase()
    const value = line.slice(colon + 1).trim()
    const before = headers[name]
    headers[name] =
      before === undefined ? value : `${before}${name === 'cookie' ? '; ' : ', '}${value}`
  }
  return headers
}
