// The bytes of requests that wait for their turn and of the requests behind them: how many are kept in all, and
// whether a request can be parsed again from its bytes.
import type { IncomingMessage } from 'node:http'
import type { Connection } from './exchange.ts'

export interface Parking {
  /** The bytes to keep, copied if their buffer has more than twice their size. Undefined: `maxBytes` are kept already. */
  take(connection: Connection, bytes: Buffer): Buffer | undefined
  /** Frees the room of all bytes that the connection has taken. */
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
      // A slice keeps the whole buffer in memory.
      return bytes.buffer.byteLength > 2 * length ? Buffer.from(bytes) : bytes
    },
    give: connection => {
      taken -= connection.parkedBytes
      connection.parkedBytes = 0
    },
  }
}

/** Whether the bytes, which end where the request's head ends, hold the whole head. */
export function isWhole({ method, url, rawHeaders }: IncomingMessage, bytes: Buffer): boolean {
  const start = `${method} ${url} `
  let lines = 0
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines++
  // The request line, one line for each field, and the empty line. Node's parser accepts no field of several lines.
  return lines === rawHeaders.length / 2 + 2 && bytes.indexOf(start, 0, 'latin1') === 0
}
