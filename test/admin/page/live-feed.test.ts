import t from 'tap'
import { buildDecisionLog } from '../../../src/admin/decision/decision-log.ts'
import type { LiveEvent } from '../../../src/admin/page/answers.ts'
import { buildLiveFeed } from '../../../src/admin/page/live-feed.ts'
import { recordOf } from '../../fixtures/access-record.ts'

function openFeed(readers = 1) {
  const log = buildDecisionLog()
  const events: LiveEvent[] = []
  const streams = {
    size: readers,
    broadcast: (_: string, data: unknown) => void events.push(data as LiveEvent),
  }
  const feed = buildLiveFeed(log, streams)
  const add = (rule: string | null) => {
    const record = recordOf({ rule })
    log.add(record)
    feed.add(record)
  }
  return { add, feed, events }
}

t.test('an event counts what came since the last one, and has its newest rows', async t => {
  const { add, feed, events } = openFeed()
  add('offices')
  add('turned-away')
  add(null)
  feed.tick(1_000)
  feed.tick(2_000)
  for (let at = 0; at < 30; at++) add('offices')
  feed.tick(3_000)
  t.strictSame(
    events.map(({ since, rows }) => [since, rows.length]),
    [
      [{ admitted: 1, 'turned-away': 1, unjudged: 1 }, 3],
      [{ admitted: 0, 'turned-away': 0, unjudged: 0 }, 0],
      [{ admitted: 30, 'turned-away': 0, unjudged: 0 }, 20],
    ],
  )
})

t.test('without a reader nothing is sent', async t => {
  const { add, feed, events } = openFeed(0)
  add('offices')
  feed.tick(1_000)
  t.strictSame(events, [])
})
