// The text of the sections itself: what went wrong when it was copied from a page on the web.
import type { HttpdConfig } from '../../convert/httpd/config.ts'
import type { Finding } from '../finding.ts'
import type { DownloadParts } from './download-parts.ts'
import { placeOf } from './place.ts'

// What a page on the web does not show: it takes </Directory> for a tag of its own.
export function openSections({ remarks }: HttpdConfig): Finding[] {
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
export function typographicFinding({ location, alias, folder, library }: DownloadParts): Finding[] {
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
