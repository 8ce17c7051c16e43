// What the program remembers of its own run, for the admin listener: its phase, configurations, imports, and what was
// seen of guests and handshakes. Bounded, and never written anywhere.
import type {
  AdminSources,
  ConfigurationFacts,
  EndedImport,
  ImportEnding,
  ImportFacts,
  Phase,
} from '../admin/sources.ts'

/** What of the sources the record tells. */
export type RunFacts = Pick<
  AdminSources,
  'startedMs' | 'phase' | 'configuration' | 'imports' | 'guests' | 'handshakes'
>

export interface RunHistory {
  /** Read it anew each time: it goes on with the run. */
  readonly facts: RunFacts
  notePhase(phase: Phase): void
  noteApplied(): void
  noteRefused(problems: readonly string[]): void
  /** The files are again those of the configuration that holds. */
  noteRestored(): void
  noteImportStart(): void
  noteImportEnd(ended: EndedImport): void
  /** Undefined: imports are not scheduled. */
  noteSchedule(next: (() => Date | null) | undefined): void
  noteAlarm(rule: string): void
  noteCanary(rule: string): void
  noteHandshake(reason: string): void
}

const maxProblems = 20
const maxImports = 50

/** `now`: milliseconds since the epoch. */
export function buildRunHistory(now: () => number = Date.now): RunHistory {
  const startedMs = now()
  let phase: Phase = 'starting'
  let configuration: ConfigurationFacts = {
    ...{ generation: 1, appliedMs: startedMs, refusals: 0, refused: undefined },
  }
  const ends: Record<ImportEnding, number> = { fine: 0, findings: 0, failed: 0, stopped: 0 }
  const ended: EndedImport[] = []
  let runningSinceMs: number | undefined
  let nextRun: (() => Date | null) | undefined
  const alarms = new Map<string, number>()
  const canaries = new Map<string, number>()
  const handshakes = new Map<string, number>()

  const imports: ImportFacts = {
    get runningSinceMs() {
      return runningSinceMs
    },
    get nextMs() {
      return nextRun?.()?.getTime()
    },
    ends,
    ended,
  }
  const facts: RunFacts = {
    ...{ startedMs, guests: { alarms, canaries }, handshakes },
    get phase() {
      return phase
    },
    get configuration() {
      return configuration
    },
    imports,
  }
  return {
    facts,
    notePhase: next => {
      phase = next
    },
    noteApplied: () => {
      const { generation, refusals } = configuration
      configuration = {
        ...{ generation: generation + 1, appliedMs: now(), refusals, refused: undefined },
      }
    },
    noteRefused: problems => {
      const refused = { timeMs: now(), problems: problems.slice(0, maxProblems) }
      configuration = { ...configuration, refusals: configuration.refusals + 1, refused }
    },
    noteRestored: () => {
      configuration = { ...configuration, refused: undefined }
    },
    noteImportStart: () => {
      runningSinceMs = now()
    },
    noteImportEnd: end => {
      runningSinceMs = undefined
      ends[end.result]++
      ended.push(end)
      if (ended.length > maxImports) ended.shift()
    },
    noteSchedule: next => {
      nextRun = next
    },
    noteAlarm: rule => countIn(alarms, rule),
    noteCanary: rule => countIn(canaries, rule),
    noteHandshake: reason => countIn(handshakes, reason),
  }
}

function countIn(tally: Map<string, number>, key: string): void {
  tally.set(key, (tally.get(key) ?? 0) + 1)
}
