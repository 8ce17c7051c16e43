// One import from beginning to end: hear all sources out, decide, write, remove, and remember.
import type { SourceSettings, SupplySettings } from '../../config/supply/settings.ts'
import type { Holder } from '../../disk/lock.ts'
import type { Prepare } from '../../picture/prepare.ts'
import { loadPrepare } from '../../picture/prepare.ts'
import type { Source } from '../source/source.ts'
import type { Candidates } from './candidates.ts'
import { findCandidates, isWithdrawn } from './candidates.ts'
import { findWithout, forgetPersons, rememberRun, removePhotos } from './finish.ts'
import type { Journal } from './journal.ts'
import { readRecords } from './journal.ts'
import { rememberAddresses } from './known-addresses.ts'
import { findLasting } from './lasting.ts'
import type { Heard } from './list-source.ts'
import { hearSource } from './list-source.ts'
import { withJournal } from './locked-directory.ts'
import type { Tally } from './outcome.ts'
import { buildTally } from './outcome.ts'
import type { PhotoDirectory } from './photo-directory.ts'
import { openPhotoDirectory, stateDirectoryOf } from './photo-directory.ts'
import { reconcile } from './reconcile.ts'
import type { Records } from './records.ts'
import type { Removals } from './removals.ts'
import { findRemovals, limitOf } from './removals.ts'

export interface ImportProgress {
  /** What is being done: a source's title, or `photos`. */
  readonly stage: string
  readonly done: number
  /** Undefined while nobody knows. */
  readonly total: number | undefined
}

export interface ImportOptions {
  /** The directory that the gate serves; absolute. */
  readonly photos: string
  readonly supply: SupplySettings
  open(settings: SourceSettings, signal?: AbortSignal): Promise<Source>
  /** The id of the only source to ask; undefined: all. */
  readonly only?: string
  /** Removes however many, and takes a source that comes back nearly empty at its word. */
  readonly force?: boolean
  readonly dryRun?: boolean
  readonly nowMs: number
  /** Stops it. */
  readonly signal: AbortSignal
  onProgress(progress: ImportProgress): void
}

export interface ImportResult {
  readonly heard: readonly Heard[]
  readonly conflicts: Candidates['conflicts']
  readonly tally: Tally
  readonly removed: readonly string[]
  /** Who is to go: later, or, where removals are held, as soon as they are not. */
  readonly missing: Removals['missing']
  /** Main addresses of people of whom no source has a photo. */
  readonly without: readonly string[]
  /** Why nothing, or nobody, was removed that should have been. */
  readonly removalsHeld: string | undefined
  /** Nothing at all was written, because too many would have had to go. */
  readonly isStopped: boolean
  /** Told to stop before its end. */
  readonly isAborted: boolean
  /** Why, where nobody told it. */
  readonly abortReason?: string
}

const maxTimerMs = 2 ** 31 - 1
// When what prepare makes of a picture changes with the program, photos are made anew.
const pipeline = 1

/** @returns who else is importing, in place of a result. @throws Error when the directory cannot be used. */
export async function runImport(given: ImportOptions): Promise<ImportResult | Holder> {
  const limit = new AbortController()
  const seconds = given.supply.timeLimitSeconds
  const reason = `it has taken longer than supply.timeLimit (${seconds} s)`
  const timer = setTimeout(() => limit.abort(reason), Math.min(seconds * 1000, maxTimerMs))
  const options = { ...given, signal: AbortSignal.any([given.signal, limit.signal]) }
  try {
    return await runWithin(options)
  } finally {
    clearTimeout(timer)
  }
}

async function runWithin(options: ImportOptions): Promise<ImportResult | Holder> {
  if (options.dryRun) {
    const records = readRecords(stateDirectoryOf(options.photos))
    return run(options, openPhotoDirectory(options.photos), lookOnly(records))
  }
  return withJournal(options.photos, (directory, journal) => run(options, directory, journal))
}

export function isHolder(result: ImportResult | Holder): result is Holder {
  return 'pid' in result
}

