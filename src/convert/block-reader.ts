// What reading a block shares: the addresses, names for what is found, and the list of what cannot be carried
// over.
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

// What YAML takes for something else than a text.
const noText = /^(?:null|true|false)$/i

export interface PhotoPaths {
  readonly base: string
  /** Whether somebody said so. */
  readonly isBaseGiven: boolean
  readonly isPathRaw: boolean
}

/** Variables of Apache's environment. */
export interface Variables {
  /** What is asked from here on stands among these directives: what they set counts, too. */
  enter(directives: readonly Directive[]): void
  isSet(name: Argument): Access
  /** Whether the expression is found in its value; a variable that is not set is an empty text. */
  matches(
    name: Argument,
    { regex, ignoresCase }: { readonly regex: string; readonly ignoresCase: boolean },
  ): Access
}

export class BlockReader {
  readonly space: AddressSpace
  readonly leftovers: Leftover[] = []
  /** Some line tests what a header says of the client. */
  testsHeader = false
  /** Where photos lie in the URL, and whether what is asked of it is asked before it is decoded. */
  paths: PhotoPaths = { base: '/', isBaseGiven: false, isPathRaw: false }
  /** Undefined: no variable is known. */
  environment: Variables | undefined
  /** What is about something else than photos, for certain: nothing to see to. */
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

  /** Lists it; it then counts as not so. */
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

  /** Networks as Apache writes them, any of which will do. */
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
    // Kept, for the networks may be asked for in order to turn them away.
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
        'asks what a header says, which any client can write; the rule asks for the client that the fronts in proxies report, and admits one that comes from there itself',
      )
    }
    const blocks = this.space.countBlocks(set)
    if (blocks > maxBlocks) {
      const count = blocks.toLocaleString('en')
      return this.refuse(
        pattern,
        `${pattern.text} comes to ${count} separate blocks; write the networks that are meant into the configuration`,
      )
    }
    if (matched6 === undefined && pattern.text.includes(':')) {
      this.addLeftover(
        pattern,
        `${pattern.text} comes to more than ${maxBlocks.toLocaleString('en')} separate blocks of IPv6, for :: stands where most zeros are; no IPv6 client is admitted by it, write the networks that are meant`,
      )
    } else if (blocks === 0 && set6 === this.space.none) {
      this.addLeftover(
        pattern,
        `${pattern.text} matches no address, of IPv4 or IPv6, so nobody was admitted by it`,
      )
    }
    const name = this.#nameFor(comments, 'network')
    const network = { name, ...sets, text: pattern.text, place: pattern, accidents, source }
    return { kind: 'from', network }
  }

  #attempt<T>(pattern: Argument, read: () => T): T | Access {
    // Apache would put in what its environment says.
    const variable = /\$\{[^}\s\d][^}\s]*\}/.exec(pattern.text)?.[0]
    if (variable !== undefined) {
      return this.refuse(pattern, `${pattern.text} has ${variable}, which nothing defines here`)
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

  /** From the last comment above, if it reads like a name; each but once. */
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
    const isGood = /^[A-Za-z]/.test(base) && base !== turnedAwayRule && !noText.test(base)
    const first = isGood ? base : `the-${base}`
    // Numbered on from the last, past names that a comment gave.
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
