// Whether the folder of the cache opens for what the application hands over, and for nothing else: the lock is Allow (or
// Require) with a variable, the key is SetEnv in the section for /dm. The handing over puts REDIRECT_ before its name.
import type { Directive } from '../../convert/httpd/directive.ts'
import type { Diagnosis, Finding } from '../finding.ts'
import type { CacheAlias } from './cache-alias.ts'
import { nothing } from './diagnosis.ts'
import type { DownloadParts } from './download-parts.ts'
import { keysOf, locksOf } from './download-parts.ts'
import type { VariableLookup } from './folder-access.ts'
import { accessOf, isOfHosts, isOfRules, orderOf } from './folder-access.ts'
import { placeOf } from './place.ts'

const refused =
  'IHS refuses every file that the application hands over: downloads of more than 1 MB from libraries fail.'
const restart = 'Restart IHS, and download a file of more than 1 MB from a library.'

interface CacheLock {
  readonly alias: CacheAlias
  readonly location: Directive
  readonly library: readonly Directive[]
  /** The contents of the sections for the folder. */
  readonly sections: readonly (readonly Directive[])[]
  readonly folder: Directive | undefined
  /** The variables of the lock and of the key. */
  readonly locks: readonly string[]
  readonly keys: readonly string[]
}

/** Only for parts that have an Alias and a section for /dm. */
export function checkLock({ alias, location, library, folder }: DownloadParts): Diagnosis {
  if (alias === undefined || location === undefined) return nothing
  const sections = folder.map(({ children }) => children ?? [])
  const set = library.filter(({ key }) => key === 'setenv')
  const lock: CacheLock = {
    ...{ alias, location, library, sections },
    folder: folder.findLast(each => each.children?.some(isOfAccess)) ?? folder.at(-1),
    locks: sections.flatMap(locksOf),
    keys: set.map(({ words }) => words[0]?.text ?? ''),
  }
  const handed = accessOf(sections, environmentAfter(library))
  const direct = accessOf(sections, environmentOf(library))
  const findings = [
    ...(handed === false ? [refusalOf(lock)] : []),
    ...(direct === true && !alias.isGuessed ? [openFinding(lock)] : []),
  ]
  const guessed =
    direct === true && alias.isGuessed
      ? [
          `Whether everybody may read the cache: everybody may read ${alias.folder}, and only its name says that it is the cache (Alias ${alias.path}, ${formatPlace(alias.directive)}). Name the properties of FNCS with --properties.`,
        ]
      : []
  const unclear =
    findings.length === 0 && guessed.length === 0 && (handed === undefined || direct === undefined)
      ? [
          `Who may read ${alias.folder}: it depends on lines that doctor does not read, in ${formatPlace(lock.folder ?? location)}.`,
        ]
      : []
  const fine = `IHS opens ${alias.folder} for what the application hands over, and for nothing else.`
  return {
    findings,
    fine: findings.length + unclear.length + guessed.length === 0 ? [fine] : [],
    unknown: [...guessed, ...unclear],
  }
}

// SetEnv works only after access was decided, so before a handing over no variable of it is set.
function environmentOf(library: readonly Directive[]): VariableLookup {
  const maybe = conditionalKeys(library)
  return name => (maybe.has(name.toLowerCase()) ? undefined : false)
}

function environmentAfter(library: readonly Directive[]): VariableLookup {
  const [keys, maybe] = [keysOf(library), conditionalKeys(library)]
  return name => {
    const [, key] = /^redirect_(.+)$/.exec(name.toLowerCase()) ?? []
    if (key !== undefined && keys.has(key)) return true
    return maybe.has(key ?? name.toLowerCase()) ? undefined : false
  }
}

/** The variables that SetEnvIf sets for some requests. */
function conditionalKeys(library: readonly Directive[]): Set<string> {
  const names = library
    .filter(({ key }) => /^(?:setenvif|setenvifnocase|browsermatch|passenv)/.test(key))
    .flatMap(({ words }) => words.map(({ text }) => text.toLowerCase().replace(/=.*$/s, '')))
  return new Set(names)
}

function refusalOf(lock: CacheLock): Finding {
  const { alias, locks, folder, location } = lock
  const closing = folder ?? location
  const base = { effect: 'breaks', place: placeOf(closing), why: refused } as const
  if (locks.length === 0) return lockMissing(lock)
  const fitting = locks.filter(name => lock.keys.some(key => isSame(name, `REDIRECT_${key}`)))
  if (fitting.length === 0) return keyMissing(lock)
  if (locksOf(closing.children ?? []).length === 0) {
    const section = `<${closing.name} ${closing.words.map(({ text }) => text).join(' ')}>`
    return {
      ...base,
      code: 'ccm-lock-closed',
      seen: `${alias.folder} stays closed although ${fitting[0]} is set: ${section} counts last, and denies.`,
      cure: [
        `Remove ${section} (${formatPlace(closing)}), or the lines in it that say who may read.`,
        restart,
      ],
    }
  }
  const order = closing.children && orderOf(closing.children)
  if (order !== 'deny,allow' && closing.children?.some(isOfHosts)) {
    return {
      ...base,
      code: 'ccm-order',
      seen: `${formatPlace(closing)} has Deny from all and Allow from env=${fitting[0]}, in the order Allow,Deny.`,
      why: `With this order Deny is looked at last, and wins. ${refused}`,
      cure: ['Write:\n  Order Deny,Allow', restart],
    }
  }
  const mixes = closing.children?.some(isOfHosts) && closing.children.some(isOfRules)
  return {
    ...base,
    code: 'ccm-lock-closed',
    seen: `${alias.folder} stays closed although ${fitting[0]} is set: ${mixes ? 'Deny and Require stand beside each other, and both must let the request in' : 'another line denies'}.`,
    cure: [
      `Keep one of the two in ${formatPlace(closing)}: Order Deny,Allow, Deny from all and Allow from env=${fitting[0]}; or only Require env ${fitting[0]}.`,
      restart,
    ],
  }
}

