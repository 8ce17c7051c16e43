// One person in a people file, the same for CSV and LDIF: the cells, and the mail addresses in them.
import { parseAddress } from '../../../text/mail-address.ts'

export interface Cell {
  readonly text: string
  /** `12:5`: line and column, from 1. Slow, so call it for problems only. */
  where(): string
}

export interface PeopleRow {
  readonly line: number
  readonly uid: Cell | undefined
  /** The main address before aliases. */
  readonly mail: readonly Cell[]
}

/** Called for a problem at a place such as `12:5`. */
export type Report = (where: string, reason: string) => void

/** Takes rows while they are read: there may be hundreds of thousands. */
export interface RowSink {
  onRow(row: PeopleRow): void
  readonly report: Report
}

/** Canonical addresses without repeats, and words that should be addresses but are not. */
export interface CellAddresses {
  readonly addresses: readonly string[]
  readonly refused: readonly string[]
}

const prefixed = /^([a-z][a-z\d.+-]*):(.*)$/is

/** As PeopleText has it. */
export type IsBroken = (part: string) => boolean

/** Parses one value, such as one of proxyAddresses: `SMTP:joe@x`, `sip:joe@x`, `joe@x`. */
export function addressesOfValue(text: string, isBroken: IsBroken): CellAddresses {
  const value = text.trim()
  const [, prefix, rest = ''] = prefixed.exec(value) ?? []
  if (value === '' || (prefix !== undefined && !isMail(prefix))) {
    return { addresses: [], refused: [] }
  }
  const address = parse(prefix === undefined ? value : rest, isBroken)
  return address === undefined
    ? { addresses: [], refused: [value] }
    : { addresses: [address], refused: [] }
}

/**
 * Parses several values, separated by semicolons, commas, bars or blanks. Active Directory writes its primary address with
 * `SMTP:` in capitals: that one comes first.
 */
export function addressesOfList(text: string, isBroken: IsBroken): CellAddresses {
  const primary: string[] = []
  const others: string[] = []
  const refused: string[] = []
  // X500 and X400 addresses contain blanks and semicolons: a word after one belongs to it, unless the word is an address.
  let isForeign = false
  for (const word of text.split(/[\s;,]+|\|(?<=@[^|@]*\|)/)) {
    const [, prefix, rest = ''] = prefixed.exec(word) ?? []
    if (prefix !== undefined) isForeign = !isMail(prefix)
    if (word === '' || (prefix !== undefined && isForeign)) continue
    // A bar before the @ may be a part of the address: the part behind the bar could be somebody else's address.
    const address = word.includes('|')
      ? undefined
      : parse(prefix === undefined ? word : rest, isBroken)
    if (address !== undefined) (prefix === 'SMTP' ? primary : others).push(address)
    else if (!isForeign) refused.push(word)
  }
  return { addresses: [...new Set([...primary, ...others])], refused }
}

function isMail(prefix: string): boolean {
  return /^(?:smtp|mailto)$/i.test(prefix)
}

function parse(text: string, isBroken: IsBroken): string | undefined {
  return isBroken(text) ? undefined : parseAddress(text.trim())
}
