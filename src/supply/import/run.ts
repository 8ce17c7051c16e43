// One import from beginning to end: list all sources, decide, publish, remove, and remember. Prints nothing.
import type { SourceSettings } from '../../config/supply/settings.ts'
import type { LockHolder } from '../../disk/lock.ts'
import type { Prepare } from '../../picture/prepare.ts'
import { loadPrepare } from '../../picture/prepare.ts'
import type { Candidates } from './candidates.ts'
import { findCandidates, isWithdrawn } from './candidates.ts'
import type { Listing } from './claims.ts'
import { findWithoutPhoto, forgetPersons, rememberRun, removePhotos } from './finish.ts'
import type { ImportOptions, ImportResult } from './import-result.ts'
import type { Journal } from './journal.ts'
import { buildDryJournal, readRecords } from './journal.ts'
import { rememberAddresses } from './known-addresses.ts'
import { findLasting } from './lasting.ts'
import type { ListedSource } from './list-source.ts'
import { listSource } from './list-source.ts'
import { withLockedJournal } from './locked-directory.ts'
import type { ImportTally } from './outcome.ts'
import { buildImportTally } from './outcome.ts'
import type { PhotoDirectory } from './photo-directory.ts'
import { openPhotoDirectory, stateDirectoryOf } from './photo-directory.ts'
import { reconcile } from './reconcile.ts'
import type { Records } from './records.ts'
import type { Removals } from './removals.ts'
import { findRemovals, limitOf } from './removals.ts'

const maxTimerMs = 2 ** 31 - 1
// Raise it when prepare makes a different photo from the same picture: all photos are then made anew.
const pipeline = 1

