// Makes text that clients choose freely fit for the log: paths and user agents. Both may hold a token, such as a
// session in a path or a cookie that a script sends in the wrong header, so long runs of random characters are
// replaced. Does not know photos.
import { printableText } from '../text/printable.ts'

/** Characters of a path or user agent that are logged at most. */
const maxChars = 256
// Characters that are examined: a run that begins before the cut needs enough characters to be judged.
const windowChars = 2 * maxChars
const minSecretChars = 24

// The alphabets of base64 and base64url, whose `+`, `/` and `=` may be percent-encoded. The digits of other
// percent-encoded characters do not belong to a run.
const runs = /(?<!%[\da-f]?)(?:[\w+/-]|%2[bf]|%3d){24,}/gi
const encodedSigns = /%(?:2[bf]|3d)/gi
// Too short to be judged, because the rest of the run is beyond the window.
const unjudged = /[\w+/%-]{1,24}$/

/**
 * The path of a request-target as a JSON string, as it was sent: no query, no parameters, at most 256 characters.
 * @example pathText('/joe@acme.example.jpg?v=2') // '"/joe@acme.example.jpg"'
 */
export function pathText(url: string): string {
  return quoted(shownPath(url))
}

/** The same as plain text. */
export function shownPath(url: string): string {
  // The authority is removed first: it may hold a password.
  const target = url.startsWith('/') ? url : url.replace(/^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i, '')
  const end = target.slice(0, windowChars + 1).search(/[?#;=]/)
  return shownText(end < 0 ? target : target.slice(0, end))
}

/** A client's text as a JSON string of at most 256 characters, without anything that may be a token. */
export function clientText(text: string): string {
  return quoted(shownText(text))
}

function quoted(text: string): string {
  return printableText(JSON.stringify(text))
}

function shownText(text: string): string {
  let shown = text.slice(0, windowChars).replace(runs, hideSecrets)
  if (text.length > windowChars) shown = shown.replace(unjudged, '')
  return shown.slice(0, maxChars)
}

// Both base64 and paths have slashes: names before and after a secret stay, everything between its fragments is
// replaced, because a fragment may look like a name.
function hideSecrets(run: string): string {
  const pieces = run.split('/')
  const random = pieces.filter(piece => !isName(piece)).join('')
  if (!isSecret(random.replace(encodedSigns, ''))) return run
  const isWord = (piece: string) => /^[A-Z]?[a-z]{0,23}$/.test(piece)
  const first = pieces.findIndex(piece => !isWord(piece))
  const last = pieces.findLastIndex(piece => !isWord(piece))
  return [...pieces.slice(0, first), '…', ...pieces.slice(last + 1)].join('/')
}

// Hexadecimal and base32 have only one letter case.
function isSecret(text: string): boolean {
  if (text.length < minSecretChars || !/\d/.test(text)) return false
  if (/[a-z]/.test(text) && /[A-Z]/.test(text)) return true
  return /^(?=.*[a-z])[\da-z]{32,}$/i.test(text)
}

// The name of a folder, file or program, such as Profile-Photos-2026.
function isName(piece: string): boolean {
  return piece.split(/[-_]/).every(part => /^[A-Z]*[a-z]*\d{0,4}$/.test(part))
}

const maxRemembered = 512

/** The texts of the last user agents; one front sends those of many clients. */
const userAgents = new Map<string, AgentTexts>()

interface AgentTexts {
  /** A JSON string. */
  readonly quoted: string
  readonly shown: string
}

/** `clientText` of a user agent, cached: the same few agents come again with each photo. */
export function userAgentText(agent: string): string {
  return textsOf(agent).quoted
}

/** The same as plain text. */
export function shownAgent(agent: string): string {
  return textsOf(agent).shown
}

function textsOf(agent: string): AgentTexts {
  const known = userAgents.get(agent)
  if (known !== undefined) return known
  const shown = shownText(agent)
  const texts = { shown, quoted: quoted(shown) }
  if (agent.length > windowChars) return texts
  if (userAgents.size >= maxRemembered) userAgents.clear()
  userAgents.set(agent, texts)
  return texts
}
