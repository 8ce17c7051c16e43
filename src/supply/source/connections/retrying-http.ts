// GET and POST to one HTTP server, with retries that wait longer each time. When the server answers that it is
// overloaded, all requests wait. Follows no redirects, and knows no passwords.
import { setTimeout as delay } from 'node:timers/promises'
import type { Dispatcher } from 'undici'
import { loadAuthorities, minVersion, tlsErrorText } from '../certificates.ts'
import { maxOriginalBytes, SourceError } from '../source.ts'

export interface RetryPolicy {
  readonly tries: number
  /** Wait after the first failure; twice that after the second. */
  readonly firstWaitMs: number
  /** The longest wait, whatever the server's Retry-After says. */
  readonly maxWaitMs: number
  readonly connectMs: number
  /** From sending a request to the last byte of its answer. */
  readonly answerMs: number
  readonly now: () => number
}

export const defaultRetryPolicy: RetryPolicy = {
  tries: 4,
  firstWaitMs: 500,
  maxWaitMs: 60_000,
  connectMs: 15_000,
  answerMs: 60_000,
  now: Date.now,
}

export interface HttpRequest {
  /** With the query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Makes it a POST. */
  readonly body?: string
}

export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

export interface RetryingHttp {
  /**
   * Any answer but 429, 502, 503 and 504.
   * @throws SourceError `person` when the answer is too large; `source` when nothing better came of all tries.
   */
  ask(request: HttpRequest): Promise<HttpAnswer>
  close(): Promise<void>
}

export interface RetryingHttpOptions {
  readonly url: string
  readonly caFile: string | undefined
  /** How many requests may be under way at once. */
  readonly parallel: number
  readonly retryPolicy: RetryPolicy
}

const tooMuch = new Set([429, 503])
const tryAgain = new Set([...tooMuch, 502, 504])

/** @throws SourceError when the CA file cannot be used. */
export async function buildRetryingHttp(options: RetryingHttpOptions): Promise<RetryingHttp> {
  const { url, caFile, parallel, retryPolicy } = options
  const ca = caFile === undefined ? undefined : loadAuthorities(caFile)
  const { Pool } = await import('undici')
  // undici has its own client on node:net, without node:http's Agent, whose kept connections could give one
  // request's answer to the next on Node 20 (CVE-2026-48931). So connections are kept, each with one request
  // at a time; and an answer that nobody has asked for makes undici drop the connection.
  const pool = new Pool(new URL(url).origin, {
    connections: parallel,
    pipelining: 1,
    allowH2: false,
    maxResponseSize: maxOriginalBytes,
    headersTimeout: retryPolicy.answerMs,
    bodyTimeout: retryPolicy.answerMs,
    connect: {
      timeout: retryPolicy.connectMs,
      minVersion,
      maxCachedSessions: 0,
      ...(ca !== undefined && { ca }),
    },
  })
  const pause = buildPause(retryPolicy.now)
  const stopping = new AbortController()

  const attempt = async (request: HttpRequest): Promise<HttpAnswer | Error> => {
    try {
      return await askOnce(pool, request, {
        signal: AbortSignal.timeout(retryPolicy.answerMs),
      })
    } catch (error) {
      if ((error as { code?: unknown }).code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') {
        const message = `${url} answers with more than ${maxOriginalBytes} bytes, which is not a portrait`
        throw new SourceError('person', message, { cause: error })
      }
      const tlsText = tlsErrorText(error, caFile)
      if (tlsText !== undefined) {
        throw new SourceError('source', `${url} ${tlsText}`, { cause: error })
      }
      return error as Error
    }
  }

  return {
    ask: async request => {
      for (let tried = 1; ; tried++) {
        await pause.over(stopping.signal)
        const got = await attempt(request)
        if (!(got instanceof Error) && !tryAgain.has(got.status)) return got
        if (tried >= retryPolicy.tries || stopping.signal.aborted) throw failure(url, tried, got)
        const waitMs = waitOf(got, tried, retryPolicy)
        if (!(got instanceof Error) && tooMuch.has(got.status)) pause.extend(waitMs)
        else await delay(waitMs, undefined, { signal: stopping.signal }).catch(() => undefined)
      }
    },
    close: async () => {
      stopping.abort()
      await pool.destroy()
    },
  }
}

async function askOnce(
  pool: Dispatcher,
  { path, headers, body }: HttpRequest,
  { signal }: { signal: AbortSignal },
): Promise<HttpAnswer> {
  const answer = await pool.request({
    path,
    method: body === undefined ? 'GET' : 'POST',
    headers: { ...headers, 'accept-encoding': 'identity' },
    signal,
    ...(body !== undefined && { body }),
  })
  const bytes = Buffer.from(await answer.body.arrayBuffer())
  return { status: answer.statusCode, headers: answer.headers, body: bytes }
}

/** One pause for all requests: none begins before it is over. */
function buildPause(now: () => number) {
  let untilMs = 0
  return {
    extend: (ms: number) => {
      untilMs = Math.max(untilMs, now() + ms)
    },
    over: async (signal: AbortSignal) => {
      for (let ms = untilMs - now(); ms > 0 && !signal.aborted; ms = untilMs - now()) {
        await delay(ms, undefined, { signal }).catch(() => undefined)
      }
    },
  }
}

/** The wait that the server asks for (RFC 9110 section 10.2.3); otherwise a longer one each time, and random so that requests do not all come back at once. */
function waitOf(got: HttpAnswer | Error, tried: number, retryPolicy: RetryPolicy): number {
  const asked = got instanceof Error ? undefined : retryAfterMs(got, retryPolicy.now)
  const usual = retryPolicy.firstWaitMs * 2 ** (tried - 1) * (0.5 + Math.random() / 2)
  return Math.min(asked ?? usual, retryPolicy.maxWaitMs)
}

function retryAfterMs({ headers }: HttpAnswer, now: () => number): number | undefined {
  const text = [headers['retry-after']].flat()[0]
  if (text === undefined) return undefined
  if (/^\d+$/.test(text)) return Number(text) * 1_000
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now())
}

function failure(url: string, tried: number, got: HttpAnswer | Error): SourceError {
  if (!(got instanceof Error)) {
    const message = `${url} answers with status ${got.status}, ${tried} times in a row; try again later`
    return new SourceError('source', message)
  }
  const { code, name, message } = got as { code?: unknown; name: string; message: string }
  const isLate = name === 'TimeoutError' || /TIMEOUT/.test(String(code))
  const words = isLate ? 'gives no answer in time' : 'cannot be reached, or went away'
  const detail = typeof code === 'string' ? code : message
  return new SourceError('source', `${url} ${words}; is it up, and the URL right? (${detail})`, {
    cause: got,
  })
}
