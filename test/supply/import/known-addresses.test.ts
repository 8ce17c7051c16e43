// An exclusion covers a person's photos under every address, whichever source knows which address.
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import { readRecords } from '../../../src/supply/import/journal.ts'
import { listInventory, removePhoto } from '../../../src/supply/import/photo-inventory.ts'
import { startGate } from '../../fixtures/gate.ts'
import { drawJpeg } from '../../fixtures/pictures.ts'
import type { DataPerson, DataSource, SupplyFixture } from '../../fixtures/supply.ts'
import { openSupply } from '../../fixtures/supply.ts'

const [face, other, third] = await Promise.all(
  [1, 2, 3].map(seed => drawJpeg({ width: 40, height: 40, seed })),
)
const mail = (name: string) => `${name}@acme.example`
const person = (names: string, photo?: Buffer | null): DataPerson => ({
  addresses: names.split(' ').map(mail),
  ...(photo !== undefined && { photo }),
  ...(photo && { version: photo.toString('base64') }),
})

/** The names under which a gate that excludes the first address shows a photo. */
async function shown(t: Test, supply: SupplyFixture, names: string): Promise<string[]> {
  const config = `allow: [{ name: all, from: 127.0.0.1, photos: ["*@acme.example", "!ceo@acme.example"] }]
otherwise: { status: 403 }`
  const gate = await startGate(t, {
    ...{ config, photos: {} },
    prepare: directory => cpSync(supply.photos, directory, { recursive: true }),
  })
  const found: string[] = []
  for (const name of names.split(' ')) {
    const { status } = await gate.ask(`/${name}@acme.example.jpg`)
    if (status === 200) found.push(name)
  }
  return found
}

t.test('an excluded person is excluded under addresses that only another source knows', async t => {
  const rows: Record<string, Record<string, DataSource>> = {
    'with the sources swapped, and a photo in each': {
      one: { people: [person('ceo', face), person('joe', third)] },
      two: { people: [person('boss ceo', other)] },
    },
    'by a later source that has no photo': {
      one: { people: [person('ceo', face), person('boss', other), person('joe', third)] },
      two: { people: [person('boss ceo', null)] },
    },
    'by an earlier source without photos': {
      one: { people: [person('boss ceo')] },
      two: { people: [person('ceo', face), person('boss', other), person('joe', third)] },
    },
    'by way of a third address': {
      one: { people: [person('ceo', face), person('boss', other), person('joe', third)] },
      two: { people: [person('chief ceo')] },
      three: { people: [person('boss chief')] },
    },
  }
  for (const [name, sources] of Object.entries(rows)) {
    await t.test(name, async t => {
      const supply = openSupply(t, sources)
      await supply.run()
      t.match(supply.names(), ['boss@acme.example.jpg', 'ceo@acme.example.jpg'])
      const names = 'ceo boss joe'
      t.strictSame(await shown(t, supply, names), ['joe'])
      await supply.run()
      await t.test('the next import changes nothing', async t => {
        t.strictSame(await shown(t, supply, names), ['joe'])
      })
    })
  }
})

t.test('an address of two people does not make them one person', async t => {
  const supply = openSupply(t, {
    one: {
      people: [person('ceo info', face), person('joe info', other), person('ann info', third)],
    },
  })
  await supply.run()
  t.strictSame(await shown(t, supply, 'ceo info joe ann'), ['joe', 'ann'])
})

t.test('addresses from sources are kept only as long as a photo needs them', async t => {
  const sources: Record<string, DataSource> = {
    one: { people: [person('ceo', face), person('joe', other)] },
    two: { people: [person('boss ceo'), person('nobody no.body'), person('joe')] },
  }
  const supply = openSupply(t, sources)
  const state = join(supply.photos, '.supply')
  const listed = () =>
    [...readRecords(state).persons].flatMap(({ addresses }) => addresses?.join(' ') ?? [])
  await supply.run()
  t.strictSame(listed(), [`${mail('boss')} ${mail('ceo')}`], 'a person with a photo')
  const before = readRecords(state)
  await supply.run()
  t.strictSame([...readRecords(state).persons], [...before.persons])
  t.strictSame(
    listInventory(supply.photos).flatMap(({ quarantined }) => quarantined),
    [],
    'the record is not taken for a refused picture',
  )

  await t.test('a new alias replaces the old one', async t => {
    ;(sources.two as DataSource).people[0] = { ...person('boss c.e.o'), key: mail('boss') }
    await supply.run()
    t.strictSame(listed(), [])
    ;(sources.two as DataSource).people[0] = { ...person('boss ceo'), key: mail('boss') }
    await supply.run()
    t.strictSame(listed(), [`${mail('boss')} ${mail('ceo')}`])
  })

  await t.test('a failing source removes no addresses', async t => {
    ;(sources.two as DataSource).closed = 'is down'
    await supply.run()
    t.strictSame(listed(), [`${mail('boss')} ${mail('ceo')}`])
    delete (sources.two as DataSource).closed
  })

  await t.test('a dry run records nothing', async t => {
    ;(sources.two as DataSource).people[2] = person('jo joe')
    await supply.run({ dryRun: true })
    t.equal(listed().length, 1)
    await supply.run()
    t.equal(listed().length, 2)
  })

  await t.test('a removed person is forgotten with all addresses', async t => {
    await removePhoto(supply.photos, mail('joe'))
    t.strictSame(listed(), [`${mail('boss')} ${mail('ceo')}`])
    await removePhoto(supply.photos, mail('boss'))
    t.strictSame(listed(), [])
  })
})
