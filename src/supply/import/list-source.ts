// Lists one source: all of its people, or why the list cannot be trusted in this run.
import type { SourceSettings } from '../../config/supply/settings.ts'
import { buildSemaphore } from '../../picture/semaphore.ts'
import { openBounded } from '../source/bounded-source.ts'
import type { Person, Source } from '../source/source.ts'
import type { Listing } from './claims.ts'
import type { OpenSource } from './fetch-picture.ts'
import type { Records } from './records.ts'

export interface ListedSource {
  readonly title: string
  readonly listing: Listing
  /** Undefined when the source was not asked, or could not be opened. */
  readonly opened: OpenSource | undefined
  /** Why the list does not count. Undefined when it counts, and when the source was not asked. */
  readonly failure: string | undefined
  readonly troubles: readonly { readonly where: string; readonly reason: string }[]
  /** How many files cannot be photos, and the names of some. */
  readonly ignored: { readonly count: number; readonly some: readonly string[] }
  /** Hashes of the problems of the last import (lasting.ts). */
  readonly known: readonly string[]
}

export interface ListSourceOptions {
  open(settings: SourceSettings, signal?: AbortSignal): Promise<Source>
  readonly records: Records
  readonly force: boolean
  readonly signal: AbortSignal
  /** How long opening a source, or listing it, may take, in milliseconds. */
  readonly listMs: number
  onProgress(progress: { stage: string; done: number; total: number | undefined }): void
}

// A source that had at least 20 photos and returns fewer than half is treated as broken.
const fewPhotos = 20
// The most names of ignored files that are kept.
const namedFiles = 5

/** Reports what is wrong with the source in `failure`, and never throws for it. */
export async function listSource(
  settings: SourceSettings,
  isWanted: boolean,
  options: ListSourceOptions,
): Promise<ListedSource> {
  const { id, title } = settings
  const persons: Person[] = []
  const troubles: { where: string; reason: string }[] = []
  const ignored = { count: 0, some: [] as string[] }
  const result = (failure: string | undefined, open?: OpenSource): ListedSource => ({
    ...{ title, troubles, failure, opened: open, ignored },
    known: options.records.sources.get(id)?.known ?? [],
    listing: { source: id, persons, isWhole: isWanted && failure === undefined },
  })
  if (!isWanted) return result(undefined)
  if (options.signal.aborted) return result('the import was stopped')
  let source: Source
  try {
    source = await openBounded(signal => options.open(settings, signal), options)
  } catch (error) {
    return result((error as Error).message)
  }
  const turns = buildSemaphore(source.parallel)
  const open: OpenSource = { id, source, turns, lostReason: undefined, failures: 0 }
  const seen = new Set<string>()
  try {
    for await (const listed of source.list()) {
      if (options.signal.aborted) return result('the import was stopped', open)
      if (listed.kind === 'trouble') troubles.push(listed)
      else if (listed.kind === 'ignored') {
        if (++ignored.count <= namedFiles) ignored.some.push(listed.name)
      } else if (!seen.has(listed.person.key)) {
        persons.push(shareTexts(listed.person, id, options.records))
        seen.add(listed.person.key)
      }
      options.onProgress({ stage: title, done: persons.length, total: undefined })
    }
  } catch (error) {
    return result((error as Error).message, open)
  }
  return result(options.force ? undefined : findEmptiness(persons, id, options.records), open)
}

// Nearly all people are as in the records: the same texts must not be in memory twice.
function shareTexts(person: Person, id: string, { persons, photos }: Records): Person {
  const { key, label, addresses, photo, version } = person
  const known = persons.get(id, key)
  return {
    key: known?.key ?? key,
    ...(label === undefined ? {} : { label }),
    addresses: addresses.map(address => photos.get(address)?.address ?? address),
    photo,
    version: known?.version === version ? known?.version : version,
  }
}

// With an unmounted disk, a lost permission or a mistyped filter it looks as if everybody had left.
function findEmptiness(
  persons: readonly Person[],
  id: string,
  records: Records,
): string | undefined {
  const before = records.sources.get(id)?.photos ?? 0
  const now = persons.filter(({ photo }) => photo === 'present').length
  const isNearlyEmpty = now === 0 ? before > 0 : before >= fewPhotos && now < before / 2
  return isNearlyEmpty
    ? `returned ${now} photos, and had ${before} in the last import; if that is right, run it with --force`
    : undefined
}
