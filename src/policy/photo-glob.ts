// Which photos a rule opens: globs over the mail address.
import { matchesGlob } from './glob.ts'

/** Lower-case globs. An address is in when any of `included` matches and none of `excluded`. */
export interface PhotoGlobs {
  readonly included: readonly string[]
  readonly excluded: readonly string[]
}

/** Splits a list such as `['*@acme.example', '!ceo@acme.example']`; only exclusions mean all but those. */
export function parsePhotoGlobs(texts: readonly string[]): PhotoGlobs {
  // As addresses are made canonical: small letters can compose to something else than capitals did.
  const globs = texts.map(text => text.normalize('NFC').toLowerCase().normalize('NFC'))
  const included = globs.filter(glob => !glob.startsWith('!'))
  const excluded = globs.filter(glob => glob.startsWith('!')).map(glob => glob.slice(1))
  return { included: included.length === 0 ? ['*'] : included, excluded }
}

/** Whether the globs open this address (lower case, NFC), whoever else's it may be. */
export function matchesPhoto(globs: PhotoGlobs, address: string): boolean {
  return isIncluded(globs, address) && !isExcluded(globs, address)
}

export function isIncluded({ included }: PhotoGlobs, address: string): boolean {
  return matchesAny(included, address)
}

export function isExcluded({ excluded }: PhotoGlobs, address: string): boolean {
  return matchesAny(excluded, address)
}

function matchesAny(globs: readonly string[], address: string): boolean {
  for (const glob of globs) if (matchesGlob(glob, address)) return true
  return false
}
