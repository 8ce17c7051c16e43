import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  linkSync,
  mkdirSync,
  openSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { open } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import type { Photo } from '../../src/photo/photo-store.ts'
import { buildPhotoStore, describePhoto } from '../../src/photo/photo-store.ts'
import { gif, jpegOf, png, webp } from '../fixtures/images.ts'
import { describeFile, renameIn } from '../fixtures/photos.ts'
import { makeDirectory } from '../fixtures/process.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const name = 'joe@x.jpg'
const address = 'joe@x'

function makeSparse(path: string): void {
  writeFileSync(path, '')
  truncateSync(path, 1e12)
}

function setup(t: Test, { cacheBytes = 1e6, photo = jpegOf('good') as Buffer | null } = {}) {
  const directory = makeDirectory(t)
  const refusals: [name: string, reason: string][] = []
  const others: string[] = []
  const store = buildPhotoStore({
    directory,
    cacheBytes,
    onRefused: (...refusal) => refusals.push(refusal),
    onOther: other => others.push(other),
  })
  const path = join(directory, name)
  if (photo !== null) writeFileSync(path, photo)
  return {
    store,
    directory,
    path,
    refusals,
    others,
    file: (of = name) => describeFile(directory, of, of.slice(0, -4)),
    unknown: { name, address, signature: 'not found yet', modifiedMs: 0, inode: '', links: 1 },
  }
}

t.test('a file that is not a whole image is not served, and the reason is logged once', async t => {
  const rows: [title: string, bytes: Buffer, reason: string][] = [
    ['an empty file', Buffer.alloc(0), 'is empty'],
    ['HTML named .jpg', Buffer.from('<html>'), 'is not an image: neither JPEG, GIF, PNG nor WebP'],
    [
      'an SVG named .jpg',
      Buffer.from('<svg/>'),
      'is not an image: neither JPEG, GIF, PNG nor WebP',
    ],
    ['half a JPEG', jpegOf('half').subarray(0, 200), 'is an image that ends too early'],
  ]
  for (const [title, bytes, reason] of rows) {
    t.test(title, async t => {
      const { store, path, file, refusals } = setup(t, { photo: bytes })
      utimesSync(path, 1000, 1000)
      t.equal(await store.find(file()), undefined)
      t.strictSame(refusals, [[name, reason]])
      t.equal(store.find(file()), undefined, 'known to be refused: at once, without the disk')
      t.equal(refusals.length, 1)
    })
  }
})

t.test('a file that cannot be opened is not served, and costs one warning', async t => {
  const { store, path, unknown, refusals } = setup(t, { photo: null })
  // A socket: opening it fails with ENXIO, even for root.
  const server = createServer()
  await new Promise<void>(resolve => server.listen(path, resolve))
  t.teardown(() => server.close())
  t.equal(await store.find(unknown), undefined)
  t.match(refusals, [[name, /^cannot be read: ENXIO/]])
  t.equal(await store.find(unknown), undefined)
  t.equal(refusals.length, 1, 'one warning, not one for each request')
})

t.test('a file that may not be read is not served', async t => {
  const { store, directory, path, file, refusals } = setup(t)
  chmodSync(directory, 0o755)
  chmodSync(path, 0)
  const known = file()
  const isRoot = process.getuid?.() === 0
  if (isRoot) process.seteuid?.(65_534)
  const photo = await store.find(known)
  if (isRoot) process.seteuid?.(0)
  t.equal(photo, undefined)
  t.match(refusals, [[name, /^cannot be read: EACCES/]])
})

t.test(
  'a file that has gone or is no longer a photo file since it was indexed is not served',
  async t => {
    const rows: [title: string, become: (path: string) => void, reason: string | undefined][] = [
      ['gone', path => rmSync(path), undefined],
      ['a link to a file outside', path => symlinkSync('/etc/passwd', path), 'is a symbolic link'],
      ['a link to a file inside', path => symlinkSync('sue@x.jpg', path), 'is a symbolic link'],
      ['a directory', path => mkdirSync(path), undefined],
      ['a FIFO', path => execFileSync('mkfifo', [path]), undefined],
      ['over 5 MiB', path => writeFileSync(path, jpegOf('big', 5 * 1024 * 1024)), undefined],
      ['sparse and huge', makeSparse, undefined],
    ]
    for (const [title, become, reason] of rows) {
      t.test(title, async t => {
        const { store, directory, path, file, refusals } = setup(t)
        writeFileSync(join(directory, 'sue@x.jpg'), jpegOf('sue'))
        const known = file()
        rmSync(path)
        if (title !== 'gone') become(path)
        t.equal(await store.find(known), undefined)
        t.strictSame(refusals, reason === undefined ? [] : [[name, reason]])
      })
    }
  },
)

