import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import { buildFolderSource } from '../../../../src/supply/source/files/folder-source.ts'
import { openLocalTree } from '../../../../src/supply/source/files/local-tree.ts'
import { openFolder } from '../../../../src/supply/source/files/photo-folder.ts'
import type { Person } from '../../../../src/supply/source/source.ts'
import { jpeg, png } from '../../../fixtures/images.ts'
import { makeDirectory } from '../../../fixtures/process.ts'
import { closing, fetchAll, listAll } from '../../../fixtures/source.ts'

function setup(t: Test, now = () => Date.now() + 60_000) {
  const root = makeDirectory(t)
  const folder = join(root, 'drop')
  mkdirSync(folder)
  const source = closing(t, buildFolderSource(openLocalTree(folder, { now })))
  const put = (name: string, bytes = jpeg, secondsAgo = 100) => {
    const seconds = Date.now() / 1000 - secondsAgo
    writeFileSync(join(folder, name), bytes)
    utimesSync(join(folder, name), seconds, seconds)
  }
  return { root, folder, source, put, path: (name: string) => join(folder, name) }
}

t.test('a folder that cannot be read is an error of the whole source', async t => {
  const { root, folder } = setup(t)
  writeFileSync(join(root, 'file'), '')
  for (const name of ['missing', 'file']) {
    const path = join(root, name)
    const source = openFolder({ kind: 'folder', id: 'x', title: 'x', folder: path })
    const message = new RegExp(`^${path} cannot be read: .*; is it mounted, and may the user`)
    await t.rejects(listAll(source), { name: 'SourceError', scope: 'source', message })
  }
  const isRoot = process.getuid?.() === 0
  chmodSync(root, 0o755)
  chmodSync(folder, 0)
  if (isRoot) process.seteuid?.(65_534)
  const listing = listAll(openFolder({ kind: 'folder', id: 'x', title: 'x', folder }))
  const error = await listing.catch(error => error)
  if (isRoot) process.seteuid?.(0)
  t.match(error, { scope: 'source', message: /EACCES/ })
})

t.test(
  'a file that is not regular or too large lists its person without a known photo',
  async t => {
    const rows: [title: string, make: (path: string) => void, reason: string][] = [
      ['a link', path => symlinkSync('/etc/hostname', path), 'is a symbolic link'],
      ['a link to nothing', path => symlinkSync('nothing', path), 'is a symbolic link'],
      ['a directory', path => mkdirSync(path), 'is not a regular file'],
      ['a FIFO', path => execFileSync('mkfifo', [path]), 'is not a regular file'],
      [
        'sparse and huge',
        path => {
          writeFileSync(path, '')
          truncateSync(path, 1e12)
        },
        'is larger than 20971520 bytes',
      ],
    ]
    for (const [title, make, reason] of rows) {
      await t.test(title, async t => {
        const { source, path, put } = setup(t)
        put('sue@x.jpg')
        make(path('joe@x.jpg'))
        const { persons, troubles } = await listAll(source)
        t.same(troubles, [`${path('joe@x.jpg')} ${reason}`])
        t.match(
          persons.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
          [
            { key: 'joe@x.jpg', addresses: ['joe@x'], photo: 'unknown', version: undefined },
            { key: 'sue@x.jpg', addresses: ['sue@x'], photo: 'present' },
          ],
        )
        await t.rejects(
          source.fetch(persons.find(({ key }) => key === 'joe@x.jpg') as Person, undefined),
          {
            scope: 'person',
            message: `${path('joe@x.jpg')} ${reason}`,
          },
        )
      })
    }
  },
)

