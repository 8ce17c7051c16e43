// Counts the requests of logs by how they were encrypted: old versions by program, weak suites, refused handshakes.
import { ownText } from '../../replay/clients.ts'
import { RowCounter } from '../../replay/top-rows.ts'
import type { FindingPlace } from '../finding.ts'
import type { Weakness } from './cipher-name.ts'
import { findWeakness } from './cipher-name.ts'
import { buildProgramFinder } from './client-program.ts'
import type { RefusedHandshake } from './refused-handshake.ts'
import type { TlsRequest } from './tls-request.ts'
import type { TlsVersion } from './tls-version.ts'
import { isOldVersion } from './tls-version.ts'
import type { ClientBudget, ClientUse, Usage } from './usage.ts'
import { addUse, countClient, msPerDay, newUsage } from './usage.ts'

/** A program that speaks less than TLS 1.2. */
export interface OldProgram extends Usage {
  /** Undefined: the name was not logged, or not sent. */
  readonly program: string | undefined
  /** Whether the log has the User-Agent. */
  readonly isNameLogged: boolean
  readonly application: string
  readonly versions: Map<TlsVersion, number>
}

export interface WeakSuite extends Usage {
  readonly ciphers: Set<string>
}

/** Clients of a program that speak TLS 1.2 or newer. */
interface ModernProgram {
  requests: number
  readonly clients: Map<string, ClientUse>
}

export interface TlsCensus {
  readonly old: RowCounter<OldProgram>
  readonly modern: RowCounter<ModernProgram>
  readonly weak: Map<Weakness, WeakSuite>
  refused: Usage | undefined
  readonly requests: {
    modern: number
    old: number
    plain: number
    untold: number
    /** Of `modern`: those with the name of their suite. */
    suites: number
  }
  /** Days on which requests over TLS were logged. */
  readonly days: Map<number, number>
  firstMs: number
  lastMs: number
  readonly budgets: { readonly old: ClientBudget; readonly modern: ClientBudget }
}

export interface TlsCounter {
  readonly census: TlsCensus
  add(request: TlsRequest, place: FindingPlace): void
  /** `times`: how many handshakes a line stands for. */
  refuse(handshake: RefusedHandshake, place: FindingPlace, times?: number): void
}

const maxPrograms = 500
const maxClients = 100_000
const maxDays = 5_000
const maxCiphers = 20

export function buildTlsCounter(): TlsCounter {
  const findProgram = buildProgramFinder()
  const census = newCensus()
  const { requests, budgets } = census
  const addModern = (request: TlsRequest, name: string, place: FindingPlace) => {
    const { client, timeMs, cipher } = request
    countClient(census.modern.count(name).clients, { client, timeMs, reserved: 0 }, budgets.modern)
    if (cipher === undefined) return
    requests.suites++
    const weakness = findWeakness(cipher)
    if (weakness === undefined) return
    const suite = weakSuite(census, weakness, place)
    suite.requests++
    if (suite.ciphers.size < maxCiphers) suite.ciphers.add(ownText(cipher))
    addUse(suite, { client, timeMs, purpose: name, place }, budgets.old)
  }
  return {
    census,
    add: (request, place) => {
      const { client, timeMs, application, agent, version } = request
      if (version === undefined) return void requests.untold++
      if (version === 'plain') return void requests.plain++
      countDay(census, timeMs)
      const program = agent === undefined ? undefined : findProgram(agent)
      const name = program ?? nameless(application)
      if (!isOldVersion(version)) {
        requests.modern++
        return addModern(request, name, place)
      }
      requests.old++
      const row = census.old.count(name)
      if (row.requests === 1) {
        Object.assign(row, { program, isNameLogged: agent !== undefined, application, place })
      }
      row.versions.set(version, (row.versions.get(version) ?? 0) + 1)
      addUse(row, { client, timeMs, purpose: application, place }, budgets.old)
    },
    refuse: ({ client, timeMs }, place, times = 1) => {
      census.refused ??= newUsage(place)
      census.refused.requests += times
      addUse(census.refused, { client, timeMs, purpose: '', place, times }, budgets.old)
    },
  }
}

/** The row of requests without a program's name. No program has such a name. */
export function nameless(application: string): string {
  return `(${application})`
}

function newCensus(): TlsCensus {
  const nowhere = { file: '' }
  return {
    old: new RowCounter<OldProgram>(maxPrograms, () => ({
      ...newUsage(nowhere),
      ...{ program: undefined, isNameLogged: false, application: '/', versions: new Map() },
    })),
    modern: new RowCounter<ModernProgram>(maxPrograms, () => ({ requests: 0, clients: new Map() })),
    weak: new Map(),
    refused: undefined,
    requests: { modern: 0, old: 0, plain: 0, untold: 0, suites: 0 },
    days: new Map(),
    firstMs: Number.POSITIVE_INFINITY,
    lastMs: Number.NEGATIVE_INFINITY,
    budgets: { old: { left: maxClients }, modern: { left: maxClients } },
  }
}

function weakSuite({ weak }: TlsCensus, weakness: Weakness, place: FindingPlace): WeakSuite {
  const known = weak.get(weakness)
  if (known !== undefined) return known
  const suite = { ...newUsage(place), ciphers: new Set<string>() }
  weak.set(weakness, suite)
  return suite
}

function countDay(census: TlsCensus, timeMs: number | undefined): void {
  if (timeMs === undefined) return
  if (timeMs < census.firstMs) census.firstMs = timeMs
  if (timeMs > census.lastMs) census.lastMs = timeMs
  const day = Math.floor(timeMs / msPerDay)
  const before = census.days.get(day)
  if (before !== undefined || census.days.size < maxDays) census.days.set(day, (before ?? 0) + 1)
}
