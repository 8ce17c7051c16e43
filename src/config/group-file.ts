// A file of a group: one mail address or glob a line, `#` begins a comment. UTF-8, or UTF-16 with its byte order mark.
import { decodeText } from '../text/decode-text.ts'
import { parseAddress } from '../text/mail-address.ts'
import type { Problem } from './document/problem.ts'
import { findMistake } from './schema/formats.ts'

export interface GroupFile {
  /** Canonical. */
  readonly addresses: string[]
  readonly globs: string[]
  readonly problems: Problem[]
}

// Each request may be compared with all of them.
const maxGlobs = 1_000

/** Every line's address or glob, or every line's problem with line and column. Blank lines and CRLF are fine. */
export function parseGroupFile(file: string, bytes: Uint8Array): GroupFile {
  const addresses: string[] = []
  const globs: string[] = []
  const problems: Problem[] = []
  const found = { addresses, globs, problems }
  const decoded = decodeText(bytes)
  if ('problem' in decoded) {
    const { problem, line, column } = decoded
    const code = 'GATE_CONFIG_ENCODING'
    problems.push({ file, line, column, path: '', message: problem, code })
    return found
  }
  for (const [at, line] of decoded.text.split(/\r?\n/).entries()) {
    const [content = ''] = line.split('#', 1)
    const entry = content.trim()
    if (entry === '') continue
    // What is special in a glob is refused or tried as one, also where an address could have it.
    const isPlain = !/[*?![\]]/.test(entry)
    const address = isPlain ? parseAddress(entry) : undefined
    const mistake = address === undefined ? findLineMistake(entry, globs.length) : undefined
    if (mistake !== undefined) {
      const message = `"${entry.slice(0, 80)}" ${mistake}`
      const place = { file, line: at + 1, column: content.indexOf(entry) + 1, path: '' }
      problems.push({ ...place, excerpt: line, message, code: 'GATE_CONFIG_GROUP' })
    } else if (address === undefined) globs.push(entry)
    else addresses.push(address)
  }
  return found
}

// Why a line that is not a plain address is not a glob either, worded to follow it.
function findLineMistake(entry: string, globs: number): string | undefined {
  if (entry.startsWith('!')) {
    return `begins with !, and a group cannot exclude; take the line out, and write "${entry.slice(0, 80)}" in photos of the rule`
  }
  const mistake = findMistake('photo-glob', entry)
  if (mistake === undefined) {
    return /[*?]/.test(entry) && globs >= maxGlobs
      ? `is one glob more than the ${maxGlobs.toLocaleString('en')} that a group may have; write the addresses themselves`
      : undefined
  }
  if (!mistake.startsWith('can match no mail address')) return mistake
  return `is not a mail address or a glob; ${adviseLine(entry)}`
}

// `Joe Bloggs <joe@acme.example>`, `SMTP:joe@acme.example`, `joe@acme.example, ann@acme.example`.
function adviseLine(entry: string): string {
  const [only, other] = (entry.match(/[^\s<>:;,"']+@[^\s<>:;,"']+/g) ?? []).filter(
    part => part.length < entry.length && parseAddress(part) !== undefined,
  )
  if (other !== undefined) return 'write each address on a line of its own'
  return `write ${only ?? 'joe@acme.example or *@board.acme.example'}`
}
