// Directives of an httpd.conf as written, with their places.

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
  /** The comment lines directly above, without their #. */
  readonly comments: readonly string[]
  /** The contents of a section. Undefined: not a section. */
  readonly children: readonly Directive[] | undefined
  /** Typographic quotes, blanks or hyphens on the line, which Apache does not read as the plain ones. */
  readonly typographic?: string
}

/** Something that the administrator should know about the text itself. */
export interface Remark extends Place {
  readonly message: string
}
