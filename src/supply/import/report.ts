// The report of an import, for administrators and for scripts. Its inputs hold no secrets.
import { printable } from '../../text/printable.ts'
import type { ImportResult } from './import-result.ts'
import { findLasting } from './lasting.ts'
import type { PersonProblem } from './outcome.ts'

/** As `--json` prints it. Lists are of addresses, in alphabetical order. */
export interface ImportReport {
  readonly dryRun: boolean
  readonly sources: readonly SourceReport[]
  readonly added: readonly string[]
  readonly changed: readonly string[]
  readonly unchanged: number
  /** The source failed or was not asked, its picture was refused, or several people have the address. */
  readonly leftAlone: number
  /** `known`: as in the last import. */
  readonly quarantined: readonly (Omit<PersonProblem, 'picture'> & { readonly known: boolean })[]
  /** Photos that no source has any more, and when each goes unless one has it again. */
  readonly toBeRemoved: readonly { readonly address: string; readonly at: string }[]
  readonly removed: readonly string[]
  /** Files that others had put into the directory. */
  readonly replaced: readonly string[]
  readonly withoutPhoto: readonly string[]
  /** New problems, and failures of whole sources. */
  readonly errors: readonly string[]
  /** Problems that the last import had already. */
  readonly known: readonly string[]
  /** Why due photos were not removed; undefined when nothing held removals back. */
  readonly removalsHeld: string | undefined
  /** False when there is a new problem; with strict, any problem. */
  readonly fine: boolean
}

export interface SourceReport {
  readonly source: string
  readonly status: 'complete' | 'failed' | 'not asked'
  readonly people: number
  readonly photos: number
  /** Files that cannot be photos, and the names of some. */
  readonly ignored: number
  readonly ignoredNames: readonly string[]
  readonly troubles: readonly { readonly where: string; readonly reason: string }[]
}

export function buildReport(
  result: ImportResult,
  dryRun: boolean,
  { strict = false }: { strict?: boolean } = {},
): ImportReport {
  const { sources, tally, missing, without, removed, removalsHeld, isStopped, isAborted } = result
  const titles = new Map(sources.map(({ listing, title }) => [listing.source, title]))
  const name = (source: string) => titles.get(source) ?? source
  const lasting = findLasting(result)
  const told = [...lasting].flatMap(([source, { findings }]) =>
    findings.map(({ text, isKnown }) => ({ text: `${name(source)}: ${text}`, isKnown })),
  )
  const quarantined = [...lasting.values()].flatMap(one =>
    one.quarantined.map(({ source, key, addresses, reason, isKnown }) => ({
      ...{ source: name(source), key, addresses, reason, known: isKnown },
    })),
  )
  const sourceReports = sources.map(
    ({ title, listing, opened: open, failure, troubles, ignored }) => ({
      ...{ source: title, troubles, people: listing.persons.length },
      status: statusOf(failure ?? open?.lostReason, open !== undefined),
      photos: listing.persons.filter(({ photo }) => photo === 'present').length,
      ...{ ignored: ignored.count, ignoredNames: ignored.some },
    }),
  )
  const errors = [
    ...sources.flatMap(({ title, failure, opened: open }) => {
      const reason = failure ?? open?.lostReason
      return reason === undefined ? [] : [`${title}: ${reason}`]
    }),
    ...(isStopped && removalsHeld !== undefined ? [`nothing was done: ${removalsHeld}`] : []),
    ...(isAborted ? [stoppedText(result.abortReason)] : []),
    ...told.filter(({ isKnown }) => !isKnown).map(({ text }) => text),
  ]
  const known = told.filter(({ isKnown }) => isKnown).map(({ text }) => text)
  const isHeldInError =
    removalsHeld !== undefined &&
    sources.every(({ listing, failure }) => listing.isWhole || failure !== undefined)
  // The failure of the source is in the list already.
  if (isHeldInError && !isStopped && !isAborted && !errors.includes(removalsHeld))
    errors.unshift(`nobody was removed: ${removalsHeld}`)
  return {
    ...{ dryRun, sources: sourceReports, errors, known, removalsHeld, quarantined },
    added: tally.added.toSorted(),
    changed: tally.changed.toSorted(),
    unchanged: tally.unchanged,
    leftAlone: tally.held,
    toBeRemoved: missing
      .toSorted((a, b) => a.removeAtMs - b.removeAtMs || (a.address < b.address ? -1 : 1))
      .map(({ address, removeAtMs }) => ({ address, at: new Date(removeAtMs).toISOString() })),
    removed: removed.toSorted(),
    replaced: [...tally.replaced].sort(),
    withoutPhoto: without,
    fine:
      errors.length === 0 &&
      quarantined.every(one => one.known && !strict) &&
      (known.length === 0 || !strict),
  }
}

