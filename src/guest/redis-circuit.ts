// Whether Redis can be asked. Nobody waits for it longer than `answerMs`: the first question without an answer in time
// opens the circuit, all questions under way are given up, and later ones do not wait at all until a new connection has
// run the script. Keeps no queue: what cannot be asked now is never asked.
import { performance } from 'node:perf_hooks'
import type { ConnectToRedis, RedisConnection } from './redis-connection.ts'
import type { RedisQuestion } from './redis-keys.ts'

export interface CircuitReports {
  /** Redis cannot be asked any more, or could not be asked at the start. */
  onDown(error: Error): void
  /** `bridged`: questions since the circuit was opened that nobody could ask. */
  onUp(outage: { readonly bridged: number; readonly downMs: number }): void
}

export interface CircuitOptions extends CircuitReports {
  readonly connect: ConnectToRedis
  readonly limits?: Partial<CircuitLimits>
}

interface CircuitLimits {
  /** How long a question may wait, in milliseconds. */
  readonly answerMs: number
  /** Questions under way. */
  readonly maxUnanswered: number
  /** Milliseconds before the next attempt to connect: doubled each time. */
  readonly firstPauseMs: number
  readonly maxPauseMs: number
  /** After so many milliseconds without a failure, the pauses begin anew. */
  readonly calmMs: number
}

const defaults: CircuitLimits = {
  answerMs: 60,
  maxUnanswered: 4_096,
  firstPauseMs: 50,
  maxPauseMs: 2_000,
  calmMs: 10_000,
}

interface Pending {
  readonly connection: RedisConnection
  readonly sinceMs: number
  answer(reply: number | undefined): void
}

export class RedisCircuit {
  /** Resolves when the first attempt to connect has ended. Never rejects. */
  readonly tried: Promise<void>
  readonly #options: CircuitOptions
  readonly #limits: CircuitLimits
  /** Oldest first. */
  readonly #pending = new Set<Pending>()
  #connection: RedisConnection | undefined
  readonly #closing = new AbortController()
  #watch: NodeJS.Timeout | undefined
  #pause: NodeJS.Timeout | undefined
  #pauseMs: number
  #upMs = Number.POSITIVE_INFINITY
  #downMs = performance.now()
  #isTold = false
  #bridged = 0

  constructor(options: CircuitOptions) {
    this.#options = options
    this.#limits = { ...defaults, ...options.limits }
    this.#pauseMs = this.#limits.firstPauseMs
    this.tried = this.#attempt()
  }

  /** Undefined, now or later: Redis does not answer. Never rejects. */
  ask(question: RedisQuestion): Promise<number | undefined> | undefined {
    const connection = this.#connection
    if (connection !== undefined && this.#pending.size < this.#limits.maxUnanswered)
      return this.#askOver(connection, question)
    this.#bridged++
    if (connection !== undefined)
      this.#open(connection, new Error(`${this.#pending.size} questions without an answer`))
    return undefined
  }

  /** Gives up what is under way. */
  close(): void {
    this.#closing.abort()
    clearTimeout(this.#pause)
    this.#giveUp()
  }

  #askOver(connection: RedisConnection, question: RedisQuestion): Promise<number | undefined> {
    return new Promise(resolve => {
      const pending = { connection, sinceMs: performance.now(), answer: resolve }
      this.#pending.add(pending)
      this.#watch ??= this.#watchAfter(this.#limits.answerMs)
      connection.ask(question).then(
        reply => {
          this.#pending.delete(pending)
          resolve(reply)
        },
        (error: Error) => this.#open(connection, error),
      )
    })
  }

  // One timer for all questions, because they are answered in order.
  #watchAfter(ms: number): NodeJS.Timeout {
    // What has come while this process was busy is read before the second callback.
    return setTimeout(() => setImmediate(() => this.#look()), ms).unref()
  }

  #look(): void {
    this.#watch = undefined
    const [oldest] = this.#pending
    if (oldest === undefined) return
    const { answerMs } = this.#limits
    const leftMs = oldest.sinceMs + answerMs - performance.now()
    if (leftMs > 0) this.#watch = this.#watchAfter(Math.ceil(leftMs))
    else this.#open(oldest.connection, new Error(`no answer within ${answerMs} ms`))
  }

  /** What an old connection says is not believed. */
  #open(connection: RedisConnection, error: Error): void {
    if (connection !== this.#connection) return
    const nowMs = performance.now()
    if (nowMs - this.#upMs >= this.#limits.calmMs) this.#pauseMs = this.#limits.firstPauseMs
    this.#downMs = nowMs
    this.#giveUp()
    this.#tell(error)
    this.#attemptLater()
  }

  #giveUp(): void {
    const connection = this.#connection
    this.#connection = undefined
    clearTimeout(this.#watch)
    this.#watch = undefined
    const unanswered = [...this.#pending]
    this.#pending.clear()
    this.#bridged += unanswered.length
    connection?.close()
    for (const { answer } of unanswered) answer(undefined)
  }

  #tell(error: Error): void {
    if (this.#isTold) return
    this.#isTold = true
    this.#options.onDown(error)
  }

  #attemptLater(): void {
    this.#pause = setTimeout(() => void this.#attempt(), this.#pauseMs).unref()
    this.#pauseMs = Math.min(2 * this.#pauseMs, this.#limits.maxPauseMs)
  }

  async #attempt(): Promise<void> {
    const { signal } = this.#closing
    try {
      const connection: RedisConnection = await this.#options.connect({
        onLost: error => this.#open(connection, error),
        signal,
      })
      if (signal.aborted) connection.close()
      else this.#close(connection)
    } catch (error) {
      if (signal.aborted) return
      this.#tell(error as Error)
      this.#attemptLater()
    }
  }

  #close(connection: RedisConnection): void {
    this.#connection = connection
    this.#upMs = performance.now()
    this.#isTold = false
    this.#options.onUp({ bridged: this.#bridged, downMs: this.#upMs - this.#downMs })
    this.#bridged = 0
  }
}
