// `npm run bench`: the cost of a request in the gate, and in other servers that do the same.
// --quick takes a minute, --rows a,b only these, --json prints every sample.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { ClientsMeasurement } from './clients.ts'
import { formatClients, measureClients, pauseOf } from './clients.ts'
import type { FloodRound } from './flood.ts'
import { formatFlood, lockedOutOf, measureFlood, ratioOfFlood } from './flood.ts'
import type { HandshakeSamples } from './handshakes.ts'
import { formatHandshakes, measureHandshakes, ratioOfHandshakes } from './handshakes.ts'
import type { TurnSamples } from './in-turns.ts'
import { formatTurns, measureInTurns, ratioOfTurns } from './in-turns.ts'
import type { LedgerRound } from './ledger.ts'
import { addedByLedger, formatLedger, measureLedger } from './ledger.ts'
import { describeMachine, hasWrk, versionOf } from './machine.ts'
import type { Result } from './measure.ts'
import { measure } from './measure.ts'
import { meanBytes, writePhotos } from './photos.ts'
import type { PipelineResult } from './pipeline.ts'
import {
  formatPipelines,
  growthOfPipelines,
  measurePipelines,
  ratioOfPipelines,
} from './pipeline.ts'
import { startBenchRedis } from './redis.ts'
import type { Row } from './rows.ts'
import { rows } from './rows.ts'
import type { ServerName } from './server.ts'
import { servers } from './servers.ts'
import type { SupplyMeasurement } from './supply.ts'
import { formatSupply, measureSupply, ratioOfBeside, ratioOfSupply } from './supply.ts'
import type { SwapMeasurement } from './swap.ts'
import { formatSwap, maxOfSwap, measureSwap } from './swap.ts'
import { formatResults, formatTargets } from './table.ts'
import type { FurtherRatios } from './targets.ts'
import { judgeTargets } from './targets.ts'
import type { TlsFloodRounds } from './tls-flood.ts'
import { formatTlsFlood, measureTlsFlood, ratioOfTlsFlood } from './tls-flood.ts'
import type { Verification } from './verification.ts'
import { formatVerification, measureVerification, ratioOfVerification } from './verification.ts'
import type { WatchedMeasurement } from './watched.ts'
import { formatWatched, inexactOf, measureWatched, ratioOfWatched } from './watched.ts'
import { connections } from './wrk.ts'

const names = [
  ...rows.map(({ name }) => name),
  ...[
    'verification',
    'flood',
    'pipeline',
    'in-turns',
    'clients',
    'ledger',
    'handshakes',
    'tls-flood',
    'supply',
    'swap',
    'watched',
  ],
]
const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    rows: { type: 'string', default: names.join(',') },
  },
})
// Many short rounds: other work of the machine then affects both sides of a pair more equally.
const rounds = flags.quick ? 1 : 9
const seconds = 1
const warmUpSeconds = flags.quick ? 1 : 5
const verificationRounds = flags.quick ? 3 : 15
const floodSeconds = flags.quick ? 2 : 4
const ledgerSeconds = flags.quick ? 2 : 4
const pipelineRounds = flags.quick ? 1 : 5
const supplyRounds = flags.quick ? 1 : 5
const supplyPhotos = flags.quick ? { few: 500, many: 5_000 } : { few: 5_000, many: 100_000 }

const swap = flags.quick ? { rounds: 2, photos: 20_000 } : { rounds: 5, photos: 200_000 }

const say = (text: string) => process.stderr.write(`${text}\n`)
const noRedis = 'skipped: redis-server is not installed, run test/system/install.sh'
const abort = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => abort.abort())

const wanted = flags.rows.split(',')
const wantedRows = rows.filter(({ name }) => wanted.includes(name))
const unknown = wanted.filter(name => !names.includes(name))
if (unknown.length > 0) {
  say(`no such row: ${unknown.join(', ')}; there are ${names.join(', ')}`)
  process.exitCode = 2
} else if (!hasWrk()) {
  say('wrk is not installed, run test/system/install.sh')
  process.exitCode = 2
} else {
  await run()
}

