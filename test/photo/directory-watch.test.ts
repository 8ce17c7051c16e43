import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { jpegOf } from '../fixtures/images.ts'
import { renameIn } from '../fixtures/photos.ts'
import { makeDirectory } from '../fixtures/process.ts'
import { waitUntil } from '../fixtures/wait-until.ts'
import { isSeen, observe } from '../fixtures/watch.ts'

// The tests mostly wait, so they run beside each other.
t.jobs = 8

const old = (path: string) => utimesSync(path, 1000, 1000)

t.test('a file that must not be served is reported once, with name and reason', async t => {
  const home = makeDirectory(t)
  const directory = join(home, 'photos')
  mkdirSync(directory)
  writeFileSync(join(home, 'secret.jpg'), jpegOf('secret'))
  writeFileSync(join(directory, 'inside@x.jpg'), jpegOf('inside'))
  symlinkSync(join(home, 'secret.jpg'), join(directory, 'out@x.jpg'))
  symlinkSync('inside@x.jpg', join(directory, 'in@x.jpg'))
  symlinkSync('nowhere', join(directory, 'dangling@x.jpg'))
  mkdirSync(join(directory, 'directory@x.jpg'))
  execFileSync('mkfifo', [join(directory, 'fifo@x.jpg')])
  writeFileSync(join(directory, 'big@x.jpg'), jpegOf('big', 5 * 1024 * 1024))
  writeFileSync(join(directory, 'sparse@x.jpg'), '')
  truncateSync(join(directory, 'sparse@x.jpg'), 1e12)
  for (const name of [
    '.hidden@x.jpg',
    'joe.jpg',
    'a@b@c.jpg',
    'a\n@x.jpg',
    'note@x.txt',
    'thumbs.db',
  ]) {
    writeFileSync(join(directory, name), jpegOf('x'))
    old(join(directory, name))
  }
  old(join(directory, 'inside@x.jpg'))
  const { names, refusals, count } = observe(t, directory, { events: false })
  t.strictSame(names(), ['inside@x.jpg'])
  await waitUntil(() => count('scanned') >= 3)
  t.strictSame(names(), ['inside@x.jpg'])
  t.strictSame(refusals().sort(), [
    ['.hidden@x.jpg', 'is hidden, as its name begins with a dot'],
    ['a\n@x.jpg', 'does not have a mail address as its name'],
    ['a@b@c.jpg', 'does not have a mail address as its name'],
    ['big@x.jpg', 'is larger than 5242880 bytes'],
    ['dangling@x.jpg', 'is a symbolic link'],
    ['directory@x.jpg', 'is not a regular file'],
    ['fifo@x.jpg', 'is not a regular file'],
    ['in@x.jpg', 'is a symbolic link'],
    ['joe.jpg', 'does not have a mail address as its name'],
    ['note@x.txt', 'does not end with .jpg, .jpeg, .gif, .png or .webp'],
    ['out@x.jpg', 'is a symbolic link'],
    ['sparse@x.jpg', 'is larger than 5242880 bytes'],
    ['thumbs.db', 'does not end with .jpg, .jpeg, .gif, .png or .webp'],
  ])

  unlinkSync(join(directory, 'sparse@x.jpg'))
  const scans = count('scanned')
  await waitUntil(() => count('scanned') >= scans + 2)
  truncateSync(join(directory, 'big@x.jpg'), 6 * 1024 * 1024)
  symlinkSync('nowhere', join(directory, 'sparse@x.jpg'))
  await waitUntil(() => refusals().length > 13)
  t.strictSame(refusals().slice(13), [['sparse@x.jpg', 'is a symbolic link']])
})

