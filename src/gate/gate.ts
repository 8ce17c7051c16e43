// The HTTP server. The way of a request, top to bottom: target, method, evidence, decision, photo,
// preconditions, bytes; then its log line.
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { fastifyCookie } from '@fastify/cookie'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Fastify from 'fastify'
import { cookieOptions } from '../evidence/cookies.ts'
import type { Target } from '../evidence/target.ts'
import type { Photo } from '../photo/photo-store.ts'
import type { LineSink, Reason } from './access-log.ts'
import { formatAccess } from './access-log.ts'
import * as answers from './answer.ts'
import { trackConnections } from './connections.ts'
import { findEarlyAnswer, maxFields } from './early-answer.ts'
import type { Exchange } from './exchange.ts'
import { beginExchange, connectionOf, endExchange, exchangeOf, noteAnswer } from './exchange.ts'
import type { JudgeOptions } from './judge.ts'
import { buildJudge } from './judge.ts'
import { choosePhotoAnswer, findPhoto } from './photo-answer.ts'
import { boundPipelines } from './pipelines.ts'
import { rawAnswers, statusOfClientError } from './raw-answer.ts'
import type { GateState } from './state.ts'
import { checkMs, inactiveMs as defaultInactiveMs, setTimeouts } from './timeouts.ts'
import { buildTurns, turnAwayOf } from './turns.ts'
import { buildWriteBatch } from './write-batch.ts'

export interface GateOptions extends JudgeOptions {
  /** What the next request is to see. Replacing it is a reload. */
  readonly live: { current: GateState }
  readonly sink: LineSink
  /** Milliseconds without a byte after which a connection is cut, unless it waits for its next request. */
  readonly inactiveMs?: number
}

const maxHeaderBytes = 16_384

// Each request is sent to the route of its target's kind, under names that no request can carry.
const routes: Record<Target['kind'], string> = {
  photo: '/photo',
  health: '/probe',
  ready: '/probe',
  page: '/page',
  'bad-encoding': '/bad-encoding',
}

