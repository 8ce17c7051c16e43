// The schema as a reference in Markdown: a table of keys for each top-level key. Knows nothing but the schema, so that
// the page, the editor and the check cannot differ.
import { isDeepStrictEqual } from 'node:util'
import type { SchemaNode } from './node.ts'
import { marksOf } from './node.ts'

interface ReferenceRow {
  /** `allow[].from`, `networks.<name>`. */
  readonly path: string
  readonly node: SchemaNode
  /** In words, where it is not a default. */
  readonly presence?: string
}

/** One of several mappings that a value may be, with keys of its own. */
interface ReferenceTable {
  readonly title: string
  readonly keys: readonly ReferenceRow[]
}

/** Sections by top-level key, each with one table; mappings that share keys with others get a table each. */
export function formatReference(schema: SchemaNode): string {
  return Object.entries(schema.properties ?? {})
    .flatMap(([name, node]) => [`## ${code(name)}`, ...tablesOf(name, node as SchemaNode)])
    .join('\n\n')
}

function tablesOf(name: string, node: SchemaNode): string[] {
  const groups: ReferenceTable[] = []
  const keys = [{ path: name, node }, ...keysIn(node, name, groups)]
  const parts = groups.flatMap(({ title, keys }) => [`### ${title}`, formatTable(keys)])
  return [formatTable(keys), ...parts]
}

// The keys below a node. Those of alternatives that share keys become groups.
function keysIn(node: SchemaNode, path: string, groups: ReferenceTable[]): ReferenceRow[] {
  const { properties = {}, required = [], patternProperties, items } = innerOf(node)
  if (items !== undefined) return keysIn(items, `${path}[]`, groups)
  const named = Object.values(patternProperties ?? {})
  if (named.length > 0) {
    return named.flatMap(inner => [
      { path: `${path}.<name>`, node: inner },
      ...keysIn(inner, `${path}.<name>`, groups),
    ])
  }
  const mappings = mappingsOf(node)
  if (mappings.length > 1) return alternatives(mappings, path, groups)
  return Object.entries(properties).flatMap(([name, inner]): ReferenceRow[] => {
    const key = { path: `${path}.${name}`, node: inner as SchemaNode }
    const presence = required.includes(name) ? { presence: 'required' } : {}
    return [{ ...key, ...presence }, ...keysIn(key.node, key.path, groups)]
  })
}

function alternatives(
  mappings: readonly SchemaNode[],
  path: string,
  groups: ReferenceTable[],
): ReferenceRow[] {
  const names = mappings.flatMap(({ properties = {} }) => Object.keys(properties))
  const areDistinct = new Set(names).size === names.length
  const marks = marksOf(mappings)
  if (areDistinct) {
    const presence = `one of ${marks.map(code).join(', ')}`
    return mappings
      .flatMap(mapping => keysIn(mapping, path, groups))
      .map(key => ({ ...key, presence }))
  }
  for (const [at, mapping] of mappings.entries()) {
    const title = `${code(path)} with ${code(marks[at] ?? '')}: ${escapeText(mapping.description)}`
    groups.push({ title, keys: keysIn(mapping, path, groups) })
  }
  return []
}

type InnerNode = SchemaNode & {
  readonly items?: SchemaNode
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>
}

// A list or a mapping that may stand for itself, or the one mapping among other forms.
function innerOf(node: SchemaNode): InnerNode {
  const branches = node.anyOf ?? []
  const list = branches.find(isListOfMappings)
  return list ?? (mappingsOf(node).length === 1 ? mappingsOf(node)[0] : undefined) ?? node
}

function isListOfMappings(node: SchemaNode): boolean {
  const { items } = node as InnerNode
  return items !== undefined && mappingsOf(items).length > 0
}

function mappingsOf(node: SchemaNode): SchemaNode[] {
  return [node, ...(node.anyOf ?? [])].filter(({ properties }) => properties !== undefined)
}

function formatTable(keys: readonly ReferenceRow[]): string {
  return [
    '| key | value | default | what it is for |',
    '|---|---|---|---|',
    ...keys.map(({ path, node, presence }) => {
      const cells = [code(path), formOf(node), presence ?? defaultText(node), purposeOf(node)]
      return `| ${cells.map(escapeCell).join(' | ')} |`
    }),
  ].join('\n')
}

// A bar would end the cell, in code spans too.
function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|')
}

function escapeText(text = ''): string {
  return text.replace(/[\\`*_<>[\]]/g, '\\$&')
}

function purposeOf({ description, examples: [example] = [], default: value }: SchemaNode): string {
  const isNew = example !== undefined && !isDeepStrictEqual(example, value)
  return `${sentences(description)}${isNew ? ` Example: ${code(yaml(example))}` : ''}`
}

function sentences(text = ''): string {
  const upper = escapeText(text.charAt(0).toUpperCase() + text.slice(1))
  return upper.endsWith('.') ? upper : `${upper}.`
}

function defaultText({ default: value }: SchemaNode): string {
  return value === undefined ? 'none' : code(yaml(value))
}

// As it is written in a line of YAML.
function yaml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(yaml).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, inner]) => `${key}: ${yaml(inner)}`)
    return `{ ${entries.join(', ')} }`
  }
  const text = String(value)
  const isPlain = /^[\w./@$(][\w./@$=()+-]*(?:[:,%][\w./@=+-]*)*$/.test(text)
  return typeof value !== 'string' || isPlain ? text : JSON.stringify(text)
}

function code(text: string): string {
  return `\`${text}\``
}

// The type, and the forms that it takes.
function formOf(node: SchemaNode): string {
  const { type, enum: choices, anyOf, format, minimum, maximum, const: literal } = node
  if (literal !== undefined) return code(String(literal))
  if (choices !== undefined) return choices.map(code).join(' or ')
  if (anyOf !== undefined) return formOfAlternatives(anyOf)
  if (type === 'boolean') return '`true` or `false`'
  if (type === 'integer') {
    if (maximum === undefined) return `integer of at least ${minimum}`
    return `integer from ${minimum} to ${maximum}`
  }
  if (type === 'object') return 'mapping'
  if (typeof format !== 'string') return node.pattern === undefined ? 'text' : 'name'
  return format
    .replaceAll('-', ' ')
    .replace(/\b(?:ldap|http|sftp|url)\b/g, word => word.toUpperCase())
}

// One item that may stand for a list of it is named once.
function formOfAlternatives(branches: readonly SchemaNode[]): string {
  const list = branches.find(({ type }) => type === 'array')
  const single = [...new Set(branches.filter(branch => branch !== list).map(formOf))]
  if (list === undefined) return single.join(' or ')
  const item = formOf((list as InnerNode).items as SchemaNode)
  const rest = single.filter(form => form !== item)
  return [`${item}, or a list of them`, ...rest].join(', or ')
}
