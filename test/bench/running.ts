// A running server: started on a free port with a folder of its own, and stopped by its process id.
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ask } from '../fixtures/client.ts'
import type { ServerName, Setting } from './server.ts'
import { servers } from './servers.ts'

export interface Running {
  readonly name: ServerName
  readonly port: number
  readonly pid: number
  readonly isTls: boolean
  stop(): Promise<void>
}

export interface StartOptions {
  /** The server's own folder, which is made here. */
  readonly home: string
  readonly photos: string
  /** A request that must get a 200 once the server is ready. */
  readonly probe: { readonly path: string; readonly headers: Record<string, string> }
}

const startMs = 60_000
const stopMs = 5_000

/** @throws Error with the server's output when it ends or does not answer. */
export async function startServer(
  name: ServerName,
  setting: Setting,
  { home, photos, probe }: StartOptions,
): Promise<Running> {
  mkdirSync(home)
  const port = await findFreePort()
  const { isTls = false } = setting
  const [command = '', ...args] = servers[name].configure({ home, photos, port, setting })
  const output = openSync(join(home, 'stdout.log'), 'w')
  const errors = openSync(join(home, 'stderr.log'), 'w')
  const child = spawn(command, args, { stdio: ['ignore', output, errors] })
  closeSync(output)
  closeSync(errors)
  const ended = new Promise<void>(resolve => {
    child.on('exit', () => resolve())
    child.on('error', () => resolve())
  })
  const stop = () => stopChild(child, ended)
  const isReady = async () => {
    const answer = await ask(port, probe.path, { headers: probe.headers, isTls }).catch(
      () => undefined,
    )
    return answer?.status === 200
  }
  const deadline = performance.now() + startMs
  while (!(await isReady())) {
    if (child.exitCode !== null || child.pid === undefined || performance.now() > deadline) {
      await stop()
      const words = ['stdout.log', 'stderr.log'].map(log => readFileSync(join(home, log), 'utf8'))
      throw new Error(
        `${name} (${setting.name}) does not start:\n${words.join('').slice(0, 2_000)}`,
      )
    }
    await delay(50)
  }
  return { name, port, isTls, pid: child.pid as number, stop }
}

async function stopChild(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null) return
  child.kill('SIGTERM')
  await Promise.race([ended, delay(stopMs, undefined, { ref: false })])
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
}

export function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
