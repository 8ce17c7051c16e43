import t from 'tap'
import { coverageOfPeople, coverageOfRun } from '../../../src/supply/import/coverage.ts'
import type { PhotoRecord, Records, RunRecord } from '../../../src/supply/import/records.ts'

function recordsOf(run: RunRecord | undefined, photos: Partial<PhotoRecord>[]): Records {
  const whole = photos.map(photo => ({ source: '1', missingSinceMs: undefined, ...photo }))
  const byAddress = new Map(whole.map(photo => [photo.address ?? '', photo as PhotoRecord]))
  return {
    run,
    photos: byAddress,
    sources: new Map(),
    persons: Object.assign([], { get: () => undefined, size: 0 }),
  }
}

t.test('without an import of all sources there is no coverage', async t => {
  t.equal(coverageOfRun(recordsOf(undefined, []), new Set()), undefined)
})

t.test(
  'a person with several addresses counts once, and one whose file has gone is without',
  async t => {
    const run = { at: '2026-11-28', people: 7, without: ['kim@b.example', 'pat@acme.example'] }
    const records = recordsOf(run, [
      { address: 'joe@acme.example', key: 'joe' },
      { address: 'jb@b.example', key: 'joe' },
      { address: 'lost@acme.example', key: 'lost' },
      { address: 'lost@a.example', key: 'lost' },
      { address: 'left@acme.example', key: 'left', missingSinceMs: 1 },
      { address: 'ann@acme.example', key: 'ann' },
    ])
    // The photo of pat was put there by hand since.
    const served = new Set([
      'joe@acme.example',
      'ann@acme.example',
      'pat@acme.example',
      'left@acme.example',
    ])
    t.strictSame(coverageOfRun(records, served), {
      people: 7,
      without: ['kim@b.example', 'lost@a.example'],
      domains: [
        { domain: 'acme.example', people: 3, withPhoto: 3 },
        { domain: 'a.example', people: 1, withPhoto: 0 },
        { domain: 'b.example', people: 1, withPhoto: 0 },
      ],
    })
  },
)

t.test('people of a list count in the domain of their first address', async t => {
  const persons = [
    ['joe@acme.example', 'joe@b.example'],
    ['kim@b.example'],
    ['ann@b.example', 'ann@acme.example'],
  ].map(addresses => ({ addresses }))
  t.strictSame(coverageOfPeople(persons, new Set(['joe@b.example', 'ann@acme.example'])), {
    people: 3,
    without: ['kim@b.example'],
    domains: [
      { domain: 'b.example', people: 2, withPhoto: 1 },
      { domain: 'acme.example', people: 1, withPhoto: 1 },
    ],
  })
  t.strictSame(coverageOfPeople([], new Set()), { people: 0, without: [], domains: [] })
})
