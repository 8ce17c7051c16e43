// Bars of characters for shares, of one width each: eighths of a character where the reader's letters have them.

export interface BarLook {
  /** Characters. */
  readonly width: number
  /** False: `#` and `.` only. */
  readonly isUnicode: boolean
}

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const

/**
 * The filled part and the rest, `width` characters together. Any share above 0 is seen, and only 1 fills the bar.
 * @example barOf(0.5, { width: 4, isUnicode: false }) // ['##', '..']
 */
export function barOf(share: number, { width, isUnicode }: BarLook): readonly [string, string] {
  const steps = isUnicode ? 8 : 1
  const all = width * steps
  const rounded = Math.round(share * all)
  const filled = share <= 0 ? 0 : share >= 1 ? all : Math.min(all - 1, Math.max(1, rounded))
  const whole = Math.floor(filled / steps)
  if (!isUnicode) return ['#'.repeat(whole), '.'.repeat(width - whole)]
  const bar = `${'█'.repeat(whole)}${eighths[filled % 8]}`
  return [bar, ' '.repeat(width - bar.length)]
}
