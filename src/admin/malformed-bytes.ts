// Bytes at the admin listener that are not an HTTP request. There is no response object for them, only the socket: the answer
// is a status and nothing else. Knows no route and no reader.
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { rawAnswers, statusOfClientError } from '../gate/raw-answer.ts'

export interface MalformedBytes {
  /** Notes which answers are under way. */
  watch(server: FastifyInstance['server']): void
  /** For Node's `clientError`. Ends the connection. */
  refuse(error: NodeJS.ErrnoException, socket: Socket): void
}

export function buildMalformedBytes(): MalformedBytes {
  const lastAnswers = new WeakMap<Socket, ServerResponse>()
  return {
    watch: server => {
      server.on('request', ({ socket }, response) => lastAnswers.set(socket, response))
    },
    refuse: ({ code }, socket) => {
      // In the middle of an answer the client would take these bytes for a part of it.
      const isFree = lastAnswers.get(socket)?.writableFinished ?? true
      if (code === 'ECONNRESET' || !socket.writable || !isFree) socket.destroy()
      else socket.end(rawAnswers[statusOfClientError(code)], () => socket.destroy())
    },
  }
}
