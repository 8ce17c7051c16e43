// Whether the ledger in Redis answers, fast enough, to this user only, and forgets nothing.
import type { LedgerSettings } from '../../config/settings.ts'
import type { RedisConnection, RedisTarget } from '../../guest/redis-connection.ts'
import { connectToRedis, probeQuestion } from '../../guest/redis-connection.ts'
import type { RedisFacts } from '../../guest/redis-probe.ts'
import { probeRedis } from '../../guest/redis-probe.ts'
import { explainTrouble } from '../../guest/redis-trouble.ts'
import { printable } from '../../text/printable.ts'
import type { Diagnosis, Finding } from '../finding.ts'
import { diagnosisOf } from '../finding.ts'

// A request of a guest waits no longer for Redis, and goes on without it.
const patienceMs = 60
const slowMs = 20
const maxClockMs = 5_000
const rounds = 5

/** `now`: milliseconds of a clock that is never set back. */
export async function checkLedger(
  ledger: LedgerSettings,
  signal: AbortSignal,
  now = () => performance.now(),
): Promise<Diagnosis> {
  const { target } = ledger
  const place = placeOf(target)
  let connection: RedisConnection
  try {
    connection = await connectToRedis(target, { onLost: () => {}, signal })
  } catch (error) {
    return diagnosisOf({ findings: [findingOfDown(place, error as Error, ledger)] })
  }
  try {
    const milliseconds = await measure(connection, now)
    const facts = await probeRedis(target, signal)
    return judge({ place, milliseconds, facts, target })
  } finally {
    connection.close()
  }
}

// The fastest, so that other work of this machine does not count.
async function measure(connection: RedisConnection, now: () => number): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    const started = now()
    await connection.ask(probeQuestion)
    times.push(now() - started)
  }
  return Math.min(...times)
}

interface AskedLedger {
  readonly place: string
  readonly milliseconds: number
  readonly facts: RedisFacts
  readonly target: RedisTarget
}

function judge({ place, milliseconds, facts, target }: AskedLedger): Diagnosis {
  const { info, clock } = facts
  const findings = [
    ...findSlowness(place, milliseconds),
    ...(target.password === undefined && !isHere(target) ? [findingOfOpen(place)] : []),
    ...findMemory(place, info),
    ...findDisk(place, info),
    ...findClock(place, clock),
  ]
  const unknown =
    info === undefined
      ? [
          `${place} tells this user neither its memory policy nor whether it can write: add +info to its ACL for that.`,
        ]
      : []
  const persistence = info?.get('aof_enabled') === '0' ? '; a restart of Redis renews budgets' : ''
  const fine =
    findings.length === 0
      ? [`The ledger in ${place} answers in ${milliseconds.toFixed(1)} ms${persistence}.`]
      : []
  return diagnosisOf({ findings, fine, unknown })
}

function findSlowness(place: string, milliseconds: number): Finding[] {
  if (milliseconds < slowMs) return []
  return [
    {
      code: 'ledger-slow',
      effect: milliseconds < patienceMs ? 'weakens' : 'breaks',
      seen: `${place} takes ${milliseconds.toFixed(0)} ms for an answer.`,
      why: `Each photo of a guest waits for it. After ${patienceMs} ms the gate goes on without Redis, and counts for itself.`,
      cure: ['Put Redis nearer to the gates, or look what keeps it busy:\n  redis-cli --latency'],
    },
  ]
}

function findingOfOpen(place: string): Finding {
  return {
    code: 'ledger-open',
    effect: 'weakens',
    seen: `${place} asks for no password.`,
    why: 'Whoever reaches it can renew budgets, and so read the directory of photos name by name.',
    cure: [
      'Give Redis a user for the gate with the ACL of deploy/docs/guests.md, and name passwordFile.',
    ],
  }
}

type Info = RedisFacts['info']

function findMemory(place: string, info: Info): Finding[] {
  const policy = info?.get('maxmemory_policy') ?? 'noeviction'
  const [used, max] = ['used_memory', 'maxmemory'].map(key => Number(info?.get(key) ?? 0))
  const findings: Finding[] = []
  if (policy !== 'noeviction') {
    const when = max === 0 ? 'As soon as it has a maxmemory and is full' : 'When it is full'
    findings.push({
      code: 'ledger-policy',
      effect: 'weakens',
      seen: `${place} has maxmemory-policy ${printable(policy)}.`,
      why: `${when}, Redis forgets clients, which renews their budgets.`,
      cure: ['Set it, and write it into redis.conf:\n  CONFIG SET maxmemory-policy noeviction'],
    })
  }
  if (max !== undefined && used !== undefined && max > 0 && used > 0.9 * max) {
    findings.push({
      code: 'ledger-full',
      effect: 'will-break',
      seen: `${place} uses ${Math.floor((100 * used) / max)} % of its maxmemory.`,
      why: 'A full Redis takes no new guests: the gates go on without it, each for itself.',
      cure: ['Raise maxmemory, or give the ledger a Redis of its own.'],
    })
  }
  return findings
}

function findDisk(place: string, info: Info): Finding[] {
  const failed = ['rdb_last_bgsave_status', 'aof_last_write_status'].filter(
    key => info?.get(key) === 'err',
  )
  if (failed.length === 0) return []
  return [
    {
      code: 'ledger-disk',
      effect: 'breaks',
      seen: `${place} could not write its data to disk (${failed.join(', ')}: err).`,
      why: 'Redis then refuses to count (MISCONF), and a restart renews all budgets.',
      cure: ['Look into its log; make room on its disk, or mend the rights of its folder.'],
    },
  ]
}

function findClock(place: string, clock: RedisFacts['clock']): Finding[] {
  const apartMs = clock === undefined ? 0 : clock.redisMs - clock.hereMs
  if (Math.abs(apartMs) < maxClockMs) return []
  const how = apartMs > 0 ? 'ahead of' : 'behind'
  return [
    {
      code: 'ledger-clock',
      effect: 'weakens',
      seen: `The clock of ${place} is ${Math.round(Math.abs(apartMs) / 1000).toLocaleString('en')} s ${how} the clock here.`,
      why: 'One of the two is wrong. Tokens, links and passes expire by the clock here, and budgets by that of Redis.',
      cure: ['Let time servers keep both right:\n  timedatectl'],
    },
  ]
}

function findingOfDown(place: string, error: Error, { whenDown }: LedgerSettings): Finding {
  const { reason, advice } = explainTrouble(error)
  const effect =
    whenDown === 'local'
      ? 'Each gate counts budgets for itself, so a guest has one at each gate.'
      : 'Guests see only people whom they saw through this gate before.'
  return {
    code: 'ledger-down',
    effect: 'breaks',
    seen: `The ledger in ${place} cannot be asked: ${printable(reason)}.`,
    why: effect,
    cure: [`${advice.slice(0, 1).toUpperCase()}${advice.slice(1)}.`],
  }
}

function placeOf({ server }: RedisTarget): string {
  if ('path' in server) return `Redis at ${server.path}`
  if ('host' in server) return `Redis at ${server.host}:${server.port}`
  return `the Redis that Sentinels watch as ${server.master}`
}

// A socket has rights of its own, and of this machine the finding on rights tells.
function isHere({ server }: RedisTarget): boolean {
  if ('path' in server) return true
  return 'host' in server && /^(?:localhost|127\..*|::1)$/.test(server.host)
}
