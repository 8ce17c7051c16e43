// The side of IHS: each host of an httpd.conf that has a part of CCM's downloads, with what it inherits.
import type { HttpdConfig } from '../../convert/httpd/config.ts'
import type { Directive } from '../../convert/httpd/directive.ts'
import type { Diagnosis, Finding } from '../finding.ts'
import { mergeDiagnoses } from '../finding.ts'
import type { NamedRoot } from './check-alias.ts'
import { checkAlias } from './check-alias.ts'
import { checkHandover, checkModule } from './check-handover.ts'
import { checkLock } from './check-lock.ts'
import { openSections, typographicFinding } from './check-text.ts'
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
  const all = mergeDiagnoses([
    { findings: [...checkModule(modules, file), ...openSections(config)], fine: [], unknown: [] },
    ...(hosts.length === 0 ? [unconfigured(file, roots)] : []),
    ...hosts.map(scope => checkHost(scope, roots)),
    { findings: [], fine: [], unknown: hosts.length > 0 ? otherHosts(scopes, hosts) : [] },
  ])
  const diagnosis = withoutDoubles(all)
  return missingInclude === undefined ? diagnosis : holdBack(diagnosis, missingInclude)
}

/** The folder of each Alias that is surely of the cache. */
export function aliasFolders({ config }: NamedHttpd, roots: readonly NamedRoot[]): string[] {
  const { scopes } = scopesOf(config.directives)
  const folders = roots.map(({ folder }) => folder)
  const found = scopes.map(scope => findCertain(scope, folders).alias)
  return [...new Set(found.flatMap(alias => (alias?.isGuessed === false ? [alias.folder] : [])))]
}

// The server itself counts when it has all parts: its hosts inherit them. A host counts when it has one of its own.
function hostsToLookAt(scopes: readonly HttpdScope[], roots: readonly string[]): HttpdScope[] {
  const ownParts = (scope: HttpdScope) =>
    findParts({ ...scope, all: scope.own }, { roots, assumed: true })
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

function findCertain(scope: HttpdScope, roots: readonly string[]): DownloadParts {
  return findParts(scope, { roots, assumed: false })
}

// A section whose expression is not read may be for these requests or not: what is so in both cases is known.
function checkHost(scope: HttpdScope, roots: readonly NamedRoot[]): Diagnosis {
  const folders = roots.map(({ folder }) => folder)
  const certain = findCertain(scope, folders)
  const diagnosis = checkParts(certain, roots)
  const assumed = findParts(scope, { roots: folders, assumed: true })
  const unclear = [...new Set([...certain.unclear, ...assumed.unclear])]
  if (unclear.length === 0) return diagnosis
  const other = checkParts(assumed, roots)
  const isInBoth = ({ code }: Finding) => other.findings.some(each => each.code === code)
  const findings = diagnosis.findings.filter(isInBoth)
  const fine = diagnosis.fine.filter(each => other.fine.includes(each))
  const isSame = [diagnosis, other].every(
    each => each.findings.length === findings.length && each.fine.length === fine.length,
  )
  if (isSame) return diagnosis
  const rows = unclear.slice(0, 5).map(sectionName).join(', ')
  const more = unclear.length > 5 ? ` and ${unclear.length - 5} more` : ''
  const said = `Whether these are for /dm or for the cache, and what follows from it: ${rows}${more}. Doctor does not read such an expression.`
  return { findings, fine, unknown: [...diagnosis.unknown, said] }
}

function sectionName({ name, words, file, line }: Directive): string {
  const text = words.map(word => word.text).join(' ')
  return `<${name} ${text.length > 80 ? `${text.slice(0, 80)}…` : text}> (${file}:${line})`
}

function unclearAlias(
  { candidates, location }: DownloadParts,
  roots: readonly NamedRoot[],
): string[] {
  if (candidates.length === 0 || location === undefined) return []
  const rows = candidates
    .slice(0, 5)
    .map(({ name, words, file, line }) => `${name} ${words[0]?.text} (${file}:${line})`)
  const [root] = roots
  const hint =
    root === undefined
      ? 'Name the properties of FNCS with --properties: their cdhc_rootPath tells.'
      : `None of them leads to ${root.folder} (${root.by}) as far as doctor reads it.`
  return [
    `Which Alias is that of the cache, and whether it is right: it can be ${rows.join(' or ')}. ${hint}`,
  ]
}

function checkParts(parts: DownloadParts, roots: readonly NamedRoot[]): Diagnosis {
  return mergeDiagnoses([
    { findings: missingParts(parts), fine: [], unknown: unclearAlias(parts, roots) },
    { findings: [...typographicFinding(parts), ...checkHandover(parts)], fine: [], unknown: [] },
    checkAlias(parts, roots),
    checkLock(parts),
  ])
}

function missingParts({ alias, location, candidates }: DownloadParts): Finding[] {
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
  if (alias !== undefined || location === undefined || candidates.length > 0) return []
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
