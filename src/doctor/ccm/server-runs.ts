// The runs of each server, from several logs in any order: a run is one process, from its start to its end. Rotated logs
// hold parts of a run, and each begins with a header that looks like a start: the process id tells them apart.
import { basename, dirname } from 'node:path'
import type { DateOrder } from './log-stamp.ts'
import { timeOf } from './log-stamp.ts'
import type { Announcement, LogPlace, Stretch } from './stretch.ts'
import type { SystemOutLog } from './system-out.ts'

export interface ServerRuns {
  /** `CCMCluster_server1`, or undefined when no log names it. */
  readonly server: string | undefined
  /** In order of time. Undefined: the order of the logs is not known. */
  readonly runs: readonly Stretch[] | undefined
  /** Undefined: the dates can be read in several ways. */
  readonly order: DateOrder | undefined
  readonly files: readonly string[]
}

/** A group for each server. */
export function joinLogs(logs: readonly SystemOutLog[]): ServerRuns[] {
  return groupByServer(logs).map(({ server, logs: own }) => {
    const orders = sharedOrders(own)
    const sorted = sortLogs(withoutCopies(own), orders)
    const order = orders.length === 1 ? orders[0] : undefined
    const runs = sorted && joinStretches(sorted, orders[0] ?? 'ymd')
    return { server, runs, order, files: own.map(({ file }) => file) }
  })
}

interface ServerLogs {
  readonly server: string | undefined
  readonly logs: SystemOutLog[]
}

// A part without a name belongs to the server whose logs are in the same folder, or to the only one.
function groupByServer(logs: readonly SystemOutLog[]): ServerLogs[] {
  const parts = logs.flatMap(splitByServer)
  const whole = new Set(parts.map(({ server }) => server).filter(each => each?.includes('\\')))
  // WSVR0001I has only the last part of the name.
  const fullName = (name: string | undefined) => {
    if (name === undefined || whole.has(name)) return name
    const full = [...whole].filter(each => each?.endsWith(`\\${name}`))
    return full.length === 1 ? full[0] : name
  }
  const byFolder = new Map<string, Set<string>>()
  const names = new Set<string>()
  for (const { server, log } of parts) {
    const name = fullName(server)
    if (name === undefined) continue
    names.add(name)
    const folder = dirname(log.file)
    byFolder.set(folder, (byFolder.get(folder) ?? new Set()).add(name))
  }
  const groups = new Map<string | undefined, SystemOutLog[]>()
  for (const { server, log } of parts) {
    const beside = byFolder.get(dirname(log.file)) ?? names
    const key = fullName(server) ?? (beside.size === 1 ? [...beside][0] : undefined)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [log])
    else group.push(log)
  }
  return [...groups].map(([server, own]) => ({ server: shortName(server, names), logs: own }))
}

/** `CCMCluster_server1`, and with its node where another one has that name. */
function shortName(name: string | undefined, names: ReadonlySet<string>): string | undefined {
  const last = (text: string) => text.split('\\').at(-1)
  if (name === undefined) return undefined
  const isShared = [...names].some(each => each !== name && last(each) === last(name))
  return isShared ? name.split('\\').slice(-2).join('\\') : last(name)
}

interface LogPart {
  /** `Cell01\\Node01\\server1`, or its last part only. */
  readonly server: string | undefined
  readonly log: SystemOutLog
}

// Logs of several servers may have been put into one file. What follows a header is of its server until the next one.
function splitByServer(log: SystemOutLog): LogPart[] {
  let current: string | undefined
  const named = log.stretches.map(stretch => {
    const { header, serverName } = stretch
    if (header !== undefined) current = `${header.cell}\\${header.node}\\${header.server}`
    else if (serverName !== undefined && current?.split('\\').at(-1) !== serverName) {
      current = serverName
    }
    return { stretch, name: current }
  })
  const names = new Set(named.map(({ name }) => name).filter(name => name !== undefined))
  const only = names.size === 1 ? [...names][0] : undefined
  const parts = new Map<string | undefined, Stretch[]>()
  for (const { stretch, name = only } of named) {
    const part = parts.get(name)
    if (part === undefined) parts.set(name, [stretch])
    else part.push(stretch)
  }
  if (parts.size < 2) return [{ server: only, log }]
  return [...parts].map(([server, stretches]) => {
    const firstEntry = stretches.find(({ first }) => first?.at !== undefined)?.first?.at
    return { server, log: { ...log, stretches, firstEntry: firstEntry ?? log.firstEntry } }
  })
}

// One server writes its dates in one way; a log of one day is read as the others are.
function sharedOrders(logs: readonly SystemOutLog[]): readonly DateOrder[] {
  const [first = [], ...rest] = logs.map(({ orders }) => orders).filter(each => each.length > 0)
  const shared = first.filter(order => rest.every(orders => orders.includes(order)))
  return shared.length > 0 ? shared : first
}

