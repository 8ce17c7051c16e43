// Variables of Apache's environment, as far as SetEnvIf and its relatives set them by tests that a rule can make: the
// possible values of a variable, and for which requests it has each.
// https://httpd.apache.org/docs/2.4/mod/mod_setenvif.html
import type { Access } from './access-expression.ts'
import { always, and, not, or } from './access-expression.ts'
import type { BlockReader, Variables } from './block-reader.ts'
import type { Setter } from './environment-setter.ts'
import { findSetters, readAssignments } from './environment-setter.ts'
import type { Argument, Directive } from './httpd/directive.ts'
import { buildAutomaton } from './regex/automaton.ts'
import { isFoundIn } from './regex/automaton-search.ts'
import { parseRegex } from './regex/regex-parser.ts'
import { readExpression } from './require-expression.ts'
import { findHeader, matchSubject } from './subject.ts'

/** A value and the requests that have it. `text` undefined: not set; null: a text that depends on the request. */
interface Value {
  readonly text: string | undefined | null
  readonly access: Access
}

export class Environment implements Variables {
  readonly #reader: BlockReader
  readonly #setters: readonly Setter[]
  readonly #open = new Set<string>()
  #scope: ReadonlySet<Directive> = new Set()

  /** `host`: the section of the virtual host. Undefined: the main server. */
  constructor(config: readonly Directive[], host: Directive | undefined, reader: BlockReader) {
    this.#reader = reader
    this.#setters = findSetters(config, host)
  }

  enter(directives: readonly Directive[]): void {
    this.#scope = new Set(directives)
  }

  /**
   * The requests on which no SetEnvIfExpr uses $1 without a match: Apache then reads uninitialised memory, and may
   * answer 500 (seen in 2.4.71).
   */
  withoutBrokenReferences(): Access {
    const broken = this.#setters.filter(
      ({ directive: { key, words } }) =>
        key === 'setenvifexpr' &&
        !/^[^!|&]*=~[^|&]*$/.test(words[0]?.text ?? '') &&
        words.slice(1).some(({ text }) => /\$\d/.test(text)),
    )
    return and(
      ...broken.map(({ directive }) =>
        this.#reader.refuse(
          directive,
          'uses $1 of an expression that may not have matched, and Apache may answer 500 to that; so nobody is admitted',
        ),
      ),
    )
  }

  isSet(name: Argument): Access {
    return this.#accessWhere(name, text => text !== undefined)
  }

  matches(
    name: Argument,
    { regex, ignoresCase }: { readonly regex: string; readonly ignoresCase: boolean },
  ): Access {
    return this.#accessWhere(name, text => {
      if (text === null) return undefined
      try {
        return isFoundIn(buildAutomaton(parseRegex(regex, { ignoresCase })), text ?? '')
      } catch {
        return undefined
      }
    })
  }

  /** The requests whose value is wanted. `isWanted` returns undefined where that is not known. */
  #accessWhere(name: Argument, isWanted: (text: Value['text']) => boolean | undefined): Access {
    const values = this.#valuesOf(name.text.toLowerCase())
    const judged = values?.map(({ text, access }) => ({ isWanted: isWanted(text), access }))
    if (judged === undefined || judged.some(each => each.isWanted === undefined)) {
      return this.#reader.refuse(
        name,
        `tests the variable ${name.text}, but it is not certain when Apache sets it, or to which value`,
      )
    }
    return or(...judged.filter(each => each.isWanted).map(({ access }) => access))
  }

  /** Follows the setters in Apache's order: those of the server, then those of the section. */
  #valuesOf(name: string): readonly Value[] | undefined {
    const setters = this.#setters.filter(({ names }) => names === 'any' || names.includes(name))
    const isCertain = setters.every(
      ({ kind, names, directive }) =>
        names !== 'any' &&
        (kind === 'server' || (kind === 'section' && this.#scope.has(directive))),
    )
    if (setters.length === 0 || !isCertain || this.#open.has(name)) return undefined
    this.#open.add(name)
    const ofServer = setters.filter(({ kind }) => kind === 'server')
    const ofSection = setters.filter(({ kind }) => kind === 'section')
    let values: Value[] = [{ text: undefined, access: always }]
    for (const { directive } of [...ofServer, ...ofSection]) {
      for (const { text } of readAssignments(directive).filter(each => each.name === name)) {
        const holds = this.#conditionOf(directive)
        const others = values.map(each => ({ ...each, access: and(each.access, not(holds)) }))
        values = [...others, { text, access: holds }]
      }
    }
    this.#open.delete(name)
    return values
  }

  /** Apache sets variables before it decodes the path. */
  #readEarly(expression: Argument, comments: readonly string[]): Access {
    const reader = this.#reader
    const { paths } = reader
    reader.paths = { ...paths, isPathRaw: true }
    const access = readExpression(expression, comments, reader)
    reader.paths = paths
    return access
  }

  #conditionOf(directive: Directive): Access {
    const { key, words, comments } = directive
    const [first, second] = words as [Argument, Argument | undefined]
    if (key === 'setenvifexpr') return this.#readEarly(first, comments)
    const subject = key.startsWith('setenvif') ? findAttribute(first.text) : undefined
    if (subject === undefined || second === undefined) {
      const tested = key.startsWith('setenvif') ? first.text : 'User-Agent'
      return this.#reader.refuse(
        directive,
        `${directive.name} tests ${tested}, which no rule can test`,
      )
    }
    const ignoresCase = key.endsWith('nocase')
    return matchSubject(subject, second, { reader: this.#reader, comments, ignoresCase })
  }
}

function findAttribute(name: string) {
  if (/^remote_addr$/i.test(name)) return { kind: 'peer' } as const
  if (/^request_method$/i.test(name)) return { kind: 'method' } as const
  return findHeader(name)
}
