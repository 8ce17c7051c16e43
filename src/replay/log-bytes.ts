// The bytes of a log, unpacked where they are gzip, whatever its name. Never holds more than a few chunks.
import { pipeline, Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import type { Gunzip } from 'node:zlib'
import { createGunzip } from 'node:zlib'
import { kindBytes, kindOfLog } from './log-kind.ts'

const chunkBytes = 256 * 1024

/** The bytes are of a kind that is not read here. The message is worded to follow the file's name. */
export class ForeignLogError extends Error {}

/**
 * Without a byte order mark, of what is in gzip too.
 * @throws what the input throws; for gzip that is cut off, after all that could be unpacked; for gzip that is
 * damaged, after what came before the chunk with the damage. ForeignLogError before anything.
 */
export async function* unpack(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const { head, whole } = await peek(input)
  const found = kindOfLog(head)
  if (found.kind === 'foreign') throw new ForeignLogError(found.problem)
  if (found.kind === 'plain') return yield* skipBytes(whole, found.skip)
  const gunzip = createGunzip({ chunkSize: chunkBytes })
  // Errors of the input reach whoever reads, through the stream that he reads from.
  pipeline(Readable.from(endWhenRead(whole, gunzip)), gunzip, () => {})
  try {
    const inner = await peek(gunzip)
    const within = kindOfLog(inner.head)
    if (within.kind === 'foreign') throw new ForeignLogError(`${within.problem} (within gzip)`)
    if (within.kind === 'gzip') throw new ForeignLogError('is gzip within gzip; unpack it once')
    yield* skipBytes(inner.whole, within.skip)
  } finally {
    gunzip.destroy() // Or what nobody reads any more would be waited for.
  }
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
      // What was there before it still counts.
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

// Its end is where a stream learns that it was cut off; and with the error it drops what nobody has read yet.
async function* endWhenRead(input: AsyncIterable<Buffer>, to: Gunzip): AsyncGenerator<Buffer> {
  yield* input
  while (!to.destroyed && to.writableLength + to.readableLength > 0) await setImmediate()
}
