// The bytes of photos, from memory when they are there: a hit never touches the disk. Serves a file only when it is
// regular, complete and an image; otherwise the last good version.
import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import type { ImageType } from '../picture/image-type.ts'
import { judgeImage } from '../picture/image-type.ts'
import type { CacheCounts, CacheFacts } from './library-facts.ts'
import type { PhotoFile } from './photo-file.ts'
import { isSameContent, quietMs, refusalOf, signatureOf } from './photo-file.ts'
import { readAll } from './read-all.ts'

export interface Photo {
  readonly bytes: Buffer
  readonly type: ImageType
  /** Strong and quoted, from the bytes alone: every server gives the same photo the same one. */
  readonly etag: string
  /** Milliseconds, whole seconds. */
  readonly modifiedMs: number
  /** IMF-fixdate of `modifiedMs`. */
  readonly modified: string
}

export interface PhotoStore {
  /**
   * The photo in the file, at once from memory or by a promise from disk; undefined when there is none to serve.
   * `isExact`: neither the last good version nor a file that came after the index was told.
   */
  find(file: PhotoFile, isExact?: boolean): Photo | undefined | Promise<Photo | undefined>
  /** Removes the address: not even its last good version is served any more. */
  forget(address: string): void
  /** Files that were read and are not served, as they were then. */
  refusals(): readonly PhotoRefused[]
  readonly cache: CacheFacts
}

export interface PhotoRefused {
  readonly address: string
  readonly signature: string
  readonly reason: string
}

export interface PhotoStoreOptions {
  directory: string
  /** The most bytes in memory. Each photo counts with its bytes and 1 KiB. */
  cacheBytes: number
  onRefused(name: string, reason: string): void
  /** The name has another file than the index was told of. */
  onOther?(name: string): void
  /** Goes on counting. Undefined: nobody asks. */
  counts?: CacheCounts
}

interface Held {
  readonly photo: Photo
  readonly signature: string
}

interface Loading {
  readonly signature: string
  readonly held: Promise<Held | undefined>
  photo?: Promise<Photo | undefined>
}

interface Refused {
  readonly signature: string
  readonly reason: string
  /** By performance.now(). */
  readonly untilMs: number
}

const overheadBytes = 1024
// A file that is being written is read again this often, this many milliseconds apart.
const retries = 8
const retryMs = 60
// After an error of the machine, a file is tried again after this many milliseconds.
const passingMs = 1_000

// O_NONBLOCK: should a FIFO take the file's place after lstat, opening it must not wait for a writer.
// Both flags are absent on Windows, which has neither such links nor FIFOs without privilege.
const openFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

export function buildPhotoStore(options: PhotoStoreOptions): PhotoStore {
  const { directory, cacheBytes, onRefused, onOther, counts = { hits: 0, misses: 0 } } = options
  const held = new LRUCache<string, Held>({
    maxSize: Math.max(1, cacheBytes),
    sizeCalculation: ({ photo }) => photo.bytes.length + overheadBytes,
  })
  const loading = new Map<string, Loading>()
  // Refused files: a request for one costs no disk access until the file changes, or its error may have passed.
  const refused = new Map<string, Refused>()

  async function load(file: PhotoFile, attempt = 0): Promise<Held | undefined> {
    const reading = await readPhoto(join(directory, file.name)).catch(asRefusal)
    if ('photo' in reading) {
      // If the photo was removed meanwhile, these bytes must not return as the last good version.
      if (loading.get(file.address)?.signature === file.signature) {
        held.set(file.address, reading)
        refused.delete(file.address)
      }
      return reading
    }
    const { signature, reason, isPassing = false } = reading
    const isChanging = signature !== undefined && signature !== file.signature
    const lastGood = held.get(file.address)
    if (isChanging && lastGood === undefined && attempt < retries) {
      await delay(retryMs)
      return load(file, attempt + 1)
    }
    if (!isChanging && reason !== undefined) refuse(file, reason, isPassing)
    return lastGood
  }

  function refuse({ name, address, signature }: PhotoFile, reason: string, isPassing: boolean) {
    const before = refused.get(address)
    const untilMs = isPassing ? performance.now() + passingMs : Infinity
    refused.set(address, { signature, reason, untilMs })
    if (before?.signature !== signature || before.reason !== reason) onRefused(name, reason)
  }

  function isRefused({ address, signature }: PhotoFile): boolean {
    const known = refused.size === 0 ? undefined : refused.get(address)
    return known?.signature === signature && performance.now() < known.untilMs
  }

  // Several requests for a photo that is not in memory share one read.
  function start(file: PhotoFile): Loading {
    const running = loading.get(file.address)
    if (running?.signature === file.signature) return running
    const reading = load(file).finally(() => {
      if (loading.get(file.address) === started) loading.delete(file.address)
    })
    const started: Loading = { signature: file.signature, held: reading }
    loading.set(file.address, started)
    return started
  }

  // An earlier or later file may show another person, whom the policy has not judged.
  function choose(found: Held | undefined, file: PhotoFile, isExact: boolean): Photo | undefined {
    if (found === undefined) return undefined
    if (!isExact || isSameContent(found.signature, file.signature)) return found.photo
    onOther?.(file.name)
    return undefined
  }

  return {
    find: (file, isExact = false) => {
      const hit = held.get(file.address)
      if (hit !== undefined && hit.signature === file.signature) {
        counts.hits++
        return hit.photo
      }
      if (isRefused(file)) return choose(hit, file, isExact)
      counts.misses++
      const running = start(file)
      if (isExact) return running.held.then(found => choose(found, file, true))
      running.photo ??= running.held.then(found => found?.photo)
      return running.photo
    },
    forget: address => {
      held.delete(address)
      refused.delete(address)
      loading.delete(address)
    },
    get cache() {
      return { photos: held.size, bytes: held.calculatedSize, maxBytes: cacheBytes }
    },
    refusals: () =>
      [...refused].map(([address, { signature, reason }]) => ({ address, signature, reason })),
  }
}

