// How long the gate waits for a client. The configured timeouts apply from a connection's next request on; the
// others are fixed.
import type { Server } from 'node:http'
import type { TimeoutSettings } from '../config/settings.ts'

/** Milliseconds without a byte, in either direction, after which a connection under way is cut. */
export const inactiveMs = 60_000

/** Milliseconds between two checks for slow requests. A request is cut at most this much after its limit. */
export const checkMs = 5_000

/**
 * Sets the limits of a server, running or not. Between two requests, `keepAliveTimeout` stands in for the limit
 * of an inactive connection (Node's `server.timeout`), whether it is longer or shorter.
 */
export function setTimeouts(server: Server, timeouts: TimeoutSettings): void {
  server.keepAliveTimeout = timeouts.keepAliveSeconds * 1_000
  server.headersTimeout = timeouts.headersSeconds * 1_000
  server.requestTimeout = timeouts.requestSeconds * 1_000
}
