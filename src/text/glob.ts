// Globs: `*` is any run of characters, `?` any one, all else itself.

/**
 * Whether the glob matches the whole text. Backtracks to the latest star only, so the cost is at most
 * glob times text: the text comes from the client, and a regular expression with several stars would
 * let it choose the cost.
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

// A character beyond the first 65,536 takes two units of a string.
function characterLength(text: string, at: number): number {
  return (text.codePointAt(at) as number) > 0xffff ? 2 : 1
}
