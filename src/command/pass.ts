// `photogate pass`: a guest pass, as a link for the invitation to a meeting. Whoever opens it sees the photos until the
// pass expires.
import { findMistake } from '../config/schema/formats.ts'
import { passPath } from '../config/settings.ts'
import { exitCodes, GateError } from '../error.ts'
import { maxPassLength, signPass } from '../evidence/guest-pass.ts'
import { asksFor } from '../policy/policy.ts'
import type { ConfigChoice } from './config-file.ts'
import type { Output } from './output.ts'
import type { Lifetime } from './sign-options.ts'
import { openSigning, readBaseUrl, readLifetime } from './sign-options.ts'

export interface PassOptions extends Pick<ConfigChoice, 'config'> {
  /** Such as 4h; at most 31d. */
  for?: string
  /** Globs over mail addresses. */
  photos?: readonly string[]
  /** What the log calls the pass. */
  name?: string
  /** The photo host's public URL. */
  url?: string
  json?: boolean
  /** Milliseconds since the epoch; undefined: now. */
  nowMs?: number
}

/** The shape of `--json`. */
export interface SignedPass {
  /** The log knows the pass by it. */
  readonly id: string
  /** Null without a name. */
  readonly name: string | null
  /** ISO 8601. */
  readonly expires: string
  readonly photos: readonly string[]
  /** The link for the invitation. */
  readonly url: string
}

// A meeting, or a week of them. A pass cannot be taken back, so it does not live longer than a month.
const lifetime: Lifetime = { noun: 'pass', maxDays: 31, example: '4h' }
const maxNameChars = 100

/**
 * @returns 0, or 78 when the configuration has problems.
 * @throws GateError GATE_USAGE, GATE_CONFIG; then nothing is printed.
 */
export function pass(options: PassOptions, output: Output): number {
  const { name } = options
  const seconds = readLifetime(options.for, lifetime)
  const base = readBaseUrl(options.url)
  const photos = readGlobs(options.photos ?? [])
  refuseName(name)
  const signing = openSigning(configOf(options), output)
  if (signing === undefined) return exitCodes.config
  if (!asksFor(signing.settings.policy, 'pass')) {
    output.note('note: no rule asks for a pass, so this opens nothing; add one with pass: signed')
  }
  if (base.protocol !== 'https:') {
    output.note('note: browsers keep the cookie of a pass from https only')
  }
  const expires = Math.floor((options.nowMs ?? Date.now()) / 1000) + seconds
  const { id, text } = signPass(signing.keys, { expires, photos, name })
  if (text.length > maxPassLength) {
    const message = `the pass would have ${text.length} characters, and a cookie has room for ${maxPassLength}; write fewer or shorter --photos, or a rule with a group of people`
    throw new GateError('GATE_USAGE', message)
  }
  const url = `${base.origin}${passPath}?p=${text}`
  const signed: SignedPass = {
    ...{ id, name: name ?? null, expires: new Date(expires * 1000).toISOString(), photos, url },
  }
  output.print(options.json ? JSON.stringify(signed, null, 2) : url)
  return exitCodes.fine
}

// Without the globs: the option of that name is a directory where a configuration is chosen.
function configOf({ config, url }: PassOptions): Pick<PassOptions, 'config' | 'url'> {
  return { ...(config === undefined ? {} : { config }), ...(url === undefined ? {} : { url }) }
}

function readGlobs(globs: readonly string[]): readonly string[] {
  if (globs.length === 0) {
    throw new GateError('GATE_USAGE', "say whose photos it opens; write --photos '*@acme.example'")
  }
  for (const glob of globs) {
    if (glob.startsWith('!')) {
      const message = `--photos "${glob}" excludes, and a pass only opens; write exclusions into photos of the rule, which hold for passes too`
      throw new GateError('GATE_USAGE', message)
    }
    const mistake = findMistake('photo-glob', glob)
    if (mistake !== undefined) throw new GateError('GATE_USAGE', `--photos "${glob}" ${mistake}`)
  }
  return globs
}

function refuseName(name: string | undefined): void {
  if (name === undefined) return
  if (name.trim() === '' || /[\p{C}\p{Zl}\p{Zp}]/u.test(name)) {
    throw new GateError(
      'GATE_USAGE',
      '--name is empty or has control characters; write "Q3 review"',
    )
  }
  if (name.length > maxNameChars) {
    const message = `--name has ${name.length} characters, more than ${maxNameChars}; write "Q3 review"`
    throw new GateError('GATE_USAGE', message)
  }
}
