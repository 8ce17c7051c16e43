// The photo directory after each of several runs: refusals and removals first.
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readRecords } from '../../../src/supply/import/journal.ts'
import { removePhoto } from '../../../src/supply/import/photo-inventory.ts'
import { SourceError } from '../../../src/supply/source/source.ts'
import { drawJpeg } from '../../fixtures/pictures.ts'
import type { DataPerson } from '../../fixtures/supply.ts'
import { day, openSupply } from '../../fixtures/supply.ts'

const picture = (seed: number) => drawJpeg({ width: 40, height: 40, seed })
const [red, green, blue] = await Promise.all([picture(1), picture(2), picture(3)])
const joe = 'joe@acme.example'
const ann = 'ann@acme.example'
const jb = 'jb@acme.example'
const kim = 'kim@acme.example'
const html = Buffer.from('<html>')
const of = (address: string, photo: Buffer | null = red): DataPerson => ({
  ...{ addresses: [address], version: photo?.toString('base64') ?? '', photo },
})
const crowd = (count: number, from = 0) =>
  Array.from({ length: count }, (_, at) => of(`p${at + from}@acme.example`))

t.test('a source that fails removes nobody', async t => {
  const supply = openSupply(t, { one: { people: crowd(4) } })
  await supply.run()
  const before = supply.names()
  t.equal(before.length, 4)
  const always = { supply: { removeAfterSeconds: 0, maxRemovals: { share: 1 } } }
  const failures = {
    'when it cannot be opened': { people: [], closed: 'no route' },
    'when it fails after a part': { people: crowd(1), error: new SourceError('source', 'cut off') },
    'when it comes back empty': { people: [] },
  }
  for (const [name, source] of Object.entries(failures)) {
    await t.test(name, async t => {
      supply.sources.one = source
      const result = await supply.run(always)
      t.strictSame(supply.names(), before)
      t.strictSame(result.removed, [])
      t.match(result.removalsHeld, /^one: /)
      t.match(result.sources[0], { failure: String })
    })
  }
  await t.test('photos that a failing source still gives are taken', async t => {
    supply.sources.one = { people: [of(ann)], error: new SourceError('source', 'cut off') }
    t.match(await supply.run(always), { tally: { added: [ann] }, removed: [] })
  })
})

t.test('a source that returns nearly nothing removes nobody without --force', async t => {
  const supply = openSupply(t, { one: { people: crowd(30) } })
  await supply.run()
  supply.sources.one = { people: crowd(14) }
  const always = { supply: { removeAfterSeconds: 0, maxRemovals: { share: 1 } } }
  const held = await supply.run(always)
  t.match(held.sources[0]?.failure, 'returned 14 photos, and had 30')
  t.equal(supply.names().length, 30)
  t.equal((await supply.run(always)).removed.length, 0, 'still the second time')
  t.equal((await supply.run({ ...always, force: true })).removed.length, 16)
  t.equal(supply.names().length, 14)
  t.strictSame((await supply.run(always)).sources[0]?.failure, undefined)
})

t.test('until every source has listed everybody, nobody is removed', async t => {
  const supply = openSupply(t, { one: { people: [of(joe), of(ann)] }, two: { people: [of(kim)] } })
  await supply.run()
  supply.sources.one = { people: [of(ann)] }
  supply.sources.two = { people: [], closed: 'no route' }
  const now = { supply: { removeAfterSeconds: 0 } }
  t.match(await supply.run(now), { removed: [], removalsHeld: 'two: no route' })
  t.match(await supply.run({ ...now, only: 'one' }), {
    removed: [],
    removalsHeld: 'two was not asked',
  })
  supply.sources.two = { people: [of(kim)] }
  t.match(await supply.run(now), { removed: [joe], removalsHeld: undefined })
})

