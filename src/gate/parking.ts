// The bytes of requests that wait for their turn, and of what is asked behind them: how many are kept, and whether a
// request can be parsed once more from them.
import type { IncomingMessage } from 'node:http'
import type { Connection } from './visit.ts'

export interface Parking {
  /** False: there is no room for so many more. */
  take(connection: Connection, bytes: number): boolean
  /** All that the connection has. */
  give(connection: Connection): void
}

export function buildParking(maxBytes: number): Parking {
  let taken = 0
  return {
    take: (connection, bytes) => {
      if (taken + bytes > maxBytes) return false
      taken += bytes
      connection.parkedBytes += bytes
      return true
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
  // A field has its colon and the end of its line.
  const fields = rawHeaders.reduce((sum, text) => sum + text.length, 1.5 * rawHeaders.length)
  return bytes.length >= start.length + fields && bytes.indexOf(start, 0, 'latin1') === 0
}
