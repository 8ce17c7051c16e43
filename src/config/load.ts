// Loads a configuration and the files that it names, and finds all problems in one run.
import { dirname, resolve } from 'node:path'
import { describeFileTrouble } from '../disk/file-trouble.ts'
import { readBounded } from '../disk/regular-file.ts'
import { decodeText } from '../text/decode-text.ts'
import type { Overrides } from './build-settings.ts'
import { buildSettings } from './build-settings.ts'
import type { Findings } from './document/findings.ts'
import { collectFindings } from './document/findings.ts'
import type { Problem } from './document/problem.ts'
import { parseConfigDocument } from './document/yaml.ts'
import { acceptForms } from './schema/accepted-forms.ts'
import type { SchemaNode } from './schema/node.ts'
import { findSchemaProblems } from './schema/problems.ts'
import { configSchema } from './schema/schema.ts'
import type { Settings, ShadowSettings } from './settings.ts'

/** `settings` is undefined exactly when there are problems. `files` is what to watch in either case. */
export interface Loaded {
  readonly settings: Settings | undefined
  readonly problems: readonly Problem[]
  readonly warnings: readonly Problem[]
  readonly files: readonly string[]
  /** Those of the next configuration (`shadow`). A file that both name is in both lists. */
  readonly shadowFiles: readonly string[]
}

export interface LoadOptions extends Overrides {
  /** Undefined: the built-in configuration. */
  readonly file: string | undefined
  /** The content of the file, where it is not written yet. */
  readonly text?: string
  /**
   * Whether the file may be a pipe, as `<(…)` of a shell is; undefined: no. Loading waits for its writer, so a running
   * server must not allow it. The next configuration (`shadow`) is never read from a pipe.
   */
  readonly allowsPipes?: boolean
  /** What `${NAME}` in the configuration stands for. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Milliseconds since the epoch, to tell keys that are past their time. Undefined: now. */
  readonly nowMs?: number
  /** Whether the photos must be on this machine; undefined: they must. */
  readonly needsPhotos?: boolean | 'readable'
  /** Whether the folder of photos hangs, so that nothing may look at it. Undefined: it does not. */
  readonly photosHang?: (folder: string) => boolean
  /**
   * Whether to check the files and folders of the supply's sources; undefined: yes. A folder on a mount whose server is
   * gone never answers, so a running server must not check.
   */
  readonly looksAtSources?: boolean
}

const maxProblems = 1_000
// Far more than rules need; a device such as /dev/zero has no end.
const maxConfigBytes = 4 * 1024 * 1024

// The configuration without a file: the cookie rules of the old rewrite block.
const builtInConfig = `allow:
  - { name: signed-in, cookie: [LtpaToken2, LtpaToken] }
  - { name: meeting, cookie: "STPluginActivePage=stMeetingroom*" }
`

/** Never throws for a missing file or for its content. */
export function loadConfig(options: LoadOptions): Loaded {
  return load(options, path => load({ ...withoutText(options), file: path, allowsPipes: false }))
}

/** `loadNext`: loads the configuration that `shadow` names. Undefined: this is that one. */
function load(options: LoadOptions, loadNext?: (file: string) => Loaded): Loaded {
  const {
    file,
    text: unwritten,
    allowsPipes = false,
    env,
    nowMs = Date.now(),
    needsPhotos = true,
    photosHang = () => false,
    looksAtSources = true,
    ...overrides
  } = options
  const name = file ?? 'built-in configuration'
  const base = file === undefined ? resolve('.') : dirname(resolve(file))
  const files = file === undefined ? [] : [resolve(file)]
  const text = unwritten ?? (file === undefined ? builtInConfig : readText(file, allowsPipes))
  if (typeof text !== 'string') return refused([text], files)
  const source = parseConfigDocument(name, text, env)
  const findings = collectFindings(source)
  if (source.value === undefined) return refused(findings.problems, files)
  const value = acceptForms(source.value, configSchema as unknown as SchemaNode)
  // A problem that was found before says more than the schema's about the same value.
  const reported = new Set(source.problems.map(({ path }) => path))
  const refusals = findSchemaProblems({ ...source, value }).filter(
    ({ path }) => path === '' || !reported.has(path),
  )
  findings.problems.push(...refusals)
  // The schema may have stopped before the end, so nothing may rely on the rest.
  if (refusals.length > maxProblems) return refused(findings.problems, files)
  const settings = buildSettings({
    ...{ value, overrides, base, files, findings, nowMs, needsPhotos, photosHang, looksAtSources },
  })
  if (findings.problems.length > 0) return refused(findings.problems, files)
  const { shadow: next } = value as { readonly shadow?: string }
  const shadow = next && loadNext ? loadShadow(resolve(base, next), findings, loadNext) : undefined
  if (shadow !== undefined && settings.admin === undefined) {
    findings.warn(['shadow'], 'is not judged, because nothing would show it: there is no admin')
  }
  return {
    settings: { ...settings, shadow: shadow?.settings },
    ...{ problems: [], warnings: findings.warnings, files, shadowFiles: shadow?.files ?? [] },
  }
}

function withoutText({ text: _, ...options }: LoadOptions): LoadOptions {
  return options
}

// It decides nothing, so its problems do not stop the start. They are told with their places.
function loadShadow(
  file: string,
  findings: Findings,
  loadNext: (file: string) => Loaded,
): { readonly settings: ShadowSettings; readonly files: readonly string[] } {
  const { settings, problems, files } = loadNext(file)
  if (problems.length > 0) {
    const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`
    findings.warn(['shadow'], `has ${count}, so nothing is judged by it`)
    findings.warnings.push(...problems)
  }
  return { settings: { file, settings, problems }, files }
}

// A byte that is not understood is never replaced: `!m\ufffdller@acme.example` excludes nobody.
function readText(file: string, allowsPipes: boolean): string | Problem {
  let bytes: Buffer | undefined
  try {
    bytes = readBounded(file, maxConfigBytes, { allowsPipes })
  } catch (error) {
    const why = describeFileTrouble(error, 'the file')
    const advice = 'name the configuration with --config FILE'
    const message = `cannot be read: ${why}; ${advice}`
    return { file, path: '', message, code: 'GATE_CONFIG_UNREADABLE' }
  }
  if (bytes === undefined) {
    const message = `is larger than ${maxConfigBytes} bytes; put long lists into files of their own`
    return { file, path: '', message, code: 'GATE_CONFIG_UNREADABLE' }
  }
  const decoded = decodeText(bytes)
  const code = 'GATE_CONFIG_ENCODING'
  if ('problem' in decoded) {
    const { problem, line, column } = decoded
    return { file, line, column, path: '', message: problem, code }
  }
  if (decoded.encoding === 'utf-8') return decoded.text
  const message =
    'is UTF-16, as > of Windows PowerShell writes it; save it as UTF-8 (PowerShell: Out-File -Encoding utf8)'
  return { file, line: 1, column: 1, path: '', message, code }
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
  return { settings: undefined, problems: inOrder, warnings: [], files, shadowFiles: [] }
}
