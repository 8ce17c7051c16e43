// From a configuration's text to settings: defaults, other files, and checks that need more than one key. Goes on after a
// problem, so that one run finds all of them.
import { opendirSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { readRegularFile } from '../disk/regular-file.ts'
import type { NetworkRange } from '../policy/network-set.ts'
import { buildNetworkSet, coversFamily, parseNetwork } from '../policy/network-set.ts'
import { buildAdmin } from './admin/build.ts'
import { buildCanaries } from './build-budget.ts'
import { buildPolicy } from './build-policy.ts'
import { buildTimeouts } from './build-timeouts.ts'
import type { Findings } from './document/findings.ts'
import { formatPath } from './document/problem.ts'
import type { Keys } from './document/yaml-nodes.ts'
import { buildLedger } from './ledger/build.ts'
import { buildLinks } from './links/build.ts'
import { buildListen, buildProvenFronts } from './listen/build.ts'
import { isNetworkEntry } from './listen/formats.ts'
import { presentOf } from './lists.ts'
import { buildLog } from './log/build.ts'
import { buildLtpa } from './ltpa/build.ts'
import { parseNetworkFile } from './network-file.ts'
import { readGroups } from './read-groups.ts'
import { defaultOf } from './schema/parts.ts'
import type { ConfigText } from './schema/schema.ts'
import { configSchema, photos as photosSchema } from './schema/schema.ts'
import type { Settings } from './settings.ts'
import { buildSupply } from './supply/build.ts'
import { parseDuration, parseSize } from './units.ts'

/** Settings that the command line overrides. */
export interface Overrides {
  readonly photos?: string
  readonly host?: string
  readonly port?: number
}

export interface BuildInput {
  /** As read. Values that the schema refused (see `findings`) are ignored. */
  readonly value: unknown
  readonly overrides: Overrides
  /** The directory that relative paths start from. */
  readonly base: string
  /** Gets the absolute paths of all further files. */
  readonly files: string[]
  readonly findings: Findings
  readonly nowMs: number
  /** Whether the photo directory must be there; `readable`: and can be listed by this user. */
  readonly needsPhotos: boolean | 'readable'
  /** As of LoadOptions. */
  readonly photosHang: (folder: string) => boolean
  /** As of LoadOptions. */
  readonly looksAtSources: boolean
}

// About three million networks.
const maxNetworkBytes = 64 * 1024 * 1024

/** Usable only when `findings` has no problems afterwards. */
export function buildSettings(input: BuildInput): Settings {
  const { findings, files, overrides, base } = input
  const refused = new Set(findings.problems.map(({ path }) => path))
  const kept = withoutRefused(input.value, refused)
  const config = (isMapping(kept) ? kept : {}) as ConfigText
  const proxies = presentOf(config.proxies ?? [])
    .filter(isNetworkEntry)
    .map(parseNetwork)
  const listen = buildListen(input, config.listen, overrides)
  if (coversFamily(proxies)) {
    findings.refuse(
      ['proxies'],
      'trusts every address there is, so that anyone could name any client; list the fronts only',
    )
  }
  const networks = readNetworks(input, config)
  const groups = readGroups(input, config)
  const {
    directory = defaultOf(photosSchema, 'directory'),
    missing = defaultOf(photosSchema, 'missing'),
    maxAge = defaultOf(photosSchema, 'maxAge'),
    cache = defaultOf(photosSchema, 'cache'),
  } = config.photos ?? {}
  const {
    clientHeader = defaultOf(configSchema, 'clientHeader'),
    allow = defaultOf(configSchema, 'allow'),
    otherwise = defaultOf(configSchema, 'otherwise'),
  } = config
  const photos =
    overrides.photos === undefined ? resolve(base, directory) : resolve(overrides.photos)
  const needsPhotos = input.photosHang(photos) ? false : input.needsPhotos
  if (needsPhotos && !isDirectory(photos) && !refused.has('photos.directory')) {
    const message = `${photos} is not a directory; create it, or name another here or with --photos`
    findings.refuse(['photos', 'directory'], message)
  } else if (needsPhotos === 'readable') {
    const reason = whyUnreadable(photos)
    if (reason !== undefined) findings.refuse(['photos', 'directory'], reason)
  }
  const ltpa = config.ltpa === undefined ? undefined : buildLtpa(input, config.ltpa)
  const links = config.links === undefined ? undefined : buildLinks(input, config.links)
  const policy = buildPolicy({ allow, networks, groups, proxies, ltpa, links, findings })
  const isCounting = policy.rules.some(({ budget, alarm }) => (budget ?? alarm) !== undefined)
  return {
    listen,
    proxies: proxies.length > 0 ? buildNetworkSet(proxies) : undefined,
    provenFronts: buildProvenFronts(findings, config, listen),
    clientHeader,
    timeouts: buildTimeouts(config.timeouts, findings),
    photos: {
      directory: photos,
      missing,
      maxAgeSeconds: parseDuration(maxAge) as number,
      cacheBytes: parseSize(cache) as number,
    },
    ltpa,
    links,
    canaries: buildCanaries(config, policy, findings),
    ledger: config.ledger && buildLedger(input, config.ledger, { isCounting }),
    policy,
    otherwise,
    supply: config.supply && buildSupply({ ...input, photos }, config.supply),
    log: buildLog(input, config.log ?? {}),
    admin: config.admin && buildAdmin(input, config.admin, listen),
    shadow: undefined,
    files,
  }
}

function readNetworks({ base, files, findings }: BuildInput, config: ConfigText) {
  const networks = new Map<string, NetworkRange[]>()
  for (const [name, value] of Object.entries(config.networks ?? {})) {
    if (typeof value !== 'object' || Array.isArray(value)) {
      networks.set(name, presentOf(value as string | string[]).map(parseNetwork))
      continue
    }
    networks.set(name, [])
    const { file } = value as { file?: string }
    if (file === undefined) continue // Refused already.
    const path = resolve(base, file)
    files.push(path)
    try {
      const { ranges, problems } = parseNetworkFile(
        file,
        readRegularFile(path, maxNetworkBytes).bytes,
      )
      networks.set(name, ranges)
      findings.problems.push(...problems)
      if (ranges.length === 0 && problems.length === 0) {
        const message = `${path} lists no network`
        findings.warn(['networks', name, 'file'], message, 'GATE_CONFIG_NO_NETWORK')
      }
    } catch (error) {
      const message = `cannot be read: ${(error as Error).message}`
      findings.refuse(['networks', name, 'file'], message, 'GATE_CONFIG_UNREADABLE')
    }
  }
  return networks
}

// Refused values become undefined and keep their place, so that everything else is still checked. A refused network or
// group becomes an empty one: its name is known.
function withoutRefused(value: unknown, refused: ReadonlySet<string>, keys: Keys = []): unknown {
  const [top, name] = keys
  // The whole is never refused. An unknown key may have an empty name, and then has the path of the whole.
  if (keys.length > 0 && refused.has(formatPath(keys))) {
    if (name === undefined || keys.length !== 2) return undefined
    return top === 'networks' ? [] : top === 'groups' ? {} : undefined
  }
  if (Array.isArray(value)) {
    return value.map((item, at) => withoutRefused(item, refused, [...keys, at]))
  }
  if (!isMapping(value)) return value
  const entries = Object.entries(value).map(([key, item]): [string, unknown] => [
    key,
    withoutRefused(item, refused, [...keys, key]),
  ])
  return Object.fromEntries(entries.filter(([, item]) => item !== undefined))
}

function isMapping(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

// Why no file of the directory could be served, worded to follow the key.
function whyUnreadable(directory: string): string | undefined {
  try {
    opendirSync(directory).closeSync()
    statSync(`${directory}/.`) // Entering it is another right than listing it.
    return undefined
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code !== 'EACCES' && code !== 'EPERM') return `${directory} cannot be read: ${message}`
    return `${directory} cannot be read by this user; give the user that serves the right to list and enter it (r and x)`
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}
