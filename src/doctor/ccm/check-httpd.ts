// The side of IHS: each host of an httpd.conf that has a part of CCM's downloads, with what it inherits.
import type { HttpdConfig } from '../../convert/httpd/config.ts'
import type { Directive } from '../../convert/httpd/directive.ts'
import type { Diagnosis, Finding } from '../finding.ts'
import { mergeDiagnoses } from '../finding.ts'
import type { NamedRoot } from './check-alias.ts'
import { checkAlias } from './check-alias.ts'
import { checkHandover, checkModule } from './check-handover.ts'
import { checkLock } from './check-lock.ts'
import type { DownloadParts } from './download-parts.ts'
import { findParts } from './download-parts.ts'
import type { HttpdScope } from './httpd-scope.ts'
import { scopesOf } from './httpd-scope.ts'
import { placeOf } from './place.ts'

export interface NamedHttpd {
  readonly file: string
  readonly config: HttpdConfig
}

// What they miss may stand in a file that could not be read.
const ofMissing = new Set(['ccm-module-missing', 'ccm-location-missing', 'ccm-alias-missing'])

/** `roots`: what the properties and the log name as cdhc_rootPath. */
export function checkHttpd({ file, config }: NamedHttpd, roots: readonly NamedRoot[]): Diagnosis {
  const { scopes, modules, missingInclude } = scopesOf(config.directives)
  const folders = roots.map(({ folder }) => folder)
  const hosts = hostsToLookAt(scopes, folders)
  const parts = hosts.map(scope => findParts(scope, folders))
  const all = mergeDiagnoses([
    { findings: [...checkModule(modules, file), ...openSections(config)], fine: [], unknown: [] },
    ...(parts.length === 0 ? [unconfigured(file, roots)] : []),
    ...parts.map(each => checkParts(each, roots)),
    { findings: [], fine: [], unknown: hosts.length > 0 ? otherHosts(scopes, hosts) : [] },
  ])
  const diagnosis = withoutDoubles(all)
  return missingInclude === undefined ? diagnosis : holdBack(diagnosis, missingInclude)
}

/** The folder of each Alias of the cache. */
export function aliasFolders({ config }: NamedHttpd, roots: readonly NamedRoot[]): string[] {
  const { scopes } = scopesOf(config.directives)
  const folders = roots.map(({ folder }) => folder)
  const found = scopes.map(scope => findParts(scope, folders).alias?.folder)
  return [...new Set(found.filter(folder => folder !== undefined))]
}

// The server itself counts when it has all parts: its hosts inherit them. A host counts when it has one of its own.
function hostsToLookAt(scopes: readonly HttpdScope[], roots: readonly string[]): HttpdScope[] {
  const ownParts = (scope: HttpdScope) => findParts({ ...scope, all: scope.own }, roots)
  const having = scopes.filter(scope => {
    const { alias, location } = ownParts(scope)
    return alias !== undefined || location !== undefined
  })
  const [server, ...hosts] = scopes
  const own = hosts.filter(host => having.includes(host))
  if (server === undefined || !having.includes(server)) return own
  const { alias, location } = ownParts(server)
  const isWhole = alias !== undefined && location !== undefined
  return isWhole || own.length === 0 ? [server, ...own] : own
}

function checkParts(parts: DownloadParts, roots: readonly NamedRoot[]): Diagnosis {
  return mergeDiagnoses([
    { findings: missingParts(parts), fine: [], unknown: [] },
    { findings: [...typographicFinding(parts), ...checkHandover(parts)], fine: [], unknown: [] },
    checkAlias(parts, roots),
    checkLock(parts),
  ])
}

function missingParts({ alias, location }: DownloadParts): Finding[] {
  const why =
    'IHS does not hand out what the application hands over to it: downloads of more than 1 MB from libraries fail.'
  if (location === undefined && alias !== undefined) {
    return [
      {
        code: 'ccm-location-missing',
        effect: 'breaks',
        place: placeOf(alias.directive),
        seen: `There is an Alias ${alias.path}, and no <Location /dm>.`,
        why,
        cure: [
          'Add <Location /dm> with IBMLocalRedirect On, IBMLocalRedirectKeepHeaders and SetEnv LIBRARIES_CONTENT true.',
        ],
      },
    ]
  }
  if (alias !== undefined || location === undefined) return []
  return [
    {
      code: 'ccm-alias-missing',
      effect: 'breaks',
      place: placeOf(location),
      seen: 'There is a <Location /dm>, and no Alias for the folder of the cache.',
      why,
      cure: [
        'Add: Alias /library_content_cache "D:/IBM/Connections/data/shared/ccmcache", with the folder of cdhc_rootPath.',
      ],
    },
  ]
}

