// Reads the flags of mod_rewrite's directives: `[R=302,NC]`. Does not know what they mean.
import type { Directive } from './httpd/directive.ts'

/** The flags with their values, by name in lower case. */
export function readFlags({ words }: Directive): Map<string, string> {
  const last =
    words.length > 2 ? words[2] : /^\[.*\]$/.test(words[1]?.text ?? '') ? words[1] : undefined
  const list = /^\[(.*)\]$/.exec(last?.text ?? '')?.[1] ?? ''
  const pairs = list.split(',').map(flag => flag.trim().split('=', 2))
  return new Map(
    pairs
      .filter(([name]) => name !== '')
      .map(([name = '', value = '']) => [name.toLowerCase(), value]),
  )
}

/** Whether the flags are not in one pair of brackets, such as `[NC, OR]`. Apache does not start with them. */
export function hasOddFlags({ words }: Directive): boolean {
  return words[2] !== undefined && !/^\[.*\]$/.test(words[2].text)
}
