// Hands the reports of a watch over one at a time, in pieces: whoever takes them over answers requests meanwhile,
// and must never be busy for long, however many photos came or went at once.
import type { PassedOverGroup } from './passed-over.ts'
import { groupPassedOver } from './passed-over.ts'
import type { FilesReport, PassedOverReport, WatchReport } from './watch-report.ts'

export type Delivery = Exclude<WatchReport, FilesReport | PassedOverReport> | FilesPart | PassedOver

/** Counted where the watch is: there may be as many as there are photos. */
export interface PassedOver {
  kind: 'passed-over'
  groups: readonly PassedOverGroup[]
}

export interface FilesPart extends FilesReport {
  /** More of the same report is to come: until then, whose an alias is may not be known. */
  isPart: boolean
}

export interface ReportOutbox {
  put(report: WatchReport): void
  /** The last delivery has been taken over. */
  acknowledge(): void
}

// So many files and addresses take some 3 ms.
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
      else if (report.kind === 'passed-over')
        queue.push({ kind: report.kind, groups: groupPassedOver(report.files) })
      else queue.push(report)
      next()
    },
    acknowledge: () => {
      isUnderWay = false
      next()
    },
  }
}

// People before photos: an alias must not be there before it is known whose.
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
