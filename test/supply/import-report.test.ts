// What people are told of a run: nothing that they would have to know is left out, or said other than it is.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { buildReport, formatReport } from '../../src/supply/import-report.ts'
import { drawJpeg } from '../fixtures/pictures.ts'
import type { DataPerson } from '../fixtures/supply.ts'
import { day, openSupply } from '../fixtures/supply.ts'

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
