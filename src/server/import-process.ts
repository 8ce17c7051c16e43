// An import as a process of its own: a crash of a decoder ends that process and not the gate, and requests do not wait
// for its work. Does not know what an import does.
import { spawn } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { EndedImport, ImportEnding, WithoutByDomain } from '../admin/sources.ts'
import { buildLineSplitter } from '../text/line-splitter.ts'
import type { ImportCounters } from './import-log.ts'
import { logVariable, parseLogLine } from './import-log.ts'

export interface ImportProcess {
  /** Undefined when it could not be started. */
  readonly pid: number | undefined
  /** Resolves when the process has ended and its output is logged. Never rejects. Undefined: it could not be started. */
  readonly ended: Promise<EndedImport | undefined>
  /** Asks it to stop, and kills it after `graceMs` milliseconds. Resolves when it has ended or is left behind. */
  stop(graceMs: number): Promise<void>
}

// The requests share this log. For more output, let cron run the import.
const maxLines = 1_000
const leaveBehindMs = 500
// Without it glibc keeps freed memory for each thread of the decoder: large pictures took up to 60 % more.
const allocation = { MALLOC_MMAP_THRESHOLD_: '1048576' }

/** `photogate import`, run as this process was. */
export function importCommand(file: string): string[] {
  const [node, script = ''] = [process.execPath, process.argv[1]]
  return [node, ...process.execArgv, script, 'import', '--config', file]
}

/** Logs its output line by line, and how it ends. Never throws. */
export function startImport(command: readonly string[], logger: Logger): ImportProcess {
  const startedMs = Date.now()
  const startedAt = performance.now()
  const [program = '', ...args] = command
  const child = spawn(program, args, {
    ...{ stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true },
    env: { ...allocation, ...process.env, [logVariable]: '1' },
  })
  const log = logger.child({ import: child.pid })
  if (child.pid !== undefined) log.info('import started')
  const lines = logLines(child, log)
  let isStopping = false
  // When the gate itself is killed, no process is left to stop the import.
  const killAtExit = () => void child.kill('SIGKILL')
  process.once('exit', killAtExit)
  child.on('error', error => log.error({ err: error }, 'the import process failed'))
  const ended = new Promise<EndedImport | undefined>(resolve =>
    child.on('close', (code, signal) => {
      process.removeListener('exit', killAtExit)
      const linesLeftOut = lines.finish()
      if (child.pid !== undefined) {
        const milliseconds = Math.round(performance.now() - startedAt)
        const end = code === null ? { signal } : { exitCode: code }
        const details = { ...lines.counters(), ...end, milliseconds }
        logEnd(log, linesLeftOut > 0 ? { ...details, linesLeftOut } : details, isStopping)
      }
      const result = resultOf(code, isStopping)
      const times = { startedMs, endedMs: Date.now() }
      resolve(
        child.pid === undefined
          ? undefined
          : {
              ...{ ...times, result, counters: lines.counters() },
              withoutByDomain: lines.withoutByDomain(),
            },
      )
    }),
  )
  const stop = async (graceMs: number) => {
    isStopping = true
    child.kill('SIGTERM')
    const isGone = await Promise.race([
      ended.then(() => true),
      delay(graceMs, false, { ref: false }),
    ])
    if (isGone) return
    log.warn(`the import was still running after ${graceMs} ms; it is killed`)
    child.kill('SIGKILL')
    // Its child processes may still hold these open.
    child.stdout.destroy()
    child.stderr.destroy()
    // A process that waits for a disk that does not answer survives even this, and is left behind.
    const isEnded = await Promise.race([
      ended.then(() => true),
      delay(leaveBehindMs, false, { ref: false }),
    ])
    if (isEnded) return
    log.error(
      'the import cannot be killed, probably because it waits for a disk; it is left behind',
    )
    process.removeListener('exit', killAtExit)
    child.unref()
  }
  return { pid: child.pid, ended, stop }
}

function resultOf(exitCode: number | null, isStopping: boolean): ImportEnding {
  if (exitCode === 0) return 'fine'
  if (isStopping) return 'stopped'
  return exitCode === 1 ? 'findings' : 'failed'
}

interface EndDetails {
  readonly exitCode?: number
  readonly signal?: NodeJS.Signals | null
  readonly milliseconds: number
  readonly linesLeftOut?: number
}

function logEnd(log: Logger, details: EndDetails, isStopping: boolean): void {
  const result = resultOf(details.exitCode ?? null, isStopping)
  if (result === 'fine') log.info(details, 'import ended')
  else if (result === 'stopped') log.warn(details, 'import stopped before its end')
  else if (result === 'findings') log.warn(details, 'import ended with findings')
  else log.error(details, 'import failed')
}

interface LineLog {
  /** @returns the number of lines that were not logged. */
  finish(): number
  /** The counters that the import has reported. */
  counters(): Partial<ImportCounters>
  withoutByDomain(): WithoutByDomain | undefined
}

function logLines({ stdout, stderr }: ReturnType<typeof spawn>, log: Logger): LineLog {
  let count = 0
  let counters: Partial<ImportCounters> = {}
  let withoutByDomain: WithoutByDomain | undefined
  const logLine = (level: 'info' | 'warn', text: string) => {
    const told = parseLogLine(text)
    if (told === undefined) log[level](text)
    else if ('counters' in told) {
      counters = told.counters
      withoutByDomain = told.withoutByDomain
    } else log[told.level](told.text)
  }
  const splitters = (['info', 'warn'] as const).map(level =>
    buildLineSplitter(line => {
      if (line === undefined) log[level]('(a line that is too long)')
      else if (line !== '' && ++count <= maxLines) {
        logLine(level, Buffer.from(line, 'latin1').toString('utf8'))
      }
    }),
  )
  for (const [at, stream] of [stdout, stderr].entries()) {
    stream?.on('data', (chunk: Buffer) => splitters[at]?.push(chunk))
  }
  return {
    counters: () => counters,
    withoutByDomain: () => withoutByDomain,
    finish: () => {
      for (const splitter of splitters) splitter.end()
      return Math.max(0, count - maxLines)
    },
  }
}
