// A PFX file (PKCS #12), as Windows exports it: taken apart here, because OpenSSL 3 does not open files with RC2 or 3DES of
// older programs, and because Node.js would trust the authorities in it for client certificates.

import type { KeyObject } from 'node:crypto'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { createRequire } from 'node:module'
import type Forge from 'node-forge'
import type { KeyPair } from './certificate-file.ts'
import { CertificateError } from './certificate-file.ts'

type Bag = Forge.pkcs12.Bag

/** The key, and the chain in order. `password`: empty without one. @throws CertificateError */
export function parsePfx(bytes: Buffer, password: string): KeyPair {
  // Loaded only where a configuration names such a file.
  const forge = createRequire(import.meta.url)('node-forge') as typeof Forge
  const { pki } = forge
  const file = open(forge, bytes, password)
  const bagsOf = (type: string | undefined) =>
    file.getBags({ bagType: type as string })[type as string] ?? []
  const derOf = (value: Forge.asn1.Asn1) =>
    Buffer.from(forge.asn1.toDer(value).getBytes(), 'latin1')
  const certificates = bagsOf(pki.oids.certBag).map(
    bag =>
      new X509Certificate(derOf(bag.cert == null ? bag.asn1 : pki.certificateToAsn1(bag.cert))),
  )
  const keys = [...bagsOf(pki.oids.pkcs8ShroudedKeyBag), ...bagsOf(pki.oids.keyBag)].map(bag =>
    createPrivateKey({ key: derOf(keyAsn1Of(bag, pki)), format: 'der', type: 'pkcs8' }),
  )
  const [key, second] = keys
  if (key === undefined) throw new CertificateError('holds no private key; export it with the key')
  if (second !== undefined)
    throw new CertificateError('holds more than one key; export one certificate with its key')
  return { chain: chainOf(key, certificates), key }
}

// Forge reads RSA keys itself, and leaves others as they are.
function keyAsn1Of(bag: Bag, pki: typeof Forge.pki): Forge.asn1.Asn1 {
  return bag.key == null ? bag.asn1 : pki.wrapRsaPrivateKey(pki.privateKeyToAsn1(bag.key))
}

function open(forge: typeof Forge, bytes: Buffer, password: string): Forge.pkcs12.Pkcs12Pfx {
  let asn1: Forge.asn1.Asn1
  try {
    asn1 = forge.asn1.fromDer(bytes.toString('latin1'))
  } catch (error) {
    throw new CertificateError('is not a PFX file; name a PEM file with cert and key', {
      cause: error,
    })
  }
  try {
    return forge.pkcs12.pkcs12FromAsn1(asn1, true, password)
  } catch (error) {
    const { message } = error as Error
    const isPassword = /mac could not be verified|invalid password/i.test(message)
    throw new CertificateError(
      isPassword
        ? `is not opened by ${password === '' ? 'an empty password; name a file with its password with passwordFile' : 'its password'}`
        : /[^\x20-\x7e]/.test(password)
          ? 'is not opened by its password, which has letters beyond ASCII; export it with another one'
          : `cannot be read: ${message}`,
      { cause: error },
    )
  }
}

// The bags are in no order.
function chainOf(key: KeyObject, certificates: readonly X509Certificate[]): X509Certificate[] {
  const leaf = certificates.find(one => one.checkPrivateKey(key))
  if (leaf === undefined) throw new CertificateError('holds no certificate of its key')
  const chain = [leaf]
  for (let below: X509Certificate | undefined = leaf; below !== undefined; ) {
    const current: X509Certificate = below
    below = certificates.find(one => !chain.includes(one) && current.checkIssued(one))
    if (below !== undefined) chain.push(below)
  }
  return chain
}
