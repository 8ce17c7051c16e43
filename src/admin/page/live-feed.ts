// What the page's event stream says: once a second, how many requests there were, and the newest decisions. Counts for
// each request, formats only for readers.
import type { AccessRecord } from '../../gate/access-record.ts'
import type { DecisionLog } from '../decision/decision-log.ts'
import type { DecisionOutcome } from '../decision/outcome.ts'
import { outcomeOf } from '../decision/outcome.ts'
import type { EventStreams } from '../event-stream.ts'
import type { LiveEvent } from './answers.ts'
import { rowOf } from './decisions-answer.ts'

export interface LiveFeed {
  add(record: AccessRecord): void
  /** Sends what has come since the last time. */
  tick(nowMs: number): void
}

const maxRows = 20

export function buildLiveFeed(
  log: DecisionLog,
  streams: Pick<EventStreams, 'broadcast' | 'size'>,
): LiveFeed {
  let since = noRequests()
  let lastId = log.lastId
  return {
    add: ({ rule }) => {
      since[outcomeOf(rule)]++
    },
    tick: nowMs => {
      if (streams.size > 0) streams.broadcast('live', eventOf(nowMs))
      since = noRequests()
      lastId = log.lastId
    },
  }

  function eventOf(nowMs: number): LiveEvent {
    const newest = log.find({}, Math.min(maxRows, log.lastId - lastId))
    return { nowMs, since, rows: newest.rows.map(rowOf) }
  }
}

function noRequests(): Record<DecisionOutcome, number> {
  return { admitted: 0, 'turned-away': 0, unjudged: 0 }
}
