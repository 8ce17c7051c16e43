// `photogate link`: signed links to photos, one a line. Whoever has a link sees the photo until the link expires.
import { parseGroupFile } from '../config/group-file.ts'
import { readRegularFile } from '../disk/regular-file.ts'
import { exitCodes, GateError } from '../error.ts'
import { signLink } from '../evidence/signed-link.ts'
import { asksFor } from '../policy/policy.ts'
import { photoUrl } from '../snippet/photo-url.ts'
import type { ConfigChoice } from './config-file.ts'
import type { Output } from './output.ts'
import { mustBeAddress } from './photo-words.ts'
import type { Lifetime } from './sign-options.ts'
import { openSigning, readBaseUrl, readLifetime } from './sign-options.ts'

export interface LinkOptions extends ConfigChoice {
  /** Such as 7d; at most 366d. */
  for?: string
  /** The photo host's public URL. */
  url?: string
  /** A file of mail addresses, one a line. */
  people?: string
  html?: boolean
  json?: boolean
  /** Always refused. */
  revoke?: string | true
  /** Milliseconds since the epoch; undefined: now. */
  nowMs?: number
}

/** The shape of `--json`. */
export interface SignedLinks {
  /** ISO 8601. */
  readonly expires: string
  readonly links: readonly {
    readonly address: string
    readonly url: string
    readonly html: string
  }[]
}

const lifetime: Lifetime = { noun: 'link', maxDays: 366, example: '7d' }
const maxFileBytes = 64 * 1024 * 1024

/**
 * @returns 0, or 78 when the configuration has problems.
 * @throws GateError GATE_USAGE, GATE_CONFIG; then nothing is printed.
 */
export function link(address: string | undefined, options: LinkOptions, output: Output): number {
  if (options.revoke !== undefined) {
    const message =
      'unknown option --revoke: a link cannot be taken back by itself; sign links for a shorter time, or take the secret that signed them out of links.secrets'
    throw new GateError('GATE_USAGE', message)
  }
  const seconds = readLifetime(options.for, lifetime)
  const base = readBaseUrl(options.url)
  const addresses = addressesOf(address, options.people)
  const signing = openSigning(options, output)
  if (signing === undefined) return exitCodes.config
  const { settings, keys } = signing
  if (!asksFor(settings.policy, 'link')) {
    output.note('note: no rule asks for a link, so these open nothing; add one with link: signed')
  }
  const expires = Math.floor((options.nowMs ?? Date.now()) / 1000) + seconds
  const links = addresses.map(each => {
    const url = `${photoUrl(base, each)}?${signLink(keys, { address: each, expires })}`
    return { address: each, url, html: `<img src="${escaped(url)}" alt="${escaped(each)}">` }
  })
  const signed: SignedLinks = { expires: new Date(expires * 1000).toISOString(), links }
  if (options.json) output.print(JSON.stringify(signed, null, 2))
  else output.print(links.map(({ url, html }) => (options.html ? html : url)).join('\n'))
  return exitCodes.fine
}

function addressesOf(address: string | undefined, file: string | undefined): readonly string[] {
  if ((address === undefined) === (file === undefined)) {
    throw new GateError('GATE_USAGE', 'name either a mail address or --people FILE, one of them')
  }
  return file === undefined ? [mustBeAddress(address as string)] : readPeople(file)
}

function readPeople(file: string): string[] {
  const { addresses, globs, problems } = parseGroupFile(file, bytesOf(file))
  const [problem] = problems
  if (problem !== undefined) {
    throw new GateError(
      'GATE_USAGE',
      `${file}:${problem.line}:${problem.column} ${problem.message}`,
    )
  }
  const [glob] = globs
  if (glob !== undefined) {
    const message = `--people ${file} has ${glob}, and a link is for one person; write mail addresses`
    throw new GateError('GATE_USAGE', message)
  }
  if (addresses.length > 0) return [...new Set(addresses)]
  throw new GateError('GATE_USAGE', `--people ${file} has no mail address; write one a line`)
}

function bytesOf(file: string): Buffer {
  try {
    return readRegularFile(file, maxFileBytes).bytes
  } catch (error) {
    const message = `--people ${file} cannot be read: ${(error as Error).message}`
    throw new GateError('GATE_USAGE', message, { cause: error })
  }
}

// A mail address may have an ampersand and an apostrophe, but neither quotes nor angle brackets; all are escaped anyway.
function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}
