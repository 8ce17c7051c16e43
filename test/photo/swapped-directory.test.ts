// What the watch must report together, so that a link is never taken for another person's photo.
import fs, { linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { replaceBuiltin } from '../fixtures/builtin.ts'
import { jpegOf } from '../fixtures/images.ts'
import { renameIn } from '../fixtures/photos.ts'
import { makeDirectory } from '../fixtures/process.ts'
import { waitUntil } from '../fixtures/wait-until.ts'
import { observe } from '../fixtures/watch.ts'

// Without events and rescans: the watch sees only what it is asked to look at.
const alone = { events: false, tickMs: 3_600_000, settleMs: 3_600_000 }

t.test(
  'another file under a known name is reported at once, so that its links are known',
  async t => {
    const directory = makeDirectory(t)
    renameIn(directory, 'ceo@x.jpg', jpegOf('older'), 60)
    const { files, watching } = observe(t, directory, alone)
    const before = files.get('ceo@x.jpg')?.inode
    renameIn(directory, 'ceo@x.jpg', jpegOf('newer'))
    linkSync(join(directory, 'ceo@x.jpg'), join(directory, 'alias@x.jpg'))
    watching.look('ceo@x.jpg')
    watching.look('alias@x.jpg')
    t.not(files.get('ceo@x.jpg')?.inode, before)
    t.equal(files.get('alias@x.jpg')?.inode, files.get('ceo@x.jpg')?.inode)

    await t.test(
      'a file that is written in place is reported only when it is finished',
      async t => {
        const known = files.get('ceo@x.jpg')?.signature
        writeFileSync(join(directory, 'ceo@x.jpg'), jpegOf('in place'))
        watching.look('ceo@x.jpg')
        t.equal(files.get('ceo@x.jpg')?.signature, known)
      },
    )
  },
)

t.test('a look at one photo of a replaced directory scans all of it', async t => {
  const home = makeDirectory(t)
  const [directory, next] = [join(home, 'photos'), join(home, 'next')]
  for (const each of [directory, next]) {
    mkdirSync(each)
    renameIn(each, 'ceo@x.jpg', jpegOf('the face'), 60)
  }
  renameIn(directory, 'gone@x.jpg', jpegOf('gone'), 60)
  linkSync(join(next, 'ceo@x.jpg'), join(next, 'alias@x.jpg'))
  const { files, names, reports, watching } = observe(t, directory, alone)
  renameSync(directory, join(home, 'old'))
  renameSync(next, directory)
  const told = reports.length
  watching.look('alias@x.jpg')
  t.strictSame(names(), ['alias@x.jpg', 'ceo@x.jpg'])
  t.equal(files.get('alias@x.jpg')?.inode, files.get('ceo@x.jpg')?.inode)
  const [first] = reports.slice(told)
  t.match(first, { kind: 'files', gone: ['gone@x.jpg'] }, 'in one report')
  t.equal(first?.kind === 'files' ? first.changed.length : 0, 2)
})

t.test('a look at one photo of a missing directory changes nothing', async t => {
  const home = makeDirectory(t)
  const directory = join(home, 'photos')
  mkdirSync(directory)
  renameIn(directory, 'joe@x.jpg', jpegOf('joe'), 60)
  const { names, count, watching } = observe(t, directory, alone)
  rmSync(directory, { recursive: true })
  watching.look('joe@x.jpg')
  t.strictSame(names(), ['joe@x.jpg'])
  t.equal(count('unreadable'), 1)
})

t.test(
  'a link that appears during a look is reported together with the file that it links to',
  async t => {
    const directory = makeDirectory(t)
    for (const name of ['a-ceo@x.jpg', 'b-joe@x.jpg'])
      renameIn(directory, name, jpegOf(`${name}, older`), 60)
    const path = (name: string) => join(directory, name)
    let isArmed = false
    // As the files are before others take their place.
    const { lstatSync, readdirSync } = { ...fs }
    const lookAt = (file: string, options: object) => {
      const stats = lstatSync(file, options)
      if (isArmed && file === path('a-ceo@x.jpg')) {
        // While the look still has the old photo: a new one, and a link to it.
        isArmed = false
        renameIn(directory, 'a-ceo@x.jpg', jpegOf('newer'))
        linkSync(path('a-ceo@x.jpg'), path('.link'))
        renameSync(path('.link'), path('b-joe@x.jpg'))
      }
      return stats
    }
    const readSorted = (at: string) => readdirSync(at).sort()
    replaceBuiltin(t, 'node:fs', { lstatSync: lookAt, readdirSync: readSorted })
    const { files, reports } = observe(t, directory, { ...alone, tickMs: 50 })
    isArmed = true
    await waitUntil(() => reports.filter(({ kind }) => kind === 'files').length > 1)
    t.equal(files.get('b-joe@x.jpg')?.inode, files.get('a-ceo@x.jpg')?.inode)
    t.notOk(isArmed)
  },
)
