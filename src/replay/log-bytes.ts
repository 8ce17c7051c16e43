// The bytes of a log, unpacked where they are gzip by their first two bytes: rotated logs lose their names, and
// standard input has none. Never holds more than a few chunks.
import { pipeline, Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import type { Gunzip } from 'node:zlib'
import { createGunzip } from 'node:zlib'

const chunkBytes = 256 * 1024

/**
 * @throws what the input throws; for gzip that is cut off, after all that could be unpacked; for gzip that is
 * damaged, after what came before the chunk with the damage.
 */
export async function* unpack(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const chunks = input[Symbol.asyncIterator]()
  let head = Buffer.alloc(0)
  while (head.length < 2) {
    const { value, done } = await chunks.next()
    if (done) break
    head = Buffer.concat([head, value])
  }
  const whole = prepend(head, { [Symbol.asyncIterator]: () => chunks })
  if (head[0] !== 0x1f || head[1] !== 0x8b) return yield* whole
  const gunzip = createGunzip({ chunkSize: chunkBytes })
  // Errors of the input reach whoever reads, through the stream that he reads from.
  pipeline(Readable.from(endWhenRead(whole, gunzip)), gunzip, () => {})
  yield* gunzip
}

async function* prepend(head: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  if (head.length > 0) yield head
  yield* rest
}

// Its end is where a stream learns that it was cut off; and with the error it drops what nobody has read yet.
async function* endWhenRead(input: AsyncIterable<Buffer>, to: Gunzip): AsyncGenerator<Buffer> {
  yield* input
  while (!to.destroyed && to.writableLength + to.readableLength > 0) await setImmediate()
}
