// Why a token was refused, in words for the administrator, with what to write where the configuration can fix it. The
// client never sees any of it, and gets the same answer for every reason.

import { printable, printableText } from '../text/printable.ts'
import { widestRealm } from './access-id.ts'
import { placeholderRealms } from './key-file.ts'
import type { RefusalReason, TokenRefusal } from './token.ts'

/** Each reason in words, to follow "the token was refused: ". */
const refusalTexts: Readonly<Record<RefusalReason, string>> = {
  malformed: 'not the base64 of a token',
  'not-authentic': 'no key vouches for it',
  'version-1': 'a token of version 1, which counts only with acceptV1: true',
  ambiguous: 'authentic, but it can be read in more than one way',
  'no-expiry': 'authentic, but without a signed expiry',
  'no-user': 'authentic, but it names no user, as user:realm/id does',
  expired: 'authentic, but expired',
  'not-yet-valid': 'authentic, but from the future; compare the clocks',
  'lives-too-long': 'authentic, but its expiry is further ahead than maxLifetime',
  'wrong-realm': 'authentic, but its realm is not among the realms accepted',
  'too-many': 'not looked at, because its client has sent too many that no key vouches for',
  internal: 'a fault of the program',
}

/** To follow "the token was refused: ". */
export function describeRefusal({ reason, identity, keyRealms }: TokenRefusal): string {
  if (identity?.realm === undefined || keyRealms === undefined) return refusalTexts[reason]
  const { realm, user } = identity
  const widest = widestRealm({ realm, user })
  const shown = widest === realm ? printable(realm) : `${printable(realm)} or ${printable(widest)}`
  const others = keyRealms.length === 0 ? 'no realm' : keyRealms.map(printable).join(', ')
  const kept = keyRealms.filter(each => !placeholderRealms.includes(each))
  const wanted = `write realms: [${[...kept, widest].map(quoteRealm).join(', ')}]`
  const advice = kept.length === 0 ? wanted : `should they vouch for it too, ${wanted}`
  return `authentic, but its realm is ${shown}; these keys are for ${others}: ${advice}`
}

/**
 * As it stands in a list of YAML.
 * @example quoteRealm('acme') // 'acme'
 * @example quoteRealm('ldap.acme:389') // '"ldap.acme:389"'
 */
export function quoteRealm(realm: string): string {
  const isPlain = /^[A-Za-z][A-Za-z0-9_.-]*$/.test(realm)
  return isPlain && !/^(?:null|true|false|yes|no|on|off|y|n)$/i.test(realm)
    ? realm
    : printableText(JSON.stringify(realm))
}
