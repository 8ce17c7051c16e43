// Reads the journal's lines, and trusts none of them: somebody may have edited the file.
import { closeSync, openSync, readSync } from 'node:fs'
import type { JournalChange, RecordStore } from './records.ts'
import { buildRecords } from './records.ts'

/** The journal is from another program, or a newer version of this one. */
export class JournalError extends Error {}

/** The first line. */
export const head = { photogate: 'supply', version: 1 } as const

export interface JournalContent {
  readonly records: RecordStore
  readonly lines: number
  /** Lines that are not a change: it is unknown whose photos they were about. */
  readonly damaged: number
  /** Up to where the lines are whole. */
  readonly bytes: number
}

const chunkBytes = 1024 * 1024
const lineFeed = 10

/** Nothing when there is no such file. @throws JournalError */
export function readJournal(path: string): JournalContent {
  const records = buildRecords()
  const share = buildSharing()
  let lines = 0
  let damaged = 0
  let bytes = 0
  for (const line of linesOf(path)) {
    const value = parseLine(line.toString('utf8'))
    if (lines === 0) mustBeOurs(value, path)
    else if (isChange(value)) records.apply(share(value))
    else damaged++
    lines++
    bytes += line.length + 1
  }
  return { records, lines, damaged, bytes }
}

// Whole ones, without their ends; each is good until the next is asked for. Never the whole file at once: it
// is as long as there are people.
function* linesOf(path: string): Generator<Buffer> {
  let descriptor: number
  try {
    descriptor = openSync(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return
  }
  try {
    let buffer = Buffer.allocUnsafe(chunkBytes)
    // Of the line that goes on in what is read next.
    let held = 0
    for (;;) {
      if (held === buffer.length) buffer = Buffer.concat([buffer, Buffer.alloc(held)])
      const length = readSync(descriptor, buffer, held, buffer.length - held, null)
      if (length === 0) return
      const text = buffer.subarray(0, held + length)
      let start = 0
      for (let end = text.indexOf(lineFeed); end >= 0; end = text.indexOf(lineFeed, start)) {
        yield text.subarray(start, end)
        start = end + 1
      }
      held = text.copy(buffer, 0, start)
    }
  } finally {
    closeSync(descriptor)
  }
}

// Most texts are there more than once, and would be in memory as often.
function buildSharing(): (change: JournalChange) => JournalChange {
  const texts = new Map<string, string>()
  const share = (text: string) => {
    const known = texts.get(text)
    if (known === undefined) texts.set(text, text)
    return known ?? text
  }
  const shareOf = ({ source, key, original, fit }: Common) => ({
    ...{ source: share(source), key: share(key), original: share(original), fit: share(fit) },
  })
  return change => {
    if (change.kind === 'photo') {
      return { kind: 'photo', photo: { ...change.photo, ...shareOf(change.photo) } }
    }
    if (change.kind === 'person') {
      return { kind: 'person', person: { ...change.person, ...shareOf(change.person) } }
    }
    return change
  }
}

interface Common {
  readonly source: string
  readonly key: string
  readonly original: string
  readonly fit: string
}

function mustBeOurs(value: unknown, path: string): void {
  const { photogate, version } = Object(value) as Partial<typeof head>
  if (photogate === head.photogate && version === head.version) return
  const message = `${path} is not this version's journal; move it away, and the next import makes a new one. It will not know of photos whose people have left by then: remove those with photogate photos remove`
  throw new JournalError(message)
}

// A line that is damaged is left out: its photo is then looked at anew.
function parseLine(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

// Checked here, because a line of another shape would fail in the middle of a run.
function isChange(value: unknown): value is JournalChange {
  const { kind, source, key, address, ...rest } = fieldsOf(value)
  switch (kind) {
    case 'person-gone':
      return isText(source) && isText(key)
    case 'photo-gone':
      return isText(address)
    case 'person': {
      const { addresses = [], ...person } = fieldsOf(rest.person)
      return isText(person.source) && isText(person.key) && isTexts(addresses)
    }
    case 'photo': {
      const { missingSinceMs = 0, ...photo } = fieldsOf(rest.photo)
      const isNamed = isText(photo.address) && isText(photo.source) && isText(photo.key)
      return isNamed && isTime(missingSinceMs)
    }
    case 'source': {
      // The name of what it holds is that of a field of others.
      const { source: name, photos, disputed = [], known = [] } = fieldsOf(source)
      return isText(name) && typeof photos === 'number' && isTexts(disputed) && isTexts(known)
    }
    case 'run': {
      const { at, people, without } = fieldsOf(rest.run)
      return isText(at) && typeof people === 'number' && isTexts(without)
    }
    default:
      return false
  }
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return Object(value) as Record<string, unknown>
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(isText)
}

function isTime(value: unknown): boolean {
  return typeof value === 'number' && !Number.isNaN(new Date(value).getTime())
}
