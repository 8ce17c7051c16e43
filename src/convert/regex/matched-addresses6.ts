// Finds all IPv6 addresses that an expression matches: the automaton runs over the texts of all of them, as inet_ntop
// writes REMOTE_ADDR. inet_ntop replaces the longest run of zero groups, the first of several, by ::, so the search
// takes one place of that run (the gap) after the other.
//
// Texts that no client of the gate has are read as plain groups: ::ffff:a:b, which Apache shows as IPv4, and the
// obsolete ::a.b.c.d, which the gate never admits.
import type { AddressSet, AddressSpace } from './address-diagram.ts'
import type { Automaton, State } from './automaton.ts'
import { isEverFoundIn, run } from './automaton-search.ts'

/** The groups that :: replaces. An address without :: has its gap after the last group. */
interface Gap {
  readonly start: number
  readonly length: number
}

const groupCount = 8

/** @throws TooComplexError */
export function findAddresses6(automaton: Automaton, space: AddressSpace): AddressSet {
  // Most expressions are for IPv4 only, which this check sees fast.
  if (!isEverFoundIn(automaton, '0123456789abcdef:')) return space.none
  const gaps: Gap[] = [{ start: groupCount, length: 2 }]
  for (let length = 2; length <= groupCount; length++) {
    for (let start = 0; start + length <= groupCount; start++) gaps.push({ start, length })
  }
  return gaps
    .map(gap => new GapReader(automaton, space, gap).find())
    .reduce((all, each) => space.union(all, each), space.none)
}

/** Searches the addresses that have their gap at one place. */
class GapReader {
  readonly #automaton: Automaton
  readonly #space: AddressSpace
  readonly #gap: Gap
  readonly #known = new Map<string, AddressSet>()

  constructor(automaton: Automaton, space: AddressSpace, gap: Gap) {
    this.#automaton = automaton
    this.#space = space
    this.#gap = gap
  }

  find(): AddressSet {
    return this.#groups(this.#automaton.start, 0, 0)
  }

  /** The addresses from a group on. `zeros`: zero groups directly before it, outside the gap. */
  #groups(state: State, group: number, zeros: number): AddressSet {
    if (state.isHopeless) return this.#space.none
    const { start, length } = this.#gap
    if (group === groupCount) {
      const isFound = this.#automaton.isFound(state)
      return isFound ? this.#space.all : this.#space.none
    }
    if (group === start) return this.#overGap(state)
    return this.#once(`${group} ${zeros} ${state.id}`, () => {
      const before = group === 0 ? state : this.#automaton.step(state, ':')
      // A longer run of zeros would be the gap itself, and so would the first of two of equal length.
      const maxZeros = group > start ? length : length - 1
      const isBeside = group === start - 1 || group === start + length
      const mayBeZero = zeros < maxZeros && !(isBeside && start < groupCount)
      return this.#leading(before, { left: 4, group, zeros, mayBeZero })
    })
  }

  #overGap(state: State): AddressSet {
    const { start, length } = this.#gap
    const end = start + length
    // The second colon is that of the next group.
    const after = run(this.#automaton, state, end === groupCount ? '::' : ':')
    let set = this.#groups(after, end, 0)
    for (let bit = 0; bit < length * 16; bit++) set = this.#space.ofHalves(set, this.#space.none)
    return set
  }

  /** The leading zeros of a group, which are not written. */
  #leading(
    state: State,
    at: { left: number; group: number; zeros: number; mayBeZero: boolean },
  ): AddressSet {
    const { left, group, zeros, mayBeZero } = at
    const digits = [...'0123456789abcdef'].map((digit, value) => {
      if (value > 0) return this.#written(this.#automaton.step(state, digit), left - 1, group)
      if (left > 1) return this.#leading(state, { ...at, left: left - 1 })
      if (!mayBeZero) return this.#space.none
      return this.#groups(this.#automaton.step(state, '0'), group + 1, zeros + 1)
    })
    return this.#space.ofOctet(digits)
  }

  /** The digits after the first one that is written. */
  #written(state: State, left: number, group: number): AddressSet {
    if (state.isHopeless) return this.#space.none
    if (left === 0) return this.#groups(state, group + 1, 0)
    return this.#once(`${group} d${left} ${state.id}`, () =>
      this.#space.ofOctet(
        [...'0123456789abcdef'].map(digit =>
          this.#written(this.#automaton.step(state, digit), left - 1, group),
        ),
      ),
    )
  }

  #once(key: string, find: () => AddressSet): AddressSet {
    let set = this.#known.get(key)
    if (set === undefined) {
      set = find()
      this.#known.set(key, set)
    }
    return set
  }
}
