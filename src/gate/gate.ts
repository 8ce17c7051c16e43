// The HTTP server of the photos, wired. A request passes, in this order: target, early answer, evidence, decision,
// photo, preconditions, write batch, log line. Each step is in a file of its own.
import type { Socket } from 'node:net'
import { fastifyCookie } from '@fastify/cookie'
import type { FastifyInstance } from 'fastify'
import Fastify from 'fastify'
import { cookieOptions } from '../evidence/cookies.ts'
import type { AccessSink } from './access-record.ts'
import type { GuestReports } from './budgeted-photo.ts'
import { trackConnections } from './connections.ts'
import { maxFields } from './early-answer.ts'
import { beginExchange } from './exchange.ts'
import type { JudgeOptions } from './judge.ts'
import { buildJudge } from './judge.ts'
import { buildMalformedRefusal } from './malformed.ts'
import { boundPipelines } from './pipelines.ts'
import { buildRequestHook } from './request-hook.ts'
import { addRoutes, routes } from './routes.ts'
import { buildSender } from './sender.ts'
import type { GateState } from './state.ts'
import { checkMs, inactiveMs as defaultInactiveMs, setTimeouts } from './timeouts.ts'
import { buildTurns } from './turns.ts'
import { buildWriteBatch } from './write-batch.ts'

export interface GateOptions extends JudgeOptions, GuestReports {
  /** What the next request sees. Replacing `current` is a reload. */
  readonly live: { current: GateState }
  readonly sink: AccessSink
  /** Milliseconds without a byte after which a connection is cut, unless it waits for its next request. */
  readonly inactiveMs?: number
}

/** A gate that does not listen yet. Its `close()` answers the requests under way first. */
export function buildGate(options: GateOptions): FastifyInstance {
  const { live, sink, onFault, inactiveMs = defaultInactiveMs } = options
  const gate = createGate({
    ...{ live, inactiveMs },
    onClientError: (error, socket) => malformed.refuseBytes(error, socket),
  })
  const { server } = gate
  setTimeouts(server, live.current.settings.timeouts)
  const writeBatch = buildWriteBatch(onFault)
  const answer = buildSender(writeBatch)
  const judge = buildJudge(options)
  const turns = buildTurns({
    ...{ live, sink, judge, answer },
    takeHeld: (connection, exchange) => pipelines.takeHeld(connection, exchange),
  })
  const connections = trackConnections(server)
  const pipelines = boundPipelines(server, { ...writeBatch, ...turns, onFault })
  const malformed = buildMalformedRefusal({ sink, pipelines, inactiveMs })

  admitAnyExpectation(server)
  server.on('connect', (_, socket: Socket) => malformed.refuseConnect(socket))
  // For code that adds routes. The rules read cookies with the same parser and options.
  void gate.register(fastifyCookie, { hook: false, parseOptions: cookieOptions as object })
  const hook = buildRequestHook({ sink, judge, turns, connections, pipelines, answer })
  gate.addHook('onRequest', hook)
  addRoutes(gate, { ...options, answer })
  return gate
}

interface GateServerOptions {
  readonly live: { readonly current: GateState }
  readonly inactiveMs: number
  readonly onClientError: (error: NodeJS.ErrnoException, socket: Socket) => void
}

const maxHeaderBytes = 16_384

function createGate({ live, inactiveMs, onClientError }: GateServerOptions): FastifyInstance {
  const gate = Fastify({
    logger: false,
    // The target is parsed here, once. The router sees only the name of a route, so it cannot read a request
    // differently than the policy did, and its limits on length and encoding do not apply.
    rewriteUrl: request => routes[beginExchange(request, live.current).target.kind],
    exposeHeadRoutes: false,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    connectionTimeout: inactiveMs,
    clientErrorHandler: onClientError,
    http: {
      connectionsCheckingInterval: checkMs,
      maxHeaderSize: maxHeaderBytes,
      requireHostHeader: false, // early-answer.ts checks it, and the refusal is logged.
    },
  })
  // A client that has ended its side still gets the answers to what it sent. Not in Node's manual.
  Object.assign(gate.server, { httpAllowHalfOpen: true })
  // Node drops the header fields above this count silently. The dropped one could be the front's, which would
  // leave the client's own claim about its address. One above the limit is enough to refuse the request.
  gate.server.maxHeadersCount = maxFields + 1
  return gate
}

/** Requests with `Expect` get the same answer as without it. */
function admitAnyExpectation(server: FastifyInstance['server']): void {
  for (const event of ['checkContinue', 'checkExpectation']) {
    server.on(event, (request, response) => server.emit('request', request, response))
  }
}
