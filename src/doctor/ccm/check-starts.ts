// Whether the application server announced content download caching (CDHC) at its last start, and since which restart it
// does not.
import type { Diagnosis, Finding } from '../finding.ts'
import { mergeDiagnoses } from '../finding.ts'
import { nothing } from './diagnosis.ts'
import type { DateOrder } from './log-stamp.ts'
import { formatStamp } from './log-stamp.ts'
import { restartCure } from './restart-cure.ts'
import type { RunState } from './run-state.ts'
import { announcedIn, beginOf, isBad, isOfManagement, missingLines, stateOf } from './run-state.ts'
import type { ServerRuns } from './server-runs.ts'
import type { LogPlace, Stretch } from './stretch.ts'

const why =
  'IHS does not hand over the files of libraries: downloads of more than 1 MB fail for everybody, and only the VERSIONS tab of a file still works.'

interface Told {
  readonly server: string
  readonly run: Stretch
  readonly runs: readonly Stretch[]
  when(place: LogPlace | undefined): string
}

/** `servers`: as `joinLogs` groups them. */
export function checkStarts(servers: readonly ServerRuns[]): Diagnosis {
  return mergeDiagnoses(servers.map(checkServer))
}

function checkServer({ server, runs, order, files }: ServerRuns): Diagnosis {
  const name = server ?? 'the server'
  if (runs === undefined) {
    const said = `Which start of ${name} is the last: day and month in the dates of ${files.join(', ')} can be read both ways, and the order of the logs depends on it. Name a log that has a day after the 12th.`
    return { ...nothing, unknown: [said] }
  }
  const run = runs.at(-1)
  if (run === undefined) {
    const said = `Whether ${name} announced CDHC: ${files.join(', ')} has no start of the server and not one line about CDHC.`
    return { ...nothing, unknown: [said] }
  }
  const when = (place: LogPlace | undefined) => formatPlaceTime(place, order)
  const told = { server: name, run, runs, when }
  const dates = order === undefined && run.last.at !== undefined ? [unclearDates(told)] : []
  const judged = judgeRun(told)
  return { ...judged, unknown: [...judged.unknown, ...dates] }
}

function unclearDates({ server, run: { last } }: Told): string {
  return `Day and month in the logs of ${server}: ${last.at?.text} can be read both ways. Times are given as they are written.`
}

function judgeRun(told: Told): Diagnosis {
  const { server, run, runs, when } = told
  const state = stateOf(run)
  if (state === 'good') return { ...nothing, fine: [tellGood(told)] }
  if (isBad(run)) return { ...nothing, findings: [findingOf(state, told)] }
  const before = runs.at(-2)
  const then =
    before === undefined || stateOf(before) === 'unseen'
      ? ''
      : ` The start before it, ${when(beginOf(before))}, ${isBad(before) ? 'was not right either' : 'announced it'}.`
  return {
    ...nothing,
    unknown: [`Whether ${server} announced CDHC: ${tellOpen(state, told)}${then}`],
  }
}

function tellOpen(state: RunState, { run, when }: Told): string {
  const since = when(beginOf(run))
  if (state === 'starting') {
    return `it has been starting since ${since} and was not open for e-business when the log ended (${when(run.last)}). Look again when it is.`
  }
  if (state === 'hidden') {
    return `its log level leaves the lines out: the startup trace state, ${since}, has * above info. Set *=info, restart, and look again.`
  }
  if (state === 'failed') return `its last start, ${since}, did not come up.`
  if (state === 'cut') {
    return run.isCut
      ? `the log could not be read to its end (${when(run.last)} is the last entry).`
      : `the log ends in the middle of the announcement (${when(run.last)}). Look again in a minute.`
  }
  if (state === 'elsewhere') {
    const name = 'Name the logs of the server that runs CCM.'
    if (isOfManagement(run)) return `it manages other servers and does not run CCM. ${name}`
    if (run.applications === 0) return `it started no application ${since}. ${name}`
    return `the applications that it started ${since} have neither navigator nor FileNet among them. ${name}`
  }
  return `the logs do not have its last start. They begin ${since}; name the older ones too.`
}