/** @returns the holder of the lock when another import is running. @throws Error when the directory cannot be used. */
export async function runImport(given: ImportOptions): Promise<ImportResult | LockHolder> {
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

async function runWithin(options: ImportOptions): Promise<ImportResult | LockHolder> {
  if (options.dryRun) {
    const records = readRecords(stateDirectoryOf(options.photos))
    return run(options, openPhotoDirectory(options.photos), buildDryJournal(records))
  }
  return withLockedJournal(options.photos, (directory, journal) => run(options, directory, journal))
}

export function isLockHolder(result: ImportResult | LockHolder): result is LockHolder {
  return 'pid' in result
}

/** What all steps of one run share. */
interface Run {
  readonly options: ImportOptions
  readonly directory: PhotoDirectory
  readonly journal: Journal
  readonly sources: readonly ListedSource[]
  readonly listings: readonly Listing[]
  readonly candidates: Candidates
  /** The directory when the run began. */
  readonly files: ReturnType<PhotoDirectory['list']>
  /** How many photos this run may remove, out of those that were there when it began. */
  readonly maxRemovals: number
  findRemovals(tally: Pick<ImportTally, 'without' | 'absent'>): Removals
}

async function run(
  options: ImportOptions,
  directory: PhotoDirectory,
  journal: Journal,
): Promise<ImportResult> {
  const sources: ListedSource[] = []
  try {
    for (const settings of options.supply.sources) {
      sources.push(await listWanted(settings, options, journal.records))
    }
    const listings = sources.map(({ listing }) => listing)
    const { records } = journal
    const candidates = findCandidates(listings, records.photos, records.sources)
    return await bringUpToDate({
      ...{ options, directory, journal, sources, listings, candidates },
      files: directory.list(),
      maxRemovals: options.force
        ? Number.POSITIVE_INFINITY
        : limitOf(options.supply.maxRemovals, records.photos.size),
      findRemovals: removalsFinder(candidates, options, records),
    })
  } finally {
    await Promise.all(sources.map(({ opened }) => opened?.source.close()))
  }
}

function listWanted(settings: SourceSettings, options: ImportOptions, records: Records) {
  const { only, force = false, supply } = options
  const isWanted = only === undefined || only === settings.id
  // A source that never ends must not take the time of all others.
  const listMs = (supply.timeLimitSeconds * 1000) / 2
  return listSource(settings, isWanted, { ...options, records, force, listMs })
}

async function bringUpToDate(run: Run): Promise<ImportResult> {
  const { options, sources, listings, candidates, files, journal } = run
  const { signal } = options
  const before = run.findRemovals(buildImportTally())
  const isStopped =
    findHoldReason(sources, signal) === undefined && before.due.length > run.maxRemovals
  if (isStopped) return buildStopped(run, before)
  if (!options.dryRun) rememberAddresses({ ...candidates, listings, files, journal })
  const tally = await publishAll(run)
  const { due, missing: all } = run.findRemovals(tally)
  const removalsHeld =
    findHoldReason(sources, signal) ??
    (due.length > run.maxRemovals ? describeTooMany(due.length, run.maxRemovals) : undefined)
  const isHeld = removalsHeld !== undefined
  const removed = isHeld ? [] : due.map(({ address }) => address)
  // No time of grace begins until every source has listed everybody.
  const missing = isHeld ? all.filter(one => isKnownMissing(one.address, run)) : all
  const without = () =>
    findWithoutPhoto(listings, { added: tally.added, removed, files, records: journal.records })
  if (!options.dryRun) await finish(run, { tally, removed, missing, isHeld, without })
  return {
    ...{ sources, conflicts: candidates.conflicts, tally, removed, removalsHeld },
    // Photos whose time has come go as soon as removals are not held any more.
    missing: isHeld ? [...due, ...missing] : missing,
    ...{ without: without(), isStopped: false, isAborted: signal.aborted },
    ...(typeof signal.reason === 'string' && { abortReason: signal.reason }),
  }
}

function buildStopped(run: Run, { due, missing }: Removals): ImportResult {
  const { options, sources, candidates, maxRemovals } = run
  return {
    ...{ sources, conflicts: candidates.conflicts, tally: buildImportTally(), removed: [] },
    ...{ missing: [...due, ...missing], without: [], isStopped: true },
    isAborted: options.signal.aborted,
    removalsHeld: describeTooMany(due.length, maxRemovals),
  }
}

function publishAll(run: Run): Promise<ImportTally> {
  const { options, sources, candidates, directory, files, journal } = run
  const { supply, signal, dryRun = false } = options
  const opened = sources.flatMap(one => one.opened ?? [])
  return reconcile({
    ...{ ...candidates, records: journal.records, directory, files, journal, signal },
    sources: new Map(opened.map(one => [one.id, one])),
    fit: `${pipeline}:${supply.fit.maxPixels}:${supply.fit.maxBytes}`,
    prepare: loadOnce(() => loadPrepare(supply.fit)),
    isDryRun: dryRun,
    onProgress: (done, total) => options.onProgress({ stage: 'photos', done, total }),
  })
}

interface Finishing {
  readonly tally: ImportTally
  readonly removed: readonly string[]
  readonly missing: Removals['missing']
  readonly isHeld: boolean
  without(): string[]
}

/** Removes, forgets and remembers; on the disk when it resolves. */
async function finish(run: Run, finishing: Finishing): Promise<void> {
  const { options, sources, listings, candidates, directory, journal } = run
  const { tally, isHeld, without } = finishing
  const { conflicts } = candidates
  directory.check()
  if (!isHeld) await removeAndForget(run, finishing)
  const isAborted = options.signal.aborted
  const isWhole = !isAborted && listings.every(listing => listing.isWhole)
  rememberRun({
    ...{ journal, sources, conflicts, nowMs: options.nowMs },
    lasting: isAborted ? undefined : findLasting({ sources, conflicts, tally }),
    run: isWhole ? { people: candidates.people.size, without: without() } : undefined,
  })
  await directory.sync()
  journal.flush()
  directory.check()
}

async function removeAndForget(run: Run, { removed, missing }: Finishing): Promise<void> {
  const { listings, directory, files, journal } = run
  const { photos } = journal.records
  await removePhotos(removed, { directory, files, journal })
  for (const { address, sinceMs } of missing) {
    const photo = photos.get(address)
    if (photo === undefined || photo.missingSinceMs !== undefined) continue
    journal.add({ kind: 'photo', photo: { ...photo, missingSinceMs: sinceMs } })
  }
  const gone = new Set(removed)
  const hasPhoto = (address: string) =>
    photos.has(address) || (files.has(address) && !gone.has(address))
  forgetPersons(listings, journal, hasPhoto)
}

function isKnownMissing(address: string, { journal }: Run): boolean {
  return journal.records.photos.get(address)?.missingSinceMs !== undefined
}

function removalsFinder(
  { groups, absent, misplaced }: Candidates,
  { supply: { removeAfterSeconds }, nowMs }: ImportOptions,
  records: Records,
) {
  const wanted = new Set<string>()
  for (const { addresses } of groups) for (const address of addresses) wanted.add(address)
  return (tally: Pick<ImportTally, 'without' | 'absent'>): Removals => {
    const without = new Set(tally.without)
    return findRemovals({
      ...{ records, removeAfterSeconds, nowMs },
      isWanted: address => wanted.has(address) && !without.has(address),
      // Only the source that gave the photo can withdraw it.
      hasNoGrace: photo =>
        isWithdrawn(absent, photo) ||
        isWithdrawn(tally.absent, photo) ||
        misplaced.has(photo.address),
    })
  }
}

// Until every source has listed everybody, nobody is known to have left all of them.
function findHoldReason(sources: readonly ListedSource[], signal: AbortSignal): string | undefined {
  if (signal.aborted) return 'the import was stopped before its end'
  const [first] = sources.filter(
    ({ listing, opened: open }) => !listing.isWhole || open?.lostReason !== undefined,
  )
  if (first === undefined) return undefined
  const { failure = first.opened?.lostReason, title } = first
  return failure === undefined ? `${title} was not asked` : `${title}: ${failure}`
}

function describeTooMany(count: number, limit: number): string {
  return `${count} photos would be removed, and maxRemovals allows ${limit}; check the sources; if they are right, run it with --force`
}

function loadOnce(load: () => Promise<Prepare>): Prepare {
  let loading: Promise<Prepare> | undefined
  return async original => {
    loading ??= load()
    return (await loading)(original)
  }
}
