// What doctor's own requests do to others: limits of the front that they have met, and people whom rules have counted.
import type { Diagnosis } from '../finding.ts'
import type { Probe } from './probe.ts'
import type { ProbeLine } from './probe-log.ts'

/** When not one request has come through. */
export function limitedAtOnce({ origin }: URL): Diagnosis {
  const unknown = [
    `All about the front: ${origin} answers 429, too many requests, even to one of doctor's. Ask again later.`,
  ]
  return { findings: [], fine: [], unknown }
}

/** After all requests. */
export function judgePace({ shared }: Probe): Diagnosis {
  const { limited, ids } = shared
  const unknown =
    limited === 0
      ? []
      : [
          `What ${limited} of ${ids.length} requests would have shown: the front limits requests. It answers them 429 or 503 without a line in the log, also when they come slowly. Ask again later, or let the front except this machine.`,
        ]
  return { findings: [], fine: [], unknown }
}

/** After all requests: how many people the rules with a budget or an alarm have counted because of doctor. */
export function judgePeople({ setup, hasLog, shared }: Probe): Diagnosis {
  const { lines, settings } = setup
  const rules = settings.policy.rules.filter(
    ({ budget, alarm }) => budget !== undefined || alarm !== undefined,
  )
  if (rules.length === 0) return { findings: [], fine: [], unknown: [] }
  if (lines === undefined || !hasLog) {
    const names = rules.map(({ name }) => name).join(', ')
    const unknown = [
      `Whether a rule with a budget or an alarm (${names}) has admitted doctor: then it has counted up to 4 people for the address of this machine.`,
    ]
    return { findings: [], fine: [], unknown }
  }
  const own = shared.ids.map(id => lines.find(id)).filter(line => line !== undefined)
  const fine = rules.flatMap(({ name, budget, alarm }) => {
    const all = own.filter(({ rule, address }) => rule === name && address !== null)
    if (all.length === 0) return []
    const what = [...(budget ? ['budget'] : []), ...(alarm ? ['alarm'] : [])].join(' and ')
    return [`Rule ${name} has a ${what}: doctor has asked it for ${peopleIn(all)}, who count.`]
  })
  return { findings: [], fine, unknown: [] }
}

function peopleIn(lines: readonly ProbeLine[]): string {
  const people = new Set(lines.map(({ address }) => address)).size
  const clients = [...new Set(lines.map(({ client }) => client ?? 'nobody'))].slice(0, 3)
  return `${people} ${people === 1 ? 'person' : 'people'} as client ${clients.join(', ')}`
}
