// Characters that people do not see or mean: a non-breaking space from a web page, a zero-width or bidirectional mark, a
// control character, the mark of a lost character. One of them makes a name or glob that looks right and matches nothing,
// and an exclusion that matches nothing shows the photo to everybody.
import { CST, Lexer } from 'yaml'

export interface OddCharacter {
  readonly offset: number
  readonly message: string
}

// Line breaks are LF and CRLF.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are looked for.
const control = /(?![\t\n]|\r\n)[\0-\x1f\x7f-\x9f]/g
const odd = /(?![ \t\r\n])[\p{Z}\p{Cf}\ufffd]/gu

/** Control characters of the whole text, comments included: no text file has them. */
export function findControlCharacters(text: string): OddCharacter[] {
  return [...text.matchAll(control)].map(({ 0: character, index }) => ({
    offset: index,
    message: `has the control character ${nameOf(character)} here; take it out`,
  }))
}

/** Odd characters outside of comments. The text must have no control characters. */
export function findOddCharacters(text: string): OddCharacter[] {
  // Nearly every file: nothing to look for.
  if (text.search(odd) < 0) return []
  const found: OddCharacter[] = []
  let offset = 0
  let isScalar = false
  for (const source of new Lexer().lex(text)) {
    const type = CST.tokenType(source)
    // Marks of the lexer itself, which are not in the text.
    if (type === 'doc-mode' || type === 'flow-error-end' || type === 'scalar') {
      isScalar = type === 'scalar'
      continue
    }
    if (isScalar || type !== 'comment') found.push(...findIn(source, offset))
    isScalar = false
    offset += source.length
  }
  return found
}

/** The text in the same length, with ordinary blanks for odd ones. */
export function plainBlanks(text: string): string {
  return text.replace(/(?![ \t\r\n])[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g, ' ')
}

function findIn(source: string, start: number): OddCharacter[] {
  return [...source.matchAll(odd)].map(({ 0: character, index }) => ({
    offset: start + index,
    message: describeCharacter(character),
  }))
}

function describeCharacter(character: string): string {
  const name = nameOf(character)
  if (character === '\ufffd') {
    return `has ${name} here, which stands for a character that a conversion has lost; write that character`
  }
  if (/\p{Zs}/u.test(character)) {
    const what = character === '\u00a0' ? 'a non-breaking space' : 'a blank of another kind'
    return `has ${what} (${name}) here; write an ordinary blank`
  }
  return `has an invisible character (${name}) here; take it out`
}

function nameOf(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
}
