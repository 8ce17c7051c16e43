// Splits a line into a directive's name and its words, quoted or not. Apache splits in several ways; the directive
// decides which.

export interface Word {
  readonly text: string
  /** Where it begins in the line, after an opening quote. */
  readonly offset: number
}

const blank = /\s/
const rawWords = new Set(['rewritecond', 'rewriterule'])
// Their words are addresses and host names, which never begin with a #.
const withoutHash = new Set(['allow', 'deny', 'order', 'satisfy', 'require'])

export interface SplitDirective {
  readonly name: string
  readonly isSection: boolean
  readonly words: readonly Word[]
  /** Where a comment begins at the end of the line. Apache does not read it as a comment. */
  readonly comment: number | undefined
}

/** `text`: a line that is not empty, not a comment and not the end of a section. `start`: its first character. */
export function splitDirective(text: string, start: number): SplitDirective {
  const opening = /^<\s*([^\s>]+)/.exec(text.slice(start))
  const name = opening?.[1] ?? /^\S+/.exec(text.slice(start))?.[0] ?? ''
  const key = name.toLowerCase()
  const from = start + (opening?.[0].length ?? name.length)
  const end = opening === null ? text.length : Math.max(from, text.lastIndexOf('>'))
  const line = text.slice(0, end)
  const split = rawWords.has(key) ? splitRewriteWords : splitWords
  const expression = splitExpression(line, from, key)
  const words = expression ?? split(line, from)
  const hash =
    expression === undefined && withoutHash.has(key)
      ? words.findIndex(word => word.text.startsWith('#'))
      : -1
  return {
    ...{ name, isSection: opening !== null },
    words: hash < 0 ? words : words.slice(0, hash),
    comment: words[hash]?.offset,
  }
}

/**
 * Splits as most directives do (ap_getword_conf): a backslash escapes itself and the enclosing quote.
 * @example splitWords('Require "a b"').map(word => word.text) // ['Require', 'a b']
 */
export function splitWords(text: string, from = 0): Word[] {
  const words: Word[] = []
  for (let at = skipBlanks(text, from); at < text.length; at = skipBlanks(text, at)) {
    const quote = quoteAt(text, at)
    if (quote !== '') at++
    const offset = at
    let word = ''
    for (
      ;
      at < text.length && !(quote === '' ? blank.test(text[at] as string) : text[at] === quote);
      at++
    ) {
      const next = text[at + 1]
      if (text[at] === '\\' && next !== undefined && (next === '\\' || next === quote)) at++
      word += text[at]
    }
    if (quote !== '') at++
    words.push({ text: word, offset })
  }
  return words
}

/** Splits as mod_rewrite does: at most three words, and backslashes stay, because they belong to the expression. */
export function splitRewriteWords(text: string, from = 0): Word[] {
  const words: Word[] = []
  for (
    let at = skipBlanks(text, from);
    at < text.length && words.length < 3;
    at = skipBlanks(text, at)
  ) {
    const quote = quoteAt(text, at)
    if (quote !== '') at++
    const offset = at
    for (; at < text.length; at++) {
      const char = text[at] as string
      if (quote === '' ? blank.test(char) : char === quote) break
      if (char === '\\' && blank.test(text[at + 1] ?? '')) at++
    }
    words.push({ text: text.slice(offset, at), offset })
    at++
  }
  return words
}

/** `Require expr …`: the rest of the line is one word, without enclosing double quotes. Undefined: another directive. */
export function splitExpression(text: string, from: number, key: string): Word[] | undefined {
  const head = key === 'require' ? /^\s*(?:not\s+)?expr\s+/i.exec(text.slice(from)) : null
  if (head === null) return undefined
  const at = from + head[0].length
  const rest = text.slice(at).trimEnd()
  const quoted = /^"(.*)"$/s.exec(rest)?.[1]
  const word = { text: quoted ?? rest, offset: quoted === undefined ? at : at + 1 }
  return [...splitWords(text.slice(0, at), from), word]
}

function skipBlanks(text: string, from: number): number {
  let at = from
  while (at < text.length && blank.test(text[at] as string)) at++
  return at
}

function quoteAt(text: string, at: number): string {
  const char = text[at]
  return char === '"' || char === "'" ? char : ''
}
