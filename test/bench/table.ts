// Results as Markdown.
import type { Result, Sample } from './measure.ts'
import type { Ratio } from './ratio.ts'
import { findResult, median, ratioOf } from './ratio.ts'
import type { Row } from './rows.ts'
import { servers } from './servers.ts'
import type { FurtherRatios } from './targets.ts'
import { judgeTargets } from './targets.ts'

export function formatResults(rows: readonly Row[], results: readonly Result[]): string {
  return formatTable(
    [
      'row',
      'server',
      'CPU µs/request',
      'gate ÷ it',
      'requests/s',
      'p50 ms',
      'p99 ms',
      'cores busy',
      'RSS MiB',
    ],
    results.map(result => cellsOf(result, rows, results)),
  )
}

export function formatTargets(results: readonly Result[], further: FurtherRatios): string {
  return formatTable(
    ['ratio', 'at most', 'measured', ''],
    judgeTargets(results, further).map(({ text, most, ratio, isMet }) => [
      text,
      most.toFixed(2),
      ratio === undefined ? 'not measured' : formatRatio(ratio),
      isMet === undefined ? '' : isMet ? 'ok' : 'MISSED',
    ]),
  )
}

function cellsOf(result: Result, rows: readonly Row[], results: readonly Result[]): string[] {
  const middle = (key: keyof Sample) => median(result.samples.map(sample => sample[key]))
  const gate = result.server === 'gate' ? undefined : findResult(results, result.row, 'gate')
  const ratio = ratioOf(gate, result)
  return [
    rows.find(({ name }) => name === result.row)?.title ?? result.row,
    servers[result.server].title,
    middle('cpuMicros').toFixed(1),
    ratio === undefined ? '–' : formatRatio(ratio),
    Math.round(middle('requestsPerSecond')).toLocaleString('en'),
    middle('p50Ms').toFixed(2),
    middle('p99Ms').toFixed(2),
    middle('cores').toFixed(2),
    result.residentMiB.toFixed(0),
  ]
}

function formatRatio({ middle, least, most }: Ratio): string {
  return `${middle.toFixed(2)} (${least.toFixed(2)}–${most.toFixed(2)})`
}

// The first two columns are words, the others numbers.
function formatTable(head: readonly string[], lines: readonly string[][]): string {
  const rule = head.map((_, column) => (column < 2 ? '---' : '---:'))
  return [head, rule, ...lines].map(cells => `| ${cells.join(' | ')} |\n`).join('')
}
