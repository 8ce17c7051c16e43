// Whether the copies of fncs-sitePrefs.properties say what Java can use, and the same. Public sources know the keys that
// the server announces, and no key that switches caching on: whether it is switched on is not looked at.
import type { Diagnosis, Finding } from '../finding.ts'
import { mergeDiagnoses } from '../finding.ts'
import { cdhcKeys } from './announcement.ts'
import type { CdhcProperties, CdhcProperty } from './cdhc-properties.ts'
import { findProperty, quotes } from './cdhc-properties.ts'
import { nothing } from './diagnosis.ts'
import { sameFolder } from './folder-name.ts'

const apply = [
  'Write the same in both copies: FNCS/configure/explodedformat/fncs/WEB-INF/classes and navigator.ear/fncs.war/WEB-INF/classes. A redeployment replaces the second by the first.',
  'Restart the CCM server, and look for the eight lines of CDHC in its SystemOut.log.',
]
const whyBroken =
  'The server finds an error in its configuration, or announces nothing, and downloads of more than 1 MB from libraries fail.'

export function checkProperties(files: readonly CdhcProperties[]): Diagnosis {
  if (files.length === 0) return nothing
  return mergeDiagnoses([...files.map(checkFile), compareCopies(files)])
}

function checkFile(properties: CdhcProperties): Diagnosis {
  const { file, entries, isUtf16 } = properties
  const findings = [
    ...(isUtf16 ? [utf16Finding(properties)] : []),
    ...(entries.length === 0 ? [emptyFinding(properties)] : []),
    ...(entries.length > 0 && findProperty(properties, 'cdhc_rootPath') === undefined
      ? [noRootFinding(properties)]
      : []),
    ...entries.flatMap(entry => checkEntry(entry, properties)),
    ...checkDoubled(properties),
  ]
  const fine = `${file} has ${entries.length} keys of CDHC, without quotes and with forward slashes.`
  return { findings, fine: findings.length === 0 ? [fine] : [], unknown: [] }
}

function emptyFinding({ file, count }: CdhcProperties): Finding {
  return {
    code: 'ccm-properties-none',
    effect: 'breaks',
    place: { file },
    seen: `Not one of its ${count} keys begins with cdhc_.`,
    why: 'Without them FNCS does not hand downloads over to IHS.',
    cure: [`Add the keys to ${file}: ${cdhcKeys.join(', ')}.`, ...apply],
  }
}

function utf16Finding({ file }: CdhcProperties): Finding {
  return {
    code: 'ccm-properties-utf16',
    effect: 'breaks',
    place: { file, line: 1 },
    seen: 'The file is UTF-16 ("Unicode" in Notepad).',
    why: 'Java reads properties as ISO-8859-1 and finds none of the keys.',
    cure: ['Save the file as ANSI or UTF-8 without a byte order mark.', ...apply],
  }
}

function noRootFinding({ file, entries }: CdhcProperties): Finding {
  const near = entries.find(({ name }) => name.trim().toLowerCase() === 'cdhc_rootpath')
  // The key's spelling is a finding of its own.
  const seen =
    near === undefined ? 'cdhc_rootPath is not set.' : `cdhc_rootPath is written ${near.name}.`
  return {
    code: 'ccm-properties-no-root',
    effect: 'breaks',
    place: { file, ...(near === undefined ? {} : { line: near.line }) },
    seen,
    why: 'FNCS does not know the folder into which it copies files for IHS.',
    cure: [
      'Set cdhc_rootPath to the folder that the Alias of IHS names, such as D:/IBM/Connections/data/shared/ccmcache.',
      ...apply,
    ],
  }
}

