// `photogate token`: what a token says and whether it verifies with the configured keys. The token comes from standard
// input, because every user of the machine can see arguments.
import type { ReadStream } from 'node:tty'
import type { LtpaSettings } from '../config/settings.ts'
import { exitCodes, GateError } from '../error.ts'
import { describeRefusal } from '../ltpa/refusal-text.ts'
import type { Identity, RefusalReason, Verdict } from '../ltpa/token.ts'
import { expiryText } from '../ltpa/token.ts'
import type { TokenKind } from '../ltpa/verifier.ts'
import { buildVerifier } from '../ltpa/verifier.ts'
import { printable } from '../text/printable.ts'
import { readHidden } from './hidden-input.ts'
import { loadSettings } from './load-settings.ts'
import type { Output } from './output.ts'
import { decodePasted, findTokens } from './pasted-token.ts'
import type { JudgedToken } from './token-cause.ts'
import { causeOf } from './token-cause.ts'

/** A terminal is read without echo. */
export type TokenInput = AsyncIterable<Buffer | string> | ReadStream

const maxInput = 65_536

export interface TokenOptions {
  config?: string
  json?: boolean
  /** Milliseconds since the epoch; undefined: now. */
  nowMs?: number
}

/** The shape of `--json`. The identity's parts are there for every authentic token that has one. */
export interface TokenReport {
  readonly valid: boolean
  readonly reason?: RefusalReason
  /** What most likely happened to the token, in words. */
  readonly cause?: string
  readonly format?: string
  readonly realm?: string | null
  readonly user?: string
  readonly keyId?: string
  /** ISO 8601. */
  readonly expires?: string
}

/** @returns 0 when it is valid, 1 when not, 78 when the configuration has problems. */
export async function token(
  options: TokenOptions,
  input: TokenInput,
  output: Output,
): Promise<number> {
  const { nowMs = Date.now() } = options
  const settings = loadSettings(options, output, { nowMs, needsPhotos: false })
  if (settings === undefined) return exitCodes.config
  if (settings.ltpa === undefined) {
    throw new GateError('GATE_KEYS', 'the configuration has no keys; add ltpa: { keys: … }')
  }
  const judged = await judge(await readAll(input, output), settings.ltpa, nowMs)
  const { verdict } = judged
  const report = reportOf(verdict, causeOf(judged, settings.ltpa))
  output.print(options.json ? JSON.stringify(report, null, 2) : describe(report, verdict, nowMs))
  return verdict.valid ? exitCodes.fine : exitCodes.findings
}

async function judge(pasted: string, ltpa: LtpaSettings, nowMs: number): Promise<JudgedToken> {
  const verify = buildVerifier(ltpa)
  const judged = findTokens(pasted, ltpa.cookies).flatMap(({ kind, text }) => {
    const kinds: readonly TokenKind[] = kind === undefined ? ['v2', 'v1'] : [kind]
    return kinds.map(each => ({ kind, text, verdict: verify(each, text, nowMs) }))
  })
  // If there are several verdicts, the one that says more.
  return judged.reduce((a, b) => (weightOf(b.verdict) > weightOf(a.verdict) ? b : a))
}

// These reasons describe the form of a token, not its contents.
const looksOnly: readonly RefusalReason[] = ['malformed', 'not-authentic', 'version-1']

function weightOf(verdict: Verdict): number {
  if (verdict.valid) return 2
  return looksOnly.includes(verdict.reason) ? 0 : 1
}

async function readAll(input: TokenInput, output: Output): Promise<string> {
  const isAsked = 'setRawMode' in input && input.isTTY
  if (isAsked)
    output.note('Paste the token, or text that contains it, and press Enter; it is not shown:')
  const text = isAsked ? await readHidden(input) : decodePasted(await readBytes(input))
  if (text === undefined || text.trim() === '') {
    throw new GateError(
      'GATE_USAGE',
      'give the token on standard input: photogate token < token.txt',
    )
  }
  return text
}

async function readBytes(input: AsyncIterable<Buffer | string>): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of input) {
    chunks.push(Buffer.from(chunk))
    length += chunk.length
    if (length > maxInput) break
  }
  return Buffer.concat(chunks)
}

function reportOf(verdict: Verdict, cause: string | undefined): TokenReport {
  const refused = verdict.valid ? {} : { reason: verdict.reason, ...(cause && { cause }) }
  const { identity } = verdict
  return { valid: verdict.valid, ...refused, ...(identity && partsOf(identity)) }
}

function partsOf({ format, realm, user, keyId, expiresMs }: Identity) {
  return { format, realm: realm ?? null, user, keyId, expires: expiryText(expiresMs) }
}

function describe(report: TokenReport, verdict: Verdict, nowMs: number): string {
  const { cause } = report
  const why = verdict.valid ? '' : describeRefusal(verdict)
  const lines = [
    verdict.valid ? 'valid' : `not valid: ${why}${cause === undefined ? '' : `; ${cause}`}`,
  ]
  const { identity } = verdict
  if (identity !== undefined) {
    const away = formatSpan(Math.abs(identity.expiresMs - nowMs))
    const when = identity.expiresMs < nowMs ? `${away} ago` : `in ${away}`
    lines.push(
      '',
      `format   ${report.format}`,
      `user     ${printable(identity.user)}`,
      `realm    ${identity.realm === undefined ? 'none' : printable(identity.realm)}`,
      `expires  ${report.expires} (${when})`,
      `key id   ${report.keyId}`,
    )
  }
  return lines.join('\n')
}

/** `95 min` for anything below two hours, then hours, then days. */
function formatSpan(ms: number): string {
  const minutes = Math.floor(ms / 60_000)
  if (minutes < 1) return `${Math.floor(ms / 1000)} s`
  if (minutes < 120) return `${minutes} min`
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} d`
}
