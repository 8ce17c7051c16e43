// Makes text from files, logs, tokens and directories safe to print: characters that control a terminal or hide
// a part of the text never reach one.

/**
 * One line, such as a name. Each control, format, private and unassigned character becomes U+FFFD, and so do line ends.
 * @example printable('joe\u001b[2J') // 'joe\ufffd[2J'
 */
export function printable(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '\ufffd')
}

const unprintable = /(?!\r\n|[\n\t])[\p{C}\p{Zl}\p{Zp}]/gu

/**
 * A whole text, which keeps its line ends and tabs. Each other control, format, private or unassigned character
 * becomes `\uhhhh`, which is the same value in JSON and in a double-quoted YAML text.
 * @example printableText('a\n\u202eb') // 'a\n\\u202eb'
 */
export function printableText(text: string): string {
  return text.replace(unprintable, escapeUnits)
}

function escapeUnits(char: string): string {
  return [...Array(char.length).keys()]
    .map(at => `\\u${char.charCodeAt(at).toString(16).padStart(4, '0')}`)
    .join('')
}
