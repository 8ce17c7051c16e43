// Rewrites a filter as administrators write it (RFC 4515) for ldapts, which accepts no blanks between the parts and takes
// each escaped byte for a character, so that \c3\bc would look for two characters.
import { isUtf8 } from 'node:buffer'

/**
 * The same filter without blanks between its parts, and with escaped letters as themselves.
 * `refusal` says why the filter cannot be sent, worded to follow the text.
 */
export function tidyFilter(
  text: string,
): { readonly filter: string } | { readonly refusal: string } {
  let refusal: string | undefined
  const filter = text
    .trim()
    .replace(/(\)|\([&|!]?)\s+(?=[()&|!])/g, '$1')
    .replace(/(?:\\[0-9a-f]{2})+/gi, run => {
      const bytes = Buffer.from(run.replaceAll('\\', ''), 'hex')
      if (!isUtf8(bytes)) {
        refusal = `looks for bytes that are not UTF-8 (${run}), which cannot be sent`
        return run
      }
      // ASCII stays escaped: a parenthesis, an asterisk and the like would mean something else.
      return bytes
        .toString()
        .replace(/[\0-\x7f]/g, char => `\\${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
    })
  return refusal === undefined ? { filter } : { refusal }
}
