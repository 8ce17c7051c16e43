// `photogate doctor ccm`: why downloads of CCM files through IHS do not work.
import type { ProblemLine } from '../config/document/problem.ts'
import { readHttpdConfig } from '../convert/httpd/config.ts'
import { filePredicate } from '../disk/file-trouble.ts'
import { readRegularFile } from '../disk/regular-file.ts'
import type { CcmEvidence, CcmPart } from '../doctor/ccm/ccm.ts'
import { checkCcm } from '../doctor/ccm/ccm.ts'
import type { CdhcProperties } from '../doctor/ccm/cdhc-properties.ts'
import { parseCdhcProperties } from '../doctor/ccm/cdhc-properties.ts'
import type { NamedHttpd } from '../doctor/ccm/check-httpd.ts'
import type { SystemOutLog } from '../doctor/ccm/system-out.ts'
import { buildSystemOutReader } from '../doctor/ccm/system-out.ts'
import { exitCodes, GateError } from '../error.ts'
import { tellDiagnosis } from './doctor-report.ts'
import { lookAtFolder } from './folder-look.ts'
import { expandPatterns } from './log-files.ts'
import type { Output } from './output.ts'
import { formatProblems } from './output.ts'
import type { LogStreams } from './read-logs.ts'
import { readLogs } from './read-logs.ts'

export interface DoctorCcmOptions {
  httpdConf?: string
  /** Logs of one or more servers, in any order, or patterns of names. `-` is standard input. */
  systemOut?: readonly string[]
  /** The copies of fncs-sitePrefs.properties. */
  properties?: readonly string[]
  json?: boolean
}

export interface DoctorCcmStreams extends LogStreams {
  readonly output: Output
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

// Far more than a file of settings has.
const maxPropertiesBytes = 1024 * 1024
const maxHttpdBytes = 16 * 1024 * 1024

/** @returns 0 without findings, 1 with findings, 70 when a file that was named could not be read to its end */
export async function doctorCcm(
  { httpdConf, systemOut = [], properties = [], json }: DoctorCcmOptions,
  { output, now = Date.now, ...streams }: DoctorCcmStreams,
): Promise<number> {
  if (httpdConf === undefined && systemOut.length === 0 && properties.length === 0) {
    const message = 'nothing to look at; name --httpd-conf, --system-out or --properties'
    throw new GateError('GATE_USAGE', message)
  }
  const failures: ProblemLine[] = []
  const fail = (file: string, message: string) => failures.push({ file, path: '', message })
  const logs = await readSystemOut(systemOut, { ...streams, now: now(), fail })
  const evidence: CcmEvidence = {
    httpd: httpdConf === undefined ? undefined : readHttpd(httpdConf, fail),
    properties: [...new Set(properties)].flatMap(file => readProperties(file, fail)),
    logs,
    named: new Set<CcmPart>([
      ...(httpdConf === undefined ? [] : (['httpd'] as const)),
      ...(systemOut.length === 0 ? [] : (['logs'] as const)),
      ...(properties.length === 0 ? [] : (['properties'] as const)),
    ]),
    lookAt: folder => lookAtFolder(folder, { platform: process.platform }),
  }
  const diagnosis = checkCcm(evidence)
  const unread = failures.map(
    ({ file, message }) => `What is in ${file} is not known: it ${message}.`,
  )
  const told = { ...diagnosis, unknown: [...diagnosis.unknown, ...unread] }
  const exitCode = tellDiagnosis(told, { json, isWhole: failures.length === 0 }, output)
  if (failures.length === 0) return exitCode
  output.note(formatProblems(failures, 'unread file'))
  return exitCodes.other
}

/** Gets what could not be read. The message follows the name. */
export type NoteUnread = (file: string, message: string) => void

async function readSystemOut(
  names: readonly string[],
  { now, fail, ...streams }: LogStreams & { readonly now: number; readonly fail: NoteUnread },
): Promise<SystemOutLog[]> {
  const logs: SystemOutLog[] = []
  const files = [...new Set(expandPatterns(names))]
  const failures = await readLogs(
    files,
    {
      transcodesUtf16: true,
      begin: name => {
        const reader = buildSystemOutReader(name, now)
        return { push: reader.push, end: () => void logs.push(reader.end()) }
      },
    },
    streams,
  )
  for (const { file, message } of failures) {
    fail(file, message.replace('photogate replay -', 'photogate doctor ccm --system-out -'))
    const last = logs.find(each => each.file === file)?.stretches.at(-1)
    if (last !== undefined) last.isCut = true
  }
  for (const { file, lines, entries } of logs) {
    if (entries > 0 || failures.some(each => each.file === file)) continue
    fail(file, lines === 0 ? 'has no lines' : 'has not one line as WebSphere writes them')
  }
  return logs.filter(({ entries }) => entries > 0)
}

function readHttpd(file: string, fail: NoteUnread): NamedHttpd | undefined {
  try {
    const config = readHttpdConfig(file, { maxBytes: maxHttpdBytes })
    if (config.directives.length > 0) return { file, config }
    fail(file, 'has no directives')
  } catch (error) {
    // A file with thousands of nested sections overflows the stack.
    if (error instanceof RangeError) fail(file, 'has sections nested too deep')
    else fail(file, predicateOf(error as Error, file))
  }
  return undefined
}

function readProperties(file: string, fail: NoteUnread): CdhcProperties[] {
  try {
    const { bytes } = readRegularFile(file, maxPropertiesBytes)
    const isText = !bytes.includes(0) || [0xff, 0xfe].includes(bytes[0] ?? 0)
    if (isText && bytes.length > 0) return [parseCdhcProperties(bytes, file)]
    fail(file, bytes.length === 0 ? 'is empty' : 'is not a text file')
  } catch (error) {
    fail(file, predicateOf(error as Error, file))
  }
  return []
}

function predicateOf(error: Error, file: string): string {
  const { message } = error
  return message.startsWith(`${file} `) ? message.slice(file.length + 1) : filePredicate(error)
}
