// Compares two results round by round: other work of the machine slows both.
import type { Result, Sample } from './measure.ts'
import type { ServerName } from './server.ts'

/** CPU per request of the one over that of the other: the median of the rounds, and the range. */
export interface Ratio {
  readonly middle: number
  readonly least: number
  readonly most: number
}

export function ratioOf(some: Result | undefined, other: Result | undefined): Ratio | undefined {
  if (some === undefined || other === undefined) return undefined
  const ratios = some.samples.map(
    ({ cpuMicros }, round) => cpuMicros / (other.samples[round] as Sample).cpuMicros,
  )
  return ratioOfRounds(ratios)
}

/** The median of the rounds' ratios, and their range. */
export function ratioOfRounds(ratios: readonly number[]): Ratio {
  return { middle: median(ratios), least: Math.min(...ratios), most: Math.max(...ratios) }
}

export function findResult(
  results: readonly Result[],
  row: string,
  server: ServerName,
): Result | undefined {
  return results.find(result => result.row === row && result.server === server)
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length / 2
  const [low = Number.NaN, high = low] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]]
  return (low + high) / 2
}
