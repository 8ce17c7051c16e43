// What a block of httpd.conf asks of a request, as a Boolean expression. Does not know rules: converted-rule.ts makes
// them of it.

import type { CookieCondition } from './cookie-regex.ts'
import type { NetworkCondition } from './network-regex.ts'

export type Access =
  | { readonly kind: 'always' | 'never' }
  | { readonly kind: 'from'; readonly network: NetworkCondition }
  | { readonly kind: 'cookie'; readonly cookie: CookieCondition }
  /** A test that no rule can make, listed where it was found. Counts as not fulfilled, also under a `not`. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'not'; readonly of: Access }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Access[] }

export const always: Access = { kind: 'always' }
export const never: Access = { kind: 'never' }
export const unknown: Access = { kind: 'unknown' }
export const not = (of: Access): Access => ({ kind: 'not', of })
export const and = (...of: Access[]): Access => ({ kind: 'and', of: flat('and', of) })
export const or = (...of: Access[]): Access => ({ kind: 'or', of: flat('or', of) })

// Thousands of alternatives side by side must not become thousands of levels of recursion.
function flat(kind: 'and' | 'or', of: readonly Access[]): Access[] {
  return of.flatMap(each => (each.kind === kind ? each.of : [each]))
}
