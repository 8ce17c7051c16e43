// The report of a run tells the administrator everything that is needed, and nothing false.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { buildReport, formatReport } from '../../../src/supply/import/report.ts'
import { SourceError } from '../../../src/supply/source/source.ts'
import { drawJpeg } from '../../fixtures/pictures.ts'
import type { DataPerson } from '../../fixtures/supply.ts'
import { day, openSupply } from '../../fixtures/supply.ts'

const red = await drawJpeg({ width: 40, height: 40, seed: 1 })
const of = (address: string, photo: Buffer | null = red): DataPerson => ({
  ...{ addresses: [address], version: '1', photo },
})
const crowd = (count: number) => Array.from({ length: count }, (_, at) => of(`p${at}@acme.example`))
const start = Date.now()

t.test('too many due removals are reported beside any other problem', async t => {
  const supply = openSupply(t, { one: { people: crowd(10) } })
  await supply.run()
  // Only fetching shows that the photos are gone, so the run goes on.
  const people = crowd(10).map((person, at) =>
    at < 6 ? { ...person, photo: '' as unknown as Buffer, version: '2' } : person,
  )
  const bad = { key: 'bad', addresses: ['bad@acme.example'], photo: Buffer.from('<html>') }
  const twice = ['a', 'b'].map(key => ({ key, addresses: ['x@acme.example'], photo: red }))
  supply.sources.one = { people: [...people, bad, ...twice] }
  const report = buildReport(await supply.run(), false)
  t.match(report, { removed: [], fine: false })
  t.match(
    report.errors[0],
    /^nobody was removed: 6 photos would be removed, and maxRemovals allows 5/,
  )
  t.equal(report.errors.length, 2)
  t.match(formatReport(report), 'nobody was removed: 6 photos')
  t.equal(report.toBeRemoved.length, 6, 'the people are named')
})

t.test('due removals are reported even when nothing was done', async t => {
  const supply = openSupply(t, { one: { people: crowd(4) } })
  await supply.run()
  supply.sources.one = { people: crowd(1) }
  const result = await supply.run({ supply: { removeAfterSeconds: 0 } })
  t.equal(result.isStopped, true)
  const { errors, toBeRemoved } = buildReport(result, false)
  t.match(errors, [/^nothing was done: 3 photos would be removed/])
  t.strictSame(
    toBeRemoved.map(({ address }) => address),
    ['p1@acme.example', 'p2@acme.example', 'p3@acme.example'],
  )
})

t.test('a photo whose removal is due while a source fails is reported as due', async t => {
  const supply = openSupply(t, { one: { people: crowd(4) }, two: { people: [] } })
  await supply.run({ nowMs: start })
  supply.sources.one = { people: crowd(3) }
  await supply.run({ nowMs: start })
  supply.sources.two = { people: [], closed: 'no route' }
  const report = buildReport(await supply.run({ nowMs: start + 31 * day }), false)
  t.strictSame(report.errors, ['two: no route'], 'told once')
  t.match(report.toBeRemoved, [
    { address: 'p3@acme.example', at: new Date(start + 30 * day).toISOString() },
  ])
})

t.test('a very long removeAfter has a valid date', async t => {
  const supply = openSupply(t, { one: { people: crowd(2) } })
  await supply.run()
  supply.sources.one = { people: crowd(1) }
  const result = await supply.run({ supply: { removeAfterSeconds: 999_999_999 * 86_400 } })
  t.match(buildReport(result, false).toBeRemoved, [{ at: '+275760-09-13T00:00:00.000Z' }])
})

t.test(
  'a person with a photo that the import did not write is not reported without one',
  async t => {
    const supply = openSupply(t, { one: { people: [of('ann@acme.example', null), ...crowd(1)] } })
    writeFileSync(join(supply.photos, 'Ann@acme.example.png'), red)
    t.strictSame((await supply.run()).without, [])

    await t.test('a dry run reports the same for photos to be removed', async t => {
      supply.sources.one = { people: crowd(1).map(person => ({ ...person, photo: null })) }
      const options = { force: true }
      t.match(await supply.run({ ...options, dryRun: true }), { without: ['p0@acme.example'] })
      t.match(await supply.run(options), { without: ['p0@acme.example'] })
    })
  },
)

