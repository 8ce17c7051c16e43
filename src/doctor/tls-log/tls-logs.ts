// Reads the lines of logs, access logs and error logs in any order, and counts what they say of TLS. The format of an
// access log is found by its own lines, and again when it changes within the file.
import type { LineHandler } from '../../text/line-splitter.ts'
import { parseJsonLine } from './json-request.ts'
import { buildErrorLineReader } from './refused-handshake.ts'
import type { TlsCensus, TlsCounter } from './tls-census.ts'
import { buildTlsCounter } from './tls-census.ts'
import type { TlsLayout } from './tls-layout.ts'
import { learnLayout } from './tls-layout.ts'
import type { AccessLine, TlsRequest } from './tls-request.ts'
import { parseAccessLine, readAccessLine } from './tls-request.ts'

/** What one log was found to be. */
export interface TlsLog {
  readonly file: string
  /** Without empty ones. */
  lines: number
  /** Requests of an access log. */
  requests: number
  /** Those with a TLS version. */
  encrypted: number
  /** Requests whose line has no field for TLS. */
  untold: number
  /** Lines of an error log. */
  errorLines: number
  /** Lines of a gate's log that are no requests. */
  gateLines: number
  refused: number
  /** By number from 1. */
  firstNotUnderstood: number | undefined
  notUnderstood: number
}

export interface TlsLogs {
  /** One log at a time. Undefined stands for a line that is too long. */
  begin(file: string): { push: LineHandler; end(): void }
  result(): { readonly logs: readonly TlsLog[]; readonly census: TlsCensus }
}

// Characters of lines that are held back until their format is known.
const blockSize = 256 * 1024
// Requests in a row without a TLS version, after which the format is looked for again.
const maxUntold = 1_000

export function buildTlsLogs(): TlsLogs {
  const counter = buildTlsCounter()
  const logs: TlsLog[] = []
  return {
    begin: file => {
      const log = newLog(file)
      logs.push(log)
      return readLog(log, counter)
    },
    result: () => ({ logs, census: counter.census }),
  }
}

function newLog(file: string): TlsLog {
  return {
    file,
    ...{ lines: 0, requests: 0, encrypted: 0, untold: 0, errorLines: 0, gateLines: 0 },
    ...{ refused: 0, firstNotUnderstood: undefined, notUnderstood: 0 },
  }
}

function readLog(log: TlsLog, counter: TlsCounter): ReturnType<TlsLogs['begin']> {
  const readError = buildErrorLineReader()
  let number = 0
  const count = (request: TlsRequest, line: number) => {
    log.requests++
    if (request.version === undefined) log.untold++
    else if (request.version !== 'plain') log.encrypted++
    counter.add(request, { file: log.file, line })
  }
  const requests = readRequests(count)
  const pushOther = (text: string): boolean => {
    const json = parseJsonLine(text)
    if (json?.request !== undefined) count(json.request, number)
    else if (json !== undefined) log.gateLines++
    if (json?.refused !== undefined) {
      const { times, ...handshake } = json.refused
      log.refused += times
      counter.refuse(handshake, { file: log.file, line: number }, times)
    }
    if (json !== undefined) return true
    const error = readError.read(text)
    if (error === undefined) return false
    log.errorLines++
    if (error === 'other') return true
    log.refused++
    counter.refuse(error, { file: log.file, line: number })
    return true
  }
  return {
    push: text => {
      number++
      if (text === '') return
      log.lines++
      const access = text === undefined ? undefined : parseAccessLine(text)
      if (access !== undefined) return requests.push(access, number, text?.length ?? 0)
      if (text !== undefined && pushOther(text)) return
      log.notUnderstood++
      log.firstNotUnderstood ??= number
    },
    end: requests.end,
  }
}

interface HeldLine {
  readonly line: AccessLine
  readonly number: number
}

// Holds lines back while their layout is unknown.
function readRequests(count: (request: TlsRequest, line: number) => void) {
  let layout: TlsLayout | undefined
  let held: HeldLine[] = []
  let size = 0
  let untold = 0
  const countBy = (by: TlsLayout, { line, number }: HeldLine) => {
    const request = readAccessLine(line, by)
    untold = request.version === undefined ? untold + 1 : 0
    count(request, number)
  }
  const release = () => {
    const lines = held
    held = []
    size = 0
    const learnt = learnLayout(lines.map(({ line }) => line.fields))
    for (const line of lines) countBy(learnt, line)
    if (learnt.isSettled && untold < maxUntold) layout = learnt
    untold = 0
  }
  return {
    push: (line: AccessLine, number: number, length: number) => {
      if (layout !== undefined) {
        countBy(layout, { line, number })
        if (untold < maxUntold) return
        layout = undefined
        untold = 0
        return
      }
      held.push({ line, number })
      size += length + 1
      if (size >= blockSize) release()
    },
    end: () => {
      if (held.length > 0) release()
    },
  }
}
