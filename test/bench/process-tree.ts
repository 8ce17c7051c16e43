// The CPU time and memory of a process and its descendants, from Linux's /proc (proc(5)).
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

export interface TreeUse {
  /** User and system time since the start, of children that have ended too. */
  readonly cpuSeconds: number
  /** Resident memory. Pages that processes share are counted in each. */
  readonly residentBytes: number
}

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))
const pageBytes = Number(execFileSync('getconf', ['PAGESIZE'], { encoding: 'utf8' }))

export function readTree(root: number): TreeUse {
  const all = readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(readStat)
    .filter(stat => stat !== undefined)
  const tree = new Set([root])
  // A child often, but not always, has the higher number. So repeat until no process is added.
  for (let before = 0; before !== tree.size; ) {
    before = tree.size
    for (const { pid, parent } of all) if (tree.has(parent)) tree.add(pid)
  }
  const members = all.filter(({ pid }) => tree.has(pid))
  const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0)
  return {
    cpuSeconds: sum(members.map(({ ticks }) => ticks)) / ticksPerSecond,
    residentBytes: sum(members.map(({ pages }) => pages)) * pageBytes,
  }
}

function readStat(pid: string) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name, in parentheses, may hold anything. What follows begins with field 3.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const field = (number: number) => Number(fields[number - 3])
    return {
      pid: Number(pid),
      parent: field(4),
      ticks: field(14) + field(15) + field(16) + field(17),
      pages: field(24),
    }
  } catch {
    return undefined // The process has ended meanwhile.
  }
}
