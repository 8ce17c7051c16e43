// `photogate serve`: the life of the server. Start, reload, stop.
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import closeWithGrace from 'close-with-grace'
import { formatProblem } from '../config/document/problem.ts'
import { loadConfig } from '../config/load.ts'
import { exitCodes } from '../error.ts'
import { watchConfig } from '../server/config-watch.ts'
import { openLog } from '../server/log.ts'
import { buildRunHistory } from '../server/run-history.ts'
import { openSchedule } from '../server/schedule.ts'
import type { Server } from '../server/server.ts'
import { startServer } from '../server/server.ts'
import { nodeWarnings } from './check.ts'
import { findConfigFile } from './config-file.ts'
import type { Output } from './output.ts'
import { noteProblems } from './output.ts'

export interface ServeOptions {
  config?: string
  photos?: string
  host?: string
  port?: number
  /** Text to print when the server listens; `{url}` and `{adminUrl}` are replaced by its URLs. */
  banner?: string
  /** The program's, for the admin listener. */
  version?: string | undefined
}

const graceMs = 10_000
// Windows ends a process 10 s after its console was closed. The log must be written by then.
const consoleGraceMs = 5_000
const isWindows = process.platform === 'win32'

/** Resolves when the server listens; after that, signals control it. @returns an exit code if it cannot start. */
export async function serve(options: ServeOptions, output: Output): Promise<number | undefined> {
  const { photos, host, port, banner } = options
  const file = findConfigFile(options)
  const load = () =>
    loadConfig({
      env: process.env,
      file,
      looksAtSources: false,
      ...(photos === undefined ? {} : { photos }),
      ...(host === undefined ? {} : { host }),
      ...(port === undefined ? {} : { port }),
    })
  const greeting = banner === undefined ? undefined : readFileSync(banner, 'utf8')
  const loadedAtMs = Date.now()
  const loaded = load()
  if (loaded.settings === undefined) {
    noteProblems(output, loaded.problems, 'error')
    return exitCodes.config
  }
  const log = openLog({
    settings: loaded.settings.log,
    terminal: process.stdout.isTTY ? { colors: output.screen?.colors === true } : undefined,
    tell: text => output.note(`photogate: ${text}`),
  })
  const { logger, flush } = log
  for (const warning of [...loaded.warnings, ...nodeWarnings(process.versions.node)]) {
    logger.warn(formatProblem(warning))
  }
  // From here on, SIGHUP must not end the process, even before there is anything to reload. On Windows, Node.js uses it
  // only to say that the console is being closed, and that ends the program.
  let hangUp = () => {}
  if (!isWindows) process.on('SIGHUP', () => hangUp())
  // From logrotate, which has moved the file of the log. Without a handler it would end the process.
  if (!isWindows) process.on('SIGUSR2', () => log.reopen())
  const run = buildRunHistory()
  let server: Server
  try {
    server = await startServer(loaded.settings, log, { run, version: options.version })
  } catch (error) {
    await flush()
    throw error
  }
  const schedule = openSchedule({ file, photos, logger, run })
  schedule.follow(loaded.settings)
  const configWatch = watchConfig({ load, loaded, loadedAtMs, server, schedule, logger, run })
  hangUp = configWatch.reload

  // The log is not flushed: a slow reader could delay the end without a bound.
  const leaveNow = (message: string) => {
    output.note(`photogate: ${message}`)
    process.exit(exitCodes.other)
  }
  const stop = async (graceMs: number): Promise<boolean> => {
    const parts = [configWatch, schedule, server]
    const closed = Promise.all(parts.map(part => part.close())).then(() => true)
    return Promise.race([closed, delay(graceMs, false)])
  }
  closeWithGrace(
    {
      delay: false, // The grace is kept here, so that the log is still written after it.
      skip: isWindows ? [] : ['SIGHUP', 'SIGUSR2'],
      onSecondSignal: signal => leaveNow(`${signal} again: stopping at once`),
      onSecondError: error => leaveNow(`while stopping: ${String(error)}`),
    },
    async ({ signal, err }) => {
      if (err) logger.fatal({ err }, 'a fault of the program; stopping')
      else logger.info({ signal }, 'stopping: requests under way are finished first')
      const grace = signal === 'SIGHUP' ? consoleGraceMs : graceMs
      const isClosed = await stop(grace)
      if (isClosed) logger.info('stopped')
      else logger.error(`requests were still under way after ${grace} ms; they are cut off`)
      await flush()
      if (err || !isClosed) process.exit(exitCodes.other)
    },
  )
  if (greeting !== undefined) output.note(fillBanner(greeting, server))
  return undefined
}

function fillBanner(banner: string, { urls, adminUrls }: Server): string {
  return banner.replaceAll('{url}', urls[0] ?? '').replaceAll('{adminUrl}', adminUrls[0] ?? '')
}
