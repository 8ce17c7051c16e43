// What to write instead of a key or value that the schema refuses, by what people commonly mean.

import { findNearest } from '../text/nearest.ts'
import { adviseDuration, adviseSize } from './amount-advice.ts'
import type { SchemaNode } from './schema/node.ts'
import { configSchema } from './schema/schema.ts'

/** For an unknown key in the mapping of that schema, worded to follow the key. */
export function adviceOnKey(key: string, schema: SchemaNode): string {
  if (schema.patternProperties !== undefined) {
    return 'is not a name; begin with a letter, go on with letters, digits, - and _'
  }
  const known = Object.keys(schema.properties ?? {})
  const [, word, rest] = /^([A-Za-z]\w*):(\S.*)$/.exec(key) ?? []
  if (word !== undefined && known.includes(word))
    return `has no blank after the colon; write ${word}: ${rest}`
  const [, bare] = /^[-\u2010-\u2015\u2212]\s*(\S.*)$/.exec(key) ?? []
  if (bare !== undefined) return `is not an item of a list; write - ${bare}, with one blank after -`
  const small = known.find(name => name.toLowerCase() === key.toLowerCase())
  if (small !== undefined) return `is not known; did you mean ${small}?`
  const nearest = findNearest(key, known)
  const isPlural = nearest !== undefined && (key === `${nearest}s` || nearest === `${key}s`)
  const homes = isPlural ? [] : homesOf(key, schema)
  if (homes.length > 0) {
    const places = homes.map(path =>
      path === '' ? 'at the beginning of a line' : `inside ${path}`,
    )
    return `is not known here; write it ${places.join(' or ')}, and look at the blanks before it`
  }
  return `is not known; ${nearest ? `did you mean ${nearest}?` : `known here: ${known.join(', ')}`}`
}

interface Home {
  readonly path: string
  readonly node: SchemaNode
}

// The other places that know the key, at most three. None when another kind of the same item knows it.
function homesOf(key: string, schema: SchemaNode): string[] {
  const mappings = mappingsIn(configSchema as unknown as SchemaNode, '')
  const own = new Set(mappings.filter(({ node }) => node === schema).map(({ path }) => path))
  const homes = mappings.filter(({ node }) => Object.hasOwn(node.properties ?? {}, key))
  const paths = new Set(homes.map(({ path }) => path))
  return [...paths].some(path => own.has(path)) ? [] : [...paths].slice(0, 3)
}

function mappingsIn(node: SchemaNode, path: string): Home[] {
  const {
    properties = {},
    patternProperties = {},
    anyOf = [],
    items,
  } = node as SchemaNode & {
    patternProperties?: Record<string, SchemaNode>
    items?: SchemaNode
  }
  const prefix = path === '' ? '' : `${path}.`
  return [
    ...(node.properties === undefined ? [] : [{ path, node }]),
    ...Object.entries(properties).flatMap(([name, inner]) =>
      mappingsIn(inner as SchemaNode, `${prefix}${name}`),
    ),
    ...Object.values(patternProperties).flatMap(inner => mappingsIn(inner, `${prefix}NAME`)),
    ...anyOf.flatMap(branch => mappingsIn(branch, path)),
    ...(items === undefined ? [] : mappingsIn(items, path)),
  ]
}

/** For a value of another type than the schema's, worded to follow it; undefined without better advice. */
export function adviceOnValue(value: unknown, schema: SchemaNode): string | undefined {
  const kinds = formsOf(schema)
  const text = kinds.find(({ type }) => type === 'string')
  const takesNumbers = kinds.some(({ type }) => type === 'integer')
  if (
    text !== undefined &&
    !takesNumbers &&
    (typeof value === 'number' || typeof value === 'boolean')
  ) {
    if (text.format === 'duration') return `has no unit; write ${adviseDuration(String(value))}`
    if (text.format === 'size') return `has no unit; write ${adviseSize(String(value))}`
    return `is a ${typeof value === 'number' ? 'number' : 'yes or no'} to YAML, and a text is due; write "${value}" in quotes`
  }
  if (schema.type === 'boolean' && typeof value === 'string') {
    const isYes = /^(?:yes|on|y|true|1)$/i.test(value)
    const isNo = /^(?:no|off|n|false|0)$/i.test(value)
    if (isYes || isNo) return `is not taken for yes or no; write ${isYes}`
  }
  if (isMapping(value)) {
    const [key = '', inner] = Object.entries(value)[0] ?? []
    // In `[2001:db8::]` the last colon makes the text a key.
    if (inner === null && key.includes(':'))
      return `is a key without a value; write "${key}:" in quotes`
    return undefined
  }
  return takesMapping(schema) ? adviceOnEntry(value, schema) : undefined
}

function formsOf(schema: SchemaNode): SchemaNode[] {
  return [schema, ...(schema.anyOf ?? []).flatMap(formsOf)]
}

// For a text or number in the place of a mapping.
function adviceOnEntry(value: unknown, schema: SchemaNode): string | undefined {
  const mappings = formsOf(schema)
  const takes = (key: string) =>
    mappings.some(({ properties }) => Object.hasOwn(properties ?? {}, key))
  if (takes('status') && typeof value === 'number') return `has no key; write { status: 403 }`
  if (takes('redirect') && /^(?:https?:\/)?\//i.test(String(value))) {
    return `has no key; write { redirect: "${String(value).replace(/:\/\/.*@/, '://…@')}" }`
  }
  const isListen = takes('port')
  if (isListen && typeof value === 'number' && value > 0) {
    return `is not an address and a port; write { host: 127.0.0.1, port: ${value} }`
  }
  if (typeof value !== 'string') return undefined
  const [, host, port] = /^\[?([\w.:-]*?)\]?:(\d{1,5})$/.exec(value) ?? []
  if (isListen && port !== undefined) {
    const address = host === '' || host === undefined ? '127.0.0.1' : host
    return `is not an address and a port; write { host: "${address}", port: ${port} }`
  }
  const [, key = '', rest] = /^([A-Za-z]\w*):(\S.*)$/.exec(value) ?? []
  return !takes(key) ? undefined : `has no blank after the colon; write ${key}: ${rest}`
}

function takesMapping({ type, anyOf = [] }: SchemaNode): boolean {
  return type === 'object' || anyOf.some(takesMapping)
}

function isMapping(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
