// The metrics as a table in Markdown, for deploy/docs/metrics.md: a test compares the page with it.
import type { Metric } from './metric.ts'

export function formatMetrics(metrics: readonly Metric[]): string {
  const rows = metrics.map(
    ({ name, type, labels = {}, help }) =>
      `| \`${name}\` | ${type} | ${labelsText(labels)} | ${help.replaceAll('|', '\\|')}. |`,
  )
  return ['| metric | type | labels | what it says |', '|---|---|---|---|', ...rows].join('\n')
}

function labelsText(labels: NonNullable<Metric['labels']>): string {
  const texts = Object.entries(labels).map(([name, text]) => `\`${name}\`: ${text}`)
  return texts.length === 0 ? '–' : texts.join('<br>')
}
