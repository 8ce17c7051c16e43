// Splits Apache's expressions into tokens as server/util_expr_scan.l of Apache 2.4 does.

export type Token =
  /** Operators, names, numbers and brackets, as written. */
  | { readonly kind: 'plain'; readonly text: string; readonly at: number }
  /** A text in quotes, without them. `text` undefined: it depends on the request. */
  | { readonly kind: 'string'; readonly text: string | undefined; readonly at: number }
  /** `%{…}`, without the braces. */
  | { readonly kind: 'variable'; readonly text: string; readonly at: number }
  | { readonly kind: 'regex'; readonly text: string; readonly flags: string; readonly at: number }

const blanks = /[ \t\n]+/y
const variable = /%\{([^}:][^}]*)\}/y
// A backslash does not escape the separator. `s` in place of `m` is a substitution, which is not read here.
const regexStart = /\/|m[/#$%^|?!'",;:._-]/y
const flags = /[ismg]*(?![A-Za-z0-9])/y
const plain = /&&|\|\||[!=]~|[!=<>]=|[!=<>(){},.]|-?[A-Za-z_]\w*|-?\d+/y

/** Undefined: Apache does not start with the text, or it contains something that is not read here. */
export function tokenize(text: string): Token[] | undefined {
  const tokens: Token[] = []
  for (let at = 0; at < text.length; ) {
    const space = take(blanks, text, at)
    if (space !== undefined) {
      at += space.length
      continue
    }
    const read = readString(text, at) ?? readVariable(text, at) ?? readRegex(text, at)
    if (read !== undefined) {
      tokens.push(read.token)
      at = read.end
      continue
    }
    const word = take(plain, text, at)
    if (word === undefined) return undefined
    tokens.push({ kind: 'plain', text: word, at })
    at += word.length
  }
  return tokens
}

interface Read {
  readonly token: Token
  readonly end: number
}

function readVariable(text: string, at: number): Read | undefined {
  const all = take(variable, text, at)
  if (all === undefined) return undefined
  return { token: { kind: 'variable', text: all.slice(2, -1), at }, end: at + all.length }
}

function readRegex(text: string, at: number): Read | undefined {
  const start = take(regexStart, text, at)
  if (start === undefined) return undefined
  const from = at + start.length
  const end = text.indexOf(start.slice(-1), from)
  const found = end < 0 ? undefined : take(flags, text, end + 1)
  if (found === undefined) return undefined
  const token: Token = { kind: 'regex', text: text.slice(from, end), flags: found, at: from }
  return { token, end: end + 1 + found.length }
}

function readString(text: string, at: number): Read | undefined {
  const quote = text[at]
  if (quote !== '"' && quote !== "'") return undefined
  let value: string | undefined = ''
  let next = at + 1
  while (next < text.length && text[next] !== quote) {
    const inner = take(variable, text, next)
    if (inner !== undefined) {
      const end = next + inner.length
      // Quotes around a single variable have no effect.
      if (next === at + 1 && text[end] === quote) {
        return { token: { kind: 'variable', text: inner.slice(2, -1), at: next }, end: end + 1 }
      }
      value = undefined
      next = end
    } else if (text[next] === '\\' || /^(?:\$\d|%\{)/.test(text.slice(next, next + 2))) {
      const escaped = text[next + 1] ?? ''
      const isPlain = text[next] === '\\' && /[^A-Za-z0-9\n]/.test(escaped)
      value = isPlain && value !== undefined ? value + escaped : undefined
      next += 2
    } else {
      if (value !== undefined) value += text[next]
      next++
    }
  }
  if (next >= text.length) return undefined
  return { token: { kind: 'string', text: value, at: at + 1 }, end: next + 1 }
}

function take(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0]
}
