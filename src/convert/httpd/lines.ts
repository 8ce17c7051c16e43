// Splits an httpd.conf into logical lines: joins continued lines and remembers where each part stands in the file.

export interface HttpdLine {
  readonly text: string
  /** The line of the file where it begins, from 1. */
  readonly line: number
  /** Line and column in the file, both from 1, of the character at `offset`. */
  placeOf(offset: number): { readonly line: number; readonly column: number }
}

/** A backslash at the very end of a line continues it on the next line, also in a comment. */
export function* splitLines(text: string): Generator<HttpdLine> {
  let parts: { readonly text: string; readonly line: number }[] = []
  let number = 0
  for (let start = 0; start <= text.length; ) {
    const feed = text.indexOf('\n', start)
    const end = feed < 0 ? text.length : feed
    const raw = text.slice(start, end > start && text[end - 1] === '\r' ? end - 1 : end)
    start = end + 1
    number++
    const isContinued = raw.endsWith('\\') && feed >= 0
    parts.push({ text: isContinued ? raw.slice(0, -1) : raw, line: number })
    if (isContinued) continue
    yield join(parts)
    parts = []
  }
}

function join(parts: readonly { readonly text: string; readonly line: number }[]): HttpdLine {
  // The end of each part in the whole, for a binary search: every word needs its place, and an attacker's line may
  // have millions of parts.
  const ends: number[] = []
  for (const { text } of parts) ends.push((ends.at(-1) ?? 0) + text.length)
  return {
    text: parts.length === 1 ? (parts[0]?.text ?? '') : parts.map(({ text }) => text).join(''),
    line: parts[0]?.line ?? 1,
    placeOf: offset => {
      let [low, high] = [0, parts.length - 1]
      while (low < high) {
        const middle = (low + high) >> 1
        if (offset < (ends[middle] as number)) high = middle
        else low = middle + 1
      }
      return { line: parts[low]?.line ?? 1, column: offset - (ends[low - 1] ?? 0) + 1 }
    },
  }
}

// Blogs and mail programs replace plain quotes, blanks and hyphens by these, one character for one.
const typographic: Record<string, string> = {
  ...{ '“': '"', '”': '"', '„': '"', '″': '"', '‘': "'", '’': "'", '‚': "'", '′': "'" },
  ...{ '\u00a0': ' ', '\u202f': ' ', '\u2007': ' ', '–': '-', '—': '-', '−': '-', '\ufeff': ' ' },
}
const typographicPattern = new RegExp(`[${Object.keys(typographic).join('')}]`, 'g')

/** The text with plain characters, and the typographic ones that were replaced; undefined when there were none. */
export function straighten(text: string): {
  readonly text: string
  readonly found: string | undefined
} {
  const found = text.match(typographicPattern)
  return {
    text:
      found === null ? text : text.replace(typographicPattern, char => typographic[char] as string),
    found: found === null ? undefined : [...new Set(found)].join(' '),
  }
}
