// Parses the words of an expression: texts, variables and functions, and which part of the request each stands for.
import type { Token } from './expression-token.ts'
import type { Subject } from './subject.ts'
import { findHeader, findVariable } from './subject.ts'

export interface ExpressionWord {
  readonly at: number
  /** Undefined: it depends on the request, or is not known. */
  readonly text?: string | undefined
  /** Undefined: a fixed text, or something that no rule can test. */
  readonly subject?: Subject | undefined
  /** Whether tolower() was applied. */
  readonly isLower: boolean
}

const maxDepth = 20

/** Reads the tokens from left to right. */
export class WordReader {
  readonly #tokens: readonly Token[]
  #next = 0
  #depth = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  /** Offset of the next token. Infinity at the end. */
  position(): number {
    const token = this.#tokens[this.#next]
    if (token === undefined) return Infinity
    // `at` of a text in quotes or of an expression is after the opening delimiter.
    return token.kind === 'plain' || token.kind === 'variable' ? token.at : token.at - 1
  }

  isAtEnd(): boolean {
    return this.#next === this.#tokens.length && this.#next > 0
  }

  takePlain(wanted: string | RegExp): string | undefined {
    const token = this.#tokens[this.#next]
    if (token?.kind !== 'plain') return undefined
    const isWanted = typeof wanted === 'string' ? token.text === wanted : wanted.test(token.text)
    if (!isWanted) return undefined
    this.#next++
    return token.text
  }

  takeRegex(): (Token & { kind: 'regex' }) | undefined {
    const token = this.#tokens[this.#next]
    if (token?.kind !== 'regex') return undefined
    this.#next++
    return token
  }

  /** Undefined: the next token is not a word. */
  parse(): ExpressionWord | undefined {
    let word = this.#parseOne()
    while (word !== undefined && this.takePlain('.') !== undefined) {
      // No rule can test a concatenation.
      const { at } = word
      word = this.#parseOne() && { at, isLower: false }
    }
    return word
  }

  /** Words separated by commas. */
  parseList(): ExpressionWord[] | undefined {
    const words: ExpressionWord[] = []
    do {
      const word = this.parse()
      if (word === undefined) return undefined
      words.push(word)
    } while (this.takePlain(',') !== undefined)
    return words
  }

  #parseOne(): ExpressionWord | undefined {
    const token = this.#tokens[this.#next]
    if (token === undefined || token.kind === 'regex') return undefined
    if (token.kind === 'plain' && !/^(?:-?\d+|[A-Za-z]\w*)$/.test(token.text)) return undefined
    this.#next++
    const { at, text } = token
    if (token.kind === 'string') return { at, text, isLower: false }
    if (token.kind === 'variable') return { at, subject: findWord(token.text), isLower: false }
    return /\d$/.test(token.text) && /^-?\d/.test(token.text)
      ? { at, text, isLower: false }
      : this.#parseFunction(token.text, at)
  }

  #parseFunction(name: string, at: number): ExpressionWord | undefined {
    if (this.takePlain('(') === undefined || ++this.#depth > maxDepth) return undefined
    const words = this.parseList()
    this.#depth--
    if (words === undefined || this.takePlain(')') === undefined) return undefined
    const [only, ...others] = words
    if (only === undefined || others.length > 0) return { at, isLower: false }
    if (/^tolower$/i.test(name)) return { at, subject: only.subject, isLower: true }
    const subject = only.text === undefined ? undefined : findCall(name, only.text)
    return { at, subject, isLower: false }
  }
}

/** `%{REMOTE_ADDR}`, `%{req:Cookie}`. */
function findWord(name: string): Subject | undefined {
  const call = /^([A-Za-z]\w*):(.*)$/s.exec(name)
  return call === null ? findVariable(name) : findCall(call[1] as string, call[2] as string)
}

/** `req('Cookie')`. */
function findCall(name: string, argument: string): Subject | undefined {
  if (/^(?:env|reqenv)$/i.test(name)) return { kind: 'env', name: argument }
  return /^(?:req|http|req_novary)$/i.test(name) ? findHeader(argument) : undefined
}
