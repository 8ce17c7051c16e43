// When `serve` imports photos: at the configured times, one import at a time.
import { Cron } from 'croner'
import type { Logger } from 'pino'
import type { ImportRequest } from '../admin/actions.ts'
import type { EndedImport } from '../admin/sources.ts'
import { formatProblem } from '../config/document/problem.ts'
import { loadConfig } from '../config/load.ts'
import type { Settings } from '../config/settings.ts'
import type { ImportProcess } from './import-process.ts'
import { importCommand, startImport } from './import-process.ts'
import type { RunHistory } from './run-history.ts'

export interface ScheduleOptions {
  /** The configuration's file. Undefined: the built-in configuration, which imports nothing. */
  readonly file: string | undefined
  /** The directory of `--photos`, which imports do not use. */
  readonly photos?: string | undefined
  readonly logger: Logger
  /** Gets when imports start, end and come next. Undefined: nobody asks. */
  readonly run?: Pick<RunHistory, 'noteImportStart' | 'noteImportEnd' | 'noteSchedule'>
  /** The importing program and its arguments. Undefined: `photogate import`. */
  readonly command?: readonly string[]
  /** Milliseconds that an import may take to stop. */
  readonly graceMs?: number
  /** Default: cron patterns by the clock. */
  readonly startTimer?: StartTimer
}

/** Calls `run` at the times of the cron pattern. What `run` throws goes to `onFault`. */
export type StartTimer = (
  pattern: string,
  run: () => void,
  onFault: (error: unknown) => void,
) => Timer

interface Timer {
  /** The next time; null: never. */
  nextRun(): Date | null
  stop(): void
}

export interface Schedule {
  /** Imports at the times of these settings from now on. A running import goes on. */
  follow(settings: Pick<Settings, 'photos' | 'supply'>): void
  /** Starts one now, whatever the schedule says. */
  runNow(): ImportRequest
  /** Stops a running import, and starts no other. */
  close(): Promise<void>
}

// Less than the server has to stop, so that no import is left behind.
const defaultGraceMs = 8_000

// Imports that were missed, for example while the machine slept, are made up for by one at most.
const startCron: StartTimer = (pattern, run, onFault) =>
  new Cron(pattern, { unref: true, catch: onFault }, run)

export function openSchedule(options: ScheduleOptions): Schedule {
  const { file, logger, graceMs = defaultGraceMs, startTimer = startCron } = options
  let timer: Timer | undefined
  let pattern: string | undefined
  let hasSupply = false
  let running: ImportProcess | undefined
  let isClosed = false

  function runDue(): void {
    if (running === undefined) run()
    else {
      const message = 'the last import is still running; this one is skipped'
      logger.warn({ import: running.pid }, message)
    }
  }

  function run(): void {
    const started = startImport(options.command ?? importCommand(file ?? ''), logger)
    running = started
    options.run?.noteImportStart()
    void started.ended.then(ended => {
      running = undefined
      options.run?.noteImportEnd(ended ?? failedNow())
    })
  }

  return {
    runNow: () => {
      if (isClosed) return 'stopping'
      if (!hasSupply) return 'no-supply'
      if (running !== undefined) return 'running'
      run()
      return 'started'
    },
    follow: ({ photos, supply }) => {
      hasSupply = file !== undefined && supply !== undefined
      const next = file === undefined ? undefined : supply?.schedule
      if (next === pattern || isClosed) return
      timer?.stop()
      pattern = next
      options.run?.noteSchedule(undefined)
      if (next === undefined) {
        logger.info('imports are no longer scheduled')
        return
      }
      const report = (error: unknown) =>
        logger.error({ err: error }, 'the import could not be started')
      const started = startTimer(next, runDue, report)
      timer = started
      options.run?.noteSchedule(() => started.nextRun())
      logger.info({ schedule: next, next: started.nextRun() }, 'imports are scheduled')
      if (options.photos !== undefined) warnOfDirectory(options, photos.directory)
    },
    close: async () => {
      isClosed = true
      timer?.stop()
      await running?.stop(graceMs)
    },
  }
}

// The process could not be started.
function failedNow(): EndedImport {
  const nowMs = Date.now()
  return { startedMs: nowMs, endedMs: nowMs, result: 'failed', counters: {} }
}

// An import uses the configuration alone.
function warnOfDirectory({ file, logger }: ScheduleOptions, served: string): void {
  const { settings, problems } = loadConfig({ env: process.env, file, looksAtSources: false })
  if (settings === undefined) {
    const texts = problems.map(formatProblem)
    logger.warn(
      { problems: texts },
      'imports will fail: they do not use --photos, and the configuration has problems',
    )
    return
  }
  const { directory } = settings.photos
  if (directory === served) return
  const message = 'imports write to the configured directory, not to that of --photos'
  logger.warn({ directory, served }, message)
}