t.test('more removals than allowed stop the run before it writes anything', async t => {
  const supply = openSupply(t, { one: { people: crowd(10) } })
  await supply.run()
  supply.sources.one = { people: [...crowd(8), of(ann)] }
  const strict = { supply: { removeAfterSeconds: 0, maxRemovals: { share: 0.1 } } }
  const stopped = await supply.run(strict)
  t.match(stopped, { isStopped: true, removed: [], tally: { added: [] } })
  t.match(stopped.removalsHeld, /^2 photos would be removed, and maxRemovals allows 1; .*--force/)
  t.equal(supply.names().length, 10)
  const forced = await supply.run({ ...strict, force: true })
  t.match(forced, { isStopped: false, tally: { added: [ann] } })
  t.strictSame(forced.removed.toSorted(), ['p8@acme.example', 'p9@acme.example'])

  await t.test('10% of nine photos allows one removal', async t => {
    supply.sources.one = { people: [...crowd(7), of(ann)] }
    t.strictSame((await supply.run(strict)).removed, ['p7@acme.example'])
  })
  await t.test('0 allows no removal', async t => {
    supply.sources.one = { people: [...crowd(6), of(ann)] }
    const none = { supply: { removeAfterSeconds: 0, maxRemovals: { count: 0 } } }
    t.match(await supply.run(none), { isStopped: true, removed: [] })
  })
})

t.test('a person who has left every source is removed after the time of grace', async t => {
  const supply = openSupply(t, { one: { people: [of(joe), of(ann)] } })
  const start = Date.now()
  await supply.run({ nowMs: start })
  supply.sources.one = { people: [of(ann)] }
  const first = await supply.run({ nowMs: start + day })
  t.match(first.missing, [{ address: joe, sinceMs: start + day, removeAtMs: start + 31 * day }])
  t.match(await supply.run({ nowMs: start + 30 * day }), {
    removed: [],
    missing: [{ address: joe }],
  })

  await t.test('a person who comes back in time stays, and gets a new time of grace', async t => {
    supply.sources.one = { people: [of(ann), of(joe)] }
    t.match(await supply.run({ nowMs: start + 30.5 * day }), {
      missing: [],
      tally: { unchanged: 2 },
    })
    supply.sources.one = { people: [of(ann)] }
    const later = await supply.run({ nowMs: start + 40 * day })
    t.match(later.missing, [{ address: joe, sinceMs: start + 40 * day }])
  })
  const last = await supply.run({ nowMs: start + 70 * day })
  t.strictSame(last.removed, [joe])
  t.strictSame(supply.names(), [`${ann}.jpg`])
  const journal = readFileSync(join(supply.photos, '.supply', 'journal.jsonl'), 'utf8')
  t.match(journal.trim().split('\n').at(-1), /"run"|photo-gone|person-gone/)
})

t.test(
  'a photo is removed at once when its own source says that there is none any more',
  async t => {
    const supply = openSupply(t, { one: { people: [of(joe), of(ann), of(kim)] } })
    await supply.run()
    supply.sources.one = { people: [of(joe, null), of(ann), of(kim)] }
    t.strictSame((await supply.run()).removed, [joe])

    await t.test('even when only fetching shows it', async t => {
      supply.sources.one = {
        people: [
          of(joe, null),
          of(ann),
          { addresses: [kim], photo: Buffer.alloc(0), version: 'x' },
        ],
      }
      const { people } = supply.sources.one
      // Listed with a photo, but fetching finds none.
      Object.assign(people[2] ?? {}, { photo: '' })
      t.strictSame((await supply.run()).removed, [kim])
      t.strictSame(supply.names(), [`${ann}.jpg`])
    })
    await t.test(
      'not when the source says nothing about a photo: then the time of grace applies',
      async t => {
        supply.sources.one = { people: [{ addresses: [ann] }] }
        const result = await supply.run({ force: true })
        t.match(result, { removed: [], missing: [{ address: ann }], without: [] })
      },
    )
  },
)

t.test('another source without a photo of the person does not end the time of grace', async t => {
  const has = { people: [of(joe), of(ann)] }
  const asked = { addresses: [joe], photo: Buffer.alloc(0), version: 'x' }
  const sayings: Record<string, DataPerson> = {
    'when it lists them without one': of(joe, null),
    'when only fetching shows it': Object.assign(asked, { photo: '' }),
  }
  for (const [name, person] of Object.entries(sayings)) {
    await t.test(name, async t => {
      const supply = openSupply(t, { one: has, two: { people: [person] } })
      await supply.run()
      supply.sources.one = { people: [of(ann)] }
      t.match(await supply.run(), { removed: [], missing: [{ address: joe }] })
      t.strictSame((await supply.run({ nowMs: Date.now() + 31 * day })).removed, [joe])
    })
  }
})

