// `photogate snippets`: text to paste into the settings of fronts and Sametime, filled from the configuration.
import type { Settings } from '../config/settings.ts'
import { turnedAwayPath } from '../config/settings.ts'
import { exitCodes, GateError } from '../error.ts'
import { listAddresses } from '../photo/known-addresses.ts'
import { apacheSnippet, ihsSnippet } from '../snippet/apache.ts'
import { caddySnippet } from '../snippet/caddy.ts'
import type { FrontFacts } from '../snippet/front.ts'
import { factsOf } from '../snippet/front.ts'
import type { frontKinds } from '../snippet/kinds.ts'
import { ldifChanges, parseDnTemplate } from '../snippet/ldif.ts'
import { nginxSnippet } from '../snippet/nginx.ts'
import { parseBaseUrl } from '../snippet/photo-url.ts'
import { meetingsSnippet, stproxySnippet, userInfoSnippet } from '../snippet/sametime.ts'
import type { ConfigChoice } from './config-file.ts'
import { loadSettings } from './load-settings.ts'
import type { Output } from './output.ts'

export interface SnippetsOptions extends ConfigChoice {
  /** The photo host's public URL. */
  url?: string
  /** The Sametime Proxy's public URL. */
  chatUrl?: string
  /** A template for people's DNs. */
  dn?: string
  /** The LDAP attribute for photo URLs. */
  attribute?: string
  /** The placeholder that the Meeting Server replaces by the user. */
  userToken?: string
}

type Front = (facts: FrontFacts) => string

const fronts: Record<(typeof frontKinds)[number], Front> = {
  ihs: ihsSnippet,
  apache: apacheSnippet,
  nginx: nginxSnippet,
  caddy: caddySnippet,
}

const standInUrl = 'http://photos.acme.example'
const standInChatUrl = 'https://chat.acme.example'
const standInPhoto = 'joe.bloggs@acme.example'

/** @returns 0, or 78 when the configuration has problems. `kind` is one of `snippetKinds`. */
export function snippets(kind: string, options: SnippetsOptions, output: Output): number {
  const settings = loadSettings(options, output, { needsPhotos: kind === 'ldif' })
  if (settings === undefined) return exitCodes.config
  const front = (fronts as Partial<Record<string, Front>>)[kind]
  if (front !== undefined) printFront(front, { settings, options, output })
  else if (kind === 'ldif') printLdif({ settings, options, output })
  else output.print(sametimeSnippet(kind, { settings, options, output }))
  return exitCodes.fine
}

interface Work {
  readonly settings: Settings
  readonly options: SnippetsOptions
  readonly output: Output
}

function printFront(
  front: (facts: FrontFacts) => string,
  { settings, options, output }: Work,
): void {
  const url = urlOf('--url', options.url ?? standInUrl)
  const facts = factsOf(settings, {
    url,
    isPlaceholder: options.url === undefined,
    photo: samplePhoto(settings),
  })
  if (typeof facts === 'string') throw new GateError('GATE_USAGE', facts)
  if (front === ihsSnippet && 'socket' in facts.gate) {
    const message =
      'IHS 8.5 and older (Apache 2.2) know no Unix sockets; add { host: 127.0.0.1, port: 8080 } to listen, or print apache for IHS 9'
    throw new GateError('GATE_USAGE', message)
  }
  if (facts.isPlaceholder) output.note(standInNote('--url', url))
  if (!facts.isPeerTrusted) {
    output.note(
      facts.peer === 'unix'
        ? 'note: proxies does not name unix, so no client of the socket has an address; add proxies: [unix]'
        : `note: proxies does not name ${facts.peer}, from where a front on this machine connects; add proxies: [${facts.peer}], or the address of the front's own machine`,
    )
  }
  if (leadsBack(settings, url)) {
    output.note(
      `note: otherwise redirects to ${url.host}, the photo host itself, which turns the client away again; name a page on another host`,
    )
  }
  output.print(front(facts))
}

// A redirect to the photo host is an endless loop, unless it leads to the gate's own page.
function leadsBack({ otherwise }: Settings, url: URL): boolean {
  if (!('redirect' in otherwise)) return false
  const target = new URL(otherwise.redirect, url)
  return target.host === url.host && target.pathname !== turnedAwayPath
}

