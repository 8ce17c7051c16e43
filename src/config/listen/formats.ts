// The formats of texts in the configuration's `listen` and `proxies`.
import { isIP } from 'node:net'

/** What an entry of `proxies` begins with that names a certificate. */
export const certificatePrefix = 'cert:CN='

export function isCertificateName(entry: string): boolean {
  return entry.startsWith(certificatePrefix)
}

/** Whether an entry of `proxies` is a network, and not a socket or a certificate. */
export function isNetworkEntry(entry: string): boolean {
  return entry !== 'unix' && !isCertificateName(entry)
}

/** What is wrong with an entry of `proxies` that is no network. Worded to follow it; undefined: nothing, or it is a network. */
export function findProxyMistake(text: string): string | undefined {
  if (/^unix$/i.test(text) && text !== 'unix') return 'is unix in capitals; write unix'
  if (/^unix:/i.test(text)) return 'names a socket, and all sockets of listen are meant; write unix'
  if (!/^cert/i.test(text)) return undefined
  const name = text.slice(certificatePrefix.length)
  if (!isCertificateName(text)) return 'does not name a certificate; write cert:CN=ihs.acme.example'
  if (name.trim() !== name || name === '')
    return 'has no name or blanks around it; write cert:CN=ihs.acme.example'
  // A certificate of the wildcard would be one for many hosts.
  if (name.includes('*')) return 'has a wildcard; write one entry for each front'
  // A leading dot would stand for every name below.
  if (/^\.|\.$/.test(name))
    return 'begins or ends with a dot; write the whole name: cert:CN=ihs.acme.example'
  if (isIP(name) !== 0)
    return 'is an address; write it without cert:CN=, or the name of the certificate'
  if (/[,=/]/.test(name)) return 'is more than a name; write the CN alone: cert:CN=ihs.acme.example'
  return undefined
}

const modePattern = /^0?[0-7]{3}$/

/** Why a text does not have the format, worded to follow the text; undefined when it has. */
export const listenMistakeFinders: Record<string, (text: string) => string | undefined> = {
  'file-mode': text =>
    modePattern.test(text) ? undefined : 'is not a mode; write "0660" with the quotes',
}
