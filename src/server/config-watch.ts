// Reloads the configuration, on a signal and when one of its files has changed. Applies only files at rest; a
// configuration with problems changes nothing.
import { basename } from 'node:path'
import { performance } from 'node:perf_hooks'
import type { Logger } from 'pino'
import { formatProblem } from '../config/document/problem.ts'
import type { Loaded } from '../config/load.ts'
import { buildAlarm } from './alarm.ts'
import type { ReloadOutcome } from './asked-reloads.ts'
import { buildAskedReloads } from './asked-reloads.ts'
import { findEmptiness } from './emptiness.ts'
import type { FileLook } from './file-look.ts'
import { changedSince, changesBetween, lookAt } from './file-look.ts'
import type { Rest } from './rest.ts'
import { beginRest, isUndisturbed, isWhole } from './rest.ts'
import type { RunHistory } from './run-history.ts'
import type { Schedule } from './schedule.ts'
import type { Server } from './server.ts'
import type { ShadowWatch } from './shadow-watch.ts'
import { buildShadowWatch } from './shadow-watch.ts'

export interface ConfigWatchOptions {
  /** Loads the running configuration, or the next one (`shadow`) by its path. */
  load(shadow?: string): Loaded
  /** The configuration that the server runs on now. */
  readonly loaded: Loaded
  /** When its loading began, in milliseconds since the epoch. Files that changed later are loaded again. */
  readonly loadedAtMs?: number
  readonly server: Server
  readonly schedule: Schedule
  readonly logger: Logger
  /** Gets what became of each reload. Undefined: nobody asks. */
  readonly run?: Pick<RunHistory, 'noteApplied' | 'noteRefused' | 'noteRestored'>
  /** The clock of quiet times, in milliseconds. Undefined: the machine's clock. */
  readonly now?: () => number
}

export interface ConfigWatch {
  /** Resolves after the first look at the files. Later changes are seen. */
  readonly ready: Promise<void>
  /** Applies the files, changed or not, as soon as no program writes to them. Says what became of it; never rejects. */
  reload(): Promise<ReloadOutcome>
  close(): Promise<void>
}

// Polled, because events miss changes here: the files may be on any file system, behind links that change their target
// (Kubernetes) or lead nowhere for a while. They are few.
const pollMs = 200
// Milliseconds between two looks while a program writes.
const stepMs = 50
// Milliseconds without a write before files are applied. A signal says that the files are complete, so it needs less;
// it does not say that an empty file is intended.
const quiet = { watched: 1_000, asked: 100, askedEmpty: 700 } as const
// Milliseconds after which the log says that a program still writes.
const patienceMs = 10_000

// A file system takes its times from the kernel's last tick: they may be 10 ms too early.
const tickMs = 10

const failure = 'the new configuration could not be applied; the old one stays'

type Attempt = 'settled' | 'disturbed' | { readonly needsMs: number }

export function watchConfig(options: ConfigWatchOptions): ConfigWatch {
  const watcher = new Watcher(options)
  const ready = watcher.begin()
  void ready.then(() => watcher.watch())
  return { ready, reload: () => watcher.ask(), close: async () => watcher.close() }
}

class Watcher {
  readonly #options: ConfigWatchOptions
  readonly #alarm = buildAlarm()
  readonly #now: () => number
  readonly #shadow: ShadowWatch
  #running: Loaded
  // Digest of the files that the server runs on; empty when it is not known.
  #runningDigest = ''
  #files: ReadonlySet<string>
  // How the files looked when they were applied or refused last.
  #settled: FileLook = new Map()
  readonly #asked = buildAskedReloads()
  #isAsked = false
  #isClosed = false

  constructor(options: ConfigWatchOptions) {
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
    this.#shadow = buildShadowWatch({ ...options, now: this.#now })
    this.#running = options.loaded
    this.#files = new Set(options.loaded.files)
  }

  ask(): Promise<ReloadOutcome> {
    const outcome = this.#asked.ask()
    this.#isAsked = true
    this.#alarm.ring()
    return outcome
  }

  // Does not wait for photos of a new configuration that are being indexed.
  close(): void {
    this.#isClosed = true
    this.#asked.close()
    this.#alarm.ring()
  }

