import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, renameSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import t from 'tap'
import { followFile, followStream } from '../../src/command/follow-log.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

t.test('lines that come are read, those before are not', async t => {
  const file = join(t.testdir(), 'gate.log')
  writeFileSync(file, 'old\n')
  const lines: (string | undefined)[] = []
  const log = await followFile(file, line => lines.push(line))
  appendFileSync(file, 'one\ntw')
  await waitUntil(() => lines.length === 1)
  appendFileSync(file, 'o\r\n')
  await waitUntil(() => lines.length === 2)
  await log.close()
  appendFileSync(file, 'late\n')
  t.strictSame(lines, ['one', 'two'])
})

t.test('a log that is rotated is followed in its new file', async t => {
  const file = join(t.testdir(), 'gate.log')
  writeFileSync(file, 'old\n')
  const lines: (string | undefined)[] = []
  const log = await followFile(file, line => lines.push(line))
  t.teardown(() => log.close())
  appendFileSync(file, 'before\n')
  renameSync(file, `${file}.1`)
  appendFileSync(`${file}.1`, 'still there\n')
  writeFileSync(file, 'after\n')
  await waitUntil(() => lines.length === 3)
  t.strictSame(lines, ['before', 'still there', 'after'])
})

t.test('a log that is cut is read from its start', async t => {
  const file = join(t.testdir(), 'gate.log')
  writeFileSync(file, 'a long line from before\n')
  const lines: (string | undefined)[] = []
  const log = await followFile(file, line => lines.push(line))
  t.teardown(() => log.close())
  truncateSync(file)
  appendFileSync(file, 'new\n')
  await waitUntil(() => lines.length === 1)
  t.strictSame(lines, ['new'])
})

t.test('a log that is not there, or is a folder, is an error', async t => {
  const home = t.testdir()
  mkdirSync(join(home, 'folder'))
  await t.rejects(
    followFile(join(home, 'none'), () => undefined),
    { code: 'ENOENT' },
  )
  await t.rejects(
    followFile(join(home, 'folder'), () => undefined),
    { code: 'EISDIR' },
  )
})

t.test('a pipe in place of a file is an error, because it would not open', async t => {
  const pipe = join(t.testdir(), 'pipe')
  execFileSync('mkfifo', [pipe])
  await t.rejects(
    followFile(pipe, () => undefined),
    { code: 'ENXIO' },
  )
})

t.test('a pipe is read until it ends, or until nobody needs it any more', async t => {
  const lines: (string | undefined)[] = []
  const pipe = new PassThrough()
  const log = followStream(pipe, line => lines.push(line))
  pipe.write('one\ntwo')
  await waitUntil(() => lines.length === 1)
  pipe.end()
  await waitUntil(() => lines.length === 2)
  await log.close()
  t.strictSame(lines, ['one', 'two'])
  const endless = new PassThrough()
  const other = followStream(endless, () => undefined)
  await other.close()
  t.ok(endless.destroyed)
})