function stoppedText(reason: string | undefined): string {
  const why = reason === undefined ? '' : `, because ${reason}`
  return `the import was stopped before its end${why}; the next one goes on`
}

function statusOf(failure: string | undefined, wasAsked: boolean): SourceReport['status'] {
  if (failure !== undefined) return 'failed'
  return wasAsked ? 'complete' : 'not asked'
}

// The most lines of each kind; `--json` has all.
const maxLines = 20

export function formatReport(report: ImportReport): string {
  const { dryRun, sources, quarantined, toBeRemoved, errors } = report
  const tense = dryRun ? 'would be ' : ''
  const [first] = toBeRemoved
  const counts: [string, number, (string | undefined)?][] = [
    [`${tense}added`, report.added.length],
    [`${tense}changed`, report.changed.length, replacedText(report.replaced.length)],
    ['unchanged', report.unchanged],
    ...leftAlone(report.leftAlone),
    ['quarantined', quarantined.length],
    [
      'to be removed',
      toBeRemoved.length,
      first && `from ${first.at.slice(0, 10)} on, unless a source has them again`,
    ],
    [`${tense}removed`, report.removed.length],
    ['people without a photo', report.withoutPhoto.length],
    ...knownRow(report),
  ]
  const sourceRows = sources.map((one): [string, string] => [one.source, sourceText(one)])
  const width = Math.max(...counts.map(([title]) => title.length))
  const digits = Math.max(...counts.map(([, number]) => number.toLocaleString('en').length))
  const sourceWidth = Math.max(...sourceRows.map(([title]) => title.length))
  return [
    ...sourceRows.map(([title, text]) => `${title.padEnd(sourceWidth)}  ${text}`),
    '',
    ...counts.map(
      ([title, number, text]) =>
        `${title.padEnd(width)}  ${number.toLocaleString('en').padStart(digits)}${text ? `  ${text}` : ''}`,
    ),
    ...section(
      'quarantined, and kept out',
      quarantined
        .filter(({ known }) => !known)
        .map(
          ({ source, key, addresses: [address], reason }) =>
            `${address}: ${key} of ${source} ${reason}`,
        ),
    ),
    ...section('errors', errors),
  ].join('\n')
}

function sourceText({ status, people, photos, ignored, ignoredNames }: SourceReport): string {
  if (status === 'not asked') return status
  const names = ignoredNames.map(printable).join(', ')
  const more = ignored > ignoredNames.length ? ', …' : ''
  const files =
    ignored === 0 ? '' : `, ${count(ignored, 'file', 'files')} ignored (${names}${more})`
  const end = status === 'failed' ? ', failed' : ''
  return `${count(people, 'person', 'people')}, ${count(photos, 'photo', 'photos')}${files}${end}`
}

function knownRow({ known, quarantined }: ImportReport): [string, number, string][] {
  const count = known.length + quarantined.filter(({ known }) => known).length
  return count === 0 ? [] : [['known problems', count, 'as in the last import; --json has them']]
}

function leftAlone(photos: number): [string, number, string][] {
  if (photos === 0) return []
  return [['left alone', photos, 'for a reason below, or because their source was not asked']]
}

function section(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return []
  const more = lines.length - maxLines
  return [
    '',
    title,
    ...lines.slice(0, maxLines).map(line => `  ${printable(line)}`),
    ...(more > 0 ? [`  and ${more.toLocaleString('en')} more; --json prints all`] : []),
  ]
}

function replacedText(files: number): string | undefined {
  return files === 0
    ? undefined
    : `${count(files, 'of them was', 'of them were')} put there by others`
}

function count(number: number, one: string, many: string): string {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`
}
