// Tells the referrals that Active Directory always sends from those that an administrator should look at. Pure.

// Microsoft: the naming contexts that a forest shares are below the root of each domain, and every search from there
// refers to them. They hold no people.
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