t.test('a withdrawn photo is removed from all addresses', async t => {
  const both = ['joe@acme.example', 'jb@acme.example']
  const supply = openSupply(t, {
    one: { people: [of(joe), of(ann)] },
    two: { people: [{ addresses: both }] },
  })
  await supply.run()
  t.equal(supply.names().length, 3)
  supply.sources.one = { people: [of(joe, null), of(ann)] }
  t.strictSame((await supply.run({ supply: { maxRemovals: { share: 1 } } })).removed.toSorted(), [
    'jb@acme.example',
    joe,
  ])
})

t.test('an address that passes to another person loses the former owner’s photo', async t => {
  const alias = 'sales@acme.example'
  const a = { ...of(ann), key: 'a' }
  const k = { ...of(kim, green), key: 'k' }
  const has = { ...a, addresses: [ann, alias] }
  const gone = new SourceError('person', 'went away')
  const rows: Record<string, DataPerson> = {
    'whose picture is refused': { ...k, photo: html, version: '2' },
    'whose picture cannot be fetched': { ...k, error: gone, version: '2' },
    'whose photo the source does not mention': { key: 'k', addresses: [kim] },
    'who has no photo': { key: 'k', addresses: [kim], photo: null },
  }
  for (const [name, next] of Object.entries(rows)) {
    await t.test(name, async t => {
      const supply = openSupply(t, { one: { people: [has, k] } })
      await supply.run()
      t.ok(supply.names().includes(`${alias}.jpg`))
      supply.sources.one = { people: [a, { ...next, addresses: [kim, alias] }] }
      const options = { force: true }
      const dry = await supply.run({ ...options, dryRun: true })
      t.ok((await supply.run(options)).removed.includes(alias))
      t.ok(dry.removed.includes(alias), 'a dry run says so')
      t.notOk(supply.names().includes(`${alias}.jpg`))
      t.ok(supply.names().includes(`${ann}.jpg`))
    })
  }
  await t.test('not while no other person has the address', async t => {
    const supply = openSupply(t, { one: { people: [has, k] } })
    await supply.run()
    supply.sources.one = { people: [a, k] }
    t.match(await supply.run(), { removed: [], missing: [{ address: alias }] })
  })
  await t.test('not when the address is an alias in another source', async t => {
    const supply = openSupply(t, {
      one: { people: [a] },
      two: { people: [{ addresses: [ann, alias] }] },
    })
    await supply.run()
    t.ok(supply.names().includes(`${alias}.jpg`))
    supply.sources.one = { people: [{ key: 'a', addresses: [ann] }] }
    const result = await supply.run({ force: true })
    t.match(result, { removed: [] })
    t.equal(result.missing.length, 2)
  })
})

t.test('a bad picture is kept out, and the last good photo stays', async t => {
  const supply = openSupply(t, {
    one: { people: [of(joe), of(ann, html)] },
    two: { people: [of(joe, green), of(ann, green)] },
  })
  const first = await supply.run()
  t.match(
    [...first.tally.quarantined.values()],
    [
      {
        source: 'one',
        key: ann,
        reason: 'is not an image: neither JPEG, GIF, PNG, WebP, TIFF nor AVIF',
      },
    ],
  )
  t.strictSame(first.tally.added.toSorted(), [ann, joe], 'a later source has a good one of ann')
  const before = supply.read(joe)
  supply.fetched()
  supply.sources.one = { people: [of(joe, html), of(ann, html)] }
  const second = await supply.run()
  t.strictSame([...second.tally.quarantined.values()].map(({ key }) => key).sort(), [ann, joe])
  t.strictSame(supply.read(joe), before, 'of the same person, before that of a later source')
  t.match(supply.fetched(), [joe], 'a refused picture is not fetched again')
  const third = await supply.run()
  t.equal(third.tally.quarantined.size, 2, 'and is told each time')
  t.strictSame(supply.fetched(), [])
})

