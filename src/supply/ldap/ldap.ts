// People and photos of an LDAP directory, Active Directory among them.
import type { Filter } from 'ldapts'
import type { LdapSettings } from '../../config/supply-settings.ts'
import type { Fetched, Listed, Person, Source } from '../source.ts'
import { maxOriginalBytes, SourceError } from '../source.ts'
import { readPassword } from '../source-password.ts'
import { loadAuthorities } from '../trust.ts'
import { resultCodeOf, resultCodes } from './ldap-complaint.ts'
import type { Page, PageRequest } from './ldap-connection.ts'
import { connectLdap } from './ldap-connection.ts'
import type { Entry } from './ldap-entry.ts'
import { addressesOf, buildVersions, valuesOf, versionAttributes } from './ldap-entry.ts'
import { tidyFilter } from './ldap-filter.ts'
import type { LdapLink } from './ldap-link.ts'
import { buildLink } from './ldap-link.ts'

export interface LdapOptions {
  readonly connectMs?: number
  /** Longest wait for one answer: a page, or a photo. */
  readonly operationMs?: number
  readonly now?: () => number
}

type Trouble = Extract<Listed, { kind: 'trouble' }>

/** Whose DN is in it has a photo; `present`, `unknown`: of everybody. */
type Having = ReadonlySet<string> | 'present' | 'unknown'

// Answers of servers that do not search for who has a photo, as it is not indexed or not known there.
const unsearchable: readonly (number | undefined)[] = [
  resultCodes.timeLimitExceeded,
  resultCodes.adminLimitExceeded,
  resultCodes.noSuchAttribute,
  resultCodes.undefinedAttributeType,
  resultCodes.inappropriateMatching,
  resultCodes.unwillingToPerform,
]

/**
 * Connected and bound.
 * @throws SourceError
 */
export async function openLdap(settings: LdapSettings, options: LdapOptions = {}): Promise<Source> {
  const { connectMs = 15_000, operationMs = 60_000, now = Date.now } = options
  const troubles: Trouble[] = []
  const password =
    settings.passwordFile === undefined ? undefined : readPassword(settings.passwordFile, troubles)
  const authorities = settings.caFile === undefined ? undefined : loadAuthorities(settings.caFile)
  const filters = await buildFilters(settings)
  // Another choice of attributes may mean another photo of an entry that has not changed.
  const mark = `${settings.photo.join()} `
  const link = buildLink(settings, () =>
    connectLdap(settings, { password, authorities, connectMs, operationMs }),
  )
  await link.ask(async () => undefined)

  return {
    parallel: 8,
    close: link.close,
    fetch: (person, known) => fetchPhoto({ settings, link }, person, known),
    list: async function* () {
      yield* troubles
      const versionOf = buildVersions(now)
      const having = await findHaving(link.pages(filters.having), versionOf)
      if (typeof having === 'string') yield havingTrouble(settings, having)
      const referrals = new Set<string>()
      const seen = new Set<string>()
      for await (const page of link.pages(filters.people)) {
        for (const url of page.referrals) referrals.add(url)
        for (const entry of page.entries) {
          // A server in the midst of changes may list an entry again.
          if (seen.has(entry.dn)) continue
          seen.add(entry.dn)
          const version = versionOf(entry)
          yield* listedOf(entry, { settings, having, version: version && `${mark}${version}` })
        }
      }
      if (referrals.size > 0) yield referralTrouble(settings, [...referrals])
    },
  }
}

async function buildFilters({ filter: text, mail, photo }: LdapSettings) {
  const { FilterParser, AndFilter, OrFilter, PresenceFilter } = await import('ldapts')
  const tidied = tidyFilter(text)
  if ('complaint' in tidied) throw new SourceError('source', `filter ${text} ${tidied.complaint}`)
  let filter: Filter
  try {
    filter = FilterParser.parseString(tidied.filter)
  } catch (error) {
    const message = `filter ${text} is not understood: ${(error as Error).message.slice(0, 200)}`
    throw new SourceError('source', message, { cause: error })
  }
  const anyPhoto = new OrFilter({
    filters: photo.map(name => new PresenceFilter({ attribute: name.replace(/;.*/s, '') })),
  })
  const people: PageRequest = { filter, attributes: [...mail, ...versionAttributes] }
  const having: PageRequest = {
    filter: new AndFilter({ filters: [filter, anyPhoto] }),
    attributes: versionAttributes,
  }
  return { people, having }
}

async function findHaving(
  pages: AsyncIterable<Page>,
  versionOf: (entry: Entry) => unknown,
): Promise<Having> {
  const having = new Set<string>()
  try {
    for await (const { entries } of pages) {
      for (const entry of entries) {
        having.add(entry.dn)
        // So that it knows the newest of all before it is asked in earnest.
        versionOf(entry)
      }
    }
  } catch (error) {
    if (unsearchable.includes(resultCodeOf((error as SourceError).cause))) return 'present'
    throw error
  }
  // Rather than remove all photos over a misspelt attribute, or one that may not be read any more.
  return having.size === 0 ? 'unknown' : having
}

function havingTrouble({ photo, bind, base }: LdapSettings, having: 'present' | 'unknown') {
  const names = photo.join(', ')
  const reason =
    having === 'present'
      ? `cannot be searched for who has a photo in ${names}, so everybody's is asked for; have an index made of those`
      : `shows nobody with a photo in ${names}; check photo, and what ${bind ?? 'anybody'} may read`
  return { kind: 'trouble', where: base, reason } as const
}

function referralTrouble({ base }: LdapSettings, urls: readonly string[]) {
  const few = urls.slice(0, 3).join(', ')
  const reason = `refers to ${urls.length} other places, which were not searched (${few}${urls.length > 3 ? ', …' : ''}); people there need a source of their own`
  return { kind: 'trouble', where: base, reason } as const
}

function* listedOf(
  entry: Entry,
  options: { settings: LdapSettings; having: Having; version: string | undefined },
): Generator<Listed> {
  const { settings, having, version } = options
  const { addresses, invalid } = addressesOf(entry, settings.mail)
  for (const reason of invalid) yield { kind: 'trouble', where: entry.dn, reason }
  const hasPhoto = typeof having !== 'string' && having.has(entry.dn)
  if (addresses.length > 0) {
    const photo = typeof having === 'string' ? having : hasPhoto ? 'present' : 'absent'
    yield { kind: 'person', person: { key: entry.dn, addresses, photo, version } }
  } else if (hasPhoto) {
    const reason = `has a photo, and no mail address in ${settings.mail.join(', ')}`
    yield { kind: 'trouble', where: entry.dn, reason }
  }
}

async function fetchPhoto(
  { settings, link }: { settings: LdapSettings; link: LdapLink },
  person: Person,
  known: string | undefined,
): Promise<Fetched> {
  if (known !== undefined && known === person.version) return { kind: 'unchanged' }
  const entry = await readEntry(link, person.key, settings.photo)
  const value = settings.photo
    .map(attribute => valuesOf(entry, attribute).find(value => value.length > 0))
    .find(value => value !== undefined)
  if (value === undefined) return { kind: 'absent' }
  // Text when the server spells the attribute in another way and all bytes happen to be UTF-8. A copy, as
  // ldapts' are parts of the larger buffer that the answer came in.
  const bytes = Buffer.from(value as Buffer)
  if (bytes.length > maxOriginalBytes) {
    throw new SourceError('person', `${person.key} has a photo of ${bytes.length} bytes`)
  }
  return { kind: 'photo', bytes }
}

async function readEntry(
  link: LdapLink,
  dn: string,
  attributes: readonly string[],
): Promise<Entry> {
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
