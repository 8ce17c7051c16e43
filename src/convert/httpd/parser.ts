// Parses an httpd.conf line by line, in Apache's order: definitions, macros and includes depend on the lines before.
// Does not know what most directives mean.
import { Definitions } from './condition.ts'
import type { Argument, Directive, Place, Remark } from './directive.ts'
import { IncludedFiles } from './included-files.ts'
import { splitLines, straighten } from './lines.ts'
import type { SourceLine } from './macro.ts'
import { Macros } from './macro.ts'
import type { DirectiveHead } from './section-stack.ts'
import { SectionStack } from './section-stack.ts'
import { splitDirective } from './words.ts'

/** A macro whose end is not read yet. */
interface OpenMacro {
  readonly head: DirectiveHead
  readonly lines: SourceLine[]
  depth: number
}

export class HttpdParser {
  readonly remarks: Remark[] = []
  readonly #definitions = new Definitions()
  readonly #macros = new Macros()
  readonly #includedFiles: IncludedFiles
  #macro: OpenMacro | undefined

  constructor(serverRoot: string, ignoreMissing: readonly string[]) {
    this.#includedFiles = new IncludedFiles(serverRoot, ignoreMissing, this.remarks)
  }

  parse(text: string, file: string): Directive[] {
    return this.#parse(text, file, true)
  }

  #parse(text: string, file: string, holds: boolean | undefined): Directive[] {
    const open = new SectionStack(holds)
    this.#readLines(linesOf(text, file), open)
    if (this.#macro !== undefined) this.#remarkUnclosed(this.#macro.head)
    this.#macro = undefined
    for (const head of open.closeAll()) this.#remarkUnclosed(head)
    return open.directives
  }

  #readLines(lines: Iterable<SourceLine>, open: SectionStack): void {
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

  #readMacroLine(source: SourceLine, start: number, open: SectionStack): void {
    const macro = this.#macro as OpenMacro
    const tag = /^<(\/?)macro\b/i.exec(source.line.text.slice(Math.max(start, 0)))
    if (tag !== null) macro.depth += tag[1] === '/' ? -1 : 1
    if (macro.depth > 0) {
      macro.lines.push(source)
      return
    }
    this.#macro = undefined
    const words = macro.head.words.map(({ text }) => text)
    const { holds } = open
    if (holds !== false) this.#macros.define(words, macro.lines, holds === true)
  }

  #readLine(
    { line, file }: SourceLine,
    { start, comments }: { readonly start: number; readonly comments: readonly string[] },
    open: SectionStack,
  ): void {
    const place = (offset: number): Place => ({ file, ...line.placeOf(offset) })
    const { text: straight, found } = straighten(line.text)
    if (found !== undefined) {
      this.#remark(
        place(start),
        `has ${found} where Apache knows only plain quotes, blanks and hyphens; it is read as the plain ones`,
      )
    }
    const expanded = this.#definitions.expand(straight)
    const text = expanded ?? straight
    if (expanded === undefined) {
      this.#remark(
        place(start),
        'would expand to more than 1,000,000 characters; its variables are not replaced',
      )
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
        'has a comment at the end of the line, with which Apache 2.4 does not start; the comment is left out',
      )
    }
    const words = split.map(
      ({ text: word, offset }): Argument => ({ ...place(offset), text: word }),
    )
    const head = {
      ...{ ...place(start), name, key: name.toLowerCase(), words, comments },
      ...(found === undefined ? {} : { typographic: found }),
    }
    if (isSection) this.#openSection(head, open)
    else this.#readDirective(head, open)
  }

  #openSection(head: DirectiveHead, open: SectionStack): void {
    if (head.key === 'macro') {
      this.#macro = { head, lines: [], depth: 1 }
      return
    }
    const holds = this.#definitions.holds(head)
    // An <IfDefine> that is decided leaves its contents in its own place, or nothing: the definitions are not known
    // any more when the file is read.
    const isDecided = head.key === 'ifdefine' && holds !== undefined
    if (isDecided && holds === false) open.openDropped(head)
    else open.open(head, { holds, isTransparent: isDecided })
  }

  #readDirective(head: DirectiveHead, open: SectionStack): void {
    const { key } = head
    const texts = head.words.map(({ text }) => text)
    const [first = '', second] = texts
    const { holds } = open
    const isSure = holds === true
    const keep = () => open.add({ ...head, children: undefined })
    if (holds === false) {
      keep()
      return
    }
    if (key === 'include' || key === 'includeoptional') {
      const included = this.#includedFiles.read(head, (text, file) =>
        this.#parse(text, file, holds),
      )
      if (included === undefined) keep()
      else for (const each of included) open.add(each)
      return
    }
    if (key === 'use') {
      const reason = this.#macros.use(texts, lines => this.#readLines(lines, open))
      if (reason === undefined) return
      this.#remark(head, `Use ${first} ${reason}`)
    }
    if (key === 'undefmacro') this.#macros.undefine(first, isSure)
    if (key === 'define') this.#definitions.define(first, second, isSure)
    if (key === 'undefine') this.#definitions.undefine(first, isSure)
    if (key === 'serverroot' && texts.length > 0) this.#includedFiles.serverRoot = first
    keep()
  }

  #close(name: string, place: Place, open: SectionStack): void {
    const unclosed = open.close(name)
    if (unclosed === undefined) {
      this.#remark(place, `</${name}> closes a section that is not open; it is left out`)
      return
    }
    for (const head of unclosed) {
      this.#remark(head, `<${head.name}> is not closed before </${name}>`)
    }
  }

  #remarkUnclosed(head: DirectiveHead): void {
    this.#remark(head, `<${head.name}> is never closed; add </${head.name}> at its end`)
  }

  #remark({ file, line, column }: Place, message: string): void {
    this.remarks.push({ file, line, column, message })
  }
}

function* linesOf(text: string, file: string): Generator<SourceLine> {
  for (const line of splitLines(text)) yield { line, file }
}