async function run(): Promise<void> {
  const serverNames = Object.keys(servers) as ServerName[]
  const versions = new Map(serverNames.map(name => [name, versionOf(name)]))
  for (const [name, version] of versions) {
    if (version === undefined) say(`skipped: ${name} is not installed, run test/system/install.sh`)
  }
  const home = mkdtempSync(join(tmpdir(), 'photogate-bench-'))
  // Servers that give up root read the folder as another user.
  chmodSync(home, 0o755)
  const redis = await startRedisFor(wantedRows, home)
  const chosen = placeRows(wantedRows, redis?.port)
  const startedMs = performance.now()
  const machine = describeMachine()
  try {
    const directory = join(home, 'photos')
    const photos = writePhotos(directory)
    const progress = (text: string) =>
      say(`${String(Math.round((performance.now() - startedMs) / 1000)).padStart(4)} s  ${text}`)
    const results = await measure(
      {
        ...{ home, directory, photos, rounds, seconds, warmUpSeconds, progress },
        rows: chosen,
        isInstalled: name => versions.get(name) !== undefined,
      },
      abort.signal,
    )
    const further: Further = {}
    if (wanted.includes('verification')) {
      progress('first-time verifications')
      further.verification = measureVerification(verificationRounds)
    }
    if (wanted.includes('flood')) {
      const options = { home, directory, photos, rounds, seconds: floodSeconds, progress }
      further.flood = await measureFlood(options, abort.signal)
    }
    if (wanted.includes('pipeline')) {
      const options = { home, directory, photos, rounds: pipelineRounds, seconds: 2, progress }
      further.pipeline = await measurePipelines(options, abort.signal)
    }
    if (wanted.includes('in-turns')) {
      const turns = flags.quick ? { rounds: 1, seconds: 8 } : { rounds: 5, seconds: 15 }
      const options = { home, directory, photos, ...turns, progress }
      further.turns = await measureInTurns(options, abort.signal)
    }
    if (wanted.includes('clients')) {
      progress('a million clients in the ledger')
      further.clients = measureClients(1_000_000)
    }
    if (wanted.includes('ledger')) {
      const options = { home, directory, photos, rounds, seconds: ledgerSeconds, progress }
      further.ledger = await measureLedger(options, abort.signal)
      if (further.ledger === undefined) say(noRedis)
    }
    const isInstalled = (name: ServerName) => versions.get(name) !== undefined
    if (wanted.includes('handshakes')) {
      const options = { home, directory, photos, isInstalled, rounds, seconds: 2, progress }
      further.handshakes = await measureHandshakes(options, abort.signal)
    }
    if (wanted.includes('tls-flood')) {
      const options = { home, directory, photos, isInstalled, rounds, progress }
      further.tlsFlood = await measureTlsFlood({ ...options, seconds: floodSeconds }, abort.signal)
    }
    if (wanted.includes('supply')) {
      const options = {
        home,
        rounds: supplyRounds,
        seconds: floodSeconds,
        ...supplyPhotos,
        progress,
      }
      further.supply = await measureSupply(options, abort.signal)
    }
    if (wanted.includes('swap')) further.swap = await measureSwap({ home, ...swap, progress })
    if (wanted.includes('watched')) {
      const options = { home, directory, photos, rounds, seconds: floodSeconds, progress }
      further.watched = await measureWatched(options, abort.signal)
    }
    const load = `${photos.length.toLocaleString('en')} photos of ${Math.round(meanBytes(photos) / 1024)} KiB on average, ${connections} keep-alive connections, ${rounds} × ${seconds} s; medians, and in parentheses the range over the rounds`
    if (flags.json) printJson(results, further, { machine, versions: Object.fromEntries(versions) })
    else printMarkdown(results, further, `${machine}\n\n${formatVersions(versions)}\n\n${load}`)
  } finally {
    await redis?.stop()
    rmSync(home, { recursive: true, force: true })
  }
}

async function startRedisFor(wanted: readonly Row[], home: string) {
  if (wanted.every(({ setting }) => setting.redisPort === undefined)) return undefined
  const redis = await startBenchRedis(home)
  if (redis === undefined) say(noRedis)
  return redis
}

