import type { Stats } from 'node:fs'
import { linkSync, mkdirSync, rmdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { findIdentity, identityOf, inodeOf, isSameIdentity } from '../../src/disk/file-identity.ts'
import { signatureOf } from '../../src/photo/photo-file.ts'
import { makeDirectory } from '../fixtures/process.ts'

/** Times in nanoseconds. */
const look = (given: { ino?: bigint; dev?: bigint; born: bigint; changed: bigint }) => {
  const { ino = 7n, dev = 2n, born, changed } = given
  return identityOf({ ino, dev, birthtimeNs: born, ctimeNs: changed, mtimeNs: changed })
}

t.test('the same inode number is the same file, unless the times of birth differ', async t => {
  const first = look({ born: 10n, changed: 20n })
  const rows: [title: string, isSame: boolean, one: typeof first, other: typeof first][] = [
    ['an inode number that was used again', false, first, look({ born: 30n, changed: 40n })],
    ['used again by a file as it was made', false, first, look({ born: 30n, changed: 30n })],
    ['another inode', false, first, look({ ino: 8n, born: 10n, changed: 20n })],
    ['another device', false, first, look({ dev: 3n, born: 10n, changed: 20n })],
    ['a change', true, first, look({ born: 10n, changed: 40n })],
    ['a change of a new file', true, look({ born: 10n, changed: 10n }), first],
    ['no time of birth', true, look({ born: 0n, changed: 20n }), look({ born: 0n, changed: 40n })],
    [
      'the time of the last change in place of that of birth',
      true,
      look({ born: 20n, changed: 20n }),
      look({ born: 40n, changed: 40n }),
    ],
  ]
  for (const [title, isSame, one, other] of rows) {
    t.equal(isSameIdentity(one, other), isSame, title)
    t.equal(isSameIdentity(other, one), isSame, `${title}, the other way round`)
  }
  t.notOk(isSameIdentity(first, undefined))
  t.ok(isSameIdentity(undefined, undefined))
})

t.test('identities of real files on this disk', async t => {
  const home = makeDirectory(t)
  const directory = join(home, 'd')
  t.equal(findIdentity(directory), undefined)
  mkdirSync(directory)
  writeFileSync(join(directory, 'a'), 'a')
  linkSync(join(directory, 'a'), join(directory, 'b'))
  const inodes = ['a', 'b'].map(name => inodeOf(statSync(join(directory, name))))
  t.equal(inodes[0], inodes[1], 'links have one inode')
  t.ok(isSameIdentity(findIdentity(join(directory, 'a')), findIdentity(join(directory, 'b'))))
  const before = findIdentity(home)
  writeFileSync(join(home, 'c'), 'c')
  t.ok(isSameIdentity(findIdentity(home), before), 'a directory stays itself when a file comes')
  const empty = join(home, 'empty')
  mkdirSync(empty)
  const own = findIdentity(empty)
  rmdirSync(empty)
  t.notOk(isSameIdentity(findIdentity(empty), own), 'and is not itself when it is gone')
})

t.test('versions in journals keep their form', async t => {
  // With another form, the next import after an update would fetch every photo again.
  const stats = { ...statSync('.'), dev: 2, ino: 7, size: 300, mtimeMs: 1.5, ctimeMs: 2.25 }
  t.equal(signatureOf(stats as Stats), '2:7:300:1.5:2.25')
})
