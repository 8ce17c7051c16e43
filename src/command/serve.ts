// `photogate serve`: the life of the server. Start, reload, stop.
import { readFileSync } from 'node:fs'
import closeWithGrace from 'close-with-grace'
import { loadConfig } from '../config/load.ts'
import { formatProblem } from '../config/problem.ts'
import { nodeWarnings } from './check.ts'
import { findConfigFile } from './config-file.ts'
import { watchConfig } from './config-watch.ts'
import { openLog } from './log.ts'
import type { Output } from './output.ts'
import { formatProblems } from './output.ts'
import type { Server } from './server.ts'
import { startServer } from './server.ts'

export interface ServeOptions {
  config?: string
  photos?: string
  host?: string
  port?: number
  /** A text to print when the server listens; `{url}` stands for its address. */
  banner?: string
}

const graceMs = 10_000

/** Resolves when the server listens; from then on signals rule. @returns an exit code if it cannot start. */
export async function serve(options: ServeOptions, output: Output): Promise<number | undefined> {
  const { photos, host, port, banner } = options
  const file = findConfigFile(options.config)
  const load = () =>
    loadConfig({
      file,
      ...(photos === undefined ? {} : { photos }),
      ...(host === undefined ? {} : { host }),
      ...(port === undefined ? {} : { port }),
    })
  const greeting = banner === undefined ? undefined : readFileSync(banner, 'utf8')
  const loaded = load()
  if (loaded.settings === undefined) {
    output.note(formatProblems(loaded.problems, 'problem'))
    return 78
  }
  const { logger, sink, flush } = openLog()
  for (const warning of [...loaded.warnings, ...nodeWarnings(process.versions.node)]) {
    logger.warn(formatProblem(warning))
  }
  let server: Server
  try {
    server = await startServer(loaded.settings, { logger, sink })
  } catch (error) {
    flush()
    throw error
  }
  const configWatch = watchConfig({ load, loaded, server, logger })
  process.on('SIGHUP', configWatch.reload)

  const stop = async (exitCode: number) => {
    await configWatch.close()
    await server.close()
    logger.info('stopped')
    flush()
    if (exitCode !== 0) process.exit(exitCode)
  }
  const leave = (message: string) => {
    logger.error(message)
    flush()
    process.exit(70)
  }
  closeWithGrace(
    {
      delay: graceMs,
      skip: ['SIGHUP'],
      onTimeout: () => leave(`requests were still under way after ${graceMs} ms; they are cut off`),
      onSecondSignal: () => leave('second signal: stopping at once'),
      onSecondError: error => leave(`while stopping: ${String(error)}`),
    },
    async ({ signal, err }) => {
      if (err) logger.fatal({ err }, 'a fault of the program; stopping')
      else logger.info({ signal }, 'stopping: requests under way are finished first')
      await stop(err ? 70 : 0)
    },
  )
  if (greeting !== undefined) output.note(greeting.replaceAll('{url}', server.urls[0] ?? ''))
  return undefined
}
