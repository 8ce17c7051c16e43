// Handshakes that a server refused because client and server have no version or no cipher suite in common, in the error
// logs of IHS, Apache's mod_ssl and nginx. Other handshakes fail for other reasons, and are not counted.
import { isIP } from 'node:net'

export interface RefusedHandshake {
  /** Empty when the line does not name it. */
  readonly client: string
  /** By the server's own clock, which logs no time zone; read as UTC. */
  readonly timeMs: number | undefined
}

/** `other`: a line of an error log that tells of no refusal. */
export type ErrorLine = RefusedHandshake | 'other'

export interface ErrorLineReader {
  /** Undefined when the line is not of an error log. */
  read(line: string): ErrorLine | undefined
}

// OpenSSL's reasons, of its releases from 1.0 to 3.
const noCommon =
  /:(?:unsupported protocol|no shared cipher|wrong version number|version too low|unknown protocol|no protocols available|inappropriate fallback)\b/
const maxThreads = 10_000

/** For one log: Apache names the client in one line and the reason in the next of the same thread. */
export function buildErrorLineReader(): ErrorLineReader {
  const clients = new Map<string, string>()
  const readModSsl = (message: string, { thread, client, timeMs }: ErrorLineHead): ErrorLine => {
    if (/^(?:AH02008: )?SSL library error \d+ in handshake/.test(message)) {
      if (clients.size >= maxThreads) clients.clear()
      clients.set(thread, client)
      return 'other'
    }
    if (!/^SSL Library Error: /i.test(message) || !noCommon.test(message)) return 'other'
    const named = client === '' ? (clients.get(thread) ?? '') : client
    clients.delete(thread)
    return { client: named, timeMs }
  }
  return {
    read: line => {
      const nginx = readNginx(line)
      if (nginx !== undefined) return nginx
      const { head, message } = readHead(line)
      if (message.startsWith('SSL0222W')) {
        return { client: head.client || clientBehind(message), timeMs: head.timeMs }
      }
      if (!head.isErrorLog) return undefined
      return readModSsl(message, head)
    },
  }
}

interface ErrorLineHead {
  readonly timeMs: number | undefined
  readonly client: string
  /** `pid 21172:tid 21201`, or empty. */
  readonly thread: string
  /** Whether it begins as lines of error logs do. */
  readonly isErrorLog: boolean
}

const maxGroups = 8
const maxGroup = 300

// `[time] [module:level] [pid 1:tid 2] [client 192.0.2.7:51106] message`. The message may hold what clients have sent, and
// begins behind the last of these groups.
function readHead(line: string): { head: ErrorLineHead; message: string } {
  const groups: string[] = []
  let at = 0
  while (line[at] === '[' && groups.length < maxGroups) {
    const close = line.indexOf(']', at)
    if (close < 0 || close - at > maxGroup) break
    groups.push(line.slice(at + 1, close))
    at = line[close + 1] === ' ' ? close + 2 : close + 1
  }
  const times = groups.map(readTime).filter(time => time !== undefined)
  const client = groups.find(group => group.startsWith('client '))?.slice(7) ?? ''
  const thread = groups.find(group => group.startsWith('pid ')) ?? ''
  const head = {
    timeMs: times[0],
    // Apache 2.4 logs the port too, 2.2 does not; `2001:db8::7:5110` would be an address both ways.
    client:
      thread === ''
        ? addressOf(client) || withoutPort(client)
        : withoutPort(client) || addressOf(client),
    thread,
    isErrorLog: times.length > 0 && groups.some(group => levelPattern.test(group)),
  }
  return { head, message: line.slice(at) }
}

const levelPattern = /^(?:[\w-]+:|:)?(?:emerg|alert|crit|error|warn|notice|info|debug|trace[1-8])$/

// `[192.0.2.7:62899 -> 10.0.0.1:443] [09:45:11.000102454] 0ms` at the end of IHS's message.
function clientBehind(message: string): string {
  const [, client = ''] = /\[([^\][ ]{1,100}) ?->/.exec(message.slice(0, 1_000)) ?? []
  return withoutPort(client)
}

// `192.0.2.7:51106`, `[2001:db8::7]:51106`, and in Apache's logs `2001:db8::7:51106`.
function withoutPort(text: string): string {
  return addressOf(text.replace(/^\[?([\da-f.:]+?)\]?:\d{1,5}$/i, '$1'))
}

// Only an address: `xx.xx.xx.xx` of a published log is none.
function addressOf(text: string): string {
  return isIP(text) === 0 ? '' : text
}

const nginxPattern = /^(\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d) \[[a-z]+\] \d+#\d+: (?:\*\d+ )?/

function readNginx(line: string): ErrorLine | undefined {
  if (line[4] !== '/' || line[7] !== '/') return undefined
  const match = nginxPattern.exec(line)
  if (match === null) return undefined
  const message = line.slice(match[0].length, match[0].length + 1_000)
  if (!message.startsWith('SSL_do_handshake() failed (SSL: ') || !noCommon.test(message)) {
    return 'other'
  }
  const [, client = ''] = / while SSL handshaking, client: ([^, ]{1,100})/.exec(message) ?? []
  return { client: addressOf(client), timeMs: readTime(match[1] as string) }
}

const months = 'JanFebMarAprMayJunJulAugSepOctNovDec'
const apacheTime =
  /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ \d]\d) (\d\d):(\d\d):(\d\d)(?:\.\d+)? (\d{4})$/
const plainTime = /^(\d{4})[-/](\d\d)[-/](\d\d)[ T](\d\d):(\d\d):(\d\d)(?:[.,]\d+)?$/

function readTime(text: string): number | undefined {
  const apache = apacheTime.exec(text)
  if (apache !== null) {
    const [, name = '', ...rest] = apache
    const [day, hour, minute, second, year] = rest.map(Number) as [
      number,
      number,
      number,
      number,
      number,
    ]
    const month = months.indexOf(name)
    return month % 3 === 0 ? Date.UTC(year, month / 3, day, hour, minute, second) : undefined
  }
  const plain = plainTime.exec(text)
  if (plain === null) return undefined
  const [year, month, day, hour, minute, second] = plain.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  return Date.UTC(year, month - 1, day, hour, minute, second)
}
