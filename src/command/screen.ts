// What standard output shows where it is a terminal: colours for the styles of a text, and bars. Escapes every part before it
// colours it, so no name can bring a sequence of its own.
import { platform } from 'node:os'
import pc from 'picocolors'
import type { BarLook } from '../text/bar.ts'
import { printableText } from '../text/printable.ts'
import type { StyledText, StyleName } from '../text/styled.ts'

export interface Screen {
  readonly colors: boolean
  /** Undefined: the screen is too narrow for bars. */
  readonly bars: BarLook | undefined
}

const barWidth = 16
const minColumns = 60

/**
 * Undefined for `TERM=dumb`, which shows plain text only. `NO_COLOR` leaves the bars.
 * @param columns 0 or undefined: the terminal does not say.
 */
export function screenOf(
  env: Readonly<Record<string, string | undefined>>,
  columns: number | undefined,
): Screen | undefined {
  const { NO_COLOR = '', TERM } = env
  if (TERM === 'dumb') return undefined
  const isWide = !columns || columns >= minColumns
  const bars = isWide ? { width: barWidth, isUnicode: isUnicode(env) } : undefined
  return { colors: NO_COLOR === '', bars }
}

// Without a locale, as in a container, terminals nearly always show UTF-8; one that names another means it.
function isUnicode({ LC_ALL, LC_CTYPE, LANG }: Readonly<Record<string, string | undefined>>) {
  const locale = LC_ALL || LC_CTYPE || LANG
  return platform() === 'win32' || !locale || /utf-?8/i.test(locale)
}

export function paint(text: string | StyledText, { colors }: Pick<Screen, 'colors'>): string {
  if (typeof text === 'string') return printableText(text)
  const { green, red, yellow, dim, bold } = pc.createColors(colors)
  const painters: Record<StyleName, (text: string) => string> = {
    ...{ good: green, bad: red, doubt: yellow },
    ...{ faint: dim, strong: bold },
  }
  const paintPart = (part: StyledText[number]) =>
    typeof part === 'string' ? printableText(part) : painters[part.style](printableText(part.text))
  return text.map(paintPart).join('')
}
