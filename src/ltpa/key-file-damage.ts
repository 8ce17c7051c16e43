// Damage to key files on their way, such as by mail programs. Looked for before anything is read, so that the message
// names the cause and not a consequence.
import { readProperties } from './properties.ts'

/** The damage to the text of a key file, worded to follow its name; undefined when there is none. */
export function findDamage(text: string, prefix: string): string | undefined {
  if (/^(?:\xff\xfe|\xfe\xff)/.test(text) || text.includes('\0')) {
    return 'is UTF-16, as PowerShell writes with >; copy the file itself, or save it as ASCII'
  }
  const values = new Map<string, string>()
  const properties = [...readProperties(text)]
  if (isOfMail(properties, prefix)) {
    return 'has lines that were broken or quoted, as a mail program does; send the file as an attachment'
  }
  for (const [name, value] of properties) {
    if (!name.startsWith(prefix)) continue
    // Java takes the last of two. Only the administrator knows which one is meant.
    if ((values.get(name) ?? value) !== value) {
      return `has two values of ${name}; are these two key files in one? Keep one`
    }
    values.set(name, value)
  }
  return undefined
}

// The rest of a value on a line of its own, a quotation mark of mail, or quoted-printable, which turns every = into =3D.
// One value alone proves nothing: the base64 of one key in a thousand begins with 3D.
function isOfMail(properties: readonly (readonly [string, string])[], prefix: string): boolean {
  const own = properties.filter(([name]) => name.startsWith(prefix))
  return (
    properties.some(([name]) => /^[A-Za-z0-9+/]{20,}$/.test(name) || /^>+/.test(name)) ||
    own.some(([, value]) => value.endsWith('=3D')) ||
    (own.length > 0 && own.every(([, value]) => value.startsWith('3D')))
  )
}
