// Which photos a rule opens: globs over the mail address.
import { asciiAddress, unicodeDomain } from '../text/domain.ts'
import { matchesGlob } from '../text/glob.ts'

const wildcard = /[*?]/

/** Lower-case globs, with one letter for every sigma. An address is in when any of `included` matches and none of `excluded`. */
export interface PhotoGlobs {
  readonly included: readonly string[]
  readonly excluded: readonly string[]
}

/** Splits a list such as `['*@acme.example', '!ceo@acme.example']`; only exclusions mean all but those. */
export function parsePhotoGlobs(texts: readonly string[]): PhotoGlobs {
  // As addresses are made canonical: small letters can compose to something else than capitals did.
  const globs = texts.map(text =>
    foldSigma(withUnicode(text.normalize('NFC').toLowerCase().normalize('NFC'))),
  )
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

function matchesAny(globs: readonly string[], text: string): boolean {
  const address = foldSigma(text)
  for (const glob of globs) {
    if (matchesGlob(glob, address)) return true
    // `*@xn--*` is meant for the other spelling.
    if (glob.includes('xn--') && matchesGlob(glob, asciiAddress(text))) return true
  }
  return false
}

// A capital sigma becomes another small letter at the end of a word, and a wildcard is taken for one.
function foldSigma(text: string): string {
  return text.includes('ς') ? text.replaceAll('ς', 'σ') : text
}

// Addresses have their domains in Unicode; so must whole labels of globs. What is no domain stays as it is.
function withUnicode(glob: string): string {
  const start = glob.lastIndexOf('@') + 1
  const labels = glob.slice(start).split(/[.\u3002\uff0e\uff61]/)
  return glob.slice(0, start) + labels.map(unicodeLabel).join('.')
}

function unicodeLabel(label: string): string {
  if (wildcard.test(label)) return label
  const unicode = unicodeDomain(label) ?? label
  // A number of a network, or a star that was none.
  return wildcard.test(unicode) || unicode.includes('.') ? label : unicode
}
