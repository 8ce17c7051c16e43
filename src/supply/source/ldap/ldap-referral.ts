// Which of a server's referrals somebody should look at. Pure.

// Microsoft: below the root of a domain stand the naming contexts that the forest shares, and each search there
// refers to them. No person is in any.
const standing = /^(?:cn=configuration|dc=domaindnszones|dc=forestdnszones),dc=/i

/** Whether Active Directory refers to this place in every search from the root of a domain. */
export function isDomainPartition(url: string): boolean {
  const path = /^ldaps?:\/\/[^/]*\/([^?]*)/i.exec(url)?.[1]
  if (path === undefined) return false
  try {
    return standing.test(decodeURIComponent(path).replace(/\s*([,=])\s*/g, '$1'))
  } catch {
    return false
  }
}
