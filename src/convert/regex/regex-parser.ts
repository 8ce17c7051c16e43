// Parses regular expressions as Apache's PCRE reads them. Anything that is not a regular language (assertions, back
// references, possessive quantifiers) is refused by name: a converter that guesses opens doors.
import type { CharSet } from './char-set.ts'
import { allChars, codeOfOne, escapes, oneChar, posix, rangeOf, withBothCases } from './char-set.ts'
import type { Quantifier } from './quantifier.ts'
import { readQuantifier } from './quantifier.ts'
import type { Regex } from './regex.ts'
import { RegexError } from './regex.ts'

/**
 * `ignoresCase`: the flag [NC].
 * @throws RegexError
 * @example parseRegex('^') // { kind: 'start' }
 * @example parseRegex('a(?=b)') // throws /begins an assertion/
 */
export function parseRegex(
  text: string,
  { ignoresCase = false }: { readonly ignoresCase?: boolean } = {},
): Regex {
  return new RegexParser(text, ignoresCase).parse()
}

// A dot matches everything but a line feed; addresses and headers have none.
const dot: Regex = { kind: 'chars', set: allChars & ~oneChar(10), isDot: true }
const maxDepth = 200

class RegexParser {
  readonly #text: string
  #ignoresCase: boolean
  #at = 0
  #depth = 0

  constructor(text: string, ignoresCase: boolean) {
    this.#text = text
    this.#ignoresCase = ignoresCase
  }

  parse(): Regex {
    const regex = this.#parseChoice()
    if (this.#at < this.#text.length) this.#fail('closes a group that nothing opens')
    return regex
  }

  #parseChoice(): Regex {
    if (++this.#depth > maxDepth) this.#fail('is nested too deeply')
    const ignoresCase = this.#ignoresCase
    const options = [this.#parseSequence()]
    while (this.#take('|')) options.push(this.#parseSequence())
    this.#ignoresCase = ignoresCase
    this.#depth--
    return options.length === 1 ? (options[0] as Regex) : { kind: 'choice', options }
  }

  #parseSequence(): Regex {
    const parts: Regex[] = []
    while (this.#at < this.#text.length && !'|)'.includes(this.#peek())) {
      const part = this.#parseAtom()
      if (part !== undefined) parts.push(this.#parseQuantifiers(part))
    }
    return parts.length === 1 ? (parts[0] as Regex) : { kind: 'sequence', parts }
  }

  /** Undefined: a group that only sets a flag. */
  #parseAtom(): Regex | undefined {
    const char = this.#peek()
    if ('*+?'.includes(char)) this.#fail('repeats nothing')
    this.#at++
    if (char === '(') return this.#parseGroup()
    if (char === '[') return this.#charsOf(this.#parseClass())
    if (char === '.') return dot
    if (char === '^') return { kind: 'start' }
    if (char === '$') return { kind: 'end' }
    if (char === '\\') return this.#parseEscape()
    return this.#charsOf(this.#codeOf(char))
  }

  #parseGroup(): Regex | undefined {
    if (this.#peek() === '*') this.#fail('has a verb of PCRE, which cannot be carried over')
    if (this.#take('?')) {
      const rest = this.#text.slice(this.#at)
      const plain = /^(?::|P?<[A-Za-z_]\w*>|'[A-Za-z_]\w*')/.exec(rest)
      const flags = /^(i|-i)([:)])/.exec(rest)
      if (plain !== null) this.#at += plain[0].length
      else if (flags !== null) {
        this.#at += flags[0].length
        const before = this.#ignoresCase
        this.#ignoresCase = flags[1] === 'i'
        // Without a colon the flag holds to the end of the enclosing group.
        if (flags[2] === ')') return undefined
        const part = this.#parseChoice()
        this.#ignoresCase = before
        this.#close()
        return part
      } else this.#fail('begins an assertion or an option that cannot be carried over')
    }
    const part = this.#parseChoice()
    this.#close()
    return part
  }

  #close(): void {
    if (!this.#take(')')) this.#fail('ends within a group; a ) is missing')
  }

  #parseEscape(): Regex {
    const char = this.#next('ends with a backslash')
    if (char === 'A') return { kind: 'start' }
    if (char === 'z' || char === 'Z') return { kind: 'end' }
    const set = escapes[char] ?? this.#literalEscape(char)
    return this.#charsOf(set)
  }

