// Reads a configuration and all that it names, and finds everything that is wrong with it at once.
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Overrides } from './build-settings.ts'
import { buildSettings } from './build-settings.ts'
import { gatherFindings } from './findings.ts'
import type { Problem } from './problem.ts'
import { findSchemaProblems } from './schema-problems.ts'
import type { Settings } from './settings.ts'
import { parseSource } from './source.ts'

/** `settings` is undefined exactly when there are problems. `files` is what to watch in either case. */
export interface Loaded {
  readonly settings: Settings | undefined
  readonly problems: readonly Problem[]
  readonly warnings: readonly Problem[]
  readonly files: readonly string[]
}

export interface LoadOptions extends Overrides {
  /** Undefined: the built-in configuration. */
  readonly file: string | undefined
  /** Undefined: the process's own. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Milliseconds since the epoch, to tell keys that are past their time. Undefined: now. */
  readonly nowMs?: number
  /** Whether the photos must be on this machine; undefined: they must. */
  readonly needsPhotos?: boolean
}

const mostProblems = 1_000

// The old block's cookie rules: what holds without a configuration file.
const builtInConfig = `allow:
  - { name: signed-in, cookie: [LtpaToken2, LtpaToken] }
  - { name: meeting, cookie: "STPluginActivePage=stMeetingroom*" }
`

/** Never throws for what a file says or for a file that is not there. */
export function loadConfig({
  file,
  env = process.env,
  nowMs = Date.now(),
  needsPhotos = true,
  ...overrides
}: LoadOptions): Loaded {
  const name = file ?? 'built-in configuration'
  const base = file === undefined ? resolve('.') : dirname(resolve(file))
  const files = file === undefined ? [] : [resolve(file)]
  let text = builtInConfig
  try {
    if (file !== undefined) text = readFileSync(file, 'utf8')
  } catch (error) {
    const message = `cannot be read: ${(error as Error).message}`
    return refused([{ file: name, path: '', message }], files)
  }
  const source = parseSource(name, text, env)
  const findings = gatherFindings(source)
  if (source.value === undefined) return refused(findings.problems, files)
  const { value } = source
  const unset = new Set(source.problems.map(({ path }) => path))
  const refusals = findSchemaProblems({ ...source, value }).filter(({ path }) => !unset.has(path))
  findings.problems.push(...refusals)
  // Beyond this the schema may not have said everything, and the rest must not rely on it.
  if (refusals.length > mostProblems) return refused(findings.problems, files)
  const settings = buildSettings({
    ...{ value, overrides, base, files, findings, nowMs, needsPhotos },
  })
  if (findings.problems.length > 0) return refused(findings.problems, files)
  return { settings, problems: [], warnings: findings.warnings, files }
}

function refused(problems: readonly Problem[], files: readonly string[]): Loaded {
  // Each file's problems together, the configuration's own first.
  const order = [...new Set(problems.map(({ file }) => file))]
  const inOrder = problems.toSorted(
    (a, b) =>
      order.indexOf(a.file) - order.indexOf(b.file) ||
      (a.line ?? 0) - (b.line ?? 0) ||
      (a.column ?? 0) - (b.column ?? 0),
  )
  return { settings: undefined, problems: inOrder, warnings: [], files }
}