// The log that is written now, and a copy of it from an hour ago: both begin with the same entry.
function withoutCopies(logs: readonly SystemOutLog[]): SystemOutLog[] {
  const kept = new Map<string, SystemOutLog>()
  for (const log of logs) {
    const { firstEntry, stretches } = log
    const key = `${firstEntry?.text} ${firstEntry?.dayMs} ${stretches[0]?.header?.processId ?? ''}`
    if ((kept.get(key)?.lines ?? -1) < log.lines) kept.set(key, log)
  }
  return [...kept.values()]
}

/** Undefined: the order depends on how the dates are read. */
function sortLogs(
  logs: readonly SystemOutLog[],
  orders: readonly DateOrder[],
): SystemOutLog[] | undefined {
  const sorted = (orders.length === 0 ? (['ymd'] as const) : orders).map(order => {
    const start = ({ firstEntry }: SystemOutLog) => (firstEntry ? timeOf(firstEntry, order) : 0)
    return logs.toSorted((a, b) => start(a) - start(b) || nameOrder(a, b))
  })
  const [first, ...rest] = sorted
  return rest.every(each => each.every((log, at) => log === first?.[at])) ? first : undefined
}

// Rotated names sort by time, and SystemOut.log itself is the newest.
function nameOrder(a: SystemOutLog, b: SystemOutLog): number {
  const rank = ({ file }: SystemOutLog) =>
    /^SystemOut\.log/i.test(basename(file)) ? '~' : basename(file)
  return rank(a) < rank(b) ? -1 : 1
}

function joinStretches(logs: readonly SystemOutLog[], order: DateOrder): Stretch[] {
  const runs: Stretch[] = []
  for (const stretch of logs.flatMap(({ stretches }) => stretches)) {
    const before = runs.at(-1)
    if (before !== undefined && isSameRun(before, stretch)) addTo(before, stretch)
    else {
      if (before !== undefined && stretch.begin === 'open') moveEarly(before, stretch, order)
      runs.push({ ...stretch, announcements: [...stretch.announcements] })
    }
  }
  return runs
}

function isSameRun(run: Stretch, next: Stretch): boolean {
  if (run.opened !== undefined && next.opened !== undefined) return false
  if (next.begin === 'file') return run.stopped === undefined
  if (next.begin !== 'header' || next.started !== undefined) return false
  const [a, b] = [run.header, next.header]
  return a?.processId === b?.processId && a?.server === b?.server && a?.node === b?.node
}

function addTo(run: Stretch, more: Stretch): void {
  run.header ??= more.header as typeof run.header & {}
  for (const key of ['profile', 'serverName'] as const) if (more[key]) run[key] ??= more[key]
  for (const key of ['started', 'opened', 'stopped', 'failed', 'firstError', 'first'] as const) {
    const place: LogPlace | undefined = more[key]
    if (place !== undefined) run[key] ??= place
  }
  run.announcements = joinAnnouncements(run.announcements, more.announcements)
  run.others = [...run.others, ...more.others].slice(0, 5)
  run.errors += more.errors
  if (more.lastError !== undefined) run.lastError = more.lastError
  if (more.lastWord !== undefined) run.lastWord = more.lastWord
  run.applications += more.applications
  run.hasCcm ||= more.hasCcm
  run.last = more.last
  if (more.hidesInfo) run.hidesInfo = true
  run.isCut = more.isCut ?? false
}

/** The first and the last. A log may have been rotated in the middle of one. */
function joinAnnouncements(
  before: readonly Announcement[],
  [next, ...later]: readonly Announcement[],
): Announcement[] {
  if (next === undefined) return [...before]
  const open = before.at(-1)
  const isRest =
    open !== undefined &&
    !next.values.has('enabled') &&
    [...next.values.keys()].every(key => !open.values.has(key))
  const whole = isRest
    ? { ...open, end: next.end, values: new Map([...open.values, ...next.values]) }
    : next
  const all = [...(isRest ? before.slice(0, -1) : before), whole, ...later]
  return all.length > 2 ? [all[0] as Announcement, all.at(-1) as Announcement] : all
}

const startMs = 10 * 60_000

// A log of which only some lines were kept has no sign of the start itself. What was announced shortly before the server
// was open, and longer after the start before, belongs to the later start.
function moveEarly(before: Stretch, next: Stretch, order: DateOrder): void {
  const block = before.announcements.at(-1)
  const [announced, opened, earlier] = [block?.place.at, next.opened?.at, before.opened?.at]
  if (block === undefined || !announced || !opened || next.announcements.length > 0) return
  const wait = timeOf(opened, order) - timeOf(announced, order)
  const since = earlier ? timeOf(announced, order) - timeOf(earlier, order) : Number.MAX_VALUE
  if (wait > startMs || wait >= since) return
  before.announcements = before.announcements.slice(0, -1)
  if (before.announcements.length === 0) delete before.lastWord
  if (before.errors > 0) before.lastWord = 'error'
  next.announcements = [block]
  next.lastWord ??= 'announced'
}
