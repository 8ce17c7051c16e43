// Finds all IPv4 addresses that an expression matches: the automaton runs over the texts of all of them, octet by
// octet, and each state at the same octet is followed only once.
import type { AddressSet, AddressSpace } from './address-diagram.ts'
import type { Automaton, State } from './automaton.ts'

/**
 * The IPv4 addresses in whose dotted quads the expression is found. REMOTE_ADDR has no leading zeros (inet_ntop).
 * @throws TooComplexError
 */
export function findAddresses(automaton: Automaton, space: AddressSpace): AddressSet {
  const known = new Map<string, AddressSet>()

  function after(state: State, octet: number): AddressSet {
    if (state.isCertain) return space.all
    if (state.isHopeless) return space.none
    if (octet === 4) return automaton.isFound(state) ? space.all : space.none
    const key = `${octet} ${state.id}`
    let set = known.get(key)
    if (set === undefined) {
      const start = octet === 0 ? state : automaton.step(state, '.')
      set = space.ofOctet(octetsFrom(automaton, start).map(each => after(each, octet + 1)))
      known.set(key, set)
    }
    return set
  }
  return after(automaton.start, 0)
}

/** The states after each of the texts `0` to `255`. */
function octetsFrom({ step }: Automaton, start: State): State[] {
  const states: State[] = []
  for (let value = 0; value < 256; value++) {
    const before = value < 10 ? start : (states[Math.floor(value / 10)] as State)
    states.push(step(before, String(value % 10)))
  }
  return states
}