t.test(
  'picture names that are not addresses are reported, and other files are ignored',
  async t => {
    const { source, path, put, folder } = setup(t)
    for (const name of ['joe.jpg', 'readme.txt', '.hidden.jpg', '.joe@x.jpg', 'a@@x.png']) put(name)
    writeFileSync(
      Buffer.concat([Buffer.from(`${folder}/j`), Buffer.from([0xfc]), Buffer.from('@x.jpg')]),
      jpeg,
    )
    const { persons, troubles } = await listAll(source)
    t.same(
      troubles.toSorted(),
      [
        `${path('a@@x.png')} has a name that is not a mail address; name it emailaddress.jpg`,
        `${path('joe.jpg')} has a name that is not a mail address; name it emailaddress.jpg`,
        `${path('j\ufffd@x.jpg')} has a name that is not UTF-8`,
      ].toSorted(),
    )
    t.strictSame(persons, [], 'a replacement character in a name is not part of an address')
  },
)

t.test('the newest of several files for one address counts, and the others are named', async t => {
  const { source, path, put } = setup(t)
  put('Joe@x.jpg', jpeg, 200)
  put('joe@x.png', png, 100)
  put('joe@X.gif', jpeg, 300)
  const { persons, troubles } = await listAll(source)
  t.match(persons, [{ key: 'joe@x.png', addresses: ['joe@x'], photo: 'present' }])
  t.equal(persons.length, 1)
  t.same(troubles, [
    `${path('joe@x.png')} is the newest photo of joe@x, and Joe@x.jpg, joe@X.gif are for it too; keep one`,
  ])
  t.same((await fetchAll(source, persons)).get('joe@x'), png)
})

t.test('an empty folder is listed as empty', async t => {
  t.same(await listAll(setup(t).source), { persons: [], troubles: [] })
})

t.test('a version stays while the file does, and changes with it', async t => {
  const { source, put, path } = setup(t)
  const version = async () => (await listAll(source)).persons[0]?.version
  put('joe@x.jpg')
  const first = await version()
  t.type(first, 'string')
  t.equal(await version(), first)
  put('joe@x.jpg')
  t.not(await version(), first, 'even when the modification time is set back')
  rmSync(path('joe@x.jpg'))
  t.equal(await version(), undefined)
})

t.test('a file that has just changed, or has a date in the future, has no version', async t => {
  const { source, put } = setup(t, Date.now)
  put('joe@x.jpg', jpeg, 100)
  put('sue@x.jpg', jpeg, -1000)
  const { persons } = await listAll(source)
  t.same(
    persons.map(({ version }) => version),
    [undefined, undefined],
  )
})

t.test('a photo whose version is known is not read', async t => {
  const { source, put, path } = setup(t)
  put('joe@x.jpg')
  const [person] = (await listAll(source)).persons as [Person]
  rmSync(path('joe@x.jpg'))
  t.same(await source.fetch(person, person.version), { kind: 'unchanged' })
  await t.rejects(source.fetch(person, 'other'), { scope: 'person', message: /ENOENT/ })
})

t.test(
  'a folder that disappears fails the source, and a file that disappears only its person',
  async t => {
    const { source, put, root, folder } = setup(t)
    put('joe@x.jpg')
    const [person] = (await listAll(source)).persons as [Person]
    renameSync(folder, join(root, 'elsewhere'))
    await t.rejects(source.fetch(person, undefined), { scope: 'source', message: /cannot be read/ })
    mkdirSync(folder)
    await t.rejects(source.fetch(person, undefined), {
      scope: 'source',
      message: `${folder} is another folder than before; was it unmounted meanwhile?`,
    })
  },
)

t.test('a folder that disappears while it is listed is not taken for an empty one', async t => {
  const { put, root, folder } = setup(t)
  for (let at = 0; at < 200; at++) put(`joe${at}@x.jpg`)
  let isFirst = true
  const moved = async () => {
    for await (const _ of openLocalTree(folder).list()) {
      if (isFirst) renameSync(folder, join(root, 'elsewhere'))
      isFirst = false
    }
  }
  await t.rejects(moved(), { scope: 'source', message: /cannot be read/ })
})

t.test('ten thousand files are listed', async t => {
  const { source, folder } = setup(t)
  for (let at = 0; at < 10_000; at++) writeFileSync(join(folder, `joe${at}@x.jpg`), '')
  t.equal((await listAll(source)).persons.length, 10_000)
})