async function run(
  options: ImportOptions,
  directory: PhotoDirectory,
  journal: Journal,
): Promise<ImportResult> {
  const { supply, only, signal, force = false, dryRun = false } = options
  const { records } = journal
  const heard: Heard[] = []
  try {
    for (const settings of supply.sources) {
      const isWanted = only === undefined || only === settings.id
      // One that never ends must not take the time of all others.
      const listMs = (supply.timeLimitSeconds * 1000) / 2
      heard.push(await hearSource(settings, isWanted, { ...options, records, force, listMs }))
    }
    const listings = heard.map(({ listing }) => listing)
    const candidates = findCandidates(listings, records.photos, records.sources)
    const files = directory.list()
    const removalsHeld = whyHeld(heard, signal)
    const find = removalsFinder(candidates, options, records)
    const limit = limitOf(supply.maxRemovals, records.photos.size)
    const before = find(buildTally())
    const isTooMany = (due: Removals['due']) => !force && due.length > limit
    const base = { heard, conflicts: candidates.conflicts, removed: [], isAborted: signal.aborted }
    if (removalsHeld === undefined && isTooMany(before.due)) {
      const reason = tooMany(before.due.length, limit)
      const tally = buildTally()
      const missing = [...before.due, ...before.missing]
      const nothing = { ...base, tally, missing, without: [], isStopped: true }
      return { ...nothing, removalsHeld: reason }
    }
    if (!dryRun) rememberAddresses({ ...candidates, listings, files, journal })
    const fit = `${pipeline}:${supply.fit.maxPixels}:${supply.fit.maxBytes}`
    const sources = new Map(heard.flatMap(({ open }) => (open ? [[open.id, open] as const] : [])))
    const tally = await reconcile({
      ...{ ...candidates, sources, records, directory, files, journal, fit, signal },
      prepare: lazily(() => loadPrepare(supply.fit)),
      isDryRun: dryRun,
      onProgress: (done, total) => options.onProgress({ stage: 'photos', done, total }),
    })
    const { due, missing: all } = find(tally)
    const lasting = findLasting({ heard, conflicts: candidates.conflicts, tally })
    const held = whyHeld(heard, signal) ?? (isTooMany(due) ? tooMany(due.length, limit) : undefined)
    const removed = held === undefined ? due.map(({ address }) => address) : []
    // In a run that has not heard all sources out nobody's grace begins.
    const missing =
      held === undefined
        ? all
        : all.filter(({ address }) => records.photos.get(address)?.missingSinceMs !== undefined)
    const without = () => findWithout(listings, { added: tally.added, removed, files, records })
    if (!dryRun) {
      directory.check()
      if (held === undefined) {
        await removePhotos(removed, { directory, files, journal })
        for (const { address, sinceMs } of missing) {
          const photo = records.photos.get(address)
          if (photo !== undefined && photo.missingSinceMs === undefined) {
            journal.add({ kind: 'photo', photo: { ...photo, missingSinceMs: sinceMs } })
          }
        }
        const gone = new Set(removed)
        const stands = (address: string) =>
          records.photos.has(address) || (files.has(address) && !gone.has(address))
        forgetPersons(listings, journal, stands)
      }
      const isWhole = !signal.aborted && listings.every(listing => listing.isWhole)
      const run = { people: candidates.people.size, without: without() }
      rememberRun({
        ...{ journal, heard, nowMs: options.nowMs, conflicts: candidates.conflicts },
        lasting: signal.aborted ? undefined : lasting,
        run: isWhole ? run : undefined,
      })
      await directory.sync()
      journal.flush()
      directory.check()
    }
    return {
      ...{ ...base, tally, removed, removalsHeld: held, isStopped: false },
      // Whose time has come goes as soon as somebody may go.
      missing: held === undefined ? missing : [...due, ...missing],
      without: without(),
      isAborted: signal.aborted,
      ...(typeof signal.reason === 'string' && { abortReason: signal.reason }),
    }
  } finally {
    await Promise.all(heard.map(({ open }) => open?.source.close()))
  }
}

function removalsFinder(
  { groups, absent, misplaced }: Candidates,
  { supply: { removeAfterSeconds }, nowMs }: ImportOptions,
  records: Records,
) {
  const wanted = new Set<string>()
  for (const { addresses } of groups) for (const address of addresses) wanted.add(address)
  return (tally: Pick<Tally, 'without' | 'absent'>): Removals => {
    const without = new Set(tally.without)
    return findRemovals({
      ...{ records, removeAfterSeconds, nowMs },
      isWanted: address => wanted.has(address) && !without.has(address),
      // That another source has no photo of somebody says nothing of the one that had.
      hasNoGrace: photo =>
        isWithdrawn(absent, photo) ||
        isWithdrawn(tally.absent, photo) ||
        misplaced.has(photo.address),
    })
  }
}

// Nobody has left every source as long as one was not heard out.
function whyHeld(heard: readonly Heard[], signal: AbortSignal): string | undefined {
  if (signal.aborted) return 'the import was stopped before its end'
  const [first] = heard.filter(({ listing, open }) => !listing.isWhole || open?.gone !== undefined)
  if (first === undefined) return undefined
  const { failure = first.open?.gone, title } = first
  return failure === undefined ? `${title} was not asked` : `${title}: ${failure}`
}

function tooMany(count: number, limit: number): string {
  return `${count} photos would be removed, and maxRemovals allows ${limit}; see whether the sources are right, then run it with --force`
}

function lazily(load: () => Promise<Prepare>): Prepare {
  let loading: Promise<Prepare> | undefined
  return async original => {
    loading ??= load()
    return (await loading)(original)
  }
}

// The journal of a dry run: what it is told is forgotten.
function lookOnly(records: Records): Journal {
  const nothing = () => {}
  const end = { flush: nothing, rewrite: nothing, close: nothing }
  return { records, add: nothing, write: nothing, sync: async () => {}, ...end }
}
