// Questions to an automaton: whether it finds its expression in a text, or in which of a family of texts.
import type { Automaton, State } from './automaton.ts'

/** Whether the expression is found in the text. */
export function isFoundIn(automaton: Automaton, text: string): boolean {
  return automaton.isFound(run(automaton, automaton.start, text))
}

/** The state that the text leads to. */
export function run({ step }: Automaton, from: State, text: string): State {
  let state = from
  for (const char of text) state = step(state, char)
  return state
}

/** A fixed text, or at least `min` of these characters. */
export type Segment = string | { readonly of: Iterable<string>; readonly min: 0 | 1 }

/** One of the texts that these segments describe, without a match. Undefined: all of them have one. */
export function findUnmatched(
  automaton: Automaton,
  segments: readonly Segment[],
): string | undefined {
  let reached = new Map<State, string>([[automaton.start, '']])
  for (const segment of segments) {
    const next = new Map<State, string>()
    if (typeof segment === 'string') {
      for (const [state, text] of reached) next.set(run(automaton, state, segment), text + segment)
    } else {
      if (segment.min === 0) for (const [state, text] of reached) next.set(state, text)
      const open = [...reached]
      for (let each = open.shift(); each !== undefined; each = open.shift()) {
        for (const char of segment.of) {
          const [state, text] = [automaton.step(each[0], char), each[1] + char]
          if (next.has(state)) continue
          next.set(state, text)
          open.push([state, text])
        }
      }
    }
    reached = next
  }
  return [...reached].find(([state]) => !automaton.isFound(state))?.[1]
}

/** Whether the expression is found in at least one text of these characters. */
export function isEverFoundIn(automaton: Automaton, alphabet: string): boolean {
  const seen = new Set<State>()
  const open = [automaton.start]
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    if (seen.has(state)) continue
    seen.add(state)
    if (automaton.isFound(state)) return true
    if (!state.isHopeless) for (const char of alphabet) open.push(automaton.step(state, char))
  }
  return false
}
