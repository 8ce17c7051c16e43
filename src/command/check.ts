// `photogate check`: all problems of a configuration, and all its risks.
import type { Problem } from '../config/document/problem.ts'
import { reportProblem } from '../config/document/problem.ts'
import type { Settings } from '../config/settings.ts'
import { exitCodes } from '../error.ts'
import { styled } from '../text/styled.ts'
import type { ConfigChoice } from './config-file.ts'
import { loadChosenConfig } from './load-settings.ts'
import type { Output } from './output.ts'
import { noteProblems } from './output.ts'
import { count } from './photo-words.ts'
import type { PhotosTold } from './photos-told.ts'
import { tellPhotos } from './photos-told.ts'

const oldestRecommendedNode = 22

const unknownOfRedis =
  'check does not connect to Redis: the log of serve says whether it answers and takes the password'

export interface CheckOptions extends ConfigChoice {
  json?: boolean
}

/** @returns the exit code: 0, or 78 when there are problems. Warnings alone are fine. */
export async function check(options: CheckOptions, output: Output): Promise<number> {
  const loaded = loadChosenConfig(options, { needsPhotos: 'readable' })
  const name = loaded.file ?? 'the built-in configuration'
  const { settings } = loaded
  const photos =
    settings &&
    (await tellPhotos(name, {
      directory: settings.photos.directory,
      canaries: settings.canaries,
    }))
  const own = [
    ...(photos?.warnings ?? []),
    ...passWarnings(name, settings),
    ...nodeWarnings(process.versions.node),
  ]
  const warnings = [...loaded.warnings, ...own]
  const { problems } = loaded
  if (options.json) {
    const report = {
      valid: problems.length === 0,
      problems: problems.map(problem => reportProblem(problem, 'error')),
      warnings: warnings.map(warning => reportProblem(warning, 'warning')),
      ...(photos === undefined ? {} : { photos: photosReport(photos) }),
    }
    output.print(JSON.stringify(report, null, 2))
  } else {
    if (problems.length > 0) noteProblems(output, problems, 'error')
    if (warnings.length > 0) noteProblems(output, warnings, 'warning')
    if (problems.length === 0) {
      const rules = loaded.settings?.policy.rules.length ?? 0
      const found = `${count(rules, 'rule')}, ${describePhotos(photos)}`
      output.print([name, ' ', styled('is fine', 'good'), `: ${found}`])
      if (loaded.settings?.ledger !== undefined) output.print(unknownOfRedis)
    }
  }
  return problems.length > 0 ? exitCodes.config : exitCodes.fine
}

function photosReport({ served, unread, unserved }: PhotosTold) {
  return { served, unread, notServed: unserved }
}

function describePhotos({ served = 0, unread = 0 }: Partial<PhotosTold> = {}): string {
  const doubt = unread > 0 ? ` (${unread.toLocaleString('en')} by their names alone)` : ''
  return `${count(served, 'photo')}${doubt}`
}

// Only check says it, and not each reload: no configuration can put an end to it.
function passWarnings(file: string, settings: Settings | undefined): Problem[] {
  const rules = settings?.policy.rules ?? []
  const at = rules.findIndex(({ conditions }) => conditions.some(({ kind }) => kind === 'pass'))
  if (at < 0) return []
  const message =
    "needs https, and the photo host must be of the same site as the page of the meeting (chat.acme.example and photos.acme.example are): browsers keep the cookie from other sites' pages"
  return [{ file, path: `allow[${at}].pass`, message, code: 'GATE_PASS_SITE' }]
}

/** Releases of Node.js before 22 no longer get security fixes. */
export function nodeWarnings(version: string): Problem[] {
  if (Number.parseInt(version, 10) >= oldestRecommendedNode) return []
  const message = 'is past its end of life; use 24'
  return [{ file: 'Node.js', path: version, message, code: 'GATE_NODE_AGE' }]
}
