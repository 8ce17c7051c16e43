// `photogate token`: what a token says and whether the configured keys vouch for it. The token comes on
// standard input, because arguments are for everybody on the machine to see.
import { loadConfig } from '../config/load.ts'
import type { LtpaSettings } from '../config/settings.ts'
import { exitCodes, GateError } from '../error.ts'
import { loadCookieParser } from '../gate/cookies.ts'
import { printable } from '../ltpa/printable.ts'
import { describeRefusal } from '../ltpa/refusal-text.ts'
import type { Identity, RefusalReason, Verdict } from '../ltpa/token.ts'
import { expiryText, longestToken } from '../ltpa/token.ts'
import type { TokenKind } from '../ltpa/verifier.ts'
import { buildVerifier } from '../ltpa/verifier.ts'
import { findConfigFile } from './config-file.ts'
import type { Output } from './output.ts'
import { formatProblems } from './output.ts'

export interface TokenOptions {
  config?: string
  json?: boolean
  /** Milliseconds since the epoch; undefined: now. */
  nowMs?: number
}

/** What `--json` prints. The identity's parts are there for every authentic token that names one. */
export interface TokenReport {
  readonly valid: boolean
  readonly reason?: RefusalReason
  readonly format?: string
  readonly realm?: string | null
  readonly user?: string
  readonly keyId?: string
  /** ISO 8601. */
  readonly expires?: string
}

/** @returns 0 valid, 1 not, 78 when the configuration is not usable. */
export async function token(
  options: TokenOptions,
  input: AsyncIterable<Buffer | string>,
  output: Output,
): Promise<number> {
  const { nowMs = Date.now() } = options
  const { settings, problems } = loadConfig({
    file: findConfigFile(options),
    nowMs,
    needsPhotos: false,
  })
  if (settings === undefined) {
    output.note(formatProblems(problems, 'problem'))
    return exitCodes.config
  }
  if (settings.ltpa === undefined) {
    throw new GateError('GATE_KEYS', 'the configuration has no keys; add ltpa: { keys: … }')
  }
  const verdict = await judge(await readAll(input), settings.ltpa, nowMs)
  const report = reportOf(verdict)
  output.print(options.json ? JSON.stringify(report, null, 2) : describe(report, verdict, nowMs))
  return verdict.valid ? exitCodes.fine : exitCodes.turnedAway
}

// A bare token, or `Name=token`, as the gate's own cookie parser reads it.
async function judge(text: string, ltpa: LtpaSettings, nowMs: number): Promise<Verdict> {
  const name = /^[^=;\s]+(?==)/.exec(text)?.[0]?.toLowerCase() ?? ''
  const known = ltpa.cookies.v2.has(name) ? 'v2' : ltpa.cookies.v1.has(name) ? 'v1' : undefined
  const parse = await loadCookieParser()
  const value = known === undefined ? text : text.slice(name.length + 1)
  const sent = parse(`token=${value.replace(/;$/, '')}`).token ?? ''
  const verify = buildVerifier(ltpa)
  const kinds: readonly TokenKind[] = known === undefined ? ['v2', 'v1'] : [known]
  const [first, ...others] = kinds.map(kind => verify(kind, sent, nowMs))
  // Of two opinions, the one that says more.
  return others.reduce((a, b) => (weightOf(b) > weightOf(a) ? b : a), first as Verdict)
}

// These say what a token looks like, not what it is.
const looksOnly: readonly RefusalReason[] = ['malformed', 'not-authentic', 'version-1']

function weightOf(verdict: Verdict): number {
  if (verdict.valid) return 2
  return looksOnly.includes(verdict.reason) ? 0 : 1
}

async function readAll(input: AsyncIterable<Buffer | string>): Promise<string> {
  let text = ''
  for await (const chunk of input) {
    text += chunk.toString()
    if (text.length > 2 * longestToken) break
  }
  if (text.trim() === '') {
    throw new GateError(
      'GATE_USAGE',
      'give the token on standard input: photogate token < token.txt',
    )
  }
  return text.trim()
}

function reportOf(verdict: Verdict): TokenReport {
  const refused = verdict.valid ? {} : { reason: verdict.reason }
  const { identity } = verdict
  return { valid: verdict.valid, ...refused, ...(identity && partsOf(identity)) }
}

function partsOf({ format, realm, user, keyId, expiresMs }: Identity) {
  return { format, realm: realm ?? null, user, keyId, expires: expiryText(expiresMs) }
}

function describe(report: TokenReport, verdict: Verdict, nowMs: number): string {
  const lines = [verdict.valid ? 'valid' : `not valid: ${describeRefusal(verdict)}`]
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
