// What people are told of a run: nothing that they would have to know is left out, or said other than it is.
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

t.test('that too many would have to go is told, whatever else there is to tell', async t => {
  const supply = openSupply(t, { one: { people: crowd(10) } })
  await supply.run()
  // Only known when they are asked for, so that the run goes on.
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
  t.equal(report.toBeRemoved.length, 6, 'and who they are')
})

t.test('who would have to go is told also when nothing was done', async t => {
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

t.test('whose time has come while a source fails is still to be removed', async t => {
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

t.test('a time of grace without end is one', async t => {
  const supply = openSupply(t, { one: { people: crowd(2) } })
  await supply.run()
  supply.sources.one = { people: crowd(1) }
  const result = await supply.run({ supply: { removeAfterSeconds: 999_999_999 * 86_400 } })
  t.match(buildReport(result, false).toBeRemoved, [{ at: '+275760-09-13T00:00:00.000Z' }])
})

t.test('nobody is without a photo of whom there is one, whoever put it there', async t => {
  const supply = openSupply(t, { one: { people: [of('ann@acme.example', null), ...crowd(1)] } })
  writeFileSync(join(supply.photos, 'Ann@acme.example.png'), red)
  t.strictSame((await supply.run()).without, [])

  await t.test('and a dry run says the same of those who go', async t => {
    supply.sources.one = { people: crowd(1).map(person => ({ ...person, photo: null })) }
    const options = { force: true }
    t.match(await supply.run({ ...options, dryRun: true }), { without: ['p0@acme.example'] })
    t.match(await supply.run(options), { without: ['p0@acme.example'] })
  })
})

t.test('what lasts is counted, and fails no run but a strict one', async t => {
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

  await t.test('though lines move, and their number changes', async t => {
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
  await t.test('nor does it become new by a run that failed, or that did not ask', async t => {
    t.match(await see({ only: 'two' }), { fine: true })
    supply.sources.one = { people: [], closed: 'no route' }
    t.match(await see(), { fine: false, errors: ['one: no route'] })
    t.match(
      await see(),
      { fine: false, errors: ['one: no route'] },
      'a source that fails is never known',
    )
    supply.sources.one = { people, troubles }
    t.match(await see(), { fine: true })
  })
  await t.test('one more of the same kind is new, and so is another bad picture', async t => {
    const second = { where: 'people.csv:12:1', reason: 'uid "x" is also on line 3' }
    supply.sources.one = { people, troubles: [...troubles, second] }
    t.match(await see(), { fine: false, errors: { length: 1 } })
    const worse = { ...bad, photo: Buffer.from('<html>no') }
    supply.sources.one = { people: [...crowd(3), worse, ...twice, lost], troubles }
    t.match(await see(), { fine: false, errors: [], quarantined: [{ known: false }] })
  })
  await t.test('what has gone and comes again is new', async t => {
    supply.sources.one = { people: crowd(3) }
    t.match(await see(), { fine: true, known: [], quarantined: [] })
    supply.sources.one = { people, troubles }
    t.match(await see(), { fine: false, errors: { length: 4 } })
  })
  await t.test('and no name is kept for it', async t => {
    const journal = readFileSync(join(supply.photos, '.supply', 'journal.jsonl'), 'utf8')
    t.notMatch(journal, /is lost|people\.csv/)
  })
})

t.test('files that are ignored are counted, and some named', async t => {
  const ignored = Array.from({ length: 7 }, (_, at) => `notes ${at}\x1b.txt`)
  const supply = openSupply(t, { one: { people: crowd(1), ignored } })
  const report = buildReport(await supply.run(), false)
  t.match(report, { fine: true, sources: [{ ignored: 7, ignoredNames: { length: 5 } }] })
  t.match(
    formatReport(report),
    /^one {2}1 person, 1 photo, 7 files ignored \(notes 0.\.txt, .*, …\)$/m,
  )
})