for (const events of [true, false]) {
  const how = events ? 'with events' : 'without events'
  // With the default options, so that the times are those that the README promises.
  const options = { events, settleMs: 250, tickMs: 1_000 }

  t.test(`changes are seen within 2 s ${how}`, async t => {
    const directory = makeDirectory(t)
    renameIn(directory, 'first@x.jpg', jpegOf('first'), 60)
    const { files, names, refusals } = observe(t, directory, options)
    t.strictSame(names(), ['first@x.jpg'], 'the first scan is not waited for')

    renameIn(directory, 'joe@x.jpg', jpegOf('joe'))
    await isSeen(t, 'a file renamed in', () => files.has('joe@x.jpg'))

    const before = files.get('joe@x.jpg')?.signature
    writeFileSync(join(directory, 'joe@x.jpg'), jpegOf('joe, older'))
    await isSeen(t, 'an overwriting in place', () => files.get('joe@x.jpg')?.signature !== before)

    renameIn(directory, 'old@x.jpg', jpegOf('old'), 3600)
    await isSeen(t, 'an old file renamed in', () => files.has('old@x.jpg'))

    renameSync(join(directory, 'old@x.jpg'), join(directory, 'new@x.jpg'))
    await isSeen(t, 'another name', () => files.has('new@x.jpg') && !files.has('old@x.jpg'))

    unlinkSync(join(directory, 'joe@x.jpg'))
    await isSeen(t, 'a deletion', () => !files.has('joe@x.jpg'))

    unlinkSync(join(directory, 'first@x.jpg'))
    symlinkSync('/etc/passwd', join(directory, 'first@x.jpg'))
    await isSeen(t, 'a link in its place', () => !files.has('first@x.jpg'))
    t.strictSame(refusals(), [['first@x.jpg', 'is a symbolic link']])

    unlinkSync(join(directory, 'first@x.jpg'))
    writeFileSync(join(directory, 'first@x.jpg'), jpegOf('first'))
    await isSeen(t, 'a file in place of the link', () => files.has('first@x.jpg'))
    t.strictSame(names(), ['first@x.jpg', 'new@x.jpg'])
  })

  t.test(`another directory in the place of the first is seen within 2 s ${how}`, async t => {
    const home = makeDirectory(t)
    const make = (name: string, photo: string) => {
      mkdirSync(join(home, name))
      renameIn(join(home, name), photo, jpegOf(photo), 60)
    }
    make('a', 'a@x.jpg')
    make('b', 'b@x.jpg')
    make('c', 'c@x.jpg')
    symlinkSync('a', join(home, 'photos'))
    const { names, files } = observe(t, join(home, 'photos'), options)
    t.strictSame(names(), ['a@x.jpg'])

    symlinkSync('b', join(home, 'turned'))
    renameSync(join(home, 'turned'), join(home, 'photos'))
    await isSeen(t, 'a link that points to another directory', () => names().join() === 'b@x.jpg')
    renameIn(join(home, 'b'), 'late@x.jpg', jpegOf('late'))
    await isSeen(t, 'a file in the new directory', () => files.has('late@x.jpg'))

    renameSync(join(home, 'b'), join(home, 'b-old'))
    renameSync(join(home, 'c'), join(home, 'b'))
    await isSeen(t, 'a directory renamed in', () => names().join() === 'c@x.jpg')
    renameIn(join(home, 'b'), 'later@x.jpg', jpegOf('later'))
    await isSeen(t, 'a file in it', () => files.has('later@x.jpg'))
  })

  t.test(
    `a directory that goes is reported, and its photos are not reported as gone ${how}`,
    async t => {
      const home = makeDirectory(t)
      const directory = join(home, 'photos')
      mkdirSync(directory)
      renameIn(directory, 'joe@x.jpg', jpegOf('joe'), 60)
      const { names, count, reports, files } = observe(t, directory, options)
      renameSync(directory, join(home, 'elsewhere'))
      await isSeen(t, 'the missing directory', () => count('unreadable') > 0)
      t.match(
        reports.find(({ kind }) => kind === 'unreadable'),
        { message: /ENOENT/ },
      )
      t.strictSame(names(), ['joe@x.jpg'])

      mkdirSync(directory)
      renameIn(directory, 'sue@x.jpg', jpegOf('sue'), 60)
      await isSeen(t, 'the directory that is made again', () => names().join() === 'sue@x.jpg')
      renameIn(directory, 'joe@x.jpg', jpegOf('joe'))
      await isSeen(t, 'a file in it', () => files.has('joe@x.jpg'))
    },
  )

  t.test(
    `a directory that is deleted and made again at once is watched as before ${how}`,
    async t => {
      const home = makeDirectory(t)
      const directory = join(home, 'photos')
      mkdirSync(directory)
      renameIn(directory, 'joe@x.jpg', jpegOf('joe'), 60)
      const { names, files } = observe(t, directory, options)
      // The new directory often gets the inode of the old.
      rmSync(directory, { recursive: true })
      mkdirSync(directory)
      renameIn(directory, 'sue@x.jpg', jpegOf('sue'), 60)
      await isSeen(t, 'the content of the new one', () => names().join() === 'sue@x.jpg')
      for (const text of ['once', 'twice', 'thrice']) {
        const before = files.get('sue@x.jpg')?.signature
        writeFileSync(join(directory, 'sue@x.jpg'), jpegOf(text))
        await isSeen(t, `a change (${text})`, () => files.get('sue@x.jpg')?.signature !== before)
      }
    },
  )
}