t.test('an address of two people in one source is given to neither', async t => {
  const people: DataPerson[] = [
    { key: 'cn=a', addresses: ['a@acme.example', 'info@acme.example'], photo: red, version: '1' },
    { key: 'cn=b', addresses: ['b@acme.example', 'info@acme.example'], photo: green, version: '1' },
  ]
  for (const order of [people, people.toReversed()]) {
    const supply = openSupply(t, { one: { people: order } })
    const result = await supply.run()
    t.strictSame(result.conflicts, [
      { source: 'one', address: 'info@acme.example', keys: ['cn=a', 'cn=b'] },
    ])
    t.strictSame(supply.names(), ['a@acme.example.jpg', 'b@acme.example.jpg'])
  }
  await t.test('even when one of the two has no photo', async t => {
    const [a, b] = people
    const supply = openSupply(t, { one: { people: [a, { ...b, photo: null }] as DataPerson[] } })
    t.equal((await supply.run()).conflicts.length, 1)
    t.strictSame(supply.names(), ['a@acme.example.jpg'])
  })
  await t.test('the photo that was there before stays', async t => {
    const [a, b] = people
    const supply = openSupply(t, { one: { people: [a] as DataPerson[] } })
    await supply.run()
    const before = supply.read('info@acme.example')
    supply.sources.one = { people: [a, b] as DataPerson[] }
    const result = await supply.run({ supply: { removeAfterSeconds: 0 } })
    t.match(result, { removed: [], missing: [] })
    t.strictSame(supply.read('info@acme.example'), before)
  })
})

t.test(
  'an address of two people is given to neither, also while a source has not listed everybody',
  async t => {
    const info = 'info@acme.example'
    const person = (key: string, photo: Buffer): DataPerson => ({
      ...{ key, addresses: [`${key}@acme.example`, info], photo, version: '1' },
    })
    const both = [person('a', red), person('b', green)]
    const rows: Record<string, { source: object; only?: string }> = {
      'when it is cut off before the second': {
        source: { people: both.slice(0, 1), error: new SourceError('source', 'cut off') },
      },
      'when it cannot be opened, and a later one has somebody': {
        source: { people: [], closed: 'no route' },
      },
      'when it is not asked': { source: { people: both }, only: 'two' },
    }
    for (const [name, { source, only }] of Object.entries(rows)) {
      await t.test(name, async t => {
        const two = { people: [of(info, blue)] }
        const supply = openSupply(t, { one: { people: both }, two })
        t.equal((await supply.run()).conflicts.length, 1)
        Object.assign(supply.sources, { one: source })
        await supply.run(only === undefined ? {} : { only })
        t.strictSame(supply.names(), ['a@acme.example.jpg', 'b@acme.example.jpg'])
        supply.sources.one = { people: [person('a', red), { ...of('b@acme.example'), key: 'b' }] }
        await supply.run()
        t.ok(supply.names().includes(`${info}.jpg`), 'until only one has it')
        t.strictSame(supply.read(info), supply.read('a@acme.example'))
      })
    }
    await t.test('a forgotten person no longer counts as one of the two', async t => {
      const supply = openSupply(t, { one: { people: both } })
      await supply.run()
      await removePhoto(supply.photos, info)
      t.notMatch(readFileSync(join(supply.photos, '.supply', 'journal.jsonl'), 'utf8'), info)
    })
  },
)

t.test(
  'an alias that is another person’s in an earlier source gets only that person’s photo',
  async t => {
    const supply = openSupply(t, {
      one: { people: [of(ann), { ...of(joe, null), key: 'joe' }] },
      two: { people: [{ key: 'ann', addresses: [ann, joe], photo: green, version: '1' }] },
    })
    const result = await supply.run()
    t.strictSame(result.conflicts, [{ source: 'two', address: joe, keys: ['ann', 'joe'] }])
    t.strictSame(supply.names(), [`${ann}.jpg`])
    await t.test(
      'an alias whose owner in the earlier source has a photo gets that photo without a conflict',
      async t => {
        supply.sources.one = { people: [of(ann), of(joe, blue)] }
        t.match(await supply.run(), { conflicts: [], tally: { added: [joe] } })
      },
    )
  },
)

