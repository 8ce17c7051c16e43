// A file of a group: one mail address or glob a line (list-file.ts).
import { parseAddress } from '../text/mail-address.ts'
import type { Problem } from './document/problem.ts'
import { readEntries } from './list-file.ts'
import { findMistake } from './schema/formats.ts'

export interface GroupFile {
  /** Canonical. */
  readonly addresses: string[]
  readonly globs: string[]
  readonly problems: Problem[]
}

// Each request may be compared with all of them.
const maxGlobs = 1_000

/** Every line's address or glob, or every line's problem with line and column. */
export function parseGroupFile(file: string, bytes: Uint8Array): GroupFile {
  const addresses: string[] = []
  const globs: string[] = []
  const problems = readEntries({ file, bytes, code: 'GATE_CONFIG_GROUP' }, entry => {
    // A character that is special in a glob makes the entry a glob, also where an address could have it.
    const isPlain = !/[*?![\]]/.test(entry)
    const address = isPlain ? parseAddress(entry) : undefined
    const mistake = address === undefined ? findLineMistake(entry, globs.length) : undefined
    if (mistake !== undefined) return mistake
    if (address === undefined) globs.push(entry)
    else addresses.push(address)
    return undefined
  })
  return { addresses, globs, problems }
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
