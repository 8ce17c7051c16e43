// The formats of texts in the configuration's `supply`. Connects to nothing.
import { Cron } from 'croner'
import { parseShare } from '../units.ts'

/** Why a text does not have the format, worded to follow the text; undefined when it has. */
export const supplyMistakeFinders: Record<string, (text: string) => string | undefined> = {
  share: text => (parseShare(text) === undefined ? 'is not a share; write 10%' : undefined),
  schedule: findScheduleMistake,
  'ldap-attribute': text =>
    // RFC 4512 section 2.5, with options such as `;binary`.
    /^(?:[A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)+)(?:;[A-Za-z0-9-]+)*$/.test(text)
      ? undefined
      : 'is not an attribute; write mail',
  'ldap-filter': text =>
    isFilter(text)
      ? undefined
      : 'is not a filter in the form of RFC 4515, which has no spaces between its parts; write (mail=*)',
  'ldap-url': text =>
    findUrlMistake(text, {
      protocols: ['ldap:', 'ldaps:'],
      example: 'ldaps://ad.acme.example',
      judge: ({ username, pathname }) => {
        if (username !== '') return 'names a user; leave it out, and write it as bind'
        return pathname === '' || pathname === '/'
          ? undefined
          : 'has a path; leave it out, and write as base where people are'
      },
    }),
  'http-url': text =>
    findUrlMistake(text, {
      protocols: ['http:', 'https:'],
      example: 'https://connections.acme.example/profiles',
      judge: ({ username }) =>
        username === '' ? undefined : 'names a user; leave it out, and write it as user',
    }),
  'sftp-url': text => {
    const example = 'sftp://photos@tdi.acme.example/out'
    const judge = ({ username, pathname }: URL) => {
      if (username === '') return `names no user; write ${example}`
      return isEncoded(username) && isEncoded(pathname)
        ? undefined
        : 'has a % that begins no character; write %25 for a % itself'
    }
    return findUrlMistake(text, { protocols: ['sftp:'], example, judge })
  },
}

function findScheduleMistake(text: string): string | undefined {
  const advice = 'is not a schedule; write minute, hour, day, month, day of the week: 15 2 * * *'
  if (text.trim().split(/\s+/).length !== 5) return advice
  try {
    const next = new Cron(text, { paused: true, mode: '5-part' }).nextRun()
    return next === null ? 'never comes; write 15 2 * * *' : undefined
  } catch {
    return advice
  }
}

// RFC 4515. A parenthesis within a value is written as an escape, and so is a backslash.
const filterItem = /\([\w.;:-]+[~<>]?=(?:[^()\\]|\\[0-9a-f]{2})*\)/gi

function isFilter(text: string): boolean {
  if (!/^[()&|!]*$/.test(text.replace(filterItem, ''))) return false
  // A star stands for a filter that is whole; from inside out all of it becomes one.
  let left = text.replace(filterItem, '*')
  for (let before = ''; before !== left; ) {
    before = left
    left = left.replace(/\(!\*\)|\([&|]\**\)/g, '*')
  }
  return left === '*'
}

interface UrlForm {
  readonly protocols: readonly string[]
  readonly example: string
  /** Any other mistake. */
  judge(url: URL): string | undefined
}

function findUrlMistake(text: string, { protocols, example, judge }: UrlForm): string | undefined {
  if (!/^[!-~]+$/.test(text) || !URL.canParse(text)) return `is not a URL; write ${example}`
  const url = new URL(text)
  if (!protocols.includes(url.protocol) || url.hostname === '') {
    const kinds = protocols.map(protocol => `${protocol}//`).join(' or ')
    return `does not begin with ${kinds} and a host; write ${example}`
  }
  if (url.password !== '') return 'holds a password; write it into a file of its own'
  if (/[?#]/.test(text)) return 'has more than host and path; leave out ? or # and what follows'
  return judge(url)
}

function isEncoded(text: string): boolean {
  try {
    return !decodeURIComponent(text).includes('\0')
  } catch {
    return false
  }
}
