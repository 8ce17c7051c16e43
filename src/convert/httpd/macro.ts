// Macros of mod_macro: lines with parameters, which `Use` inserts as text. Does not parse the lines.
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

// Two macros that use each other twice would never end.
const maxMacroDepth = 16
const maxLines = 200_000
const maxLineLength = 1_000_000
const maxLength = 10_000_000

export class Macros {
  // 'unsure': defined in a section that Apache may not read.
  readonly #known = new Map<string, Macro | 'unsure'>()
  #depth = 0
  #lines = 0
  #length = 0

  define(words: readonly string[], lines: readonly SourceLine[], isSure: boolean): void {
    const [name = '', ...parameters] = words
    // Apache does not start when a parameter is empty or appears twice.
    const isGood = new Set(parameters).size === parameters.length && !parameters.includes('')
    this.#known.set(name.toLowerCase(), isSure && isGood ? { parameters, lines } : 'unsure')
  }

  undefine(name: string, isSure: boolean): void {
    if (isSure) this.#known.delete(name.toLowerCase())
    else this.#known.set(name.toLowerCase(), 'unsure')
  }

  /**
   * Calls `read` with the lines of the macro, its parameters replaced.
   * @returns undefined, or why the macro cannot be used, worded to follow `Use NAME`
   */
  use(
    [name = '', ...values]: readonly string[],
    read: (lines: readonly SourceLine[]) => void,
  ): string | undefined {
    const macro = this.#known.get(name.toLowerCase())
    if (macro === undefined) return 'names a macro that is not defined here'
    if (macro === 'unsure') return 'names a macro whose definition may not be in force'
    const { parameters, lines } = macro
    if (parameters.length !== values.length) {
      const given = values.length === 1 ? '1 argument' : `${values.length} arguments`
      return `has ${given}, but the macro takes ${parameters.length}`
    }
    this.#lines += lines.length
    if (this.#depth >= maxMacroDepth || this.#lines > maxLines) {
      return 'names a macro that uses macros in a circle, or too many'
    }
    const expanded = substitute(
      lines,
      new Map(parameters.map((each, at) => [each, values[at] ?? ''])),
    )
    if (expanded === undefined) return 'would make a line of more than 1,000,000 characters'
    this.#length += expanded.reduce((sum, { line }) => sum + line.text.length, 0)
    if (this.#length > maxLength) {
      return 'would make more than 10,000,000 characters together with the other macros'
    }
    this.#depth++
    read(expanded)
    this.#depth--
    return undefined
  }
}

/** Replaces the parameters as mod_macro does: from left to right, the longest name first. */
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
  const expanded = lines.map(({ line, file }) => {
    const text = line.text.replace(pattern, name => values.get(name) ?? name)
    return { file, line: { ...line, text } }
  })
  return expanded.some(({ line }) => line.text.length > maxLineLength) ? undefined : expanded
}
