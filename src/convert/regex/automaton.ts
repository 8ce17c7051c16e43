// Builds an automaton that finds an expression in a text as mod_rewrite does: anywhere, unless it is anchored. Its
// states are deterministic and made when they are first reached.
import type { CharSet } from './char-set.ts'
import { oneChar } from './char-set.ts'
import type { Regex } from './regex.ts'

export interface Automaton {
  readonly start: State
  /** The state after one more character. */
  step(state: State, char: string): State
  /** Whether the expression is found in the text that led here, if it ends here. */
  isFound(state: State): boolean
}

export interface State {
  readonly id: number
  /** The expression is found, however the text goes on. */
  readonly isCertain: boolean
  /** The expression is not found, however the text goes on. */
  readonly isHopeless: boolean
}

/** The automaton would need too much memory. The message is worded to follow the expression. */
export class TooComplexError extends Error {}

const maxNodes = 50_000
const maxStates = 20_000

type Node =
  | { readonly kind: 'chars'; readonly set: CharSet; readonly to: number }
  | { readonly kind: 'split'; readonly to: number[] }
  | { readonly kind: 'start' | 'end'; readonly to: number }
  | { readonly kind: 'found' }

interface OwnState extends State {
  readonly nodes: readonly number[]
  readonly next: Map<string, OwnState>
  readonly isFound: boolean
}

/** @throws TooComplexError, also from `step` of the automaton */
export function buildAutomaton(regex: Regex): Automaton {
  const nodes: Node[] = []
  const add = (node: Node) => {
    if (nodes.length >= maxNodes) throw new TooComplexError('is too large')
    return nodes.push(node) - 1
  }
  const first = compile(regex, add({ kind: 'found' }), add)
  const states = new Map<string, OwnState>()
  // Whether a match can begin at the start of the text only.
  const isAnchored = close([first], { isStart: false, isEnd: true }).every(
    at => nodes[at]?.kind === 'start' || nodes[at]?.kind === 'split',
  )

  function close(from: readonly number[], where: { isStart: boolean; isEnd: boolean }): number[] {
    const seen = new Set<number>()
    const open = [...from]
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (seen.has(at)) continue
      seen.add(at)
      const node = nodes[at] as Node
      if (node.kind === 'split') open.push(...node.to)
      else if (node.kind === 'start' && where.isStart) open.push(node.to)
      else if (node.kind === 'end' && where.isEnd) open.push(node.to)
    }
    return [...seen]
  }

  function stateOf(from: readonly number[], isStart: boolean): OwnState {
    // `$` stays in the state: whether the text ends here is known later.
    const closed = close(from, { isStart, isEnd: false })
    const isCertain = closed.some(at => nodes[at]?.kind === 'found')
    const kept = isCertain
      ? []
      : closed
          .filter(at => ['chars', 'end'].includes(nodes[at]?.kind as string))
          .sort((a, b) => a - b)
    // The state at the start is distinct: after a `$` the expression may ask for `^` again.
    const key = `${isCertain} ${isStart} ${kept.join()}`
    let state = states.get(key)
    if (state === undefined) {
      if (states.size >= maxStates) throw new TooComplexError('has too many states')
      const isFound = isCertain || isFoundAtEnd(kept, isStart)
      const isHopeless = !isFound && kept.length === 0 && isAnchored
      state = { id: states.size, isCertain, isHopeless, isFound, nodes: kept, next: new Map() }
      states.set(key, state)
    }
    return state
  }

  function isFoundAtEnd(from: readonly number[], isStart: boolean): boolean {
    return close([...from, first], { isStart, isEnd: true }).some(at => nodes[at]?.kind === 'found')
  }

  const start = stateOf([first], true)
  return {
    start,
    step: (state, char) => {
      const own = state as OwnState
      if (own.isCertain || own.isHopeless) return own
      const known = own.next.get(char)
      if (known !== undefined) return known
      const set = oneChar(char.charCodeAt(0))
      const reached = [first] // A match may begin at each character.
      for (const at of own.nodes) {
        const node = nodes[at] as Node
        if (node.kind === 'chars' && (node.set & set) !== 0n) reached.push(node.to)
      }
      const next = stateOf(reached, false)
      own.next.set(char, next)
      return next
    },
    isFound: state => (state as OwnState).isFound,
  }
}

/** @returns the node that begins the expression; its end leads to the node `to` */
function compile(regex: Regex, to: number, add: (node: Node) => number): number {
  switch (regex.kind) {
    case 'chars':
      return add({ kind: 'chars', set: regex.set, to })
    case 'start':
    case 'end':
      return add({ kind: regex.kind, to })
    case 'sequence':
      return regex.parts.reduceRight((next, part) => compile(part, next, add), to)
    case 'choice':
      return add({ kind: 'split', to: regex.options.map(option => compile(option, to, add)) })
    case 'repeat': {
      const { part, min, max } = regex
      let next = to
      if (max === Infinity) {
        const loop: Node & { kind: 'split' } = { kind: 'split', to: [to] }
        next = add(loop)
        loop.to.push(compile(part, next, add))
      } else {
        for (let count = min; count < max; count++) {
          next = add({ kind: 'split', to: [to, compile(part, next, add)] })
        }
      }
      for (let count = 0; count < min; count++) {
        const before = next
        next = compile(part, next, add)
        // An empty part makes no nodes, so maxNodes would never end `((){1000}){1000}`.
        if (next === before) break
      }
      return next
    }
  }
}