t.test('all addresses of a person get one photo, and follow it', async t => {
  const addresses = [joe, 'jb@acme.example', 'joseph@acme.example']
  const person = (photo: Buffer, version: string): DataPerson => ({
    ...{ key: 'cn=joe', addresses, version, photo },
  })
  const supply = openSupply(t, { one: { people: [] }, two: { people: [person(red, '1')] } })
  t.strictSame((await supply.run()).tally.added.toSorted(), addresses.toSorted())
  t.strictSame(supply.fetched(), ['cn=joe'], 'fetched once')
  const inodes = new Set(supply.names().map(name => statSync(join(supply.photos, name)).ino))
  t.equal(inodes.size, 1, 'the photo is stored once')

  await t.test(
    'an earlier source that knows only the main address decides for all addresses',
    async t => {
      supply.sources.one = { people: [of(joe, green)] }
      t.strictSame((await supply.run()).tally.changed.toSorted(), addresses.toSorted())
      t.equal(new Set(addresses.map(address => supply.read(address).toString('hex'))).size, 1)
    },
  )
  await t.test('an earlier source that knows only an alias decides for that alias', async t => {
    supply.sources.one = { people: [of('jb@acme.example', green)] }
    await supply.run()
    t.notSame(supply.read('jb@acme.example'), supply.read(joe))
    t.strictSame(supply.read('joseph@acme.example'), supply.read(joe))
  })
  await t.test('only a new alias is added', async t => {
    supply.sources.one = { people: [] }
    await supply.run({ force: true })
    const more = { ...person(red, '1'), addresses: [...addresses, 'new@acme.example'] }
    supply.sources.two = { people: [more] }
    t.match((await supply.run()).tally, { added: ['new@acme.example'], changed: [], unchanged: 3 })
  })
})

t.test('an earlier source wins', async t => {
  const supply = openSupply(t, { one: { people: [of(joe)] }, two: { people: [of(joe, green)] } })
  await supply.run()
  const first = supply.read(joe)
  t.strictSame(supply.fetched(), [joe])

  await t.test('the earlier source wins also while it fails', async t => {
    supply.sources.one = { people: [], closed: 'no route' }
    t.match((await supply.run()).tally, { added: [], changed: [] })
    t.strictSame(supply.read(joe), first)
  })
  await t.test('the earlier source wins until it has no photo any more', async t => {
    supply.sources.one = { people: [] }
    t.match((await supply.run({ force: true })).tally, { changed: [joe] })
    t.notSame(supply.read(joe), first)
  })
})

t.test('only what has changed is fetched and written', async t => {
  const supply = openSupply(t, { one: { people: [of(joe), of(ann)] } })
  await supply.run()
  supply.fetched()
  const inode = (address: string) => statSync(join(supply.photos, `${address}.jpg`)).ino
  const [joes, anns] = [inode(joe), inode(ann)]
  t.match(await supply.run(), { tally: { unchanged: 2, added: [], changed: [] } })
  t.strictSame(supply.fetched(), [])

  await t.test(
    'a photo with another version and the same bytes is fetched, and not written',
    async t => {
      supply.sources.one = { people: [{ ...of(joe), version: 'other' }, of(ann)] }
      t.match(await supply.run(), { tally: { unchanged: 2, changed: [] } })
      t.strictSame(supply.fetched(), [joe])
      t.equal(inode(joe), joes)
      await supply.run()
      t.strictSame(supply.fetched(), [], 'the version is known from then on')
    },
  )
  await t.test('without versions everything is fetched and nothing is written', async t => {
    const { version: _, ...timeless } = of(joe)
    supply.sources.one = { people: [timeless, of(ann)] }
    t.match(await supply.run(), { tally: { unchanged: 2 } })
    t.strictSame(supply.fetched(), [joe])
    t.equal(inode(joe), joes)
  })
  await t.test('a changed picture is written', async t => {
    supply.sources.one = { people: [of(joe, blue), of(ann)] }
    t.match(await supply.run(), { tally: { unchanged: 1, changed: [joe] } })
    t.not(inode(joe), joes)
    t.equal(inode(ann), anns)
  })
  await t.test('after a change of fit, all photos are made again', async t => {
    const fit = { maxPixels: 20, maxBytes: 45_000 }
    const { tally } = await supply.run({ supply: { fit } })
    t.match({ ...tally, changed: tally.changed.toSorted() }, { changed: [ann, joe], unchanged: 0 })
    t.match((await supply.run({ supply: { fit } })).tally, { changed: [], unchanged: 2 })
  })
})

