// Globs over mail addresses: the photos that a rule opens. Knows nothing of people with several addresses.
import { asciiAddress, unicodeDomain } from '../text/domain.ts'
import { matchesGlob } from '../text/glob.ts'

const wildcard = /[*?]/

/** Lower-case globs, each sigma as σ. They open an address when one of `included` matches and none of `excluded`. */
export interface PhotoGlobs {
  readonly included: readonly string[]
  readonly excluded: readonly string[]
}

/**
 * Splits a list such as `['*@acme.example', '!ceo@acme.example']`. A list of exclusions alone opens all others.
 * @example parsePhotoGlobs(['!CEO@acme.example']) // { included: ['*'], excluded: ['ceo@acme.example'] }
 */
export function parsePhotoGlobs(texts: readonly string[]): PhotoGlobs {
  const { included, excluded } = splitGlobs(texts)
  return { included: included.length === 0 ? ['*'] : included, excluded }
}

/** The same, but a list of exclusions alone includes nothing. */
export function splitGlobs(texts: readonly string[]): PhotoGlobs {
  // The same steps as for addresses: lower case can compose to other characters than upper case did.
  const globs = texts.map(text =>
    foldSigma(withUnicode(text.normalize('NFC').toLowerCase().normalize('NFC'))),
  )
  return {
    included: globs.filter(glob => !glob.startsWith('!')),
    excluded: globs.filter(glob => glob.startsWith('!')).map(glob => glob.slice(1)),
  }
}

/** Whether the globs open this address (lower case, NFC). Says nothing of the person's other addresses. */
export function matchesPhoto(globs: PhotoGlobs, address: string): boolean {
  return (
    findGlob(globs.included, address) !== undefined &&
    findGlob(globs.excluded, address) === undefined
  )
}

/** The first of the globs, as parsed, that matches the address. */
export function findGlob(globs: readonly string[], text: string): string | undefined {
  const address = foldSigma(text)
  for (const glob of globs) {
    if (matchesGlob(glob, address)) return glob
    // `*@xn--*` is meant for domains in ASCII.
    if (glob.includes('xn--') && matchesGlob(glob, asciiAddress(text))) return glob
  }
  return undefined
}

/** Each sigma as σ: a capital one has another lower case at the end of a word, and a wildcard moves that end. */
export function foldSigma(text: string): string {
  return text.includes('ς') ? text.replaceAll('ς', 'σ') : text
}

// Addresses have their domains in Unicode, so whole labels of globs must too. Other labels stay as they are.
function withUnicode(glob: string): string {
  const start = startOfDomain(glob)
  const labels = glob.slice(start).split(/[.\u3002\uff0e\uff61]/)
  return glob.slice(0, start) + labels.map(unicodeLabel).join('.')
}

// Without an @, a wildcard stands for it. What is before the first wildcard is no domain: `！ceo.*` would become the
// exclusion `!ceo.*`, and a list of exclusions alone opens all others.
function startOfDomain(glob: string): number {
  return glob.includes('@') ? glob.lastIndexOf('@') + 1 : Math.max(glob.search(wildcard), 0)
}

function unicodeLabel(label: string): string {
  if (wildcard.test(label)) return label
  const unicode = unicodeDomain(label) ?? label
  // A full-width dot or star became an ordinary one: it was not written as one.
  return wildcard.test(unicode) || unicode.includes('.') ? label : unicode
}
