import t from 'tap'
import type { PhotoFile } from '../../src/photo/photo-file.ts'
import { buildPhotoIndex } from '../../src/photo/photo-index.ts'
import { fc } from '../fixtures/property.ts'

const file = (name: string, modifiedMs = 0): PhotoFile => {
  const address = name.slice(0, name.lastIndexOf('.')).toLowerCase()
  return { name, address, signature: `${name} ${modifiedMs}`, modifiedMs, inode: name, links: 1 }
}

function setup() {
  const clashes: string[][] = []
  const index = buildPhotoIndex(files => clashes.push(files.map(({ name }) => name)))
  return { index, clashes, find: (address: string) => index.find(address)?.name }
}

t.test('an unknown address has no file', async t => {
  const { index } = setup()
  t.equal(index.find('joe@x'), undefined)
  t.equal(index.size, 0)
  t.strictSame(index.apply([], ['joe@x.jpg']), [])
})

t.test('a file answers for its address until it goes', async t => {
  const { index, clashes, find } = setup()
  t.strictSame(index.apply([file('joe@x.jpg', 1), file('sue@x.jpg', 1)], []), [])
  t.equal(find('joe@x'), 'joe@x.jpg')
  t.equal(index.size, 2)
  t.strictSame(
    [...index.files()].map(({ name }) => name),
    ['joe@x.jpg', 'sue@x.jpg'],
  )
  t.strictSame(index.apply([file('joe@x.jpg', 2)], []), [])
  t.equal(index.find('joe@x')?.modifiedMs, 2)
  t.strictSame(index.apply([], ['joe@x.jpg']), ['joe@x'])
  t.equal(find('joe@x'), undefined)
  t.equal(find('sue@x'), 'sue@x.jpg')
  t.strictSame(clashes, [])
})

t.test('the newest of several files for one address answers, and a warning says so', async t => {
  const { index, clashes, find } = setup()
  index.apply([file('joe@x.jpg', 5), file('JOE@x.jpg', 9), file('Joe@X.png', 7)], [])
  t.equal(find('joe@x'), 'JOE@x.jpg')
  t.equal(index.size, 1)
  t.strictSame(clashes, [
    ['JOE@x.jpg', 'joe@x.jpg'],
    ['JOE@x.jpg', 'Joe@X.png', 'joe@x.jpg'],
  ])
  index.apply([file('joe@x.jpg', 10)], [])
  t.equal(find('joe@x'), 'joe@x.jpg', 'a loser that is renewed wins')
  t.equal(clashes.length, 2, 'and that is no news')
})

t.test('when the winner goes the next newest answers', async t => {
  const { index, find } = setup()
  index.apply([file('joe@x.jpg', 5), file('JOE@x.jpg', 9), file('Joe@X.png', 7)], [])
  index.apply([], ['JOE@x.jpg'])
  t.equal(find('joe@x'), 'Joe@X.png')
  index.apply([], ['joe@x.jpg'])
  t.equal(find('joe@x'), 'Joe@X.png')
  index.apply([], ['Joe@X.png'])
  t.equal(find('joe@x'), undefined)
  t.equal(index.size, 0)
})

t.test('files of equal time are ordered by name, whatever the order of events', async t => {
  for (const names of [
    ['JOE@x.jpg', 'joe@x.jpg'],
    ['joe@x.jpg', 'JOE@x.jpg'],
  ]) {
    const { index, find } = setup()
    for (const name of names) index.apply([file(name, 5)], [])
    t.equal(find('joe@x'), 'JOE@x.jpg')
  }
})

t.test('after any changes the newest file that is left answers', async () => {
  const names = ['joe@x.jpg', 'JOE@x.jpg', 'joe@x.png', 'sue@x.jpg', 'Sue@x.gif']
  const change = fc.record({
    name: fc.constantFrom(...names),
    modifiedMs: fc.option(fc.nat(3), { nil: undefined }),
  })
  fc.assert(
    fc.property(fc.array(change), changes => {
      const { index } = setup()
      const left = new Map<string, PhotoFile>()
      for (const { name, modifiedMs } of changes) {
        if (modifiedMs === undefined) {
          left.delete(name)
          index.apply([], [name])
        } else {
          left.set(name, file(name, modifiedMs))
          index.apply([file(name, modifiedMs)], [])
        }
      }
      for (const address of ['joe@x', 'sue@x']) {
        const [newest] = [...left.values()]
          .filter(other => other.address === address)
          .sort((a, b) => b.modifiedMs - a.modifiedMs || (a.name < b.name ? -1 : 1))
        if (index.find(address)?.signature !== newest?.signature) return false
      }
      return (
        [...index.files()]
          .map(({ name }) => name)
          .sort()
          .join() === [...left.keys()].sort().join()
      )
    }),
  )
})
