// Reads a person from an LDAP entry: key, mail addresses and version. Pure; knows nothing of connections.
import { parseAddress } from '../../../text/mail-address.ts'
import { baseName } from './attribute-names.ts'

/** As ldapts returns it: a single value as itself, several or none as a list, values that are not UTF-8 as bytes. */
export type LdapEntry = Readonly<Record<string, Buffer | Buffer[] | string[] | string>> & {
  readonly dn: string
}

/** Some are operational, and so must be requested by name (RFC 4511 section 4.5.1.8). */
export const versionAttributes = ['entryCSN', 'uSNChanged', 'whenChanged', 'modifyTimestamp']

/** Ids that an entry keeps when it is moved, by kind of server: AD, RFC 4530, eDirectory, 389-DS, IBM. */
export const idAttributes = ['objectGUID', 'entryUUID', 'GUID', 'nsUniqueId', 'ibm-entryuuid']

/** The ids whose values are bytes. */
export const binaryIdAttributes = ['objectGUID', 'GUID']

/** Unique, and the same in every run: the entry's id, or its DN when the server shows no id. */
export function keyOf(entry: LdapEntry): string {
  for (const attribute of idAttributes) {
    const value = valuesOf(entry, attribute)[0]
    if (value === undefined || value.length === 0) continue
    if (!binaryIdAttributes.includes(attribute)) return value.toString().toLowerCase()
    // It is text when the server spells the attribute differently and all bytes happen to be UTF-8.
    return Buffer.from(value as Buffer).toString('hex')
  }
  return entry.dn
}

// These count each change; time stamps of whole seconds do not.
const counting = new Set(['entryCSN', 'uSNChanged'])

// For this long after a change, another one may get the same time stamp.
const quietMs = 5_000

/** The values of all spellings of an attribute: case and options (`;lang-de`, `;range=0-1499`) do not matter. */
export function valuesOf(entry: LdapEntry, attribute: string): (Buffer | string)[] {
  const wanted = baseName(attribute)
  return Object.entries(entry).flatMap(([name, value]) =>
    name !== 'dn' && baseName(name) === wanted ? value : [],
  )
}

/** `invalid` is worded to follow the DN. */
export function addressesOf(
  entry: LdapEntry,
  attributes: readonly string[],
): { readonly addresses: string[]; readonly invalid: string[] } {
  const addresses = new Set<string>()
  const invalid: string[] = []
  for (const attribute of attributes) {
    const texts = valuesOf(entry, attribute).map(value => value.toString().trim())
    const isProxy = baseName(attribute) === 'proxyaddresses'
    for (const text of isProxy ? proxyAddresses(texts) : texts) {
      // Bytes that are not UTF-8 have become U+FFFD, which parseAddress takes for a letter.
      const address = text.includes('\uFFFD') ? undefined : parseAddress(text)
      if (address !== undefined) addresses.add(address)
      else
        invalid.push(
          `has ${JSON.stringify(text.slice(0, 100))} in ${attribute}, which is not a mail address`,
        )
    }
  }
  return { addresses: [...addresses], invalid }
}

// Exchange writes a scheme before each address, in capitals for the main address of that scheme.
function proxyAddresses(texts: readonly string[]): string[] {
  const mails = texts.filter(text => /^smtp:/i.test(text) || !text.includes(':'))
  const isMain = (text: string) => text.startsWith('SMTP:')
  const sorted = [...mails.filter(isMain), ...mails.filter(text => !isMain(text))]
  return sorted.map(text => text.replace(/^smtp:/i, ''))
}

/** Whether the entry's version holds for one server only: each domain controller has its own count in uSNChanged. */
export function isOfOneServer(entry: LdapEntry): boolean {
  return valuesOf(entry, 'uSNChanged').length > 0
}

/**
 * Returns the version of an entry; undefined when it has none, or changed so recently that another change could look the
 * same. `now` is this machine's clock. As the server's may differ, the newest of the entries so far count as recently
 * changed too.
 */
export function buildVersions(now: () => number): (entry: LdapEntry) => string | undefined {
  let newestMs = 0
  return entry => {
    const parts = versionAttributes.flatMap(attribute => {
      const value = valuesOf(entry, attribute)[0]
      return value === undefined || value.length === 0 ? [] : [[attribute, String(value)] as const]
    })
    if (parts.length === 0) return undefined
    const version = parts.map(([attribute, value]) => `${attribute}=${value}`).join(' ')
    if (parts.some(([attribute]) => counting.has(attribute))) return version
    const stamps = parts.map(([, value]) => parseTime(value))
    if (stamps.some(({ isFine }) => isFine)) return version
    const changedMs = Math.max(...stamps.map(({ ms }) => ms))
    if (Number.isFinite(changedMs)) newestMs = Math.max(newestMs, changedMs)
    return changedMs < Math.min(now(), newestMs) - quietMs ? version : undefined
  }
}

/** Generalized Time (RFC 4517 section 3.3.13). `isFine`: has fractions of a second. Text that is not a time is infinitely late. */
function parseTime(text: string): { ms: number; isFine: boolean } {
  const parts =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(?:(\d\d)(\d\d)?)?(?:[.,](\d+))?(?:Z|([+-])(\d\d)(\d\d)?)$/.exec(
      text,
    )
  if (parts === null) return { ms: Number.POSITIVE_INFINITY, isFine: false }
  const [year, month, day, hour, minute = 0, second = 0] = parts
    .slice(1, 7)
    .map(part => Number(part ?? 0))
  const zone = (Number(parts[9] ?? 0) * 60 + Number(parts[10] ?? 0)) * (parts[8] === '-' ? -1 : 1)
  const ms = Date.UTC(year as number, (month as number) - 1, day, hour, minute - zone, second)
  return { ms, isFine: Number(parts[7] ?? 0) > 0 }
}
