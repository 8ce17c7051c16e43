// java.util.Properties, as far as WebSphere writes it and people edit it.

/**
 * Names and values, in order, from ISO-8859-1 text with or without the byte order mark of UTF-8. `=`, `:` or blanks
 * separate; `\` escapes; an odd number of backslashes at the end of a line joins the next one.
 */
export function* readProperties(text: string): Generator<readonly [name: string, value: string]> {
  for (const line of joinLines(text)) {
    // Matches every text.
    const [, name, value] = /^((?:\\.|[^\\=:\s])*)(?:[ \t\f]*[=:]|[ \t\f])?[ \t\f]*(.*)$/s.exec(
      line,
    ) as string[]
    yield [unescapeText(name as string), unescapeText(value as string)]
  }
}

/** The same as a map. The last of several values of one name counts, as in Java. */
export function parseProperties(text: string): Map<string, string> {
  return new Map(readProperties(text))
}

function* joinLines(text: string): Generator<string> {
  let pending: string | undefined
  for (const line of text.replace(/^(?:\uFEFF|\xef\xbb\xbf)/, '').split(/\r\n|\r|\n/)) {
    const content: string = line.replace(/^[ \t\f]+/, '')
    if (pending === undefined && (content === '' || /^[#!]/.test(content))) continue
    const joined: string = (pending ?? '') + content
    const [backslashes] = /\\*$/.exec(joined) as unknown as [string]
    if (backslashes.length % 2 === 1) pending = joined.slice(0, -1)
    else {
      pending = undefined
      yield joined
    }
  }
  if (pending !== undefined) yield pending
}

const escapes: Record<string, string> = { t: '\t', n: '\n', r: '\r', f: '\f' }

function unescapeText(text: string): string {
  return text.replace(
    /\\(?:u([0-9a-fA-F]{4})|(.))/gs,
    (_, code: string | undefined, char: string) =>
      code === undefined ? (escapes[char] ?? char) : String.fromCharCode(Number.parseInt(code, 16)),
  )
}
