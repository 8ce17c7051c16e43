// Which IPv6 addresses an expression matches, exactly: its automaton is run over the texts of all of them, as
// inet_ntop writes REMOTE_ADDR. It puts :: in place of the longest run of zero groups, the first of several, so
// the addresses are gone through by where that run stands.
//
// Texts that no client of the gate has are read as plain groups: ::ffff:a:b, which Apache shows as IPv4, and the
// obsolete ::a.b.c.d, which is doubtful to the gate and never admitted.
import type { AddressSet, AddressSpace } from './address-diagram.ts'
import type { Automaton, State } from './automaton.ts'
import { isEverFoundIn, run } from './automaton-search.ts'

/** The groups that :: stands for; without one it stands behind the last group. */
interface Gap {
  readonly start: number
  readonly length: number
}

const groupCount = 8

/** @throws TooComplexError */
export function findAddresses6(automaton: Automaton, space: AddressSpace): AddressSet {
  // Most expressions mean IPv4 only, and that is seen soon.
  if (!isEverFoundIn(automaton, '0123456789abcdef:')) return space.none
  const gaps: Gap[] = [{ start: groupCount, length: 2 }]
  for (let length = 2; length <= groupCount; length++) {
    for (let start = 0; start + length <= groupCount; start++) gaps.push({ start, length })
  }
  return gaps
    .map(gap => new GapReader(automaton, space, gap).find())
    .reduce((all, each) => space.union(all, each), space.none)
}

/** Goes through the addresses with one gap. */
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

  /** From a group on; `zeros`: zero groups right before it, outside of the gap. */
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
      // A longer run of zeros would have been the gap, and so would the first of two that are as long.
      const maxZeros = group > start ? length : length - 1
      const isBeside = group === start - 1 || group === start + length
      const mayBeZero = zeros < maxZeros && !(isBeside && start < groupCount)
      return this.#leading(before, { left: 4, group, zeros, mayBeZero })
    })
  }

  #overGap(state: State): AddressSet {
    const { start, length } = this.#gap
    const end = start + length
    // The colon of the next group is the second.
    const after = run(this.#automaton, state, end === groupCount ? '::' : ':')
    let set = this.#groups(after, end, 0)
    for (let bit = 0; bit < length * 16; bit++) set = this.#space.ofHalves(set, this.#space.none)
    return set
  }

  /** The digits of a group as long as they are zeros, which are not written. */
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

  /** The digits behind the first that is written. */
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
