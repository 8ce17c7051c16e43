// The bytes of requests that wait for their turn and of the requests behind them: how many are kept in all, and
// whether a request can be parsed again from its bytes.
import type { IncomingMessage } from 'node:http'
import type { Connection } from './exchange.ts'
import type { HttpParser, ParserError } from './parser-halt.ts'

export interface Parking {
  /** Keeps the bytes that were read behind a held request as the connection's unread bytes, and where it can be parsed
      again the request's own. With `maxBytes` kept already, it refuses what follows on the connection. */
  park(connection: Connection, parser: HttpParser, halt: ParserError): void
  /** Frees the room of all bytes that are kept for the connection. */
  give(connection: Connection): void
}

const nothing = Buffer.alloc(0)

export function buildParking(maxBytes: number): Parking {
  let taken = 0

  /** The bytes to keep, copied if their buffer has more than twice their size. Undefined: there is no room. */
  function take(connection: Connection, bytes: Buffer): Buffer | undefined {
    const { length } = bytes
    if (taken + length > maxBytes) return undefined
    taken += length
    connection.parkedBytes += length
    // A slice keeps the whole buffer in memory.
    return bytes.buffer.byteLength > 2 * length ? Buffer.from(bytes) : bytes
  }

  return {
    // The bytes take less memory than the parsed request, so it is parsed again in its turn, where that is possible:
    // the parser reads nothing behind the last request of a connection.
    park: (connection, parser, { rawPacket, bytesParsed }) => {
      const { held, next } = connection
      const isAgain =
        next === undefined &&
        held?.isFirst === true &&
        held.keepsAlive &&
        isWhole(held.request, rawPacket.subarray(0, bytesParsed))
      const kept = take(connection, isAgain ? rawPacket : rawPacket.subarray(bytesParsed))
      connection.isRefused = kept === undefined
      connection.unread = kept ?? nothing
      if (!isAgain || kept === undefined) return
      connection.held = undefined
      parser.incoming = null
    },
    give: connection => {
      taken -= connection.parkedBytes
      connection.parkedBytes = 0
    },
  }
}

/** Whether the bytes, which end where the request's head ends, hold the whole head. */
function isWhole({ method, url, rawHeaders }: IncomingMessage, bytes: Buffer): boolean {
  const start = `${method} ${url} `
  let lines = 0
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines++
  // The request line, one line for each field, and the empty line. Node's parser accepts no field of several lines.
  return lines === rawHeaders.length / 2 + 2 && bytes.indexOf(start, 0, 'latin1') === 0
}
