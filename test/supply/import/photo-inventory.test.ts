// Listing, removing and renaming single photos, and only those of the named person.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readRecords } from '../../../src/supply/import/journal.ts'
import { stateDirectoryOf } from '../../../src/supply/import/photo-directory.ts'
import { removePhoto } from '../../../src/supply/import/photo-inventory.ts'
import { drawJpeg } from '../../fixtures/pictures.ts'
import type { DataPerson } from '../../fixtures/supply.ts'
import { openSupply } from '../../fixtures/supply.ts'

const red = await drawJpeg({ width: 40, height: 40, seed: 1 })
const ann = 'ann@acme.example'
const html = Buffer.from('<html>')

t.test('removing a photo keeps people whose name only has the same ending', async t => {
  // Keys as folders, Connections and LDAP directories write them.
  const keys = {
    'joann@acme.example': 'joann@acme.example.jpg',
    'mary-ann@acme.example': 'mary-ann@acme.example',
    'jo+ann@acme.example': 'jo+ann@acme.example',
    'x=ann@acme.example': 'x=ann@acme.example.png',
    'lou@acme.example': 'mail=lou.ann@acme.example,ou=People,dc=acme,dc=example',
    'kim@acme.example': 'cn=ann@acme.example.org,dc=acme,dc=example',
  }
  const others = Object.entries(keys).map(
    ([address, key]): DataPerson => ({ key, addresses: [address], photo: red, version: '1' }),
  )
  const supply = openSupply(t, {
    one: { people: [...others, { addresses: [ann], photo: red, version: '1' }] },
  })
  await supply.run()
  t.match(await removePhoto(supply.photos, ann), { addresses: [ann], files: 1 })
  t.strictSame(
    supply.names(),
    Object.keys(keys)
      .map(address => `${address}.jpg`)
      .sort(),
  )
})

t.test('removing a photo removes refused pictures of the same person', async t => {
  const keys = [
    'ann@acme.example',
    'Ann@acme.example.JPG',
    'mail=Ann@acme.example,dc=acme,dc=example',
    'cn=Ann+mail=ann\\@acme.example,dc=acme',
  ]
  for (const key of keys) {
    await t.test(key, async t => {
      const person = { key, addresses: ['other@acme.example'], photo: html, version: '1' }
      const supply = openSupply(t, { one: { people: [person] } })
      await supply.run()
      await removePhoto(supply.photos, ann)
      const journal = readFileSync(join(stateDirectoryOf(supply.photos), 'journal.jsonl'), 'utf8')
      t.notMatch(journal.toLowerCase(), 'ann')
    })
  }
})

t.test('a forgotten person counts neither among people nor among those with a photo', async t => {
  const people = ['a', 'b', 'c'].map(
    (name): DataPerson => ({ addresses: [`${name}@acme.example`], photo: red, version: '1' }),
  )
  const [first, ...others] = people as [DataPerson, DataPerson]
  const supply = openSupply(t, { one: { people: [{ ...first, photo: null }, ...others] } })
  await supply.run()
  const coverage = () => readRecords(stateDirectoryOf(supply.photos)).run
  t.match(coverage(), { people: 3, without: ['a@acme.example'] })
  await removePhoto(supply.photos, 'b@acme.example')
  t.match(coverage(), { people: 2, without: ['a@acme.example'] }, 'with a photo')
  await removePhoto(supply.photos, 'a@acme.example')
  t.match(coverage(), { people: 1, without: [] }, 'without one')
  writeFileSync(join(supply.photos, 'guest@acme.example.jpg'), red)
  await removePhoto(supply.photos, 'guest@acme.example')
  t.match(coverage(), { people: 1, without: [] }, 'a person whom no source knows')
})
