// Reads the lines of an httpd.conf in the order in which Apache does: what is defined, what is included and which
// macros there are depends on the lines before.
import { readFileSync } from 'node:fs'
import { describeFileTrouble } from '../../disk/file-trouble.ts'
import { Definitions } from './condition.ts'
import type { Argument, Directive, Place, Remark } from './directive.ts'
import { resolveInclude } from './include.ts'
import { splitLines, straighten } from './lines.ts'
import type { SourceLine } from './macro.ts'
import { Macros } from './macro.ts'
import { decodeHttpdText } from './text.ts'
import { splitDirective } from './words.ts'

const maxIncludeDepth = 16
const maxFiles = 1_000

type Plain = Omit<Directive, 'children'>

interface Open {
  readonly directive: Plain | undefined
  readonly children: Directive[]
  /** Whether Apache reads on inside; undefined: not known. */
  readonly holds: boolean | undefined
}

/** A macro whose end was not seen yet. */
interface OpenMacro {
  readonly directive: Plain
  readonly lines: SourceLine[]
  depth: number
}

export class HttpdParser {
  readonly remarks: Remark[] = []
  readonly #definitions = new Definitions()
  readonly #macros = new Macros()
  readonly #ignoreMissing: readonly string[]
  #serverRoot: string
  #macro: OpenMacro | undefined
  #files = 0
  #depth = 0

  constructor(serverRoot: string, ignoreMissing: readonly string[]) {
    this.#serverRoot = serverRoot
    this.#ignoreMissing = ignoreMissing
  }

  parse(text: string, file: string): Directive[] {
    return this.#parse(text, file, true)
  }

  #parse(text: string, file: string, holds: boolean | undefined): Directive[] {
    const top: Open = { directive: undefined, children: [], holds }
    const open = [top]
    this.#readLines(linesOf(text, file), open)
    if (this.#macro !== undefined) this.#unclosed(this.#macro.directive)
    this.#macro = undefined
    for (const { directive } of open.splice(1).reverse()) {
      if (directive !== undefined) this.#unclosed(directive)
    }
    return top.children
  }

  #readLines(lines: Iterable<SourceLine>, open: Open[]): void {
    let comments: string[] = []
    for (const source of lines) {
      const { text } = source.line
      const start = text.search(/[^\s\ufeff]/)
      if (this.#macro !== undefined) this.#readMacroLine(source, start, open)
      else if (start < 0) comments = []
      else if (text[start] === '#')
        comments.push(
          text
            .slice(start)
            .replace(/^#+\s*/, '')
            .trim(),
        )
      else {
        this.#readLine(source, { start, comments }, open)
        comments = []
      }
    }
  }

  #readMacroLine(source: SourceLine, start: number, open: Open[]): void {
    const macro = this.#macro as OpenMacro
    const tag = /^<(\/?)macro\b/i.exec(source.line.text.slice(Math.max(start, 0)))
    if (tag !== null) macro.depth += tag[1] === '/' ? -1 : 1
    if (macro.depth > 0) {
      macro.lines.push(source)
      return
    }
    this.#macro = undefined
    const words = macro.directive.words.map(({ text }) => text)
    const holds = holdsIn(open)
    if (holds !== false) this.#macros.define(words, macro.lines, holds === true)
  }

