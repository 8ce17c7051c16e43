// When `serve` imports photos: at the times that the configuration says, one import at a time.
import { Cron } from 'croner'
import type { Logger } from 'pino'
import { formatProblem } from '../config/document/problem.ts'
import { loadConfig } from '../config/load.ts'
import type { Settings } from '../config/settings.ts'
import type { ImportProcess } from './import-process.ts'
import { importCommand, startImport } from './import-process.ts'

export interface ScheduleOptions {
  /** The configuration; the built-in one, undefined, has nothing to import. */
  readonly file: string | undefined
  /** The directory of `--photos`, of which an import is not told. */
  readonly photos?: string | undefined
  readonly logger: Logger
  /** The program that imports, and its arguments. Undefined: `photogate import`. */
  readonly command?: readonly string[]
  /** How long an import may take to stop, in milliseconds. */
  readonly graceMs?: number
}

export interface Schedule {
  /** Imports at the times of these settings from now on. An import under way goes on. */
  follow(settings: Pick<Settings, 'photos' | 'supply'>): void
  /** Stops an import under way, and begins no other. */
  close(): Promise<void>
}

// Less than the server as a whole has, so that no import is left behind.
const defaultGraceMs = 8_000

export function openSchedule(options: ScheduleOptions): Schedule {
  const { file, logger, graceMs = defaultGraceMs } = options
  let job: Cron | undefined
  let pattern: string | undefined
  let running: ImportProcess | undefined
  let isClosed = false

  function run(): void {
    if (running !== undefined) {
      logger.warn({ import: running.pid }, 'the last import is still running; this one is left out')
      return
    }
    const started = startImport(options.command ?? importCommand(file ?? ''), logger)
    running = started
    void started.ended.then(() => {
      running = undefined
    })
  }

  return {
    follow: ({ photos, supply }) => {
      const next = file === undefined ? undefined : supply?.schedule
      if (next === pattern || isClosed) return
      job?.stop()
      pattern = next
      if (next === undefined) {
        logger.info('imports are not scheduled any more')
        return
      }
      const report = (error: unknown) =>
        logger.error({ err: error }, 'the import could not be started')
      // What was missed, as while the machine slept, is made up for once at most.
      job = new Cron(next, { unref: true, catch: report }, run)
      logger.info({ schedule: next, next: job.nextRun() }, 'imports are scheduled')
      if (options.photos !== undefined) warnOfDirectory(options, photos.directory)
    },
    close: async () => {
      isClosed = true
      job?.stop()
      await running?.stop(graceMs)
    },
  }
}

// An import goes by the configuration alone.
function warnOfDirectory({ file, logger }: ScheduleOptions, served: string): void {
  const { settings, problems } = loadConfig({ env: process.env, file, looksAtSources: false })
  if (settings === undefined) {
    const texts = problems.map(formatProblem)
    logger.warn({ problems: texts }, 'imports will fail: they are not told of --photos')
    return
  }
  const { directory } = settings.photos
  if (directory === served) return
  const message = 'imports go into the directory of the configuration, not into that of --photos'
  logger.warn({ directory, served }, message)
}
