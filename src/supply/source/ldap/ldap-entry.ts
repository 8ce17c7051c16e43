// What an entry says of a person: mail addresses and the version. Pure; knows nothing of connections.
import { parseAddress } from '../../../text/mail-address.ts'
import { baseName } from './attribute-names.ts'

/** As ldapts hands it over: one value as itself, several or none as a list, what is no UTF-8 as bytes. */
export type LdapEntry = Readonly<Record<string, Buffer | Buffer[] | string[] | string>> & {
  readonly dn: string
}

/** Operational ones among them must be asked for by name (RFC 4511 section 4.5.1.8). */
export const versionAttributes = ['entryCSN', 'uSNChanged', 'whenChanged', 'modifyTimestamp']

/** What an entry is known by wherever it is moved, and at whichever server: AD, RFC 4530, eDirectory, 389-DS, IBM. */
export const idAttributes = ['objectGUID', 'entryUUID', 'GUID', 'nsUniqueId', 'ibm-entryuuid']

/** Of them, those of bytes. */
export const binaryIdAttributes = ['objectGUID', 'GUID']

/** What tells the entry from all others, from run to run: its id, or its DN where the server shows none. */
export function keyOf(entry: LdapEntry): string {
  for (const attribute of idAttributes) {
    const value = valuesOf(entry, attribute)[0]
    if (value === undefined || value.length === 0) continue
    if (!binaryIdAttributes.includes(attribute)) return value.toString().toLowerCase()
    // Text when all of its bytes happen to be UTF-8 and the server spells the attribute in another way.
    return Buffer.from(value as Buffer).toString('hex')
  }
  return entry.dn
}

// These count each change; time stamps of whole seconds do not.
const counting = new Set(['entryCSN', 'uSNChanged'])

/** For so long after a change another one may bear the same time stamp. */
const quietMs = 5_000

/** Of all forms of an attribute: names have no case, and options (`;lang-de`, `;range=0-1499`) are left out of account. */
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
      // Bytes that are no UTF-8 have become U+FFFD, which parseAddress takes for a letter.
      const address = text.includes('\uFFFD') ? undefined : parseAddress(text)
      if (address !== undefined) addresses.add(address)
      else
        invalid.push(`has ${JSON.stringify(text.slice(0, 100))} in ${attribute}, no mail address`)
    }
  }
  return { addresses: [...addresses], invalid }
}

// Exchange: a scheme before each, in capitals for the main address of that scheme.
function proxyAddresses(texts: readonly string[]): string[] {
  const mails = texts.filter(text => /^smtp:/i.test(text) || !text.includes(':'))
  const isMain = (text: string) => text.startsWith('SMTP:')
  const sorted = [...mails.filter(isMain), ...mails.filter(text => !isMain(text))]
  return sorted.map(text => text.replace(/^smtp:/i, ''))
}

/** Whether its version holds for the server only that has told it: uSNChanged is each domain controller's own count. */
export function isOfOneServer(entry: LdapEntry): boolean {
  return valuesOf(entry, 'uSNChanged').length > 0
}

/**
 * Tells the version of an entry. Undefined: it has none, or has changed so lately that another change could
 * look the same. `now` is this machine's clock; as the server's may differ, what is among the newest of the
 * entries shown so far counts as changed lately too.
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

/** Generalized Time (RFC 4517 section 3.3.13). `isFine`: of less than a second. What is not time is of the far future. */
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