function unconfigured(file: string, roots: readonly NamedRoot[]): Diagnosis {
  const isOn = roots.length > 0
  const finding: Finding = {
    code: 'ccm-location-missing',
    effect: isOn ? 'breaks' : 'weakens',
    place: { file },
    seen: 'There is no <Location /dm> and no Alias for the folder of a cache.',
    why: isOn
      ? 'FNCS copies files into its cache for IHS, and IHS does not hand them out: downloads of more than 1 MB from libraries fail.'
      : 'WebSphere sends all files of libraries itself, which takes its memory.',
    cure: [
      'Add the Alias of the cache, its <Directory> and <Location /dm>, as deploy/docs/doctor.md shows them.',
    ],
  }
  return { findings: [finding], fine: [], unknown: [] }
}

// What a page on the web does not show: it takes </Directory> for a tag of its own.
function openSections({ remarks }: HttpdConfig): Finding[] {
  const open = remarks.filter(({ message }) =>
    /^<(?:directory|location)(?:match)?> is (?:never closed|not closed)/i.test(message),
  )
  const [first] = open
  if (first === undefined) return []
  return [
    {
      code: 'ccm-section-open',
      effect: 'breaks',
      place: { file: first.file, line: first.line },
      seen: `Sections that are not closed: ${open.map(({ message, line }) => `${message.split(' ')[0]} in line ${line}`).join(', ')}.`,
      why: 'Apache does not start with it. Pages on the web often do not show the closing tags.',
      cure: ['Add </Directory> and </Location> where each section ends.', 'Restart IHS.'],
    },
  ]
}

// Quotes and blanks as blogs print them. Apache takes them for a part of the text.
function typographicFinding({ location, alias, folder, library }: DownloadParts): Finding[] {
  const sections = [...(location === undefined ? [] : [location]), ...folder]
  const lines = [
    ...sections,
    ...sections.flatMap(({ children }) => children ?? []),
    ...library.filter(({ key }) => key.startsWith('ibmlocalredirect')),
    ...(alias === undefined ? [] : [alias.directive]),
  ].filter(({ typographic }) => typographic !== undefined)
  const [first] = lines.toSorted((a, b) => a.line - b.line)
  if (first === undefined) return []
  const numbers = [...new Set(lines.map(({ line }) => line))].toSorted((a, b) => a - b)
  return [
    {
      code: 'ccm-typographic',
      effect: 'breaks',
      place: placeOf(first),
      seen: `${numbers.length === 1 ? 'Line' : 'Lines'} ${numbers.join(', ')} of ${first.file} ${numbers.length === 1 ? 'has' : 'have'} ${first.typographic}, as text that was copied from a web page.`,
      why: 'Apache knows only the plain quotes and blanks. It takes these for a part of the path, and does not find the folder or does not start.',
      cure: ['Type the quotes, blanks and hyphens of these lines anew.', 'Restart IHS.'],
    },
  ]
}

// Whether users come through a host without these parts cannot be seen in the file.
function otherHosts(scopes: readonly HttpdScope[], looked: readonly HttpdScope[]): string[] {
  if (looked.some(({ host }) => host === undefined)) return []
  const others = scopes.filter(scope => scope.host !== undefined && !looked.includes(scope))
  return others
    .filter(({ host, own }) => isTls(own) || /:443$/.test(host?.words[0]?.text ?? ''))
    .map(({ host }) => {
      const name = `<VirtualHost ${host?.words.map(({ text }) => text).join(' ')}>`
      return `Whether libraries are reached through ${name} (${host?.file}:${host?.line}): it has no section for /dm.`
    })
}

function isTls(directives: readonly Directive[]): boolean {
  return directives.some(
    ({ key, words }) =>
      key === 'sslenable' || (key === 'sslengine' && words[0]?.text.toLowerCase() === 'on'),
  )
}

/** Two hosts that inherit one fault show it once. */
function withoutDoubles({ findings, fine, unknown }: Diagnosis): Diagnosis {
  const seen = new Map(
    findings.map(finding => [
      `${finding.code} ${finding.place?.file} ${finding.place?.line}`,
      finding,
    ]),
  )
  return { findings: [...seen.values()], fine: [...new Set(fine)], unknown: [...new Set(unknown)] }
}

function holdBack(
  { findings, fine, unknown }: Diagnosis,
  { file, line, words }: Directive,
): Diagnosis {
  const isHeld = (each: Finding) => ofMissing.has(each.code)
  const held = findings.filter(isHeld)
  const said = `What ${words[0]?.text ?? 'an Include'} adds: it could not be read (${file}:${line}).${held.map(({ seen }) => ` Without it: ${seen}`).join('')}`
  return { findings: findings.filter(each => !isHeld(each)), fine, unknown: [...unknown, said] }
}