t.test('the records on disk know every photo that is there, at any moment', async t => {
  const supply = openSupply(t, { one: { people: crowd(100) } })
  let unknown = 0
  let most = 0
  const look = () => {
    const { photos } = readRecords(join(supply.photos, '.supply'))
    const names = supply.names()
    most = Math.max(most, names.length)
    unknown += names.filter(name => !photos.has(name.replace('.jpg', ''))).length
  }
  await supply.run({ onProgress: ({ stage }) => stage === 'photos' && look() })
  t.equal(unknown, 0)
  t.equal(most, 100)
})

t.test('a stopped import opens no other source', async t => {
  const supply = openSupply(t, { one: { people: crowd(3) }, two: { people: [of(kim)] } })
  const controller = new AbortController()
  const onProgress = () => controller.abort()
  const { sources, ...result } = await supply.run({ signal: controller.signal, onProgress })
  t.match(result, { isAborted: true, removed: [], tally: { added: [] } })
  t.match(sources, [{ opened: Object }, { opened: undefined, failure: 'the import was stopped' }])
  t.strictSame((await supply.run()).tally.added.length, 4, 'the next one goes on')
})

t.test('changes that others made to the photos are undone', async t => {
  const supply = openSupply(t, { one: { people: [of(joe), of(ann)] } })
  await supply.run()
  const good = supply.read(joe)
  const path = join(supply.photos, `${joe}.jpg`)
  const acts: Record<string, { act(): void; tally: object }> = {
    removed: { act: () => rmSync(path), tally: { added: [joe], replaced: new Set() } },
    overwritten: {
      act: () => writeFileSync(path, green),
      tally: { changed: [joe], replaced: new Set([joe]) },
    },
    'overwritten, to the same length': {
      act: () => {
        writeFileSync(path, Buffer.alloc(good.length))
        utimesSync(path, 1, 1)
      },
      tally: { changed: [joe], replaced: new Set([joe]) },
    },
    'overwritten at once, to the same length': {
      act: () => writeFileSync(path, Buffer.alloc(good.length)),
      tally: { changed: [joe], replaced: new Set([joe]) },
    },
    'hidden by another spelling': {
      act: () => writeFileSync(join(supply.photos, 'Joe@ACME.example.PNG'), green),
      tally: { replaced: new Set([joe]) },
    },
  }
  for (const [name, { act, tally }] of Object.entries(acts)) {
    await t.test(name, async t => {
      act()
      t.match((await supply.run()).tally, tally)
      t.strictSame(supply.names(), [`${ann}.jpg`, `${joe}.jpg`])
      t.strictSame(supply.read(joe), good)
    })
  }
  await t.test('a copy with times in whole seconds counts as unchanged', async t => {
    const seconds = Math.floor(statSync(path).mtimeMs / 1000)
    utimesSync(path, seconds, seconds)
    t.match((await supply.run()).tally, { changed: [], unchanged: 2 })
  })
  await t.test('photos of people who are in no source are left alone', async t => {
    writeFileSync(join(supply.photos, 'guest@acme.example.jpg'), green)
    mkdirSync(join(supply.photos, 'dir@acme.example.jpg'))
    const result = await supply.run({ supply: { removeAfterSeconds: 0 } })
    t.match(result, { removed: [], tally: { replaced: new Set() } })
    t.ok(supply.names().includes('guest@acme.example.jpg'))
  })
})

