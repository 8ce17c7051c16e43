// The journal on disk: it can be read after being cut off anywhere, and forgotten people are gone from it.
import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  fstatSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openJournal, readRecords } from '../../../src/supply/import/journal.ts'
import type { JournalChange, PhotoRecord } from '../../../src/supply/import/records.ts'
import { replaceBuiltin } from '../../fixtures/builtin.ts'
import { makeDirectory } from '../../fixtures/process.ts'

const photo = (address: string, size = 1): PhotoRecord => ({
  ...{ address, source: 'one', key: address, original: 'x', fit: '1:2:3', size, mtimeMs: 1.5 },
  missingSinceMs: undefined,
})
const changes: JournalChange[] = [
  { kind: 'photo', photo: photo('joe@acme.example') },
  {
    kind: 'person',
    person: {
      ...{ source: 'one', key: 'Jürgen "J"\n', version: 'v', original: 'x', fit: '1:2:3' },
      ...{ refused: undefined, addresses: undefined },
    },
  },
  { kind: 'photo', photo: photo('ann@acme.example') },
  { kind: 'source', source: { source: 'one', photos: 2 } },
  { kind: 'photo-gone', address: 'joe@acme.example' },
  {
    kind: 'run',
    run: { at: '2026-11-26T00:00:00.000Z', people: 3, without: ['kim@acme.example'] },
  },
]

t.test('a file that is not a journal of this version is refused and not changed', async t => {
  for (const text of ['{"photogate":"supply","version":2}\n', 'hello\n{}\n', '\n', '[]\n']) {
    const directory = makeDirectory(t)
    const path = join(directory, 'journal.jsonl')
    writeFileSync(path, text)
    t.throws(() => openJournal(directory), { message: /move it away/ })
    t.throws(() => readRecords(directory), { message: /move it away/ })
    t.equal(readFileSync(path, 'utf8'), text)
  }
})

t.test(
  'a journal that is cut off after any byte has all its complete lines, and can be continued',
  async t => {
    const whole = makeDirectory(t)
    const journal = openJournal(whole)
    for (const change of changes) journal.add(change)
    journal.flush()
    journal.close()
    const bytes = readFileSync(join(whole, 'journal.jsonl'))
    let isSound = true
    for (let length = 0; length <= bytes.length; length++) {
      const directory = makeDirectory(t)
      const path = join(directory, 'journal.jsonl')
      writeFileSync(path, bytes.subarray(0, length))
      const lines = bytes.subarray(0, length).toString('latin1').split('\n').length - 1
      const again = openJournal(directory)
      const expected = new Set<string>()
      for (const change of changes.slice(0, Math.max(0, lines - 1))) {
        if (change.kind === 'photo') expected.add(change.photo.address)
        if (change.kind === 'photo-gone') expected.delete(change.address)
      }
      again.add({ kind: 'photo', photo: photo('kim@acme.example') })
      again.close()
      const found = [...readRecords(directory).photos.keys()].sort()
      const wanted = [...expected, 'kim@acme.example'].sort()
      isSound &&= JSON.stringify(found) === JSON.stringify(wanted)
      isSound &&= readFileSync(path, 'utf8').trim().split('\n').every(isJson)
    }
    t.ok(isSound, `${bytes.length} places`)
  },
)

t.test('lines longer than one read are read completely', async t => {
  const directory = makeDirectory(t)
  const journal = openJournal(directory)
  const without = Array.from({ length: 90_000 }, (_, at) => `somebody.number-${at}@acme.example`)
  for (let at = 0; at < 5_000; at++)
    journal.add({ kind: 'photo', photo: photo(`a${at}@acme.example`) })
  journal.add({ kind: 'run', run: { at: '2026-11-26T00:00:00.000Z', people: 95_000, without } })
  for (let at = 0; at < 5_000; at++)
    journal.add({ kind: 'photo', photo: photo(`b${at}@acme.example`) })
  journal.close()
  const { photos, run } = readRecords(directory)
  t.equal(photos.size, 10_000)
  t.strictSame(run?.without, without)
  t.ok(JSON.stringify(without).length > 3_000_000, 'which is longer')
})

t.test('a damaged line is skipped', async t => {
  const directory = makeDirectory(t)
  const journal = openJournal(directory)
  journal.add({ kind: 'photo', photo: photo('joe@acme.example') })
  journal.close()
  const odd = [
    '{"kind":"photo"}',
    '{"kind":"photo","photo":null}',
    'null',
    '"x"',
    '\0\0\0',
    '{"kind":"constructor"}',
    '{"kind":"__proto__","__proto__":{}}',
    '{"kind":"photo","photo":{}}',
    '{"kind":"photo","photo":[]}',
    '{"kind":"photo","photo":{"address":"x@x","source":"x","key":"x","missingSinceMs":"soon"}}',
    '{"kind":"photo","photo":{"address":"x@x","source":"x","key":"x","missingSinceMs":9e15}}',
    '{"kind":"person","person":{"source":"x","key":5}}',
    '{"kind":"person","person":{"source":"x","key":"x","addresses":"x@x"}}',
    '{"kind":"person-gone","source":"x"}',
    '{"kind":"source","source":"x"}',
    '{"kind":"source","source":{"source":"x","photos":"many"}}',
    '{"kind":"run","run":{}}',
    '{"kind":"run","run":{"at":"now","people":1,"without":"x@x"}}',
  ]
  appendFileSync(join(directory, 'journal.jsonl'), `${odd.join('\n')}\n`)
  const { photos, persons, sources, run } = readRecords(directory)
  t.strictSame([...photos.keys()], ['joe@acme.example'])
  t.match([persons.size, sources.size, run], [0, 0, undefined])
})

