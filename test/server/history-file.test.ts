// The file that keeps the history over a restart: what is wrong with it never stops a start, and is put aside.
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import type { Test } from 'tap'
import t from 'tap'
import { findHistoryFile, keepHistoryFile, readHistoryFile } from '../../src/server/history-file.ts'
import { startServer } from '../../src/server/server.ts'
import { bearer, startAdminGate } from '../fixtures/admin.ts'
import { ask } from '../fixtures/client.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const whole = '{"history":1}'
// Long enough for several pieces.
const pieces = ['{"history":', '1', '}']

function openKept(t: Test, everyMs = 1e9) {
  const folder = t.testdir()
  const file = join(folder, 'history.json')
  const lines: { level: number; msg: string }[] = []
  const logger = pino({ base: null }, { write: (line: string) => lines.push(JSON.parse(line)) })
  const restored: string[] = []
  const page = {
    save: () => pieces,
    restore: (text: string) => {
      if (text !== whole) return 'is not a history of this version of photogate'
      restored.push(text)
      return undefined
    },
  }
  return { folder, file, lines, restored, options: { file, page, logger, everyMs } }
}

t.test('a file that is no history is put aside, and the log says what it is', async t => {
  const rows: [title: string, make: (file: string) => void, reason: RegExp][] = [
    ['of another version', file => writeFileSync(file, '{}'), /is not a history of this version/],
    ['empty', file => writeFileSync(file, ''), /is not a history/],
    [
      'larger than any history',
      file => {
        writeFileSync(file, '')
        truncateSync(file, 33 * 1024 * 1024)
      },
      /is larger than 33554432 bytes/,
    ],
    ['a folder', file => mkdirSync(file), /is a folder, not a file/],
  ]
  for (const [title, make, reason] of rows) {
    await t.test(title, async t => {
      const { folder, file, lines, restored, options } = openKept(t)
      make(file)
      readHistoryFile(options)
      t.strictSame(restored, [])
      t.equal(lines.length, 1)
      t.match(lines[0], { level: 40, msg: reason })
      t.match(lines[0]?.msg, `it is now ${file}.damaged`)
      t.strictSame(readdirSync(folder), ['history.json.damaged'])
      const kept = keepHistoryFile(options)
      await kept.close()
      t.equal(readFileSync(file, 'utf8'), whole, 'and a new one is written')
    })
  }
})

t.test('a file that cannot be written is said once, and again when it can', async t => {
  const { folder, lines, options } = openKept(t, 10)
  const file = join(folder, 'later', 'history.json')
  const kept = keepHistoryFile({ ...options, file })
  await waitUntil(() => lines.length > 0)
  await new Promise(resolve => setTimeout(resolve, 100))
  t.equal(lines.length, 1)
  t.match(lines[0], { level: 40, msg: /cannot be written to .*ENOENT/ })
  mkdirSync(join(folder, 'later'))
  await waitUntil(() => lines.length > 1)
  t.match(lines[1], { level: 30, msg: /is written again/ })
  await kept.close()
  t.equal(readFileSync(file, 'utf8'), whole)
})

t.test('what a kill left of a writing is passed over, and replaced by the next', async t => {
  const { folder, file, restored, options } = openKept(t)
  writeFileSync(file, whole)
  writeFileSync(`${file}.new`, whole.slice(0, 5))
  readHistoryFile(options)
  t.strictSame(restored, [whole])
  await keepHistoryFile(options).close()
  t.strictSame(readdirSync(folder), ['history.json'])
})

t.test('only the user of the gate can read it, whatever was there before', async t => {
  const { file, options } = openKept(t)
  writeFileSync(file, whole)
  chmodSync(file, 0o644)
  await keepHistoryFile(options).close()
  t.equal(statSync(file).mode & 0o777, 0o600)
})

t.test('it is written where a reload says from then on', async t => {
  const { folder, options } = openKept(t)
  const kept = keepHistoryFile(options)
  kept.follow(join(folder, 'other.json'))
  await kept.close()
  t.strictSame(readdirSync(folder), ['other.json'])
  const none = keepHistoryFile(options)
  none.follow(undefined)
  await none.close()
  t.strictSame(readdirSync(folder), ['other.json'])
})

t.test('without the key it is kept in the folder that systemd gives to the service', async t => {
  const rows = [
    [undefined, undefined, undefined],
    [undefined, '', undefined],
    [undefined, 'photogate', undefined],
    [undefined, '/var/lib/photogate', '/var/lib/photogate/admin-history.json'],
    [undefined, '/var/lib/a:/var/lib/b', '/var/lib/a/admin-history.json'],
    ['/srv/h.json', '/var/lib/photogate', '/srv/h.json'],
  ] as const
  for (const [configured, state, file] of rows)
    t.equal(findHistoryFile(configured, state), file, `${configured} ${state}`)
})

t.test('a gate that is started again goes on with its history', async t => {
  const rule = 'allow: [{ name: all, from: 127.0.0.0/8 }]'
  const gate = await startAdminGate(t, rule, {
    admin: 'tokenFile: admin.token, history: history.json',
  })
  const file = join(gate.directory, '..', 'history.json')
  for (let at = 0; at < 3; at++) await gate.ask('/joe@acme.example.jpg')
  await waitUntil(() => gate.requests().length === 3)
  t.throws(() => statSync(file), 'not written for each request')
  await gate.server.close()
  t.equal(statSync(file).mode & 0o777, 0o600)
  const logged: string[] = []
  const logger = pino({ base: null }, { write: (line: string) => void logged.push(line) })
  const again = await startServer(gate.settings, { logger, access: { write: () => {} } })
  t.teardown(() => again.close())
  t.match(logged.join(''), /history of the admin page goes on/)
  const port = Number(new URL(again.adminUrls[0] as string).port)
  const { body } = await ask(port, '/api/history?span=month', { headers: bearer })
  t.match(JSON.parse(body.toString()).totals, { admitted: 3 })
})

t.test('a start that fails writes nothing: another gate may keep its history there', async t => {
  const rule = 'allow: [{ name: all, from: 127.0.0.0/8 }]'
  const gate = await startAdminGate(t, rule, {
    admin: 'tokenFile: admin.token, history: history.json',
  })
  const { admin } = gate.settings
  const settings = { ...gate.settings, admin: admin && { ...admin, port: gate.adminPort } }
  const logger = pino({ enabled: false })
  await t.rejects(startServer(settings, { logger, access: { write: () => {} } }), {
    code: 'GATE_LISTEN',
  })
  t.throws(() => statSync(join(gate.directory, '..', 'history.json')), { code: 'ENOENT' })
})
