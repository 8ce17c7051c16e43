// From the schema's findings to problems that a person can act on: one for each value, with its place, what is wrong and
// what to write.

import { Errors } from 'typebox/schema'
import System from 'typebox/system'
import { findNearest } from '../../text/nearest.ts'
import { adviceOnKey, adviceOnValue } from '../advice.ts'
import type { Problem } from '../document/problem.ts'
import type { ConfigDocument } from '../document/yaml.ts'
import type { SchemaFinding } from './alternatives.ts'
import { resolveAlternatives } from './alternatives.ts'
import { findMistake } from './formats.ts'
import type { SchemaNode } from './node.ts'
import { keysOf, marksOf, schemaAt, valueAt } from './node.ts'
import { configSchema } from './schema.ts'

// All problems at once; the library stops at eight unless told otherwise. The bound is for memory.
System.Settings.Set({ maxErrors: 100_000 })

/** What the schema finds wrong with the source. Empty exactly when its value is a ConfigText. */
export function findSchemaProblems(source: ConfigDocument): Problem[] {
  const [, findings] = Errors(configSchema, source.value)
  return resolveAlternatives(findings, source.value).flatMap(finding => describe(finding, source))
}

function describe(finding: SchemaFinding, source: ConfigDocument): Problem[] {
  const keys = keysOf(finding.instancePath)
  const schema = schemaAt(finding.schemaPath)
  const value = valueAt(source.value, keys)
  switch (finding.keyword) {
    case 'boolean': // Comes with additionalProperties, which names the key.
      return []
    case 'additionalProperties':
      return finding.params.additionalProperties.map(key =>
        source.problemAtKey([...keys, key], adviceOnKey(key, schema), 'GATE_CONFIG_UNKNOWN_KEY'),
      )
    case 'required':
      return finding.params.requiredProperties.map(key =>
        source.problemAt(
          [...keys, key],
          `is missing; add ${key}: ${exampleOf(schema.properties?.[key])}${key === 'host' ? everyAddress : ''}`,
          'GATE_CONFIG_MISSING_KEY',
        ),
      )
    case 'format':
      return [
        source.problemAt(
          keys,
          `${show(value)} ${findMistake(finding.params.format, String(value))}`,
          'GATE_CONFIG_FORMAT',
        ),
      ]
    case 'enum': {
      const known = schema.enum ?? []
      const nearest = findNearest(String(value), known)
      const hint = nearest ? `did you mean ${nearest}?` : `write ${known.join(' or ')}`
      const message = `${show(value)} is not known; ${hint}`
      return [source.problemAt(keys, message, 'GATE_CONFIG_CHOICE')]
    }
    case 'anyOf': {
      const advice = adviceOnAlternatives(value, schema, typeof keys.at(-1) === 'number')
      return [source.problemAt(keys, advice ?? misfit(value, schema), 'GATE_CONFIG_TYPE')]
    }
    default:
      return [source.problemAt(keys, misfit(value, schema), 'GATE_CONFIG_TYPE')]
  }
}

const everyAddress = ', or host: 0.0.0.0 for every address of this machine'

function misfit(value: unknown, schema: SchemaNode): string {
  const advice = adviceOnValue(value, schema)
  if (advice !== undefined) return `${show(value)} ${advice}`
  if (value === null) {
    return `has no value; write ${whatToWrite(schema)}, like ${exampleOf(schema)}, or leave the key out`
  }
  return `${show(value)} does not fit; write ${whatToWrite(schema)}, like ${exampleOf(schema)}`
}

// For a mapping that could be several alternatives or none. Shows no values: one may be a password.
function adviceOnAlternatives(
  value: unknown,
  { anyOf = [], examples }: SchemaNode,
  isItem: boolean,
): string | undefined {
  const marks = marksOf(anyOf)
  if (marks.length < 2 || !isMapping(value)) return undefined
  const there = marks.filter(mark => Object.hasOwn(value, mark))
  if (there.length === 0) {
    return `has none of ${marks.join(', ')}; write one of them, like ${exampleOf({ examples })}`
  }
  const advice = isItem ? 'write each as an item of its own' : 'keep one of them'
  return `has ${there.join(' and ')} together; ${advice}`
}

function isMapping(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

// The first sentence: the others are for the reference.
function whatToWrite({ description = '' }: SchemaNode): string {
  return description.split('. ', 1)[0] as string
}

/** The first example as people would write it. Every part of the schema that can be refused has one. */
function exampleOf(schema: unknown): string {
  const [example] = (schema as SchemaNode).examples ?? []
  return typeof example === 'string' ? example : JSON.stringify(example)
}

function show(value: unknown): string {
  const whole = value === undefined ? 'nothing' : JSON.stringify(value)
  // A URL may hold a password, and so may its query.
  const text = whole
    .replace(/:\/\/.*@/, '://…@')
    .replace(/([?&][^=&"]*pass[^=&"]*=)[^&"]*/gi, '$1…')
  return text.length > 80 ? `${text.slice(0, 79)}…` : text
}
