// Parses Apache 2.4's expressions, as far as they test the client's address, cookies, the method or the path. A test
// that cannot be carried over is listed and counts as not fulfilled. An expression that cannot be read closes.
// https://httpd.apache.org/docs/2.4/expr.html
import type { Access } from './access-expression.ts'
import { always, and, never, not, or } from './access-expression.ts'
import type { BlockReader } from './block-reader.ts'
import type { Token } from './expression-token.ts'
import { tokenize } from './expression-token.ts'
import type { ExpressionWord } from './expression-word.ts'
import { WordReader } from './expression-word.ts'
import type { Argument } from './httpd/directive.ts'
import { globToRegex } from './regex/regex-text.ts'
import { equalsSubject, matchSubject } from './subject.ts'

/** An expression that cannot be read is listed and counts as not fulfilled. */
export function readExpression(
  expression: Argument,
  comments: readonly string[],
  reader: BlockReader,
): Access {
  const access = new ExpressionParser(expression, comments, reader).parse()
  return (
    access ?? reader.refuse(expression, `the expression ${expression.text} cannot be carried over`)
  )
}

const maxDepth = 100
const comparisons = /^(?:[<>]=?|-?(?:eq|ne|lt|le|gt|ge))$/
const globs = /^-(?:strmatch|strcmatch|fnmatch)$/

class ExpressionParser {
  readonly #whole: Argument
  readonly #comments: readonly string[]
  readonly #reader: BlockReader
  readonly #words: WordReader
  #depth = 0

  constructor(whole: Argument, comments: readonly string[], reader: BlockReader) {
    this.#whole = whole
    this.#comments = comments
    this.#reader = reader
    this.#words = new WordReader(tokenize(whole.text) ?? [])
  }

  /** Undefined: it cannot be read. */
  parse(): Access | undefined {
    const access = this.#parseOr()
    return this.#words.isAtEnd() ? access : undefined
  }

  #parseOr(): Access | undefined {
    if (++this.#depth > maxDepth) return undefined
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
    const access = this.#parseTest()
    return access && isNegated ? not(access) : access
  }

  #parseTest(): Access | undefined {
    if (this.#take('(')) {
      const access = this.#parseOr()
      return this.#take(')') ? access : undefined
    }
    if (this.#take('true')) return always
    if (this.#take('false')) return never
    const from = this.#words.position()
    const unary = this.#words.takePlain(/^-[A-Za-z_]$/)
    if (unary !== undefined) {
      const word = this.#words.parse()
      if (word === undefined) return undefined
      return unary === '-R' ? this.#networks(word, from) : this.#variable(word, unary, from)
    }
    const word = this.#words.parse()
    return word && this.#parseComparison(word, from)
  }

  #parseComparison(word: ExpressionWord, from: number): Access | undefined {
    const operator = this.#words.takePlain(/^(?:[!=]~|[!=<>]=?|-?[A-Za-z_]\w+)$/)
    if (operator === undefined) return undefined
    if (operator.endsWith('~')) {
      const regex = this.#words.takeRegex()
      const access = regex && this.#match(word, regex, from)
      return access && operator === '!~' ? not(access) : access
    }
    if (operator === 'in' || operator === '-in') return this.#parseList(word, from)
    const other = this.#words.parse()
    if (other === undefined) return undefined
    if (operator === '-ipmatch' && word.subject?.kind === 'peer') return this.#networks(other, from)
    if (globs.test(operator)) return this.#glob(word, other, { operator, from })
    if (operator === '=' || operator === '==') return this.#equals(word, [other], from)
    if (operator === '!=') return not(this.#equals(word, [other], from))
    return comparisons.test(operator) || operator.startsWith('-') ? this.#refuse(from) : undefined
  }

  /** `in { 'a', 'b' }`. A list from a function is not known here. */
  #parseList(word: ExpressionWord, from: number): Access | undefined {
    if (!this.#take('{')) return undefined
    const list = this.#words.parseList()
    if (list === undefined || !this.#take('}')) return undefined
    return this.#equals(word, list, from)
  }

  #match(
    { subject, isLower }: ExpressionWord,
    regex: Token & { kind: 'regex' },
    from: number,
  ): Access {
    // After tolower() a search without capitals ignores the case.
    if (subject === undefined || (isLower && /[A-Z\\]/.test(regex.text))) return this.#refuse(from)
    const ignoresCase = isLower || regex.flags.includes('i')
    return matchSubject(subject, this.#argument(regex.at, regex.text), this.#options(ignoresCase))
  }

  #equals(word: ExpressionWord, others: readonly ExpressionWord[], from: number): Access {
    const [first] = others as [ExpressionWord]
    // The subject may be on either side, except with a list.
    const isTurned = word.subject === undefined && others.length === 1
    const { subject, isLower } = isTurned ? first : word
    const texts = isTurned ? [word] : others
    const wanted = texts.flatMap(({ text, at }) =>
      text === undefined ? [] : [this.#argument(at, text)],
    )
    if (subject === undefined || isLower || wanted.length < texts.length) return this.#refuse(from)
    return equalsSubject(subject, wanted, this.#options(false))
  }

  #glob(
    { subject, isLower }: ExpressionWord,
    { text, at }: ExpressionWord,
    { operator, from }: { readonly operator: string; readonly from: number },
  ): Access {
    const regex = text === undefined ? undefined : globToRegex(text)
    // -fnmatch treats slashes differently from other characters, and addresses have none.
    const isOdd = operator === '-fnmatch' && subject?.kind !== 'peer'
    if (subject === undefined || regex === undefined || isLower || isOdd) return this.#refuse(from)
    const options = this.#options(operator === '-strcmatch')
    return matchSubject(subject, this.#argument(at, regex), options)
  }

  #networks({ text, at }: ExpressionWord, from: number): Access {
    return text === undefined
      ? this.#refuse(from)
      : this.#reader.networks([this.#argument(at, text)], this.#comments)
  }

  /** `-n`: the variable has a value, `-z`: it has none, `-T`: its value means yes. */
  #variable({ subject, isLower, at }: ExpressionWord, operator: string, from: number): Access {
    const regex = { '-n': '.', '-z': '^$', '-T': '^(?:|0|off|false|no)$' }[operator]
    if (regex === undefined || subject?.kind !== 'env' || isLower) return this.#refuse(from)
    const access = matchSubject(subject, this.#argument(at, regex), this.#options(true))
    return operator === '-T' ? not(access) : access
  }

  /** Refuses the test that began at `from`, and not the expression around it. */
  #refuse(from: number): Access {
    const { text } = this.#whole
    const test = text.slice(from, this.#words.position()).trim()
    return this.#reader.refuse(
      this.#argument(from, test),
      `the expression ${test} cannot be carried over`,
    )
  }

  #options(ignoresCase: boolean) {
    return { reader: this.#reader, comments: this.#comments, ignoresCase }
  }

  #argument(at: number, text: string): Argument {
    return { ...this.#whole, column: this.#whole.column + at, text }
  }

  #take(text: string): boolean {
    return this.#words.takePlain(text) !== undefined
  }
}
