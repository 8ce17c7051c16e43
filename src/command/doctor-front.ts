// `photogate doctor --through`: the options of the checks that ask through the front, and the files that they name.
import { randomBytes } from 'node:crypto'
import type { ReadStream } from 'node:tty'
import type { Settings } from '../config/settings.ts'
import { filePredicate } from '../disk/file-trouble.ts'
import { readBounded } from '../disk/regular-file.ts'
import type { Diagnosis } from '../doctor/finding.ts'
import type { FrontDiagnosis } from '../doctor/front/front.ts'
import { checkFront } from '../doctor/front/front.ts'
import { buildProbeLines } from '../doctor/front/probe-log.ts'
import type { SsoCookie } from '../doctor/front/sso-cookie.ts'
import { parseSsoCookie } from '../doctor/front/sso-cookie.ts'
import { GateError } from '../error.ts'
import { parseNetworkAddress } from '../policy/network-address.ts'
import { parseBaseUrl } from '../snippet/photo-url.ts'
import type { LineHandler } from '../text/line-splitter.ts'
import { parseAddress } from '../text/mail-address.ts'
import { withoutPassword } from '../text/without-password.ts'
import type { FollowedLog } from './follow-log.ts'
import { followFile, followStream } from './follow-log.ts'
import { readHidden } from './hidden-input.ts'
import { ownAddresses, readTcpTables, systemAuthorities } from './machine-facts.ts'
import { decodePasted } from './pasted-token.ts'
import type { Terminal } from './progress.ts'
import { overwriteLine } from './progress.ts'
import type { TokenInput } from './token.ts'

export interface DoctorFrontOptions {
  /** The front's public URL. */
  through?: string
  /** The gate's log: a file that is written to now, or `-`. */
  log?: string
  /** The mail address of somebody who has a photo. */
  photo?: string
  /** A file with the cookie of single sign-on, or `-`. */
  cookie?: string
  /** PEM of an authority that is trusted beside those of the system. */
  ca?: string
  /** The address that the front sees this machine under. */
  client?: string
  /** Wait until idle connections end. */
  wait?: boolean
}

export interface FrontSurroundings {
  readonly settings: Settings | undefined
  /** Of photogate. */
  readonly version: string
  readonly input: TokenInput
  readonly terminal: Terminal | undefined
  /** Milliseconds between two requests. Undefined: 110. */
  readonly paceMs?: number | undefined
}

/** A file that was named could not be read, or said nothing: then all is not well, whatever else was found. */
export interface ExaminedFront {
  readonly diagnosis: Diagnosis
  readonly isBlind: boolean
}

// The gate holds lines for 200 ms; a log that comes over the network takes longer.
const lineMs = 1_500
const lineMsOfPipe = 3_000
const storingMs = 100
// Nine in a second: many fronts allow ten for each client.
const paceMs = 110

/** Undefined without `--through`. @throws GateError GATE_USAGE for options that cannot be used. */
export async function examineFront(
  options: DoctorFrontOptions,
  { settings, version, input, terminal, paceMs: setPace }: FrontSurroundings,
): Promise<ExaminedFront | undefined> {
  const { through, log } = options
  if (through === undefined) {
    refuseStrayOptions(options)
    return undefined
  }
  const url = parseBaseUrl(through)
  if (url === undefined)
    throw usage(
      `--through "${withoutPassword(through)}" is not the URL of a host alone; write one like https://photos.acme.example`,
    )
  if (log === '-' && options.cookie === '-')
    throw usage('standard input is either the log or the cookie; name a file for one of them')
  if (log === '-' && isTerminal(input)) {
    throw usage(
      '--log - reads the log from a pipe: journalctl -u photogate -f -o cat | photogate doctor …',
    )
  }
  const photo = photoOf(options)
  const client = clientOf(options)
  const cookie = await cookieOf(options, { input, terminal })
  const authorities = [...systemAuthorities(), ...ownAuthorities(options)]
  if (settings === undefined) {
    const unknown = ['All about the front: first the configuration must have no problems.']
    return { diagnosis: { findings: [], fine: [], unknown }, isBlind: false }
  }
  const nonce = randomBytes(5).toString('hex')
  const lines = log === undefined ? undefined : buildProbeLines(nonce)
  const followed = lines && (await followLog(log as string, { input, push: lines.push }))
  if (terminal !== undefined)
    overwriteLine(terminal, `asks ${url.origin}${waitOf(options, settings)}`)
  try {
    const result = await checkFront({
      ...{ url, settings, version, nonce, lines, photo, cookie, client, authorities },
      storingMs,
      paceMs: setPace ?? paceMs,
      nowMs: Date.now(),
      lineMs: log === '-' ? lineMsOfPipe : lineMs,
      ownAddresses: ownAddresses(),
      readTcpTables,
      waits: options.wait === true,
    })
    return { diagnosis: diagnosisOf(result), isBlind: lines !== undefined && !result.hasLog }
  } finally {
    if (terminal !== undefined) overwriteLine(terminal)
    await followed?.close()
  }
}

