// The log in a file: what cannot be opened is told, half a line is ended first, and no line is lost or torn when the file is
// moved or full.
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import t from 'tap'
import { openLogFile } from '../../../src/server/log/log-file.ts'
import { makeDirectory } from '../../fixtures/process.ts'
import { waitUntil } from '../../fixtures/wait-until.ts'

function openHere(t: Test, { before, maxBytes, keep = 3 }: Start = {}) {
  const home = makeDirectory(t)
  const file = join(home, 'gate.log')
  if (before !== undefined) writeFileSync(file, before)
  const told: string[] = []
  const rotate = maxBytes === undefined ? undefined : { maxBytes, keep }
  const log = openLogFile(file, { rotate, tell: text => told.push(text) })
  t.teardown(() => log.end())
  const read = (name = 'gate.log') => readFileSync(join(home, name), 'utf8')
  const write = (text: string) => log.write(Buffer.from(text))
  return { home, file, told, log, read, write }
}

interface Start {
  readonly before?: string
  readonly maxBytes?: number
  readonly keep?: number
}

t.test('what cannot be opened is told, with what to do', async t => {
  const home = makeDirectory(t)
  mkdirSync(join(home, 'folder'))
  writeFileSync(join(home, 'plain'), '')
  execFileSync('mkfifo', [join(home, 'fifo')])
  symlinkSync(join(home, 'nowhere', 'x'), join(home, 'link'))
  const rows: readonly (readonly [name: string, message: RegExp])[] = [
    ['missing/gate.log', /its folder is missing; create it \(ENOENT\)/],
    ['folder', /it is a folder; name a file in it \(EISDIR\)/],
    ['plain/gate.log', /its folder is a file; name another \(ENOTDIR\)/],
    ['fifo', /it is not a file; name another/],
    ['link', /its folder is missing; create it/],
    [`${'x'.repeat(300)}`, /ENAMETOOLONG/],
  ]
  for (const [name, message] of rows) {
    const file = join(home, name)
    t.throws(() => openLogFile(file, { rotate: undefined, tell: () => {} }), {
      code: 'GATE_LOG',
      exitCode: 70,
      message,
    })
  }
})

t.test('lines are appended, and a new file is for its owner and group only', async t => {
  const { file, log, read, write } = openHere(t)
  t.equal(statSync(file).mode & 0o777 & ~0o640, 0)
  write('one\n')
  await log.flush()
  log.end()
  const again = openLogFile(file, { rotate: undefined, tell: () => {} })
  again.write(Buffer.from('two\n'))
  await again.flush()
  again.end()
  t.equal(read(), 'one\ntwo\n')
})

t.test('half a line of a gate that was killed is ended before the first new one', async t => {
  const { log, read, write } = openHere(t, { before: '{"msg":"whole"}\n{"msg":"ha' })
  write('{"msg":"new"}\n')
  await log.flush()
  t.equal(read(), '{"msg":"whole"}\n{"msg":"ha\n{"msg":"new"}\n')
})

t.test('opened anew, it goes on at its place, and what was moved is whole', async t => {
  const { home, file, log, read, write } = openHere(t)
  write('one\n')
  log.reopen()
  write('two\n')
  renameSync(file, join(home, 'moved'))
  write('three\n')
  t.notOk(existsSync(file))
  log.reopen()
  write('four\n')
  await log.flush()
  t.equal(read('moved'), 'one\ntwo\nthree\n')
  t.equal(read(), 'four\n')
})

t.test('where it cannot be opened anew, lines go on into the old file', async t => {
  const { home, file, told, log, read, write } = openHere(t)
  renameSync(file, join(home, 'moved'))
  mkdirSync(file)
  log.reopen()
  write('one\n')
  await log.flush()
  t.equal(read('moved'), 'one\n')
  t.match(told, [
    /^the log .* cannot be opened anew: cannot open the log .*EISDIR.* Lines go on into the old file\.$/,
  ])
  rmSync(file, { recursive: true })
  log.reopen()
  write('two\n')
  await log.flush()
  t.equal(read(), 'two\n')
})

t.test(
  'no line is lost or torn over many rotations, and as many files are kept as are asked for',
  async t => {
    const maxBytes = 65_536
    const { home, log, read, write } = openHere(t, { before: 'old\n', maxBytes, keep: 200 })
    const lines = Array.from(
      { length: 20_000 },
      (_, at) => `{"at":${at},"x":"${'y'.repeat(at % 300)}"}\n`,
    )
    for (let at = 0; at < lines.length; at += 40) {
      write(lines.slice(at, at + 40).join(''))
      if (at % 4_000 === 0) await delay(1)
    }
    await log.flush()
    const names = readdirSync(home).sort((a, b) => numberOf(b) - numberOf(a))
    t.ok(names.length > 40)
    for (const name of names) t.ok(statSync(join(home, name)).size <= maxBytes, name)
    t.ok(`old\n${lines.join('')}` === names.map(name => read(name)).join(''))
    log.setRotation({ maxBytes, keep: 2 })
    await t.test('fewer from then on', async t => {
      const before = read()
      for (let at = 0; at < 3; at++) write(`${'z'.repeat(60_000)}\n`)
      await log.flush()
      t.equal(read('gate.log.2').length, 60_001)
      t.not(read(), before)
    })
  },
)

const numberOf = (name: string) => Number(/\d+$/.exec(name)?.[0] ?? 0)

t.test('a file that cannot be rotated goes on to grow, and that is told once a minute', async t => {
  const { home, told, log, read, write } = openHere(t, { maxBytes: 65_536 })
  for (const name of ['gate.log.2', 'gate.log.3']) {
    mkdirSync(join(home, name))
    writeFileSync(join(home, name, 'x'), '')
  }
  for (let at = 0; at < 5; at++) write(`${'z'.repeat(60_000)}\n`)
  await log.flush()
  t.equal(read().length, 5 * 60_001)
  t.match(told, [/^the log .* cannot be rotated: /])
  t.equal(told.length, 1)
})

t.test('other settings end a file when all of it is written', async t => {
  const { log, read, write } = openHere(t)
  const line = `${'z'.repeat(1_000_000)}\n`
  for (let at = 0; at < 8; at++) write(line)
  log.end()
  await waitUntil(() => read().length === 8 * line.length)
  t.equal(read(), line.repeat(8))
})
