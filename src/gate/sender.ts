// How an answer leaves a request: noted for the log line, then put into the write batch.
import type { FastifyReply } from 'fastify'
import type { Reason } from './access-record.ts'
import type { Answer } from './answer.ts'
import { exchangeOf, noteAnswer } from './exchange.ts'
import type { WriteBatch } from './write-batch.ts'

/** Answers the request. Fastify has nothing more to do with the reply. */
export type Send = (reply: FastifyReply, response: Answer, reason: Reason) => void

export function buildSender({ put, flush }: WriteBatch): Send {
  return (reply, response, reason) => {
    const exchange = exchangeOf(reply.request.raw)
    reply.hijack()
    noteAnswer(exchange, response, reason)
    put(reply.raw, response)
    // A client that pipelines gets several answers at once: Node stops reading from a connection by the
    // number of bytes that have been written to it and not been taken.
    if (exchange.connection.open > 1) flush()
  }
}
