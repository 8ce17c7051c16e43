// Reads the XML of configuration files: elements, attributes and text, with their lines. Several roots are fine, as in a
// part of a file. Entities of a document type are not replaced, so nothing outside of the file is read and no text grows.

export interface XmlElement {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: readonly XmlElement[]
  /** The text directly in it, without blanks around it. */
  readonly text: string
  /** From 1. */
  readonly line: number
}

/** What is not well-formed, worded to follow the name of the file. */
export interface XmlFault {
  readonly message: string
  readonly line: number
}

interface OpenElement {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: OpenElement[]
  text: string
  readonly line: number
}

const maxDepth = 100

const namePattern = /[A-Za-z_:\u00c0-\uffff][\w:.\u00b7-\uffff-]*/y
const attributePattern = /\s+([^\s=<>"'/“”‘’]+)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y
const tagEnd = /\s*(\/?)>/y

/** The roots. Never throws. */
export function parseXml(text: string): readonly XmlElement[] | XmlFault {
  const top: OpenElement = { name: '', attributes: new Map(), children: [], text: '', line: 1 }
  const open: OpenElement[] = [top]
  const lineAt = buildLineCounter(text)
  let at = 0
  const fault = (message: string, where = at): XmlFault => ({ message, line: lineAt(where) })
  while (at < text.length) {
    const current = open.at(-1) as OpenElement
    const less = text.indexOf('<', at)
    const end = less < 0 ? text.length : less
    current.text += decodeEntities(text.slice(at, end))
    at = end
    if (less < 0) break
    const skipped = skipMarkup(text, at)
    if (skipped !== undefined) {
      if (skipped.end < 0) return fault(`has a ${skipped.what} that does not end`)
      current.text += skipped.content
      at = skipped.end
      continue
    }
    const isClosing = text[at + 1] === '/'
    const name = matchAt(namePattern, text, at + (isClosing ? 2 : 1))?.[0]
    if (name === undefined) return fault('has a < that begins no element; in text write &lt;')
    if (isClosing) {
      if (open.length === 1) return fault(`closes <${name}>, which is not open`)
      if (name !== current.name) {
        return fault(`closes <${name}> where <${current.name}> of line ${current.line} is open`)
      }
      const close = matchAt(/\s*>/y, text, at + 2 + name.length)
      if (close === undefined) return fault(`has </${name} without its >`)
      at += 2 + name.length + close[0].length
      open.pop()
      continue
    }
    const tag = readTag(text, at + 1 + name.length)
    if (typeof tag === 'string') return fault(`<${name}> ${tag}`)
    const element = {
      ...{ name, children: [], text: '' },
      attributes: tag.attributes,
      line: lineAt(at),
    }
    current.children.push(element)
    at = tag.end
    if (!tag.isEmpty && open.push(element) > maxDepth) return fault('has elements nested too deep')
  }
  const last = open.at(-1) as OpenElement
  if (open.length > 1) return { message: `does not close <${last.name}>`, line: last.line }
  return top.children.map(finish)
}

/** All elements of that name, at any depth. Case counts. */
export function findElements(roots: readonly XmlElement[], name: string): XmlElement[] {
  return roots.flatMap(each => [
    ...(each.name === name ? [each] : []),
    ...findElements(each.children, name),
  ])
}

/** The attribute, whatever the case of its name. */
export function attributeOf({ attributes }: XmlElement, name: string): string | undefined {
  const exact = attributes.get(name)
  if (exact !== undefined) return exact
  return [...attributes].find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1]
}

function finish(element: OpenElement): XmlElement {
  return { ...element, text: element.text.trim(), children: element.children.map(finish) }
}

/** Comments, CDATA, instructions and document types. `end` below 0: it does not end. */
function skipMarkup(text: string, at: number) {
  if (text[at + 1] !== '!' && text[at + 1] !== '?') return undefined
  const skip = (what: string, start: string, stop: string, isText = false) => {
    if (!text.startsWith(start, at)) return undefined
    const found = text.indexOf(stop, at + start.length)
    const content = isText ? text.slice(at + start.length, Math.max(found, 0)) : ''
    return { what, end: found < 0 ? -1 : found + stop.length, content }
  }
  return (
    skip('comment', '<!--', '-->') ??
    skip('CDATA section', '<![CDATA[', ']]>', true) ??
    skip('processing instruction', '<?', '?>') ??
    (/<!DOCTYPE[^[>]*\[/y.test(text.slice(at, at + 1_000))
      ? skip('document type', '<!DOCTYPE', ']>')
      : skip('document type', '<!', '>'))
  )
}

function readTag(text: string, from: number) {
  const attributes = new Map<string, string>()
  let at = from
  for (;;) {
    const end = matchAt(tagEnd, text, at)
    if (end !== undefined) return { attributes, end: at + end[0].length, isEmpty: end[1] === '/' }
    const found = matchAt(attributePattern, text, at)
    if (found === undefined) return describeBadTag(text.slice(at, at + 200))
    const [whole, name = '', double, single] = found
    if (attributes.has(name)) return `has the attribute ${name} twice`
    attributes.set(name, decodeEntities(double ?? single ?? ''))
    at += whole.length
  }
}

function describeBadTag(rest: string): string {
  return /^[^<>]*[“”„‘’]/.test(rest)
    ? 'has the quotes of a web page around a value; type plain ones'
    : 'has an attribute without a value in quotes, or no > at its end'
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at
  return pattern.exec(text) ?? undefined
}

const entities: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

function decodeEntities(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(
    /&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w{2,4}));/gi,
    (all, decimal, hex, name) => {
      if (name !== undefined) return entities[name as string] ?? all
      const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal)
      return code > 0x10ffff ? all : String.fromCodePoint(code)
    },
  )
}

/** Counts on from the place asked for before. Looks for each line end once: a file may have only one line. */
function buildLineCounter(text: string): (at: number) => number {
  let line = 1
  let feed = text.indexOf('\n')
  return at => {
    while (feed >= 0 && feed < at) {
      line++
      feed = text.indexOf('\n', feed + 1)
    }
    return line
  }
}