function waitOf({ wait = false }: DoctorFrontOptions, { timeouts }: Settings): string {
  return wait ? `, and waits about ${timeouts.keepAliveSeconds + 3} s for idle connections` : ''
}

function diagnosisOf({ findings, fine, unknown }: FrontDiagnosis): Diagnosis {
  return { findings, fine, unknown }
}

function usage(message: string): GateError {
  return new GateError('GATE_USAGE', message)
}

function refuseStrayOptions(options: DoctorFrontOptions): void {
  const names = ['log', 'photo', 'cookie', 'ca', 'client', 'wait'] as const
  const stray = names.find(name => options[name] !== undefined)
  if (stray !== undefined) {
    throw usage(`--${stray} is about the front; name it: --through https://photos.acme.example`)
  }
}

function photoOf({ photo }: DoctorFrontOptions): string | undefined {
  if (photo === undefined) return undefined
  const address = parseAddress(photo)
  if (address === undefined) throw usage(`--photo "${photo}" is not a mail address`)
  return address
}

function clientOf({ client }: DoctorFrontOptions): string | undefined {
  if (client === undefined) return undefined
  const address = parseNetworkAddress(client)
  if (address === undefined) throw usage(`--client "${client}" is not a network address`)
  return address.text
}

const maxCookieFile = 65_536
const maxAuthoritiesFile = 4 * 1024 * 1024

async function cookieOf(
  { cookie }: DoctorFrontOptions,
  streams: Pick<FrontSurroundings, 'input' | 'terminal'>,
): Promise<SsoCookie | undefined> {
  if (cookie === undefined) return undefined
  const text =
    cookie === '-' ? await readCookie(streams) : decodePasted(readNamed(cookie, '--cookie'))
  const parsed = parseSsoCookie(text)
  if (parsed !== undefined) return parsed
  // Not the text itself: it may be a password in the wrong place.
  throw usage(
    '--cookie has no cookie; write a Cookie header (LtpaToken2=…) or Set-Cookie headers, one a line',
  )
}

async function readCookie({
  input,
  terminal,
}: Pick<FrontSurroundings, 'input' | 'terminal'>): Promise<string> {
  if (isTerminal(input)) {
    terminal?.write(
      'Paste the cookie, or its Set-Cookie header, and press Enter; it is not shown:\n',
    )
    return (await readHidden(input)) ?? ''
  }
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of input) {
    chunks.push(Buffer.from(chunk))
    length += chunk.length
    if (length > maxCookieFile) break
  }
  return decodePasted(Buffer.concat(chunks))
}

function isTerminal(input: TokenInput): input is ReadStream {
  return 'setRawMode' in input && input.isTTY
}

function readNamed(file: string, option: '--cookie' | '--ca'): Buffer {
  const maxBytes = option === '--cookie' ? maxCookieFile : maxAuthoritiesFile
  let bytes: Buffer | undefined
  try {
    bytes = readBounded(file, maxBytes, { allowsPipes: true })
  } catch (error) {
    throw usage(`${option}: ${file} ${filePredicate(error)}`)
  }
  if (bytes === undefined) throw usage(`${option}: ${file} is larger than ${maxBytes} bytes`)
  return bytes
}

function ownAuthorities({ ca }: DoctorFrontOptions): string[] {
  if (ca === undefined) return []
  const text = readNamed(ca, '--ca').toString('latin1')
  if (text.includes('-----BEGIN CERTIFICATE-----')) return [text]
  throw usage(`--ca: ${ca} has no certificate in PEM form (-----BEGIN CERTIFICATE-----)`)
}

async function followLog(
  log: string,
  { input, push }: { input: TokenInput; push: LineHandler },
): Promise<FollowedLog> {
  if (log === '-') return followStream(input, push)
  try {
    return await followFile(log, push)
  } catch (error) {
    throw usage(`--log: ${log} ${filePredicate(error)}`)
  }
}
