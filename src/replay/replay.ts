// A replay: lines of logs in, counts out. Knows which lines count and where a log has its cookies. Lines are parsed in
// log-line.ts, and requests are judged in judge.ts.

import type { LineHandler } from '../text/line-splitter.ts'
import { buildClientField } from './client-field.ts'
import { ownText } from './clients.ts'
import { detectCookieField, fieldsBefore, readCookieField } from './cookie-field.ts'
import type { Fronts } from './fronts.ts'
import { buildFronts } from './fronts.ts'
import { asksForCookies } from './judge.ts'
import { sampleLines } from './line-sample.ts'
import type { LogLine } from './log-line.ts'
import { parseLogLine } from './log-line.ts'
import type { RequestCounterOptions, RequestCounts } from './request-counter.ts'
import { buildRequestCounter } from './request-counter.ts'

export interface ReplayOptions extends RequestCounterOptions {
  /** The item of the LogFormat that is the Cookie header, from 1. Undefined: found by its contents. */
  readonly cookieField?: number | undefined
  /** The item that is the client or X-Forwarded-For, from 1. Undefined: found by its contents. */
  readonly clientField?: number | undefined
  /** Counts only lines of this virtual host and lines without one. */
  readonly virtualHost?: string | undefined
}

export interface LogSummary {
  readonly file: string
  readonly lines: number
  /** Position as in `cookieField`; null when the log has no known cookie field. */
  readonly cookieField: number | null
  /** Position as in `clientField`; null for `%h`, the first item behind a virtual host. */
  readonly clientField: number | null
}

export interface ReplayResult extends RequestCounts {
  /** Empty lines do not count. */
  readonly lines: LineCounts
  /** The first five, by their line numbers in the file, where empty lines count. */
  readonly notUnderstoodAt: readonly { readonly file: string; readonly line: number }[]
  readonly logs: readonly LogSummary[]
  /** Whether any rule, of now or before, asks for cookies. */
  readonly asksForCookies: boolean
  /** The names at the start of lines, at most 20. */
  readonly virtualHosts: readonly string[]
  /** Fronts of logged clients that are not in `proxies`. */
  readonly unknownFronts: Fronts
  /** Whether the item that was named as the client has an address in no line of any log. */
  readonly clientFieldIsEmpty: boolean
}

export interface LineCounts {
  readonly all: number
  readonly photos: number
  /** Other methods, other paths, and requests that are not HTTP. */
  readonly noPhoto: number
  readonly otherHosts: number
  readonly notUnderstood: number
}

export interface LogReplay {
  /** Undefined stands for a line that is too long. */
  push: LineHandler
  end(): void
}

export interface Replay {
  /** One log at a time. */
  begin(file: string): LogReplay
  /** `maxRows`: bound for each list. */
  result(maxRows: number): ReplayResult
}

const maxPlaces = 5
const maxVirtualHosts = 20

export function buildReplay(options: ReplayOptions): Replay {
  const { settings, against, cookieField, clientField, virtualHost } = options
  const needsCookies = [settings, against].some(each => each && asksForCookies(each.policy))
  const counter = buildRequestCounter(options)
  const hosts = buildHosts(virtualHost)
  const counts = { all: 0, photos: 0, noPhoto: 0, otherHosts: 0, notUnderstood: 0 }
  const notUnderstoodAt: { file: string; line: number }[] = []
  const logs: LogSummary[] = []
  const proxies = [settings, against].flatMap(each => each?.proxies ?? [])
  const fronts = buildFronts(proxies)
  let clientFieldIsEmpty = clientField !== undefined

  const count = (line: LogLine, cookie: string | null | undefined, front: string | undefined) => {
    if (!hosts.isWanted(line.virtualHost)) counts.otherHosts++
    else if (counter.add(line, cookie)) {
      counts.photos++
      if (front !== undefined) fronts.add(front)
    } else counts.noPhoto++
  }

  const begin = (file: string): LogReplay => {
    const cookies = buildCookieReader(needsCookies, cookieField)
    const clients = buildClientField({ named: clientField, proxies })
    const before = counts.all
    let number = 0
    const sample = sampleLines({
      onSample: lines => {
        cookies.learn(lines)
        clients.learn(lines)
      },
      onLine: text => {
        number++
        if (text === '') return
        counts.all++
        const line = text === undefined ? undefined : parseLogLine(text)
        if (line !== undefined) {
          const cookie = cookies.read(text as string, line)
          const client = clients.read(text as string, line)
          const virtualHost = clients.hasVirtualHost() ? line.virtualHost : undefined
          const front = client === line.client ? undefined : line.client
          return count({ ...line, client, virtualHost }, cookie, front)
        }
        counts.notUnderstood++
        if (notUnderstoodAt.length < maxPlaces) notUnderstoodAt.push({ file, line: number })
      },
    })
    return {
      push: sample.push,
      end: () => {
        sample.end()
        if (!clients.isInVain()) clientFieldIsEmpty = false
        const fields = { cookieField: cookies.field(), clientField: clients.field() }
        logs.push({ file, lines: counts.all - before, ...fields })
      },
    }
  }

  return {
    begin,
    result: maxRows => ({
      lines: { ...counts },
      notUnderstoodAt,
      logs,
      asksForCookies: needsCookies,
      virtualHosts: hosts.names(),
      unknownFronts: fronts.value(),
      clientFieldIsEmpty,
      ...counter.counts(maxRows),
    }),
  }
}

// The cookies of one log's lines. A virtual host before `%h` is an item of the LogFormat too.
function buildCookieReader(isNeeded: boolean, named: number | undefined) {
  let position: number | undefined
  let itemsBefore = fieldsBefore
  return {
    learn: (lines: readonly string[]) => {
      if (!isNeeded) return
      const first = lines.map(parseLogLine).find(line => line !== undefined)
      itemsBefore += first?.leads.length ?? 0
      position = named === undefined ? detectCookieField(lines) : named - 1 - itemsBefore
    },
    read: (text: string, { rest }: LogLine) => {
      if (!isNeeded) return null
      const cookie = position === undefined ? undefined : readCookieField(text, rest, position)
      return typeof cookie === 'string' ? ownText(cookie) : cookie
    },
    field: () => (position === undefined ? null : position + 1 + itemsBefore),
  }
}

function buildHosts(wanted: string | undefined) {
  const names = new Set<string>()
  return {
    isWanted: (name: string | undefined) => {
      if (name === undefined) return true
      const colon = name.lastIndexOf(':')
      const host = (colon < 0 ? name : name.slice(0, colon)).toLowerCase()
      if (names.size < maxVirtualHosts) names.add(ownText(host))
      return wanted === undefined || host === wanted.toLowerCase()
    },
    names: () => [...names].sort(),
  }
}
