// Which addresses are one person's, by the journal that imports keep beside the photos. Where the file system has no hard
// links, an alias is a copy, and only the journal says whose. Follows the journal as it grows. Reads addresses and people
// only; the rest of the journal belongs to src/supply.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import type { FileIdentity } from '../disk/file-identity.ts'
import { identityOf, isSameIdentity } from '../disk/file-identity.ts'
import { buildJournalPeople, journalName } from './journal-people.ts'

/** An address, and the numbers of the people whose photo it is or may be. */
export type PeopleOfAddress = readonly [address: string, people: readonly number[]]

export interface RecordChanges {
  readonly people: readonly PeopleOfAddress[]
  /** All addresses of people who have lost one: their photos may show other people now, or be gone. */
  readonly disturbed: readonly string[]
}

export interface ImportRecords {
  /** The changes since the last call. Reads new lines only. Never throws. */
  refresh(): RecordChanges
  /** Why it is unknown which addresses are one person's; undefined when it is known, or there was no import. */
  readonly trouble: string | undefined
}

/** The journal of the imports into a photo directory. */
export function journalOf(directory: string): string {
  return join(directory, journalName)
}

const lineFeed = 10
const chunkBytes = 1024 * 1024
// The bytes before the position are kept and compared: if they change, somebody has edited the file.
const tailBytes = 256

interface ReadPosition {
  readonly file: FileIdentity
  readonly size: number
  /** The end of the last whole line that was read. */
  readonly bytes: number
  readonly tail: Buffer
}

export function followImportRecords(path: string): ImportRecords {
  const numbers = new Map<string, number>()
  let journal = buildJournalPeople(numbers)
  const known = new Map<string, readonly number[]>()
  let place: ReadPosition | undefined
  let trouble: string | undefined

  function read(): ReadonlySet<string> {
    const descriptor = openOrUndefined(path)
    if (descriptor === undefined) return startAnew()
    try {
      const stats = fstatSync(descriptor, { bigint: true })
      const file = identityOf(stats)
      const size = Number(stats.size)
      const isSameFile = isSameIdentity(place?.file, file)
      if (isSameFile && place?.size === size) return new Set()
      // The file was replaced, cut or edited: what was read from it may no longer hold.
      const isSame =
        isSameFile && place !== undefined && place.bytes <= size && isUnchanged(descriptor, place)
      const from = isSame ? (place as ReadPosition).bytes : 0
      const touched = isSame ? new Set<string>() : startAnew()
      const bytes = readLines(descriptor, from, line => journal.add(line, touched))
      const tail = readAt(descriptor, Math.max(0, bytes - tailBytes), bytes)
      place = { file, size, bytes, tail }
      return touched
    } finally {
      closeSync(descriptor)
    }
  }

  // @returns the addresses whose records may no longer hold.
  function startAnew(): Set<string> {
    journal = buildJournalPeople(numbers)
    place = undefined
    return new Set(known.keys())
  }

  function isUnchanged(descriptor: number, { bytes, tail }: ReadPosition): boolean {
    return readAt(descriptor, bytes - tail.length, bytes).equals(tail)
  }

  function compare(touched: ReadonlySet<string>): RecordChanges {
    const people: PeopleOfAddress[] = []
    const disturbed: string[] = []
    for (const address of touched) {
      const before = known.get(address) ?? []
      const now = journal.peopleOf(address)
      if (now.join() === before.join()) continue
      if (now.length === 0) known.delete(address)
      else known.set(address, now)
      people.push([address, now])
      const left = before.filter(person => !now.includes(person))
      if (left.length > 0) disturbed.push(address, ...left.flatMap(journal.addressesOf))
    }
    return { people, disturbed }
  }

  return {
    refresh: () => {
      try {
        const changes = compare(read())
        trouble = journal.damage
        return changes
      } catch (error) {
        // Fails closed: the next line may name an alias of an excluded person.
        place = undefined
        trouble = `${path} cannot be read: ${(error as Error).message}`
        return { people: [], disturbed: [] }
      }
    },
    get trouble() {
      return trouble
    },
  }
}

function openOrUndefined(path: string): number | undefined {
  try {
    return openSync(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** @returns the end of the last whole line: an import may be writing another. */
function readLines(descriptor: number, from: number, onLine: (line: string) => void): number {
  let buffer = Buffer.allocUnsafe(chunkBytes)
  let held = 0
  let at = from
  for (;;) {
    if (held === buffer.length) buffer = Buffer.concat([buffer, Buffer.alloc(held)])
    const length = readSync(descriptor, buffer, held, buffer.length - held, at)
    if (length === 0) return at - held
    at += length
    const text = buffer.subarray(0, held + length)
    let start = 0
    for (let end = text.indexOf(lineFeed); end >= 0; end = text.indexOf(lineFeed, start)) {
      onLine(text.toString('utf8', start, end))
      start = end + 1
    }
    held = text.copy(buffer, 0, start)
  }
}

function readAt(descriptor: number, from: number, to: number): Buffer {
  const bytes = Buffer.alloc(to - from)
  return bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, from))
}
