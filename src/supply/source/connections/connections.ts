// Photos from HCL Connections, fetched one by one from Profiles' photo.do. Connections has no list of its people, so a
// people file names them. People without a photo, or who hide it, have a grey image there, which must not be imported.
import { createHash, randomBytes } from 'node:crypto'
import { basename } from 'node:path'
import type { ConnectionsSettings } from '../../../config/supply/settings.ts'
import { readRegularFile } from '../../../disk/regular-file.ts'
import type { People } from '../people/people-file.ts'
import { uidKey } from '../people/people-file.ts'
import type { Fetched, Listed, ListedProblem, Source } from '../source.ts'
import { maxOriginalBytes, SourceError } from '../source.ts'
import { readPassword } from '../source-password.ts'
import type { Ask } from './connections-sign-in.ts'
import { buildAsk } from './connections-sign-in.ts'
import { conditionsOf, versionOf } from './http-version.ts'
import type { HttpAnswer, RetryPolicy } from './retrying-http.ts'
import { buildRetryingHttp, defaultRetryPolicy } from './retrying-http.ts'

/**
 * Opens the source: signs in, and learns the grey image.
 * @throws SourceError
 */
export async function openConnections(
  settings: ConnectionsSettings,
  people: People,
  retryPolicy: Partial<RetryPolicy> = {},
): Promise<Source> {
  const { url, caFile, parallel } = settings
  const whole = { ...defaultRetryPolicy, ...retryPolicy }
  const troubles: ListedProblem[] = []
  const password = readPassword(settings.passwordFile, troubles)
  const configured = readGreyImage(settings)
  // Photos imported before greyImage was configured are fetched again: they may be the grey image.
  const mark = configured === undefined ? '' : `not ${configured.slice(0, 16)} `
  const http = await buildRetryingHttp({ url, caFile, parallel, retryPolicy: whole })
  try {
    const ask = buildAsk(settings, password, http)
    const grey = await learnGrey(settings, { ask, configured, now: whole.now })
    return {
      parallel,
      close: () => http.close(),
      list: async function* () {
        yield* troubles
        yield* listPeople(settings, people)
      },
      fetch: async ({ key }, version) => {
        const known = version?.startsWith(mark) ? version.slice(mark.length) : undefined
        const isByDate = known?.startsWith('date ') === true
        const condition = isByDate && !grey.isDateTrusted ? undefined : known
        const answer = await ask(pathOf(settings, key), conditionsOf(condition))
        return fetchedOf(answer, {
          key,
          settings,
          grey,
          isConditional: condition !== undefined,
          mark,
          now: whole.now,
        })
      },
    }
  } catch (error) {
    await http.close()
    throw error
  }
}

function readGreyImage({ greyImage }: ConnectionsSettings): string | undefined {
  if (greyImage === undefined) return undefined
  try {
    return digest(readRegularFile(greyImage, maxOriginalBytes).bytes)
  } catch (error) {
    const message = `greyImage cannot be read: ${(error as Error).message}`
    throw new SourceError('source', message, { cause: error })
  }
}

function* listPeople(
  { lookup, peopleFile }: ConnectionsSettings,
  { persons, problems }: People,
): Generator<Listed> {
  for (const { where, reason } of problems) yield { kind: 'trouble', where, reason }
  const rows = new Map<string, { key: string; addresses: readonly string[] }>()
  for (const { uid, addresses, line } of persons) {
    const where = `${basename(peopleFile)}:${line}`
    const key = lookup === 'uid' ? uid : addresses[0]
    if (key === undefined || key === '' || addresses.length === 0) {
      const lacking = addresses.length === 0 ? 'address' : 'uid, which lookup: uid needs'
      yield { kind: 'trouble', where, reason: `has no ${lacking}` }
      continue
    }
    // The server makes no difference between uids that differ in case.
    const id = lookup === 'uid' ? uidKey(key) : key
    const before = rows.get(id)
    if (before === undefined) {
      rows.set(id, { key, addresses })
      continue
    }
    // Two rows share one photo: only the addresses in both rows surely belong to it.
    rows.set(id, { key, addresses: before.addresses.filter(one => addresses.includes(one)) })
    const reason = `has ${key} again; only addresses that all of its lines have are taken`
    yield { kind: 'trouble', where, reason }
  }
  for (const { key, addresses } of rows.values()) {
    if (addresses.length === 0) continue
    yield { kind: 'person', person: { key, addresses, photo: 'present', version: undefined } }
  }
}

function pathOf({ url, lookup }: ConnectionsSettings, key: string): string {
  return `${new URL(url).pathname.replace(/\/$/, '')}/photo.do?${lookup}=${encodeURIComponent(key)}`
}

interface Grey {
  readonly digests: ReadonlySet<string>
  /** False: If-Modified-Since gets 304 even when the grey image, which is older, has replaced the photo. */
  readonly isDateTrusted: boolean
}

/** Learns the grey image by asking for a person who cannot exist. */
async function learnGrey(
  settings: ConnectionsSettings,
  { ask, configured, now }: { ask: Ask; configured: string | undefined; now: () => number },
): Promise<Grey> {
  const nobody = `nobody-${randomBytes(12).toString('hex')}`
  const path = pathOf(settings, settings.lookup === 'uid' ? nobody : `${nobody}@photogate.invalid`)
  const answer = await ask(path, {})
  if (answer.status === 403) {
    const message = `${settings.url} does not let ${settings.user} see photos (status 403); give that user the reader role of Profiles`
    throw new SourceError('source', message)
  }
  const digests = new Set(configured === undefined ? [] : [configured])
  if (answer.status !== 200) return { digests, isDateTrusted: digests.size === 0 }
  digests.add(digest(answer.body))
  const again = await ask(path, { 'if-modified-since': new Date(now()).toUTCString() })
  return { digests, isDateTrusted: again.status !== 304 }
}

// IANA's names of the codings in use.
const codings = /^(?:x-)?(?:gzip|compress|deflate|br|zstd)$/i

function fetchedOf(
  answer: HttpAnswer,
  options: {
    readonly key: string
    readonly settings: ConnectionsSettings
    readonly grey: Grey
    readonly isConditional: boolean
    /** The prefix of all versions. */
    readonly mark: string
    readonly now: () => number
  },
): Fetched {
  const { key, settings, grey, isConditional, mark, now } = options
  const { status, headers, body } = answer
  const refuse = (reason: string) =>
    new SourceError('person', `${settings.url} ${reason} for ${key}`)
  if (status === 404 || status === 410) return { kind: 'absent' }
  if (status === 304 && isConditional) return { kind: 'unchanged' }
  if (status !== 200) throw refuse(`answers with status ${status}`)
  const coding = String(headers['content-encoding'] ?? 'identity')
  if (coding !== 'identity') {
    // An unknown value is not repeated: it may hold what the import sent.
    const known = codings.test(coding)
    throw refuse(
      `answers in ${known ? `content-encoding ${coding}` : 'an unknown content-encoding'}`,
    )
  }
  if (grey.digests.has(digest(body))) return { kind: 'absent' }
  if (body.length === 0) throw refuse('answers with an empty body')
  const version = versionOf(answer, now)
  return { kind: 'photo', bytes: body, ...(version !== undefined && { version: mark + version }) }
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
