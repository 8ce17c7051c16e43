// All photos in the order of their addresses, to search and to page through. Sorted in slices, because the gate answers
// requests meanwhile: 100,000 addresses at once would hold all of them up.
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { PhotoFile } from '../../photo/photo-file.ts'
import { bytesOf } from '../../photo/photo-file.ts'
import type { PhotoLibrary } from '../../photo/photo-library.ts'
import type { WallPhoto } from './answers.ts'

export interface PhotoSearch {
  /** Those whose address has all of the words. */
  find(query: PhotoQuery): Promise<{ readonly total: number; readonly rows: readonly WallPhoto[] }>
  /** How many photos each mail domain has. */
  countDomains(): Promise<ReadonlyMap<string, number>>
}

export interface PhotoQuery {
  readonly words: string
  readonly offset: number
  readonly limit: number
}

const sliceFiles = 2_000
// The list may be this many milliseconds old: under a large import it changes all the time.
const maxAgeMs = 5_000

interface Sorted {
  readonly library: PhotoLibrary
  readonly version: number
  readonly atMs: number
  readonly files: Promise<readonly PhotoFile[]>
}

/** `library`: the one that is served now. A reload may have brought another. */
export function buildPhotoSearch(
  library: () => PhotoLibrary,
  now: () => number = () => performance.now(),
): PhotoSearch {
  let sorted: Sorted | undefined
  let domains:
    | {
        readonly files: Promise<readonly PhotoFile[]>
        readonly counts: Promise<ReadonlyMap<string, number>>
      }
    | undefined

  function filesOf(current: PhotoLibrary): Promise<readonly PhotoFile[]> {
    const isSame = sorted?.library === current
    if (isSame && (sorted?.version === current.version || now() - (sorted?.atMs ?? 0) < maxAgeMs)) {
      return (sorted as Sorted).files
    }
    const files = sortInSlices(current.files())
    sorted = { library: current, version: current.version, atMs: now(), files }
    return files
  }

  return {
    find: async ({ words, offset, limit }) => {
      const all = await filesOf(library())
      const found = await filterInSlices(all, words.toLowerCase().split(/\s+/).filter(Boolean))
      return { total: found.length, rows: found.slice(offset, offset + limit).map(rowOf) }
    },
    countDomains: () => {
      const files = filesOf(library())
      if (domains?.files !== files) domains = { files, counts: files.then(countDomains) }
      return domains.counts
    },
  }
}

async function countDomains(files: readonly PhotoFile[]): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>()
  for (const [at, { address }] of files.entries()) {
    if (at > 0 && at % (5 * sliceFiles) === 0) await nextTurn()
    const domain = address.slice(address.lastIndexOf('@') + 1)
    counts.set(domain, (counts.get(domain) ?? 0) + 1)
  }
  return counts
}

function rowOf(file: PhotoFile): WallPhoto {
  const { address, name, modifiedMs } = file
  return { address, file: name, bytes: bytesOf(file), modifiedMs }
}

async function filterInSlices(
  files: readonly PhotoFile[],
  words: readonly string[],
): Promise<readonly PhotoFile[]> {
  if (words.length === 0) return files
  const found: PhotoFile[] = []
  for (let at = 0; at < files.length; at += 5 * sliceFiles) {
    if (at > 0) await nextTurn()
    for (const file of files.slice(at, at + 5 * sliceFiles)) {
      if (words.every(word => file.address.includes(word))) found.push(file)
    }
  }
  return found
}

async function sortInSlices(files: Iterable<PhotoFile>): Promise<readonly PhotoFile[]> {
  let runs: PhotoFile[][] = []
  let run: PhotoFile[] = []
  for (const file of files) {
    run.push(file)
    if (run.length < sliceFiles) continue
    runs.push(run.sort(byAddress))
    run = []
    await nextTurn()
  }
  runs.push(run.sort(byAddress))
  while (runs.length > 1) {
    const merged: PhotoFile[][] = []
    for (let at = 0; at < runs.length; at += 2) {
      merged.push(await merge(runs[at] as PhotoFile[], runs[at + 1] ?? []))
    }
    runs = merged
  }
  return runs[0] ?? []
}

async function merge(left: PhotoFile[], right: PhotoFile[]): Promise<PhotoFile[]> {
  const merged: PhotoFile[] = []
  let [atLeft, atRight] = [0, 0]
  while (atLeft < left.length && atRight < right.length) {
    const [one, other] = [left[atLeft] as PhotoFile, right[atRight] as PhotoFile]
    if (byAddress(one, other) <= 0) {
      merged.push(one)
      atLeft++
    } else {
      merged.push(other)
      atRight++
    }
    if (merged.length % (5 * sliceFiles) === 0) await nextTurn()
  }
  return merged.concat(left.slice(atLeft), right.slice(atRight))
}

function byAddress(one: PhotoFile, other: PhotoFile): number {
  return one.address < other.address ? -1 : one.address > other.address ? 1 : 0
}
