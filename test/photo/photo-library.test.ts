import { renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import type { PhotoLibraryOptions } from '../../src/photo/photo-library.ts'
import { openPhotoLibrary } from '../../src/photo/photo-library.ts'
import { jpegOf } from '../fixtures/images.ts'
import { renameIn } from '../fixtures/photos.ts'
import { makeDirectory } from '../fixtures/process.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

t.jobs = 4

async function open(t: Test, directory: string, options: Partial<PhotoLibraryOptions> = {}) {
  const warnings: Record<string, unknown>[] = []
  const infos: Record<string, unknown>[] = []
  const library = openPhotoLibrary({
    directory,
    cacheBytes: 1e6,
    watch: { settleMs: 60, tickMs: 100 },
    warn: (details, message) => warnings.push({ ...details, message }),
    info: (details, message) => infos.push({ ...details, message }),
    ...options,
  })
  t.teardown(() => library.close())
  await library.scanned
  const textOf = async (address = 'joe@x') => {
    const bytes = (await library.find(address))?.bytes
    // The comment of fixtures/images.ts.
    return bytes?.toString('utf8', 6, 6 + bytes.readUInt16BE(4) - 2)
  }
  return { library, warnings, infos, textOf }
}

t.test('an unknown photo is missing at once', async t => {
  const { library } = await open(t, makeDirectory(t))
  t.equal(library.find('joe@x'), undefined)
  t.equal(library.size, 0)
})

t.test('a missing directory is logged once, and is used when it appears', async t => {
  const directory = join(makeDirectory(t), 'photos')
  const { warnings, infos, library } = await open(t, directory)
  t.notOk(library.isScanned)
  renameSync(makeDirectoryWith(t, 'joe@x.jpg'), directory)
  await waitUntil(() => library.size === 1 && library.isScanned)
  t.ok(library.isScanned)
  t.equal(warnings.length, 1)
  t.match(warnings[0], {
    directory,
    reason: /ENOENT/,
    message: /cannot be read; photos known so far stay/,
  })
  t.match(infos, [{ message: 'photos indexed', photos: 1 }])
})

function makeDirectoryWith(t: Test, name: string): string {
  const directory = makeDirectory(t)
  renameIn(directory, name, jpegOf('there'), 60)
  return directory
}

t.test('a file that must not be served is logged by name', async t => {
  const directory = makeDirectory(t)
  writeFileSync(join(directory, 'joe@x.jpg'), jpegOf('x', 5 * 1024 * 1024))
  writeFileSync(join(directory, 'sue@x.jpg'), '<html>')
  const { warnings, library } = await open(t, directory)
  t.equal(library.find('joe@x'), undefined)
  t.equal(await library.find('sue@x'), undefined)
  await waitUntil(() => warnings.length >= 2)
  const inOrder = warnings.toSorted((one, other) =>
    String(one.message) < String(other.message) ? -1 : 1,
  )
  t.match(inOrder, [
    { file: 'sue@x.jpg', reason: /^is not an image/, message: 'a file is not served' },
    {
      ...{ reason: 'is larger than 5242880 bytes', files: 1, names: ['joe@x.jpg'] },
      message: 'files of the photo directory are not served',
    },
  ])
})

t.test(
  'photos stay when their directory is gone, with one warning, and change when it is back',
  async t => {
    const home = makeDirectory(t)
    const directory = join(home, 'photos')
    renameSync(makeDirectoryWith(t, 'joe@x.jpg'), directory)
    const { warnings, textOf, library } = await open(t, directory)
    t.equal(await textOf(), 'there')
    renameSync(directory, join(home, 'elsewhere'))
    await waitUntil(() => warnings.length > 0)
    t.equal(await textOf(), 'there')
    await new Promise(resolve => setTimeout(resolve, 400)) // The watch looks some more times.
    t.equal(warnings.length, 1)
    renameSync(makeDirectoryWith(t, 'sue@x.jpg'), directory)
    await waitUntil(async () => (await textOf('sue@x')) === 'there')
    t.equal(library.find('joe@x'), undefined)
  },
)

t.test('a file that appears later and must not be served is logged by name too', async t => {
  const directory = makeDirectory(t)
  const { warnings, library } = await open(t, directory)
  renameIn(directory, 'joe@x.jpg', jpegOf('x', 5 * 1024 * 1024))
  await waitUntil(() => warnings.length > 0)
  t.equal(library.find('joe@x'), undefined)
  t.strictSame(warnings, [
    { file: 'joe@x.jpg', reason: 'is larger than 5242880 bytes', message: 'a file is not served' },
  ])
})

t.test('when two names differ only in case, the newest file is served, with a warning', async t => {
  const directory = makeDirectory(t)
  renameIn(directory, 'joe@x.jpg', jpegOf('older'), 600)
  renameIn(directory, 'JOE@x.jpg', jpegOf('newer'), 60)
  const { warnings, textOf } = await open(t, directory)
  t.equal(await textOf(), 'newer')
  t.match(warnings, [
    { served: 'JOE@x.jpg', ignored: ['joe@x.jpg'], message: /the newest is served/ },
  ])
  unlinkSync(join(directory, 'JOE@x.jpg'))
  await waitUntil(async () => (await textOf()) === 'older')
})

t.test(
  'a removed photo does not come back when the older file for its address is broken',
  async t => {
    const directory = makeDirectory(t)
    renameIn(directory, 'joe@x.jpg', jpegOf('lesser').subarray(0, 100), 600)
    renameIn(directory, 'JOE@x.jpg', jpegOf('removed'), 60)
    const { textOf, library } = await open(t, directory)
    t.equal(await textOf(), 'removed')
    unlinkSync(join(directory, 'JOE@x.jpg'))
    await waitUntil(async () => (await textOf()) !== 'removed', 2_000).catch(() => {})
    t.equal(await library.find('joe@x'), undefined)
  },
)

t.test('a removed photo does not come back when a broken file takes its name', async t => {
  const directory = makeDirectory(t)
  renameIn(directory, 'joe@x.jpg', jpegOf('removed'), 60)
  const { textOf, library } = await open(t, directory)
  t.equal(await textOf(), 'removed')
  unlinkSync(join(directory, 'joe@x.jpg'))
  await waitUntil(() => library.find('joe@x') === undefined)
  renameIn(directory, 'joe@x.jpg', jpegOf('broken').subarray(0, 100), 60)
  await waitUntil(() => library.size === 1)
  t.equal(await library.find('joe@x'), undefined)
})

for (const events of [true, false]) {
  const how = events ? 'with events' : 'without events'
  t.test(
    `while a photo is overwritten slowly, every answer is wholly old or wholly new ${how}`,
    async t => {
      const directory = makeDirectory(t)
      renameIn(directory, 'joe@x.jpg', jpegOf('old', 20_000), 60)
      const { textOf, library } = await open(t, directory, { watch: { events } })
      t.equal(await textOf(), 'old')
      const whole = [jpegOf('old', 20_000), jpegOf('new', 30_000)]
      const [, next] = whole as [Buffer, Buffer]
      const { closeSync, openSync, writeSync } = await import('node:fs')
      const fd = openSync(join(directory, 'joe@x.jpg'), 'w')
      let isTorn = false
      const look = async () => {
        const bytes = (await library.find('joe@x'))?.bytes
        isTorn ||= bytes === undefined || !whole.some(each => each.equals(bytes))
      }
      for (let at = 0; at < next.length; at += 2_000) {
        writeSync(fd, next.subarray(at, at + 2_000))
        await look()
        // Longer than a file must be unchanged, so that the watch takes each half for the whole.
        await new Promise(resolve => setTimeout(resolve, at % 6_000 === 0 ? 400 : 30))
        await look()
      }
      closeSync(fd)
      const started = performance.now()
      await waitUntil(async () => {
        await look()
        return (await textOf()) === 'new'
      })
      const milliseconds = Math.round(performance.now() - started)
      t.comment(`the new one is visible after ${milliseconds} ms`)
      t.notOk(isTorn)
    },
  )
}

t.test('a watch that cannot start is logged, and the library waits for no first scan', async t => {
  const started = await open(t, makeDirectory(t), { watch: null as never })
  t.match(started.warnings, [{ message: 'the photo watch failed', err: Error }])
})

t.test('the library knows which files are not served now, and why', async t => {
  const directory = makeDirectory(t)
  const place = (name: string) => join(directory, name)
  writeFileSync(place('large@x.jpg'), jpegOf('x', 5 * 1024 * 1024))
  writeFileSync(place('notes.txt'), 'a')
  writeFileSync(place('team.txt'), 'b')
  renameIn(directory, 'broken@x.jpg', Buffer.from('<html>'), 60)
  renameIn(directory, 'good@x.jpg', jpegOf('good'), 60)
  const { library, warnings } = await open(t, directory)
  const ending = 'does not end with .jpg, .jpeg, .gif, .png or .webp'
  const large = { reason: 'is larger than 5242880 bytes', files: 1, names: ['large@x.jpg'] }
  await waitUntil(() => library.unserved.length === 2)
  t.strictSame(library.unserved, [
    { reason: ending, files: 2, names: ['notes.txt', 'team.txt'] },
    large,
  ])

  t.equal(await library.find('broken@x'), undefined)
  const broken = library.unserved.find(({ names }) => names.includes('broken@x.jpg'))
  t.match(broken, { files: 1, reason: /^is not an image/ })

  unlinkSync(place('team.txt'))
  unlinkSync(place('large@x.jpg'))
  renameIn(directory, 'broken@x.jpg', jpegOf('mended'), 60)
  writeFileSync(place('late.txt'), 'c')
  await waitUntil(() => library.unserved[0]?.names.includes('late.txt') === true)
  await waitUntil(() => library.unserved.length === 1)
  t.strictSame(library.unserved, [{ reason: ending, files: 2, names: ['late.txt', 'notes.txt'] }])
  const told = warnings.filter(({ names }) => Array.isArray(names) && names.includes('notes.txt'))
  t.equal(told.length, 1, 'the log says it once')
})

t.test('the library lists its files, and says when they are others', async t => {
  const directory = makeDirectory(t)
  renameIn(directory, 'joe@x.jpg', jpegOf('joe'), 60)
  const { library } = await open(t, directory)
  await waitUntil(() => library.size === 1)
  const { version } = library
  t.strictSame(
    [...library.files()].map(({ name }) => name),
    ['joe@x.jpg'],
  )
  renameIn(directory, 'sue@x.jpg', jpegOf('sue'), 60)
  await waitUntil(() => library.size === 2)
  t.not(library.version, version)
})
