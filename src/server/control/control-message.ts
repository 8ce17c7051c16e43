// What the verbs and a running gate say to each other: one request and at most two answers, each a line of JSON. Bounded,
// and with a version, so that a verb of another release is refused in words.
import type { ReloadAnswer } from '../../admin/actions.ts'

export const protocolVersion = 1
export const maxRequestBytes = 1_024
export const maxAnswerBytes = 256 * 1024

const maxProblems = 100
const maxProblemLength = 1_000

/** What became of a request. */
export type ControlOutcome =
  | ReloadAnswer
  /** Every request under way was answered. */
  | { readonly outcome: 'stopped' }
  /** Requests under way were cut off. */
  | { readonly outcome: 'cut-off' }
  /** The gate does not know the request. */
  | { readonly outcome: 'misunderstood'; readonly message: string }

export type ControlVerb = 'reload' | 'stop'

export function formatRequest(verb: ControlVerb): string {
  return `${JSON.stringify({ photogate: protocolVersion, verb })}\n`
}

/** Undefined when it is no request of this version. */
export function parseRequest(line: string): string | undefined {
  const value = parseObject(line)
  const isKnown = value?.photogate === protocolVersion && typeof value.verb === 'string'
  return isKnown ? (value.verb as string) : undefined
}

/** That the gate lives, and has begun. */
export function formatHeard(pid: number): string {
  return `${JSON.stringify({ photogate: protocolVersion, heard: pid })}\n`
}

export function formatOutcome(outcome: ControlOutcome): string {
  const bounded =
    'problems' in outcome
      ? { ...outcome, problems: bound(outcome.problems) }
      : 'warnings' in outcome
        ? {
            ...outcome,
            warnings: bound(outcome.warnings),
            rules: outcome.rules.slice(0, maxProblems),
          }
        : outcome
  return `${JSON.stringify({ photogate: protocolVersion, ...bounded })}\n`
}

function bound(texts: readonly string[]): string[] {
  const shown = texts.slice(0, maxProblems).map(text => text.slice(0, maxProblemLength))
  const more = texts.length - shown.length
  return more === 0 ? shown : [...shown, `and ${more} more`]
}

/** Undefined for text that is no answer of this version. */
export function parseAnswer(line: string): { readonly heard: number } | ControlOutcome | undefined {
  const value = parseObject(line)
  if (value?.photogate !== protocolVersion) return undefined
  if (typeof value.heard === 'number') return { heard: value.heard }
  const { photogate: _, ...answer } = value
  return isOutcome(answer) ? answer : undefined
}

// A map: an object has words of its own, such as constructor.
const listsOf: ReadonlyMap<unknown, readonly string[]> = new Map<unknown, string[]>([
  ['applied', ['rules', 'warnings']],
  ['refused', ['problems']],
  ['failed', []],
  ['stopped', []],
  ['cut-off', []],
  ['misunderstood', []],
])

function isOutcome(value: Readonly<Record<string, unknown>>): value is ControlOutcome {
  const lists = listsOf.get(value.outcome)
  if (lists === undefined) return false
  const needsMessage = value.outcome === 'failed' || value.outcome === 'misunderstood'
  return (
    (!needsMessage || typeof value.message === 'string') && lists.every(key => isTexts(value[key]))
  )
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(text => typeof text === 'string')
}

function parseObject(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}
