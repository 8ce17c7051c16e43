// Whether IHS takes over CCM's downloads: mod_ibm_local_redirect, and what stands in the section for /dm.
import type { Directive } from '../../convert/httpd/directive.ts'
import type { Finding } from '../finding.ts'
import type { DownloadParts } from './download-parts.ts'
import { placeOf } from './place.ts'

/** The headers of the application that the answer must keep. */
export const keptHeaders = [
  'X-LConn-Auth',
  'Cache-Control',
  'Content-Type',
  'Content-Disposition',
  'Last-Modified',
  'ETag',
  'Content-Language',
  'Set-Cookie',
  'Title',
  'X-UA-Compatible',
] as const

const restart = 'Restart IHS, and download a file of more than 1 MB from a library.'
const keepLine = `IBMLocalRedirectKeepHeaders ${keptHeaders.join(',')}`
const noHandover =
  'IHS does not take over the downloads of libraries, and files of more than 1 MB come empty or not at all.'

/** `file`: the httpd.conf, for what is missing. */
export function checkModule(modules: ReadonlySet<string> | undefined, file: string): Finding[] {
  if (modules === undefined || modules.has('ibm_local_redirect')) return []
  return [
    {
      code: 'ccm-module-missing',
      effect: 'breaks',
      place: { file },
      seen: 'No LoadModule line loads mod_ibm_local_redirect.',
      why: noHandover,
      cure: [
        'Add the line:\n  LoadModule ibm_local_redirect_module modules/mod_ibm_local_redirect.so',
        restart,
      ],
    },
  ]
}

/** Only for parts that have a section for /dm. */
export function checkHandover({ library, location }: DownloadParts): Finding[] {
  if (location === undefined) return []
  return [...checkSwitch(library, location), ...checkKeptHeaders(library, location)]
}

function checkSwitch(library: readonly Directive[], location: Directive): Finding[] {
  const last = library.findLast(({ key }) => key === 'ibmlocalredirect')
  if (last?.words[0]?.text.toLowerCase() === 'on') return []
  return [
    {
      code: 'ccm-redirect-off',
      effect: 'breaks',
      place: placeOf(last ?? location),
      seen:
        last === undefined
          ? 'The section for /dm has no IBMLocalRedirect line.'
          : `IBMLocalRedirect is ${last.words[0]?.text ?? 'empty'}.`,
      why: noHandover,
      cure: ['Write in the section for /dm:\n  IBMLocalRedirect On', restart],
    },
  ]
}

function checkKeptHeaders(library: readonly Directive[], location: Directive): Finding[] {
  const broken = library.find(({ name }) => isRestOfList(name))
  const last = library.findLast(({ key }) => key === 'ibmlocalredirectkeepheaders')
  const words = last?.words.map(({ text }) => text) ?? []
  const why =
    'IHS drops the headers of the application that it was not told to keep: downloads have 0 bytes, a wrong name or a wrong type.'
  const cure = [`Write in one line, with no blank in the list:\n  ${keepLine}`, restart]
  const base = { effect: 'breaks', place: placeOf(last ?? location), why, cure } as const
  if (last === undefined) {
    const seen = 'The section for /dm has no IBMLocalRedirectKeepHeaders line.'
    return [{ ...base, code: 'ccm-keep-headers-missing', seen }]
  }
  if (broken !== undefined) {
    const seen = `The list of IBMLocalRedirectKeepHeaders goes on in line ${broken.line}, which begins with ${broken.name.slice(0, 60)}.`
    return [{ ...base, code: 'ccm-keep-headers-split', seen }]
  }
  if (words.length > 1) {
    const seen = `The list of IBMLocalRedirectKeepHeaders has blanks in it: ${words.join(' ').slice(0, 200)}.`
    return [{ ...base, code: 'ccm-keep-headers-blanks', seen }]
  }
  const kept = new Set((words[0] ?? '').toLowerCase().split(','))
  const missing = keptHeaders.filter(name => !kept.has(name.toLowerCase()))
  if (missing.length === 0) return []
  const seen = `IBMLocalRedirectKeepHeaders does not have ${missing.join(', ')}.`
  return [{ ...base, code: 'ccm-keep-headers-lacks', seen }]
}

// Apache would take the second line for a directive, with the header's name.
function isRestOfList(name: string): boolean {
  const first = name.replace(/^,/, '').split(',')[0]?.toLowerCase()
  return keptHeaders.some(header => header.toLowerCase() === first) && first !== 'title'
}
