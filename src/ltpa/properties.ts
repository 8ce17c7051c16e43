// java.util.Properties, as far as WebSphere and people who edit by hand write it.

/**
 * Reads ISO-8859-1 text, with the mark of UTF-8 at its begin or without, into names and values. `=`, `:` or blanks
 * separate; `\` escapes; an odd number of backslashes at the end joins the next line.
 */
export function* readProperties(text: string): Generator<readonly [name: string, value: string]> {
  for (const line of joinLines(text)) {
    const { 1: name = '', 2: value = '' } =
      /^((?:\\.|[^\\=:\s])*)(?:[ \t\f]*[=:]|[ \t\f])?[ \t\f]*(.*)$/s.exec(line) ?? []
    yield [unescapeText(name), unescapeText(value)]
  }
}

/** The same as a map. Of a name given twice, the last one counts, as for Java. */
export function parseProperties(text: string): Map<string, string> {
  return new Map(readProperties(text))
}

function* joinLines(text: string): Generator<string> {
  let pending: string | undefined
  for (const line of text.replace(/^(?:\uFEFF|\xef\xbb\xbf)/, '').split(/\r\n|\r|\n/)) {
    const content: string = line.replace(/^[ \t\f]+/, '')
    if (pending === undefined && (content === '' || /^[#!]/.test(content))) continue
    const joined: string = (pending ?? '') + content
    if ((/\\*$/.exec(joined)?.[0].length ?? 0) % 2 === 1) pending = joined.slice(0, -1)
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
