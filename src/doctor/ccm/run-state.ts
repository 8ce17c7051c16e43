// What one run of the server says of content download caching.
import { announcedLines } from './announcement.ts'
import type { Announcement, Stretch } from './stretch.ts'

/**
 * `good`: all eight lines. `silent`: the server is open, and there is not one. `incomplete`: some lines are missing.
 * `other`: LCDAUtil says something else. `error`: the last word is dumpErrorInfo. The others judge nothing: `starting` is
 * not open yet, `failed` did not come up, `unseen` has its start in another log, `elsewhere` is a server without CCM,
 * `hidden` has a log level that leaves the lines out. `cut`: the log ends within an announcement, or could not be read to its end.
 */
export type RunState =
  | ('good' | 'silent' | 'incomplete' | 'other' | 'error')
  | ('hidden' | 'starting' | 'failed' | 'unseen' | 'elsewhere' | 'cut')

const bad: ReadonlySet<RunState> = new Set(['silent', 'incomplete', 'other', 'error'])

export function isBad(run: Stretch): boolean {
  return bad.has(stateOf(run))
}

/** The last announcement. */
export function announcedIn(run: Stretch): Announcement | undefined {
  return run.announcements.at(-1)
}

/** The lines of an announcement that are missing. */
export function missingLines({ values }: Announcement): string[] {
  return announcedLines.filter(line => !values.has(line))
}

export function stateOf(run: Stretch): RunState {
  if (run.lastWord === 'error') return 'error'
  const announced = announcedIn(run)
  if (announced !== undefined) return announcedState(run, announced)
  if (run.others.length > 0) return 'other'
  if (!run.hasCcm && (run.applications > 0 || isOfManagement(run) || isWholeStart(run))) {
    return 'elsewhere'
  }
  if (run.isCut) return 'cut'
  if (run.hidesInfo) return 'hidden'
  if (run.opened !== undefined) return 'silent'
  if (run.failed !== undefined || run.stopped !== undefined) return 'failed'
  return run.started === undefined ? 'unseen' : 'starting'
}

/** A node agent or a deployment manager, by its usual name: neither runs applications of users. */
export function isOfManagement({ header, serverName }: Stretch): boolean {
  return /^(?:nodeagent|dmgr)$/i.test(header?.server ?? serverName ?? '')
}

/** From the header until it was open: each application of the server that begins to start writes a line in it. */
function isWholeStart({ begin, started, opened }: Stretch): boolean {
  return begin === 'header' && started !== undefined && opened !== undefined
}

function announcedState(run: Stretch, announced: Announcement): RunState {
  const missing = missingLines(announced)
  if (missing.length === 0) return 'good'
  const { end } = announced
  if (run.isCut || (end.file === run.last.file && end.line >= run.last.line)) return 'cut'
  if (missing.includes('enabled') && run.others.length > 0) return 'other'
  return 'incomplete'
}

/** Where the run began, as far as the logs show. */
export function beginOf(run: Stretch) {
  return run.started ?? (run.begin === 'header' ? run.first : undefined) ?? run.opened ?? run.place
}
