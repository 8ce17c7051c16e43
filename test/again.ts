// After a red run in CI, because a loaded machine can fail tests that start servers: prints once more what failed,
// where it is read first, and runs those files again, alone and one at a time. A fault of the program
// fails there too. The files that pass are named, so that somebody looks at them.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './fixtures/root.ts'

const results = join(root, '.tap', 'test-results')
// More failures than this are not due to a busy machine.
const maxFiles = 3
const diagnosticLines = 40
// An assertion that is marked so may fail (TAP 14, "Directives").
const failure = /^ *not ok (?!.*# (TODO|SKIP)\b)/

const names = existsSync(results) ? readdirSync(results, { recursive: true, encoding: 'utf8' }) : []
const failed = names
  .filter(name => name.endsWith('.tap'))
  .map(name => ({
    file: name.slice(0, -'.tap'.length),
    text: readFileSync(join(results, name), 'utf8'),
  }))
  .filter(({ text }) => !isPassed(text))

const files = failed.map(({ file }) => file)
if (files.length === 0) stop('No test has failed: lint, types, the build or the coverage has.')
for (const { file, text } of failed) say(`\nfailed: ${file}\n${failuresOf(text)}`)
if (files.length > maxFiles) stop(`${files.length} files have failed: none is run again.`)
say('\nEach is run again, alone:\n')
// The coverage is that of the whole run.
const tap = ['tap', '--jobs=1', '--disable-coverage', '--allow-empty-coverage', '--reporter=tap']
mustPass('npx', [...tap, ...files])
say(`\nPassed alone, failed beside others: ${files.join(', ')}\n`)
if (!files.some(file => file.includes('test/system/'))) mustPass('npx', ['tsx', 'test/coverage.ts'])

/** A file that ended before it had printed how many tests it has did not pass. */
function isPassed(text: string): boolean {
  const outer = text.split('\n').filter(line => !line.startsWith(' '))
  return /^1\.\.[1-9]/m.test(text) && !outer.some(line => failure.test(line))
}

/** The assertions that failed, each with its details. For a file that broke off: its last lines. */
function failuresOf(text: string): string {
  const lines = text.split('\n')
  const failures = lines.flatMap((line, at) =>
    failure.test(line) ? lines.slice(at, at + diagnosticLines) : [],
  )
  return (failures.length > 0 ? failures : lines.slice(-diagnosticLines)).join('\n')
}

function mustPass(program: string, args: readonly string[]): void {
  const { status } = spawnSync(program, args, { cwd: root, stdio: 'inherit' })
  if (status !== 0) stop(`${args.join(' ')}: failed`)
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

function stop(text: string): never {
  say(text)
  process.exit(1)
}
