// How much of their budgets clients had spent that had to be forgotten. A count-min sketch (Cormode and
// Muthukrishnan, 2005): fixed in size, and its answers are never too small. So a client whose window was given up to
// save memory gets no new budget; in a flood of clients others may get less than theirs, and nobody more.

export interface ForgottenClients {
  /** `hash`: an unsigned 52-bit number. */
  add(hash: number, people: number, nowMs: number): void
  /** At least the people added for that client within the last window. */
  find(hash: number, nowMs: number): number
}

const rows = 4
const columns = 65_536
const maxCell = 65_535

/** `perMs`: the length of the window. Counts are kept for one to two windows. */
export function buildForgottenClients(perMs: number): ForgottenClients {
  let newer: Uint16Array | undefined
  let older: Uint16Array | undefined
  let startedMs = 0

  function rotate(nowMs: number): void {
    const age = nowMs - startedMs
    if (age < perMs) return
    older = age < 2 * perMs ? newer : undefined
    newer = undefined
    startedMs = nowMs
  }

  return {
    add: (hash, people, nowMs) => {
      rotate(nowMs)
      newer ??= new Uint16Array(rows * columns)
      for (const cell of cellsOf(hash)) {
        newer[cell] = Math.min(maxCell, (newer[cell] as number) + people)
      }
    },
    find: (hash, nowMs) => {
      rotate(nowMs)
      return leastOf(newer, hash) + leastOf(older, hash)
    },
  }
}

function leastOf(counts: Uint16Array | undefined, hash: number): number {
  if (counts === undefined) return 0
  return Math.min(...cellsOf(hash).map(cell => counts[cell] as number))
}

// Two halves of the hash give all rows (Kirsch and Mitzenmacher, 2006).
function cellsOf(hash: number): number[] {
  const low = hash % 2 ** 26
  const high = Math.floor(hash / 2 ** 26) | 1
  return Array.from({ length: rows }, (_, row) => row * columns + ((low + row * high) % columns))
}
