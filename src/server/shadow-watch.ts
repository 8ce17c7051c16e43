// Reads the next configuration (`shadow`) anew when its files have changed and are at rest. Knows nothing of the running
// configuration's files: a program that writes to the next one must not keep a rule open that was withdrawn, so neither
// waits for the other.
import { basename } from 'node:path'
import type { Logger } from 'pino'
import { formatProblem } from '../config/document/problem.ts'
import type { Loaded } from '../config/load.ts'
import type { FileLook } from './file-look.ts'
import { changedSince, changesBetween, lookAt } from './file-look.ts'
import type { Rest } from './rest.ts'
import { beginRest, isUndisturbed, isWhole } from './rest.ts'
import type { Server } from './server.ts'

export interface ShadowWatchOptions {
  load(file: string): Loaded
  readonly server: Pick<Server, 'exchangeShadow'>
  readonly logger: Logger
  /** The clock of quiet times, in milliseconds. */
  now(): number
}

export interface ShadowWatch {
  /**
   * Watches the next configuration of the one that the server runs on from now on. Files that changed after `sinceMs`
   * (since the epoch) may not be what was loaded, so they are read again.
   */
  follow(running: Loaded, sinceMs: number): Promise<void>
  /** One look: begins a quiet time, goes on with it, or reads what is at rest. Never throws. */
  look(): Promise<void>
}

// Milliseconds without a write before the files are read.
const quietMs = 1_000

export function buildShadowWatch(options: ShadowWatchOptions): ShadowWatch {
  const { load, server, logger, now } = options
  let file: string | undefined
  // The running configuration's files, which have a watch of their own.
  let others: readonly string[] = []
  let files: readonly string[] = []
  // How the files looked when they were read last, and their digest; empty when it is not known.
  let settled: FileLook = new Map()
  let digest = ''
  let rest: Rest | undefined

  async function settle(next: readonly string[], sinceMs: number): Promise<void> {
    files = next.filter(name => !others.includes(name))
    const { look, digest: found } = await beginRest(files, now)
    const late = await changedSince(files, sinceMs)
    settled = new Map([...look].filter(([name]) => !late.includes(name)))
    digest = late.length === 0 ? found : ''
    rest = undefined
  }

  async function read(path: string, at: Rest): Promise<void> {
    const sinceMs = Date.now()
    const { settings, problems, files: named } = load(path)
    if (!(await isWhole(at))) {
      rest = await beginRest(files, now)
      return
    }
    server.exchangeShadow({ file: path, settings, problems })
    await settle(named, sinceMs)
    const details = { files: [basename(path)] }
    if (problems.length === 0) logger.info(details, 'the next configuration was read anew')
    else {
      const message = 'the next configuration has problems, so nothing is judged by it'
      logger.warn({ ...details, problems: problems.map(formatProblem) }, message)
    }
  }

  async function step(path: string): Promise<void> {
    if (rest === undefined) {
      const isSame = changesBetween(settled, await lookAt(files)).length === 0
      if (!isSame) rest = await beginRest(files, now)
      return
    }
    const isRested = now() - rest.sinceMs >= quietMs
    const isSame = isRested ? await isWhole(rest) : await isUndisturbed(rest)
    if (!isSame) rest = await beginRest(files, now)
    else if (isRested && rest.digest !== digest) await read(path, rest)
    else if (isRested) {
      settled = rest.look
      rest = undefined
    }
  }

  return {
    follow: async (running, sinceMs) => {
      file = running.settings?.shadow?.file
      others = running.files
      await settle(running.shadowFiles, sinceMs)
    },
    look: async () => {
      if (file === undefined) return
      try {
        await step(file)
      } catch (error) {
        rest = undefined
        settled = await lookAt(files)
        logger.error(
          { err: error },
          'the next configuration could not be read; the one before stays',
        )
      }
    },
  }
}
