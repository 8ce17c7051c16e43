// Refuses the parts of YAML that are read as something else than they look, and says what to write: tags, anchors,
// aliases, merge keys, directives, several documents, texts over several lines, numbers in other forms, escapes, a key
// given twice. `! ceo@acme.example` would include the person whom it should exclude, unnoticed.
import type { CST } from 'yaml'
import type { ProblemCode } from './problem-codes.ts'
import { findEscapeMistake } from './yaml-escapes.ts'
import type { Keys, YamlNode } from './yaml-nodes.ts'
import { keyless, textOf, visitNodes } from './yaml-nodes.ts'

export interface YamlRefusal {
  readonly code: ProblemCode
  readonly offset: number
  readonly keys: Keys
  readonly message: string
  /** Nothing after it can be relied on, so nothing after it is reported. */
  readonly isEnd?: boolean
}

const feature = 'GATE_CONFIG_YAML_FEATURE'

/** In the order of the text. `lineOf`: the line of an offset, from 1. */
export function findRefusals(
  tokens: readonly CST.Token[],
  lineOf: (offset: number) => number,
): YamlRefusal[] {
  const refusals: YamlRefusal[] = []
  let documents = 0
  for (const token of tokens) {
    if (token.type === 'directive') refusals.push(refuseDirective(token))
    if (token.type !== 'document') continue
    if (documents++ > 0) {
      const message = 'begins a second document; keep one, and take the line --- out'
      refusals.push({ code: feature, offset: token.offset, keys: [], message, isEnd: true })
      break
    }
    visitNodes(token, node => {
      refusals.push(...refuseNode(node))
      const twice = refuseTwice(node, lineOf)
      if (twice !== undefined) refusals.push(twice)
    })
  }
  // A quotation mark that is not closed keeps the brackets around it open as well.
  const quote = refusals.find(({ isEnd, message }) => isEnd === true && message.includes(openQuote))
  return quote === undefined ? refusals : refusals.filter(found => !found.isEnd || found === quote)
}

const openQuote = 'the quotation mark'

function refuseDirective({ offset, source }: CST.Directive): YamlRefusal {
  const message = `${source} is a directive, which changes what the rest means; take the line out`
  return { code: feature, offset, keys: [], message, isEnd: true }
}

function refuseNode(node: YamlNode): YamlRefusal[] {
  const { before, token, keys, isKey } = node
  const refusals: YamlRefusal[] = []
  for (const { type, offset, source } of before) {
    if (type === 'tag') {
      refusals.push({ code: feature, offset, keys, message: tagMessage(source, token) })
    }
    if (type === 'anchor') {
      const message = `${source} without quotes is an anchor of YAML, and anchors are not taken; write the value out, or "${source}" in quotes`
      refusals.push({ code: feature, offset, keys, message })
    }
  }
  const found = token === undefined ? undefined : judgeToken(token, node)
  if (found !== undefined) refusals.push({ offset: token?.offset ?? 0, keys, ...found })
  else if (isKey && keys.at(-1) === keyless)
    refusals.push({ offset: offsetOf(node), keys, ...refuseKey() })
  return refusals
}

// The colon's, where there is nothing before it.
function offsetOf({ token, colon }: YamlNode): number {
  return token?.offset ?? colon ?? 0
}

type CstRefusal = Omit<YamlRefusal, 'keys' | 'offset'> & { readonly offset?: number }

function judgeToken(token: CST.Token, { before, isKey }: YamlNode): CstRefusal | undefined {
  switch (token.type) {
    case 'alias':
      // After a tag the two are one text, told with the tag.
      if (before.some(({ type }) => type === 'tag')) return undefined
      return { code: feature, message: aliasMessage(token.source) }
    case 'block-scalar':
      return {
        code: feature,
        message: 'is a block of lines; write the text in one line, in quotes',
      }
    case 'flow-collection':
      return isKey ? refuseKey() : refuseOpen(token)
    case 'block-map':
    case 'block-seq':
      return isKey ? refuseKey() : undefined
    case 'scalar':
      return refusePlain(token, isKey)
    case 'single-quoted-scalar':
    case 'double-quoted-scalar':
      return refuseQuoted(token)
  }
  return undefined
}

function refuseKey(): CstRefusal {
  return {
    code: feature,
    message: 'is nothing, a list or a mapping in the place of a key; write a name',
  }
}

function refuseOpen({ start, end }: CST.FlowCollection): CstRefusal | undefined {
  if (end.some(({ type }) => type === 'flow-map-end' || type === 'flow-seq-end')) return undefined
  const closing = start.source === '[' ? ']' : '}'
  const message = `the ${start.source} here is not closed; write ${closing} at its end`
  return { code: 'GATE_CONFIG_YAML', message, isEnd: true }
}

