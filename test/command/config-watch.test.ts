import { writeFileSync } from 'node:fs'
import { pino } from 'pino'
import t from 'tap'
import { watchConfig } from '../../src/command/config-watch.ts'
import type { Schedule } from '../../src/command/schedule.ts'
import type { Server } from '../../src/command/server.ts'
import type { Settings } from '../../src/config/settings.ts'
import { openConfigHome } from '../fixtures/config.ts'
import { waitUntil } from '../fixtures/gate.ts'

type Test = Parameters<typeof openConfigHome>[0]
const good = (name: string) => `allow: [{ name: ${name}, from: 10.0.0.0/8 }]`

/** A watch over a real file, with a server that only remembers what it got. */
function openWatch(t: Test, apply: (settings: Settings) => Promise<void> = async () => {}) {
  const home = openConfigHome(t)
  const texts: string[] = []
  const logger = pino({ base: null }, { write: (line: string) => void texts.push(line) })
  const applied: string[] = []
  const state = { text: good('first'), loads: 0 }
  const server: Server = {
    urls: [],
    apply: async settings => {
      applied.push(settings.policy.rules[0]?.name ?? '')
      await apply(settings)
    },
    close: async () => {},
  }
  const load = () => {
    state.loads++
    return home.load(state.text)
  }
  const followed: (string | undefined)[] = []
  const schedule: Schedule = {
    follow: ({ supply }) => void followed.push(supply?.schedule),
    close: async () => {},
  }
  const watch = watchConfig({ load, loaded: load(), server, schedule, logger })
  t.teardown(() => watch.close())
  const lines = () => texts.map(text => JSON.parse(text) as Record<string, unknown>)
  const hasLine = (text: RegExp) => lines().some(({ msg }) => text.test(String(msg)))
  return { home, watch, state, applied, followed, lines, hasLine }
}

t.test('a configuration with problems is not applied, and its problems are logged', async t => {
  const { watch, state, applied, lines, hasLine } = openWatch(t)
  state.text = 'allow: [{ name: open }]'
  watch.reload()
  await waitUntil(() => hasLine(/the old one stays/))
  t.match(lines()[0]?.problems, [/allow\[0\] has no condition/])
  t.strictSame(applied, [])
})

t.test('a server that cannot take it over is logged, and the next reload is tried', async t => {
  let failures = 1
  const { watch, state, applied, hasLine } = openWatch(t, async () => {
    if (failures-- > 0) throw new Error('no room')
  })
  watch.reload()
  await waitUntil(() => hasLine(/could not be taken over; the old one stays/))
  state.text = good('second')
  watch.reload()
  await waitUntil(() => hasLine(/^configuration taken over$/))
  t.strictSame(applied, ['first', 'second'])
})

t.test('reloads do not overlap; all that are asked for meanwhile become one', async t => {
  let release = () => {}
  let running = 0
  let most = 0
  const { watch, state, applied } = openWatch(t, async () => {
    most = Math.max(most, ++running)
    await new Promise<void>(resolve => {
      release = resolve
    })
    running--
  })
  watch.reload()
  await waitUntil(() => applied.length === 1)
  state.text = good('last')
  for (let times = 0; times < 5; times++) watch.reload()
  t.equal(applied.length, 1)
  release()
  await waitUntil(() => applied.length === 2)
  release()
  await waitUntil(() => running === 0)
  watch.reload()
  await waitUntil(() => applied.length === 3)
  release()
  t.equal(most, 1)
  t.strictSame(applied, ['first', 'last', 'last'])
})

t.test('the schedule of the new configuration is followed', async t => {
  const { watch, state, followed } = openWatch(t)
  for (const schedule of ['15 2 * * *', '15 3 * * *']) {
    state.text = `${good('a')}\nsupply: { sources: [{ folder: . }], schedule: "${schedule}" }`
    const before = followed.length
    watch.reload()
    await waitUntil(() => followed.length > before)
  }
  t.strictSame(followed, ['15 2 * * *', '15 3 * * *'])
})

t.test('warnings of the new configuration are logged', async t => {
  const { watch, state, hasLine } = openWatch(t)
  state.text = 'allow: [{ name: a, cookie: LtpaToken }]'
  watch.reload()
  await waitUntil(() => hasLine(/anyone can send one/))
  t.ok(hasLine(/anyone can send one/))
})

t.test('a changed file is taken over without being asked', async t => {
  const { home, state, applied } = openWatch(t)
  // The watcher looks twice a second; a change before its first look would be no change to it.
  state.text = good('changed')
  let round = 0
  await waitUntil(() => {
    if (round++ % 100 === 0) writeFileSync(home.file, `${state.text} # ${round}`)
    return applied.length > 0
  }, 10_000)
  t.equal(applied[0], 'changed')
})

t.test('once closed, nothing is loaded any more', async t => {
  const { watch, state, applied } = openWatch(t)
  await watch.close()
  const before = state.loads
  watch.reload()
  t.equal(state.loads, before)
  t.strictSame(applied, [])
})
