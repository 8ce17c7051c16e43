// Words for what saxes finds wrong in a file: what to do, and the line where it begins, which may be long before the
// place where saxes notices. Never shows a value or text, because there are passwords in these files.

/** What is not well-formed, worded to follow the name of the file. */
export interface XmlFault {
  readonly message: string
  /** From 1. */
  readonly line: number
}

/** Where the reading stopped. Places are indexes into `text`. */
export interface XmlStop {
  readonly text: string
  /** The end of what was read whole: a tag and its name, an attribute, a comment, text up to a <. */
  readonly done: number
  /** Behind the character at which it stopped. */
  readonly at: number
  readonly open: NamedLine | undefined
  /** The element whose tag has not ended. */
  readonly begun: NamedLine | undefined
  /** The element that was closed last. */
  readonly closed: NamedLine | undefined
  readonly hasRoot: boolean
  readonly hasDoctype: boolean
}

interface NamedLine {
  readonly name: string
  readonly line: number
}

const badTag = 'has an attribute without a value in quotes, or no > at its end'
const badLess = 'has a < that begins no element; in text write &lt;'
const badInstruction = 'has a <? that is not followed by a name'
const lateDeclaration =
  'has a <?xml … ?> that is not at its very beginning; remove what is before it'
const badDeclaration = 'has a wrong <?xml … ?>; write <?xml version="1.0" encoding="UTF-8"?>'
const badAmpersand =
  'has an & that begins no entity of XML; write &amp; for the sign, and &#160; for the &nbsp; of a web page'

// Without those that need more than words.
const words: Readonly<Record<string, string>> = {
  'the string "]]>" is disallowed in char data.': 'has ]]> in text; write ]]&gt;',
  'disallowed character in tag name': badLess,
  'weird empty close tag.': badLess,
  'incorrect syntax.': 'has a <! that begins neither a comment nor CDATA',
  'inappropriately located doctype declaration.':
    'has a second <!DOCTYPE, or one behind an element',
  'processing instruction without a target.': badInstruction,
  'disallowed character in processing instruction name.': badInstruction,
  'an XML declaration must be at the start of the document.': lateDeclaration,
  'the XML declaration must appear at the start of the document.': lateDeclaration,
}
const entityProblem = /entity/
const endProblem = /^(?:unclosed tag: |unexpected end\.)/
const ampersand = /&(?!(?:lt|gt|amp|quot|apos|#\d{1,7}|#x[\da-fA-F]{1,6});)/g
const webQuotes = /^[^<>=]{0,200}=\s*(?:[“”„‘’]|"[^"<>]{0,1000}”|'[^'<>]{0,1000}’)/

/** `problem` as saxes words it. Undefined: it is not to be a fault. */
export function describeXmlFault(problem: string, stop: XmlStop): XmlFault | undefined {
  const { text, at, begun } = stop
  const fault = (message: string, where = at - 1) => ({ message, line: lineIn(text, where) })
  if (isNoFault(problem, stop)) return undefined
  if (endProblem.test(problem)) return describeEnd(stop)
  if (entityProblem.test(problem)) return fault(badAmpersand, findAmpersand(stop) ?? at - 1)
  if (problem === 'disallowed character.' && text[at - 1] !== '<') {
    const code = (text.codePointAt(at - 1) ?? 0).toString(16).toUpperCase().padStart(4, '0')
    return fault(`has the character U+${code}, which XML does not allow; remove it`)
  }
  if (begun !== undefined) {
    const message = `<${shorten(begun.name)}> ${describeTag(problem, stop)}`
    return fault(message, Math.min(at - 1, restStart(stop)))
  }
  const known = words[problem]
  if (known !== undefined) return fault(known)
  if (/clos(?:e|ing) tag/.test(problem)) return describeClose(problem, stop)
  return fault(restOf(stop).startsWith('<?xml') ? badDeclaration : `is not well-formed: ${problem}`)
}