const typographic = /^["'„“”‟‘’‚‛«»‹›″′]|["„“”‟‘’‚‛«»‹›″′]$/

function refusePlain({ source, offset }: CST.FlowScalar, isKey: boolean): CstRefusal | undefined {
  // A key over two lines is told by the library, or is not known.
  const lineBreak = isKey ? undefined : refuseLineBreak(source, offset)
  if (lineBreak !== undefined) return lineBreak
  if (isKey && source === '<<') {
    return { code: feature, message: 'is a merge key of YAML; write the keys out' }
  }
  if (typographic.test(source)) {
    const [, bare = ''] = /^.?(.*?).?$/s.exec(source) ?? []
    const message = `${source} has a typographic quotation mark; write "${bare}"`
    return { code: 'GATE_CONFIG_CHARACTER', message }
  }
  if (source.includes('\t')) return { code: 'GATE_CONFIG_CHARACTER', message: tabMessage }
  return isKey ? undefined : refuseNumber(source)
}

const tabMessage = 'has a tab within the text; write blanks'

// As the core schema of YAML 1.2 reads numbers; all but plain digits is read as another number than it looks like.
const number =
  /^(?:0o[0-7]+|0x[0-9a-fA-F]+|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/
const plainNumber = /^-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]+)?$/

function refuseNumber(source: string): CstRefusal | undefined {
  if (!number.test(source) || plainNumber.test(source)) return undefined
  const message = `${source} is a number to YAML, and not the one that it looks like; write it in plain digits, or "${source}" in quotes if it is a text`
  return { code: 'GATE_CONFIG_YAML_NUMBER', message }
}

function refuseQuoted({ type, source, offset }: CST.FlowScalar): CstRefusal | undefined {
  const mark = type === 'double-quoted-scalar' ? '"' : "'"
  if (source.length < 2 || !source.endsWith(mark)) {
    const message = `${openQuote} ${mark} here is not closed; write ${mark} at the end of the text`
    return { code: 'GATE_CONFIG_YAML', message, isEnd: true }
  }
  const lineBreak = refuseLineBreak(source, offset)
  if (lineBreak !== undefined) return lineBreak
  const escapes = mark === '"' ? findEscapeMistake(source) : undefined
  if (escapes !== undefined) return { code: 'GATE_CONFIG_YAML_ESCAPE', message: escapes }
  if (source.includes('\t')) return { code: 'GATE_CONFIG_CHARACTER', message: tabMessage }
  const text = textOf({ type, source, offset, indent: 0 }) ?? ''
  if (/\p{Cs}/u.test(text)) {
    const message = 'has half of a character in an escape; write the character itself'
    return { code: 'GATE_CONFIG_YAML_ESCAPE', message }
  }
  return undefined
}

// Told where the text goes on: there the dash, the colon or the quotation mark is missing.
function refuseLineBreak(source: string, offset: number): CstRefusal | undefined {
  const [breaks] = /\r?\n\s*/.exec(source) ?? []
  if (breaks === undefined) return undefined
  const message =
    'goes on with the text of the line above; write the text in one line, or a dash, a comma or a key before this one'
  return { code: feature, offset: offset + source.indexOf(breaks) + breaks.length, message }
}

function tagMessage(tag: string, token: CST.Token | undefined): string {
  const text = textOf(token)
  if (/^!(?:!|<)/.test(tag)) {
    return `${tag} is a tag of YAML, and tags are not taken; write the value without it`
  }
  const words =
    text === undefined || text === '' ? tag : tag === '!' ? `!${text}` : `${tag} ${text}`
  return `${tag} without quotes is a tag of YAML, and drops out of the text; write ${quoted(words)}`
}

function aliasMessage(alias: string): string {
  const name = alias.slice(1)
  const what = `${alias} without quotes is an alias of YAML, and aliases are not taken`
  return /^[A-Za-z][\w-]*$/.test(name)
    ? `${what}; write ${name}, or ${quoted(alias)} in quotes`
    : `${what}; write ${quoted(alias)}`
}

function quoted(text: string): string {
  const bare = text.replace(/^!"(.*)"$/, '!$1')
  return /["\\]/.test(bare) ? `'${bare.replaceAll("'", "''")}'` : `"${bare}"`
}

function refuseTwice(
  { keys, token, first }: YamlNode,
  lineOf: (offset: number) => number,
): YamlRefusal | undefined {
  if (token === undefined || first === undefined) return undefined
  const message = `is given twice, first in line ${lineOf(first)}; keep one of them`
  return { code: 'GATE_CONFIG_DUPLICATE_KEY', offset: token.offset, keys, message }
}
