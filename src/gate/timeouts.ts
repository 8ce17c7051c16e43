// How long the gate waits for a client. What the configuration says holds from a connection's next request on;
// the other limits are the same for all.
import type { Server } from 'node:http'
import type { TimeoutSettings } from '../config/settings.ts'

/** Milliseconds without a byte, in either direction, after which a connection under way is cut. */
export const inactiveMs = 60_000

/** Milliseconds between two looks at who is slow with a request: so much later than its limit it is cut. */
export const checkMs = 5_000

/**
 * Sets the limits of a server, running or not. Between two requests, `keepAliveTimeout` stands in for the limit
 * of a connection without a byte (Node's `server.timeout`), be it longer or shorter.
 */
export function setTimeouts(server: Server, timeouts: TimeoutSettings): void {
  server.keepAliveTimeout = timeouts.keepAliveSeconds * 1_000
  server.headersTimeout = timeouts.headersSeconds * 1_000
  server.requestTimeout = timeouts.requestSeconds * 1_000
}
