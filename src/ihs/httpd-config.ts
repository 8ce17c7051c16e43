// Apache's configuration language: directives, sections and their places, with included files read in. Knows
// nothing of what most directives mean.
// https://httpd.apache.org/docs/2.4/configuring.html
import { readFileSync } from 'node:fs'
import { dirname, isAbsolute, resolve } from 'node:path'
import { findIncluded, mostIncluded } from './httpd-include.ts'
import type { Line } from './httpd-lines.ts'
import { splitLines, straighten } from './httpd-lines.ts'
import type { Word } from './httpd-words.ts'
import { splitExpression, splitRewriteWords, splitWords } from './httpd-words.ts'

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
}

/** What the administrator should know about the text itself. */
export interface Remark extends Place {
  readonly message: string
}

export interface HttpdConfig {
  readonly directives: readonly Directive[]
  readonly remarks: readonly Remark[]
}

const deepestInclude = 16
const mostFiles = 1_000
const rawWords = new Set(['rewritecond', 'rewriterule'])

/** Reads the file and all that it includes. What is wrong becomes a remark. @throws what reading it throws. */
export function readHttpdConfig(file: string): HttpdConfig {
  return parseHttpdConfig(readFileSync(file, 'utf8'), file)
}

/** The same of a text that was read already. Never throws. */
export function parseHttpdConfig(text: string, file: string): HttpdConfig {
  const reader = new Reader(dirname(resolve(file)))
  return { directives: reader.parse(text, file), remarks: reader.remarks }
}

interface Open {
  readonly directive: Omit<Directive, 'children'> | undefined
  readonly children: Directive[]
}

class Reader {
  readonly remarks: Remark[] = []
  readonly #defined = new Map<string, string>()
  #serverRoot: string
  #files = 0
  #depth = 0

  constructor(serverRoot: string) {
    this.#serverRoot = serverRoot
  }

  parse(text: string, file: string): Directive[] {
    const top: Open = { directive: undefined, children: [] }
    const open = [top]
    let comments: string[] = []
    for (const line of splitLines(text)) {
      const start = line.text.search(/[^\s\ufeff]/)
      if (start < 0) comments = []
      else if (line.text[start] === '#')
        comments.push(
          line.text
            .slice(start)
            .replace(/^#+\s*/, '')
            .trim(),
        )
      else {
        this.#readLine({ line, start, file, comments }, open)
        comments = []
      }
    }
    for (const { directive } of open.splice(1).reverse()) {
      if (directive !== undefined) {
        this.#remark(
          directive,
          `<${directive.name}> is never closed; add </${directive.name}> at its end`,
        )
      }
    }
    return top.children
  }

  #readLine(
    {
      line,
      start,
      file,
      comments,
    }: { line: Line; start: number; file: string; comments: string[] },
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
    const text = this.#expand(straight)
    const current = open.at(-1) as Open
    const close = /^<\/\s*([^\s>]*)/.exec(text.slice(start))
    if (close !== null) {
      this.#close(close[1] as string, place(start), open)
      return
    }
    const opening = /^<\s*([^\s>]+)/.exec(text.slice(start))
    const name = opening?.[1] ?? /^\S+/.exec(text.slice(start))?.[0] ?? ''
    const key = name.toLowerCase()
    const from = start + (opening?.[0].length ?? name.length)
    const end = opening === null ? text.length : Math.max(from, text.lastIndexOf('>'))
    const split = rawWords.has(key) ? splitRewriteWords : splitWords
    const toArgument = ({ text: word, offset }: Word): Argument => ({
      ...place(offset),
      text: word,
    })
    const words = (
      splitExpression(text.slice(0, end), from, key) ?? split(text.slice(0, end), from)
    ).map(toArgument)
    const directive = { ...place(start), name, key, words, comments }
    if (opening !== null) {
      const children: Directive[] = []
      current.children.push({ ...directive, children })
      open.push({ directive, children })
    } else if (key === 'include' || key === 'includeoptional') {
      current.children.push(
        ...(this.#include(directive) ?? [{ ...directive, children: undefined }]),
      )
    } else {
      if (key === 'define') this.#defined.set(words[0]?.text ?? '', words[1]?.text ?? '')
      if (key === 'serverroot' && words[0] !== undefined) this.#serverRoot = words[0].text
      current.children.push({ ...directive, children: undefined })
    }
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
  #include({ key, words, ...place }: Omit<Directive, 'children'>): Directive[] | undefined {
    const named = words[0]?.text ?? ''
    const path = isAbsolute(named) ? named : resolve(this.#serverRoot, named)
    const files = named === '' ? [] : findIncluded(path)
    if (files.length === 0 && key === 'include') {
      this.#remark(
        place,
        `${named} is not there, so nothing of it is carried over; copy it beside, or correct ServerRoot`,
      )
    }
    if (files.length === 0) return undefined
    if (files.length > mostIncluded) {
      this.#remark(place, `${named} names more than ${mostIncluded} files; none of them is read`)
      return undefined
    }
    const read = files.map(file => this.#includeFile(file, place))
    return read.every(each => each !== undefined) ? read.flat() : undefined
  }

  #includeFile(file: string, place: Place): Directive[] | undefined {
    if (this.#depth >= deepestInclude || this.#files >= mostFiles) {
      this.#remark(place, `${file} is not read: files include each other without end`)
      return undefined
    }
    this.#files++
    this.#depth++
    try {
      return this.parse(readFileSync(file, 'utf8'), file)
    } catch (error) {
      this.#remark(place, `${file} cannot be read: ${(error as Error).message}`)
      return undefined
    } finally {
      this.#depth--
    }
  }

  #expand(text: string): string {
    if (!text.includes('${')) return text
    return text.replace(/\$\{([^}\s]+)\}/g, (all, name: string) => this.#defined.get(name) ?? all)
  }

  #remark({ file, line, column }: Place, message: string): void {
    this.remarks.push({ file, line, column, message })
  }
}
