// The state that all readers of a block share: the address space, the names given so far, and the lists of what
// cannot be carried over. Reads the tests on addresses and cookies itself.
import { CookiePatternError } from '../policy/cookie-pattern.ts'
import { NetworkError } from '../policy/network-set.ts'
import { turnedAwayRule } from '../policy/policy.ts'
import type { Access } from './access-expression.ts'
import { never, or, unknown } from './access-expression.ts'
import { readApacheNetwork } from './apache-network.ts'
import type { Leftover } from './converted-rule.ts'
import { CookieRegexError } from './cookie-example.ts'
import { readCookieRegex } from './cookie-regex.ts'
import type { Argument, Directive, Place } from './httpd/directive.ts'
import type { AddressSets, AddressSource, NetworkCondition } from './network-regex.ts'
import { maxBlocks, readAddressRegex } from './network-regex.ts'
import type { AddressSpace } from './regex/address-diagram.ts'
import { TooComplexError } from './regex/automaton.ts'
import { RegexError } from './regex/regex.ts'

// Names that YAML reads as something other than a text.
const notText = /^(?:null|true|false)$/i

export interface PhotoPaths {
  /** The part of the URL path before the name of a photo, with a slash at both ends. */
  readonly base: string
  /** Whether the administrator named it with --path. */
  readonly isBaseGiven: boolean
  /** Whether tests see the path before Apache decodes it. */
  readonly isPathRaw: boolean
}

/** The variables of Apache's environment. */
export interface Variables {
  /** The next questions are asked in the context of these directives, so variables that they set count too. */
  enter(directives: readonly Directive[]): void
  isSet(name: Argument): Access
  /** Whether the expression is found in the value. A variable that is not set is an empty text. */
  matches(
    name: Argument,
    { regex, ignoresCase }: { readonly regex: string; readonly ignoresCase: boolean },
  ): Access
}

export class BlockReader {
  readonly space: AddressSpace
  readonly leftovers: Leftover[] = []
  /** Whether a line tests a header for the client's address. */
  testsHeader = false
  /** Where photos are in URLs. */
  paths: PhotoPaths = { base: '/', isBaseGiven: false, isPathRaw: false }
  /** Undefined: no variable is known. */
  environment: Variables | undefined
  /** Lines that certainly do not concern photos. */
  readonly passedOver: Leftover[] = []
  readonly #names = new Map<string, number>()

  constructor(space: AddressSpace) {
    this.space = space
  }

  addLeftover({ file, line, column }: Place, message: string): void {
    this.leftovers.push({ file, line, column, message })
  }

  addPassedOver({ file, line, column }: Place, message: string): void {
    this.passedOver.push({ file, line, column, message })
  }

  /** Lists a test that no rule can make. It then counts as not fulfilled. */
  refuse(place: Place, message: string): Access {
    this.addLeftover(place, message)
    return unknown
  }

