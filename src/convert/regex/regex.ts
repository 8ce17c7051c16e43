// Regular expressions as values: the part of PCRE that describes a regular language over ASCII. Does not know their
// syntax: regex-parser.ts does.
import type { CharSet } from './char-set.ts'

export type Regex =
  | { readonly kind: 'chars'; readonly set: CharSet; readonly isDot: boolean }
  | { readonly kind: 'start' | 'end' }
  | { readonly kind: 'sequence'; readonly parts: readonly Regex[] }
  | { readonly kind: 'choice'; readonly options: readonly Regex[] }
  | {
      readonly kind: 'repeat'
      readonly part: Regex
      readonly min: number
      /** Infinity: no upper bound. */
      readonly max: number
    }

/** The expression cannot be read or carried over. The message is worded to follow the expression. */
export class RegexError extends Error {
  /** Offset in the expression, from 0. */
  readonly at: number

  constructor(message: string, at: number) {
    super(message)
    this.at = at
  }
}
