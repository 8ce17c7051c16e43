// Quotes a word for a command line that an administrator pastes. Knows no shell but sh (and those like it) and cmd.exe.

/**
 * One word for sh. A word that needs no quotes is left as it is.
 * @example quotePosix('/opt/IBM/a.sh') // '/opt/IBM/a.sh'
 * @example quotePosix('/opt/My Server') // "'/opt/My Server'"
 * @example quotePosix("it's") // "'it'\\''s'"
 */
export function quotePosix(word: string): string {
  if (/^[A-Za-z0-9_@%+:,./-]+$/.test(word)) return word
  return `'${word.replaceAll("'", String.raw`'\''`)}'`
}

/**
 * One word for cmd.exe. A word that needs no quotes is left as it is. `%NAME%` stays what cmd.exe makes of it: nothing
 * that is typed keeps it from that.
 * @example quoteWindows('D:\\IBM\\a.bat') // 'D:\\IBM\\a.bat'
 * @example quoteWindows('C:\\Program Files (x86)\\a.bat') // '"C:\\Program Files (x86)\\a.bat"'
 * @example quoteWindows('C:\\My Files\\') // '"C:\\My Files\\\\"'
 */
export function quoteWindows(word: string): string {
  if (/^[\p{L}\p{N}_:.\\/-]+$/u.test(word)) return word
  // A program takes \" for a quote of the text. The second quote of two keeps cmd.exe within quotes.
  return `"${word.replaceAll('"', '""').replace(/\\+$/, '$&$&')}"`
}
