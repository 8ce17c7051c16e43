// Text from files, logs, tokens and directories, for people to read: what could steer a terminal or hide a part of
// the text never reaches one.

/** One line, such as a name: whatever is no character to look at is replaced, line ends too. */
export function printable(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '\ufffd')
}

const unprintable = /(?!\r\n|[\n\t])[\p{C}\p{Zl}\p{Zp}]/gu

/**
 * A whole text, with its line ends and tabs: each other control, format, private or unassigned character becomes
 * `\uhhhh`. In JSON, and in double quotes of YAML, that is the same value.
 */
export function printableText(text: string): string {
  return text.replace(unprintable, escapeUnits)
}

function escapeUnits(char: string): string {
  return [...Array(char.length).keys()]
    .map(at => `\\u${char.charCodeAt(at).toString(16).padStart(4, '0')}`)
    .join('')
}