// Records are written first, so an import that is killed then leaves its own previous photo.
t.test(
  'the photo that a killed import was about to replace is known to be the import’s',
  async t => {
    const supply = openSupply(t, { one: { people: [of(joe, red)] } })
    await supply.run()
    const path = join(supply.photos, `${joe}.jpg`)
    const pictures = [green, blue, red]
    for (const [at, picture] of pictures.entries()) {
      const [bytes, stats] = [readFileSync(path), statSync(path)]
      supply.sources.one = { people: [of(joe, picture)] }
      await supply.run()
      const fresh = readFileSync(path)
      writeFileSync(path, bytes)
      utimesSync(path, stats.atime, stats.mtime)
      t.match((await supply.run()).tally, { changed: [joe], replaced: new Set() }, `${at}`)
      t.strictSame(readFileSync(path), fresh)
    }
    writeFileSync(path, 'a photo that the import did not write')
    t.match((await supply.run()).tally, { changed: [joe], replaced: new Set([joe]) })
  },
)

t.test('a photo that cannot be fetched or written does not stop others', async t => {
  const long = `${'x'.repeat(200)}@${'y'.repeat(45)}.example`
  const supply = openSupply(t, {
    one: {
      people: [{ ...of(joe), error: new SourceError('person', 'went away') }, of(long), of(ann)],
    },
  })
  mkdirSync(join(supply.photos, `${kim}.jpg`))
  supply.sources.one?.people.push(of(kim))
  const { tally } = await supply.run()
  t.strictSame(
    tally.added.filter(address => address === ann),
    [ann],
  )
  t.match(tally.failed.get(`one\0${joe}`), { reason: 'went away' })
  t.match(tally.failed.get(`one\0${kim}`), {
    reason: `cannot be written: ${kim} (EISDIR: illegal operation on a directory)`,
  })
  t.strictSame(readdirSync(join(supply.photos, '.supply')).sort(), ['drafts', 'journal.jsonl'])
  t.strictSame(readdirSync(join(supply.photos, '.supply', 'drafts')), [])
})

t.test('an address that cannot be written does not stop the person’s other addresses', async t => {
  const long = `${'x'.repeat(200)}@${'y'.repeat(45)}.example`
  const person = { ...of(joe), addresses: [joe, long, ann] }
  const supply = openSupply(t, { one: { people: [person, of(kim)] } })
  const first = await supply.run()
  t.strictSame(first.tally.added.toSorted(), [ann, joe, kim])
  t.match(first.tally.failed.get(`one\0${joe}`), {
    reason: `cannot be written: ${long} (ENAMETOOLONG: name too long)`,
  })
  const again = await supply.run()
  t.match(again.tally, { added: [], changed: [], replaced: new Set(), unchanged: 3 })
  t.equal(again.tally.failed.size, 1, 'and is told each time')
  supply.sources.one = { people: [of(kim)] }
  const { removed } = await supply.run({ supply: { removeAfterSeconds: 0 }, force: true })
  t.strictSame(removed.toSorted(), [ann, joe])
})

t.test('a source that is lost in the middle is not asked again', async t => {
  const gone = new SourceError('source', 'connection lost')
  const people = crowd(100).map((person, at) => (at < 10 ? person : { ...person, error: gone }))
  const supply = openSupply(t, { one: { people }, two: { people: [of(ann)] } })
  const result = await supply.run()
  t.equal(result.tally.added.length, 11)
  t.ok(supply.fetched().length < 30, 'the source is not asked for the others')
  t.match(result.removalsHeld, 'one: connection lost')
})

t.test('after twenty failures in a row a source is not asked again', async t => {
  const error = new SourceError('person', 'odd answer')
  const supply = openSupply(t, {
    one: { people: crowd(100).map(person => ({ ...person, error })) },
  })
  const { sources } = await supply.run()
  t.match(
    sources[0]?.opened?.lostReason,
    '20 photos in a row could not be had; the last: odd answer',
  )
  t.ok(supply.fetched().length < 30)
})

t.test('a dry run reports the same and writes nothing', async t => {
  const supply = openSupply(t, { one: { people: [of(joe), of(ann, html)] } })
  const dry = await supply.run({ dryRun: true })
  t.match(dry.tally, { added: [joe] })
  t.equal(dry.tally.quarantined.size, 1)
  t.strictSame(readdirSync(supply.photos), [])
  await supply.run()
  supply.sources.one = { people: [of(kim), of(ann, html)] }
  const before = readFileSync(join(supply.photos, '.supply', 'journal.jsonl'))
  const next = await supply.run({ dryRun: true, supply: { removeAfterSeconds: 0 } })
  t.match(next, { removed: [joe], tally: { added: [kim] } })
  await t.test('a dry run reports files that others have put there', async t => {
    const other = openSupply(t, { one: { people: [of(joe)] } })
    await other.run()
    writeFileSync(join(other.photos, 'Joe@acme.example.png'), green)
    t.match((await other.run({ dryRun: true })).tally, { replaced: new Set([joe]) })
    t.equal(other.names().length, 2)
  })
  t.strictSame(supply.names(), [`${joe}.jpg`])
  t.strictSame(readFileSync(join(supply.photos, '.supply', 'journal.jsonl')), before)
})

