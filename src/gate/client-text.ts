// What clients write freely, made fit for the log: paths and user agents. Either may hold a token, such as a session
// in a path or a cookie that a script sends in the wrong header, so long runs of random characters are left out.
// Knows nothing of photos.
import { printableText } from '../text/printable.ts'

/** Characters of a path or user agent that are logged. */
const maxChars = 256
// What is looked at: a run that begins before the cut has to be judged by enough of its characters.
const windowChars = 2 * maxChars
const minSecretChars = 24

// The alphabets of base64 and base64url, of which `+`, `/` and `=` may be percent-encoded.
// The digits of any other encoded character are not of a run.
const runs = /(?<!%[\da-f]?)(?:[\w+/-]|%2[bf]|%3d){24,}/gi
const encodedSigns = /%(?:2[bf]|3d)/gi
// Too short to be judged, as the rest of the run lies beyond the window.
const unjudged = /[\w+/%-]{1,24}$/

/** The path of a request-target as JSON, as it was sent: no query, no parameters, at most 256 characters. */
export function pathText(url: string): string {
  // Authority first: it may hold a password.
  const target = url.startsWith('/') ? url : url.replace(/^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i, '')
  const end = target.slice(0, windowChars + 1).search(/[?#;=]/)
  return clientText(end < 0 ? target : target.slice(0, end))
}

/** A client's text as JSON, at most 256 characters, without what may be a token. */
export function clientText(text: string): string {
  let shown = text.slice(0, windowChars).replace(runs, hideSecrets)
  if (text.length > windowChars) shown = shown.replace(unjudged, '')
  return printableText(JSON.stringify(shown.slice(0, maxChars)))
}

// Base64 has slashes, and so have paths: the names beside a secret stay, its own scraps do not.
function hideSecrets(run: string): string {
  const pieces = run.split('/')
  const random = pieces.filter(piece => !isName(piece)).join('')
  if (!isSecret(random.replace(encodedSigns, ''))) return run
  return pieces.map(piece => (/^[A-Z]?[a-z]{0,23}$/.test(piece) ? piece : '…')).join('/')
}

// Hexadecimal and base32 have one case.
function isSecret(text: string): boolean {
  if (text.length < minSecretChars || !/\d/.test(text)) return false
  if (/[a-z]/.test(text) && /[A-Z]/.test(text)) return true
  return /^(?=.*[a-z])[\da-z]{32,}$/i.test(text)
}

// One of a folder, a file or a program, such as Profile-Photos-2026.
function isName(piece: string): boolean {
  return piece.split(/[-_]/).every(part => /^[A-Z]*[a-z]*\d{0,4}$/.test(part))
}

const maxRemembered = 512

/** The texts of the user agents seen last; fronts send those of many clients over one connection. */
const userAgents = new Map<string, string>()

/** The same as `clientText`, remembered: the same few agents come again with each photo. */
export function userAgentText(agent: string): string {
  const known = userAgents.get(agent)
  if (known !== undefined) return known
  const text = clientText(agent)
  if (agent.length > windowChars) return text
  if (userAgents.size >= maxRemembered) userAgents.clear()
  userAgents.set(agent, text)
  return text
}
