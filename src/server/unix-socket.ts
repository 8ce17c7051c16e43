// A Unix socket to listen on: its place is made free, and its rights are right from the first moment on.
import { existsSync, lstatSync, unlinkSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { ListenSocket } from '../config/listen/settings.ts'
import { GateError } from '../error.ts'

const allRights = 0o777

/** @throws GateError GATE_LISTEN, and the error of the operating system */
export async function listenOnSocket(
  gate: FastifyInstance,
  { socket, mode }: ListenSocket,
): Promise<string> {
  // Node.js calls this a lack of rights.
  if (!existsSync(dirname(socket))) {
    throw new GateError(
      'GATE_LISTEN',
      `cannot listen on ${socket}: its folder is not there; create it`,
    )
  }
  await removeAbandoned(socket)
  // What is left of listening is short, so that no other file is made under this umask.
  await gate.ready()
  // chmod would come after the socket can be reached.
  const before = process.umask(allRights & ~mode)
  try {
    await gate.listen({ path: socket })
  } finally {
    process.umask(before)
  }
  return `unix:${socket}`
}

// A gate that was killed leaves its socket behind. Nothing but a socket on which nobody listens is removed.
async function removeAbandoned(path: string): Promise<void> {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  if (stats === undefined) return
  if (!stats.isSocket()) {
    throw new GateError(
      'GATE_LISTEN',
      `cannot listen on ${path}: it is there and is not a socket; name another path`,
    )
  }
  if (await isAnswered(path)) {
    throw new GateError(
      'GATE_LISTEN',
      `cannot listen on ${path}: another program listens there; stop it, or name another path`,
    )
  }
  unlinkSync(path)
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    // Only a refused connection says that nobody listens; with too few rights or a full queue somebody may.
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code !== 'ECONNREFUSED'))
  })
}
