// Reads the XML of configuration files: elements, attributes and text, with their lines. saxes decides what is well-formed.
// Several roots are fine, as in a part of a file. Entities of a document type are not replaced, so nothing outside of the
// file is read and no text grows.
import { SaxesParser } from 'saxes'
import type { XmlFault } from './xml-fault.ts'
import { describeStrayText, describeXmlFault, lineIn } from './xml-fault.ts'

export type { XmlFault } from './xml-fault.ts'

export interface XmlElement {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: readonly XmlElement[]
  /** The text directly in it, without blanks around it. */
  readonly text: string
  /** From 1. */
  readonly line: number
}

interface OpenElement {
  readonly name: string
  attributes: ReadonlyMap<string, string>
  readonly children: OpenElement[]
  text: string
  readonly line: number
}

const maxDepth = 100
const maxLength = 4 * 1024 * 1024
const noAttributes: ReadonlyMap<string, string> = new Map()

/** The roots, none without an element. Never throws. Reads at most 4 Mi characters, with elements at most 100 deep. */
export function parseXml(text: string): readonly XmlElement[] | XmlFault {
  if (text.length > maxLength) return { message: 'is too long to be looked at', line: 1 }
  if (!text.includes('<')) return []
  // saxes would take half a pair together with the character after it, which may be a <.
  const half = text.search(/\p{Surrogate}/u)
  if (half >= 0) return { message: 'has half of a character; remove it', line: lineIn(text, half) }
  const { parser, roots, findFault } = buildReader(text)
  try {
    parser.write(text).close()
  } catch (error) {
    return findFault() ?? { message: `cannot be read: ${(error as Error).message}`, line: 1 }
  }
  return roots
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

/** The parser throws at the first fault, because what saxes tells after a fault cannot be relied on. */
function buildReader(text: string) {
  const parser = new SaxesParser({ fragment: true })
  const roots: OpenElement[] = []
  const open: OpenElement[] = []
  let fault: XmlFault | undefined
  let hasDoctype = false
  let done = 0
  let beforeComment = 0
  let begun: OpenElement | undefined
  let closed: OpenElement | undefined
  const note = () => {
    done = parser.position
  }
  const add = (part: string) => {
    const current = open.at(-1)
    if (current !== undefined) current.text += part
    else if (part.trim() !== '') {
      fault = describeStrayText(text, done)
      throw new Error(fault.message)
    }
    note()
  }
  parser.on('error', error => {
    const seen = { open: open.at(-1), begun, closed, hasRoot: roots.length > 0, hasDoctype }
    const problem = error.message.replace(/^\d+:\d+: /, '')
    fault = describeXmlFault(problem, { text, done, at: parser.position, ...seen })
    if (fault !== undefined) throw error
    // What was taken for the end of the comment is within it.
    if (problem === 'malformed comment.') done = beforeComment
  })
  parser.on('text', part => {
    add(part)
    // The < behind it was read too.
    done--
  })
  parser.on('cdata', add)
  parser.on('comment', () => {
    beforeComment = done
    // It is called before the >.
    done = parser.position + 1
  })
  parser.on('processinginstruction', note)
  parser.on('xmldecl', note)
  parser.on('attribute', note)
  parser.on('doctype', () => {
    hasDoctype = true
    note()
  })
  parser.on('opentagstart', ({ name }) => {
    // The character behind the name was read too. A name has no line end.
    const line = parser.column === 0 ? parser.line - 1 : parser.line
    begun = { name, attributes: noAttributes, children: [], text: '', line }
    note()
  })
  parser.on('opentag', ({ attributes }) => {
    const element = begun as OpenElement
    begun = undefined
    const pairs = Object.entries(attributes)
    if (pairs.length > 0) element.attributes = new Map(pairs)
    const siblings = open.at(-1)?.children ?? roots
    siblings.push(element)
    note()
    if (open.push(element) <= maxDepth) return
    fault = { message: `has elements more than ${maxDepth} deep`, line: element.line }
    throw new Error(fault.message)
  })
  parser.on('closetag', () => {
    closed = open.pop() as OpenElement
    closed.text = closed.text.trim()
    note()
  })
  return { parser, roots: roots as readonly XmlElement[], findFault: () => fault }
}
