// Other forms with one meaning only, turned into the form of the schema before the check: one mapping in the place of a
// list, and the name of a header in capitals.
import type { SchemaNode } from './node.ts'

/** The value with a list around each mapping that stands for one, and `clientHeader` in lower case. */
export function acceptForms(value: unknown, schema: SchemaNode): unknown {
  const accepted = acceptLists(value, schema)
  if (!isMapping(accepted)) return accepted
  const { clientHeader } = accepted
  return typeof clientHeader === 'string'
    ? { ...accepted, clientHeader: clientHeader.toLowerCase() }
    : accepted
}

function acceptLists(value: unknown, schema: SchemaNode): unknown {
  const list = schema.anyOf?.find(({ type }) => type === 'array')
  if (list !== undefined && isMapping(value) && takesMappings(list.items)) {
    return [acceptLists(value, list.items as SchemaNode)]
  }
  if (Array.isArray(value)) {
    const items = (schema.type === 'array' ? schema : list)?.items as SchemaNode | undefined
    return items === undefined ? value : value.map(item => acceptLists(item, items))
  }
  if (!isMapping(value) || schema.properties === undefined) return value
  const { properties } = schema
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) =>
      Object.hasOwn(properties, key)
        ? [key, acceptLists(item, properties[key] as SchemaNode)]
        : [key, item],
    ),
  )
}

function takesMappings(items: unknown): boolean {
  const { type, anyOf = [] } = (items ?? {}) as SchemaNode
  return type === 'object' || anyOf.some(alternative => alternative.type === 'object')
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