/** Rows that need Redis get its port, or are left out. */
function placeRows(wanted: readonly Row[], redisPort: number | undefined): Row[] {
  return wanted.flatMap(row => {
    if (row.setting.redisPort === undefined) return [row]
    return redisPort === undefined ? [] : [{ ...row, setting: { ...row.setting, redisPort } }]
  })
}

function printJson(
  results: readonly Result[],
  further: Further,
  facts: Record<string, unknown>,
): void {
  const report = {
    ...facts,
    rounds,
    seconds,
    results,
    ...further,
    targets: judgeTargets(results, ratiosOf(further)),
  }
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
}

function printMarkdown(results: readonly Result[], further: Further, facts: string): void {
  process.stdout.write(
    `\n${facts}.\n\n${formatResults(wantedRows, results)}\n${further.verification ? `${formatVerification(further.verification)}\n` : ''}${further.flood ? `${formatFlood(further.flood)}\n` : ''}${further.pipeline ? `${formatPipelines(further.pipeline)}\n` : ''}${further.turns ? `${formatTurns(further.turns)}\n` : ''}${further.clients ? `${formatClients(further.clients)}\n` : ''}${further.ledger ? `${formatLedger(further.ledger)}\n` : ''}${further.handshakes ? `${formatHandshakes(further.handshakes)}\n` : ''}${further.tlsFlood ? `${formatTlsFlood(further.tlsFlood)}\n` : ''}${further.supply ? `${formatSupply(further.supply)}\n` : ''}${further.swap ? `${formatSwap(further.swap)}\n` : ''}${further.watched ? `${formatWatched(further.watched)}\n` : ''}## Targets\n\n${formatTargets(results, ratiosOf(further))}`,
  )
}

/** Measurements apart from the rows. */
interface Further {
  verification?: Verification
  flood?: readonly FloodRound[]
  pipeline?: readonly PipelineResult[]
  turns?: readonly TurnSamples[]
  clients?: ClientsMeasurement
  ledger?: readonly LedgerRound[] | undefined
  handshakes?: HandshakeSamples
  tlsFlood?: TlsFloodRounds
  supply?: SupplyMeasurement
  swap?: SwapMeasurement
  watched?: WatchedMeasurement
}

function ratiosOf(measured: Further): FurtherRatios {
  const { verification, flood, pipeline, turns, clients, ledger, supply, swap } = measured
  const { handshakes, tlsFlood, watched } = measured
  return {
    verification: verification && ratioOfVerification(verification),
    flood: flood && ratioOfFlood(flood, ({ aloneMs }) => aloneMs),
    floodElsewhere: flood && ratioOfFlood(flood, ({ besideMs }) => besideMs.elsewhere),
    lockedOut: flood && lockedOutOf(flood),
    pipeline: pipeline && ratioOfPipelines(pipeline),
    pipelineGrowth: pipeline && growthOfPipelines(pipeline),
    budget: turns && ratioOfTurns(turns, 'budget'),
    clientsPause: clients && pauseOf(clients),
    ledgerWait: ledger && addedByLedger(ledger, 'p50Micros'),
    ledgerCpu: ledger && addedByLedger(ledger, 'cpuMicros'),
    handshakesNginx: handshakes && ratioOfHandshakes(handshakes, 'nginx'),
    handshakesApache: handshakes && ratioOfHandshakes(handshakes, 'apache'),
    idleHandshakes: tlsFlood && ratioOfTlsFlood(tlsFlood, 'idle'),
    handshakeFlood: tlsFlood && ratioOfTlsFlood(tlsFlood, 'handshakes'),
    supply: supply && ratioOfSupply(supply),
    beside: supply && ratioOfBeside(supply),
    swap: swap && maxOfSwap(swap),
    watchedP99: watched && ratioOfWatched(watched, 'p99Ms'),
    watchedCpu: watched && ratioOfWatched(watched, 'cpuMicros'),
    inexact: watched && inexactOf(watched),
  }
}

function formatVersions(versions: ReadonlyMap<ServerName, string | undefined>): string {
  return [...versions]
    .map(([name, version]) => `${servers[name].title} ${version ?? '–'}`)
    .join(', ')
}
