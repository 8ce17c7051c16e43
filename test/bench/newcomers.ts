// People with good tokens that the gate has never seen, from the address of the forged ones.
import { get } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { cookieOf } from './rows.ts'

export const newcomers = { count: 40, everyMs: 10, patienceMs: 3_000 }

export interface Newcomers {
  /** How many got their photo in time. */
  readonly admitted: number
  readonly slowestMs: number
}

/** Each sends one request, on a connection of its own, and waits as long as the gate makes it wait. */
export async function askAsNewcomers(
  port: number,
  path: string,
  tokens: readonly string[],
): Promise<Newcomers> {
  const answers = await Promise.all(
    tokens.map(async (token, at) => {
      await delay(at * newcomers.everyMs)
      return askOnce(port, path, token)
    }),
  )
  return {
    admitted: answers.filter(({ status, ms }) => status === 200 && ms <= newcomers.patienceMs)
      .length,
    slowestMs: Math.max(...answers.map(({ ms }) => ms)),
  }
}

function askOnce(port: number, path: string, token: string) {
  const startedMs = performance.now()
  const since = () => performance.now() - startedMs
  return new Promise<{ status: number; ms: number }>(resolve => {
    const headers = { cookie: cookieOf(token) }
    const request = get({ host: '127.0.0.1', port, path, headers, agent: false }, response => {
      response.resume()
      response.on('close', () => resolve({ status: response.statusCode ?? 0, ms: since() }))
    })
    request.on('error', () => resolve({ status: 0, ms: since() }))
  })
}
