// From the schema's findings to what a person can act on: one problem a value, with its place, what
// is wrong and what to write.

import type { TLocalizedValidationError } from 'typebox/error'
import System from 'typebox/system'
import Value from 'typebox/value'
import { complaintAbout } from './formats.ts'
import type { Problem } from './problem.ts'
import { findNearest } from './problem.ts'
import { configSchema } from './schema.ts'
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

// All problems at once; the library stops at eight unless told otherwise. The bound is for memory.
System.Settings.Set({ maxErrors: 100_000 })

/** What the schema finds wrong with the source. Empty exactly when its value is a ConfigText. */
export function findSchemaProblems(source: Source): Problem[] {
  const findings = [...Value.Errors(configSchema, source.value)]
  return settleAlternatives(findings, source.value).flatMap(finding => describe(finding, source))
}

// A value that fits none of several alternatives is measured against the one that it comes nearest.
function settleAlternatives(findings: readonly Finding[], root: unknown): Finding[] {
  const alternatives = new Map(
    findings
      .filter(({ keyword }) => keyword === 'anyOf')
      .map(finding => [placeOf(finding), finding]),
  )
  const inside = new Map<Finding, Finding[]>()
  const settled: Finding[] = []
  for (const finding of findings) {
    const around = findOutermost(finding, alternatives)
    if (around !== undefined) inside.set(around, [...(inside.get(around) ?? []), finding])
    else if (finding.keyword !== 'anyOf') settled.push(finding)
  }
  for (const finding of alternatives.values()) {
    if (findOutermost(finding, alternatives) !== undefined) continue
    const meant = findMeant(finding, inside.get(finding) ?? [], root)
    settled.push(...(meant.length > 0 ? settleAlternatives(meant, root) : [finding]))
  }
  return settled
}

function placeOf({ instancePath, schemaPath }: Finding): string {
  return `${instancePath} ${schemaPath}`
}

// Of the alternatives that a finding lies inside of, the one with the shortest paths.
function findOutermost(
  finding: Finding,
  alternatives: ReadonlyMap<string, Finding>,
): Finding | undefined {
  const { instancePath, schemaPath } = finding
  const parts = instancePath.split('/')
  const places = parts.map((_, last) => parts.slice(0, last + 1).join('/'))
  for (
    let at = schemaPath.indexOf('/anyOf/');
    at >= 0;
    at = schemaPath.indexOf('/anyOf/', at + 1)
  ) {
    for (const place of places) {
      const around = alternatives.get(`${place} ${schemaPath.slice(0, at)}`)
      if (around !== undefined) return around
    }
  }
  return undefined
}

// The findings of the branch whose type the value has and, among mappings, that has a key of it.
function findMeant(around: Finding, inside: readonly Finding[], root: unknown): Finding[] {
  const branches = (schemaAt(around.schemaPath).anyOf ?? []) as SchemaNode[]
  const value = valueAt(root, keysOf(around.instancePath))
  const fitting = [...branches.keys()].filter(at => fits(branches[at]?.type, value))
  const sharing = fitting.find(at =>
    Object.keys(branches[at]?.properties ?? {}).some(key => Object.hasOwn(Object(value), key)),
  )
  const chosen = sharing ?? fitting[0]
  const start = `${around.schemaPath}/anyOf/${chosen}`
  return inside.filter(({ schemaPath }) => `${schemaPath}/`.startsWith(`${start}/`))
}

function fits(type: string | undefined, value: unknown): boolean {
  if (Array.isArray(value)) return type === 'array'
  return value !== null && type === (Number.isInteger(value) ? 'integer' : typeof value)
}

function describe(finding: Finding, source: Source): Problem[] {
  const keys = keysOf(finding.instancePath)
  const schema = schemaAt(finding.schemaPath)
  const value = valueAt(source.value, keys)
  switch (finding.keyword) {
    case 'boolean': // Comes with additionalProperties, which names the key.
      return []
    case 'additionalProperties':
      return finding.params.additionalProperties.map(key =>
        source.problemAtKey([...keys, key], adviceOnKey(key, schema)),
      )
    case 'required':
      return finding.params.requiredProperties.map(key =>
        source.problemAt(
          [...keys, key],
          `is missing; add ${key}: ${exampleOf(schema.properties?.[key])}`,
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
      const known = schema.enum ?? []
      const nearest = findNearest(String(value), known)
      const hint = nearest ? `did you mean ${nearest}?` : `write ${known.join(' or ')}`
      return [source.problemAt(keys, `${show(value)} is not known; ${hint}`)]
    }
    default:
      return [
        source.problemAt(
          keys,
          `${show(value)} does not fit; write ${schema.description}, like ${exampleOf(schema)}`,
        ),
      ]
  }
}

function adviceOnKey(key: string, schema: SchemaNode): string {
  if (schema.patternProperties !== undefined) {
    return 'is no name; begin with a letter, go on with letters, digits, - and _'
  }
  const known = Object.keys(schema.properties ?? {})
  const nearest = findNearest(key, known)
  return `is not known; ${nearest ? `did you mean ${nearest}?` : `known here: ${known.join(', ')}`}`
}

/** The first example as people would write it. Every part of the schema that can be refused has one. */
function exampleOf(schema: unknown): string {
  const [example] = (schema as SchemaNode).examples ?? []
  return typeof example === 'string' ? example : JSON.stringify(example)
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
