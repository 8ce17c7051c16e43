// The users that a rule admits by a verified token: all, or those of a realm, or whose unique id matches a glob.
import type { Identity } from '../ltpa/token.ts'
import { matchesGlob } from '../text/glob.ts'

export interface IdentityPattern {
  /** Exact; undefined: any realm, and tokens without one. */
  readonly realms: readonly string[] | undefined
  /** Prepared globs; undefined: any user. */
  readonly users: readonly string[] | undefined
  /** For messages: `realm acme and user uid=*,ou=helpdesk,*`; empty for any user. */
  readonly text: string
}

export function buildIdentityPattern({
  realms,
  users,
}: {
  realms?: readonly string[] | undefined
  users?: readonly string[] | undefined
}): IdentityPattern {
  const parts = [
    ...(realms === undefined ? [] : [`realm ${realms.join(' or ')}`]),
    ...(users === undefined ? [] : [`user ${users.join(' or ')}`]),
  ]
  return { realms, users: users?.map(prepare), text: parts.join(' and ') }
}

export function matchesIdentity({ realms, users }: IdentityPattern, identity: Identity): boolean {
  const { realm, user } = identity
  if (realms !== undefined && (realm === undefined || !realms.includes(realm))) return false
  if (users === undefined) return true
  // The text shows escaped bytes, so it is not the name.
  if (identity.isUnclear) return false
  const text = prepare(user)
  return users.some(glob => matchesGlob(glob, text))
}

// Names compare without case, as in directories (RFC 4517 section 4.2.11). A backslash and the character that it escapes
// become one private-use character (RFC 4514 section 2.4), so that an escaped comma inside a value is not taken for the
// one that ends it: `uid=a\\,ou=helpdesk\\,b` is not in ou=helpdesk. Private-use characters of the name itself are
// replaced first.
function prepare(text: string): string {
  return text
    .normalize('NFC')
    .toLowerCase()
    .replace(/[\u{f0000}-\u{10ffff}]/gu, '\ufffd')
    .replace(/\\(.)/gsu, (_, char: string) => {
      const code = char.codePointAt(0) as number
      return code < 0x10000 ? String.fromCodePoint(0xf0000 + code) : char
    })
}
