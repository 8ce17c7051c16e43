// `photogate schema`: the configuration's JSON Schema, for editors.
import { configSchema } from '../config/schema/schema.ts'
import type { Output } from './output.ts'

export function schema(output: Output): number {
  const dialect = 'https://json-schema.org/draft/2020-12/schema'
  const title = 'photogate.yaml'
  output.print(JSON.stringify({ $schema: dialect, title, ...configSchema }, null, 2))
  return 0
}