t.test('a rewritten journal has the same records and no trace of removed ones', async t => {
  const directory = makeDirectory(t)
  const journal = openJournal(directory)
  for (const change of changes) journal.add(change)
  journal.rewrite()
  journal.add({ kind: 'photo', photo: photo('new@acme.example') })
  journal.close()
  const text = readFileSync(join(directory, 'journal.jsonl'), 'utf8')
  t.notMatch(text, /joe@/)
  const { photos, persons, sources, run } = readRecords(directory)
  t.strictSame([...photos.keys()].sort(), ['ann@acme.example', 'new@acme.example'])
  t.equal(persons.size, 1)
  t.equal(sources.get('one')?.photos, 2)
  t.strictSame(run?.without, ['kim@acme.example'])
  t.strictSame(readdirSync(directory), ['journal.jsonl'])
})

t.test('the journal does not grow without limit', async t => {
  const directory = makeDirectory(t)
  for (let round = 0; round < 30; round++) {
    const journal = openJournal(directory)
    for (let at = 0; at < 500; at++) {
      journal.add({ kind: 'photo', photo: photo(`p${at}@acme.example`, round) })
    }
    journal.close()
  }
  const { size } = statSync(join(directory, 'journal.jsonl'))
  t.ok(size < 4 * 500 * 250, `${size} bytes`)
  t.equal(readRecords(directory).photos.get('p7@acme.example')?.size, 29)
})

t.test('other users cannot read the journal', async t => {
  const directory = makeDirectory(t)
  openJournal(directory).close()
  t.equal(statSync(join(directory, 'journal.jsonl')).mode & 0o077, 0)
  truncateSync(join(directory, 'journal.jsonl'))
  t.equal(readRecords(directory).photos.size, 0)
})

function isJson(line: string): boolean {
  try {
    JSON.parse(line)
    return true
  } catch {
    return false
  }
}

t.test('the draft of a run that died while rewriting is removed', async t => {
  const directory = makeDirectory(t)
  writeFileSync(join(directory, 'journal.jsonl.new'), 'joe@acme.example')
  openJournal(directory).close()
  t.notOk(readdirSync(directory).includes('journal.jsonl.new'))
})

t.test('written lines survive the end of the process', async t => {
  const directory = makeDirectory(t)
  const journal = openJournal(directory)
  journal.add({ kind: 'photo', photo: photo('joe@acme.example') })
  t.equal(readRecords(directory).photos.size, 0)
  journal.write()
  t.ok(readRecords(directory).photos.has('joe@acme.example'))
  journal.close()
})

t.test(
  'the journal is not opened for appending, because Windows cannot truncate such a file',
  t => {
    const directory = makeDirectory(t)
    const path = join(directory, 'journal.jsonl')
    openJournal(directory).close()
    appendFileSync(path, '{"kind":"photo","pho')
    const shim = join(directory, 'shim.cjs')
    writeFileSync(
      shim,
      `const fs = require('node:fs')
    const { openSync, ftruncateSync } = fs
    const appending = new Set()
    fs.openSync = (path, flags, ...rest) => {
      const descriptor = openSync(path, flags, ...rest)
      const isAppending = /^a/.test(flags) || (flags & fs.constants.O_APPEND) !== 0
      if (isAppending) appending.add(descriptor)
      else appending.delete(descriptor)
      return descriptor
    }
    fs.ftruncateSync = (descriptor, ...rest) => {
      if (appending.has(descriptor)) throw Object.assign(new Error('EPERM'), { code: 'EPERM' })
      return ftruncateSync(descriptor, ...rest)
    }
    require('node:module').syncBuiltinESMExports()`,
    )
    const module = new URL('../../../src/supply/import/journal.js', import.meta.url)
    const script = `
    import { openJournal } from ${JSON.stringify(module.href)}
    const journal = openJournal(${JSON.stringify(directory)})
    for (const change of ${JSON.stringify(changes)}) journal.add(change)
    journal.rewrite()
    journal.add({ kind: 'photo-gone', address: 'ann@acme.example' })
    journal.close()`
    const args = ['--require', shim, '--input-type=module', '-e', script]
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    t.equal(status, 0, stderr)
    const records = readRecords(directory)
    t.strictSame([...records.photos.keys()], [])
    t.equal(records.persons.size, 1)
    t.end()
  },
)

t.test('calls share one wait for the disk, and none resolves before its line is there', async t => {
  let waits = 0
  let onDisk = 0
  replaceBuiltin(t, 'node:fs', {
    fdatasync: (descriptor: number, done: (error: Error | null) => void) => {
      waits++
      const { size } = fstatSync(descriptor)
      setTimeout(() => {
        onDisk = size
        done(null)
      }, 5)
    },
  })
  // Loaded once more: the module takes fdatasync when it is loaded.
  const again = new URL('../../../src/supply/import/journal-file.js?again', import.meta.url).href
  const { openJournalFile } = (await import(
    again
  )) as typeof import('../../../src/supply/import/journal-file.ts')
  const path = join(makeDirectory(t), 'journal.jsonl')
  const file = openJournalFile(path, 0)
  const isThere = await Promise.all(
    Array.from({ length: 50 }, async (_, at) => {
      await new Promise(resolve => setTimeout(resolve, at % 7))
      file.append(`line ${at}`)
      file.write()
      const { size } = statSync(path)
      await file.sync()
      return onDisk >= size
    }),
  )
  t.ok(isThere.every(Boolean))
  t.ok(waits > 0 && waits < 25, `${waits} waits`)
  file.close()
})
