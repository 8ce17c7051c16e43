// Macros of mod_macro: lines with parameters, put in as text wherever `Use` names them.
// https://httpd.apache.org/docs/2.4/mod/mod_macro.html
import type { HttpdLine } from './lines.ts'

/** A line and the file that it stands in. */
export interface SourceLine {
  readonly line: HttpdLine
  readonly file: string
}

interface Macro {
  readonly parameters: readonly string[]
  readonly lines: readonly SourceLine[]
}

// Two macros that use each other twice would go on without end.
const maxMacroDepth = 16
const maxLines = 200_000
const maxLineLength = 1_000_000
const maxLength = 10_000_000

export class Macros {
  // 'unsure': defined in a section of which it is not known whether it holds.
  readonly #known = new Map<string, Macro | 'unsure'>()
  #depth = 0
  #lines = 0
  #length = 0

  define(words: readonly string[], lines: readonly SourceLine[], isSure: boolean): void {
    const [name = '', ...parameters] = words
    // Apache does not start with a parameter twice or empty.
    const isGood = new Set(parameters).size === parameters.length && !parameters.includes('')
    this.#known.set(name.toLowerCase(), isSure && isGood ? { parameters, lines } : 'unsure')
  }

  undefine(name: string, isSure: boolean): void {
    if (isSure) this.#known.delete(name.toLowerCase())
    else this.#known.set(name.toLowerCase(), 'unsure')
  }

  /** Why there is nothing to put in, worded to follow `Use NAME`; else `read` was called with the lines. */
  use(
    [name = '', ...values]: readonly string[],
    read: (lines: readonly SourceLine[]) => void,
  ): string | undefined {
    const macro = this.#known.get(name.toLowerCase())
    if (macro === undefined) return 'stands for a macro that is not defined here'
    if (macro === 'unsure') return 'stands for a macro that is defined at times only'
    const { parameters, lines } = macro
    if (parameters.length !== values.length) {
      return `gives ${values.length} arguments, and the macro takes ${parameters.length}`
    }
    this.#lines += lines.length
    if (this.#depth >= maxMacroDepth || this.#lines > maxLines) {
      return 'stands for a macro that uses others without end'
    }
    const put = substitute(lines, new Map(parameters.map((each, at) => [each, values[at] ?? ''])))
    if (put === undefined) return 'comes to lines of more than 1,000,000 characters'
    this.#length += put.reduce((sum, { line }) => sum + line.text.length, 0)
    if (this.#length > maxLength) return 'comes to more than 10,000,000 characters with others'
    this.#depth++
    read(put)
    this.#depth--
    return undefined
  }
}

/** As mod_macro looks for them: the first in the line, and of several there the longest. */
function substitute(
  lines: readonly SourceLine[],
  values: ReadonlyMap<string, string>,
): SourceLine[] | undefined {
  if (values.size === 0) return [...lines]
  const names = [...values.keys()].sort((a, b) => b.length - a.length)
  const pattern = new RegExp(
    names.map(name => name.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')).join('|'),
    'g',
  )
  const put = lines.map(({ line, file }) => {
    const text = line.text.replace(pattern, name => values.get(name) ?? name)
    return { file, line: { ...line, text } }
  })
  return put.some(({ line }) => line.text.length > maxLineLength) ? undefined : put
}
