// The last step of `npm test`: what decides, verifies and serves is covered wholly, by statement, line
// and function. Reads the report that tap has written.
import { readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { root } from './fixtures/root.ts'

const folders = ['src/policy', 'src/ltpa', 'src/photo', 'src/evidence', 'src/gate']

type Share = { total: number; covered: number }
type Summary = Record<string, Record<'statements' | 'lines' | 'functions', Share>>

const report = join(root, '.tap', 'report', 'coverage-summary.json')
const summary = JSON.parse(readFileSync(report, 'utf8')) as Summary

const gaps = Object.entries(summary).flatMap(([path, shares]) => {
  const file = relative(root, path).split(sep).join('/')
  if (!folders.some(folder => file.startsWith(`${folder}/`))) return []
  return (['statements', 'lines', 'functions'] as const)
    .filter(kind => shares[kind].covered < shares[kind].total)
    .map(kind => `${file}: ${shares[kind].total - shares[kind].covered} ${kind} not covered`)
})
const missing = folders.filter(
  folder =>
    !Object.keys(summary).some(path => path.includes(`${sep}${folder.replace('/', sep)}${sep}`)),
)
const complaints = [...gaps, ...missing.map(folder => `${folder}: nothing was measured`)]
process.stdout.write(
  complaints.length === 0 ? `${folders.join(', ')}: covered\n` : `${complaints.join('\n')}\n`,
)
process.exitCode = complaints.length === 0 ? 0 : 1
