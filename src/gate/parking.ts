// The bytes of requests that wait for their turn, and of what is asked behind them: how many are kept, and whether a
// request can be parsed once more from them.
import type { IncomingMessage } from 'node:http'
import type { Connection } from './exchange.ts'

export interface Parking {
  /** The bytes to keep: copied where they hold on to more than twice their size. Undefined: there is no room. */
  take(connection: Connection, bytes: Buffer): Buffer | undefined
  /** All that the connection has. */
  give(connection: Connection): void
}

export function buildParking(maxBytes: number): Parking {
  let taken = 0
  return {
    take: (connection, bytes) => {
      const { length } = bytes
      if (taken + length > maxBytes) return undefined
      taken += length
      connection.parkedBytes += length
      // Part of what was read keeps all of it.
      return bytes.buffer.byteLength > 2 * length ? Buffer.from(bytes) : bytes
    },
    give: connection => {
      taken -= connection.parkedBytes
      connection.parkedBytes = 0
    },
  }
}

/** Whether the bytes, which end with the request's head, are the whole of it. */
export function isWhole({ method, url, rawHeaders }: IncomingMessage, bytes: Buffer): boolean {
  const start = `${method} ${url} `
  let lines = 0
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines++
  // The request line, one of each field, and the empty one. Node's parser takes no field of several lines.
  return lines === rawHeaders.length / 2 + 2 && bytes.indexOf(start, 0, 'latin1') === 0
}
