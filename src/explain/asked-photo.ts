// The photo that an administrator asks about, as people write or paste it: a mail address, a path, or a copied URL. What
// is not one of these is a problem in words, which a command and a page can both show.
import type { Target } from '../evidence/target.ts'
import { parseTarget } from '../evidence/target.ts'
import { parseAddress } from '../text/mail-address.ts'

export interface AskedPhoto {
  readonly target: Target
  /** The request-target; undefined for a mail address. */
  readonly url?: string
}

/** `hasPasses`: a rule asks for guest passes, so the page of passes exists. */
export function parseAskedPhoto(
  text: string,
  hasPasses: boolean,
): AskedPhoto | { readonly problem: string } {
  const path = text.replace(/^https?:\/\/[^/?#]*(?=\/)/i, '').replace(/#.*$/, '')
  if (path.startsWith('/')) return { target: parseTarget(path, hasPasses), url: path }
  const address = parseAddress(text.replace(/\.jpg$/i, ''))
  if (address !== undefined) return { target: { kind: 'photo', address } }
  return {
    problem: 'is not a mail address; write one like joe@acme.example, or the path of a request',
  }
}