function sametimeSnippet(kind: string, { settings, options, output }: Work): string {
  const url = urlOf('--url', options.url ?? standInUrl)
  const chatUrl = urlOf('--chat-url', options.chatUrl ?? standInChatUrl)
  const placeholders = [
    ...(options.url === undefined ? ['url'] : []),
    ...(options.chatUrl === undefined ? ['chat-url'] : []),
  ]
  if (kind !== 'userinfo' && options.url === undefined) output.note(standInNote('--url', url))
  if (kind === 'stproxy' && options.chatUrl === undefined) {
    output.note(standInNote('--chat-url', chatUrl))
  }
  const facts = {
    url,
    chatUrl,
    placeholders,
    attribute: attributeOf(options),
    userToken: userTokenOf(options),
    photo: samplePhoto(settings),
  }
  if (kind === 'stproxy') return stproxySnippet(facts)
  return kind === 'userinfo' ? userInfoSnippet(facts) : meetingsSnippet(facts, settings)
}

// No placeholders here: the output is for a directory with real people.
function printLdif({ settings, options, output }: Work): void {
  if (options.url === undefined) {
    throw new GateError(
      'GATE_USAGE',
      'name the photo host, which the URLs begin with: --url https://photos.acme.example',
    )
  }
  if (options.dn === undefined) {
    throw new GateError(
      'GATE_USAGE',
      "say where people are in LDAP: --dn 'mail={address},ou=people,o=acme', or with {local} for the part before the @",
    )
  }
  const url = urlOf('--url', options.url)
  const template = parseDnTemplate(options.dn)
  if (typeof template === 'string') {
    throw new GateError('GATE_USAGE', `--dn "${options.dn}" ${template}`)
  }
  const addresses = listAddresses(settings.photos.directory)
  refuseSharedEntries(addresses, template)
  const attribute = attributeOf(options)
  if (addresses.length === 0) {
    output.note(`note: ${settings.photos.directory} has no photos, so there is nothing to change`)
  }
  const people = addresses.length === 1 ? '1 person' : `${addresses.length} people`
  output.print(`# Sets ${attribute} of ${people}, as \`photogate snippets ldif\` prints it.
# Where  ldapmodify -c -H ldaps://ldap.acme.example -D ADMIN-DN -W -f photos.ldif
#        -c goes on after an entry that is not there.
# Test   ldapsearch for ${attribute} of one person, and curl the URL that it prints.
version: 1
`)
  for (const change of ldifChanges(addresses, { url, attribute, dnOf: template })) {
    output.print(change)
  }
}

// Two people with one entry: the second would overwrite the first, and show another person's photo.
function refuseSharedEntries(
  addresses: readonly string[],
  dnOf: (address: string) => string,
): void {
  const firstOf = new Map<string, string>()
  for (const address of addresses) {
    const dn = dnOf(address)
    // Compared as in a directory: RFC 4518 sections 2.2 and 2.3.
    const entry = dn.normalize('NFKC').toLowerCase()
    const first = firstOf.get(entry)
    if (first !== undefined) {
      throw new GateError(
        'GATE_USAGE',
        `--dn gives ${first} and ${address} one entry, ${dn}; write {address}, or {domain} too`,
      )
    }
    firstOf.set(entry, address)
  }
}

function urlOf(option: string, text: string): URL {
  const url = parseBaseUrl(text)
  if (url !== undefined) return url
  throw new GateError(
    'GATE_USAGE',
    `${option} "${text}" is not the URL of a host alone; write one like https://photos.acme.example`,
  )
}

// RFC 4512 section 2.5, without options.
function attributeOf({ attribute = 'PhotoURL' }: SnippetsOptions): string {
  if (/^(?:[a-z][a-z\d-]*|\d+(?:\.\d+)+)$/i.test(attribute)) return attribute
  throw new GateError(
    'GATE_USAGE',
    `--attribute "${attribute}" is not an LDAP attribute; write one like PhotoURL`,
  )
}

function userTokenOf({ userToken }: SnippetsOptions): string | undefined {
  if (userToken === undefined || /^[\x21-\x7e]+$/.test(userToken)) return userToken
  throw new GateError('GATE_USAGE', `--user-token "${userToken}" cannot stand in a URL`)
}

function samplePhoto(settings: Settings): string {
  try {
    return listAddresses(settings.photos.directory)[0] ?? standInPhoto
  } catch {
    return standInPhoto // The photos may be on another machine.
  }
}

function standInNote(option: string, url: URL): string {
  return `note: without ${option}, ${url.origin} stands for the real one`
}
