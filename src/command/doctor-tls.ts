// `photogate doctor tls`: which clients still speak less than TLS 1.2, by the logs of the server that ends TLS.

import type { Diagnosis } from '../doctor/finding.ts'
import { diagnoseTls, whyNothing } from '../doctor/tls-log/tls-diagnosis.ts'
import { buildTlsLogs } from '../doctor/tls-log/tls-logs.ts'
import { exitCodes } from '../error.ts'
import { printable } from '../text/printable.ts'
import { tellDiagnosis } from './doctor-report.ts'
import { expandPatterns } from './log-files.ts'
import type { Output } from './output.ts'
import { formatProblems } from './output.ts'
import type { LogStreams } from './read-logs.ts'
import { readLogs } from './read-logs.ts'

export interface DoctorTlsOptions {
  /** Files, plain or gzip, or patterns of names. `-` is standard input. */
  logs: readonly string[]
  json?: boolean
}

export interface DoctorTlsStreams extends LogStreams {
  readonly output: Output
}

/** @returns 0 without findings, 1 with findings, 70 when a log could not be read to its end or the logs say nothing */
export async function doctorTls(
  { logs, json }: DoctorTlsOptions,
  streams: DoctorTlsStreams,
): Promise<number> {
  const { output } = streams
  const reading = buildTlsLogs()
  // A log that is named twice would count twice.
  const names = [...new Set(expandPatterns(logs))]
  const problems = await readLogs(names, reading, streams)
  const failures = problems.map(problem => ({
    ...problem,
    message: problem.message.replace('photogate replay', 'photogate doctor tls'),
  }))
  const read = reading.result()
  const nothing = whyNothing(read)
  const diagnosis = diagnoseTls(read)
  const unread = failures.map(
    ({ file, message }) => `${printable(file)} ${message}: what it has beyond that is not known.`,
  )
  const unknown = [...(nothing === undefined ? [] : [nothing]), ...unread, ...diagnosis.unknown]
  const told: Diagnosis = { ...diagnosis, unknown }
  // A text that ends with `no findings` would look as if all were well.
  const isFound = nothing === undefined && (failures.length === 0 || told.findings.length > 0)
  const exitCode = json || isFound ? tellDiagnosis(told, { json }, output) : exitCodes.other
  for (const { file, lines } of read.logs) {
    const isTold = failures.some(failure => failure.file === file)
    if (lines === 0 && !isTold) output.note(`${printable(file)} has no lines`)
  }
  if (failures.length > 0) output.note(formatProblems(failures, 'incomplete log'))
  if (nothing !== undefined && failures.length === 0) output.note(nothing)
  return failures.length > 0 || nothing !== undefined ? exitCodes.other : exitCode
}
