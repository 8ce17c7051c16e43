// java.util.Properties, as far as WebSphere writes it and people edit it.

/** One entry. `raw` is the value as written, its continued lines joined. Lines count from 1. */
export interface Property {
  readonly name: string
  readonly value: string
  readonly raw: string
  readonly line: number
}

/**
 * Entries in order, from ISO-8859-1 text with or without the byte order mark of UTF-8. `=`, `:` or blanks separate; `\`
 * escapes; an odd number of backslashes at the end of a line joins the next one.
 */
export function* readPropertyEntries(text: string): Generator<Property> {
  for (const { content, line } of joinLines(text)) {
    // Matches every text.
    const [, name, raw] = /^((?:\\.|[^\\=:\s])*)(?:[ \t\f]*[=:]|[ \t\f])?[ \t\f]*(.*)$/s.exec(
      content,
    ) as unknown as [string, string, string]
    yield { name: unescapeText(name), value: unescapeText(raw), raw, line }
  }
}

/** Names and values, in order, as of `readPropertyEntries`. */
export function* readProperties(text: string): Generator<readonly [name: string, value: string]> {
  for (const { name, value } of readPropertyEntries(text)) yield [name, value]
}

/** The same as a map. The last of several values of one name counts, as in Java. */
export function parseProperties(text: string): Map<string, string> {
  return new Map(readProperties(text))
}

function* joinLines(text: string): Generator<{ readonly content: string; readonly line: number }> {
  let pending: { content: string; readonly line: number } | undefined
  let line = 0
  for (const written of text.replace(/^(?:\uFEFF|\xef\xbb\xbf)/, '').split(/\r\n|\r|\n/)) {
    line++
    const content = written.replace(/^[ \t\f]+/, '')
    if (pending === undefined && (content === '' || /^[#!]/.test(content))) continue
    const isContinued = endsWithOddBackslashes(content)
    const part = isContinued ? content.slice(0, -1) : content
    pending = { content: (pending?.content ?? '') + part, line: pending?.line ?? line }
    if (isContinued) continue
    yield pending
    pending = undefined
  }
  if (pending !== undefined) yield pending
}

// Not by an expression: on a line of backslashes it would try each of them as the first.
function endsWithOddBackslashes(line: string): boolean {
  let at = line.length
  while (at > 0 && line[at - 1] === '\\') at--
  return (line.length - at) % 2 === 1
}

const escapes: Record<string, string> = { t: '\t', n: '\n', r: '\r', f: '\f' }

function unescapeText(text: string): string {
  return text.replace(
    /\\(?:u([0-9a-fA-F]{4})|(.))/gs,
    (_, code: string | undefined, char: string) =>
      code === undefined ? (escapes[char] ?? char) : String.fromCharCode(Number.parseInt(code, 16)),
  )
}
