// The picture of one person from one source: fetched only when it may have changed, and prepared only when its bytes
// are new.
import { createHash } from 'node:crypto'
import type { Prepare } from '../../picture/prepare.ts'
import type { Semaphore } from '../../picture/semaphore.ts'
import type { Person, Source } from '../source/source.ts'
import { SourceError } from '../source/source.ts'
import type { PersonRecord, Records } from './records.ts'

export type PictureResult =
  /** The picture has not changed, and there is a photo of it. */
  | { readonly kind: 'same'; readonly record: PersonRecord }
  | { readonly kind: 'photo'; readonly record: PersonRecord; readonly bytes: Buffer }
  | { readonly kind: 'refused'; readonly record: PersonRecord; readonly reason: string }
  /** `isHidden` as in Fetched. */
  | { readonly kind: 'absent'; readonly isHidden?: boolean }
  | { readonly kind: 'failed'; readonly reason: string }

/** An open source, with its failures in this run. */
export interface OpenSource {
  readonly id: string
  readonly source: Source
  readonly turns: Semaphore
  /** Why the source gives nothing more in this run; undefined while it does. */
  lostReason: string | undefined
  /** Failed fetches in a row. */
  failures: number
}

export interface FetchPictureOptions {
  readonly records: Records
  /** Loads the decoder at the first call. */
  readonly prepare: Prepare
  /** What `prepare` makes pictures fit. */
  readonly fit: string
}

// At this many failures in a row the source itself is broken, not the photos.
const maxFailures = 20

export interface FetchPictureRequest extends FetchPictureOptions {
  /** True where the photo has to be written again, whatever the picture was before. */
  readonly needsBytes: boolean
  /** Whether all of the addresses have a photo made from the bytes with this hash, whoever's picture it was. */
  isMade(original: string): boolean
}

export async function fetchPicture(
  open: OpenSource,
  person: Person,
  { records, prepare, fit, needsBytes, isMade }: FetchPictureRequest,
): Promise<PictureResult> {
  const known = records.persons.get(open.id, person.key)
  const isRecordCurrent = known?.fit === fit && (!needsBytes || known.refused !== undefined)
  if (isRecordCurrent && known.version !== undefined && known.version === person.version) {
    return repeatResult(known)
  }
  const fetched = await fetchInTurn(open, person, isRecordCurrent ? known.version : undefined)
  if (fetched.kind === 'failed' || fetched.kind === 'absent') return fetched
  if (fetched.kind === 'unchanged') {
    return known === undefined
      ? { kind: 'failed', reason: 'is said to be as it was, and never was there' }
      : repeatResult({ ...known, version: person.version ?? known.version })
  }
  const { bytes, version = person.version } = fetched
  const base = { source: open.id, key: person.key, version, fit }
  // The addresses are in the records already (known-addresses.ts).
  const made = { ...base, refused: undefined, addresses: severalOf(known) }
  const isKnown = ({ original }: Picture) =>
    isMade(original) ||
    (isRecordCurrent && known.refused === undefined && known.original === original)
  const first = { bytes, original: digest(bytes) }
  // An unchanged picture needs no work, even when the source or the key has another name now.
  if (isKnown(first)) return { kind: 'same', record: { ...made, original: first.original } }
  const others = (await fetchOthers(open, person)).map(one => ({
    ...{ bytes: one, original: digest(one) },
  }))
  // Servers return values in any order: the photo may have been made from any of them.
  const same = others.find(isKnown)
  if (same !== undefined) return { kind: 'same', record: { ...made, original: same.original } }
  const originals = [first, ...others].map(({ original }) => original)
  const all = originals.length === 1 ? first.original : digest(originals.join())
  if (isRecordCurrent && known.original === all) return repeatResult({ ...known, version })
  const reasons: string[] = []
  for (const { bytes, original } of [first, ...others]) {
    const prepared = await prepare(bytes)
    if (prepared.kind === 'ready') {
      return { kind: 'photo', bytes: prepared.bytes, record: { ...made, original } }
    }
    reasons.push(prepared.reason)
  }
  const reason = reasons.join('; and another one ')
  const refused = {
    original: all,
    refused: reason,
    addresses: known?.addresses ?? person.addresses,
  }
  return { kind: 'refused', reason, record: { ...base, ...refused } }
}

interface Picture {
  readonly bytes: Buffer
  /** Its hash. */
  readonly original: string
}

async function fetchOthers({ source, turns }: OpenSource, person: Person) {
  if (source.fetchOthers === undefined) return []
  try {
    return await turns.hold(1, async () => (await source.fetchOthers?.(person)) ?? [])
  } catch {
    return [] // The picture that was fetched first is used alone.
  }
}

function severalOf(known: PersonRecord | undefined): PersonRecord['addresses'] {
  const { addresses = [] } = known ?? {}
  return addresses.length > 1 ? addresses : undefined
}

function digest(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('base64url')
}

function repeatResult(record: PersonRecord): PictureResult {
  return record.refused === undefined
    ? { kind: 'same', record }
    : { kind: 'refused', record, reason: record.refused }
}

async function fetchInTurn(open: OpenSource, person: Person, known: string | undefined) {
  return open.turns.hold(1, async () => {
    if (open.lostReason !== undefined) return { kind: 'failed', reason: open.lostReason } as const
    try {
      const fetched = await open.source.fetch(person, known)
      open.failures = 0
      return fetched
    } catch (error) {
      const reason = (error as Error).message
      if (!(error instanceof SourceError)) return { kind: 'failed', reason } as const
      open.failures++
      if (error.scope === 'source') open.lostReason ??= reason
      else if (open.failures >= maxFailures) {
        open.lostReason ??= `${maxFailures} photos in a row could not be had; the last: ${reason}`
      }
      return { kind: 'failed', reason } as const
    }
  })
}
