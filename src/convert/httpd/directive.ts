// Directives as they stand in the text, and where.

/** Line and column from 1. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

export interface Argument extends Place {
  readonly text: string
}

export interface Directive extends Place {
  /** As written. */
  readonly name: string
  /** In lower case, as Apache compares. */
  readonly key: string
  readonly words: readonly Argument[]
  /** The lines of comments right above, without their #. */
  readonly comments: readonly string[]
  /** What a section holds; undefined in what is no section. */
  readonly children: readonly Directive[] | undefined
  /** Quotes, blanks or hyphens that Apache takes for something else. */
  readonly typographic?: string
}

/** What the administrator should know about the text itself. */
export interface Remark extends Place {
  readonly message: string
}
