// When files are at rest: they look the same over a quiet time, and reads at its beginning and its end are equal. A file
// that is read while `cp` or an editor writes it in place is valid when empty, and may be valid when cut at a
// line end, with an exclusion missing.
import type { FileLook } from './file-look.ts'
import { changesBetween, digestOf, lookAt } from './file-look.ts'

export interface Rest {
  readonly look: FileLook
  readonly digest: string
  /** Since when they look like this, on the given clock. */
  readonly sinceMs: number
}

/** Begins a quiet time. */
export async function beginRest(files: Iterable<string>, now: () => number): Promise<Rest> {
  const paths = [...files]
  const look = await lookAt(paths)
  // Taken before the first read: anything written during the read shows in the next look.
  const sinceMs = now()
  return { look, digest: await digestOf(paths), sinceMs }
}

/** Whether the files look as before. Cheap: reads no contents. */
export async function isUndisturbed({ look }: Rest): Promise<boolean> {
  return changesBetween(look, await lookAt(look.keys())).length === 0
}

/** Whether the files look as before and have the same contents. */
export async function isWhole(rest: Rest): Promise<boolean> {
  if (!(await isUndisturbed(rest))) return false
  return (await digestOf(rest.look.keys())) === rest.digest
}
