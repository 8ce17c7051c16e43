// What an administrator should look at now, the worst first. Each says what is seen and where to go on.
import type { Settings } from '../../config/settings.ts'
import type { Reason } from '../../gate/access-record.ts'
import type { History } from '../decision/history.ts'
import { outcomeOf } from '../decision/outcome.ts'
import type { AdminSources } from '../sources.ts'
import type { Notice } from './answers.ts'
import { answerCredentials } from './credentials-answer.ts'

// As the alert rules of deploy/monitoring.
const warnDays = 14

export function findNotices(sources: AdminSources, history: History, nowMs: number): Notice[] {
  const { settings } = sources.live.current
  const notices = [
    ...ofConfiguration(sources),
    ...ofPhotos(sources),
    ...ofRequests(history, nowMs),
    ...ofLedger(sources),
    ...ofCredentials(settings, nowMs),
    ...ofImports(sources),
    ...ofGuests(sources),
  ]
  return notices.sort((a, b) => levels.indexOf(a.level) - levels.indexOf(b.level))
}

const levels: readonly Notice['level'][] = ['error', 'warning']

const error = (text: string): Notice => ({ level: 'error', text })
const warning = (text: string): Notice => ({ level: 'warning', text })

function ofConfiguration({ configuration }: AdminSources): Notice[] {
  const { refused } = configuration
  if (refused === undefined) return []
  const [first = '', ...others] = refused.problems
  const more = others.length === 0 ? '' : ` (and ${others.length} more; photogate check says all)`
  return [error(`The last reload was refused, and the old configuration stays: ${first}${more}`)]
}

function ofPhotos({ live }: AdminSources): Notice[] {
  const { trouble, isScanned } = live.current.library
  if (trouble !== undefined) return [error(`The photos: ${trouble}. Rules with ! admit nobody.`)]
  return isScanned ? [] : [warning('The photo folder is still being read.')]
}

// Only those that say that something is wrong here, not at a client.
const troubles: Partial<Record<Reason, readonly [Notice['level'], string]>> = {
  error: ['error', 'ended with a fault of the program; the log says which'],
  'front-unproven': ['error', 'came from a front whose certificate does not make it a front'],
  'client-header-missing': [
    'error',
    'came from a front that named no client, so no from can match',
  ],
  'client-header-unparsable': [
    'error',
    'came from a front whose header names no client for certain',
  ],
  'person-unknown': [
    'error',
    "were turned away because the person's other addresses are not known",
  ],
  'over-budget': ['warning', 'were over their budget, and answered as for an unknown photo'],
  'cookies-too-long': ['warning', 'had more cookies than are read'],
  'cookies-too-many': ['warning', 'had more cookies than are read'],
  'no-photo-address': [
    'warning',
    'were admitted and named no mail address; a URL template may be wrong',
  ],
}

function ofRequests(history: History, nowMs: number): Notice[] {
  const sums = new Map<Reason, number>()
  for (const { counts } of history.slots('hour', nowMs)) {
    for (const [rule, reason, count] of counts.entries()) {
      // What the turned away ask for says nothing about a URL template.
      if (reason === 'no-photo-address' && outcomeOf(rule) !== 'admitted') continue
      sums.set(reason, (sums.get(reason) ?? 0) + count)
    }
  }
  return [...sums].flatMap(([reason, count]) => {
    const [level, text] = troubles[reason] ?? []
    if (level === undefined) return []
    return [
      {
        level,
        text: `In the last hour, requests that ${text}: ${count.toLocaleString('en')} (${reason}).`,
      },
    ]
  })
}

function ofLedger({ ledger }: AdminSources): Notice[] {
  return ledger.isUp
    ? []
    : [error('Redis does not answer, so budgets are not counted together; the log says why.')]
}

function ofCredentials(settings: Settings, nowMs: number): Notice[] {
  return answerCredentials(settings, nowMs).rows.flatMap(({ kind, name, daysLeft }) => {
    if (daysLeft === null || daysLeft >= warnDays) return []
    if (daysLeft < 0) return [error(`The ${kind} ${name} has expired.`)]
    return [
      warning(`The ${kind} ${name} expires in ${daysLeft} ${daysLeft === 1 ? 'day' : 'days'}.`),
    ]
  })
}

function ofImports({ imports }: AdminSources): Notice[] {
  const last = imports.ended.at(-1)
  if (last === undefined || last.result === 'fine' || last.result === 'stopped') return []
  return last.result === 'failed'
    ? [error('The last import failed; the log says why, and photos stay as they were.')]
    : [warning('The last import ended with findings; the log says which.')]
}

function ofGuests({ guests }: AdminSources): Notice[] {
  const alarms = [...guests.alarms].map(([rule, count]) =>
    error(
      `The alarm of rule ${rule} has sounded ${times(count)} since the start: somebody may be reading the directory.`,
    ),
  )
  const canaries = [...guests.canaries].map(([rule, count]) =>
    error(
      `Clients of rule ${rule} have asked for a canary ${times(count)} since the start: they guess names.`,
    ),
  )
  return [...alarms, ...canaries]
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count.toLocaleString('en')} times`
}
