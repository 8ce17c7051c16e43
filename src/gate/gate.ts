// The HTTP server. The way of a request, top to bottom: target, method, evidence, decision, photo,
// preconditions, bytes; then its log line.
import type { IncomingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import { fastifyCookie } from '@fastify/cookie'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Fastify from 'fastify'
import type { Photo } from '../photo/photo-store.ts'
import { placeholder } from '../photo/placeholder.ts'
import { turnedAwayRule } from '../policy/policy.ts'
import { findAdmittingRule, readEvidence } from './access.ts'
import type { LineSink, Reason } from './access-log.ts'
import { formatAccess } from './access-log.ts'
import * as answers from './answer.ts'
import type { ClientDoubt } from './client-address.ts'
import type { Verdict } from './preconditions.ts'
import { evaluate } from './preconditions.ts'
import type { GateState } from './state.ts'
import type { Target } from './target.ts'
import type { Visit } from './visit.ts'
import { beginVisit, connectionOf, endVisit, noteAnswer, visitOf } from './visit.ts'

export interface GateOptions {
  /** What the next request is to see. Replacing it is a reload. */
  readonly live: { current: GateState }
  readonly sink: LineSink
  /** A proxy named no client, so nothing of the `from` conditions could hold. */
  onDoubt(doubt: ClientDoubt, peer: string): void
  /** A peer that is no proxy names a client; it was not believed. */
  onIgnoredHeader(peer: string): void
  /** A fault of the program; the request got a 500 or was turned away. */
  onFault(error: unknown): void
}

// Milliseconds and bytes. The idle time outlasts that of the usual fronts (nginx 60 s), so that it is
// the front who closes and no request meets a connection that is just going.
const limits = {
  headerMs: 15_000,
  requestMs: 30_000,
  inactiveMs: 60_000,
  keepAliveMs: 75_000,
  checkMs: 5_000,
  headerBytes: 16_384,
}

// Each request is sent to the route of its target's kind, under names that no request can carry.
const routes: Record<Target['kind'], string> = {
  photo: '/photo',
  health: '/health',
  page: '/page',
  'bad-encoding': '/bad-encoding',
}

const maxPlaceholderSeconds = 60

export function buildGate(options: GateOptions): FastifyInstance {
  const { live, sink, onDoubt, onIgnoredHeader, onFault } = options
  const gate = Fastify({
    logger: false,
    // Parsed here once and for all. The router sees only what comes out, so that it cannot take a
    // request for another than the policy did, and length or encoding of an address are not its affair.
    rewriteUrl: request => routes[beginVisit(request, live.current).target.kind],
    exposeHeadRoutes: false,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    connectionTimeout: limits.inactiveMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    clientErrorHandler: refuseMalformed,
    http: {
      headersTimeout: limits.headerMs,
      connectionsCheckingInterval: limits.checkMs,
      maxHeaderSize: limits.headerBytes,
    },
  })

  // No hook: the parser is called with one pair at a time, and only where a rule asks for cookies.
  void gate.register(fastifyCookie, { hook: false })

  gate.addHook('onRequest', (request, reply, done) => {
    const { raw } = request
    const visit = visitOf(raw)
    reply.raw.on('close', () => endVisit(visit, sink, !reply.raw.writableFinished))
    const hasBody = hasContent(raw.headers)
    if (visit.method !== 'GET' && visit.method !== 'HEAD') {
      const refusal = hasBody ? answers.methodRefusedClosing : answers.methodRefused
      return answer(reply, visit, refusal, 'method')
    }
    // What follows an unread body could be taken for a request (CVE-2023-25690 and its kin).
    if (hasBody) return answer(reply, visit, answers.bodyRefused, 'body')
    const { kind } = visit.target
    if (kind === 'health' || kind === 'page') return done()
    if (judge(visit, raw.headers)) return done()
    answer(reply, visit, visit.state.turnAway, visit.reason)
  })

  // Sets the visit's client, rule and, when nobody admits, reason.
  function judge(visit: Visit, headers: IncomingHttpHeaders): boolean {
    const { state, connection, target } = visit
    const photo = target.kind === 'photo' ? target.address : undefined
    const facts = { peer: connection.peer, headers, photo }
    const { evidence, client } = readEvidence(state, facts, gate.parseCookie)
    visit.client = client.address
    if (client.doubt !== undefined) onDoubt(client.doubt, connection.peer?.text ?? '')
    if (client.isIgnored) onIgnoredHeader(connection.peer?.text ?? '')
    const rule = findAdmittingRule(state, evidence, onFault)
    visit.rule = rule ?? turnedAwayRule
    visit.reason = client.doubt ?? 'no-rule'
    return rule !== undefined
  }

  const get = (url: string, handler: (request: FastifyRequest, reply: FastifyReply) => void) =>
    gate.route({ method: ['GET', 'HEAD'], url, handler })
  get(routes.health, ({ raw }, reply) => answer(reply, visitOf(raw), answers.healthy, 'health'))
  get(routes.page, ({ raw }, reply) => answer(reply, visitOf(raw), answers.page, 'page'))
  get(routes['bad-encoding'], ({ raw }, reply) =>
    answer(reply, visitOf(raw), answers.badEncoding, 'bad-encoding'),
  )
  get(routes.photo, ({ raw }, reply) => {
    const visit = visitOf(raw)
    const { target, state } = visit
    const address = target.kind === 'photo' ? target.address : undefined
    const found = address === undefined ? undefined : state.library.find(address)
    if (!(found instanceof Promise)) return answerPhoto(raw.headers, reply, visit, found)
    reply.hijack()
    found.then(
      photo => answerPhoto(raw.headers, reply, visit, photo),
      error => {
        onFault(error)
        answer(reply, visit, answers.failed, 'error')
      },
    )
  })

  gate.setErrorHandler((error, { raw }, reply) => {
    onFault(error)
    if (reply.raw.headersSent) reply.raw.destroy()
    else answer(reply, visitOf(raw), answers.failed, 'error')
  })

  // Bytes that are no HTTP request. Nothing is written while an answer is under way: it would be
  // taken for a part or the successor of that.
  function refuseMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
    if (error.code === 'ECONNRESET' || socket.destroyed) return
    const { peer, open } = connectionOf(socket)
    const status = statusOfClientError(error.code)
    if (socket.writable && open === 0) {
      socket.write(
        `HTTP/1.1 ${status} ${reasonPhrases[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
      )
    }
    socket.destroySoon()
    sink.write(
      formatAccess({
        timeMs: Date.now(),
        client: null,
        peer: peer?.text ?? null,
        method: null,
        address: null,
        status,
        rule: null,
        reason: 'bad-request',
        bytes: 0,
        milliseconds: 0,
        isAborted: false,
      }),
    )
  }

  return gate
}

function answerPhoto(
  headers: IncomingHttpHeaders,
  reply: FastifyReply,
  visit: Visit,
  found: Photo | undefined,
): void {
  const { settings, library } = visit.state
  const { missing, maxAgeSeconds } = settings.photos
  if (found === undefined && missing === 'not-found') {
    answer(reply, visit, library.isScanned ? answers.notFound : answers.notFoundYet, 'missing')
    return
  }
  const photo = found ?? placeholder
  const mostSeconds = found ? maxAgeSeconds : library.isScanned ? maxPlaceholderSeconds : 0
  const seconds = Math.min(maxAgeSeconds, mostSeconds)
  const verdict = evaluate(visit.method, headers, photo)
  const reason = found === undefined ? 'placeholder' : reasonOf(verdict)
  answer(reply, visit, answers.photoAnswer(photo, verdict, seconds), reason)
}

function reasonOf(verdict: Verdict): Reason {
  return verdict.kind === 'whole' ? 'found' : verdict.kind
}

function answer(reply: FastifyReply, visit: Visit, response: answers.Answer, reason: Reason): void {
  reply.hijack()
  noteAnswer(visit, response, reason)
  if (!reply.raw.destroyed) answers.send(reply.raw, response)
}

function hasContent(headers: IncomingHttpHeaders): boolean {
  const length = headers['content-length']
  return (length !== undefined && length !== '0') || headers['transfer-encoding'] !== undefined
}

const reasonPhrases = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
}

function statusOfClientError(code: string | undefined): keyof typeof reasonPhrases {
  if (code === 'HPE_HEADER_OVERFLOW') return 431
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400
}
