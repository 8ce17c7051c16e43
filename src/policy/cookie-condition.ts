// The condition of a rule on the cookies of a request. It proves nothing: any client can send any cookie.
import type { Condition } from './condition.ts'
import type { CookiePattern } from './cookie-pattern.ts'
import { hasValue, matchesCookie, namesCookie } from './cookie-pattern.ts'

/** Matches when any cookie satisfies any pattern. */
export function cookieCondition(patterns: readonly CookiePattern[]): Condition {
  const wanted = patterns.map(({ text }) => text).join(' or ')
  return {
    kind: 'cookie',
    cookies: patterns,
    matches: ({ cookies }) => {
      for (const cookie of cookies) {
        for (const pattern of patterns) if (matchesCookie(pattern, cookie)) return true
      }
      return false
    },
    describe: ({ cookies, cookieDoubt }) => {
      if (cookieDoubt !== undefined) return cookieDoubt.text
      const matching = patterns.find(pattern => cookies.some(c => matchesCookie(pattern, c)))
      if (matching) return `cookie ${matching.text} was sent`
      const near = patterns.find(each => cookies.some(({ name }) => namesCookie(each, name)))
      if (!near) return `no cookie ${wanted} was sent`
      const empty = cookies.every(each => !namesCookie(near, each.name) || !hasValue(each))
      return empty
        ? `cookie ${near.text.split('=')[0]} was sent, but is empty`
        : `cookie ${near.text.split('=')[0]} was sent, but its value is not ${wanted}`
    },
  }
}
