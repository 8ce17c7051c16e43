// `photogate schema`: the configuration's JSON Schema, for editors, or its reference, for people.

import type { SchemaNode } from '../config/schema/node.ts'
import { formatReference } from '../config/schema/reference.ts'
import { configSchema } from '../config/schema/schema.ts'
import type { Output } from './output.ts'

export interface SchemaOptions {
  /** Prints the reference of all keys in Markdown instead of the JSON Schema. */
  readonly markdown?: boolean
}

export function schema({ markdown = false }: SchemaOptions, output: Output): number {
  if (markdown) {
    output.print(formatReference(configSchema as unknown as SchemaNode))
    return 0
  }
  const dialect = 'https://json-schema.org/draft/2020-12/schema'
  const title = 'photogate.yaml'
  output.print(JSON.stringify({ $schema: dialect, title, ...configSchema }, null, 2))
  return 0
}
