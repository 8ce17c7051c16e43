// `photogate doctor`: what is wrong on this machine, worst first, and what to do about it.

import { resolve } from 'node:path'
import type { Settings } from '../config/settings.ts'
import type { FolderSight } from '../doctor/ccm/check-folder.ts'
import type { Diagnosis } from '../doctor/finding.ts'
import { mergeDiagnoses } from '../doctor/finding.ts'
import { checkConfiguration } from '../doctor/machine/configuration.ts'
import { machineChecks } from '../doctor/machine/machine-checks.ts'
import { checkNodeAge } from '../doctor/machine/node-age.ts'
import type { ProcessUser } from '../doctor/machine/owners.ts'
import { runChecks } from '../doctor/machine/run-checks.ts'
import { exitCodes, GateError } from '../error.ts'
import { printable } from '../text/printable.ts'
import type { ConfigChoice } from './config-file.ts'
import type { DoctorFrontOptions } from './doctor-front.ts'
import { examineFront } from './doctor-front.ts'
import { tellDiagnosis } from './doctor-report.ts'
import { lookAtFolder } from './folder-look.ts'
import { loadChosenConfig } from './load-settings.ts'
import type { Output } from './output.ts'
import type { Terminal } from './progress.ts'
import { overwriteLine } from './progress.ts'
import type { TokenInput } from './token.ts'

export interface DoctorOptions extends ConfigChoice, DoctorFrontOptions {
  json?: boolean
}

export interface DoctorSurroundings {
  /** Of photogate. */
  readonly version?: string
  /** Read for a log or a cookie that is `-`. Undefined: standard input. */
  readonly input?: TokenInput
  /** For progress. */
  readonly terminal?: Terminal | undefined
  /** Milliseconds between two requests to the front. Undefined: as many as are gentle. */
  readonly paceMs?: number
  /** How the folder of photos is looked at first. */
  readonly lookAt?: (folder: string) => FolderSight
}

// Milliseconds for each check: longer than a server takes to refuse, and shorter than patience.
const limitMs = 15_000

/** @returns 1 with findings; otherwise 70 when the log that was named has shown nothing, and 0 */
export async function doctor(
  options: DoctorOptions,
  output: Output,
  surroundings: DoctorSurroundings = {},
): Promise<number> {
  const { version = '', input = process.stdin, terminal, paceMs } = surroundings
  const { loaded, silentFolder } = loadOrSay(options, surroundings)
  const name = loaded.file ?? 'The built-in configuration'
  const { settings } = loaded
  const front = await examineFront(options, { settings, version, input, terminal, paceMs })
  const diagnosis = mergeDiagnoses([
    checkConfiguration(name, loaded),
    checkNodeAge(process.versions.node),
    ...(await checkMachine(loaded.settings, { terminal, silentFolder })),
    ...(front === undefined ? [] : [front.diagnosis]),
  ])
  const isWhole = !front?.isBlind
  const exitCode = tellDiagnosis(diagnosis, { ...options, isWhole }, output)
  return exitCode === exitCodes.fine && !isWhole ? exitCodes.other : exitCode
}

// A missing configuration is a finding here, whether it was named or not: administrators ask doctor for just that.
function loadOrSay(
  options: ConfigChoice,
  surroundings: DoctorSurroundings,
): ReturnType<typeof loadLooking> {
  try {
    return loadLooking(options, surroundings)
  } catch (error) {
    if (!(error instanceof GateError && error.code === 'GATE_CONFIG')) throw error
    const file = resolve('photogate.yaml')
    const problems = [
      { file, path: '', message: error.message, code: 'GATE_CONFIG_UNREADABLE' as const },
    ]
    const nothing = { settings: undefined, warnings: [], files: [], shadowFiles: [] }
    const loaded = { ...nothing, problems, file }
    return { loaded, silentFolder: undefined }
  }
}

// Everything in this process that touched a folder on a dead network file system would hold the doctor without end.
function loadLooking(
  options: ConfigChoice,
  { lookAt = folder => lookAtFolder(folder, { platform: process.platform }) }: DoctorSurroundings,
) {
  let silentFolder: string | undefined
  const photosHang = (folder: string) => {
    if (lookAt(folder) === 'silent') silentFolder = folder
    return silentFolder !== undefined
  }
  const loaded = loadChosenConfig(options, { needsPhotos: 'readable', photosHang })
  return { loaded, silentFolder }
}

// Undefined on Windows.
function ownUser(): ProcessUser | undefined {
  const [uid, gid] = [process.getuid?.(), process.getgid?.()]
  if (uid === undefined || gid === undefined) return undefined
  return { uid, groups: [gid, ...(process.getgroups?.() ?? [])] }
}

async function checkMachine(
  settings: Settings | undefined,
  {
    terminal,
    silentFolder,
  }: { readonly terminal: Terminal | undefined; readonly silentFolder: string | undefined },
): Promise<Diagnosis[]> {
  if (settings === undefined) {
    const text =
      'This machine, the photos and other servers were not looked at, because the configuration has problems.'
    return [{ findings: [], fine: [], unknown: [text] }]
  }
  const skipsPhotos = silentFolder !== undefined
  const facts = {
    ...{ settings, platform: process.platform, nowMs: Date.now(), skipsPhotos },
    user: ownUser(),
  }
  const checks = machineChecks(facts)
  const onProgress = (waiting: readonly string[], all: number) => {
    if (terminal === undefined) return
    const text = `${all - waiting.length} of ${all} checks; still: ${waiting.map(printable).join(', ')}`
    overwriteLine(terminal, waiting.length === 0 ? '' : text.slice(0, 79))
  }
  const told = await runChecks(checks, { limitMs, onProgress })
  if (silentFolder === undefined) return told
  const text = `The photos, their disk, rights, imports and sources: ${silentFolder} gave no answer. Perhaps it is on a network file system that hangs.`
  return [{ findings: [], fine: [], unknown: [text] }, ...told]
}
