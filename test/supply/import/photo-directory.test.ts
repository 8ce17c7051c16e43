// The photo directory as an import changes it: in one step, and only the import's own files.
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { PlacePhoto, WrittenPhoto } from '../../../src/supply/import/photo-directory.ts'
import { openPhotoDirectory } from '../../../src/supply/import/photo-directory.ts'
import { makeDirectory } from '../../fixtures/process.ts'

const joe = 'joe@acme.example'
const jb = 'jb@acme.example'
const bytes = Buffer.from('a photo')
const place: PlacePhoto = (_, put) => put()

t.test('nothing is created before the first write', async t => {
  const photos = makeDirectory(t)
  const directory = openPhotoDirectory(photos)
  t.equal(directory.list().size, 0)
  directory.discardDrafts()
  t.strictSame(readdirSync(photos), [])
})

t.test('a photo that cannot be put in place leaves no draft and does not stop others', async t => {
  const photos = makeDirectory(t)
  const directory = openPhotoDirectory(photos)
  directory.claim()
  mkdirSync(join(photos, `${jb}.jpg`))
  const unwritable = await directory.publish([joe, jb], bytes, place)
  t.match(unwritable, [{ address: jb, reason: /^EISDIR/ }])
  t.strictSame(readFileSync(join(photos, `${joe}.jpg`)), bytes)
  t.strictSame(readdirSync(join(directory.stateDirectory, 'drafts')), [])
})

t.test('a photo that cannot be recorded does not appear and leaves no draft', async t => {
  const photos = makeDirectory(t)
  const directory = openPhotoDirectory(photos)
  directory.claim()
  const forget: PlacePhoto = () => Promise.reject(new Error('no room'))
  await t.rejects(directory.publish([joe, jb], bytes, forget), { message: 'no room' })
  t.strictSame(readdirSync(photos), ['.supply'])
  t.strictSame(readdirSync(join(directory.stateDirectory, 'drafts')), [])
})

t.test('all addresses of a photo are links to the same file', async t => {
  const photos = makeDirectory(t)
  const directory = openPhotoDirectory(photos)
  directory.claim()
  const written: WrittenPhoto[] = []
  await directory.publish([joe, jb], bytes, async (photo, put) => {
    written.push(photo)
    t.notOk(
      existsSync(join(photos, `${photo.address}.jpg`)),
      'the photo is recorded before it is published',
    )
    await put()
  })
  const stats = statSync(join(photos, `${joe}.jpg`))
  t.equal(stats.ino, statSync(join(photos, `${jb}.jpg`)).ino)
  t.equal(stats.mode & 0o777 & ~process.umask(), 0o644 & ~process.umask())
  t.strictSame(
    written,
    [joe, jb].map(address => ({ address, size: bytes.length, mtimeMs: stats.mtimeMs })),
  )
  await t.test('replacing one name leaves the others as they are', async t => {
    await directory.publish([joe], Buffer.from('another'), place)
    t.strictSame(readFileSync(join(photos, `${jb}.jpg`)), bytes)
  })
})

t.test(
  'files are listed by address, whatever their spelling, and links are not followed',
  async t => {
    const photos = makeDirectory(t)
    const outside = join(makeDirectory(t), 'secret')
    writeFileSync(outside, 'secret')
    for (const name of [
      'Joe@ACME.example.JPG',
      'joe@acme.example.png',
      'notes.txt',
      '.joe@acme.example.jpg',
    ]) {
      writeFileSync(join(photos, name), bytes)
    }
    mkdirSync(join(photos, 'dir@acme.example.jpg'))
    symlinkSync(outside, join(photos, `${jb}.jpg`))
    const directory = openPhotoDirectory(photos)
    directory.claim()
    const listed = directory.list()
    t.strictSame([...listed.keys()].sort(), [jb, joe])
    t.strictSame(
      listed
        .get(joe)
        ?.map(({ name }) => name)
        .sort(),
      ['Joe@ACME.example.JPG', 'joe@acme.example.png'],
    )
    t.ok(Number.isNaN(listed.get(jb)?.[0]?.mtimeMs), 'a link is not a photo that was written')

    await t.test('a photo replaces a link, and the target of the link stays', async t => {
      await directory.publish([jb], bytes, place)
      t.ok(statSync(join(photos, `${jb}.jpg`)).isFile())
      t.equal(readFileSync(outside, 'utf8'), 'secret')
    })
    await t.test('tidying removes the other files of an address and keeps its own', async t => {
      await directory.publish([joe], bytes, place)
      await directory.tidy(joe, listed.get(joe) ?? [])
      t.strictSame(
        readdirSync(photos).filter(name => /^joe/i.test(name)),
        [`${joe}.jpg`],
      )
    })
    await t.test(
      'tidying keeps a second name of the same file, as on file systems that ignore case',
      async t => {
        linkSync(join(photos, `${joe}.jpg`), join(photos, 'JOE@acme.example.jpg'))
        await directory.tidy(
          joe,
          directory
            .list()
            .get(joe)
            ?.filter(({ name }) => name.startsWith('J')) ?? [],
        )
        t.ok(existsSync(join(photos, `${joe}.jpg`)))
      },
    )
  },
)

t.test('drafts of a killed run are removed, and nothing else', async t => {
  const photos = makeDirectory(t)
  const directory = openPhotoDirectory(photos)
  directory.claim()
  await directory.publish([joe], bytes, place)
  writeFileSync(join(directory.stateDirectory, 'drafts', '1-1.jpg'), 'half')
  writeFileSync(join(directory.stateDirectory, 'journal.jsonl'), '')
  directory.discardDrafts()
  t.strictSame(readdirSync(directory.stateDirectory), ['journal.jsonl'])
  await directory.sync()
  t.strictSame(readFileSync(join(photos, `${joe}.jpg`)), bytes)
})

t.test('a file in use on Windows does not stop other photos', async t => {
  const rows = { win32: true, linux: false } as const
  for (const [platform, isPersonal] of Object.entries(rows)) {
    await t.test(`on ${platform}`, async t => {
      const directory = openPhotoDirectory(makeDirectory(t), platform as NodeJS.Platform)
      directory.claim()
      const busy = Object.assign(new Error('EBUSY: resource busy or locked, rename'), {
        code: 'EBUSY',
      })
      const placeBut: PlacePhoto = ({ address }, put) =>
        address === jb ? Promise.reject(busy) : put()
      const published = directory.publish([jb, joe], bytes, placeBut)
      if (!isPersonal) {
        await t.rejects(published, busy)
        return
      }
      t.match(await published, [{ address: jb, reason: /^EBUSY/ }])
      t.ok(directory.list().has(joe))
    })
  }
})

t.test('an import whose lock was removed writes nothing more', async t => {
  const photos = makeDirectory(t)
  const directory = openPhotoDirectory(photos)
  directory.claim()
  const flag = join(directory.stateDirectory, 'running-1-x')
  writeFileSync(flag, '{}')
  directory.watchFlag(flag)
  await directory.publish([joe], bytes, place)
  rmSync(flag)
  await t.rejects(directory.publish([jb], bytes, place), { message: /another import/ })
  t.notOk(existsSync(join(photos, `${jb}.jpg`)))
})