  /** `^10\.1\.` as in a RewriteCond on an address. */
  addressRegex(
    pattern: Argument,
    {
      comments,
      source,
      ignoresCase,
    }: {
      readonly comments: readonly string[]
      readonly source: AddressSource
      readonly ignoresCase: boolean
    },
  ): Access {
    return this.#attempt(pattern, () => {
      const { accidents, ...sets } = readAddressRegex(pattern.text, this.space, { ignoresCase })
      return this.#from(sets, { pattern, comments, accidents, source })
    })
  }

  /** Networks as Apache writes them. The client must be in one of them. */
  networks(
    words: readonly Argument[],
    comments: readonly string[],
    source: AddressSource = 'peer',
  ): Access {
    const [first] = words
    if (first === undefined) return never
    const read = words.map(word =>
      this.#attempt(word, () => readApacheNetwork(word.text, this.space)),
    )
    const known = read.filter(each => 'set' in each)
    // Kept, because the test may be under a `not`: these networks are the ones to turn away.
    const refused = read.filter(each => 'kind' in each)
    if (known.length === 0) return or(...refused)
    const set = known.reduce((all, each) => this.space.union(all, each.set), this.space.none)
    const set6 = known.reduce((all, each) => this.space.union(all, each.set6), this.space.none)
    const pattern = { ...first, text: words.map(({ text }) => text).join(' ') }
    const about = { pattern, comments, accidents: [], source } as const
    return or(this.#from({ set, set6, matched6: set6 }, about), ...refused)
  }

  cookieRegex(pattern: Argument, comments: readonly string[], ignoresCase: boolean): Access {
    return this.#attempt(pattern, () => {
      const read = readCookieRegex(pattern.text, ignoresCase)
      const name = this.#nameFor(comments, (read.patterns[0] as string).replace(/=.*/, ''))
      return { kind: 'cookie', cookie: { ...read, name, text: pattern.text, place: pattern } }
    })
  }

  #from(
    sets: AddressSets,
    about: Pick<NetworkCondition, 'accidents' | 'source'> & {
      readonly pattern: Argument
      readonly comments: readonly string[]
    },
  ): Access {
    const { pattern, comments, accidents, source } = about
    const { set, set6, matched6 } = sets
    if (source === 'header') {
      this.testsHeader = true
      this.addLeftover(
        pattern,
        'tests what a header says, and any client can send that header; the rule tests the client that the fronts in proxies report, and also admits a client that connects from such an address itself',
      )
    }
    const blocks = this.space.countBlocks(set)
    if (blocks > maxBlocks) {
      const count = blocks.toLocaleString('en')
      return this.refuse(
        pattern,
        `${pattern.text} comes to ${count} separate blocks; write the networks that you mean into the configuration`,
      )
    }
    if (matched6 === undefined && pattern.text.includes(':')) {
      this.addLeftover(
        pattern,
        `${pattern.text} comes to more than ${maxBlocks.toLocaleString('en')} separate blocks of IPv6, because the place of :: differs from address to address; its rule admits no IPv6 client, so write the networks that you mean`,
      )
    } else if (blocks === 0 && set6 === this.space.none) {
      this.addLeftover(
        pattern,
        `${pattern.text} matches no IPv4 or IPv6 address, so it admitted nobody`,
      )
    }
    const name = this.#nameFor(comments, 'network')
    const network = { name, ...sets, text: pattern.text, place: pattern, accidents, source }
    return { kind: 'from', network }
  }

  #attempt<T>(pattern: Argument, read: () => T): T | Access {
    // Apache would replace it from its environment.
    const variable = /\$\{[^}\s\d][^}\s]*\}/.exec(pattern.text)?.[0]
    if (variable !== undefined) {
      return this.refuse(
        pattern,
        `${pattern.text} contains ${variable}, which nothing here defines`,
      )
    }
    try {
      return read()
    } catch (error) {
      if (error instanceof RegexError) {
        const place = { ...pattern, column: pattern.column + error.at }
        return this.refuse(place, `${pattern.text} ${error.message}`)
      }
      const isKnown =
        error instanceof TooComplexError ||
        error instanceof CookieRegexError ||
        error instanceof CookiePatternError ||
        error instanceof NetworkError
      if (!isKnown) throw error
      return this.refuse(pattern, `${pattern.text} ${error.message}`)
    }
  }

  /** A name from the last comment above the line that is not a directive. No name is given twice. */
  #nameFor(comments: readonly string[], otherwise: string): string {
    const comment =
      comments.findLast(text => !/^(?:<|(?:Rewrite\w*|Allow|Deny|Require|Order)\b)/i.test(text)) ??
      ''
    const plain = comment.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
    const words = plain
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 40)
    const base = words.replace(/-+$/, '') || otherwise.replace(/[^A-Za-z0-9_-]/g, '')
    const isGood = /^[A-Za-z]/.test(base) && base !== turnedAwayRule && !notText.test(base)
    const first = isGood ? base : `the-${base}`
    // Counts on from the last number, and skips names that a comment gave.
    let count = this.#names.get(first) ?? 0
    let name = first
    do {
      count++
      name = count === 1 ? first : `${first}-${count}`
    } while (name !== first && this.#names.has(name))
    this.#names.set(first, count)
    this.#names.set(name, this.#names.get(name) ?? 1)
    return name
  }
}
