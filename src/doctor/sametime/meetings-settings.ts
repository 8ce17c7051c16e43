// What a classic Meeting Server shows of its settings at /stmeetings/configuration, to anybody. The names of its keys come
// from the vendor's page and from a public scanner.
import { withoutPassword } from '../../text/without-password.ts'
import type { WebAnswer } from './ask-web.ts'

export interface MeetingsSettings {
  /** userInfoRedirect, `true` by default. */
  readonly redirects: boolean
  /** userInfoUrlTemplate; empty by default. */
  readonly template: string
  /** What userInfoUrlTemplate is, when it is there and no text: `a list`. */
  readonly strangeTemplate: string | undefined
  /** Whether a key says that guests may enter. Undefined: none says anything. */
  readonly guests: boolean | undefined
}

export const settingsPath = '/stmeetings/configuration?format=json&verbose=true'

/** A text: why the answer says nothing, worded to follow the URL. */
export function parseMeetingsSettings({
  status,
  headers,
  body,
}: WebAnswer): MeetingsSettings | string {
  if (status >= 300 && status < 400) {
    return `answers with a redirect to ${printUrl(headers.location)}: it wants a sign-in, or another address`
  }
  if (status !== 200) return `answers ${status}`
  const text = body
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .trim()
  if (text === '') return 'answers with nothing'
  if (text.startsWith('<'))
    return 'answers with a page in place of JSON: it wants a sign-in, or another address'
  const values = parseObject(text)
  if (values === undefined) return 'answers with something that is not a JSON object'
  const keys = ['userInfoRedirect', 'userInfoUrlTemplate', ...guestKeys]
  if (!keys.some(key => values.has(key))) {
    return 'answers with JSON that has none of the keys of a Meeting Server'
  }
  const guests = guestKeys.map(key => toBoolean(values.get(key))).filter(each => each !== undefined)
  return {
    redirects: toBoolean(values.get('userInfoRedirect')) ?? true,
    ...readTemplate(values.get('userInfoUrlTemplate')),
    guests: guests.length === 0 ? undefined : guests.includes(true),
  }
}

const guestKeys = ['meetingroom.allowGuestAccess', 'meetingroomcenter.allowGuestAccess']

function parseObject(text: string): Map<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? new Map(Object.entries(value)) : undefined
  } catch {
    return undefined
  }
}

// Shown as texts or as values. Nothing else is turned into a text: an object of the server decides what that does.
function toBoolean(value: unknown): boolean | undefined {
  const text = typeof value === 'string' ? value.trim().toLowerCase() : value
  return text === 'true' || text === true
    ? true
    : text === 'false' || text === false
      ? false
      : undefined
}

function readTemplate(value: unknown): Pick<MeetingsSettings, 'template' | 'strangeTemplate'> {
  if (typeof value === 'string') return { template: value.trim(), strangeTemplate: undefined }
  const strangeTemplate =
    value === undefined || value === null
      ? undefined
      : Array.isArray(value)
        ? 'a list'
        : typeof value === 'object'
          ? 'an object'
          : String(value)
  return { template: '', strangeTemplate }
}

/** Without user name, password and query, which may hold secrets. */
export function printUrl(text: string | undefined): string {
  if (text === undefined) return 'nowhere'
  if (!URL.canParse(text)) {
    return (withoutPassword(text).split(/[?#]/)[0] ?? '').slice(0, 200)
  }
  const url = new URL(text)
  if (!/^https?:$/.test(url.protocol)) return `${url.protocol}…`
  return `${url.origin}${url.pathname}`.slice(0, 200)
}
