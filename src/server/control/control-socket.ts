// The socket or pipe by which the verbs ask a running gate. Who may connect is decided by the operating system: the folder
// and the mode of a socket, the rights of a pipe. A client cannot cost more than a little memory for a few seconds.
import { unlinkSync } from 'node:fs'
import type { Server, Socket } from 'node:net'
import { connect, createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { ControlOutcome, ControlVerb } from './control-message.ts'
import {
  formatHeard,
  formatOutcome,
  maxRequestBytes,
  parseRequest,
  protocolVersion,
} from './control-message.ts'
import type { PlaceFacts } from './control-places.ts'
import { findOwnFolder, pipePath, socketPath, socketsIn } from './control-places.ts'

export interface ControlSocket {
  /** Waits a second at most for answers to be read. Nobody can connect any more. */
  close(): Promise<void>
}

export interface ControlOptions {
  /** As of `controlKeysOf`. */
  readonly key: string
  readonly verbs: Readonly<Record<ControlVerb, () => Promise<ControlOutcome>>>
  readonly facts: PlaceFacts
  readonly logger: Logger
  /** Milliseconds for a client to send its request. Undefined: 5 s. */
  readonly requestMs?: number
}

const maxConnections = 8
const maxRequestMs = 5_000
const maxCloseMs = 1_000
const onlyOwner = 0o177
const signals = 'SIGHUP and SIGTERM still work'

/** Never throws: a gate that the verbs cannot reach says so in its log, and serves. */
export async function openControl(options: ControlOptions): Promise<ControlSocket> {
  const { key, facts, logger } = options
  const connections = new Set<Socket>()
  const server = createServer(socket => {
    connections.add(socket)
    socket.on('close', () => connections.delete(socket))
    answer(socket, options)
  })
  server.maxConnections = maxConnections
  const close = async () => {
    const closed = new Promise(resolve => server.close(resolve))
    await Promise.race([closed, delay(maxCloseMs, undefined, { ref: false })])
    for (const socket of connections) socket.destroy()
  }
  const warn = (why: string) =>
    logger.warn(`photogate stop and photogate reload cannot reach this gate: ${why}`)
  const place = facts.uid === undefined ? { path: pipePath(key) } : await placeOf(facts, key)
  if ('why' in place) {
    warn(`${place.why}; ${signals}`)
    return { close: async () => {} }
  }
  try {
    await listen(server, place.path)
    return { close }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const isTaken = facts.uid === undefined && (code === 'EADDRINUSE' || code === 'EACCES')
    warn(isTaken ? 'another gate of this configuration runs, and answers to them' : message)
    return { close: async () => {} }
  }
}

async function placeOf(
  facts: PlaceFacts,
  key: string,
): Promise<{ readonly path: string } | { readonly why: string }> {
  const found = findOwnFolder(facts)
  if ('why' in found) return found
  const { folder } = found
  for (const { path, pid } of socketsIn(folder)) {
    // What gates have left that were killed. No other has the id of this process.
    if (pid === process.pid || (!isAlive(pid) && (await isAbandoned(path)))) unlinkIfThere(path)
  }
  return { path: socketPath(folder, key, process.pid) }
}

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // Another gate that starts has removed it.
  }
}

// Without this, the socket of a gate that is just about to listen might be taken for an abandoned one.
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

function isAbandoned(path: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(false)
    })
    // Only a refused connection says that nobody listens.
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code === 'ECONNREFUSED'))
  })
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.once('listening', () => {
      server.off('error', reject)
      // Such as too many open files: the gate goes on.
      server.on('error', () => {})
      resolve()
    })
    // chmod would come after the socket can be reached. It is made within this call.
    const before = process.umask(onlyOwner)
    try {
      server.listen(path)
    } finally {
      process.umask(before)
    }
  })
}

function answer(
  socket: Socket,
  { verbs, requestMs = maxRequestMs }: Pick<ControlOptions, 'verbs' | 'requestMs'>,
): void {
  let received = Buffer.alloc(0)
  const timer = setTimeout(() => socket.destroy(), requestMs)
  socket.on('error', () => {}) // The client has gone.
  socket.on('close', () => clearTimeout(timer))
  const end = (outcome: ControlOutcome) => {
    if (socket.writable) socket.end(formatOutcome(outcome))
  }
  const onData = (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    const at = received.indexOf('\n')
    if (at < 0 && received.length <= maxRequestBytes) return
    clearTimeout(timer)
    socket.off('data', onData)
    // What comes behind the request is not looked at, and not kept.
    socket.on('data', () => socket.destroy())
    const verb = parseRequest(received.toString('utf8', 0, Math.max(at, 0)))
    const work = Object.hasOwn(verbs, verb ?? '') ? verbs[verb as ControlVerb] : undefined
    if (work === undefined) {
      const message = `this gate speaks version ${protocolVersion} of the protocol and knows ${Object.keys(verbs).join(' and ')}`
      return end({ outcome: 'misunderstood', message })
    }
    socket.write(formatHeard(process.pid))
    work().then(end, error => end({ outcome: 'failed', message: String(error) }))
  }
  socket.on('data', onData)
}
