// Keeps an eye on one directory and reports which photo files came, changed and went. Uses the file
// system's events where there are any and rescans where there are none, or where they may be lost.
// All calls are synchronous: this runs in a worker (watch-worker.ts), so that a slow disk stops
// nobody but the watch itself.
import type { FSWatcher, Stats } from 'node:fs'
import { accessSync, constants, lstatSync, readdirSync, statSync, watch } from 'node:fs'
import { join } from 'node:path'
import type { FileIdentity } from '../disk/file-identity.ts'
import { inodeOf, isSameIdentity } from '../disk/file-identity.ts'
import { directoryIdentity } from './directory-identity.ts'
import { followImportRecords, journalOf } from './import-records.ts'
import type { PhotoFile } from './photo-file.ts'
import { addressOfName, describeFile, quietMs, refusalOf } from './photo-file.ts'
import { isRemote } from './remote-file-system.ts'
import { openSettling } from './settling.ts'
import { strayReason } from './stray-name.ts'
import type { DirectoryWatch, WatchOptions, WatchReport } from './watch-report.ts'

// A rescan may take at most this part of the time, except where there are no events to rely on.
const rescanShare = 1 / 100
const maxRescanMs = 60_000
const batchSize = 1_000
const maxLooks = 3
// So many events between two ticks, and some may be lost: inotify's queue holds 16,384, unread during a scan.
const burstEvents = 4_096

