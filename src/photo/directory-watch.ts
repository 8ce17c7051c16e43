// Watches one directory and reports which photo files came, changed and went. Uses the file system's events where there
// are any, and rescans where there are none or some may be lost. All calls are synchronous: this runs in a worker
// (watch-worker.ts), so that a slow disk delays nothing but the watch itself.
import { accessSync, constants, readdirSync, statSync } from 'node:fs'
import type { FileIdentity } from '../disk/file-identity.ts'
import { inodeOf, isSameIdentity } from '../disk/file-identity.ts'
import { openDirectoryChanges } from './directory-changes.ts'
import { openDirectoryEvents } from './directory-events.ts'
import { directoryIdentity } from './directory-identity.ts'
import { buildScanSchedule } from './scan-schedule.ts'
import type { DirectoryWatch, WatchOptions, WatchReport } from './watch-report.ts'

const maxLooks = 3

/** Starts with a full scan, reporting in batches; then reports changes until closed. */
export function watchDirectory(
  directory: string,
  report: (report: WatchReport) => void,
  options: WatchOptions = {},
): DirectoryWatch {
  const { settleMs = 250, tickMs = 1_000, events: wantsEvents = true } = options
  const schedule = buildScanSchedule(tickMs)
  const lookAgain = (name: string) => lookAt([name])
  const changes = openDirectoryChanges(directory, { report, settleMs, lookAgain })
  const events = openDirectoryEvents(directory, {
    ...{ wantsEvents, onUnnamed: schedule.request, onNames: () => lookAt(events.takeNames()) },
  })
  let isTold = false
  let identity = ''
  let place: FileIdentity | undefined
  let modifiedMs = 0
  let isSuspect = false

  function lookAt(names: Iterable<string>): void {
    // Of another directory one photo says nothing: only all of them tell what else its links are called.
    let looks = 0
    do {
      changes.hasLinks = false
      if (isSameIdentity(directoryIdentity(directory), place))
        for (const name of names) changes.look(name)
      // Where no event tells what has changed behind this look, a link may be to a photo that it saw as it was before.
    } while (events.isPolling && changes.hasLinks && ++looks < maxLooks)
    if (!isSameIdentity(directoryIdentity(directory), place)) safeTick()
    changes.flush()
  }

  function scan(): void {
    const started = performance.now()
    let names: Set<string>
    try {
      names = new Set(readdirSync(directory))
    } catch (error) {
      reportUnreadable(error)
      return
    }
    changes.keepOnly(names)
    if (!isTold) changes.collectPassedOver()
    lookAt(names)
    const files = changes.takePassedOver()
    isTold = true
    changes.endFirstScan()
    const milliseconds = performance.now() - started
    schedule.noteScan(milliseconds, events.isPolling)
    report({ kind: 'scanned', files: changes.size, milliseconds })
    if (files.length > 0) report({ kind: 'passed-over', files })
  }

  function reportUnreadable(error: unknown): void {
    report({ kind: 'unreadable', message: (error as Error).message })
    schedule.request()
  }

  function tick(): void {
    const stats = statSync(directory, { throwIfNoEntry: false })
    // With the time of birth as it is: taking a directory for another one costs a scan and nothing more.
    const seen = stats ? `${inodeOf(stats)}:${stats.birthtimeMs}` : ''
    place = directoryIdentity(directory)
    const isOther = stats !== undefined && seen !== identity
    const hasMoved = stats !== undefined && stats.mtimeMs !== modifiedMs && !isOther
    if (isOther) {
      // Another directory has taken the place: a new mount, or a link turned around.
      identity = seen
      isTold = false
      events.listen()
      schedule.request()
    } else if (isSuspect && events.count === 0 && !events.isPolling) {
      events.isPolling = true // A name came or went and no event said so, not even late: there are none.
      schedule.request()
    }
    isSuspect = hasMoved && events.count === 0
    modifiedMs = stats?.mtimeMs ?? 0
    schedule.noteEvents(events.count)
    events.count = 0
    // What is known of a directory that has become unreadable may be out of date, and no event says so.
    if (stats?.isDirectory()) accessSync(directory, constants.R_OK | constants.X_OK)
    else schedule.request()
    if (schedule.isDue) scan()
    else lookAt(events.takeNames()) // The records may have changed alone.
  }

  const safeTick = () => {
    try {
      tick()
    } catch (error) {
      reportUnreadable(error)
    }
  }
  safeTick()
  const timer = setInterval(safeTick, tickMs)
  return {
    look: name => lookAt([name]),
    close: () => {
      clearInterval(timer)
      events.close()
      changes.close()
    },
  }
}