export function buildGate(options: GateOptions): FastifyInstance {
  const { live, sink, onFault, inactiveMs = defaultInactiveMs } = options
  const gate = Fastify({
    logger: false,
    // Parsed here once and for all. The router sees only what comes out, so that it cannot take a
    // request for another than the policy did, and length or encoding of an address are not its affair.
    rewriteUrl: request => routes[beginExchange(request, live.current).target.kind],
    exposeHeadRoutes: false,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    connectionTimeout: inactiveMs,
    clientErrorHandler: refuseMalformed,
    http: {
      connectionsCheckingInterval: checkMs,
      maxHeaderSize: maxHeaderBytes,
      requireHostHeader: false, // Checked below, where the refusal is logged.
    },
  })

  setTimeouts(gate.server, live.current.settings.timeouts)
  const writeBatch = buildWriteBatch(onFault)
  const judge = buildJudge(options)
  const turns = buildTurns({
    ...{ live, sink, judge, answer },
    takeHeld: (connection, exchange) => pipelines.takeHeld(connection, exchange),
  })
  const connections = trackConnections(gate.server)
  const pipelines = boundPipelines(gate.server, { ...writeBatch, ...turns, onFault })
  // Who says that nothing more will come still gets the answer to what came. Not in Node's manual.
  Object.assign(gate.server, { httpAllowHalfOpen: true })
  // No header may be dropped for being one too many: it could be the front's, and leave the client's
  // own word for who it is. One more than may be is enough to refuse them all.
  gate.server.maxHeadersCount = maxFields + 1
  // Whatever is expected, the answer is the same as without.
  for (const event of ['checkContinue', 'checkExpectation']) {
    gate.server.on(event, (request, response) => gate.server.emit('request', request, response))
  }
  gate.server.on('connect', (_, socket: Socket) => {
    // Node has let go of the socket, with all that listened to its errors and its silence.
    socket.on('error', () => {})
    socket.setTimeout(inactiveMs, () => socket.destroy())
    refuse(socket, 405, 'CONNECT')
  })

  // For whoever adds routes: the rules read cookies by the same parser and options.
  void gate.register(fastifyCookie, { hook: false, parseOptions: cookieOptions as object })

  gate.addHook('onRequest', (request, reply, done) => {
    const { raw } = request
    const exchange = exchangeOf(raw)
    const { socket } = raw
    reply.raw.on('close', () => {
      endExchange(exchange, sink, isCutOff(reply.raw, socket))
      connections.release(socket)
      pipelines.release(exchange.connection)
    })
    const isDue = exchange.turn !== undefined
    // Where requests cannot be bounded (pipelines.ts), what is asked while one waits never gets an answer.
    if (exchange.connection.isHeld && !isDue) exchange.connection.isRefused = true
    if (exchange.connection.isRefused && !isDue) return void reply.hijack()
    const early = findEarlyAnswer(exchange, raw)
    // What comes with a request to upgrade may be in another protocol, and Node leaves it unread.
    if (exchange.connection.isUpgrade) reply.raw.shouldKeepAlive = false
    // Of what follows nothing is looked at, nor is a body that is broken a request of its own.
    if (early?.isLast || exchange.connection.isUpgrade) exchange.connection.isRefused = true
    if (early !== undefined) return answer(reply, exchange, early.answer, early.reason)
    if (isDue) return turns.take(request, reply, done)
    if (exchange.target.kind === 'page') return done()
    const { refusal, hasUnverified } = exchange.judgement ?? judge(exchange, raw.headers, false)
    if (refusal === undefined) return done()
    if (hasUnverified && turns.wait(request, reply, done)) return
    answer(reply, exchange, turnAwayOf(exchange, hasUnverified), refusal)
  })

  const get = (url: string, handler: (request: FastifyRequest, reply: FastifyReply) => void) =>
    gate.route({ method: ['GET', 'HEAD'], url, handler })
  get(routes.page, ({ raw }, reply) => answer(reply, exchangeOf(raw), answers.page, 'page'))
  get(routes['bad-encoding'], ({ raw }, reply) =>
    answer(reply, exchangeOf(raw), answers.badEncoding, 'bad-encoding'),
  )
  get(routes.photo, ({ raw }, reply) => {
    const exchange = exchangeOf(raw)
    const found = findPhoto(exchange)
    if (!(found instanceof Promise)) return answerPhoto(raw.headers, reply, exchange, found)
    reply.hijack()
    found
      .then(photo => answerPhoto(raw.headers, reply, exchange, photo))
      .catch(error => {
        onFault(error)
        answer(reply, exchange, answers.failed, 'error')
      })
  })

  gate.setErrorHandler((error, { raw }, reply) => {
    onFault(error)
    answer(reply, exchangeOf(raw), answers.failed, 'error')
  })

  function answerPhoto(
    headers: IncomingHttpHeaders,
    reply: FastifyReply,
    exchange: Exchange,
    found: Photo | undefined,
  ): void {
    const { response, reason } = choosePhotoAnswer(exchange, headers, found)
    answer(reply, exchange, response, reason)
  }

  function answer(
    reply: FastifyReply,
    exchange: Exchange,
    response: answers.Answer,
    reason: Reason,
  ): void {
    reply.hijack()
    noteAnswer(exchange, response, reason)
    writeBatch.put(reply.raw, response)
    // Who asks on before he has his answer gets both at once: Node stops reading from a connection by
    // what has been written to it and not been taken.
    if (exchange.connection.open > 1) writeBatch.flush()
  }

  // Bytes that are no HTTP request. Nothing is written while an answer is under way: it would be
  // taken for a part or the successor of that.
  function refuseMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
    if (pipelines.takeHalt(error, socket)) return
    if (error.code !== 'ECONNRESET' && !socket.destroyed) {
      refuse(socket, statusOfClientError(error.code), null)
    }
  }

  function refuse(socket: Socket, status: keyof typeof rawAnswers, method: string | null): void {
    const connection = connectionOf(socket)
    const { peer, open, isRefused } = connection
    if (isRefused) return // More bytes of the same.
    connection.isRefused = true
    // What was asked before is answered first; `release` closes the connection after the last of it.
    if (open === 0) {
      if (socket.writable) socket.write(rawAnswers[status])
      socket.destroySoon()
    }
    sink.write(
      formatAccess({
        timeMs: Date.now(),
        client: null,
        peer: peer?.text ?? null,
        method,
        address: null,
        status,
        rule: null,
        reason: method === null ? 'bad-request' : 'method',
        bytes: 0,
        milliseconds: 0,
        userAgent: null,
        isAborted: false,
      }),
    )
  }

  return gate
}

// An answer counts itself as finished also when its socket failed under it; a whole one has let go of a
// socket that is well.
function isCutOff(response: ServerResponse, socket: Socket): boolean {
  return !response.writableFinished || response.socket !== null || Boolean(socket.errored)
}