function lockMissing({ alias, folder, location, library, keys }: CacheLock): Finding {
  const header = headerKey(library)
  const name = keys[0] ?? header?.words[1]?.text ?? 'LIBRARIES_CONTENT'
  const place = placeOf(folder ?? location)
  const open = `Write for the folder ${alias.folder}, below Deny from all:\n  Allow from env=REDIRECT_${name}`
  if (keys.length === 0 && header !== undefined) {
    return {
      code: 'ccm-request-header',
      effect: 'breaks',
      place: placeOf(header),
      seen: `RequestHeader sets ${name}, and nothing lets requests into ${alias.folder}.`,
      why: `A request header is not a variable, so no Allow line can ask for it. ${refused}`,
      cure: [
        open,
        `Write in the section for /dm, in place of RequestHeader:\n  SetEnv ${name} true`,
        restart,
      ],
    }
  }
  const setKey = keys.length > 0 ? [] : [`Write in the section for /dm:\n  SetEnv ${name} true`]
  return {
    code: 'ccm-lock-missing',
    effect: 'breaks',
    place,
    seen: `${alias.folder} is closed to everybody, and no line opens it for what the application hands over.`,
    why: refused,
    cure: [open, ...setKey, restart],
  }
}

function keyMissing({ locks, keys, folder, location, library }: CacheLock): Finding {
  const [lock = ''] = locks
  const place = placeOf(folder ?? location)
  if (locks.some(name => keys.some(key => isSame(name, key)))) {
    return {
      code: 'ccm-lock-prefix',
      effect: 'breaks',
      place,
      seen: `The folder asks for ${lock}. The handing over is an internal redirect, after which the variable is called REDIRECT_${lock}.`,
      why: refused,
      cure: [`Write:\n  Allow from env=REDIRECT_${lock}`, restart],
    }
  }
  const wanted = lock.replace(/^REDIRECT_/i, '')
  const header = headerKey(library)
  const instead =
    keys.length > 0
      ? `sets ${keys.join(', ')}`
      : header === undefined
        ? 'sets no variable'
        : 'has RequestHeader, which sets a header and not a variable'
  return {
    code: 'ccm-lock-without-key',
    effect: 'breaks',
    place,
    seen: `The folder asks for the variable ${lock}, and the section for /dm (${formatPlace(location)}) ${instead}.`,
    why: refused,
    cure: [`Write in the section for /dm:\n  SetEnv ${wanted} true`, restart],
  }
}

function openFinding({ alias, folder, location, locks, sections }: CacheLock): Finding {
  const name = locks[0] ?? 'REDIRECT_LIBRARIES_CONTENT'
  const satisfy = sections.flat().find(({ key }) => key === 'satisfy')
  const isAny = satisfy?.words[0]?.text.toLowerCase() === 'any'
  const rules = sections.flat().some(isOfRules)
  return {
    code: isAny && rules ? 'ccm-satisfy-any' : 'ccm-open-folder',
    effect: 'opens',
    place: placeOf(isAny && rules && satisfy ? satisfy : (folder ?? alias.directive)),
    seen:
      isAny && rules
        ? `Satisfy Any: for ${alias.folder} one of Allow and Require is enough, and one of them lets everybody in.`
        : folder === undefined
          ? `No <Directory> section is for ${alias.folder}, and none around it denies.`
          : `${formatPlace(folder)} lets everybody into ${alias.folder}.`,
    why: `Whoever guesses or learns a URL below ${alias.path} gets documents of libraries without signing in; the cache is not encrypted.`,
    cure: [
      `Write, and no other line for this folder that lets in:\n${lockedFolder(alias.folder, name)}`,
      `Write in the section for /dm (${formatPlace(location)}):\n  SetEnv ${name.replace(/^REDIRECT_/i, '')} true`,
      'Restart IHS.',
    ],
  }
}

function lockedFolder(folder: string, variable: string): string {
  return [
    `<Directory "${folder}">`,
    ...['Order Deny,Allow', 'Deny from all', `Allow from env=${variable}`].map(line => `  ${line}`),
    '</Directory>',
  ]
    .map(line => `  ${line}`)
    .join('\n')
}

function headerKey(library: readonly Directive[]): Directive | undefined {
  return library.find(
    ({ key, words }) =>
      key === 'requestheader' && /content|cdhc|librar/i.test(words[1]?.text ?? ''),
  )
}

function isOfAccess(directive: Directive): boolean {
  return isOfHosts(directive) || isOfRules(directive)
}

// Apache compares the names of variables without case.
function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}

function formatPlace({ file, line }: Directive): string {
  return `${file}:${line}`
}
