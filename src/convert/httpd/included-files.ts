// Reads the files that Include names, bounded in depth and number, so that a circle ends. Does not parse them.
import { readFileSync } from 'node:fs'
import { describeFileTrouble } from '../../disk/file-trouble.ts'
import type { Directive, Place, Remark } from './directive.ts'
import { resolveInclude } from './include.ts'
import type { DirectiveHead } from './section-stack.ts'
import { decodeHttpdText } from './text.ts'

const maxIncludeDepth = 16
const maxFiles = 1_000

type ParseFile = (text: string, file: string) => Directive[]

export class IncludedFiles {
  /** Relative names are below it. A ServerRoot directive changes it. */
  serverRoot: string
  readonly #ignoreMissing: readonly string[]
  readonly #remarks: Remark[]
  #files = 0
  #depth = 0

  /** `remarks` gets what is wrong. */
  constructor(serverRoot: string, ignoreMissing: readonly string[], remarks: Remark[]) {
    this.serverRoot = serverRoot
    this.#ignoreMissing = ignoreMissing
    this.#remarks = remarks
  }

  /** The directives of all files that the Include names. Undefined: at least one of them could not be read. */
  read(include: DirectiveHead, parse: ParseFile): Directive[] | undefined {
    const { files, problem } = resolveInclude(include.words[0]?.text ?? '', {
      serverRoot: this.serverRoot,
      isOptional: include.key !== 'include',
      ignoreMissing: this.#ignoreMissing,
    })
    if (problem !== undefined) this.#remark(include, problem)
    const read = files?.map(file => this.#readFile(file, include, parse))
    return read?.every(each => each !== undefined) ? read.flat() : undefined
  }

  #readFile(file: string, include: DirectiveHead, parse: ParseFile): Directive[] | undefined {
    if (this.#depth >= maxIncludeDepth || this.#files >= maxFiles) {
      const message = `${file} is not read: files include each other in a circle, or there are too many`
      this.#remark(include, message)
      return undefined
    }
    this.#files++
    this.#depth++
    try {
      const { text, remark } = decodeHttpdText(readFileSync(file), file)
      if (remark !== undefined) this.#remarks.push(remark)
      return parse(text, file)
    } catch (error) {
      this.#remark(include, describeFileTrouble(error, file))
      return undefined
    } finally {
      this.#depth--
    }
  }

  #remark({ file, line, column }: Place, message: string): void {
    this.#remarks.push({ file, line, column, message })
  }
}
