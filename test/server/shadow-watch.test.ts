// The next configuration's files are watched apart from the running one's: neither waits for the other.
import { appendFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import type { WatchOptions } from '../fixtures/config-watch.ts'
import { good, openWatch } from '../fixtures/config-watch.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const running = (name: string) =>
  `admin: { host: 127.0.0.1, port: 0 }\nshadow: next.yaml\n${good(name)}`

function open(t: Test, options: WatchOptions = {}) {
  const files = { 'next.yaml': good('next'), ...options.files }
  const opened = openWatch(t, { text: running('first'), ...options, files })
  return { ...opened, next: join(opened.home.directory, 'next.yaml') }
}

t.test(
  'a program that writes to the next configuration without end holds up no change of the running one',
  async t => {
    const { watch, next, write, applied, state, standStill } = open(t)
    await watch.ready
    appendFileSync(next, '\n#')
    await standStill()
    write(running('second'))
    await waitUntil(() => {
      appendFileSync(next, '#')
      state.ms += 50
      return applied.length > 0
    }, 30_000)
    t.strictSame(applied, ['second'])
  },
)

t.test('a change of the next configuration alone exchanges nothing else', async t => {
  const { watch, next, applied, exchanged, run, hasLine, runUntil } = open(t)
  await watch.ready
  writeFileSync(next, good('other'))
  const ms = await runUntil(() => exchanged.length > 0)
  t.ok(ms >= 1_000, `not before it was at rest for a second: ${ms} ms`)
  await runUntil(() => hasLine(/^the next configuration was read anew$/))
  t.strictSame(exchanged, ['other'])
  t.strictSame(applied, [])
  t.equal(run.configuration.generation, 1)
  t.notOk(hasLine(/^configuration applied$|^the configuration has changed/))
})

t.test('one that is only touched is not read', async t => {
  const { watch, next, exchanged, state, standStill } = open(t)
  await watch.ready
  const { loads } = state
  utimesSync(next, new Date(), new Date())
  await standStill()
  state.ms += 1_000
  await standStill()
  await standStill()
  t.equal(state.loads, loads)
  t.strictSame(exchanged, [])
})

t.test('one with problems is logged, and so is one that is gone and comes back', async t => {
  const { watch, next, exchanged, applied, lines, hasLine, runUntil } = open(t)
  await watch.ready
  writeFileSync(next, 'allow: [{ name: open }]')
  await runUntil(() => hasLine(/^the next configuration has problems, so nothing is judged by it$/))
  t.match(lines().find(({ problems }) => problems)?.problems, [/next\.yaml:1:9 allow\[0\] has no/])
  rmSync(next)
  await runUntil(() => exchanged.length === 2)
  t.match(exchanged, [/has no condition/, /the file is not there/])
  writeFileSync(next, good('back'))
  await runUntil(() => exchanged.length === 3)
  t.equal(exchanged[2], 'back')
  t.strictSame(applied, [])
})

t.test('a file that the next configuration names is watched with it', async t => {
  const text = 'networks: { b: { file: b.txt } }\nallow: [{ name: a, from: b }]'
  const { watch, home, next, exchanged, applied, runUntil } = open(t)
  await watch.ready
  writeFileSync(join(home.directory, 'b.txt'), '10.0.0.0/8\n')
  writeFileSync(next, text)
  await runUntil(() => exchanged.includes('a'))
  const before = exchanged.length
  writeFileSync(join(home.directory, 'b.txt'), 'x\n')
  await runUntil(() => exchanged.length > before)
  t.match(exchanged.at(-1), /b\.txt:1:1 "x" is not a network/)
  t.strictSame(applied, [])
})

t.test('while the running configuration is refused, the next one is read all the same', async t => {
  const { watch, next, write, exchanged, applied, hasLine, runUntil } = open(t)
  await watch.ready
  write('allow: [')
  await runUntil(() => hasLine(/has problems; the old one stays/))
  writeFileSync(next, good('other'))
  await runUntil(() => exchanged.length > 0)
  t.strictSame(exchanged, ['other'])
  t.strictSame(applied, [])
})

t.test(
  'a next configuration that is new, and one that changed while it was loaded, are watched',
  async t => {
    let isLate = true
    const { watch, next, write, exchanged, applied, runUntil } = open(t, {
      text: good('first'),
      apply: async ({ shadow }) => {
        if (isLate && shadow !== undefined) writeFileSync(next, good('late'))
        isLate = false
      },
    })
    await watch.ready
    write(running('second'))
    await runUntil(() => applied.length > 0)
    await runUntil(() => exchanged.includes('late'))
    writeFileSync(next, good('later'))
    await runUntil(() => exchanged.includes('later'))
    t.strictSame(applied, ['second'])
  },
)