  #readLine(
    { line, file }: SourceLine,
    { start, comments }: { readonly start: number; readonly comments: readonly string[] },
    open: Open[],
  ): void {
    const place = (offset: number): Place => ({ file, ...line.placeOf(offset) })
    const { text: straight, found } = straighten(line.text)
    if (found !== undefined) {
      this.#remark(
        place(start),
        `has ${found} where Apache knows only plain quotes, blanks and hyphens; read as those`,
      )
    }
    const expanded = this.#definitions.expand(straight)
    const text = expanded ?? straight
    if (expanded === undefined) {
      this.#remark(place(start), 'comes to more than 1,000,000 characters; nothing is put in')
    }
    const close = /^<\/\s*([^\s>]*)/.exec(text.slice(start))
    if (close !== null) {
      this.#close(close[1] as string, place(start), open)
      return
    }
    const { name, isSection, words: split, comment } = splitDirective(text, start)
    if (comment !== undefined) {
      this.#remark(
        place(comment),
        'has a comment at the end of the line, with which Apache 2.4 does not start; it is left out',
      )
    }
    const words = split.map(
      ({ text: word, offset }): Argument => ({ ...place(offset), text: word }),
    )
    const directive = {
      ...{ ...place(start), name, key: name.toLowerCase(), words, comments },
      ...(found === undefined ? {} : { typographic: found }),
    }
    if (isSection) this.#openSection(directive, open)
    else this.#readDirective(directive, open)
  }

  #openSection(directive: Plain, open: Open[]): void {
    const { key } = directive
    const current = open.at(-1) as Open
    if (key === 'macro') {
      this.#macro = { directive, lines: [], depth: 1 }
      return
    }
    const isDefine = key === 'ifdefine'
    const own = this.#definitions.holds(directive)
    const around = holdsIn(open)
    const holds = around === false || own === false ? false : own === undefined ? own : around
    // A definition is gone when the file is read: what it guards stands where it stands, or nowhere.
    const children: Directive[] = isDefine && own === true ? current.children : []
    if (!isDefine || own === undefined) current.children.push({ ...directive, children })
    open.push({ directive, children, holds })
  }

  #readDirective(directive: Plain, open: Open[]): void {
    const { key } = directive
    const texts = directive.words.map(({ text }) => text)
    const [first = '', second] = texts
    const { children } = open.at(-1) as Open
    const holds = holdsIn(open)
    const isSure = holds === true
    const stay = () => {
      children.push({ ...directive, children: undefined })
    }
    if (holds === false) {
      stay()
      return
    }
    if (key === 'include' || key === 'includeoptional') {
      const included = this.#include(directive, holds)
      if (included === undefined) stay()
      else for (const each of included) children.push(each)
      return
    }
    if (key === 'use') {
      const reason = this.#macros.use(texts, lines => this.#readLines(lines, open))
      if (reason === undefined) return
      this.#remark(directive, `Use ${first} ${reason}`)
    }
    if (key === 'undefmacro') this.#macros.undefine(first, isSure)
    if (key === 'define') this.#definitions.define(first, second, isSure)
    if (key === 'undefine') this.#definitions.undefine(first, isSure)
    if (key === 'serverroot' && texts.length > 0) this.#serverRoot = first
    stay()
  }

  #close(name: string, place: Place, open: Open[]): void {
    const at = open.findLastIndex(({ directive }) => directive?.key === name.toLowerCase())
    if (at < 1) {
      this.#remark(place, `</${name}> closes a section that is not open; it is left out`)
      return
    }
    for (const { directive } of open.splice(at).slice(1)) {
      this.#remark(directive as Place, `<${directive?.name}> is not closed before </${name}>`)
    }
  }

  /** Undefined: not all of it could be read. */
  #include(directive: Plain, holds: boolean | undefined): Directive[] | undefined {
    const named = directive.words[0]?.text ?? ''
    const { files, complaint } = resolveInclude(named, {
      serverRoot: this.#serverRoot,
      isOptional: directive.key !== 'include',
      ignoreMissing: this.#ignoreMissing,
    })
    if (complaint !== undefined) this.#remark(directive, complaint)
    const read = files?.map(file => this.#includeFile(file, { place: directive, holds }))
    return read?.every(each => each !== undefined) ? read.flat() : undefined
  }

  #includeFile(
    file: string,
    { place, holds }: { readonly place: Place; readonly holds: boolean | undefined },
  ): Directive[] | undefined {
    if (this.#depth >= maxIncludeDepth || this.#files >= maxFiles) {
      this.#remark(place, `${file} is not read: files include each other without end`)
      return undefined
    }
    this.#files++
    this.#depth++
    try {
      const { text, remark } = decodeHttpdText(readFileSync(file), file)
      if (remark !== undefined) this.remarks.push(remark)
      return this.#parse(text, file, holds)
    } catch (error) {
      this.#remark(place, describeFileTrouble(error, file))
      return undefined
    } finally {
      this.#depth--
    }
  }

  #unclosed(directive: Plain): void {
    this.#remark(
      directive,
      `<${directive.name}> is never closed; add </${directive.name}> at its end`,
    )
  }

  #remark({ file, line, column }: Place, message: string): void {
    this.remarks.push({ file, line, column, message })
  }
}

function* linesOf(text: string, file: string): Generator<SourceLine> {
  for (const line of splitLines(text)) yield { line, file }
}

function holdsIn(open: readonly Open[]): boolean | undefined {
  return open.at(-1)?.holds
}