/** Starts with a full scan, reporting in batches; then reports changes until closed. */
export function watchDirectory(
  directory: string,
  report: (report: WatchReport) => void,
  options: WatchOptions = {},
): DirectoryWatch {
  const { settleMs = 250, tickMs = 1_000, events: wantsEvents = true } = options
  const known = new Map<string, string>()
  const settling = openSettling(settleMs, name => lookAt([name]))
  const refused = new Map<string, string>()
  const dirty = new Set<string>()
  const records = followImportRecords(journalOf(directory))
  let trouble: string | undefined
  let hasScanned = false
  let changed: PhotoFile[] = []
  // What is not served, while a directory is scanned that nobody has been told of.
  let passedOver: Map<string, string> | undefined
  let hasLinks = false
  let isTold = false
  let gone: string[] = []
  let watcher: FSWatcher | undefined
  let identity = ''
  let place: FileIdentity | undefined
  let modifiedMs = 0
  let events = 0
  let isBursting = false
  let lastScanMs = 0
  let isSuspect = false
  let isPolling = false
  let nextScanAt = 0
  let dirtyTimer: NodeJS.Timeout | undefined

  function look(name: string): void {
    const address = addressOfName(name)
    if (address === undefined) {
      const reason = strayReason(name)
      if (reason !== undefined) passedOver?.set(name, reason)
      return
    }
    let stats: Stats | undefined
    try {
      stats = lstatSync(join(directory, name), { throwIfNoEntry: false })
    } catch {
      return // Cannot be told now: what is known stands, and the next scan tries again.
    }
    const reason = stats && refusalOf(stats)
    if (stats === undefined || reason !== undefined) {
      forget(name)
      if (stats === undefined) refused.delete(name)
      if (reason !== undefined && refused.get(name) !== reason) {
        refused.set(name, reason)
        if (passedOver === undefined) report({ kind: 'refused', name, reason })
      }
      if (reason !== undefined) passedOver?.set(name, reason)
      return
    }
    refused.delete(name)
    const file = describeFile(name, address, stats)
    const { signature } = file
    if (known.get(name) === signature) {
      settling.forget(name)
      return
    }
    // A new name is reported at once: the store serves nothing that is not whole. So is another file under a known
    // name, or its links would pass for other people. What is written in place has to come to rest first.
    const isSameFile = known.get(name)?.startsWith(`${file.inode}:`)
    const isFresh = Date.now() - stats.mtimeMs <= quietMs
    if (isSameFile && isFresh && !settling.isAtRest(name, signature)) return
    settling.forget(name)
    known.set(name, signature)
    changed.push(file)
    if (file.links > 1) hasLinks = true
    // The first time nobody relies on what is known so far; later it must come at once.
    if (changed.length >= batchSize && !hasScanned) flush()
  }

  function forget(name: string): void {
    settling.forget(name)
    if (known.delete(name)) gone.push(name)
  }

  // After the looks, since an import writes the record of a photo before the photo: whatever was found there, the
  // records know it by now.
  function flush(): void {
    const { people, disturbed } = records.refresh()
    // Before somebody's loss of an address counts, their photos must be seen as they are.
    for (const address of disturbed) look(`${address}.jpg`)
    if (records.trouble !== trouble) {
      trouble = records.trouble
      report({ kind: 'records', trouble })
    }
    if (changed.length === 0 && gone.length === 0 && people.length === 0) return
    report({ kind: 'files', changed, gone, people })
    changed = []
    gone = []
  }

  function lookAt(names: Iterable<string>): void {
    // Of another directory one photo says nothing: only all of them tell what else its links are called.
    let looks = 0
    do {
      hasLinks = false
      if (isSameIdentity(directoryIdentity(directory), place)) for (const name of names) look(name)
      // Where no event tells what has changed behind this look, a link may be to a photo that it saw as it was before.
    } while (isPolling && hasLinks && ++looks < maxLooks)
    if (!isSameIdentity(directoryIdentity(directory), place)) safeTick()
    flush()
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
    for (const name of known.keys()) if (!names.has(name)) forget(name)
    for (const name of refused.keys()) if (!names.has(name)) refused.delete(name)
    passedOver = isTold ? undefined : new Map()
    lookAt(names)
    const files = [...(passedOver ?? [])].map(([name, reason]) => ({ name, reason }))
    passedOver = undefined
    isTold = true
    hasScanned = true
    const milliseconds = performance.now() - started
    lastScanMs = milliseconds
    // Without events every tick scans; a time would be missed by a hair, and double the wait.
    const pause = Math.min(milliseconds / rescanShare, maxRescanMs)
    nextScanAt = isPolling || pause < tickMs ? 0 : performance.now() + pause
    report({ kind: 'scanned', files: known.size, milliseconds })
    if (files.length > 0) report({ kind: 'passed-over', files })
  }

  function reportUnreadable(error: unknown): void {
    report({ kind: 'unreadable', message: (error as Error).message })
    nextScanAt = 0
  }

  function listen(): void {
    watcher?.close()
    watcher = undefined
    isPolling = !wantsEvents || isRemote(directory)
    if (isPolling) return
    try {
      // One watch on the directory tells of every file in it; a watch per file, as chokidar sets
      // them, runs into the system's limit long before 100,000.
      watcher = watch(directory, (_, name) => {
        events++
        if (name === null) nextScanAt = 0
        else dirty.add(name)
        dirtyTimer ??= setTimeout(lookAtDirty, 20)
      })
      watcher.on('error', () => {
        isPolling = true
      })
    } catch {
      isPolling = true // No watches left, or none on this file system.
    }
  }

  function lookAtDirty(): void {
    clearTimeout(dirtyTimer)
    dirtyTimer = undefined
    const names = [...dirty]
    dirty.clear()
    lookAt(names)
  }

  function tick(): void {
    const stats = statSync(directory, { throwIfNoEntry: false })
    // With the time of birth as it is: to take a directory for another one costs a scan and nothing more.
    const seen = stats ? `${inodeOf(stats)}:${stats.birthtimeMs}` : ''
    place = directoryIdentity(directory)
    const isOther = stats !== undefined && seen !== identity
    const hasMoved = stats !== undefined && stats.mtimeMs !== modifiedMs && !isOther
    if (isOther) {
      // Another directory has taken the place: a new mount, or a link turned around.
      identity = seen
      isTold = false
      listen()
      nextScanAt = 0
    } else if (isSuspect && events === 0 && !isPolling) {
      isPolling = true // A name came or went and no event said so, not even late: there are none.
      nextScanAt = 0
    }
    isSuspect = hasMoved && events === 0
    modifiedMs = stats?.mtimeMs ?? 0
    if (events >= burstEvents) {
      // What was lost is found while it goes on, in at most half of the time, and once more after it.
      isBursting = true
      nextScanAt = Math.min(nextScanAt, performance.now() + lastScanMs)
    } else if (isBursting) {
      isBursting = false
      nextScanAt = 0
    }
    events = 0
    // What is known of a directory that has become unreadable may be out of date, and no event says so.
    if (stats?.isDirectory()) accessSync(directory, constants.R_OK | constants.X_OK)
    else nextScanAt = 0
    if (performance.now() >= nextScanAt) scan()
    else lookAtDirty() // The records may have changed alone.
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
      clearTimeout(dirtyTimer)
      watcher?.close()
      settling.close()
    },
  }
}
