// `photogate doctor sametime`: whether Sametime asks this gate for photos, and each client as it should.
import type { ProblemLine } from '../config/document/problem.ts'
import type { Settings } from '../config/settings.ts'
import { readRegularFile } from '../disk/regular-file.ts'
import type { Diagnosis } from '../doctor/finding.ts'
import { mergeDiagnoses } from '../doctor/finding.ts'
import { askWeb } from '../doctor/sametime/ask-web.ts'
import type { AskOnce, PersonDiagnosis } from '../doctor/sametime/check-person.ts'
import { checkPerson } from '../doctor/sametime/check-person.ts'
import { checkStproxy } from '../doctor/sametime/check-stproxy.ts'
import type { GateFacts } from '../doctor/sametime/check-template.ts'
import { checkMeetings } from '../doctor/sametime/check-template.ts'
import { checkUserInfo } from '../doctor/sametime/check-userinfo.ts'
import type { SametimeFile } from '../doctor/sametime/config-file.ts'
import { faultFinding, parseSametimeFile } from '../doctor/sametime/config-file.ts'
import { parseMeetingsSettings, settingsPath } from '../doctor/sametime/meetings-settings.ts'
import { exitCodes, GateError } from '../error.ts'
import { parseBaseUrl } from '../snippet/photo-url.ts'
import { loadAuthorities } from '../supply/source/certificates.ts'
import { parseAddress } from '../text/mail-address.ts'
import { withoutPassword } from '../text/without-password.ts'
import type { ConfigChoice } from './config-file.ts'
import type { NoteUnread } from './doctor-ccm.ts'
import { tellDiagnosis } from './doctor-report.ts'
import { loadChosenConfig } from './load-settings.ts'
import type { Output } from './output.ts'
import { formatProblems, noteProblems } from './output.ts'

export interface DoctorSametimeOptions extends ConfigChoice {
  /** The URL of a classic Meeting Server. */
  meetings?: string
  /** The mail address of somebody who has a photo. */
  person?: string
  /** The public URL of photogate. */
  url?: string
  userToken?: string
  stproxyconfig?: string
  userinfoconfig?: string
  /** A PEM file of authorities, besides those of Node.js. */
  ca?: string
  json?: boolean
}

export interface DoctorSametimeWork {
  readonly output: Output
  readonly timeoutMs?: number
}

const maxFileBytes = 4 * 1024 * 1024
const maxAnswerBytes = 1024 * 1024
const standIn = 'joe.bloggs@acme.example'

/**
 * @returns 0 without findings, 1 with findings, 70 when a file or the server that was named could not be read, 78 when the
 * configuration has problems
 */
export async function doctorSametime(
  options: DoctorSametimeOptions,
  { output, timeoutMs = 10_000 }: DoctorSametimeWork,
): Promise<number> {
  const { meetings, stproxyconfig, userinfoconfig, json } = options
  if (meetings === undefined && stproxyconfig === undefined && userinfoconfig === undefined) {
    const message = 'nothing to look at; name --meetings, --stproxyconfig or --userinfoconfig'
    throw new GateError('GATE_USAGE', message)
  }
  const gate = options.url === undefined ? undefined : parseUrl('--url', options.url)
  const person = personOf(options)
  const failures: ProblemLine[] = []
  const fail = (file: string, message: string) => failures.push({ file, path: '', message })
  const parts: Diagnosis[] = []
  if (stproxyconfig !== undefined) {
    parts.push(checkFile(stproxyconfig, file => checkStproxy(file, gate), fail))
  }
  if (userinfoconfig !== undefined) {
    parts.push(checkFile(userinfoconfig, file => checkUserInfo(file, gate), fail))
  }
  if (meetings !== undefined) {
    const server = parseUrl('--meetings', meetings)
    const settings = loadRules(options, output)
    if (settings === 'problems') return exitCodes.config
    const ca = options.ca === undefined ? undefined : loadCa(options.ca)
    const ask: AskOnce = url => askWeb(url, { timeoutMs, maxBytes: maxAnswerBytes, ca })
    const facts = { url: gate, policy: settings?.policy, userToken: options.userToken }
    const seen = await checkServer(server, { ...facts, person: person ?? standIn }, { ask, fail })
    const answer =
      person === undefined
        ? unknown('The photo of one person: none was named with --person.')
        : await checkPerson({ meetings: server, person, gate, ask })
    parts.push(answer.hasPhoto ? without('sametime-template-path', seen) : seen, answer)
  }
  const merged = mergeDiagnoses(parts)
  const unread = failures.map(
    ({ file, message }) => `What is at ${file} is not known: it ${message}.`,
  )
  const told = {
    ...merged,
    findings: firstOfEach(merged.findings),
    unknown: [...merged.unknown, ...unread],
  }
  const exitCode = tellDiagnosis(told, { json, isWhole: failures.length === 0 }, output)
  if (failures.length === 0) return exitCode
  output.note(formatProblems(failures, 'unread source'))
  return exitCodes.other
}

