// Watches one directory and reports which photo files came, changed and went. Uses the file system's events where there
// are any, and rescans where there are none or some may be lost. All calls are synchronous: this runs in a worker
// (watch-worker.ts), so that a slow disk delays nothing but the watch itself.
import { accessSync, constants, readdirSync } from 'node:fs'
import { openDirectoryChanges } from './directory-changes.ts'
import { openDirectoryEvents } from './directory-events.ts'
import { buildDirectoryPlace } from './directory-identity.ts'
import { buildScanSchedule } from './scan-schedule.ts'
import type { UnservedFile } from './unserved-files.ts'
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
  const place = buildDirectoryPlace(directory)
  let isTold = false
  // Of the files that are not served, when they were reported last.
  let toldVersion = 0

  function lookAt(names: Iterable<string>): void {
    // One photo of another directory tells too little: only all photos show which other names its file has.
    let looks = 0
    let hasLinks: boolean
    do {
      hasLinks = place.isSame() && changes.look(names)
      // Without events, a link may lead to a photo that has changed since this round looked at it: look again.
    } while (events.isPolling && hasLinks && ++looks < maxLooks)
    if (!place.isSame()) safeTick()
    changes.flush()
  }

  function scan(): void {
    const started = performance.now()
    const names = new Set(readdirSync(directory))
    changes.keepOnly(names)
    if (!isTold) changes.collectUnserved()
    lookAt(names)
    const files = changes.takeUnserved()
    isTold = true
    changes.endFirstScan()
    const milliseconds = performance.now() - started
    schedule.noteScan(milliseconds, events.isPolling)
    report({ kind: 'scanned', files: changes.size, milliseconds })
    tellUnserved(files)
  }

  function tellUnserved(fresh: readonly UnservedFile[] = []): void {
    if (changes.unservedVersion === toldVersion && fresh.length === 0) return
    toldVersion = changes.unservedVersion
    report({ kind: 'unserved', files: changes.allUnserved(), isNews: fresh.length > 0 })
  }

  function tick(): void {
    const { isDirectory, isOther, hasMoved } = place.look()
    if (isOther) {
      isTold = false
      events.listen()
    }
    schedule.noteEvents(events.count)
    if (events.audit(hasMoved) || isOther) schedule.request()
    // What is known of a directory that has become unreadable may be out of date, and no event says so.
    if (isDirectory) accessSync(directory, constants.R_OK | constants.X_OK)
    else schedule.request()
    if (schedule.isDue) scan()
    else lookAt(events.takeNames()) // The records may have changed alone.
    tellUnserved()
  }

  const safeTick = () => {
    try {
      tick()
    } catch (error) {
      report({ kind: 'unreadable', message: (error as Error).message })
      schedule.request()
    }
  }
  safeTick()
  const timer = setInterval(safeTick, tickMs)
  return {
    look: lookAgain,
    close: () => {
      clearInterval(timer)
      events.close()
      changes.close()
    },
  }
}
