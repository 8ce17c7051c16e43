// People and photos from an LDAP directory, such as Active Directory.
import type { Filter } from 'ldapts'
import type { LdapSettings } from '../../../config/supply/settings.ts'
import { loadAuthorities } from '../certificates.ts'
import type { Fetched, Listed, ListedProblem, Person, Source } from '../source.ts'
import { maxOriginalBytes, SourceError } from '../source.ts'
import { readPassword } from '../source-password.ts'
import { baseName, requestName } from './attribute-names.ts'
import type { Page, PageRequest } from './ldap-connection.ts'
import { connectLdap } from './ldap-connection.ts'
import type { LdapEntry } from './ldap-entry.ts'
import {
  addressesOf,
  buildVersions,
  idAttributes,
  isOfOneServer,
  keyOf,
  valuesOf,
  versionAttributes,
} from './ldap-entry.ts'
import { resultCodeOf, resultCodes } from './ldap-error-text.ts'
import { tidyFilter } from './ldap-filter.ts'
import type { LdapLink } from './ldap-link.ts'
import { buildLink } from './ldap-link.ts'
import { isDomainPartition } from './ldap-referral.ts'

export interface LdapOptions {
  readonly connectMs?: number
  /** The longest wait for one answer: a page, or a photo. */
  readonly operationMs?: number
  readonly now?: () => number
  /** Ends connections that are being made, when nobody waits for them any more. */
  readonly signal?: AbortSignal
}

/** The keys of people with a photo; or what is known of everybody's photo. */
type PhotoHolders = ReadonlySet<string> | 'present' | 'unknown'

// Result codes of servers that cannot search for people with a photo, because the attribute is not indexed or unknown.
const unsearchable: readonly (number | undefined)[] = [
  resultCodes.timeLimitExceeded,
  resultCodes.adminLimitExceeded,
  resultCodes.noSuchAttribute,
  resultCodes.undefinedAttributeType,
  resultCodes.inappropriateMatching,
  resultCodes.unwillingToPerform,
]

/**
 * Resolves when the source is connected and bound.
 * @throws SourceError
 */
export async function openLdap(settings: LdapSettings, options: LdapOptions = {}): Promise<Source> {
  const { connectMs = 15_000, operationMs = 60_000, now = Date.now, signal } = options
  const troubles: ListedProblem[] = []
  const password =
    settings.passwordFile === undefined ? undefined : readPassword(settings.passwordFile, troubles)
  const authorities = settings.caFile === undefined ? undefined : loadAuthorities(settings.caFile)
  const filters = await buildFilters(settings)
  // Another choice of attributes may mean another photo of an entry that has not changed.
  const mark = `${settings.photo.join()} `
  const link = buildLink(settings, () =>
    connectLdap(settings, { password, authorities, connectMs, operationMs, signal }),
  )
  await link.ask(async () => undefined)
  // From the last listing.
  let having: PhotoHolders = 'unknown'
  // By key: the values after the first.
  const others = new Map<string, readonly Buffer[]>()

  return {
    parallel: 8,
    close: link.close,
    fetch: async (person, known) => {
      if (known !== undefined && known === person.version) return { kind: 'unchanged' }
      const [bytes, ...rest] = await readPhotos({ settings, link }, person)
      if (rest.length > 0) others.set(person.key, rest)
      return bytes === undefined ? absence(person, settings, having) : { kind: 'photo', bytes }
    },
    fetchOthers: async ({ key }) => {
      const found = others.get(key) ?? []
      others.delete(key)
      return found
    },
    list: async function* () {
      yield* troubles
      const versionOf = buildVersions(now)
      having = await findPhotoHolders(link.pages(filters.having), versionOf)
      if (typeof having === 'string') yield holdersProblem(settings, having)
      const referrals = new Set<string>()
      const seen = new Set<string>()
      for await (const page of link.pages(filters.people)) {
        for (const url of page.referrals) if (!isDomainPartition(url)) referrals.add(url)
        for (const entry of page.entries) {
          // A server may list an entry again when it changes during the search.
          const key = keyOf(entry)
          if (seen.has(key)) continue
          seen.add(key)
          const told = versionOf(entry)
          const server = isOfOneServer(entry) && page.server !== '' ? `${page.server} ` : ''
          const version = told && `${mark}${server}${told}`
          yield* listedOf(entry, { settings, having, key, version })
        }
      }
      if (referrals.size > 0) yield referralProblem(settings, [...referrals])
    },
  }
}

async function buildFilters({ filter: text, mail, photo }: LdapSettings) {
  const { FilterParser, AndFilter, OrFilter, PresenceFilter } = await import('ldapts')
  const tidied = tidyFilter(text)
  if ('refusal' in tidied) throw new SourceError('source', `filter ${text} ${tidied.refusal}`)
  let filter: Filter
  try {
    filter = FilterParser.parseString(tidied.filter)
  } catch (error) {
    const message = `filter ${text} cannot be parsed: ${(error as Error).message.slice(0, 200)}`
    throw new SourceError('source', message, { cause: error })
  }
  const anyPhoto = new OrFilter({
    filters: photo.map(name => new PresenceFilter({ attribute: requestName(name) })),
  })
  const people: PageRequest = {
    filter,
    attributes: [...mail.map(requestName), ...idAttributes, ...versionAttributes],
  }
  const having: PageRequest = {
    filter: new AndFilter({ filters: [filter, anyPhoto] }),
    attributes: [...idAttributes, ...versionAttributes],
  }
  return { people, having }
}

