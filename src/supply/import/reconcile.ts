// Brings the photo directory up to date with the sources, one photo at a time. Only changed photos are fetched and
// written. Each photo appears in one step, after its line in the journal, so a run that is stopped anywhere leaves only
// whole photos.
import { setImmediate as breathe } from 'node:timers/promises'
import type { Group } from './candidates.ts'
import { absenceIds } from './candidates.ts'
import type { Candidate } from './claims.ts'
import type { FetchPictureOptions, OpenSource, PictureResult } from './fetch-picture.ts'
import { fetchPicture } from './fetch-picture.ts'
import type { ImportTally } from './outcome.ts'
import { buildImportTally } from './outcome.ts'
import type { PublishOptions } from './publish.ts'
import { publishPicture, rememberPicture } from './publish.ts'
import { personId } from './records.ts'
import { isFrom, isMadeOf, isUpToDate } from './up-to-date.ts'

export interface ReconcileOptions extends FetchPictureOptions, PublishOptions {
  readonly groups: readonly Group[]
  /** As of Candidates. */
  readonly misplaced: ReadonlySet<string>
  /** By id, without those that could not be opened. */
  readonly sources: ReadonlyMap<string, OpenSource>
  readonly signal: AbortSignal
  onProgress(done: number, total: number): void
}

// Enough to keep all sources and decoders busy; these have limits of their own. Each worker may hold one original.
const workers = 16
// After this many unchanged photos, other work gets its turn.
const yieldEvery = 1_000

/** @throws Error when the directory or the journal cannot be written. */
export async function reconcile(options: ReconcileOptions): Promise<ImportTally> {
  const { groups, signal, onProgress } = options
  const tally = buildImportTally()
  const queue = groups[Symbol.iterator]()
  let done = 0
  let fault: unknown
  const work = async () => {
    for (const group of queue) {
      if (signal.aborted || fault !== undefined) return
      try {
        if (!isUnchanged(group, options, tally)) await reconcileGroup(group, options, tally)
        else if (done % yieldEvery === 0) await breathe()
      } catch (error) {
        fault ??= error
      }
      onProgress(++done, groups.length)
    }
  }
  await Promise.all(Array.from({ length: workers }, work))
  if (fault !== undefined) throw fault
  return tally
}

// The path of nearly all photos: it makes no promise and does not touch the disk.
function isUnchanged(group: Group, options: ReconcileOptions, tally: ImportTally): boolean {
  const [first] = group.choices
  if (first === undefined || first === 'hold') return false
  const { person, listing } = first
  const known = options.records.persons.get(listing.source, person.key)
  if (known === undefined || known.refused !== undefined || known.version === undefined)
    return false
  if (known.version !== person.version) return false
  for (const address of group.addresses) {
    if (options.records.photos.get(address)?.missingSinceMs !== undefined) return false
    if (!isUpToDate(address, first, options) || options.files.get(address)?.length !== 1)
      return false
  }
  tally.unchanged += group.addresses.length
  return true
}

async function reconcileGroup(
  group: Group,
  options: ReconcileOptions,
  tally: ImportTally,
): Promise<void> {
  const left = await tryChoices(group, options, tally)
  // No photo is better than another person's, whatever is wrong with their own.
  for (const address of left) {
    if (options.misplaced.has(address)) tally.without.push(address)
    else if (options.records.photos.has(address)) tally.held++
  }
}

/** @returns the addresses that got no photo. */
async function tryChoices(
  group: Group,
  options: ReconcileOptions,
  tally: ImportTally,
): Promise<readonly string[]> {
  let addresses = group.addresses
  let isRefused = false
  for (const choice of group.choices) {
    if (choice === 'hold' || addresses.length === 0) return addresses
    const obtained = await fetchFor(choice, addresses, options)
    const { person, listing } = choice
    const key = person.label ?? person.key
    const trouble = { source: listing.source, key, addresses: person.addresses }
    const id = personId(listing.source, person.key)
    if (obtained.kind === 'failed') {
      // A stopped import does not count what it stopped waiting for; the next import fetches it.
      if (!options.signal.aborted) tally.failed.set(id, { ...trouble, reason: obtained.reason })
      return addresses
    }
    if (obtained.kind === 'absent' && obtained.isHidden !== true) {
      for (const one of absenceIds(choice)) tally.absent.add(one)
    }
    if (obtained.kind === 'same' || obtained.kind === 'photo') {
      const unwritable = await publishPicture({ addresses, obtained, options, tally })
      if (unwritable.length > 0) {
        const places = unwritable.map(({ address, reason }) => `${address} (${reason})`)
        tally.failed.set(id, { ...trouble, reason: `cannot be written: ${places.join(', ')}` })
      }
      return []
    }
    if (obtained.kind === 'refused') {
      isRefused = true
      const { reason, record } = obtained
      tally.quarantined.set(id, { ...trouble, reason, picture: record.original })
      rememberPicture(obtained.record, options)
      // The last good photo of the same person is better than that of a later source.
      addresses = addresses.filter(address => !isFrom(address, choice, options))
    }
  }
  if (isRefused) return addresses
  tally.without.push(...addresses)
  return []
}

function fetchFor(
  choice: Candidate,
  addresses: readonly string[],
  options: ReconcileOptions,
): Promise<PictureResult> {
  const open = options.sources.get(choice.listing.source)
  if (open === undefined) return Promise.resolve({ kind: 'failed', reason: 'is not open' })
  const needsBytes = addresses.some(address => !isUpToDate(address, choice, options))
  const isMade = (original: string) =>
    addresses.every(address => isMadeOf(address, original, options))
  return fetchPicture(open, choice.person, { ...options, needsBytes, isMade })
}