function tellGood({ server, run, runs, when }: Told): string {
  const announced = announcedIn(run)
  const earlier = runs.slice(0, -1).filter(isBad).length
  const history =
    earlier === 0 ? '' : `; ${earlier} of the ${runs.length - 1} starts before did not`
  const errors =
    run.errors === 0
      ? ''
      : ` (after ${run.errors} ${run.errors === 1 ? 'error' : 'errors'} since the start)`
  return `${server} announced CDHC with all eight lines at its last start, ${when(announced?.place)}${errors}${history}.`
}

function findingOf(state: RunState, told: Told): Finding {
  const { run, runs, when } = told
  const { place, seen } = whatWasSeen(state, told)
  return {
    code:
      { silent: 'ccm-silent', error: 'ccm-error', other: 'ccm-not-enabled' }[state as string] ??
      'ccm-incomplete',
    effect: 'breaks',
    place: { file: place.file, line: place.line },
    seen: `${seen} ${sinceWhen(runs, when)}`,
    why,
    cure: [...firstSteps(state), ...restartCure(run, runs)],
  }
}

function whatWasSeen(
  state: RunState,
  { server, run, when }: Told,
): { readonly place: LogPlace; readonly seen: string } {
  const start = beginOf(run)
  const opened = run.opened === undefined ? '' : `, open for e-business ${when(run.opened)},`
  if (state === 'error') {
    const times =
      run.errors === 1 ? 'once, at' : `${run.errors} times, first ${when(run.firstError)} and last`
    return {
      place: run.lastError ?? start,
      seen: `${server} logged "dumpErrorInfo CDHC enabled but configuration error found" ${times} ${when(run.lastError)}, after its start ${when(start)}.`,
    }
  }
  if (state === 'other') {
    const said = run.others.map(text => `"CDHC ${text}"`).join(', ')
    return {
      place: start,
      seen: `${server}, started ${when(start)}, did not say "CDHC enabled". It said ${said}.`,
    }
  }
  const announced = announcedIn(run)
  if (announced !== undefined) {
    const missing = missingLines(announced)
    return {
      place: announced.place,
      seen: `${server} announced CDHC ${when(announced.place)} with ${8 - missing.length} of eight lines. Missing: ${missing.join(', ')}.`,
    }
  }
  return {
    place: run.opened ?? start,
    seen: `${server}, started ${when(start)}${opened} did not write one line about CDHC. The log ends ${when(run.last)}.`,
  }
}

function firstSteps(state: RunState): string[] {
  if (state === 'silent') {
    return [
      'If nobody has used a library since the start, download a file of more than 1 MB and run doctor again: the lines may come with the first download.',
    ]
  }
  if (state === 'error' || state === 'other') {
    return [
      'First mend what doctor says of the properties and of IHS, if it does. See that the user of the server can write to the folder that cdhc_rootPath names.',
    ]
  }
  return []
}

/** How long it has been like this. */
function sinceWhen(runs: readonly Stretch[], when: Told['when']): string {
  const judged = runs.filter(run => isBad(run) || stateOf(run) === 'good')
  const lastGood = judged.findLastIndex(run => !isBad(run))
  const failing = judged.slice(lastGood + 1)
  const first = failing[0]
  const good = judged[lastGood]
  if (good !== undefined && first !== undefined) {
    const inARow = failing.length === 1 ? '' : `, ${failing.length} starts in a row`
    return `This is so since the restart ${when(beginOf(first))}${inARow}; the start before that, ${when(beginOf(good))}, was right.`
  }
  return failing.length < 2 || first === undefined
    ? 'The logs that were named have no earlier start, so since when is not known.'
    : `All ${failing.length} starts in these logs are like this, since ${when(beginOf(first))} at the latest.`
}

function formatPlaceTime(place: LogPlace | undefined, order: DateOrder | undefined): string {
  return place?.at === undefined ? 'at a time that is not known' : formatStamp(place.at, order)
}
