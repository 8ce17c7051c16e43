// The schema as data: its nodes, and the ways into it and into values, as JSON pointers (RFC 6901).

import type { Keys } from '../document/yaml-nodes.ts'
import { configSchema } from './schema.ts'

export interface SchemaNode {
  readonly type?: string
  readonly description?: string
  readonly examples?: readonly unknown[]
  readonly enum?: readonly string[]
  readonly anyOf?: readonly SchemaNode[]
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, unknown>>
  readonly [key: string]: unknown
}

/** The node at a finding's `schemaPath`. */
export function schemaAt(path: string): SchemaNode {
  return valueAt(configSchema, keysOf(path.slice(1), false)) as SchemaNode
}

/** Numbers become indices, in values but not in schemas. */
export function keysOf(pointer: string, isValue = true): Keys {
  return pointer
    .split('/')
    .slice(1)
    .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map(part => (isValue && /^\d+$/.test(part) ? Number(part) : part))
}

export function valueAt(root: unknown, keys: Keys): unknown {
  let value = root
  for (const key of keys) value = (value as Record<string | number, unknown> | undefined)?.[key]
  return value
}

/** The keys that tell alternative mappings apart: the first required key of each. */
export function marksOf(alternatives: readonly SchemaNode[]): string[] {
  return alternatives.flatMap(({ required = [] }) => required.slice(0, 1))
}
