// Options that `link` and `pass` share: the lifetime, the photo host, and the secrets of the configuration.
import type { Settings } from '../config/settings.ts'
import { parseDuration } from '../config/units.ts'
import { GateError } from '../error.ts'
import type { LinkKeys } from '../evidence/link-keys.ts'
import { buildLinkKeys } from '../evidence/link-keys.ts'
import { parseBaseUrl } from '../snippet/photo-url.ts'
import type { ConfigChoice } from './config-file.ts'
import { loadSettings } from './load-settings.ts'
import type { Output } from './output.ts'

const standInUrl = 'https://photos.acme.example'
const daySeconds = 86_400

export interface Lifetime {
  /** Such as `link`. */
  readonly noun: string
  readonly maxDays: number
  readonly example: string
}

/** Seconds. @throws GateError GATE_USAGE */
export function readLifetime(
  text: string | undefined,
  { noun, maxDays, example }: Lifetime,
): number {
  if (text === undefined) {
    throw new GateError('GATE_USAGE', `say how long the ${noun} counts; write --for ${example}`)
  }
  const seconds = parseDuration(text)
  if (seconds !== undefined && seconds >= 1 && seconds <= maxDays * daySeconds) return seconds
  const message = `--for ${JSON.stringify(text)} is not 1s to ${maxDays}d; write ${example}`
  throw new GateError('GATE_USAGE', message)
}

/** The photo host's URL; without `--url` one that stands for it. @throws GateError GATE_USAGE */
export function readBaseUrl(text = standInUrl): URL {
  const url = parseBaseUrl(text)
  if (url !== undefined) return url
  throw new GateError(
    'GATE_USAGE',
    `--url "${text}" is not the URL of a host alone; write one like https://photos.acme.example`,
  )
}

export interface Signing {
  readonly settings: Settings
  readonly keys: LinkKeys
}

/**
 * Undefined when the configuration has problems, which are printed. Notes a host that only stands for the real one.
 * @throws GateError GATE_CONFIG without a secret.
 */
export function openSigning(
  options: Pick<ConfigChoice, 'config'> & { readonly url?: string },
  output: Output,
): Signing | undefined {
  const settings = loadSettings(options, output, { needsPhotos: false })
  if (settings === undefined) return undefined
  const { links } = settings
  if (links === undefined) {
    const message =
      'the configuration has no secret to sign with; make one with openssl rand -base64 32 > link.secret, and add links: { secrets: [link.secret] }'
    throw new GateError('GATE_CONFIG', message)
  }
  if (options.url === undefined) {
    output.note(`note: without --url, ${standInUrl} stands for the real one`)
  }
  return { settings, keys: buildLinkKeys(links.secrets) }
}
