// The Redis that a gate's ledger is in, while the bench runs: on this machine, with nothing on disk.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { findFreePort } from './running.ts'

export interface BenchRedis {
  readonly port: number
  stop(): Promise<void>
}

/** Undefined: redis-server is not installed. */
export async function startBenchRedis(home: string): Promise<BenchRedis | undefined> {
  const port = await findFreePort()
  const args = ['--bind', '127.0.0.1', '--port', `${port}`, '--dir', home, '--save', '']
  const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'ignore'] })
  const ended = once(child, 'close').catch(() => {})
  for await (const line of createInterface(child.stdout)) {
    if (!line.includes('Ready to accept connections')) continue
    child.stdout.resume()
    return {
      port,
      stop: async () => {
        child.kill('SIGTERM')
        await ended
      },
    }
  }
  return undefined
}
