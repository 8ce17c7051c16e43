// Leaves user names and passwords out of what should be a URL, and may be mistyped so that nothing parses it.

/**
 * The text with `…@` in place of all from a colon's name to the last at sign: more than the password rather than less.
 * @example withoutPassword('https//admin:geheim@chat.acme.example') // 'https//…@chat.acme.example'
 */
export function withoutPassword(text: string): string {
  const [scheme = ''] = /^\s*https?:\/\//i.exec(text) ?? []
  const rest = text.slice(scheme.length)
  const at = rest.lastIndexOf('@')
  const colon = rest.indexOf(':')
  if (at < 0 || colon < 0 || colon > at) return text
  const start = rest.lastIndexOf('/', colon) + 1
  return `${scheme}${rest.slice(0, start)}…${rest.slice(at)}`
}
