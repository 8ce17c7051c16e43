// Sends the reports of a watch one at a time, in pieces: the receiving thread answers requests and must never be busy for
// long, even when all photos come or go at once.
import type { UnservedGroup } from './unserved-files.ts'
import { groupUnserved } from './unserved-files.ts'
import type { FilesReport, UnservedReport, WatchReport } from './watch-report.ts'

export type Delivery = Exclude<WatchReport, FilesReport | UnservedReport> | FilesPart | Unserved

/** Grouped on the side of the watch: there may be as many files as photos. */
export interface Unserved {
  kind: 'unserved'
  groups: readonly UnservedGroup[]
  /** As of UnservedReport. */
  isNews: boolean
}

export interface FilesPart extends FilesReport {
  /** More of the same report follows. Until then, the person of an alias may be unknown. */
  isPart: boolean
}

export interface ReportOutbox {
  put(report: WatchReport): void
  /** The receiver is done with the last delivery. */
  acknowledge(): void
}

// This many files and addresses take about 3 ms.
export const maxEntries = 500

export function buildReportOutbox(deliver: (delivery: Delivery) => void): ReportOutbox {
  const queue: Delivery[] = []
  let isUnderWay = false

  function next(): void {
    const delivery = isUnderWay ? undefined : queue.shift()
    if (delivery === undefined) return
    isUnderWay = true
    deliver(delivery)
  }

  return {
    put: report => {
      if (report.kind === 'files') for (const part of divide(report)) queue.push(part)
      else if (report.kind === 'unserved')
        queue.push({
          ...{ kind: report.kind, isNews: report.isNews },
          groups: groupUnserved(report.files),
        })
      else queue.push(report)
      next()
    },
    acknowledge: () => {
      isUnderWay = false
      next()
    },
  }
}

// People before photos: an alias must not be served before its person is known.
function* divide({ kind, people, gone, changed }: FilesReport): Generator<FilesPart> {
  const total = people.length + gone.length + changed.length
  for (let at = 0; at < total; at += maxEntries) {
    const afterPeople = at - people.length
    const afterGone = afterPeople - gone.length
    yield {
      kind,
      people: sliceOf(people, at),
      gone: sliceOf(gone, afterPeople),
      changed: sliceOf(changed, afterGone),
      isPart: at + maxEntries < total,
    }
  }
}

// Those of the list that lie in a piece that begins at `from`, which may be before the list.
function sliceOf<T>(list: readonly T[], from: number): T[] {
  return list.slice(Math.max(0, from), Math.max(0, from + maxEntries))
}
