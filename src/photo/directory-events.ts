// The file system's events of one directory, as names to look at. Says where there are none, and the caller must poll.
import type { FSWatcher } from 'node:fs'
import { watch } from 'node:fs'
import { isRemote } from './remote-file-system.ts'

export interface DirectoryEvents {
  /** Watches the directory that has the path now. */
  listen(): void
  /** There are no events, or none that can be relied on. */
  readonly isPolling: boolean
  /** Events since the last audit. */
  readonly count: number
  /** Whether events are missing, so the caller must poll from now on. `hasMoved`: a name came or went since the last audit. */
  audit(hasMoved: boolean): boolean
  /** The names that events were about, each once. */
  takeNames(): string[]
  close(): void
}

export interface DirectoryEventsOptions {
  /** False: as on a file system without events. */
  readonly wantsEvents: boolean
  /** Some names wait to be taken. Called 20 ms after the first event, for all that came meanwhile. */
  onNames(): void
  /** An event did not say what it was about. */
  onUnnamed(): void
}

const collectMs = 20

export function openDirectoryEvents(
  directory: string,
  { wantsEvents, onNames, onUnnamed }: DirectoryEventsOptions,
): DirectoryEvents {
  const names = new Set<string>()
  let watcher: FSWatcher | undefined
  let timer: NodeJS.Timeout | undefined
  let isSuspect = false
  const events = {
    isPolling: false,
    count: 0,
    listen: () => {
      isSuspect = false
      watcher?.close()
      watcher = undefined
      events.isPolling = !wantsEvents || isRemote(directory)
      if (events.isPolling) return
      try {
        // One watch on the directory reports every file in it. A watch for each file, as chokidar sets them, runs into
        // the system's limit long before 100,000.
        watcher = watch(directory, (_, name) => {
          events.count++
          if (name === null) onUnnamed()
          else names.add(name)
          timer ??= setTimeout(onNames, collectMs)
        })
        watcher.on('error', () => {
          events.isPolling = true
        })
      } catch {
        events.isPolling = true // No watches are left, or this file system has none.
      }
    },
    audit: (hasMoved: boolean) => {
      // A name came or went and no event said so, not even late: there are none.
      const areMissing = isSuspect && events.count === 0 && !events.isPolling
      if (areMissing) events.isPolling = true
      isSuspect = hasMoved && events.count === 0
      events.count = 0
      return areMissing
    },
    takeNames: () => {
      clearTimeout(timer)
      timer = undefined
      const taken = [...names]
      names.clear()
      return taken
    },
    close: () => {
      clearTimeout(timer)
      watcher?.close()
    },
  }
  return events
}
