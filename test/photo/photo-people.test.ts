import t from 'tap'
import type { PhotoFile } from '../../src/photo/photo-file.ts'
import { buildPhotoIndex } from '../../src/photo/photo-index.ts'

let version = 0
const file = (name: string, inode: string, links = 1): PhotoFile => {
  const address = name.slice(0, name.lastIndexOf('.')).toLowerCase()
  version++
  return { name, address, signature: `${inode}:${version}`, modifiedMs: version, inode, links }
}

function setup(...files: PhotoFile[]) {
  const index = buildPhotoIndex(() => {})
  index.apply(files, [])
  return {
    index,
    aliases: (address: string) =>
      index
        .addressesOf(address)
        .filter(other => other !== address)
        .sort(),
  }
}

t.test('an address without files and records has no other address', async t => {
  const { aliases } = setup(file('joe@x.jpg', '1'))
  t.strictSame(aliases('joe@x'), [])
  t.strictSame(aliases('ann@x'), [])
})

t.test('all names of one file belong to one person', async t => {
  const { index, aliases } = setup(file('ceo@x.jpg', '1', 1), file('joe@x.jpg', '2'))
  // The event of a link names only the new name.
  index.apply([file('js@x.jpg', '1', 2)], [])
  t.strictSame(aliases('js@x'), ['ceo@x'])
  t.strictSame(aliases('ceo@x'), ['js@x'])
  t.strictSame(aliases('joe@x'), [])
  index.apply([file('third@x.jpg', '1', 3)], [])
  t.strictSame(aliases('js@x'), ['ceo@x', 'third@x'])
  index.apply([], ['ceo@x.jpg'])
  t.strictSame(aliases('js@x'), ['third@x'])
  index.apply([file('js@x.jpg', '7')], [])
  t.strictSame(aliases('js@x'), [], 'a photo of its own')
  t.strictSame(aliases('third@x'), [])
  index.apply([file('js@x.jpg', '1', 2)], [])
  t.strictSame(aliases('js@x'), ['third@x'], 'linked again')
})

t.test('an inode number that another file uses again joins no people', async t => {
  const { aliases } = setup(file('joe@x.jpg', '5'), file('ann@x.jpg', '5'))
  t.strictSame(aliases('joe@x'), [])
})

t.test('several files for one address join the people of all of them', async t => {
  const { aliases } = setup(
    file('ceo@x.jpg', '1', 2),
    file('js@x.png', '1', 2),
    file('js@x.jpg', '2', 2),
    file('third@x.jpg', '2', 2),
  )
  t.strictSame(aliases('third@x'), ['ceo@x', 'js@x'])
  t.strictSame(aliases('ceo@x'), ['js@x', 'third@x'])
})

t.test('records join copies to one person, with or without files', async t => {
  const { index, aliases } = setup(file('js@x.jpg', '1'), file('joe@x.jpg', '2'))
  index.apply(
    [],
    [],
    [
      ['ceo@x', [4]],
      ['js@x', [4]],
      ['joe@x', [5]],
    ],
  )
  t.strictSame(aliases('js@x'), ['ceo@x'], 'no file for ceo@x')
  t.strictSame(aliases('ceo@x'), ['js@x'])
  t.strictSame(aliases('joe@x'), [])
  index.apply([], [], [['joe@x', [4, 5]]])
  t.strictSame(aliases('joe@x'), ['ceo@x', 'js@x'])
  index.forgetRecords()
  t.strictSame(aliases('js@x'), [])
})

t.test('links and records are joined', async t => {
  const { index, aliases } = setup(file('js@x.jpg', '1', 2), file('private@x.jpg', '1', 2))
  index.apply(
    [],
    [],
    [
      ['ceo@x', [4]],
      ['js@x', [4]],
    ],
  )
  t.strictSame(aliases('private@x'), ['ceo@x', 'js@x'])
})

t.test('a photo belongs to its person until another file replaces it', async t => {
  // The record is written before the photo. In between, the old face is still there.
  const { index, aliases } = setup(file('ceo@x.jpg', '1'), file('js@x.jpg', '2'))
  index.apply(
    [],
    [],
    [
      ['ceo@x', [4]],
      ['js@x', [4]],
    ],
  )
  index.apply([], [], [['js@x', [9]]])
  t.strictSame(aliases('js@x'), ['ceo@x'])
  index.apply([file('js@x.jpg', '3')], [])
  t.strictSame(aliases('js@x'), [])
  index.apply([], [], [['ceo@x', [9]]])
  index.apply([], [], [['ceo@x', []]])
  t.strictSame(aliases('ceo@x'), ['js@x'], 'as long as the file exists')
  index.apply([], ['ceo@x.jpg'])
  t.strictSame(aliases('js@x'), [])
})

t.test('an alias that comes with its record is known at once', async t => {
  const { index, aliases } = setup(file('ceo@x.jpg', '1'))
  index.apply([], [], [['ceo@x', [4]]])
  index.apply([file('js@x.jpg', '2')], [], [['js@x', [4]]])
  t.strictSame(aliases('js@x'), ['ceo@x'])
})

t.test('a silhouette with 50,000 names is visited once', async t => {
  const files = Array.from({ length: 50_000 }, (_, at) => file(`p${at}@x.jpg`, '1', 50_000))
  const { index } = setup(...files)
  const all = index.addressesOf('p7@x')
  t.equal(all.length, 50_000)
  t.equal(index.addressesOf('p8@x'), all, 'one list for all')
})