interface PhotoRefusal {
  /** The file's, as it was found; undefined when it could not be opened. */
  readonly signature?: string
  /** Undefined: the file is gone, which is not an error. */
  readonly reason?: string
  /** An error of the machine, not of the file: the next request may succeed. */
  readonly isPassing?: boolean
}

type ReadResult = Held | PhotoRefusal

const passingErrors = [
  'EACCES',
  'EAGAIN',
  'EBUSY',
  'EIO',
  'EMFILE',
  'ENFILE',
  'ENOMEM',
  'EPERM',
  'ESTALE',
  'ETIMEDOUT',
]

function asRefusal({ code = '', message }: NodeJS.ErrnoException): PhotoRefusal {
  if (code === 'ENOENT') return {}
  if (code === 'ELOOP') return { reason: 'is a symbolic link' }
  // Without the path, so that files with the same error can be counted together.
  const why = message.replace(/, open '.*'$/s, '')
  return { reason: `cannot be read: ${why}`, isPassing: passingErrors.includes(code) }
}

// Stands for a signature, and equals no real one.
const changing = 'changing'

async function readPhoto(path: string): Promise<ReadResult> {
  const handle = await open(path, openFlags)
  try {
    const before = await handle.stat()
    const signature = signatureOf(before)
    const refusal = refusalOf(before)
    if (refusal !== undefined) return { signature, reason: refusal }
    const bytes = await readAll(handle, before.size)
    const after = signatureOf(await handle.stat())
    if (after !== signature || bytes.length !== before.size) {
      return { signature: changing, reason: 'is being written' }
    }
    const type = judgeImage(bytes)
    if (type === 'not-an-image') {
      const reason =
        bytes.length === 0 ? 'is empty' : 'is not an image: neither JPEG, GIF, PNG nor WebP'
      return { signature, reason }
    }
    if (type === 'incomplete') {
      // A date in the future does not say when the file was written.
      const isFresh = Math.abs(Date.now() - before.mtimeMs) < quietMs
      return {
        signature: isFresh ? changing : signature,
        reason: 'is an image that ends too early',
      }
    }
    // A date in the future would make Last-Modified later than Date (RFC 9110 section 8.8.2.1).
    return { signature, photo: describePhoto(bytes, type, Math.min(before.mtimeMs, Date.now())) }
  } finally {
    await handle.close()
  }
}

/** A photo of these bytes, with its validators. */
export function describePhoto(bytes: Buffer, type: ImageType, mtimeMs: number): Photo {
  const modifiedMs = Math.floor(mtimeMs / 1000) * 1000
  const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"`
  return { bytes, type, etag, modifiedMs, modified: new Date(modifiedMs).toUTCString() }
}
