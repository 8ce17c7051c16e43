// Photos that are not served, and imports that are late or have failed.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import type { SupplySettings } from '../../../src/config/supply/settings.ts'
import { checkImportAge } from '../../../src/doctor/machine/import-age.ts'
import { checkPhotos } from '../../../src/doctor/machine/photos.ts'
import { openJournal } from '../../../src/supply/import/journal.ts'
import { stateDirectoryOf } from '../../../src/supply/import/photo-directory.ts'
import type { JournalChange } from '../../../src/supply/import/records.ts'
import { openConfigHome } from '../../fixtures/config.ts'
import { jpeg } from '../../fixtures/images.ts'
import { makeDirectory } from '../../fixtures/process.ts'

const photosOf = (names: readonly string[], t: Test) => {
  const directory = makeDirectory(t)
  for (const name of names) writeFileSync(join(directory, `${name}.jpg`), jpeg)
  return directory
}

t.test('whole photos are fine', async t => {
  const directory = photosOf(['ann@acme.example', 'joe@acme.example'], t)
  t.match(await checkPhotos(directory), {
    findings: [],
    fine: [/^2 photos in .* are served\.$/],
    unknown: [],
  })
  t.match(await checkPhotos(directory, 1), {
    findings: [],
    unknown: [/^1 of 2 photos were not read/],
  })
})

t.test('a broken photo and a doubled one are found, with names and reasons', async t => {
  const directory = photosOf(['ann@acme.example'], t)
  writeFileSync(join(directory, 'joe@acme.example.jpg'), jpeg.subarray(0, 100))
  writeFileSync(join(directory, 'kim@acme.example.jpg'), 'no picture')
  const { findings } = await checkPhotos(directory)
  t.match(findings, [{ code: 'photos-broken', effect: 'weakens', place: { file: directory } }])
  t.match(findings[0]?.seen, /^2 files are not served, beside 1 photo\.\n/)
  t.match(findings[0]?.seen, /joe@acme\.example\.jpg/)
  t.match(findings[0]?.seen, /kim@acme\.example\.jpg/)
})

t.test('an empty folder breaks, and so does one that cannot be listed', async t => {
  t.match((await checkPhotos(makeDirectory(t))).findings, [
    { code: 'photos-none', effect: 'breaks' },
  ])
  const gone = await checkPhotos(join(makeDirectory(t), 'gone'))
  t.match(gone.findings, [
    { code: 'photos-unreadable', effect: 'breaks', seen: /cannot be listed/ },
  ])
})

const day = 86_400_000
const nowMs = Date.UTC(2026, 10, 28, 12)
const at = (ms: number) => new Date(ms).toISOString()

function importsOf(t: Test, changes: readonly JournalChange[], more = '') {
  const home = openConfigHome(t, { 'drop/.keep': '' })
  const text = `allow: [{ name: in, from: 10.0.0.0/8 }]\nsupply: { sources: [{ folder: drop }]${more} }`
  const { supply, photos } = home.settings(text)
  mkdirSync(stateDirectoryOf(photos.directory), { recursive: true })
  if (changes.length > 0) {
    const journal = openJournal(stateDirectoryOf(photos.directory))
    for (const change of changes) journal.add(change)
    journal.flush()
    journal.close()
  }
  const look = () =>
    checkImportAge({ photos: photos.directory, supply: supply as SupplySettings, nowMs })
  return { look, source: supply?.sources[0]?.id ?? '', photos: photos.directory }
}

const run = (ms: number): JournalChange => ({
  kind: 'run',
  run: { at: at(ms), people: 7, without: [] },
})
const listed = (source: string): JournalChange => ({
  kind: 'source',
  source: { source, photos: 7 },
})

t.test('an import that never came to its end is found', async t => {
  const { look } = importsOf(t, [])
  t.match(look().findings, [{ code: 'import-never', effect: 'breaks' }])
})

const sourceId = (t: Test) => importsOf(t, []).source

t.test('a recent import is fine, and an old one is found, by the schedule or by days', async t => {
  const source = sourceId(t)
  const look = (ms: number, more = '') => importsOf(t, [listed(source), run(ms)], more).look()
  const nightly = ', schedule: "15 2 * * *"'
  t.match(look(nowMs - day), {
    findings: [],
    fine: [/^The last complete import was at 2026-11-27 12:00 UTC, of 7 people\.$/],
  })
  t.match(look(nowMs - 29 * day), { findings: [] })
  t.match(look(nowMs - 31 * day).findings, [{ code: 'import-old', seen: /31 days ago/ }])
  t.match(look(nowMs - 0.5 * day, nightly), { findings: [] })
  t.match(look(nowMs - 1.5 * day, nightly), { findings: [] }, 'one may be skipped')
  t.match(look(nowMs - 3 * day, nightly).findings, [
    { code: 'import-old', effect: 'breaks', seen: /and 3 more were due since by the schedule/ },
  ])
  t.match(look(nowMs - 1_000 * day, nightly).findings, [{ seen: /at least 100 more/ }])
  t.match(look(nowMs + day, nightly), { findings: [] }, 'a clock that was ahead')
})

t.test('a source that no import has read to its end, and refused pictures, are found', async t => {
  const source = sourceId(t)
  t.match(importsOf(t, [listed('other'), run(nowMs)]).look().findings, [
    { code: 'import-source', seen: /folder drop/ },
  ])
  const person: JournalChange = {
    kind: 'person',
    person: {
      ...{ source, key: 'joe.jpg', version: undefined, original: 'x', fit: 'y' },
      ...{ refused: 'is cut off', addresses: ['joe@acme.example'] },
    },
  }
  t.match(importsOf(t, [listed(source), person, run(nowMs)]).look().findings, [
    { code: 'import-refused', effect: 'weakens', seen: /1 person: joe@acme\.example\./ },
  ])
})

t.test('records that cannot be read are not known, and no finding', async t => {
  const { look, photos } = importsOf(t, [])
  writeFileSync(join(stateDirectoryOf(photos), 'journal.jsonl'), 'something else\n')
  t.match(look(), {
    findings: [],
    fine: [],
    unknown: [/^When photos were imported last is not known/],
  })
})