function checkFile(
  file: string,
  check: (read: SametimeFile) => Diagnosis,
  fail: NoteUnread,
): Diagnosis {
  try {
    const { bytes } = readRegularFile(file, maxFileBytes)
    if (bytes.length === 0) fail(file, 'is empty')
    else {
      const read = parseSametimeFile(bytes, file)
      if (!('fault' in read)) return check(read)
      return { findings: [faultFinding(file, read.fault)], fine: [], unknown: [] }
    }
  } catch (error) {
    fail(file, (error as Error).message.replace(`${file} `, ''))
  }
  return { findings: [], fine: [], unknown: [] }
}

async function checkServer(
  meetings: URL,
  gate: GateFacts,
  { ask, fail }: { readonly ask: AskOnce; readonly fail: NoteUnread },
): Promise<Diagnosis> {
  const url = new URL(settingsPath, meetings)
  const answer = await ask(url)
  const settings = 'trouble' in answer ? answer.trouble : parseMeetingsSettings(answer)
  if (typeof settings !== 'string') return checkMeetings(settings, meetings, gate)
  fail(url.href, settings)
  return { findings: [], fine: [], unknown: [] }
}

// Without a configuration the rest can still be looked at. One that is there must be right.
function loadRules(
  options: DoctorSametimeOptions,
  output: Output,
): Settings | 'problems' | undefined {
  try {
    const { settings, problems } = loadChosenConfig(options, { needsPhotos: false })
    if (settings !== undefined) return settings
    noteProblems(output, problems, 'error')
    return 'problems'
  } catch (error) {
    const isAbsent = error instanceof GateError && error.code === 'GATE_CONFIG'
    if (isAbsent && options.config === undefined) return undefined
    throw error
  }
}

function loadCa(file: string): string[] {
  try {
    return loadAuthorities(file)
  } catch (error) {
    throw new GateError('GATE_USAGE', `--${(error as Error).message}`)
  }
}

function parseUrl(option: string, text: string): URL {
  const url = parseBaseUrl(text.replace(/\/stmeetings\/?$/, ''))
  if (url !== undefined) return url
  const message = `${option} "${withoutPassword(text)}" is not the URL of a host alone; write one like https://meet.acme.example`
  throw new GateError('GATE_USAGE', message)
}

function personOf({ person }: DoctorSametimeOptions): string | undefined {
  if (person === undefined) return undefined
  const address = parseAddress(person)
  if (address !== undefined) return address
  throw new GateError('GATE_USAGE', `--person "${person}" is not a mail address`)
}

// A front may turn the path into one that the gate knows: the photo that came is the proof.
function without(code: string, { findings, ...rest }: Diagnosis): Diagnosis {
  return { ...rest, findings: findings.filter(each => each.code !== code) }
}

function unknown(said: string): PersonDiagnosis {
  return { findings: [], fine: [], unknown: [said] }
}

// The settings of the server and its answer can show one fault twice.
function firstOfEach(findings: Diagnosis['findings']): Diagnosis['findings'] {
  const key = ({ code, place }: Diagnosis['findings'][number]) =>
    `${code} ${place?.file} ${place?.line}`
  return findings.filter((each, at) => findings.findIndex(other => key(other) === key(each)) === at)
}