async function findPhotoHolders(
  pages: AsyncIterable<Page>,
  versionOf: (entry: LdapEntry) => unknown,
): Promise<PhotoHolders> {
  const having = new Set<string>()
  try {
    for await (const { entries } of pages) {
      for (const entry of entries) {
        having.add(keyOf(entry))
        // Shows it all time stamps first: it must know the newest before its answers count.
        versionOf(entry)
      }
    }
  } catch (error) {
    if (unsearchable.includes(resultCodeOf((error as SourceError).cause))) return 'present'
    throw error
  }
  // Not "nobody has a photo": a misspelt attribute, or a lost right to read it, must not remove all photos.
  return having.size === 0 ? 'unknown' : having
}

function holdersProblem({ photo, bind, base }: LdapSettings, having: 'present' | 'unknown') {
  const names = photo.join(', ')
  const reason =
    having === 'present'
      ? `cannot be searched for people with a photo in ${names}, so every person's photo is requested; have those attributes indexed`
      : `shows nobody with a photo in ${names}; check photo, and what ${bind ?? 'an anonymous user'} may read`
  return { kind: 'trouble', where: base, reason } as const
}

function referralProblem({ base }: LdapSettings, urls: readonly string[]) {
  const few = urls.slice(0, 3).join(', ')
  const reason = `refers to ${urls.length} other places, which were not searched (${few}${urls.length > 3 ? ', …' : ''}); people there need a source of their own`
  return { kind: 'trouble', where: base, reason } as const
}

function* listedOf(
  entry: LdapEntry,
  options: {
    settings: LdapSettings
    having: PhotoHolders
    key: string
    version: string | undefined
  },
): Generator<Listed> {
  const { settings, having, key, version } = options
  const { addresses, invalid } = addressesOf(entry, settings.mail)
  for (const reason of invalid) yield { kind: 'trouble', where: entry.dn, reason }
  const hasPhoto = typeof having !== 'string' && having.has(key)
  if (addresses.length > 0) {
    const photo = typeof having === 'string' ? having : hasPhoto ? 'present' : 'absent'
    yield { kind: 'person', person: { key, label: entry.dn, addresses, photo, version } }
  } else if (hasPhoto) {
    const reason = `has a photo, but no mail address in ${settings.mail.join(', ')}`
    yield { kind: 'trouble', where: entry.dn, reason }
  }
}

/** In the order of the attributes. */
async function readPhotos(
  { settings, link }: { settings: LdapSettings; link: LdapLink },
  person: Person,
): Promise<readonly Buffer[]> {
  const dn = person.label ?? person.key
  const entry = await readEntry(link, dn, settings.photo.map(requestName))
  const values = settings.photo.flatMap(attribute => valuesOf(entry, attribute))
  // A value is text when the server spells the attribute differently and all bytes happen to be UTF-8. Copied, because
  // ldapts' values are parts of the larger buffer of the answer.
  const all = values.flatMap(value => (value.length > 0 ? [Buffer.from(value as Buffer)] : []))
  const photos = all.filter(({ length }) => length <= maxOriginalBytes)
  if (photos.length > 0 || all[0] === undefined) return photos
  const size = `a photo of ${all[0].length} bytes, more than ${maxOriginalBytes}`
  throw new SourceError('person', `${dn} has ${size}`)
}

/** Interprets an entry that shows no photo. @throws SourceError of the person when the entry was found by its photo. */
function absence(person: Person, { photo, bind }: LdapSettings, having: PhotoHolders): Fetched {
  // The server was not searched for photos, so it may have one that it does not show.
  if (typeof having === 'string') return { kind: 'absent', isHidden: true }
  if (!having.has(person.key)) return { kind: 'absent' }
  // Found by the photo, but it shows none: not a reason to remove an imported one.
  const names = photo.map(baseName).join(', ')
  const reason = `was found by its ${names}, but does not show it; may ${bind ?? 'an anonymous user'} read it?`
  throw new SourceError('person', `${person.label ?? person.key} ${reason}`)
}

async function readEntry(
  link: LdapLink,
  dn: string,
  attributes: readonly string[],
): Promise<LdapEntry> {
  const gone = `${dn} is not there any more, or may not be read`
  try {
    const entry = await link.ask(connection => connection.read(dn, attributes))
    if (entry !== undefined) return entry
  } catch (error) {
    const code = resultCodeOf((error as SourceError).cause)
    const isOfPerson =
      code === resultCodes.noSuchObject ||
      code === resultCodes.insufficientAccessRights ||
      code === resultCodes.invalidDNSyntax
    if (!isOfPerson) throw error
    throw new SourceError('person', gone, { cause: error })
  }
  throw new SourceError('person', gone)
}
