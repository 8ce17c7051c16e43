// Apache 2.4's expressions, as far as they speak of the client's address and the cookies.
// https://httpd.apache.org/docs/2.4/expr.html
import type { Access } from './access.ts'
import { always, and, never, not, or } from './access.ts'
import type { BlockReader } from './block-reader.ts'
import type { Argument } from './httpd-config.ts'
import { exactly } from './regex.ts'

/** What cannot be read is listed and counts as not so. */
export function readExpression(
  expression: Argument,
  comments: readonly string[],
  reader: BlockReader,
): Access {
  const parser = new ExpressionParser(expression, comments, reader)
  return parser.parse()
}

interface Token {
  readonly text: string
  readonly at: number
}

const tokenPattern =
  /\s+|&&|\|\||[!=]~|[!=]=|[()!]|m#[^#]*#[a-z]*|-?[A-Za-z]\w*|%\{[^}]*\}|"[^"]*"|'[^']*'|\/(?:\\.|[^/\\])*\/[a-z]*|[^\s()!'"]+/y

const deepest = 100

class ExpressionParser {
  readonly #whole: Argument
  readonly #comments: readonly string[]
  readonly #reader: BlockReader
  readonly #tokens: readonly Token[]
  #next = 0
  #depth = 0

  constructor(whole: Argument, comments: readonly string[], reader: BlockReader) {
    this.#whole = whole
    this.#comments = comments
    this.#reader = reader
    this.#tokens = tokenize(whole.text)
  }

  parse(): Access {
    const access = this.#parseOr()
    const rest = this.#tokens[this.#next]
    return rest === undefined || access === undefined ? (access ?? this.#fail()) : this.#fail()
  }

  #fail(): Access {
    return this.#reader.refuse(
      this.#whole,
      `the expression ${this.#whole.text} cannot be carried over`,
    )
  }

  /** Undefined: not understood. */
  #parseOr(): Access | undefined {
    if (++this.#depth > deepest) return undefined
    let access = this.#parseAnd()
    while (access !== undefined && (this.#take('||') || this.#take('or'))) {
      const other = this.#parseAnd()
      access = other && or(access, other)
    }
    this.#depth--
    return access
  }

  #parseAnd(): Access | undefined {
    let access = this.#parseNot()
    while (access !== undefined && (this.#take('&&') || this.#take('and'))) {
      const other = this.#parseNot()
      access = other && and(access, other)
    }
    return access
  }

  #parseNot(): Access | undefined {
    let isNegated = false
    while (this.#take('!') || this.#take('not')) isNegated = !isNegated
    const access = this.#parseTerm()
    return access && isNegated ? not(access) : access
  }

  #parseTerm(): Access | undefined {
    if (this.#take('(')) {
      const access = this.#parseOr()
      return this.#take(')') ? access : undefined
    }
    if (this.#take('true')) return always
    if (this.#take('false')) return never
    if (this.#take('-R')) return this.#network()
    const subject = this.#tokens[this.#next++]?.text.toLowerCase() ?? ''
    const isAddress = subject === '%{remote_addr}'
    const isCookie = subject === '%{http_cookie}' || subject === '%{http:cookie}'
    if (isAddress && this.#take('-ipmatch')) return this.#network()
    if (!isAddress && !isCookie) return undefined
    const isNegated = this.#take('!~') || this.#take('!=')
    if (!isNegated && !this.#take('=~') && !this.#take('==')) return undefined
    const access = this.#match(isCookie)
    return access && isNegated ? not(access) : access
  }

  #match(isCookie: boolean): Access | undefined {
    const operator = this.#tokens[this.#next - 1]?.text ?? ''
    const token = this.#tokens[this.#next++]
    if (token === undefined) return undefined
    const regex = /^(?:\/(.*)\/|m#(.*)#)([a-z]*)$/s.exec(token.text)
    if (!operator.endsWith('~')) {
      const text = exactly(unquote(token.text))
      return isCookie
        ? undefined
        : this.#reader.addressRegex(this.#argument(token, text), this.#comments, 'peer')
    }
    if (regex === null) return undefined
    const text = regex[1] ?? regex[2] ?? ''
    const pattern = this.#argument({ ...token, at: token.at + token.text.indexOf(text) }, text)
    return isCookie
      ? this.#reader.cookieRegex(pattern, this.#comments, regex[3]?.includes('i') ?? false)
      : this.#reader.addressRegex(pattern, this.#comments, 'peer')
  }

  #network(): Access | undefined {
    const token = this.#tokens[this.#next++]
    if (token === undefined) return undefined
    return this.#reader.networks([this.#argument(token, unquote(token.text))], this.#comments)
  }

  #argument({ at }: Token, text: string): Argument {
    return { ...this.#whole, column: this.#whole.column + at, text }
  }

  #take(text: string): boolean {
    const token = this.#tokens[this.#next]
    if (token?.text.toLowerCase() !== text.toLowerCase()) return false
    this.#next++
    return true
  }
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  tokenPattern.lastIndex = 0
  for (let at = 0; at < text.length; at = tokenPattern.lastIndex) {
    tokenPattern.lastIndex = at
    const match = tokenPattern.exec(text)
    // A quote that is never closed: the parser finds no use for it.
    if (match === null) return [...tokens, { text: text.slice(at), at }]
    if (match[0].trim() !== '') tokens.push({ text: match[0], at })
  }
  return tokens
}

function unquote(text: string): string {
  return /^(['"])(.*)\1$/s.exec(text)?.[2] ?? text
}
