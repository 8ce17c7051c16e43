// The chart of deploy/docs/benchmarks.md, drawn from the table in that page, so that the two cannot differ.
//
//   npx tsx test/bench/chart.ts
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../fixtures/root.ts'

const page = join(root, 'deploy/docs/benchmarks.md')
export const chartFile = join(root, 'deploy/docs/benchmarks.svg')

const rows: Record<string, string> = {
  'photo, by cookie': 'a photo',
  'not modified': 'not modified (304)',
  'turned away': 'turned away (302)',
  'photo, last of 1,000 networks': 'a photo, 1,000 networks',
}
const servers = ['photogate', 'nginx', 'Apache', 'Caddy'] as const

const [left, right, barHeight, groupGap] = [190, 90, 16, 18]
const width = 760

/** SVG; bars are CPU time a request, in microseconds. */
export function drawChart(): string {
  const figures = readFigures()
  const shown = figures.filter(({ row }) => row in rows).map(({ cpu }) => cpu)
  const scale = (width - left - right) / Math.max(...shown)
  const parts: string[] = []
  let y = 56
  for (const [row, title] of Object.entries(rows)) {
    parts.push(text({ x: left - 12, y: y + barHeight * 2 + 5, className: 'row' }, title))
    for (const server of servers) {
      const cpu = figures.find(figure => figure.row === row && figure.server === server)?.cpu
      if (cpu === undefined) throw new Error(`benchmarks.md has no line "${row}" of ${server}`)
      const length = Math.round(cpu * scale)
      parts.push(
        `<rect class="${server}" x="${left}" y="${y}" width="${length}" height="${barHeight - 3}" rx="2"/>`,
        text(
          { x: left + length + 6, y: y + 11, className: 'figure' },
          `${cpu.toFixed(1)} ${server}`,
        ),
      )
      y += barHeight
    }
    y += groupGap
  }
  const title = 'CPU time per request in microseconds: shorter is better'
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" role="img" aria-label="${title}">
<style>
text { font: 12px system-ui, sans-serif; fill: #1f2933; }
.row { text-anchor: end; font-weight: 600; }
.title { font-size: 15px; font-weight: 600; }
.photogate { fill: #0b6e4f; }
.nginx, .Apache, .Caddy { fill: #b8c2cc; }
.ground { fill: #ffffff; }
@media (prefers-color-scheme: dark) {
text { fill: #e4e7eb; }
.photogate { fill: #3fc49a; }
.nginx, .Apache, .Caddy { fill: #56616e; }
.ground { fill: #11181f; }
}
</style>
<rect class="ground" width="${width}" height="${y}"/>
${text({ x: 12, y: 30, className: 'title' }, title)}
${parts.join('\n')}
</svg>
`
}

interface Figure {
  readonly row: string
  readonly server: string
  readonly cpu: number
}

function readFigures(): Figure[] {
  const lines = readFileSync(page, 'utf8').matchAll(/^\| ([^|]+) \| ([^|]+) \| ([\d.]+) \| /gm)
  return [...lines].map(([, row = '', server = '', cpu]) => ({ row, server, cpu: Number(cpu) }))
}

function text(
  { x, y, className }: { readonly x: number; readonly y: number; readonly className: string },
  content: string,
): string {
  return `<text class="${className}" x="${x}" y="${y}">${content}</text>`
}

if (process.argv[1] === import.meta.filename) writeFileSync(chartFile, drawChart())
