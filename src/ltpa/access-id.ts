// `user:realm/id`, the access id of a WebSphere token, to realm and user. Realms may hold slashes (issuers of OIDC and
// SAML are URLs), and so may ids (`CN=Joe/O=Acme`): the accepted realms say where the realm ends. A guess never makes a
// token count. deploy/docs/ltpa.md section 6.2.

export interface AccessId {
  readonly realm: string
  /** The unique id within the realm; never empty. */
  readonly user: string
  /** The realm is accepted, and no longer realm can be meant. */
  readonly isAccepted: boolean
}

const userPrefix = 'user:'

/**
 * Undefined for anything but the id of a user: `group:`, `server:`, an empty realm, an empty id.
 * @param realms the accepted ones, in any order.
 * @example parseAccessId('user:acme/uid=joe', ['acme']) // { realm: 'acme', user: 'uid=joe', isAccepted: true }
 * @example parseAccessId('group:acme/staff', ['acme']) // undefined
 */
export function parseAccessId(text: string, realms: readonly string[]): AccessId | undefined {
  if (!text.startsWith(userPrefix)) return undefined
  const rest = text.slice(userPrefix.length)
  const realm = longestOf(realms.filter(each => each !== '' && rest.startsWith(`${each}/`)))
  if (realm === undefined) return parseAsLiberty(rest)
  const user = rest.slice(realm.length + 1)
  if (user === '') return undefined
  const widest = widestRealm({ realm, user })
  if (widest === realm) return { realm, user, isAccepted: true }
  // `acme/partners/uid=joe` is a user of `acme/partners`, whose keys may be the same as those of `acme`.
  return { realm: widest, user: rest.slice(widest.length + 1), isAccepted: false }
}

/** The longest realm that an access id may name: leading parts of the id that look like parts of a realm belong to it. */
export function widestRealm({ realm, user }: { realm: string; user: string }): string {
  let end = 0
  for (let slash = user.indexOf('/'); slash >= 0 && slash < user.length - 1; ) {
    if (!realmPart.test(user.slice(end, slash))) break
    end = slash + 1
    slash = user.indexOf('/', end)
  }
  return end === 0 ? realm : `${realm}/${user.slice(0, end - 1)}`
}

// Parts of DNs have `=`. Windows names, and names that need escapes, are not parts of a realm.
const realmPart = /^[^=\\|$%,"*]*$/

function longestOf(texts: readonly string[]): string | undefined {
  return texts.reduce<string | undefined>(
    (longest, text) => (longest === undefined || text.length > longest.length ? text : longest),
    undefined,
  )
}

// As Open Liberty's AccessIdUtil without a registry: a realm with a scheme ends at the slash after its host, one that
// begins with a slash ends at the last, any other at the first.
const libertyPatterns = [/^([^:]+:\/\/[^/]+)\/(.+)$/s, /^(\/[^/].*)\/([^/]+)$/s, /^([^/]+)\/(.+)$/s]

function parseAsLiberty(rest: string): AccessId | undefined {
  for (const pattern of libertyPatterns) {
    const [, realm, user] = pattern.exec(rest) ?? []
    if (realm !== undefined && user !== undefined) return { realm, user, isAccepted: false }
  }
  return undefined
}
