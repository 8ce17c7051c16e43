// The formats of texts in the configuration: whether a text has its format, and otherwise what to write.
import Format from 'typebox/format'
import { cookieNamePattern, parseCookiePattern } from '../../policy/cookie-pattern.ts'
import { parseNetwork } from '../../policy/network-set.ts'
import { parseAddress } from '../../text/mail-address.ts'
import { adminMistakeFinders } from '../admin/formats.ts'
import { adviseDuration, adviseSize } from '../amount-advice.ts'
import { ledgerMistakeFinders } from '../ledger/formats.ts'
import { findProxyMistake, isNetworkEntry, listenMistakeFinders } from '../listen/formats.ts'
import { maxPort } from '../listen/schema.ts'
import { supplyMistakeFinders } from '../supply/formats.ts'
import { parseDuration, parseInstant, parseSize } from '../units.ts'

/** Why a text does not have the format, worded to follow the text; undefined when it has. */
const mistakeFinders: Record<string, (text: string) => string | undefined> = {
  network: text =>
    /[\u2010-\u2015\u2212]/.test(text)
      ? 'has a long dash; write - in its place'
      : messageOf(() => parseNetwork(text)),
  'network-or-name': text => (namePattern.test(text) ? undefined : mistakeFinders.network?.(text)),
  cookie: text => messageOf(() => parseCookiePattern(text)),
  'photo-glob': findPhotoGlobMistake,
  'mail-address': text =>
    parseAddress(text) === undefined
      ? 'is not a mail address; write one like joe@acme.example'
      : undefined,
  size: text =>
    parseSize(text) === undefined ? `is not a size; write ${adviseSize(text)}` : undefined,
  duration: text =>
    parseDuration(text) === undefined
      ? `is not a duration; write ${adviseDuration(text)}`
      : undefined,
  instant: text =>
    parseInstant(text) === undefined
      ? 'is not a point in time; write 2027-03-01T00:00:00Z'
      : undefined,
  'cookie-name': text =>
    cookieNamePattern.test(text) ? undefined : 'is not a cookie name; write LtpaToken2',
  redirect: findRedirectMistake,
  // For `port: "${PORT}"`: what comes from the environment is text.
  port: text =>
    /^\d{1,5}$/.test(text) && Number(text) <= maxPort
      ? undefined
      : `is not a port; write 0 to ${maxPort}`,
  name: text =>
    namePattern.test(text)
      ? undefined
      : 'is not a name; begin with a letter, go on with letters, digits, - and _',
  'group-name': text =>
    text.startsWith('!')
      ? `begins with !; write { notGroup: ${text.slice(1)} } to hide a group`
      : mistakeFinders.name?.(text),
  proxy: text =>
    findProxyMistake(text) ?? (isNetworkEntry(text) ? mistakeFinders.network?.(text) : undefined),
  ...adminMistakeFinders,
  ...ledgerMistakeFinders,
  ...listenMistakeFinders,
  ...supplyMistakeFinders,
}

/** Names of rules, networks and groups. Never a network itself: only IPv6 begins with a letter, and it has a colon. */
export const namePattern = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/

for (const [name, find] of Object.entries(mistakeFinders)) {
  Format.Set(name, text => find(text) === undefined)
}

/** What is wrong with the text, by a named format. Undefined: nothing, or the format is unknown. */
export function findMistake(format: string, text: string): string | undefined {
  return mistakeFinders[format]?.(text)
}

// The parsers throw only mistakes of the text. Any other error would refuse the text, too.
function messageOf(parse: () => unknown): string | undefined {
  try {
    parse()
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

function findRedirectMistake(text: string): string | undefined {
  // Nothing that could end the header line or hide a host: `//evil`, `/\evil`, tabs.
  const isPath = /^\/(?![/\\])[\x21-\x7e]*$/.test(text) && !text.includes('\\')
  if (isPath) return undefined
  // No `@` or backslash before the path: either would hide which host is meant.
  const isUrl = /^[!-~]+$/.test(text) && /^https?:\/\/[^/?#@\\]+(?:[/?#]|$)/i.test(text)
  if (isUrl && URL.canParse(text)) return undefined
  return 'is not a place to redirect to; write https://www.acme.example/sign-in or a path such as /-/turned-away'
}

// A glob that no address can match makes a rule without effect, and an exclusion without effect opens the photo. So a glob
// must match at least the address that it looks like.
function findPhotoGlobMistake(text: string): string | undefined {
  const glob = text.replace(/^!/, '')
  if (glob.startsWith('!')) return 'begins with two !; write one to exclude'
  const [ending] = /\.(?:jpe?g|gif|png|webp)$/i.exec(glob) ?? []
  if (ending !== undefined)
    return `names a file, and globs are over mail addresses; leave out ${ending}`
  if (/[[\]]/.test(glob))
    return 'has brackets, and only * and ? stand for other characters; write one glob for each'
  const filled = glob.includes('@') ? glob : glob.replace('*', 'x@x').replace(/^([^@]+)\?/, '$1@')
  if (parseAddress(filled.replace(/[*?]/g, 'x')) === undefined) {
    const key = glob === text ? 'group' : 'notGroup'
    const asGroup = namePattern.test(glob) ? `, or { ${key}: ${glob} } for a group` : ''
    return `can match no mail address; write *@acme.example, ceo@acme.example or !ceo@acme.example${asGroup}`
  }
  return undefined
}