t.test('a refused file is served as soon as it is replaced', async t => {
  const { store, path, file, refusals } = setup(t, { photo: Buffer.from('no image') })
  t.equal(await store.find(file()), undefined)
  writeFileSync(path, jpegOf('good'))
  t.match(await store.find(file()), { type: 'image/jpeg' })
  t.equal(refusals.length, 1)
})

t.test('the last good version is served while the file is being written', async t => {
  const { store, path, file, refusals } = setup(t)
  const old = (await store.find(file())) as Photo
  const next = jpegOf('next', 30_000)
  const fd = openSync(path, 'w')
  for (let at = 0; at < next.length - 1000; at += 1000) {
    writeSync(fd, next.subarray(at, at + 1000))
    t.equal(await store.find(file()), old)
  }
  writeSync(fd, next.subarray(next.length - (next.length % 1000 || 1000)))
  closeSync(fd)
  t.strictSame(refusals, [], 'a half that was just written is not logged')
  writeFileSync(path, next)
  t.same(((await store.find(file())) as Photo).bytes, next)
})

t.test('a file that changes while it is read is not served half old and half new', async t => {
  const { store, path, file } = setup(t, { photo: jpegOf('a', 3_000_000) })
  const versions = [jpegOf('a', 3_000_000), jpegOf('b', 2_900_000)] as const
  let isDone = false
  const writing = (async () => {
    for (let turn = 0; !isDone; turn++) {
      renameIn(join(path, '..'), name, versions[turn % 2] as Buffer)
      await new Promise(setImmediate)
    }
  })()
  for (let turn = 0; turn < 30; turn++) {
    const photo = await store.find(file())
    if (photo) t.ok(versions.some(version => version.equals(photo.bytes)))
  }
  isDone = true
  await writing
})

t.test('a file that is written between the two looks at it is read again', async t => {
  const { store, path, file, refusals } = setup(t)
  const other = jpegOf('another photo, and longer')
  const handle = await open(path)
  const prototype = Object.getPrototypeOf(handle) as FileHandle
  await handle.close()
  const { read } = prototype
  const restore = () => {
    prototype.read = read
  }
  t.teardown(restore)
  prototype.read = function (this: FileHandle, ...args: unknown[]) {
    restore()
    writeFileSync(path, other)
    return Reflect.apply(read, this, args)
  } as FileHandle['read']
  t.same(((await store.find(file())) as Photo).bytes, other)
  t.strictSame(refusals, [])
})

t.test('a request for a photo that is being written for the first time waits a little', async t => {
  const { store, path, file } = setup(t, { photo: jpegOf('new', 5_000).subarray(0, 1000) })
  const early = file()
  writeFileSync(path, jpegOf('new', 5_000).subarray(0, 2000))
  const finding = store.find(early)
  await new Promise(resolve => setTimeout(resolve, 100)) // Less than the retries take.
  writeFileSync(path, jpegOf('new', 5_000))
  t.same(((await finding) as Photo).bytes, jpegOf('new', 5_000))
})

t.test('that request waits at most as long as the retries take', async t => {
  const { store, path, file } = setup(t, { photo: jpegOf('new').subarray(0, 100) })
  const early = file()
  writeFileSync(path, jpegOf('new').subarray(0, 200))
  const started = performance.now()
  t.equal(await store.find(early), undefined)
  t.ok(performance.now() - started < 10_000)
})

t.test('a photo that was removed never comes back as the last good one', async t => {
  const { store, path, file } = setup(t)
  await store.find(file())
  store.forget(address)
  writeFileSync(path, jpegOf('next').subarray(0, 100))
  t.equal(await store.find(file()), undefined)
})

t.test('a photo that was removed while it was read never comes back', async t => {
  const { store, path, file } = setup(t)
  const reading = store.find(file())
  store.forget(address)
  await reading
  writeFileSync(path, jpegOf('next').subarray(0, 100))
  t.equal(await store.find(file()), undefined)
})

t.test('when a photo is replaced while it is read, the new one stays in memory', async t => {
  const { store, path, file } = setup(t)
  const reading = store.find(file())
  writeFileSync(path, jpegOf('next'))
  const next = file()
  const [, photo] = await Promise.all([reading, store.find(next)])
  t.same((photo as Photo).bytes, jpegOf('next'))
  t.equal(store.find(next), photo)
})