t.test('a known file that is overwritten slowly is reported only when it is finished', async t => {
  const directory = makeDirectory(t)
  renameIn(directory, 'slow@x.jpg', jpegOf('old'), 60)
  const { files } = observe(t, directory, { settleMs: 200 })
  const before = files.get('slow@x.jpg')?.signature
  const bytes = jpegOf('slow', 20_000)
  const fd = openSync(join(directory, 'slow@x.jpg'), 'w')
  for (let at = 0; at < bytes.length; at += 2_000) {
    writeSync(fd, bytes.subarray(at, at + 2_000))
    await new Promise(resolve => setTimeout(resolve, 50)) // A slow writer.
    t.equal(files.get('slow@x.jpg')?.signature, before)
  }
  closeSync(fd)
  await waitUntil(() => files.get('slow@x.jpg')?.signature !== before)
})

t.test('a known file that is touched, and deleted before it is finished, is gone', async t => {
  const directory = makeDirectory(t)
  renameIn(directory, 'brief@x.jpg', jpegOf('brief'), 60)
  const { reports, count, names } = observe(t, directory, { settleMs: 150 })
  writeFileSync(join(directory, 'brief@x.jpg'), jpegOf('briefer'))
  await new Promise(resolve => setTimeout(resolve, 60)) // Longer than events take, shorter than the rest.
  unlinkSync(join(directory, 'brief@x.jpg'))
  await waitUntil(() => names().length === 0)
  const { length } = reports.filter(({ kind }) => kind === 'files')
  await waitUntil(() => count('scanned') >= 4)
  t.equal(count('files'), length)
  t.equal(length, 2, 'there, and gone')
})

t.test('an unchanged file is not reported again', async t => {
  const directory = makeDirectory(t)
  renameIn(directory, 'joe@x.jpg', jpegOf('joe'), 60)
  const { count } = observe(t, directory, { events: false })
  await waitUntil(() => count('scanned') >= 4)
  t.equal(count('files'), 1)
})

t.test(
  'a file in the place of the directory makes it unreadable, and known photos stay',
  async t => {
    const home = makeDirectory(t)
    const directory = join(home, 'photos')
    mkdirSync(directory)
    renameIn(directory, 'joe@x.jpg', jpegOf('joe'), 60)
    const { names, reports, count } = observe(t, directory, { settleMs: 200 })
    // A file that the watch looks at again after a file has replaced the directory.
    writeFileSync(join(directory, 'joe@x.jpg'), jpegOf('joe again'))
    await new Promise(resolve => setTimeout(resolve, 50))
    renameSync(directory, join(home, 'elsewhere'))
    writeFileSync(directory, 'no directory')
    await waitUntil(() => count('unreadable') >= 4)
    t.match(
      reports.find(({ kind }) => kind === 'unreadable'),
      { message: /ENOTDIR|ENOENT/ },
    )
    t.strictSame(names(), ['joe@x.jpg'])
  },
)

t.test('a directory whose path is impossible is unreadable', async t => {
  const { reports, count } = observe(t, 'no\0directory')
  await waitUntil(() => count('unreadable') >= 2)
  t.match(reports[0], { kind: 'unreadable', message: /null bytes/ })
})

t.test('a closed watch reports nothing', async t => {
  const directory = makeDirectory(t)
  const { reports, watching } = observe(t, directory, { tickMs: 30, settleMs: 30 })
  writeFileSync(join(directory, 'joe@x.jpg'), jpegOf('joe'))
  await new Promise(resolve => setTimeout(resolve, 5)) // The event has come, and the look is still to follow.
  watching.close()
  const { length } = reports
  appendFileSync(join(directory, 'joe@x.jpg'), 'x')
  await new Promise(resolve => setTimeout(resolve, 150))
  t.equal(reports.length, length)
})

t.test('a network path of Windows is polled', async t => {
  const home = makeDirectory(t)
  const back = process.cwd()
  process.chdir(home)
  t.teardown(() => process.chdir(back))
  mkdirSync('\\\\share')
  const { files } = observe(t, '\\\\share')
  writeFileSync('\\\\share/joe@x.jpg', jpegOf('joe'))
  await waitUntil(() => files.has('joe@x.jpg'))
})

t.test('a requested look at a file needs no event and no tick', async t => {
  const directory = makeDirectory(t)
  const { files, watching } = observe(t, directory, { events: false, tickMs: 60_000 })
  renameIn(directory, 'joe@x.jpg', jpegOf('joe'), 60)
  t.strictSame(files.size, 0)
  watching.look('joe@x.jpg')
  t.ok(files.has('joe@x.jpg'))
})
