// The keys of content download caching (CDHC) in a copy of fncs-sitePrefs.properties, as Java reads them. Keeps no other
// key: the file may hold more than is to be shown.
import { readPropertyEntries } from '../../ltpa/properties.ts'

export interface CdhcProperty {
  readonly name: string
  /** As Java reads it. */
  readonly value: string
  /** As written, its continued lines joined. */
  readonly raw: string
  readonly line: number
}

export interface CdhcProperties {
  readonly file: string
  /** `source`: below FNCS/configure, from where the application is deployed. `deployed`: in navigator.ear. */
  readonly copy: 'source' | 'deployed' | 'unknown'
  /** In order; a name may come twice. */
  readonly entries: readonly CdhcProperty[]
  /** All entries of the file, of any name. */
  readonly count: number
  /** UTF-16, which Java does not read as properties. */
  readonly isUtf16: boolean
}

/** Never throws. */
export function parseCdhcProperties(bytes: Buffer, file: string): CdhcProperties {
  const encoding = utf16Of(bytes)
  const text = encoding === undefined ? bytes.toString('latin1') : decode(bytes, encoding)
  const all = [...readPropertyEntries(text)]
  return {
    file,
    copy: copyOf(file),
    entries: all.filter(({ name }) => /^cdhc_/i.test(name.trim())),
    count: all.length,
    isUtf16: encoding !== undefined,
  }
}

/** The value that counts: the last one. */
export function findProperty({ entries }: CdhcProperties, name: string): CdhcProperty | undefined {
  return entries.findLast(entry => entry.name === name)
}

/** The value without the quotes and backslashes that Java does not want: what the administrator means. */
export function meantValue({ raw }: CdhcProperty): string {
  return raw
    .replace(quotes, '')
    .trim()
    .replace(/\\(?=[:=#!])/g, '')
    .replace(/^\\{2,4}(?=[^\\])/, '//')
    .replaceAll(/\\+/g, '/')
}

/** Quotes at either end, those of blogs too. They may be ISO-8859-1 readings of UTF-8. */
export const quotes = /["'“”„‘’]|\xe2\x80[\x98-\x9e]/g

function copyOf(file: string): CdhcProperties['copy'] {
  const path = file.replaceAll('\\', '/').toLowerCase()
  if (/installedapps|\.ear\//.test(path)) return 'deployed'
  return /\/configure\/|explodedformat/.test(path) ? 'source' : 'unknown'
}

function utf16Of(bytes: Buffer): 'utf-16le' | 'utf-16be' | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  return undefined
}

function decode(bytes: Buffer, encoding: string): string {
  return new TextDecoder(encoding).decode(bytes)
}