// What saxes refuses in a part of a file, although whole files have it.
function isNoFault(problem: string, { text, at, hasRoot, hasDoctype }: XmlStop): boolean {
  switch (problem) {
    case 'an XML declaration must be at the start of the document.':
      return /^\ufeff?<\?xml.$/s.test(text.slice(0, at))
    case 'inappropriately located doctype declaration.':
      return !hasRoot && !hasDoctype
    // The document type may declare it, here or in another file.
    case 'undefined entity.':
      return hasDoctype
    // -- within a comment is not allowed, but harms nobody here.
    case 'malformed comment.':
      return true
    default:
      return false
  }
}

/** From 1. A line ends with CR, LF or both. */
export function lineIn(text: string, index: number): number {
  return (text.slice(0, index).match(/\r\n?|\n/g)?.length ?? 0) + 1
}

function describeTag(problem: string, { text, done, at }: XmlStop): string {
  if (webQuotes.test(text.slice(done, done + 2_000))) {
    return 'has the quotes of a web page around a value; type plain ones'
  }
  const twice = /^duplicate attribute: (.*)\.$/s.exec(problem)?.[1]
  if (twice !== undefined) return `has the attribute ${shorten(twice)} twice`
  if (problem === 'no whitespace between attributes.') return 'has two attributes without a blank'
  if (problem !== 'disallowed character.' || text[at - 1] !== '<') return badTag
  return 'has a < in a value; close the quote before it, or write &lt;'
}

function describeClose(problem: string, { text, at, closed }: XmlStop): XmlFault {
  const start = text.lastIndexOf('</', at - 1)
  const line = lineIn(text, start)
  const name = shorten(/^[^\s<>]*/.exec(text.slice(start + 2, at))?.[0] ?? '')
  if (problem.startsWith('disallowed')) return { message: `has </${name} without its >`, line }
  const message =
    problem === 'unexpected close tag.' && closed !== undefined
      ? `closes <${name}> where <${shorten(closed.name)}> of line ${closed.line} is open`
      : `closes <${name}>, which is not open`
  return { message, line }
}

/** Text outside of all elements, which begins at `done` or later. */
export function describeStrayText(text: string, done: number): XmlFault {
  const start = done + text.slice(done).search(/[^\s\ufeff]/)
  return { message: 'has text outside of its elements; remove it', line: lineIn(text, start) }
}

/** The file ended too early. What did not end is said with the line where it begins. */
function describeEnd(stop: XmlStop): XmlFault | undefined {
  const { text, begun, open } = stop
  const rest = restOf(stop)
  const start = lineIn(text, restStart(stop))
  const sign = rest.startsWith('<') ? undefined : findAmpersand(stop)
  if (sign !== undefined) return { message: badAmpersand, line: lineIn(text, sign) }
  if (begun !== undefined) {
    const message = `<${shorten(begun.name)}> ${describeTag('unexpected end.', stop)}`
    return { message, line: begun.line }
  }
  if (rest.startsWith('<')) return { message: `has ${describeMarkup(rest)}`, line: start }
  if (open === undefined) return undefined
  return { message: `does not close <${shorten(open.name)}>`, line: open.line }
}

function describeMarkup(rest: string): string {
  const kinds = [
    ['<!--', 'a comment that does not end'],
    ['<![CDATA[', 'a CDATA section that does not end'],
    ['<!DOCTYPE', 'a document type that does not end'],
    ['<?', 'a processing instruction that does not end'],
  ] as const
  return kinds.find(([start]) => rest.startsWith(start))?.[1] ?? 'a tag without its > at the end'
}

// Between what was read whole and the place are only text, or one value.
function findAmpersand({ text, done, at, hasDoctype }: XmlStop): number | undefined {
  const bare = hasDoctype ? /&(?!#?[\w:.-]{1,100};)/g : ampersand
  bare.lastIndex = done
  const index = bare.exec(text)?.index
  return index !== undefined && index < at ? index : undefined
}

function restOf({ text, done }: XmlStop): string {
  return text.slice(done).trimStart()
}

function restStart(stop: XmlStop): number {
  return stop.text.length - restOf(stop).length
}

function shorten(name: string): string {
  return name.length > 60 ? `${name.slice(0, 60)}…` : name
}
