// The bytes of a log, unpacked if they are gzip, regardless of the file's name. Never holds more than a few chunks.
import { pipeline, Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import type { Gunzip } from 'node:zlib'
import { createGunzip } from 'node:zlib'
import { kindBytes, kindOfLog } from './log-kind.ts'

const chunkBytes = 256 * 1024

/** The log has a format that is not read here. The message follows the file's name. */
export class ForeignLogError extends Error {}

export interface UnpackOptions {
  /** UTF-16 becomes UTF-8. Otherwise it is foreign. */
  readonly transcodesUtf16?: boolean | undefined
}

/**
 * The bytes without a byte order mark, also inside gzip.
 * @throws the input's error; for truncated gzip after everything that could be unpacked, for damaged gzip after
 * everything before the damaged chunk. ForeignLogError comes before any bytes.
 */
export async function* unpack(
  input: AsyncIterable<Buffer>,
  { transcodesUtf16 = false }: UnpackOptions = {},
): AsyncGenerator<Buffer> {
  const { head, whole } = await peek(input)
  const found = kindOfLog(head)
  if (found.kind === 'foreign') {
    if (!transcodesUtf16 || !found.utf16) throw new ForeignLogError(found.problem)
    return yield* transcode(whole, found.utf16)
  }
  if (found.kind === 'plain') return yield* skipBytes(whole, found.skip)
  const gunzip = createGunzip({ chunkSize: chunkBytes })
  // Errors of the input reach the reader through the stream.
  pipeline(Readable.from(endWhenRead(whole, gunzip)), gunzip, () => {})
  try {
    const inner = await peek(gunzip)
    const within = kindOfLog(inner.head)
    if (within.kind === 'foreign') {
      if (!transcodesUtf16 || !within.utf16)
        throw new ForeignLogError(`${within.problem} (within gzip)`)
      return yield* transcode(inner.whole, within.utf16)
    }
    if (within.kind === 'gzip') throw new ForeignLogError('is gzip within gzip; unpack it once')
    yield* skipBytes(inner.whole, within.skip)
  } finally {
    gunzip.destroy() // Otherwise it would wait for a reader.
  }
}

/** A half character at the end, and halves of surrogate pairs, become U+FFFD. */
async function* transcode(
  input: AsyncIterable<Buffer>,
  from: 'utf-16le' | 'utf-16be',
): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder(from)
  for await (const chunk of input) yield Buffer.from(decoder.decode(chunk, { stream: true }))
  yield Buffer.from(decoder.decode())
}

async function peek(input: AsyncIterable<Buffer>) {
  const chunks = input[Symbol.asyncIterator]()
  let head = Buffer.alloc(0)
  let failure: unknown
  while (head.length < kindBytes && failure === undefined) {
    try {
      const { value, done } = await chunks.next()
      if (done) break
      head = Buffer.concat([head, value])
    } catch (error) {
      // The bytes before the error still count.
      failure = error
    }
  }
  return { head, whole: prepend(head, { [Symbol.asyncIterator]: () => chunks }, failure) }
}

async function* skipBytes(input: AsyncIterable<Buffer>, skip: number): AsyncGenerator<Buffer> {
  let left = skip
  for await (const chunk of input) {
    yield left === 0 ? chunk : chunk.subarray(left)
    left = 0
  }
}

async function* prepend(
  head: Buffer,
  rest: AsyncIterable<Buffer>,
  failure: unknown,
): AsyncGenerator<Buffer> {
  if (head.length > 0) yield head
  if (failure !== undefined) throw failure
  yield* rest
}

// A stream notices truncation at its end, and drops unread bytes with the error. So the end waits until all is read.
async function* endWhenRead(input: AsyncIterable<Buffer>, to: Gunzip): AsyncGenerator<Buffer> {
  yield* input
  while (!to.destroyed && to.writableLength + to.readableLength > 0) await setImmediate()
}
