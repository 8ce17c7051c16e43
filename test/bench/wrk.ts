// Drives a server with wrk over keep-alive connections.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** What wrk measured. */
export interface Load {
  readonly requests: number
  readonly seconds: number
  /** Heads and bodies. */
  readonly bytes: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Counts of connection errors, timeouts, and statuses from 400. Empty when there were none. */
  readonly errors: string
}

/** Requests are sent in the order of the file, and each connection rests before its next one. */
export interface Pace {
  readonly connections: number
  /** A whole number of milliseconds, on average. */
  readonly delayMs: number
  /** At the lowest priority. */
  readonly isNice?: boolean
}

export interface LoadOptions {
  readonly port: number
  readonly isTls?: boolean
  /** A file of whole request heads. */
  readonly requests: string
  /** Whole. */
  readonly seconds: number
  /** Undefined: as fast as possible. */
  readonly pace?: Pace
  /** They share the connections: the nth sends every nth request. Default: one sends all. */
  readonly people?: number
}

export const connections = 32

const script = fileURLToPath(new URL('requests.lua', import.meta.url))
const graceMs = 15_000

export function runWrk(options: LoadOptions): Promise<Load> {
  const { port, isTls = false, requests, seconds, pace, people = 1 } = options
  const args = [
    `-t${people}`,
    `-c${pace?.connections ?? connections}`,
    `-d${seconds}s`,
    '--timeout',
    '10s',
    '-s',
    script,
  ]
  return new Promise((resolve, reject) => {
    const command = ['wrk', ...args, `${isTls ? 'https' : 'http'}://127.0.0.1:${port}/`]
    const [program = '', ...words] = pace?.isNice ? ['nice', '-n', '19', ...command] : command
    const child = spawn(program, words, {
      env: {
        ...process.env,
        BENCH_REQUESTS: requests,
        BENCH_PEOPLE: String(people),
        ...(pace && { BENCH_DELAY_MS: String(pace.delayMs) }),
      },
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: seconds * 1000 + graceMs,
    })
    let text = ''
    child.stdout.setEncoding('utf8').on('data', chunk => {
      text += chunk
    })
    child.on('error', reject)
    child.on('close', () => {
      const line = text.split('\n').find(each => each.startsWith('{'))
      if (line === undefined) reject(new Error(`wrk printed no result:\n${text}`))
      else resolve(JSON.parse(line) as Load)
    })
  })
}
