// The words of a directive, quoted or not. Apache has two ways to split a line; which one holds is up to the
// directive.

export interface Word {
  readonly text: string
  /** Where it begins in its line, behind a quote. */
  readonly offset: number
}

const blank = /\s/

/** As most directives are split (ap_getword_conf): a backslash escapes itself and the quote around. */
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

/** As mod_rewrite splits its own: three words at most, and backslashes stay, for they are the expression's. */
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

/** `Require expr …`: what follows is taken as it stands, but for double quotes around. Undefined: another. */
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
