// Reloading: on a signal, and when a file of the configuration has changed. A configuration with a
// problem changes nothing.
import chokidar from 'chokidar'
import type { Logger } from 'pino'
import type { Loaded } from '../config/load.ts'
import { formatProblem } from '../config/problem.ts'
import type { Schedule } from './schedule.ts'
import type { Server } from './server.ts'

export interface ConfigWatchOptions {
  load(): Loaded
  /** What the server runs on now. */
  readonly loaded: Loaded
  readonly server: Server
  readonly schedule: Schedule
  readonly logger: Logger
}

export interface ConfigWatch {
  reload(): void
  close(): Promise<void>
}

// The files are few and may lie on any file system, behind links that are turned around as a whole
// (Kubernetes); polling sees every one of these changes, events do not.
const pollMs = 500
// An editor that writes in steps is left to finish.
const settleMs = 200

export function watchConfig(options: ConfigWatchOptions): ConfigWatch {
  const { load, loaded, server, schedule, logger } = options
  const watcher = chokidar.watch([...loaded.files], {
    usePolling: true,
    interval: pollMs,
    ignoreInitial: true,
  })
  watcher.on('all', () => later())
  watcher.on('error', error => logger.warn({ err: error }, 'the configuration cannot be watched'))
  let timer: NodeJS.Timeout | undefined
  let isRunning = false
  let isWanted = false
  let isClosed = false

  function later(): void {
    clearTimeout(timer)
    timer = setTimeout(reload, settleMs)
  }

  // One at a time; whatever asks meanwhile gets one more after it.
  function reload(): void {
    isWanted = true
    if (isRunning || isClosed) return
    isRunning = true
    void run().finally(() => {
      isRunning = false
    })
  }

  async function run(): Promise<void> {
    while (isWanted && !isClosed) {
      isWanted = false
      try {
        await takeOver(load())
      } catch (error) {
        logger.error(
          { err: error },
          'the new configuration could not be taken over; the old one stays',
        )
      }
    }
  }

  async function takeOver({ settings, problems, warnings, files }: Loaded): Promise<void> {
    watcher.add([...files])
    if (settings === undefined) {
      const texts = problems.map(formatProblem)
      logger.error({ problems: texts }, 'the new configuration has problems; the old one stays')
      return
    }
    for (const warning of warnings) logger.warn(formatProblem(warning))
    await server.apply(settings)
    schedule.follow(settings)
    logger.info(
      { rules: settings.policy.rules.map(({ name }) => name) },
      'configuration taken over',
    )
  }

  return {
    reload,
    close: async () => {
      isClosed = true
      clearTimeout(timer)
      await watcher.close()
    },
  }
}
