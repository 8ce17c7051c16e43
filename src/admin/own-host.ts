// Whether the Host header names this listener. A stranger's site can let its own name point to 127.0.0.1 (DNS rebinding):
// the browser then sends that name here, and its scripts could read the answers.
import { isIP } from 'node:net'
import type { AdminSettings } from '../config/admin/settings.ts'

const everywhere = ['0.0.0.0', '::']

/**
 * Whether a Host header may be answered. Any port: that of a tunnel (`ssh -L`) is another one, and a name is all that
 * rebinding can choose.
 */
export function isOwnHost(header: string, settings: AdminSettings): boolean {
  const name = hostNameOf(header)
  if (name === undefined) return false
  const { host, names, tls } = settings
  if (name === 'localhost' || name === host.toLowerCase() || names.includes(name)) return true
  if (isIP(name) !== 0) return isLoopbackAddress(name) || everywhere.includes(host)
  return tls?.certificates.some(certificate => certificate.names.includes(name)) ?? false
}

/** Lower case, without brackets and port; undefined for anything but a name or an address. */
export function hostNameOf(header: string): string | undefined {
  const [, bracketed, plain] =
    /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(header) ?? []
  if (bracketed !== undefined) return isIP(bracketed) === 6 ? bracketed.toLowerCase() : undefined
  return plain?.toLowerCase().replace(/\.$/, '')
}

function isLoopbackAddress(address: string): boolean {
  return isIP(address) === 4 ? address.startsWith('127.') : address === '::1'
}
