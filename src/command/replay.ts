// `photogate replay`: how a configuration would have decided the requests of a log, before it goes into use. Prints no
// cookie and no token, only outcomes.
import { loadConfig } from '../config/load.ts'
import { exitCodes } from '../error.ts'
import { readAliases } from '../photo/known-addresses.ts'
import type { ReplayResult } from '../replay/replay.ts'
import { buildReplay } from '../replay/replay.ts'
import { buildReport, formatReport } from '../replay/report.ts'
import { formatReplayPage } from '../report/replay-page.ts'
import { printable } from '../text/printable.ts'
import type { ConfigChoice } from './config-file.ts'
import { loadChosenConfig } from './load-settings.ts'
import { expandPatterns } from './log-files.ts'
import type { Output } from './output.ts'
import { formatProblems, noteProblems } from './output.ts'
import type { LogStreams } from './read-logs.ts'
import { readLogs } from './read-logs.ts'
import { mustTakeReport, writeReport } from './report-file.ts'

export interface ReplayCommandOptions extends ConfigChoice {
  /** Files, plain or gzip, in the order of their lines, or patterns of names. `-` is standard input. */
  logs: readonly string[]
  /** The previous configuration. Undefined: the logged status says what was before. */
  against?: string
  cookieField?: number
  clientField?: number
  vhost?: string
  /** A new file for the report as a page, or an earlier report. */
  html?: string
  json?: boolean
}

export interface ReplayStreams extends LogStreams {
  readonly output: Output
}

// Rows of each list; the text report shows fewer.
const maxRows = 1_000

/**
 * @returns 0 when nothing changes, 1 when requests are newly turned away or admitted, 70 when a log could not be read to
 * its end or says nothing, 78 when a configuration has problems
 */
export async function replay(
  options: ReplayCommandOptions,
  streams: ReplayStreams,
): Promise<number> {
  const { output } = streams
  if (options.html !== undefined) mustTakeReport(options.html)
  const now = loadChosenConfig(options, { needsPhotos: false })
  const before =
    options.against === undefined
      ? undefined
      : loadConfig({
          ...{ env: process.env, file: options.against },
          ...{ needsPhotos: false, allowsPipes: true },
        })
  const problems = [...now.problems, ...(before?.problems ?? [])]
  if (now.settings === undefined || problems.length > 0) {
    noteProblems(output, problems, 'error')
    return exitCodes.config
  }
  const replaying = buildReplay({
    settings: now.settings,
    against: before?.settings,
    aliasesIn: readAliases,
    cookieField: options.cookieField,
    clientField: options.clientField,
    virtualHost: options.vhost,
  })
  const failures = await readLogs(expandPatterns(options.logs), replaying, streams)
  const result = replaying.result(maxRows)
  const names = { config: now.file ?? 'the built-in configuration', against: options.against }
  output.print(
    options.json
      ? JSON.stringify({ ...result, incomplete: failures }, null, 2)
      : formatReport(buildReport(result, names), output.screen?.bars),
  )
  if (options.html !== undefined) {
    const text = formatReplayPage(result, { names, failures, madeMs: Date.now() })
    await writeReport(options.html, text, output)
  }
  if (failures.length > 0) {
    output.note(formatProblems(failures, 'incomplete log'))
    return exitCodes.other
  }
  const emptyLogs = result.logs.filter(({ lines }) => lines === 0)
  for (const { file } of emptyLogs) output.note(`${printable(file)} has no lines`)
  const emptiness = whyNoProof(result, options)
  if (emptiness !== undefined) {
    output.note(emptiness)
    return exitCodes.other
  }
  const { newlyTurnedAway, newlyAdmitted } = result.totals.changes
  const changes = newlyTurnedAway.requests + newlyAdmitted.requests
  return changes > 0 ? exitCodes.findings : exitCodes.fine
}

// Otherwise a log of something else would look as if nothing changed.
function whyNoProof(
  { lines, virtualHosts, clientFieldIsEmpty }: ReplayResult,
  options: ReplayCommandOptions,
) {
  const conclusion = 'so this says nothing about who is affected'
  if (lines.all === 0) return `there is no line in the log at all, ${conclusion}`
  if (lines.notUnderstood === lines.all) {
    return 'not one line is of an access log in the common or combined format'
  }
  if (clientFieldIsEmpty) {
    return `no line has an address as item ${options.clientField}, ${conclusion}; say which item of the LogFormat is the client with --client-field`
  }
  if (lines.photos > 0) return undefined
  if (options.vhost !== undefined && lines.otherHosts > 0) {
    return `no line is of the virtual host ${printable(options.vhost)}, ${conclusion}; there are ${virtualHosts.join(', ')}`
  }
  return `not one line asks for a photo, ${conclusion}`
}
