// Formats a set of IPv4 addresses as regular expressions that match exactly these addresses: anchored, escaped, and
// short enough for a line of httpd.conf.
import type { AddressSet, AddressSpace } from './address-diagram.ts'

/** In characters. The PCRE of Apache 2.2 and of 2.4 can read that; a line may have 8,190 bytes. */
const defaultLength = 4_000

/**
 * Expressions that together match the dotted quads of the set and no other dotted quad. Each has at most
 * `maxLength` characters. Empty for the empty set.
 */
export function formatAddresses(
  set: AddressSet,
  space: AddressSpace,
  maxLength = defaultLength,
): string[] {
  const known = new Map<string, string[]>()

  /** Alternatives for octet `at` and all after it. */
  function alternativesOf(each: AddressSet, at: number): string[] {
    if (each === space.all) return ['\\d+'.concat('\\.\\d+'.repeat(3 - at))]
    const key = `${at} ${each.id}`
    let texts = known.get(key)
    if (texts === undefined) {
      texts = [...groupValues(space.octetOf(each), space.none)].flatMap(([following, values]) => {
        const octet = formatOctets(values)
        if (at === 3) return [octet]
        const rest = alternativesOf(following, at + 1)
        return pack(rest, maxLength - octet.length - 16).map(text => `${octet}\\.${text}`)
      })
      known.set(key, texts)
    }
    return texts
  }
  return pack(set === space.none ? [] : alternativesOf(set, 0), maxLength).map(text => `^${text}$`)
}

function groupValues(row: readonly AddressSet[], none: AddressSet): Map<AddressSet, number[]> {
  const groups = new Map<AddressSet, number[]>()
  for (const [value, following] of row.entries()) {
    if (following === none) continue
    const group = groups.get(following)
    if (group === undefined) groups.set(following, [value])
    else group.push(value)
  }
  return groups
}

/** Joins alternatives to as few groups as the length allows. */
function pack(texts: readonly string[], maxLength: number): string[] {
  const groups: string[][] = []
  let length = 0
  for (const text of texts) {
    const last = groups.at(-1)
    if (last === undefined || length + text.length + 1 > maxLength) {
      groups.push([text])
      length = text.length
    } else {
      last.push(text)
      length += text.length + 1
    }
  }
  return groups.map(group => (group.length === 1 ? (group[0] as string) : `(?:${group.join('|')})`))
}

/** Values of an octet, from 0 to 255, without leading zeros. */
function formatOctets(values: readonly number[]): string {
  if (values.length === 256) return '\\d+'
  // The last digits that may follow, by the digits before them.
  const lastDigits = new Map<number, number[]>()
  for (const value of values) {
    const before = Math.floor(value / 10)
    lastDigits.set(before, [...(lastDigits.get(before) ?? []), value % 10])
  }
  const befores = new Map<string, number[]>()
  for (const [before, digits] of lastDigits) {
    const text = formatDigits(digits)
    befores.set(text, [...(befores.get(text) ?? []), before])
  }
  const texts = [...befores].map(([digits, before]) => `${formatBefores(before)}${digits}`)
  return texts.length === 1 ? (texts[0] as string) : `(?:${texts.join('|')})`
}

/** The digits before the last one: 0 means none, 10 to 25 are two digits. */
function formatBefores(befores: readonly number[]): string {
  const ones = befores.filter(before => before > 0 && before < 10)
  const texts = ones.length > 0 ? [formatDigits(ones)] : []
  for (const hundreds of [1, 2]) {
    const tens = befores.filter(before => Math.floor(before / 10) === hundreds).map(n => n % 10)
    if (tens.length > 0) texts.push(`${hundreds}${formatDigits(tens)}`)
  }
  const isOptional = befores.includes(0)
  if (texts.length === 0) return ''
  if (!isOptional && texts.length === 1) return texts[0] as string
  const isOneChar = texts.length === 1 && ones.length > 0
  return `${isOneChar ? texts[0] : `(?:${texts.join('|')})`}${isOptional ? '?' : ''}`
}

function formatDigits(digits: readonly number[]): string {
  if (digits.length === 1) return String(digits[0])
  if (digits.length === 10) return '\\d'
  const runs: [number, number][] = []
  for (const digit of digits) {
    const last = runs.at(-1)
    if (last !== undefined && last[1] === digit - 1) last[1] = digit
    else runs.push([digit, digit])
  }
  const texts = runs.map(([from, to]) =>
    to === from ? `${from}` : to === from + 1 ? `${from}${to}` : `${from}-${to}`,
  )
  return `[${texts.join('')}]`
}
