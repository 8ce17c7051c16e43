// When a watched directory is scanned again: at once when asked, otherwise seldom, in proportion to what a scan costs.
// Reads no directory.

// A rescan may take at most this part of the time, except where no events can be relied on.
const rescanShare = 1 / 100
const maxRescanMs = 60_000
// With this many events between two ticks, some may be lost: inotify's queue holds 16,384, unread during a scan.
const burstEvents = 4_096

export interface ScanSchedule {
  /** The next tick scans. */
  request(): void
  readonly isDue: boolean
  /** A scan is done. `isPolling`: there are no events, so every tick scans. */
  noteScan(milliseconds: number, isPolling: boolean): void
  /** The number of events since the last tick. */
  noteEvents(count: number): void
}

/** `tickMs`: the time between two ticks. */
export function buildScanSchedule(tickMs: number): ScanSchedule {
  let nextScanAt = 0
  let lastScanMs = 0
  let isBursting = false
  return {
    request: () => {
      nextScanAt = 0
    },
    get isDue() {
      return performance.now() >= nextScanAt
    },
    noteScan: (milliseconds, isPolling) => {
      lastScanMs = milliseconds
      // Without events every tick scans. A time could be missed by a hair, which would double the wait.
      const pause = Math.min(milliseconds / rescanShare, maxRescanMs)
      nextScanAt = isPolling || pause < tickMs ? 0 : performance.now() + pause
    },
    noteEvents: count => {
      if (count >= burstEvents) {
        // Scans find what was lost while the burst goes on, in at most half of the time, and once more after it.
        isBursting = true
        nextScanAt = Math.min(nextScanAt, performance.now() + lastScanMs)
      } else if (isBursting) {
        isBursting = false
        nextScanAt = 0
      }
    },
  }
}
