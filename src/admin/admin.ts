// The HTTP server for administrators, wired: probes, metrics, signing in, and the routes that others add. Every route is
// behind the guard. Knows no socket and no configuration file.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Fastify from 'fastify'
import type { AdminAccess } from './access.ts'
import type { EventStreams } from './event-stream.ts'
import { buildGuard, sendRefusal, setSafeHeaders } from './guard.ts'
import { buildMalformedBytes } from './malformed-bytes.ts'
import { addProbes } from './probes.ts'
import { isPlainTarget } from './request-shape.ts'
import { addSignIn } from './sign-in.ts'
import type { AdminSources } from './sources.ts'

/** What routes are made of. */
export interface AdminTools {
  readonly sources: AdminSources
  readonly access: AdminAccess
  readonly streams: EventStreams
}

/**
 * Adds routes. They are closed to all who have not signed in, if there is a token. A POST gets here only with the right to
 * change something, and its body is JSON.
 */
export type AddAdminRoutes = (admin: FastifyInstance, tools: AdminTools) => void

export interface AdminOptions extends AdminTools {
  readonly addRoutes: readonly AddAdminRoutes[]
  info(details: Record<string, unknown>, message: string): void
  /** A fault of the program. */
  onFault(error: unknown): void
}

// Bounds for a server that a few people and a Prometheus ask.
const maxHeaderBytes = 16_384
const maxBodyBytes = 65_536
const maxHeaderFields = 100
const headersMs = 10_000
const checkMs = 2_000
const requestMs = 20_000
const keepAliveMs = 65_000
// Milliseconds without a byte in either direction. Event streams have a heartbeat.
const inactiveMs = 90_000
/** Open connections; the system holds back some more. */
export const maxConnections = 256

/** A route that no client can name: what the router is told of targets that it must not see. */
const oddRoute = '/-odd-'

/** A server that does not listen yet. Several of them may share the tools: one for each address. */
export function buildAdmin(options: AdminOptions): FastifyInstance {
  const { access, sources, onFault } = options
  const malformed = buildMalformedBytes()
  const admin = Fastify({
    logger: false,
    clientErrorHandler: malformed.refuse,
    bodyLimit: maxBodyBytes,
    // The guard refuses them by what was sent.
    rewriteUrl: ({ url = '' }) => (isPlainTarget(url) ? url : oddRoute),
    routerOptions: { caseSensitive: true, ignoreTrailingSlash: false },
    return503OnClosing: false,
    forceCloseConnections: true,
    connectionTimeout: inactiveMs,
    requestTimeout: requestMs,
    keepAliveTimeout: keepAliveMs,
    http: {
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: headersMs,
      // By default slow heads would be looked at twice a minute only.
      connectionsCheckingInterval: checkMs,
    },
  })
  const { server } = admin
  malformed.watch(server)
  server.maxConnections = maxConnections
  // Above it, Node.js drops fields silently.
  server.maxHeadersCount = maxHeaderFields
  // Only JSON and the form to sign in are read.
  admin.removeContentTypeParser('text/plain')
  admin.addHook('onRequest', buildGuard(access))
  admin.setNotFoundHandler((_, reply) =>
    sendRefusal(reply, { status: 404, text: 'There is no such page.\n' }),
  )
  admin.setErrorHandler((error, _: FastifyRequest, reply: FastifyReply) => {
    setSafeHeaders(reply)
    const { statusCode = 500 } = error as { statusCode?: number }
    if (statusCode >= 500) onFault(error)
    const status = statusCode >= 400 && statusCode < 500 ? statusCode : 500
    const text =
      status === 500
        ? 'A fault of the program; the log says which.\n'
        : 'The request is not understood: its body is not what this page sends.\n'
    return sendRefusal(reply, { status, text })
  })
  addProbes(admin, sources)
  addSignIn(admin, options)
  for (const add of options.addRoutes) add(admin, options)
  return admin
}
