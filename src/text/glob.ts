// Globs: `*` matches any run of characters, `?` any one character, everything else itself. Nothing is escaped.

/**
 * Whether the glob matches the whole text. Backtracks to the latest star only, so the cost is at most
 * glob length times text length. The text comes from the client: with a regular expression of several stars
 * the client could choose the cost.
 * @example matchesGlob('*@acme.example', 'joe@acme.example') // true
 */
export function matchesGlob(glob: string, text: string): boolean {
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

// A character above U+FFFF is two units of a string.
function characterLength(text: string, at: number): number {
  return (text.codePointAt(at) as number) > 0xffff ? 2 : 1
}
