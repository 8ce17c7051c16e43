// One run at a time over one photo directory. Each process writes a flag file of its own, then looks for others: of two
// that start together at least one sees the other, so both never go on. A flag whose process has died is removed.
import { randomUUID } from 'node:crypto'
import {
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

export interface Lock {
  /** The flag's file. */
  readonly path: string
  release(): void
}

/** The process that holds the lock, for a message. */
export interface LockHolder {
  readonly pid: number
  readonly host: string
  readonly since: string
  /** The flag's file. */
  readonly path: string
}

export interface LockOptions {
  /** Where the system tells of processes (proc(5)); not there on Windows and macOS. */
  readonly proc?: string
}

interface Flag extends Omit<LockHolder, 'path'> {
  /** When the process began, by its system; undefined where the system does not tell. */
  readonly started: string | undefined
  /** Where its number means something; undefined where the system does not tell. */
  readonly space: string | undefined
}

const prefix = 'running-'
const draftPrefix = 'raising-'
// For processes on other machines, and where there is no /proc, the only sign of life is that they touch their flag
// this often.
const touchMs = 10_000
const deadAfterMs = 120_000
// Two processes that saw each other both step back, and try again after different pauses.
const tries = 4
const maxPauseMs = 300

/** @returns the lock, or its holder. */
export async function takeLock(
  directory: string,
  { proc = '/proc' }: LockOptions = {},
): Promise<Lock | LockHolder> {
  for (let attempt = 1; ; attempt++) {
    const name = `${prefix}${process.pid}-${randomUUID()}`
    const own = join(directory, name)
    raise(directory, name, proc)
    const holder = findHolder(directory, name, proc)
    if (holder === undefined) return hold(own)
    rmSync(own, { force: true })
    if (attempt === tries) return holder
    await delay(Math.random() * maxPauseMs)
  }
}

// The flag has its text from the first moment. An empty flag, left by a killed process or a full disk, would keep all
// others out until it is old.
function raise(directory: string, name: string, proc: string): void {
  const draft = join(directory, `${draftPrefix}${name}`)
  try {
    writeFileSync(draft, JSON.stringify(describeSelf(proc)), { flag: 'wx', mode: 0o600 })
    renameSync(draft, join(directory, name))
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}

export function isLock(result: Lock | LockHolder): result is Lock {
  return 'release' in result
}

function hold(own: string): Lock {
  const timer = setInterval(() => {
    const now = new Date()
    try {
      utimesSync(own, now, now)
    } catch {
      // The directory is gone; the run's own checks report that.
    }
  }, touchMs)
  timer.unref()
  return {
    path: own,
    release: () => {
      clearInterval(timer)
      rmSync(own, { force: true })
    },
  }
}

function findHolder(directory: string, ownName: string, proc: string): LockHolder | undefined {
  // By the clock of the file system, which is the same for all flags.
  const nowMs = statSync(join(directory, ownName)).mtimeMs
  for (const name of readdirSync(directory)) {
    const isDraft = name.startsWith(draftPrefix)
    if ((!isDraft && !name.startsWith(prefix)) || name === ownName) continue
    const path = join(directory, name)
    const flag = readFlag(path)
    const stats = statSync(path, { throwIfNoEntry: false })
    if (stats === undefined) continue
    const mayLive = isAlive(flag, nowMs - stats.mtimeMs, proc)
    // The process behind a draft has not looked for others yet, and will see ours.
    if (isDraft && mayLive) continue
    if (mayLive) {
      const { pid = 0, host = 'unknown', since = stats.mtime.toISOString() } = flag ?? {}
      return { pid, host, since, path }
    }
    rmSync(path, { force: true })
  }
  return undefined
}

function isAlive(flag: Flag | undefined, untouchedMs: number, proc: string): boolean {
  // A flag without its text was just raised, or its owner died in that moment.
  if (flag === undefined || isElsewhere(flag, proc)) return untouchedMs < deadAfterMs
  try {
    process.kill(flag.pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  const stat = readStat(flag.pid, proc)
  // Killed, and not reaped by its parent: in a container the first process may never do that.
  if (stat?.isZombie) return false
  // Another process may have the number now.
  if (flag.started !== undefined && stat !== undefined) return flag.started === stat.started
  // Without a start time the flag's age decides: a living process touches its flag.
  return untouchedMs < deadAfterMs
}

// Containers may share the host's name, and each counts processes by itself.
function isElsewhere({ host, space }: Flag, proc: string): boolean {
  if (host !== hostname()) return true
  const own = processSpace(proc)
  return space !== undefined && own !== undefined && space !== own
}

function describeSelf(proc: string): Flag {
  const { pid } = process
  return {
    pid,
    host: hostname(),
    since: new Date().toISOString(),
    started: readStat(pid, proc)?.started,
    space: processSpace(proc),
  }
}

// pid_namespaces(7).
function processSpace(proc: string): string | undefined {
  try {
    return readlinkSync(`${proc}/self/ns/pid`)
  } catch {
    return undefined
  }
}

// proc(5): after the name in parentheses fields 3, the state, and 22, the start in ticks since the boot, which
// tells processes of one number apart within that boot.
function readStat(pid: number, proc: string): { isZombie: boolean; started: string } | undefined {
  try {
    const stat = readFileSync(`${proc}/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const boot = readFileSync(`${proc}/sys/kernel/random/boot_id`, 'latin1').trim()
    return { isZombie: /^[ZXx]$/.test(fields[0] ?? ''), started: `${boot} ${fields[19]}` }
  } catch {
    return undefined
  }
}

function readFlag(path: string): Flag | undefined {
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as Partial<Flag>
    const { pid, host, since, started, space } = value
    return typeof pid === 'number' && typeof host === 'string' && typeof since === 'string'
      ? { pid, host, since, started, space }
      : undefined
  } catch {
    return undefined
  }
}
