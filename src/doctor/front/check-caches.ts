// Whether a cache on the way keeps what is for one client only: the same URL is asked for by somebody who is admitted and
// by somebody who is not, in both orders.
import { setTimeout as delay } from 'node:timers/promises'
import type { Diagnosis, Finding } from '../finding.ts'
import { isForAdmitted, isFromCache, isOfGate, kindOf } from './front-answer.ts'
import { stepFor } from './front-cure.ts'
import type { FrontHeaders } from './front-request.ts'
import type { AskedFront, Probe } from './probe.ts'
import { askNobodies, isLimited } from './probe.ts'

interface CacheTurn {
  readonly isAdmitted: boolean
  readonly asked: AskedFront
}

/** `paths`: two that no cache takes for one. `admitting`: the headers with which a rule admits; undefined: none. */
export async function checkCaches(
  probe: Probe,
  paths: readonly [string, string],
  admitting: FrontHeaders | undefined,
): Promise<Diagnosis> {
  const bothWays = admitting !== undefined && Object.keys(admitting).length > 0
  const orders = bothWays
    ? ([
        [false, true, false],
        [true, false, true],
      ] as const)
    : ([[false, false]] as const)
  const turns: CacheTurn[] = []
  for (const [at, order] of orders.entries()) {
    for (const isAdmitted of order) {
      const headers = isAdmitted ? admitting : {}
      const asked = await probe.ask(paths[at] as string, { headers: headers ?? {} })
      turns.push({ isAdmitted, asked })
      // A cache stores an answer only after it has sent it.
      await delay(probe.setup.storingMs)
    }
  }
  const findings = await judgeTurns(probe, turns, bothWays)
  const isLost = turns.some(({ asked }) => isLimited(asked))
  const unknown = bothWays
    ? isLost
      ? ['Whether a cache gives one client what is for another: the front limits requests.']
      : []
    : [
        'Whether a cache gives one client what is for another: doctor can ask only in one way. Give a cookie that a rule admits with --cookie, on a machine that no rule by network admits.',
      ]
  const fine =
    findings.length === 0 && bothWays && !isLost
      ? [
          'No cache keeps what is for one client only: asked admitted and not admitted, in both orders.',
        ]
      : []
  return { findings, fine, unknown }
}

async function judgeTurns(
  probe: Probe,
  turns: readonly CacheTurn[],
  bothWays: boolean,
): Promise<Finding[]> {
  const { otherwise } = probe.setup.settings
  const kinds = turns.map(({ isAdmitted, asked }) => ({
    isAdmitted,
    kind: asked.answer && kindOf(asked.answer, otherwise),
  }))
  const leaks =
    bothWays && kinds.some(turn => !turn.isAdmitted && turn.kind && isForAdmitted(turn.kind))
  const locksOut = bothWays && kinds.some(turn => turn.isAdmitted && turn.kind === 'turned-away')
  if (leaks || locksOut)
    return [...(leaks ? [keepsPhoto] : []), ...(locksOut ? [keepsRedirect] : [])]
  const cached = await Promise.all(
    turns.map(async ({ asked }) => {
      if (asked.answer === undefined) return false
      if (isFromCache(asked.answer)) return true
      return (
        isOfGate(asked.answer, otherwise) &&
        probe.hasLog &&
        (await probe.findLine(asked)) === undefined
      )
    }),
  )
  if (!cached.includes(true)) return []
  const isSaid = turns.some(({ asked }) => asked.answer && isFromCache(asked.answer))
  // Without a line, it may also be another gate that has answered.
  const arrived = isSaid ? [] : await askNobodies(probe)
  return arrived.every(({ line }) => line !== undefined) ? [answersItself] : []
}

const cure: readonly string[] = [
  stepFor('Turn the cache off for the photo host, also in a content delivery network.', {
    nginx: 'proxy_cache off;    (and no proxy_ignore_headers)',
    apache: 'CacheDisable /',
  }),
  'Empty the cache: what is in it stays reachable otherwise.',
  'Ask again with photogate doctor.',
]

const keepsPhoto: Finding = {
  code: 'front-cache-keeps-photo',
  effect: 'opens',
  seen: 'After a client that is admitted, a client that is not admitted gets the same answer for the same URL.',
  why: 'A cache on the way gives gated photos to everybody.',
  cure,
}

const keepsRedirect: Finding = {
  code: 'front-cache-keeps-redirect',
  effect: 'breaks',
  seen: 'After a client that is turned away, a client that is admitted is turned away for the same URL.',
  why: 'A cache on the way keeps the refusal: people who have signed in see no photos.',
  cure,
}

const answersItself: Finding = {
  code: 'front-cache-answers',
  effect: 'weakens',
  seen: 'A repeated request was answered by a cache, not by the gate.',
  why: 'The gate forbids it in each answer. What the cache hands out is not judged, not logged, and stays when a rule changes.',
  cure,
}
