// Whether the Alias of the cache leads where FNCS writes, and is not in the way of the application.
import type { Directive } from '../../convert/httpd/directive.ts'
import type { Diagnosis, Finding } from '../finding.ts'
import type { DownloadParts } from './download-parts.ts'
import { isWithin, mayBeSameFolder, sameFolder } from './folder-name.ts'
import { placeOf } from './place.ts'

/** A folder that is named as cdhc_rootPath, and by whom. */
export interface NamedRoot {
  readonly folder: string
  /** `fncs-sitePrefs.properties:4`, or the server's name. */
  readonly by: string
}

const restart = 'Restart IHS, and download a file of more than 1 MB from a library.'

/** Only for parts that have an Alias. */
export function checkAlias(parts: DownloadParts, roots: readonly NamedRoot[]): Diagnosis {
  const { alias, location } = parts
  if (alias === undefined) return { findings: [], fine: [], unknown: [] }
  const { directive, path, folder, shadow } = alias
  const base = { effect: 'breaks', place: placeOf(directive) } as const
  const findings: Finding[] = []
  const root = `/${path.split('/')[1] ?? ''}`.toLowerCase()
  if (root === '/dm' || root === '/') {
    findings.push({
      ...base,
      code: 'ccm-alias-context-root',
      seen: `The Alias is ${path}, and the application itself is at /dm${location === undefined ? '' : ` (${location.file}:${location.line})`}.`,
      why: 'IHS would look for the pages of the application in the folder of the cache, or send the files back to the application.',
      cure: ['Give the Alias a path of its own:\n  Alias /library_content_cache "…"', restart],
    })
  }
  if (path.endsWith('/') !== /[/\\]$/.test(folder)) {
    findings.push({
      ...base,
      code: 'ccm-alias-slash',
      seen: `Alias ${path} ${folder}: one of the two ends with a slash, the other does not.`,
      why: 'Apache joins the rest of the path to the folder as it is, so it looks for files in a folder that is not there.',
      cure: ['Write both without a slash at the end.', restart],
    })
  }
  if (shadow !== undefined) {
    findings.push({
      ...base,
      code: 'ccm-alias-shadowed',
      seen: `${shadow.name} ${shadow.words[0]?.text} stands above it (${shadow.file}:${shadow.line}), and the first that fits counts.`,
      why: 'Files that the application hands over are looked for in the folder of the other one.',
      cure: [`Move the line of ${path} above it.`, restart],
    })
  }
  findings.push(...checkDirectory(parts))
  const compared = compareRoots(directive, folder, roots)
  return { ...compared, findings: [...findings, ...compared.findings] }
}

// The lock that stands beside the Alias, but for another folder.
function checkDirectory({ scope, alias, folder }: DownloadParts): Finding[] {
  if (alias === undefined || folder.some(({ key }) => key === 'directory')) return []
  const near = scope.all.find(
    ({ key, words }) =>
      key === 'directory' &&
      /ccm|cdhc|fncs|librar/i.test(words[0]?.text.split(/[\\/]/).at(-1) ?? ''),
  )
  if (near === undefined || isWithin(alias.folder, near.words[0]?.text ?? '')) return []
  return [
    {
      code: 'ccm-directory-differs',
      effect: 'breaks',
      place: placeOf(near),
      seen: `<Directory> is for ${near.words[0]?.text}, and the Alias leads to ${alias.folder}.`,
      why: 'What the section allows and denies does not count for the folder that the Alias leads to.',
      cure: [`Write the folder of the Alias:\n  <Directory "${alias.folder}">`, restart],
    },
  ]
}

function compareRoots(alias: Directive, folder: string, roots: readonly NamedRoot[]): Diagnosis {
  const others = roots.filter(root => !sameFolder(root.folder, folder))
  const [other] = others
  if (other === undefined) {
    const fine = `The Alias of IHS and cdhc_rootPath name one folder: ${folder}.`
    return { findings: [], fine: roots.length > 0 ? [fine] : [], unknown: [] }
  }
  if (others.every(root => mayBeSameFolder(root.folder, folder))) {
    const said = `Whether IHS reads where FNCS writes: the Alias names ${folder}, and cdhc_rootPath (${other.by}) ${other.folder}. Seen from two machines that can be one folder.`
    return { findings: [], fine: [], unknown: [said] }
  }
  const rows = others.map(root => `${root.folder} (${root.by})`).join(', ')
  return {
    findings: [
      {
        code: 'ccm-root-differs',
        effect: 'breaks',
        place: placeOf(alias),
        seen: `The Alias leads to ${folder}, and cdhc_rootPath is ${rows}.`,
        why: 'IHS looks for files where FNCS does not write them: downloads of more than 1 MB are not found.',
        cure: [
          'Write the same folder in both, with forward slashes and without quotes in the properties.',
          restart,
        ],
      },
    ],
    fine: [],
    unknown: [],
  }
}
