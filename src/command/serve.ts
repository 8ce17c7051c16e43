// `photogate serve`: the life of the server. Start, reload, stop.
import { readFileSync } from 'node:fs'
import { formatProblem } from '../config/document/problem.ts'
import type { LoadOptions } from '../config/load.ts'
import { loadConfig } from '../config/load.ts'
import { exitCodes } from '../error.ts'
import type { ServeActions } from '../server/admin-actions.ts'
import { watchConfig } from '../server/config-watch.ts'
import { controlKeysOf } from '../server/control/control-places.ts'
import type { ControlSocket } from '../server/control/control-socket.ts'
import { openControl } from '../server/control/control-socket.ts'
import { openLog } from '../server/log.ts'
import { buildRunHistory } from '../server/run-history.ts'
import { openSchedule } from '../server/schedule.ts'
import type { Server } from '../server/server.ts'
import { startServer } from '../server/server.ts'
import { nodeWarnings } from './check.ts'
import { findConfigFile } from './config-file.ts'
import { endGracefully } from './graceful-end.ts'
import type { Output } from './output.ts'
import { noteProblems } from './output.ts'
import { placeFacts } from './running-gate.ts'

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

const isWindows = process.platform === 'win32'

/** Resolves when the server listens; after that, signals control it. @returns an exit code if it cannot start. */
export async function serve(options: ServeOptions, output: Output): Promise<number | undefined> {
  const { photos, host, port, banner } = options
  const file = findConfigFile(options)
  // Only the first reading may wait for the writer of a pipe: later, the gate would stand still until there is one.
  const load = (what: Pick<LoadOptions, 'file' | 'allowsPipes'>) =>
    loadConfig({
      env: process.env,
      ...what,
      looksAtSources: false,
      ...(photos === undefined ? {} : { photos }),
      ...(host === undefined ? {} : { host }),
      ...(port === undefined ? {} : { port }),
    })
  const greeting = banner === undefined ? undefined : readFileSync(banner, 'utf8')
  const loadedAtMs = Date.now()
  const loaded = load({ file, allowsPipes: true })
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
  const actions: ServeActions = {}
  let server: Server
  try {
    server = await startServer(loaded.settings, log, { run, version: options.version, actions })
  } catch (error) {
    await flush()
    throw error
  }
  const schedule = openSchedule({ file, photos, logger, run })
  schedule.follow(loaded.settings)
  const configWatch = watchConfig({
    ...{ load: (shadow = file) => load({ file: shadow }), loaded, loadedAtMs },
    ...{ server, schedule, logger, run },
  })
  hangUp = () => void configWatch.reload()
  actions.reload = configWatch.reload
  actions.importNow = schedule.runNow

  let control: ControlSocket | undefined
  const ending = endGracefully({
    ...{ log, parts: [configWatch, schedule, server], note: output.note },
    closeLast: async () => control?.close(),
  })
  control = await openControl({
    key: controlKeysOf(file, photos)[0] as string,
    verbs: { reload: configWatch.reload, stop: ending.stop },
    facts: placeFacts(),
    logger,
  })
  if (greeting !== undefined) output.note(fillBanner(greeting, server))
  return undefined
}

function fillBanner(banner: string, { urls, adminUrls }: Server): string {
  return banner.replaceAll('{url}', urls[0] ?? '').replaceAll('{adminUrl}', adminUrls[0] ?? '')
}
