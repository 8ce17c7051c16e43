// From the schema's findings to what a person can act on: one problem a value, with its place, what
// is wrong and what to write.

import type { TLocalizedValidationError } from 'typebox/error'
import System from 'typebox/system'
import Value from 'typebox/value'
import type { Problem } from './problem.ts'
import { findNearest } from './problem.ts'
import { complaintAbout, configSchema } from './schema.ts'
import type { Keys, Source } from './source.ts'

type Finding = TLocalizedValidationError
interface SchemaNode {
  readonly type?: string
  readonly description?: string
  readonly examples?: readonly unknown[]
  readonly enum?: readonly string[]
  readonly properties?: Readonly<Record<string, unknown>>
  readonly [key: string]: unknown
}

// All problems at once; the library stops at eight unless told otherwise.
System.Settings.Set({ maxErrors: 10_000 })

/** All that the schema finds wrong with the source. Empty when its value is a ConfigText. */
export function findSchemaProblems(source: Source): Problem[] {
  const findings = settleAlternatives([...Value.Errors(configSchema, source.value)], source.value)
  return findings.flatMap(finding => describe(finding, source))
}

// A value that fits none of several alternatives is measured against the one whose type it has.
function settleAlternatives(findings: Finding[], root: unknown): Finding[] {
  const outermost = findings.find(
    (finding, _, all) =>
      finding.keyword === 'anyOf' &&
      !all.some(
        other => other.keyword === 'anyOf' && other !== finding && isInside(finding, other),
      ),
  )
  if (outermost === undefined) return findings
  const inside = findings.filter(finding => isInside(finding, outermost))
  const rest = findings.filter(finding => finding !== outermost && !inside.includes(finding))
  const branches = (schemaAt(outermost.schemaPath).anyOf ?? []) as SchemaNode[]
  const value = valueAt(root, keysOf(outermost.instancePath))
  const chosen = branches.findIndex(branch => branch.type !== undefined && fits(branch.type, value))
  const meant = inside.filter(({ schemaPath }) =>
    `${schemaPath}/`.startsWith(`${outermost.schemaPath}/anyOf/${chosen}/`),
  )
  const settled =
    meant.length > 0
      ? settleAlternatives(meant, root)
      : [{ ...outermost, keyword: 'type' } as Finding]
  return [...settleAlternatives(rest, root), ...settled]
}

function isInside(finding: Finding, anyOf: Finding): boolean {
  return (
    finding !== anyOf &&
    finding.schemaPath.startsWith(`${anyOf.schemaPath}/anyOf/`) &&
    `${finding.instancePath}/`.startsWith(`${anyOf.instancePath}/`)
  )
}

function fits(type: string, value: unknown): boolean {
  if (Array.isArray(value)) return type === 'array'
  if (value === null) return false
  return type === (Number.isInteger(value) ? 'integer' : typeof value)
}

function describe(finding: Finding, source: Source): Problem[] {
  const keys = keysOf(finding.instancePath)
  const schema = schemaAt(finding.schemaPath)
  const value = valueAt(source.value, keys)
  const wanted = `; write ${schema.description ?? 'a value of the right kind'}${exampleOf(schema)}`
  switch (finding.keyword) {
    case 'boolean': // Comes with additionalProperties, which names the key.
      return []
    case 'additionalProperties':
      return finding.params.additionalProperties.map(key => {
        const known = Object.keys(schema.properties ?? {})
        const nearest = findNearest(key, known)
        if (schema.patternProperties !== undefined) {
          const message = 'is no name; begin with a letter, go on with letters, digits, - and _'
          return source.problemAtKey([...keys, key], message)
        }
        const hint = nearest ? `did you mean ${nearest}?` : `known here: ${known.join(', ')}`
        return source.problemAtKey([...keys, key], `is not known; ${hint}`)
      })
    case 'required':
      return finding.params.requiredProperties.map(key =>
        source.problemAt(
          keys,
          `has no ${key}; add ${key}: ${exampleValue(schema.properties?.[key])}`,
        ),
      )
    case 'format':
      return [
        source.problemAt(
          keys,
          `${show(value)} ${complaintAbout(finding.params.format, String(value))}`,
        ),
      ]
    case 'enum': {
      const nearest = findNearest(String(value), schema.enum ?? [])
      const hint = nearest ? `did you mean ${nearest}?` : `write ${schema.enum?.join(' or ')}`
      return [source.problemAt(keys, `${show(value)} is not known; ${hint}`)]
    }
    default:
      return [source.problemAt(keys, `${show(value)} does not fit${wanted}`)]
  }
}

function exampleOf(schema: SchemaNode): string {
  return schema.examples === undefined ? '' : `, like ${exampleValue(schema)}`
}

function exampleValue(schema: unknown): string {
  const [example] = (schema as SchemaNode | undefined)?.examples ?? []
  return example === undefined
    ? '…'
    : typeof example === 'string'
      ? example
      : JSON.stringify(example)
}

function show(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 79)}…` : text
}

function schemaAt(path: string): SchemaNode {
  return valueAt(configSchema, keysOf(path.slice(1), false)) as SchemaNode
}

// JSON pointers (RFC 6901); numbers become indices, in values but not in schemas.
function keysOf(pointer: string, isValue = true): Keys {
  return pointer
    .split('/')
    .slice(1)
    .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map(part => (isValue && /^\d+$/.test(part) ? Number(part) : part))
}

function valueAt(root: unknown, keys: Keys): unknown {
  let value = root
  for (const key of keys) value = (value as Record<string | number, unknown> | undefined)?.[key]
  return value
}
