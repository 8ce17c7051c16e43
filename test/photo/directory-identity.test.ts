import { mkdirSync, renameSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { isSameIdentity } from '../../src/disk/file-identity.ts'
import { directoryIdentity } from '../../src/photo/directory-identity.ts'

t.test('a directory that is missing or cannot be examined has no identity', async t => {
  const home = t.testdir({})
  symlinkSync('loop', join(home, 'loop'))
  t.equal(directoryIdentity(join(home, 'gone')), undefined)
  t.equal(directoryIdentity(join(home, 'loop')), undefined, 'a link that leads in a circle')
})

t.test('another directory in the same place has another identity', async t => {
  const home = t.testdir({ photos: {} })
  const photos = join(home, 'photos')
  const before = directoryIdentity(photos)
  t.ok(isSameIdentity(directoryIdentity(photos), before))
  renameSync(photos, join(home, 'old'))
  mkdirSync(photos)
  t.notOk(isSameIdentity(directoryIdentity(photos), before))
})