  async begin(): Promise<void> {
    const first = await beginRest(this.#files, this.#now)
    const sinceMs = (this.#options.loadedAtMs ?? Infinity) - tickMs
    const late = await changedSince(this.#files, sinceMs)
    this.#settled = new Map([...first.look].filter(([file]) => !late.includes(file)))
    if (late.length === 0) this.#runningDigest = first.digest
    await this.#shadow.follow(this.#running, sinceMs)
  }

  async watch(): Promise<void> {
    while (!this.#isClosed) {
      if (!this.#isAsked) await this.#alarm.sleep(pollMs)
      const changed = changesBetween(this.#settled, await lookAt(this.#files))
      if (this.#isClosed) return
      if (changed.length === 0 && !this.#isAsked) {
        // Here, and not beside an attempt: nothing else exchanges settings meanwhile.
        await this.#shadow.look()
        continue
      }
      if (!this.#isAsked) {
        const message = `the configuration has changed; it is applied after ${quiet.watched} ms without a write`
        this.#options.logger.info({ files: namesOf(changed) }, message)
      }
      try {
        await this.#applyAtRest()
      } catch (error) {
        this.#settled = await lookAt(this.#files)
        const { message } = error as Error
        this.#options.run?.noteRefused([message])
        this.#asked.end({ outcome: 'failed', message })
        this.#options.logger.error({ err: error }, failure)
      }
    }
  }

  /** Waits until the files are at rest, and applies or refuses them. */
  async #applyAtRest(): Promise<void> {
    let rest = await beginRest(this.#files, this.#now)
    let neededMs: number | undefined
    let warnAtMs = this.#now() + patienceMs
    while (!this.#isClosed) {
      const restedMs = this.#now() - rest.sinceMs
      const isRested = restedMs >= (neededMs ?? (this.#isAsked ? quiet.asked : quiet.watched))
      const isSame = isRested ? await isWhole(rest) : await isUndisturbed(rest)
      const progress = !isSame ? 'disturbed' : isRested ? await this.#settle(rest) : undefined
      if (progress === 'settled') return
      if (progress !== undefined) neededMs = progress === 'disturbed' ? undefined : progress.needsMs
      if (progress === 'disturbed' || [...this.#files].some(file => !rest.look.has(file))) {
        rest = await beginRest(this.#files, this.#now)
      }
      if (this.#now() > warnAtMs) {
        warnAtMs = this.#now() + 6 * patienceMs
        const message = 'the configuration is still being written to; the old one stays until then'
        this.#options.logger.warn({ files: namesOf(this.#files) }, message)
      }
      await this.#alarm.sleep(stepMs)
    }
  }

  /** Applies or refuses files at rest. A result other than `settled` has changed nothing. */
  async #settle(rest: Rest): Promise<Attempt> {
    const { logger, load, run } = this.#options
    const wasAsked = this.#isAsked
    if (!wasAsked && rest.digest === this.#runningDigest) {
      this.#settled = rest.look
      run?.noteRestored()
      logger.info('the configuration has not changed; there is nothing to apply')
      return 'settled'
    }
    this.#isAsked = false
    this.#asked.begin()
    const loadedAtMs = Date.now()
    const next = load()
    const others = next.files.filter(file => !rest.look.has(file))
    this.#files = new Set([...this.#running.files, ...next.files])
    if (others.length > 0 || !(await isWhole(rest))) {
      this.#isAsked ||= wasAsked
      this.#asked.postpone()
      return others.length > 0 ? { needsMs: await quietOf(others) } : 'disturbed'
    }
    const emptiness = findEmptiness(next, this.#running)
    if (emptiness !== undefined && wasAsked && this.#now() - rest.sinceMs < quiet.askedEmpty) {
      this.#isAsked = true
      this.#asked.postpone()
      return { needsMs: quiet.askedEmpty }
    }
    this.#settled = new Map([...rest.look].filter(([file]) => this.#files.has(file)))
    if (emptiness === undefined || wasAsked)
      this.#asked.end(await this.#apply(next, rest, loadedAtMs))
    else {
      const message = `the new configuration would turn people away: ${emptiness}; the old one stays. If this is intended, run photogate reload, send SIGHUP or restart`
      logger.warn(message)
      run?.noteRefused([message])
    }
    return 'settled'
  }

  async #apply(next: Loaded, rest: Rest, loadedAtMs: number): Promise<ReloadOutcome> {
    const { logger, server, schedule, run } = this.#options
    if (next.settings === undefined) {
      const problems = next.problems.map(formatProblem)
      run?.noteRefused(problems)
      logger.error({ problems }, 'the new configuration has problems; the old one stays')
      return { outcome: 'refused', problems }
    }
    const warnings = next.warnings.map(formatProblem)
    for (const warning of warnings) logger.warn(warning)
    await server.apply(next.settings)
    this.#running = next
    this.#files = new Set(next.files)
    this.#settled = new Map([...this.#settled].filter(([file]) => this.#files.has(file)))
    this.#runningDigest = this.#settled.size === rest.look.size ? rest.digest : ''
    await this.#shadow.follow(next, loadedAtMs - tickMs)
    schedule.follow(next.settings)
    const rules = next.settings.policy.rules.map(({ name }) => name)
    run?.noteApplied()
    logger.info({ rules }, 'configuration applied')
    return { outcome: 'applied', rules, warnings }
  }
}

// For files that the new configuration names for the first time: less quiet is enough when they are old.
async function quietOf(others: readonly string[]): Promise<number> {
  const late = await changedSince(others, Date.now() - quiet.watched)
  return late.length === 0 ? quiet.asked : quiet.watched
}

function namesOf(files: Iterable<string>): string[] {
  return [...files].map(file => basename(file))
}
