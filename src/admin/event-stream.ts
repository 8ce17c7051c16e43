// Server-sent events: many readers of the same events, with bounds. A reader that does not keep up is dropped, so that no
// page, however slow or forgotten, costs the gate memory or time. Knows no event.
import type { ServerResponse } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { readerOf } from './reader.ts'

export interface EventStreamLimits {
  /** Streams of all readers together. */
  readonly maxStreams: number
  /** Streams of one session; without a session, of one address. */
  readonly maxPerReader: number
  /** Bytes that wait for a reader. One with more is dropped. */
  readonly maxWaitingBytes: number
  /** Milliseconds between two comments that keep a silent connection open. */
  readonly heartbeatMs: number
}

export interface EventStream {
  /** Sends to this reader alone. `data`: a value for JSON. */
  send(event: string, data: unknown): void
  end(): void
}

export interface EventStreams {
  /**
   * Makes the reply a stream. Undefined: the reply has been sent, because there are too many (503 with Retry-After), or
   * because the request is a HEAD, which gets the head alone.
   * `onEnd` is called once, whoever ended it.
   */
  open(request: FastifyRequest, reply: FastifyReply, onEnd?: () => void): EventStream | undefined
  /** Sends to all readers. Formatted once; nothing is formatted without a reader. */
  broadcast(event: string, data: unknown): void
  /** Open streams. */
  readonly size: number
  /** Streams that were ended because their reader did not keep up. */
  readonly dropped: number
  /** Streams that were not opened, because there were too many. */
  readonly refused: number
  /** Ends those of one session, or all. */
  endAll(sessionId?: string): void
  /** Ends all and opens no other. */
  close(): void
}

export const defaultStreamLimits: EventStreamLimits = {
  maxStreams: 50,
  maxPerReader: 25,
  maxWaitingBytes: 256 * 1024,
  heartbeatMs: 15_000,
}

interface OpenStream {
  readonly reader: string
  readonly response: ServerResponse
}

const heartbeat = Buffer.from(': still here\n\n')
const retryAfterSeconds = 10
const contentType = 'text/event-stream; charset=utf-8'

export function buildEventStreams(limits: Partial<EventStreamLimits> = {}): EventStreams {
  const { maxStreams, maxPerReader, maxWaitingBytes, heartbeatMs } = {
    ...defaultStreamLimits,
    ...limits,
  }
  const streams = new Set<OpenStream>()
  let dropped = 0
  let refused = 0
  let isClosed = false
  let timer: NodeJS.Timeout | undefined

  function write({ response }: OpenStream, bytes: Buffer): void {
    if (response.destroyed) return
    if (response.writableLength + bytes.length > maxWaitingBytes) {
      dropped++
      // Not end(): that would wait for the reader.
      response.destroy()
      return
    }
    response.write(bytes)
  }

  function writeToAll(bytes: Buffer): void {
    for (const stream of streams) write(stream, bytes)
  }

  function whyFull(reader: string): string | undefined {
    if (isClosed) return 'the gate is stopping'
    if (streams.size >= maxStreams) return `${maxStreams} pages are open already; close some`
    const own = [...streams].filter(stream => stream.reader === reader).length
    if (own < maxPerReader) return undefined
    return `${maxPerReader} pages of this reader are open already; close some`
  }

  function forget(stream: OpenStream): void {
    streams.delete(stream)
    if (streams.size > 0) return
    clearInterval(timer)
    timer = undefined
  }

  return {
    open: (request, reply, onEnd) => {
      // Fastify asks the route of a GET. Nobody would read that stream, and it would take the place of a page.
      if (request.method === 'HEAD') {
        void reply.type(contentType).send('')
        return undefined
      }
      const reader = readerOf(request)
      const why = whyFull(reader)
      if (why !== undefined) {
        refused++
        void reply.code(503).header('retry-after', retryAfterSeconds).type('text/plain').send(why)
        return undefined
      }
      reply.hijack()
      const response = reply.raw
      const stream = { reader, response }
      streams.add(stream)
      response.once('close', () => {
        forget(stream)
        onEnd?.()
      })
      for (const [name, value] of Object.entries(reply.getHeaders())) {
        if (value !== undefined) response.setHeader(name, value)
      }
      response.writeHead(200, { 'content-type': contentType })
      response.flushHeaders()
      timer ??= setInterval(() => writeToAll(heartbeat), heartbeatMs).unref()
      return {
        send: (event, data) => write(stream, formatEvent(event, data)),
        end: () => void response.end(),
      }
    },
    broadcast: (event, data) => {
      if (streams.size > 0) writeToAll(formatEvent(event, data))
    },
    get size() {
      return streams.size
    },
    get dropped() {
      return dropped
    },
    get refused() {
      return refused
    },
    endAll: sessionId => {
      for (const { reader, response } of streams) {
        if (sessionId === undefined || reader === sessionId) response.destroy()
      }
    },
    close: () => {
      isClosed = true
      for (const { response } of streams) response.destroy()
    },
  }
}

// JSON has no line ends, so the data is one line.
function formatEvent(event: string, data: unknown): Buffer {
  return Buffer.from(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
}
