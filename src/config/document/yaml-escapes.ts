// Texts in double quotes: YAML reads a backslash in them as an escape, so "C:\temp" holds a tab, which no administrator
// means. JSON's escapes for printable characters are accepted; any other is refused, with a form that is read as written.

const names: Readonly<Record<string, string>> = {
  '0': 'a NUL',
  a: 'a bell',
  b: 'a backspace',
  t: 'a tab',
  '\t': 'a tab',
  n: 'a line break',
  v: 'a vertical tab',
  f: 'a form feed',
  r: 'a carriage return',
  e: 'an escape character',
  ' ': 'a blank',
  _: 'a non-breaking space',
  N: 'a line break',
  L: 'a line break',
  P: 'a line break',
}

const escapes = /\\(?:u([0-9A-Fa-f]{4})|(.?))/gs

/** What is wrong with a double-quoted text, as it stands in the file with its quotes; undefined when nothing is. */
export function findEscapeMistake(source: string): string | undefined {
  const raw = source.slice(1, -1)
  for (const [written, digits, letter] of raw.matchAll(escapes)) {
    const what = findDigitMistake(digits, letter)
    if (what !== undefined) {
      return `${written.trimEnd()} in double quotes is ${what}; write ${withoutEscapes(raw)}`
    }
  }
  // `"\\files\photos"` and `"\\files\\photos"` alike: of a share's two backslashes one would be left.
  if (/^\\\\(?!\\\\)/.test(raw)) {
    return `\\\\ in double quotes is one backslash; write ${withoutEscapes(raw)}`
  }
  return undefined
}

function findDigitMistake(digits: string | undefined, letter = ''): string | undefined {
  if (digits !== undefined) {
    const character = String.fromCharCode(Number.parseInt(digits, 16))
    return /[\p{Cc}\p{Zl}\p{Zp}]/u.test(character) ? 'a control character' : undefined
  }
  if (letter === '"' || letter === '\\' || letter === '/') return undefined
  if (/\s/.test(letter) && letter !== ' ' && letter !== '\t') return 'the end of a line'
  return names[letter] ?? 'not what stands there'
}

/** The text as its writer probably meant it, in a form in which a backslash is only a backslash. */
function withoutEscapes(raw: string): string {
  const text = raw.replaceAll('\\"', '"')
  if (/^[A-Za-z]:\\/.test(text)) return text.replace(/\\+/g, '/')
  if (text.startsWith('\\\\')) return `//${text.replace(/^\\+/, '').replace(/\\+/g, '/')}`
  return `'${text.replaceAll('\\\\', '\\').replaceAll("'", "''")}'`
}
