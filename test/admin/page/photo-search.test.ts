import t from 'tap'
import { buildPhotoSearch } from '../../../src/admin/page/photo-search.ts'
import type { PhotoLibrary } from '../../../src/photo/photo-library.ts'
import { seededBelow } from '../../fixtures/random.ts'

function libraryOf(addresses: readonly string[]) {
  const files = addresses.map((address, at) => ({
    ...{ name: `${address}.JPG`, address, signature: `1:${at}:${1_000 + at}:2:3`, modifiedMs: at },
  }))
  return { files: () => files.values(), version: 1 } as unknown as PhotoLibrary & {
    version: number
  }
}

t.test('no photo, no rows', async t => {
  const list = buildPhotoSearch(() => libraryOf([]))
  t.strictSame(await list.find({ words: '', offset: 0, limit: 10 }), { total: 0, rows: [] })
})

t.test(
  'every photo is listed once, in the order of addresses, whatever the order on disk',
  async t => {
    const below = seededBelow(t)
    for (const count of [1, 1_999, 2_000, 2_001, 4_000, 23_456]) {
      const addresses = Array.from({ length: count }, (_, at) => `p${at}@acme.example`)
      for (let at = count - 1; at > 0; at--) {
        const other = below(at + 1)
        const [one, two] = [addresses[at] as string, addresses[other] as string]
        addresses[at] = two
        addresses[other] = one
      }
      const list = buildPhotoSearch(() => libraryOf(addresses))
      const { total, rows } = await list.find({ words: '', offset: 0, limit: Infinity })
      t.equal(total, count)
      t.strictSame(
        rows.map(({ address }) => address),
        addresses.toSorted(),
        `${count} photos`,
      )
    }
  },
)

t.test('photos are found by words, and paged', async t => {
  const list = buildPhotoSearch(() =>
    libraryOf(['zoe@acme.example', 'ada@acme.example', 'ada@other.example']),
  )
  const found = await list.find({ words: ' ADA  acme ', offset: 0, limit: 10 })
  t.strictSame(found, {
    total: 1,
    rows: [
      { address: 'ada@acme.example', file: 'ada@acme.example.JPG', bytes: 1_001, modifiedMs: 1 },
    ],
  })
  const second = await list.find({ words: '', offset: 2, limit: 10 })
  t.equal(second.total, 3)
  t.equal(second.rows[0]?.address, 'zoe@acme.example')
})

t.test(
  'a list is sorted again when photos have changed, at most every five seconds, and at once for another folder',
  async t => {
    let nowMs = 0
    let sorts = 0
    const counted = (address: string) => {
      const library = libraryOf([address])
      return Object.assign(Object.create(library), {
        files: () => {
          sorts++
          return library.files()
        },
        version: 1,
      }) as PhotoLibrary & { version: number }
    }
    const first = counted('ada@acme.example')
    let current: PhotoLibrary = first
    const list = buildPhotoSearch(
      () => current,
      () => nowMs,
    )
    const find = () => list.find({ words: '', offset: 0, limit: 1 })
    await Promise.all([find(), find()])
    t.equal(sorts, 1)
    first.version++
    await find()
    t.equal(sorts, 1)
    nowMs += 5_000
    await find()
    t.equal(sorts, 2)
    current = counted('alan@acme.example')
    t.equal((await find()).rows[0]?.address, 'alan@acme.example')
  },
)

t.test('requests are answered while 100,000 photos are sorted', async t => {
  const addresses = Array.from(
    { length: 100_000 },
    (_, at) => `p${(at * 7_919) % 100_000}@acme.example`,
  )
  const list = buildPhotoSearch(() => libraryOf(addresses))
  let turns = 0
  const timer = setInterval(() => turns++, 0)
  const { total } = await list.find({ words: 'p9999', offset: 0, limit: 60 })
  clearInterval(timer)
  t.equal(total, 11)
  t.ok(turns > 20, `the event loop turned ${turns} times`)
})