t.test('known problems are counted and fail only a strict run', async t => {
  const bad = { key: 'bad', addresses: ['bad@acme.example'], photo: Buffer.from('<html>') }
  const twice = ['a', 'b'].map(key => ({ key, addresses: ['x@acme.example'], photo: red }))
  const lost = { addresses: ['lost@acme.example'], error: new SourceError('person', 'is lost') }
  const troubles = [
    { where: 'people.csv:7:1', reason: 'uid "x" is also on line 3' },
    { where: 'people.csv:9', reason: '3 people have no mail address; this is the first' },
  ]
  const people = [...crowd(3), bad, ...twice, lost]
  const supply = openSupply(t, { one: { people, troubles }, two: { people: [] } })
  const see = async (options = {}) => buildReport(await supply.run(options), false)
  t.match(await see({ dryRun: true }), { fine: false, known: [] })
  t.match(await see(), { fine: false, errors: { length: 4 }, quarantined: [{ known: false }] })

  await t.test('a problem stays known when its line moves or its count changes', async t => {
    supply.sources.one = {
      people,
      troubles: [
        { where: 'people.csv:8:1', reason: 'uid "x" is also on line 4' },
        { where: 'people.csv:2', reason: '1 person has no mail address; this is the first' },
      ],
    }
    const result = await supply.run()
    const report = buildReport(result, false)
    t.match(report, {
      fine: true,
      errors: [],
      known: { length: 4 },
      quarantined: [{ known: true }],
    })
    t.match(formatReport(report), /^known problems +5 /m)
    t.notMatch(formatReport(report), 'kept out')
    t.equal(buildReport(result, false, { strict: true }).fine, false)
  })
  await t.test(
    'a problem stays known after a run that failed or did not ask the source',
    async t => {
      t.match(await see({ only: 'two' }), { fine: true })
      supply.sources.one = { people: [], closed: 'no route' }
      t.match(await see(), { fine: false, errors: ['one: no route'] })
      t.match(
        await see(),
        { fine: false, errors: ['one: no route'] },
        'a failing source is never a known problem',
      )
      supply.sources.one = { people, troubles }
      t.match(await see(), { fine: true })
    },
  )
  await t.test(
    'one more problem of the same kind is new, and so is another bad picture',
    async t => {
      const second = { where: 'people.csv:12:1', reason: 'uid "x" is also on line 3' }
      supply.sources.one = { people, troubles: [...troubles, second] }
      t.match(await see(), { fine: false, errors: { length: 1 } })
      const worse = { ...bad, photo: Buffer.from('<html>no') }
      supply.sources.one = { people: [...crowd(3), worse, ...twice, lost], troubles }
      t.match(await see(), { fine: false, errors: [], quarantined: [{ known: false }] })
    },
  )
  await t.test('a problem that has gone and returns is new', async t => {
    supply.sources.one = { people: crowd(3) }
    t.match(await see(), { fine: true, known: [], quarantined: [] })
    supply.sources.one = { people, troubles }
    t.match(await see(), { fine: false, errors: { length: 4 } })
  })
  await t.test('known problems are kept without names', async t => {
    const journal = readFileSync(join(supply.photos, '.supply', 'journal.jsonl'), 'utf8')
    t.notMatch(journal, /is lost|people\.csv/)
  })
})

t.test('ignored files are counted, and some are named', async t => {
  const ignored = Array.from({ length: 7 }, (_, at) => `notes ${at}\x1b.txt`)
  const supply = openSupply(t, { one: { people: crowd(1), ignored } })
  const report = buildReport(await supply.run(), false)
  t.match(report, { fine: true, sources: [{ ignored: 7, ignoredNames: { length: 5 } }] })
  t.match(
    formatReport(report),
    /^one {2}1 person, 1 photo, 7 files ignored \(notes 0.\.txt, .*, …\)$/m,
  )
})
