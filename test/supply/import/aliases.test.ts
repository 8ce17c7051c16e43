// The journal of an import tells the gate which addresses are one person's.
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { followImportRecords, journalOf } from '../../../src/photo/import-records.ts'
import { openJournal } from '../../../src/supply/import/journal.ts'
import { openPhotoDirectory, stateDirectoryOf } from '../../../src/supply/import/photo-directory.ts'
import { makeDirectory } from '../../fixtures/process.ts'

const photo = (address: string, key: string) => ({
  ...{ address, source: 'ad', key, original: 'o', fit: 'f', size: 1, mtimeMs: 2 },
  missingSinceMs: undefined,
})
const person = (key: string) => ({
  ...{ source: 'ad', key, version: 'v', original: 'o', fit: 'f', refused: undefined },
  addresses: undefined,
})

t.test('every kind of line that an import writes is understood by the gate', async t => {
  const photos = makeDirectory(t)
  openPhotoDirectory(photos).claim()
  const journal = openJournal(stateDirectoryOf(photos))
  journal.add({ kind: 'person', person: person('1') })
  journal.add({ kind: 'photo', photo: photo('ceo@x', '1') })
  journal.add({ kind: 'photo', photo: photo('js@x', '1') })
  journal.add({ kind: 'photo', photo: photo('joe@x', '2') })
  journal.add({ kind: 'photo-gone', address: 'joe@x' })
  journal.add({ kind: 'person-gone', source: 'ad', key: '9' })
  journal.add({ kind: 'source', source: { source: 'ad', photos: 2 } })
  journal.add({ kind: 'run', run: { at: '2026-11-27T00:00:00.000Z', people: 1, without: [] } })
  journal.write()
  const records = followImportRecords(journalOf(photos))
  const { people } = records.refresh()
  t.equal(records.trouble, undefined)
  t.strictSame(
    people.map(([address]) => address),
    ['ceo@x', 'js@x'],
  )
  t.strictSame(people[0]?.[1], people[1]?.[1])
  journal.rewrite()
  t.strictSame(records.refresh(), { people: [], disturbed: [] }, 'rewritten with the same records')
  t.equal(records.trouble, undefined)
  journal.close()
})

t.test('an import of all sources repairs a damaged journal, and no other import does', async t => {
  const photos = makeDirectory(t)
  openPhotoDirectory(photos).claim()
  const state = stateDirectoryOf(photos)
  openJournal(state).close()
  appendFileSync(join(state, 'journal.jsonl'), '{"kind":"pho\n')
  const records = followImportRecords(journalOf(photos))
  const troubleAfter = (isWhole: boolean) => {
    const journal = openJournal(state)
    if (isWhole)
      journal.add({ kind: 'run', run: { at: '2026-11-27T00:00:00.000Z', people: 1, without: [] } })
    journal.flush()
    journal.close()
    records.refresh()
    return records.trouble
  }
  t.match(troubleAfter(false), 'is damaged; run photogate import, which repairs it')
  t.equal(troubleAfter(true), undefined)
})
