// `user:realm/id`, the access id of a WebSphere token, to realm and user. A realm may hold slashes (issuers of OIDC
// and SAML are URLs), and so may an id (`CN=Joe/O=Acme`), so where the realm ends is told by the realms that
// are accepted: it is never guessed in a way that makes a token count.

export interface AccessId {
  readonly realm: string
  /** The unique id within the realm; never empty. */
  readonly user: string
  /** The realm is one of those accepted, and can be no longer one. */
  readonly isAccepted: boolean
}

const userPrefix = 'user:'

/**
 * Undefined when it is not the id of a user: `group:`, `server:`, an empty realm, an empty id.
 * @param realms those accepted, in any order.
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

/** The longest realm that an access id may name: as many parts of the id as look like parts of a realm belong to it. */
export function widestRealm({ realm, user }: { realm: string; user: string }): string {
  let end = 0
  for (let slash = user.indexOf('/'); slash >= 0 && slash < user.length - 1; ) {
    if (!realmPart.test(user.slice(end, slash))) break
    end = slash + 1
    slash = user.indexOf('/', end)
  }
  return end === 0 ? realm : `${realm}/${user.slice(0, end - 1)}`
}

// Parts of DNs have `=`, and names of Windows, or anything that had to be escaped, are no parts of a realm.
const realmPart = /^[^=\\|$%,"*]*$/

function longestOf(texts: readonly string[]): string | undefined {
  return texts.reduce<string | undefined>(
    (longest, text) => (longest === undefined || text.length > longest.length ? text : longest),
    undefined,
  )
}

// Open Liberty's AccessIdUtil without a registry of its own: a realm with a scheme ends at the slash after
// its host, one that begins with a slash at the last, any other at the first.
const libertyPatterns = [/^([^:]+:\/\/[^/]+)\/(.+)$/s, /^(\/[^/].*)\/([^/]+)$/s, /^([^/]+)\/(.+)$/s]

function parseAsLiberty(rest: string): AccessId | undefined {
  for (const pattern of libertyPatterns) {
    const [, realm, user] = pattern.exec(rest) ?? []
    if (realm !== undefined && user !== undefined) return { realm, user, isAccepted: false }
  }
  return undefined
}