t.test('many requests for one photo read it once, and then it comes from memory', async t => {
  const { store, file, path } = setup(t)
  const known = file()
  const finding = Array.from({ length: 50 }, () => store.find(known))
  t.equal(new Set(finding).size, 1, 'all requests share one promise')
  const photo = await finding[0]
  rmSync(path)
  t.equal(store.find(known), photo, 'the disk is not read')
})

t.test(
  'photos in memory stay within the limit in bytes, and the least recently used goes first',
  async t => {
    const { store, directory, file } = setup(t, { cacheBytes: 50_000 })
    const names = Array.from({ length: 10 }, (_, at) => `p${at}@x.jpg`)
    for (const each of names) writeFileSync(join(directory, each), jpegOf(each, 10_000))
    for (const each of names) {
      await store.find(file(each))
      await store.find(file(names[0]))
    }
    const held = names.filter(each => !(store.find(file(each)) instanceof Promise))
    // Each takes 10,000 bytes, 300 of the image itself and about 1 KiB for the rest.
    t.strictSame(held, ['p0@x.jpg', 'p7@x.jpg', 'p8@x.jpg', 'p9@x.jpg'])
  },
)

t.test('a photo that is larger than the cache is served', async t => {
  for (const cacheBytes of [0, 1000]) {
    const { store, file } = setup(t, { cacheBytes, photo: jpegOf('big', 20_000) })
    t.same(((await store.find(file())) as Photo).bytes, jpegOf('big', 20_000))
    t.ok(store.find(file()) instanceof Promise)
  }
})

t.test('the type comes from the bytes, whatever the name', async t => {
  const rows = [
    [gif, 'image/gif'],
    [png, 'image/png'],
    [webp, 'image/webp'],
    [jpegOf('x'), 'image/jpeg'],
  ] as const
  for (const [bytes, type] of rows) {
    t.test(type, async t => {
      const { store, file } = setup(t, { photo: bytes })
      t.match(await store.find(file()), { type, bytes })
    })
  }
})

t.test('validators are the same wherever the same bytes are served', async t => {
  const a = setup(t)
  const b = setup(t)
  for (const { path } of [a, b]) utimesSync(path, 784_111_777.9, 784_111_777.9)
  const photo = (await a.store.find(a.file())) as Photo
  t.match(photo, {
    etag: /^"[\w-]{27}"$/,
    modifiedMs: 784_111_777_000,
    modified: 'Sun, 06 Nov 1994 08:49:37 GMT',
  })
  t.equal(photo.etag, ((await b.store.find(b.file())) as Photo).etag)
  t.not(photo.etag, describePhoto(jpegOf('other'), 'image/jpeg', 0).etag)
})

t.test(
  'when only the judged file may be sent, neither an earlier nor a later one is sent',
  async t => {
    const { store, directory, path, file, others } = setup(t)
    const judged = file()
    t.ok(await store.find(judged, true))
    t.ok(store.find(judged, true), 'from memory')
    renameIn(directory, name, jpegOf('later'), 60)
    const later = file()
    const fresh = setup(t)
    const before = fresh.file()
    renameIn(fresh.directory, name, jpegOf('later'), 60)
    t.equal(await fresh.store.find(before, true), undefined, 'a later file than the judged one')
    t.strictSame(fresh.others, [name], 'the watch is asked to look at it')
    t.ok(await fresh.store.find(before), 'when any file may be sent, the later one is')
    renameIn(directory, name, jpegOf('cut').subarray(0, 100), 60)
    const cut = file()
    t.not(cut.signature, later.signature)
    t.equal(await store.find(cut, true), undefined, 'the last good photo was another file')
    t.equal(
      await store.find(cut, true),
      undefined,
      'still after the new file is known to be broken',
    )
    t.ok(await store.find(cut))
    t.ok(others.length > 0)
    t.ok(path)
  },
)

t.test('another name for a file does not make it another file', async t => {
  const { store, directory, path, file } = setup(t)
  const judged = file()
  await new Promise(resolve => setTimeout(resolve, 20))
  linkSync(path, join(directory, 'js@x.jpg'))
  t.not(file().signature, judged.signature)
  t.ok(await store.find(judged, true))
})

t.test('photos come back after their folder could not be read for a moment', async t => {
  const { store, directory, file, refusals } = setup(t)
  const known = file()
  const isRoot = process.getuid?.() === 0
  chmodSync(directory, 0)
  if (isRoot) process.seteuid?.(65_534)
  t.equal(await store.find(known), undefined)
  t.equal(await store.find(known), undefined)
  t.equal(refusals.length, 1, 'said once')
  if (isRoot) process.seteuid?.(0)
  chmodSync(directory, 0o755)
  await waitUntil(async () => (await store.find(known)) !== undefined)
})
