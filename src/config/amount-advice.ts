// Amounts in forms that are not accepted, such as `1.5h` and `30days`, and how to write them. Advice only: the program
// never guesses an amount.

interface Unit {
  readonly factor: number
  readonly names: readonly string[]
}

const durations: Readonly<Record<string, Unit>> = {
  s: { factor: 1, names: ['s', 'sec', 'secs', 'second', 'seconds', 'sekunden'] },
  m: { factor: 60, names: ['m', 'min', 'mins', 'minute', 'minutes', 'minuten'] },
  h: { factor: 3_600, names: ['h', 'hr', 'hrs', 'hour', 'hours', 'std', 'stunden'] },
  d: { factor: 86_400, names: ['d', 'day', 'days', 'tag', 'tage'] },
  w: { factor: 7 * 86_400, names: ['w', 'wk', 'week', 'weeks', 'woche', 'wochen'] },
}
const sizes: Readonly<Record<string, Unit>> = {
  B: { factor: 1, names: ['b', 'byte', 'bytes'] },
  KB: { factor: 1e3, names: ['kb'] },
  MB: { factor: 1e6, names: ['mb'] },
  GB: { factor: 1e9, names: ['gb'] },
  KiB: { factor: 2 ** 10, names: ['k', 'kib'] },
  MiB: { factor: 2 ** 20, names: ['m', 'mib'] },
  GiB: { factor: 2 ** 30, names: ['g', 'gib'] },
}

/**
 * What to write for a text that is not a duration; an example when the amount is unclear.
 * @example adviseDuration('1.5h') // '90m'
 */
export function adviseDuration(text: string): string {
  if (/^\d+$/.test(text)) return `${text}s, ${text}m, ${text}h or ${text}d`
  const seconds = amountOf(text, durations)
  return seconds === undefined ? '5m' : (spell(seconds, durations, ['d', 'h', 'm', 's']) ?? '5m')
}

/**
 * The same for a size.
 * @example adviseSize('2 gib') // '2GiB'
 */
export function adviseSize(text: string): string {
  if (/^\d+$/.test(text)) return `${text}MiB, ${text}KB or ${text}B`
  const bytes = amountOf(text, sizes)
  const units = /i|[kmg]$/i.test(text) ? ['GiB', 'MiB', 'KiB', 'B'] : ['GB', 'MB', 'KB', 'B']
  return bytes === undefined ? '256MiB' : (spell(bytes, sizes, units) ?? '256MiB')
}

// The sum of all amounts in the text: `1h30m`, `1,5 h`.
function amountOf(text: string, units: Readonly<Record<string, Unit>>): number | undefined {
  const part = /(\d{1,9}(?:[.,]\d{1,3})?)\s*([A-Za-z]+)[\s,]*/y
  let sum = 0
  while (part.lastIndex < text.length) {
    const [, digits = '', name = ''] = part.exec(text) ?? []
    const unit = Object.values(units).find(({ names }) => names.includes(name.toLowerCase()))
    if (unit === undefined) return undefined
    sum += Number(digits.replace(',', '.')) * unit.factor
  }
  return sum
}

// In the largest unit that divides the amount. Undefined for zero, and for fractions of the smallest unit.
function spell(
  amount: number,
  units: Readonly<Record<string, Unit>>,
  order: readonly string[],
): string | undefined {
  const fits = (name: string) => {
    const count = amount / (units[name]?.factor ?? 1)
    return Number.isInteger(count) && count > 0
  }
  const name = order.find(fits)
  return name === undefined ? undefined : `${amount / (units[name]?.factor ?? 1)}${name}`
}
