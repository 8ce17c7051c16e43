// `photogate import`: fetches photos from their sources, and updates the photo directory.
import { readdirSync, statSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { dirname } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import type { SupplySettings } from '../config/supply/settings.ts'
import type { LockHolder } from '../disk/lock.ts'
import { exitCodes, GateError } from '../error.ts'
import { formatLogLines, logVariable } from '../server/import-log.ts'
import { DirectoryError } from '../supply/import/directory-claim.ts'
import type { ImportResult } from '../supply/import/import-result.ts'
import { JournalError } from '../supply/import/journal-lines.ts'
import type { ImportReport } from '../supply/import/report.ts'
import { buildReport, formatReport } from '../supply/import/report.ts'
import { isLockHolder, runImport } from '../supply/import/run.ts'
import { openSource } from '../supply/source/open-source.ts'
import { buildImportProgress } from './import-progress.ts'
import type { Output } from './output.ts'
import type { Terminal } from './progress.ts'
import { loadSupply } from './supply.ts'

export interface ImportCommandOptions {
  config?: string
  /** A source by its number from 1, or by its name. */
  source?: string
  dryRun?: boolean
  force?: boolean
  json?: boolean
  /** Prints nothing unless there are new findings. */
  quiet?: boolean
  /** Ends with 1 also for findings that the last import had already. */
  strict?: boolean
}

export interface ImportStreams {
  readonly output: Output
  readonly terminal: Terminal | undefined
  readonly signal: AbortSignal
}

/** @returns 0, or 1 when there are new findings. */
export async function importPhotos(
  options: ImportCommandOptions,
  { output, terminal, signal }: ImportStreams,
): Promise<number> {
  const { dryRun = false, force = false, strict = false } = options
  const isForLog = process.env[logVariable] === '1'
  const isQuiet = options.quiet === true || isForLog
  const note = isQuiet ? () => {} : output.note
  const { photos } = loadSupply(options, output, { isQuiet: true, needsPhotos: false })
  await mustAnswerFor(photos, signal)
  const { supply, file } = loadSupply(options, output, { isQuiet })
  const only = options.source === undefined ? undefined : findSource(supply, options.source, file)
  giveWay()
  const progress = buildImportProgress({
    ...{ terminal: isQuiet ? undefined : terminal, note },
    now: performance.now.bind(performance),
  })
  let result: ImportResult | LockHolder
  try {
    result = await runImport({
      ...{ photos, supply, dryRun, force, signal, nowMs: Date.now() },
      open: (settings, signal) => openSource(settings, signal, photos),
      ...(only === undefined ? {} : { only }),
      onProgress: progress.show,
    })
  } catch (error) {
    const advice = 'photos written so far are whole and stay, and the next import goes on from them'
    throw asGateError(error, `cannot go on in ${photos}`, advice)
  } finally {
    progress.clear()
  }
  if (isLockHolder(result)) throw busyError(result)
  const report = buildReport(result, dryRun, { strict })
  if (isForLog) output.print(formatLogLines(report).join('\n'))
  else printReport(report, options, output)
  return report.fine ? exitCodes.fine : exitCodes.findings
}

// This process itself reads it, and nothing could wake it if the disk did not answer.
async function mustAnswerFor(photos: string, signal: AbortSignal): Promise<void> {
  const { mustAnswer } = await import('../supply/source/files/child-process-tree.ts')
  try {
    await mustAnswer([photos], { signal })
  } catch (error) {
    const message = signal.aborted
      ? 'the import was stopped before it had begun'
      : (error as Error).message
    throw new GateError('GATE_PHOTOS', message, { cause: error })
  }
}

function printReport(
  report: ImportReport,
  { json, quiet }: ImportCommandOptions,
  { print }: Output,
): void {
  if (quiet && report.fine) return
  print(json ? JSON.stringify(report, null, 2) : formatReport(report))
}

// Requests come first, in CPU time and in memory, much of which would be garbage by default.
function giveWay(): void {
  setFlagsFromString('--heap-growing-percent=50')
  for (const thread of [0, ...listThreads()]) {
    try {
      setPriority(thread, constants.priority.PRIORITY_LOW)
    } catch {
      // Not allowed everywhere, and nothing depends on it.
    }
  }
}

// Linux keeps priorities by thread (setpriority(2)), so the existing threads, which do the work, need their own.
function listThreads(): number[] {
  try {
    return readdirSync('/proc/self/task').map(Number)
  } catch {
    return []
  }
}

export function busyError({ pid, host, since, path }: LockHolder): GateError {
  const message = `another import is at work since ${since} (process ${pid} on ${host}); wait for its end. If there is no such process any more, remove ${path}`
  return new GateError('GATE_BUSY', message)
}

/** Errors of the photo directory, in words for the administrator. */
export function asGateError(error: unknown, what: string, advice: string): unknown {
  if (error instanceof JournalError || error instanceof DirectoryError) {
    return new GateError('GATE_PHOTOS', error.message, { cause: error })
  }
  // Other errors are faults of the program, and are thrown unchanged.
  if ((error as NodeJS.ErrnoException).code === undefined) return error
  const text = `${what}: ${(error as Error).message}; ${ownerHint(error)}${advice}`
  return new GateError('GATE_PHOTOS', text, { cause: error })
}

// A run as root leaves records that the nightly user may not read.
function ownerHint(error: unknown): string {
  const { code, path } = error as NodeJS.ErrnoException
  const uid = process.getuid?.()
  if ((code !== 'EACCES' && code !== 'EPERM') || path === undefined || uid === undefined) return ''
  for (let at = path; ; at = dirname(at)) {
    try {
      const owner = statSync(at).uid
      if (owner === uid) return ''
      return `${at} is user ${owner}'s, and this is user ${uid}: chown -R ${uid} ${at}; `
    } catch {
      // Inside a directory that may not be entered.
    }
    if (dirname(at) === at) return ''
  }
}

function findSource({ sources }: SupplySettings, wanted: string, file: string): string {
  const byName = sources.find(({ id }) => id === wanted)
  const byNumber = /^\d+$/.test(wanted) ? sources[Number(wanted) - 1] : undefined
  const found = byName ?? byNumber
  if (found !== undefined) return found.id
  const known = sources.map(({ title }, at) => `${at + 1} (${title})`).join(', ')
  throw new GateError('GATE_USAGE', `--source ${wanted} is not in ${file}; there are ${known}`)
}
