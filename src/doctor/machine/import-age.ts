// When photos were imported last, and what failed then, by the records that imports keep.
import { Cron } from 'croner'
import type { SupplySettings } from '../../config/supply/settings.ts'
import { readRecords } from '../../supply/import/journal.ts'
import { stateDirectoryOf } from '../../supply/import/photo-directory.ts'
import type { Records } from '../../supply/import/records.ts'
import type { Diagnosis, Finding } from '../finding.ts'
import { diagnosisOf } from '../finding.ts'

export interface ImportAgeOptions {
  readonly photos: string
  readonly supply: SupplySettings
  readonly nowMs: number
}

const msPerDay = 86_400_000
// Without a schedule, somebody or cron starts imports; photos change seldom.
const maxAgeDays = 30

export function checkImportAge({ photos, supply, nowMs }: ImportAgeOptions): Diagnosis {
  let records: Records
  try {
    records = readRecords(stateDirectoryOf(photos))
  } catch (error) {
    const text = `When photos were imported last is not known: ${(error as Error).message}.`
    return diagnosisOf({ unknown: [text] })
  }
  const { run } = records
  if (run === undefined) return diagnosisOf({ findings: [findingOfNever(photos)] })
  const lastMs = Date.parse(run.at)
  const old = findAge(lastMs, supply, nowMs)
  const findings = [...(old === undefined ? [] : [old]), ...findFailures(records, supply)]
  const fine =
    findings.length === 0
      ? [`The last complete import was at ${minute(lastMs)} UTC, of ${run.people} people.`]
      : []
  return diagnosisOf({ findings, fine })
}

function findingOfNever(photos: string): Finding {
  return {
    code: 'import-never',
    effect: 'breaks',
    place: { file: photos },
    seen: 'The configuration has a supply of photos, and no import of all sources has come to its end.',
    why: 'Photos come from nowhere, or only from the sources that have worked.',
    cure: [
      'See what an import would do:\n  photogate import --dry-run',
      'Run it:\n  photogate import',
    ],
  }
}

function findAge(
  lastMs: number,
  { schedule, timeLimitSeconds }: SupplySettings,
  nowMs: number,
): Finding | undefined {
  const missed =
    schedule === undefined
      ? undefined
      : countMissed(schedule, lastMs, nowMs - timeLimitSeconds * 1000)
  const days = Math.floor((nowMs - lastMs) / msPerDay)
  const isOld = schedule === undefined ? days > maxAgeDays : (missed ?? 0) >= 2
  if (!isOld) return undefined
  const since =
    missed === undefined
      ? `${days} days ago`
      : `and ${missed >= maxMissed ? 'at least ' : ''}${missed} more were due since by the schedule "${schedule}"`
  return {
    code: 'import-old',
    effect: 'breaks',
    seen: `The last complete import was at ${minute(lastMs)} UTC, ${since}.`,
    why: 'New colleagues have no photo, changed photos are the old ones, and photos of those who left stay.',
    cure: [
      'Is serve running, with this configuration? It starts the imports; its log says "import ended" for each.',
      'Run one by hand, and read its errors:\n  photogate import',
    ],
  }
}

const maxMissed = 100

/** How many runs were due in that time. One may have been skipped while another ran. */
function countMissed(schedule: string, fromMs: number, toMs: number): number {
  const cron = new Cron(schedule, { paused: true })
  let missed = 0
  for (let next = cron.nextRun(new Date(fromMs)); next !== null && missed < maxMissed; ) {
    if (next.getTime() > toMs) break
    missed++
    next = cron.nextRun(next)
  }
  cron.stop()
  return missed
}

function findFailures(records: Records, { sources }: SupplySettings): Finding[] {
  const unlisted = sources.filter(({ id }) => !records.sources.has(id)).map(({ title }) => title)
  const refused = [...records.persons].filter(person => person.refused !== undefined)
  const findings: Finding[] = []
  if (unlisted.length > 0) {
    findings.push({
      code: 'import-source',
      effect: 'breaks',
      seen: `No import has read these sources to their end: ${unlisted.join(', ')}.`,
      why: 'People whom only these sources know have no photo.',
      cure: ['Run an import, and read its errors:\n  photogate import --dry-run'],
    })
  }
  if (refused.length > 0) {
    findings.push({
      code: 'import-refused',
      effect: 'weakens',
      seen: `The imports refused the pictures of ${refused.length} ${refused.length === 1 ? 'person' : 'people'}: ${refused
        .slice(0, 5)
        .map(({ addresses, key }) => addresses?.[0] ?? key)
        .join(', ')}${refused.length > 5 ? ', …' : ''}.`,
      why: 'These people have no photo, or keep an older one.',
      cure: [
        'See why, for one of them:\n  photogate photos show joe@acme.example',
        'Replace the picture at its source.',
      ],
    })
  }
  return findings
}

function minute(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ')
}