  #literalEscape(char: string): CharSet {
    if (char === 'x') {
      const hex = /^(?:[0-9A-Fa-f]{2})/.exec(this.#text.slice(this.#at))
      if (hex === null) this.#fail('has \\x without two hexadecimal digits')
      this.#at += 2
      return this.#codeOf(String.fromCharCode(Number.parseInt((hex as RegExpExecArray)[0], 16)))
    }
    if (/[0-9A-Za-z]/.test(char)) this.#fail(`has \\${char}, which cannot be carried over`, -2)
    return this.#codeOf(char)
  }

  #parseClass(): CharSet {
    const isNegated = this.#take('^')
    let set = 0n
    for (let isFirst = true; ; isFirst = false) {
      const char = this.#next('ends within a class; a ] is missing')
      if (char === ']' && !isFirst) break
      const named = char === '[' ? /^:(\^?)(\w+):\]/.exec(this.#text.slice(this.#at)) : null
      if (named !== null) {
        const members = posix[named[2] as string]
        if (members === undefined) this.#fail(`has the class ${named[2]}, which is not known`)
        this.#at += named[0].length
        set |= named[1] === '' ? (members as CharSet) : allChars & ~(members as CharSet)
        continue
      }
      set |= this.#parseMembers(char)
    }
    const cased = this.#ignoresCase ? withBothCases(set) : set
    return isNegated ? allChars & ~cased : cased
  }

  /** One character, a range that begins with it, or the members of an escape such as `\d`. */
  #parseMembers(char: string): CharSet {
    const first = this.#classChar(char)
    const after = this.#text[this.#at + 1]
    if (this.#peek() !== '-' || after === ']' || after === undefined) return first
    this.#at++
    const last = this.#classChar(this.#next('ends within a class'))
    const [from, to] = [codeOfOne(first), codeOfOne(last)]
    if (from === undefined || to === undefined || from > to)
      this.#fail('has a range that goes backwards')
    return rangeOf(String.fromCharCode(from as number), String.fromCharCode(to as number))
  }

  #classChar(char: string): CharSet {
    if (char !== '\\') return this.#codeOf(char)
    const escaped = this.#next('ends with a backslash')
    if (escaped === 'b') return oneChar(8)
    return escapes[escaped] ?? this.#literalEscape(escaped)
  }

  #parseQuantifiers(part: Regex): Regex {
    const quantifier = this.#parseQuantifier()
    if (quantifier === undefined) return part
    // A lazy quantifier matches the same texts.
    this.#take('?')
    if (this.#peek() === '+') this.#fail('is possessive, which cannot be carried over')
    if (this.#parseQuantifier() !== undefined) this.#fail('repeats a repetition')
    const { min, max } = quantifier
    return { kind: 'repeat', part, min, max }
  }

  #parseQuantifier(): Quantifier | undefined {
    const read = readQuantifier(this.#text.slice(this.#at, this.#at + 40))
    if (read === undefined) return undefined
    this.#at += read.length
    if ('problem' in read) this.#fail(read.problem)
    return read as Quantifier
  }

  #charsOf(set: CharSet): Regex {
    return { kind: 'chars', set: this.#ignoresCase ? withBothCases(set) : set, isDot: false }
  }

  #codeOf(char: string): CharSet {
    const code = char.charCodeAt(0)
    if (code > 127) this.#fail(`has “${char}”, which is not ASCII; type it again`)
    return oneChar(code)
  }

  #peek(): string {
    return this.#text[this.#at] ?? ''
  }

  #take(char: string): boolean {
    if (this.#peek() !== char) return false
    this.#at++
    return true
  }

  #next(message: string): string {
    const char = this.#text[this.#at]
    if (char === undefined) this.#fail(message)
    this.#at++
    return char as string
  }

  #fail(message: string, by = 0): never {
    throw new RegexError(message, Math.max(0, Math.min(this.#at + by, this.#text.length)))
  }
}
