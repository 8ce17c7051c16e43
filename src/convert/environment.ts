// Variables of Apache's environment, as far as SetEnvIf and its kin set them by what a rule can ask for: the
// values that a variable may have, and when it has each.
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

/** One value and who has it. Undefined: not set; null: set to a text that depends on the request. */
interface Value {
  readonly text: string | undefined | null
  readonly access: Access
}

export class Environment implements Variables {
  readonly #reader: BlockReader
  readonly #setters: readonly Setter[]
  readonly #open = new Set<string>()
  #scope: ReadonlySet<Directive> = new Set()

  /** `host`: the section of the virtual host; undefined: the main server. */
  constructor(config: readonly Directive[], host: Directive | undefined, reader: BlockReader) {
    this.#reader = reader
    this.#setters = findSetters(config, host)
  }

  enter(directives: readonly Directive[]): void {
    this.#scope = new Set(directives)
  }

  /**
   * Whoever gets past lines that hand $1 on without a match: Apache then reads memory that nothing was written to,
   * and answers 500 or not (seen in 2.4.71).
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
          'hands $1 on from an expression that may not have matched, on which Apache may answer 500, so nobody is admitted',
        ),
      ),
    )
  }

  isSet(name: Argument): Access {
    return this.#whoHas(name, text => text !== undefined)
  }

  matches(
    name: Argument,
    { regex, ignoresCase }: { readonly regex: string; readonly ignoresCase: boolean },
  ): Access {
    return this.#whoHas(name, text => {
      if (text === null) return undefined
      try {
        return isFoundIn(buildAutomaton(parseRegex(regex, { ignoresCase })), text ?? '')
      } catch {
        return undefined
      }
    })
  }

  /** By the value; undefined: not to be told. */
  #whoHas(name: Argument, isWanted: (text: Value['text']) => boolean | undefined): Access {
    const values = this.#valuesOf(name.text.toLowerCase())
    const judged = values?.map(({ text, access }) => ({ isWanted: isWanted(text), access }))
    if (judged === undefined || judged.some(each => each.isWanted === undefined)) {
      return this.#reader.refuse(
        name,
        `asks for the variable ${name.text}, of which it is not certain here when it is set, and to what`,
      )
    }
    return or(...judged.filter(each => each.isWanted).map(({ access }) => access))
  }

  /** In Apache's order: those of the server, then those of the section. */
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

  /** Variables are set before Apache decodes the path. */
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
        `${directive.name} tests ${tested}, which no rule can ask for`,
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
