// A configuration file of Sametime: its elements, or why they cannot be read.
import { decodeText } from '../../text/decode-text.ts'
import { decodeWindows1252 } from '../../text/windows-1252.ts'
import type { Finding } from '../finding.ts'
import type { XmlElement, XmlFault } from './xml.ts'
import { parseXml } from './xml.ts'

export interface SametimeFile {
  readonly file: string
  readonly roots: readonly XmlElement[]
}

/** Undefined `roots`: the file is not XML, and `fault` says where. Never throws. */
export function parseSametimeFile(
  bytes: Buffer,
  file: string,
): SametimeFile | { readonly file: string; readonly fault: XmlFault } {
  const decoded = decodeText(bytes)
  const isNulled = bytes.includes(0) && !('text' in decoded)
  if (isNulled) return { file, fault: { message: 'is not a text file', line: 1 } }
  const read = parseXml('text' in decoded ? decoded.text : decodeWindows1252(bytes))
  if ('message' in read) return { file, fault: read }
  if (read.length === 0) return { file, fault: { message: 'has not one element of XML', line: 1 } }
  return { file, roots: read }
}

export function faultFinding(file: string, { message, line }: XmlFault): Finding {
  return {
    code: 'sametime-xml',
    effect: 'breaks',
    place: { file, line },
    seen: `The file ${message}.`,
    why: 'Sametime does not read a file that is not well-formed: none of its settings counts after the next restart.',
    cure: ['Mend the line, and restart the server.'],
  }
}

/** The findings about a file have much in common. */
export function findingIn(
  file: string,
  finding: Omit<Finding, 'place' | 'effect'> & {
    readonly line?: number
    readonly effect?: Finding['effect']
  },
): Finding {
  const { line, effect = 'breaks', ...rest } = finding
  return { ...rest, effect, place: { file, ...(line === undefined ? {} : { line }) } }
}
