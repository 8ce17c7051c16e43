// Which photos a rule opens: globs over the mail address. `*` is any run of characters, `?` one.

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

/** Whether the globs open this address (lower case, NFC). */
export function matchesPhoto(globs: PhotoGlobs, address: string): boolean {
  const matches = (glob: string) => matchesGlob(glob, address)
  return globs.included.some(matches) && !globs.excluded.some(matches)
}

// Backtracks to the latest star only, so the cost is at most glob times address: the address comes
// from the client, and a regular expression with several stars would let it choose the cost.
function matchesGlob(glob: string, text: string): boolean {
  let g = 0
  let t = 0
  let star = -1
  let resume = 0
  while (t < text.length) {
    if (glob[g] === '*') {
      star = g++
      resume = t
    } else if (glob[g] === '?') {
      g++
      t += characterLength(text, t)
    } else if (g < glob.length && glob[g] === text[t]) {
      g++
      t++
    } else if (star >= 0) {
      g = star + 1
      resume += characterLength(text, resume)
      t = resume
    } else return false
  }
  while (glob[g] === '*') g++
  return g === glob.length
}

// A character beyond the first 65,536 takes two units of a string.
function characterLength(text: string, at: number): number {
  return (text.codePointAt(at) as number) > 0xffff ? 2 : 1
}
