// Large directories, and file systems without events. Separate from directory-watch.test.ts, whose
// times these tests would spoil, because they keep the thread busy.
import { utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { replaceBuiltin } from '../fixtures/builtin.ts'
import { jpegOf } from '../fixtures/images.ts'
import { makeDirectory } from '../fixtures/process.ts'
import { isSeen, observe } from '../fixtures/watch.ts'

t.test('a directory without changes is scanned rarely, in proportion to its size', async t => {
  const directory = makeDirectory(t)
  for (let at = 0; at < 3_000; at++) writeFileSync(join(directory, `p${at}@x.jpg`), '')
  const { reports, count } = observe(t, directory, { tickMs: 20 })
  const scanned = reports.find(({ kind }) => kind === 'scanned') as { milliseconds: number }
  await new Promise(resolve => setTimeout(resolve, scanned.milliseconds * 10)) // Half of the pause.
  t.equal(count('scanned'), 1, 'no rescans where events arrive')
})

t.test('a large directory is reported in batches while it is read', async t => {
  const directory = makeDirectory(t)
  for (let at = 0; at < 2_500; at++) {
    writeFileSync(join(directory, `p${at}@x.jpg`), '')
    utimesSync(join(directory, `p${at}@x.jpg`), 1000, 1000)
  }
  const { reports, names } = observe(t, directory)
  t.strictSame(
    reports.map(report => (report.kind === 'files' ? report.changed.length : report.kind)),
    [1000, 1000, 500, 'scanned'],
  )
  t.equal(names().length, 2_500)
})

// The file system's answers are faked here: this machine has no NFS, and no watch of it ever fails.
t.test('where events are missing, the directory is polled', async t => {
  type Listener = (event: string, name: string | null) => void
  let listener: Listener = () => {}
  const mute = Object.assign(() => mute, { on: () => mute, close: () => {} }) as never
  const failing = { on: (_: string, fail: () => void) => setTimeout(fail, 10), close: () => {} }
  const rows: [title: string, faked: Record<string, unknown>][] = [
    ['NFS', { statfsSync: () => ({ type: 0x6969 }) }],
    ['SMB', { statfsSync: () => ({ type: 0xfe534d42 }) }],
    ['FUSE', { statfsSync: () => ({ type: 0x65735546 }) }],
    [
      'a file system whose kind cannot be read',
      {
        statfsSync: () => {
          throw new Error('ENOSYS')
        },
      },
    ],
    [
      'no watches left',
      {
        watch: () => {
          throw new Error('ENOSPC')
        },
      },
    ],
    ['a watch that fails later', { watch: () => failing }],
    ['a watch that never reports an event', { watch: () => mute }],
    [
      'events without a name',
      {
        watch: (_: string, listen: Listener) => {
          listener = listen
          return mute
        },
      },
    ],
  ]
  for (const [title, faked] of rows) {
    t.test(title, async t => {
      replaceBuiltin(t, 'node:fs', faked)
      const directory = makeDirectory(t)
      const { files } = observe(t, directory)
      for (const name of ['joe@x.jpg', 'sue@x.jpg']) {
        writeFileSync(join(directory, name), jpegOf(name))
        listener('rename', null)
        await isSeen(t, name, () => files.has(name))
      }
      writeFileSync(join(directory, 'joe@x.jpg'), jpegOf('another'))
      const before = files.get('joe@x.jpg')?.signature
      listener('change', null)
      await isSeen(t, 'a change', () => files.get('joe@x.jpg')?.signature !== before)
    })
  }
})

t.test('a file with another name that cannot be looked at now stays in the list', async t => {
  const directory = makeDirectory(t)
  writeFileSync(join(directory, 'notes.txt'), 'a')
  const { reports, watching } = observe(t, directory)
  const told = () => reports.flatMap(report => (report.kind === 'unserved' ? [report.files] : []))
  t.strictSame(
    told().map(files => files.map(({ name }) => name)),
    [['notes.txt']],
  )
  let looks = 0
  const { lstatSync } = await import('node:fs')
  replaceBuiltin(t, 'node:fs', {
    lstatSync: (path: string, options: object) => {
      if (!path.endsWith('notes.txt')) return lstatSync(path, options)
      looks++
      throw Object.assign(new Error('EIO'), { code: 'EIO' })
    },
  })
  watching.look('notes.txt')
  t.ok(looks > 0)
  await isSeen(t, 'a file beside it', () => {
    writeFileSync(join(directory, 'joe@x.jpg'), jpegOf('joe'))
    return reports.some(report => report.kind === 'files' && report.changed.length > 0)
  })
  t.equal(told().length, 1)
})