function checkEntry(entry: CdhcProperty, { file }: CdhcProperties): Finding[] {
  const { name, value, raw, line } = entry
  const base = { effect: 'breaks', place: { file, line }, why: whyBroken } as const
  const faults: Finding[] = []
  if (raw.search(quotes) >= 0) {
    faults.push({
      ...base,
      code: 'ccm-properties-quotes',
      seen: `${name} is ${raw}, with quotes.`,
      cure: ['Write the value without quotes.', ...apply],
    })
  }
  // \: and \= are how Java itself writes : and =.
  if (/\\(?![:=#!])/.test(raw.replace(/\\[:=#!]/g, ''))) {
    faults.push({
      ...base,
      code: 'ccm-properties-backslashes',
      seen: `${name} is ${raw}. Java reads ${value.replace(/\p{Cc}/gu, '?')}.`,
      cure: [
        'Write the path with forward slashes: D:/IBM/Connections/data/shared/ccmcache.',
        ...apply,
      ],
    })
  }
  if (/\s$/.test(value)) {
    faults.push({
      ...base,
      code: 'ccm-properties-blank',
      seen: `${name} ends with a blank, which Java keeps as a part of the value.`,
      cure: ['Delete the blanks at the end of the line.', ...apply],
    })
  }
  const isNumber = cdhcKeys.slice(1).some(key => key === name)
  if (isNumber && !/^\d{1,15}$/.test(value.trim()) && raw.search(quotes) < 0) {
    faults.push({
      ...base,
      code: 'ccm-properties-number',
      seen: `${name} is ${value === '' ? 'empty' : value}, which is not a whole number.`,
      cure: [
        `Write a number: ${name}=${usual[name] ?? '3600'} is what a working server announces.`,
        ...apply,
      ],
    })
  }
  return faults
}

// Of the announcement of a server that works.
const usual: Record<string, string> = {
  cdhc_maxCachedFiles: '10000',
  cdhc_maxCacheSize_kb: '10485760',
  cdhc_maxCleanupTime_ms: '5000',
}

function checkDoubled({ file, entries }: CdhcProperties): Finding[] {
  const names = [...new Set(entries.map(({ name }) => name))]
  return names.flatMap(name => {
    const all = entries.filter(entry => entry.name === name)
    const last = all.at(-1) as CdhcProperty
    // The same value twice changes nothing.
    if (all.every(({ value }) => value === last.value)) return []
    const written = all.map(({ line, raw }) => `${raw} (line ${line})`).join(', ')
    return [
      {
        code: 'ccm-properties-doubled',
        effect: 'breaks',
        place: { file, line: last.line },
        seen: `${name} is set ${all.length} times, differently: ${written}. The last one counts.`,
        why: 'Somebody changed a line that does not count.',
        cure: ['Keep one of the lines and delete the others.', ...apply],
      } as const,
    ]
  })
}

// A folder may be written in several ways.
function isSameValue(name: string, a: string | undefined, b: string | undefined): boolean {
  if (name !== 'cdhc_rootPath' || a === undefined || b === undefined) return a === b
  return sameFolder(a, b)
}

function compareCopies(files: readonly CdhcProperties[]): Diagnosis {
  const [first, ...others] = files.filter(({ entries }) => entries.length > 0)
  if (files.length === 1 || first === undefined) {
    return {
      ...nothing,
      unknown:
        files.length > 1
          ? []
          : ['Whether both copies of the properties say the same: one was named.'],
    }
  }
  const names = [...new Set(files.flatMap(({ entries }) => entries.map(({ name }) => name)))]
  const read = (file: CdhcProperties, name: string) => findProperty(file, name)?.value
  const differing = names.filter(name =>
    others.some(each => !isSameValue(name, read(each, name), read(first, name))),
  )
  if (others.length === 0) return nothing
  if (differing.length === 0) {
    return { ...nothing, fine: [`${files.length} copies of the properties say the same.`] }
  }
  const rows = differing.map(name => {
    const values = [first, ...others].map(
      each => `${read(each, name) ?? 'not set'} in ${each.file}`,
    )
    return `${name} is ${values.join(', ')}`
  })
  const deployed = files.find(({ copy }) => copy === 'deployed') ?? first
  const line = findProperty(deployed, differing[0] ?? '')?.line
  return {
    ...nothing,
    findings: [
      {
        code: 'ccm-copies-differ',
        effect: 'will-break',
        place: { file: deployed.file, ...(line === undefined ? {} : { line }) },
        seen: `${rows.join('; ')}.`,
        why: 'The server reads the copy in navigator.ear. The next deployment replaces it by the copy below FNCS/configure, and downloads change with it.',
        cure: ['Decide which values are right.', ...apply],
      },
    ],
  }
}