t.test('a stopped import finishes photos that it has begun and removes nobody', async t => {
  const supply = openSupply(t, { one: { people: [of(joe)] } })
  await supply.run()
  supply.sources.one = { people: crowd(200) }
  const controller = new AbortController()
  const result = await supply.run({
    signal: controller.signal,
    supply: { removeAfterSeconds: 0 },
    onProgress: ({ stage, done }) => stage === 'photos' && done > 3 && controller.abort(),
  })
  t.match(result, { isAborted: true, removed: [] })
  t.ok(result.tally.added.length < 150)
  t.equal(supply.names().length, result.tally.added.length + 1)
  const rest = await supply.run()
  t.equal(rest.tally.added.length + result.tally.added.length, 200)
})

t.test('people of a source that is no longer configured have left', async t => {
  const supply = openSupply(t, { one: { people: [of(joe)] }, two: { people: [of(ann)] } })
  await supply.run()
  delete supply.sources.one
  t.match(await supply.run(), { missing: [{ address: joe }], removed: [] })
})

t.test('a photo is unchanged when only its source or its person has a new name', async t => {
  const supply = openSupply(t, {
    one: { people: [{ addresses: [joe, jb], photo: red, key: 'cn=joe' }] },
  })
  await supply.run()
  const before = statSync(join(supply.photos, `${joe}.jpg`)).ino
  const see = async (title: string) => {
    const { tally, removed } = await supply.run()
    t.match(tally, { added: [], changed: [], unchanged: 2 }, title)
    t.strictSame(removed, [])
    t.equal(statSync(join(supply.photos, `${joe}.jpg`)).ino, before, 'nothing was written')
  }
  supply.sources.one = { people: [{ addresses: [joe, jb], photo: red, key: 'guid' }] }
  await see('another key')
  delete supply.sources.one
  supply.sources.two = { people: [{ addresses: [joe, jb], photo: red, key: 'guid' }] }
  await see('the source has another name')
  await t.test('the photo belongs to the new name from then on', async t => {
    supply.sources.two = { people: [{ addresses: [joe, jb], photo: null, key: 'guid' }] }
    const { removed } = await supply.run({ force: true })
    t.strictSame([...removed].sort(), [jb, joe])
  })
})

t.test('a broken picture does not hide a good one behind it', async t => {
  const broken = Buffer.from('no picture')
  const supply = openSupply(t, {
    one: { people: [{ addresses: [joe], photo: broken, others: [red], version: '1' }] },
  })
  t.match(await supply.run(), { tally: { added: [joe], quarantined: new Map() } })
  const made = supply.read(joe)
  supply.sources.one = {
    people: [{ addresses: [joe], photo: red, others: [broken], version: '2' }],
  }
  t.match(await supply.run(), { tally: { unchanged: 1 } }, 'with the sources in another order')
  supply.sources.one = {
    people: [{ addresses: [joe], photo: broken, others: [broken], version: '3' }],
  }
  const { tally } = await supply.run()
  t.match([...tally.quarantined.values()], [{ reason: /; and another one / }])
  t.strictSame(supply.read(joe), made, 'the last good photo stays')
})

t.test('a photo that may only be hidden gets the time of grace', async t => {
  const supply = openSupply(t, {
    one: { people: [{ addresses: [joe], photo: red, version: '1' }] },
  })
  await supply.run()
  supply.sources.one = {
    people: [{ addresses: [joe], photo: red, isHidden: true, version: '2' }],
  }
  const { removed, missing } = await supply.run({ force: true })
  t.strictSame(removed, [])
  t.match(missing, [{ address: joe }])
})
