// What proves that a connection comes from a front, beside its address: the gate's own Unix socket, or a certificate that
// an authority of the listener has verified. Says nothing about the client behind the front.
import type { X509Certificate } from 'node:crypto'
import type { ProvenFronts } from '../config/listen/settings.ts'

export type FrontProof =
  | { readonly kind: 'unix' }
  | {
      readonly kind: 'certificate'
      /** Verified when the connection began. */
      readonly certificate: Pick<X509Certificate, 'checkHost'>
      /** Fingerprints: the authority that the certificate was traced to, or all that it may have been. */
      readonly authorities: readonly string[]
    }
  /** A certificate that was not verified. */
  | { readonly kind: 'refused' }

export const unixProof: FrontProof = { kind: 'unix' }
export const refusedProof: FrontProof = { kind: 'refused' }

export type ProofCheck = (proof: FrontProof | undefined) => boolean

/** Whether the front is believed by its proof. The answer for a certificate is kept with it: a name is compared once. */
export function buildProofCheck({ unix, names, authorities }: ProvenFronts): ProofCheck {
  const known = new WeakMap<FrontProof, boolean>()
  return proof => {
    if (proof === undefined || proof.kind === 'refused') return false
    if (proof.kind === 'unix') return unix
    const found = known.get(proof)
    if (found !== undefined) return found
    // After a reload an authority may not count any more, and the connections of its fronts are still open.
    const isBelieved =
      proof.authorities.every(one => authorities.has(one)) &&
      names.some(name => isNamed(proof.certificate, name))
    known.set(proof, isBelieved)
    return isBelieved
  }
}

// By RFC 6125 section 6.4.4: the CN counts only where no alternative name is a host name. No wildcard in a certificate
// stands for a front.
function isNamed(certificate: Pick<X509Certificate, 'checkHost'>, name: string): boolean {
  return certificate.checkHost(name, { subject: 'default', wildcards: false }) !== undefined
}
