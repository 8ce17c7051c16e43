// What happens to key files on their way: told before anything of theirs is read, so that the message names the cause
// and not what followed from it.
import { readProperties } from './properties.ts'

/** What is wrong with the text of a key file, worded to follow its name; undefined when nothing is. */
export function findDamage(text: string, prefix: string): string | undefined {
  if (/^(?:\xff\xfe|\xfe\xff)/.test(text) || text.includes('\0')) {
    return 'is UTF-16, as PowerShell writes with >; copy the file itself, or save it as ASCII'
  }
  const values = new Map<string, string>()
  for (const [name, value] of readProperties(text)) {
    if (isOfMail(name, value, prefix)) {
      return 'has lines that were broken or quoted, as a mail program does; send the file as an attachment'
    }
    if (!name.startsWith(prefix)) continue
    // Of two, Java takes the last; which one the administrator means, nobody knows.
    if ((values.get(name) ?? value) !== value) {
      return `has two values of ${name}; are these two key files in one? Keep one`
    }
    values.set(name, value)
  }
  return undefined
}

// The rest of a value on a line of its own, a mark of quoting, or quoted-printable.
function isOfMail(name: string, value: string, prefix: string): boolean {
  if (/^[A-Za-z0-9+/]{20,}$/.test(name) || /^>+/.test(name)) return true
  return name.startsWith(prefix) && (value.startsWith('3D') || value.endsWith('=3D'))
}
