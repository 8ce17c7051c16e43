// For a value that fits none of several alternatives: finds the one that was meant, so that only its problems are
// reported.
import type { TLocalizedValidationError } from 'typebox/error'
import { findNearest } from '../../text/nearest.ts'
import type { SchemaNode } from './node.ts'
import { keysOf, marksOf, schemaAt, valueAt } from './node.ts'

export type SchemaFinding = TLocalizedValidationError

/**
 * The findings without those of alternatives that were not meant. Where none was, or more than one, the
 * finding about the alternatives as a whole (`anyOf`) is left, and of what is in them nothing.
 */
export function resolveAlternatives(
  findings: readonly SchemaFinding[],
  root: unknown,
): SchemaFinding[] {
  const alternatives = new Map(
    findings
      .filter(({ keyword }) => keyword === 'anyOf')
      .map(finding => [placeOf(finding), finding]),
  )
  const inside = new Map<SchemaFinding, SchemaFinding[]>()
  const settled: SchemaFinding[] = []
  for (const finding of findings) {
    const around = findOutermost(finding, alternatives)
    if (around !== undefined) inside.set(around, [...(inside.get(around) ?? []), finding])
    else if (finding.keyword !== 'anyOf') settled.push(finding)
  }
  for (const finding of alternatives.values()) {
    if (findOutermost(finding, alternatives) !== undefined) continue
    const meant = findMeant(finding, inside.get(finding) ?? [], root)
    settled.push(...(meant.length > 0 ? resolveAlternatives(meant, root) : [finding]))
  }
  return settled
}

function placeOf({ instancePath, schemaPath }: SchemaFinding): string {
  return `${instancePath} ${schemaPath}`
}

// The outermost alternatives around a finding: those with the shortest paths.
function findOutermost(
  finding: SchemaFinding,
  alternatives: ReadonlyMap<string, SchemaFinding>,
): SchemaFinding | undefined {
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

// The findings of the branch whose type the value has and, among mappings, that its keys point to.
function findMeant(
  around: SchemaFinding,
  inside: readonly SchemaFinding[],
  root: unknown,
): SchemaFinding[] {
  const branches = schemaAt(around.schemaPath).anyOf ?? []
  const value = valueAt(root, keysOf(around.instancePath))
  const fitting = branches.filter(branch => fits(branch, value))
  const keys = Object.keys(Object(value))
  const chosen = fitting[0]?.type === 'object' ? findMapping(fitting, keys) : fitting[0]
  if (chosen === undefined) return []
  const start = `${around.schemaPath}/anyOf/${branches.indexOf(chosen)}`
  return inside.filter(({ schemaPath }) => `${schemaPath}/`.startsWith(`${start}/`))
}

// By the key that only this mapping has, otherwise by a misspelt one, otherwise by most of the keys.
function findMapping(
  mappings: readonly SchemaNode[],
  keys: readonly string[],
): SchemaNode | undefined {
  const [only, other] = mappings
  if (other === undefined) return only
  const has = (mapping: SchemaNode, key: string) => Object.hasOwn(mapping.properties ?? {}, key)
  const marked = mappings.filter(mapping => marksOf([mapping]).some(mark => keys.includes(mark)))
  if (marked.length > 0) return marked.length === 1 ? marked[0] : undefined
  const unknown = keys.filter(key => !mappings.some(mapping => has(mapping, key)))
  const near = unknown.map(key => findNearest(key, marksOf(mappings))).find(mark => mark)
  if (near !== undefined) return mappings.find(mapping => marksOf([mapping]).includes(near))
  const shared = (mapping: SchemaNode) => keys.filter(key => has(mapping, key)).length
  const [best, next] = mappings.toSorted((a, b) => shared(b) - shared(a)) as [
    SchemaNode,
    SchemaNode,
  ]
  return shared(best) > shared(next) ? best : undefined
}

function fits({ type, anyOf = [] }: SchemaNode, value: unknown): boolean {
  if (anyOf.some(branch => fits(branch, value))) return true
  if (Array.isArray(value)) return type === 'array'
  return value !== null && type === (Number.isInteger(value) ? 'integer' : typeof value)
}
