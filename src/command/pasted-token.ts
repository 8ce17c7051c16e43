// Finds tokens in the text that people paste: a header, cookies, a row of the browser's table, a curl command, mail. By the
// names of their cookies, or otherwise by their form.
import type { TokenKind } from '../ltpa/verifier.ts'
import { decodeText } from '../text/decode-text.ts'

export interface PastedToken {
  /** From the cookie's name; undefined without one. */
  readonly kind: TokenKind | undefined
  /** As from a cookie parser: percent-decoded, without quotes. */
  readonly text: string
}

export interface CookieNames {
  readonly v2: ReadonlySet<string>
  readonly v1: ReadonlySet<string>
}

// At most 8 possible ends of a token are tried.
const maxEnds = 8

/** Decodes the input, also UTF-16 with or without a byte order mark. */
export function decodePasted(bytes: Buffer): string {
  const isWide = bytes.length > 3 && bytes[0] !== 0 && bytes[1] === 0 && bytes[3] === 0
  if (isWide) return bytes.toString('utf16le')
  const decoded = decodeText(bytes)
  return 'text' in decoded ? decoded.text : bytes.toString('latin1')
}

/** All tokens in the text, in order. Text without a token is returned as one. */
export function findTokens(pasted: string, names: CookieNames): PastedToken[] {
  const text = unwrapLines(pasted.trim().replaceAll('^', ''))
  const named = [
    ...text.matchAll(
      /(?<![^\s"';:,{(])([!#$&*.\w|~-]+)["']?(?:[ \t]*[=:]\t*|\t+|[ ]{2,})( *)["']?([^;"'\t\r\n,]*)/g,
    ),
  ]
  const found = named.flatMap(([, name = '', gap = '', value = '']): PastedToken[] => {
    const lower = name.toLowerCase()
    const kind = names.v2.has(lower) ? 'v2' : names.v1.has(lower) ? 'v1' : undefined
    if (kind === undefined) return []
    return readingsOf(gap, value).map(text => ({ kind, text: decodeValue(text) }))
  })
  if (found.length > 0) return found
  const whole = text.replace(/^["']|["']?;?$/g, '')
  const longest = [...text.matchAll(/[A-Za-z0-9+/%]{40,}={0,2}/g)]
    .map(([run]) => run)
    .reduce((a, b) => (b.length > a.length ? b : a), '')
  const texts = longest === '' || longest === whole ? [whole] : [whole, longest]
  return texts.map(each => ({ kind: undefined, text: decodeValue(each) }))
}

// Blanks are between the columns of a table, and in the place of a lost `+`. So a token may end before any two blanks, most
// likely the first, and may begin with the blanks behind the name.
function readingsOf(gap: string, value: string): string[] {
  const ends = [...value.matchAll(/ {2,}|$/g)].slice(0, maxEnds)
  const texts = ends.map(({ index }) => value.slice(0, index))
  const lost = '+'.repeat(gap.length)
  return lost === '' ? texts : [...texts, ...texts.map(text => `${lost}${text}`)]
}

// A line that can only be the rest of a token continues the line before it. Quote marks of mail are dropped.
function unwrapLines(text: string): string {
  const lines = text.split(/\r\n|\r|\n/).map(line => line.replace(/^(?:> ?)+/, '').trim())
  return lines.reduce((whole, line) => {
    const isRest =
      /[A-Za-z0-9+/%]$/.test(whole) && /^[A-Za-z0-9+/%]+={0,2}["']?;?(?:$| )/.test(line)
    return isRest ? `${whole}${line}` : `${whole}\n${line}`
  })
}

function decodeValue(value: string): string {
  const text = value.trim()
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
