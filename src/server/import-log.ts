// What a scheduled import writes for the gate's log: one line for each error, and one for its counters. The two
// processes use marked JSON lines, which no other output of an import can match.

import type { WithoutByDomain } from '../admin/sources.ts'
import { maxWithoutDomains } from '../admin/sources.ts'
import type { ImportReport } from '../supply/import/report.ts'
import { printable } from '../text/printable.ts'

export interface ImportCounters {
  readonly added: number
  readonly changed: number
  readonly unchanged: number
  readonly removed: number
  readonly toBeRemoved: number
  readonly leftAlone: number
  readonly quarantined: number
  readonly withoutPhoto: number
  readonly ignored: number
  readonly known: number
  readonly errors: number
}

export type ImportLogLine =
  | { readonly level: 'error' | 'warn'; readonly text: string }
  | { readonly counters: ImportCounters; readonly withoutByDomain?: WithoutByDomain | undefined }

/** Environment variable that makes an import print lines for the log. */
export const logVariable = 'PHOTOGATE_IMPORT_LOG'

const mark = '{"photogateImport":'
// Further lines are only counted; `photogate import --json` has all.
const maxLines = 100

/** Lines for standard output, without line ends. */
export function formatLogLines(report: ImportReport): string[] {
  const errors = report.errors.map(text => ({ level: 'error', text: printable(text) }) as const)
  const quarantined = report.quarantined
    .filter(({ known }) => !known)
    .map(({ source, key, addresses: [address], reason }) => {
      const text = printable(`quarantined: ${address}: ${key} of ${source} ${reason}`)
      return { level: 'warn', text } as const
    })
  const lines = [...errors, ...quarantined].slice(0, maxLines)
  return [...lines, { counters: countersOf(report), withoutByDomain: withoutOf(report) }].map(
    line => `${mark}${JSON.stringify(line satisfies ImportLogLine)}}`,
  )
}

/** Undefined when the line is not one of these. */
export function parseLogLine(line: string): ImportLogLine | undefined {
  if (!line.startsWith(mark)) return undefined
  try {
    return (JSON.parse(line) as { photogateImport: ImportLogLine }).photogateImport
  } catch {
    return undefined
  }
}

function countersOf(report: ImportReport): ImportCounters {
  const known = report.quarantined.filter(one => one.known).length
  return {
    ...{ added: report.added.length, changed: report.changed.length, unchanged: report.unchanged },
    ...{ removed: report.removed.length, toBeRemoved: report.toBeRemoved.length },
    ...{ leftAlone: report.leftAlone, quarantined: report.quarantined.length },
    withoutPhoto: report.withoutPhoto.length,
    ignored: report.sources.reduce((sum, { ignored }) => sum + ignored, 0),
    ...{ known: known + report.known.length, errors: report.errors.length },
  }
}

// With errors, people may be missing from the lists of the sources: then nobody is better than a part.
function withoutOf({ errors, withoutPhoto }: ImportReport): WithoutByDomain | undefined {
  if (errors.length > 0) return undefined
  const counts = new Map<string, number>()
  for (const address of withoutPhoto) {
    const domain = address.slice(address.lastIndexOf('@') + 1)
    counts.set(domain, (counts.get(domain) ?? 0) + 1)
  }
  return [...counts]
    .sort(([a, left], [b, right]) => right - left || (a < b ? -1 : 1))
    .slice(0, maxWithoutDomains)
}
