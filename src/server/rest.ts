// When files that somebody writes to have come to rest: they look the same over a quiet time, and two reads of
// them, at its beginning and at its end, are equal. A file caught while `cp` or an editor writes it in place is
// valid when empty, and may be valid when cut at a line end, with an exclusion missing.
import type { Look } from './file-look.ts'
import { changesBetween, digestOf, lookAt } from './file-look.ts'

export interface Rest {
  readonly look: Look
  readonly digest: string
  /** Since when they look so, on the clock that was given. */
  readonly sinceMs: number
}

/** The beginning of a quiet time. */
export async function beginRest(files: Iterable<string>, now: () => number): Promise<Rest> {
  const paths = [...files]
  const look = await lookAt(paths)
  // The time before the first read: what is written while it is read shows in the next look.
  const sinceMs = now()
  return { look, digest: await digestOf(paths), sinceMs }
}

/** Whether the same files still look as they did. Cheap. */
export async function isUndisturbed({ look }: Rest): Promise<boolean> {
  return changesBetween(look, await lookAt(look.keys())).length === 0
}

/** Whether they look as they did and hold what they held. */
export async function isWhole(rest: Rest): Promise<boolean> {
  if (!(await isUndisturbed(rest))) return false
  return (await digestOf(rest.look.keys())) === rest.digest
}
