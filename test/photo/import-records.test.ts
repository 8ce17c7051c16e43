import { appendFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import { followImportRecords, journalOf } from '../../src/photo/import-records.ts'

const head = '{"photogate":"supply","version":1}\n'
const photo = (address: string, key: string) =>
  `${JSON.stringify({ kind: 'photo', photo: { address, source: 'ad', key } })}\n`
const gone = (address: string) => `${JSON.stringify({ kind: 'photo-gone', address })}\n`
const person = (key: string, addresses?: string[]) =>
  `${JSON.stringify({ kind: 'person', person: { source: 'ad', key, addresses } })}\n`

function setup(t: Test, text?: string) {
  const path = journalOf(t.testdir())
  mkdirSync(dirname(path))
  if (text !== undefined) writeFileSync(path, text)
  const records = followImportRecords(path)
  // Which addresses belong together, over all reports.
  const known = new Map<string, readonly number[]>()
  const together = () => {
    for (const [address, people] of records.refresh().people) known.set(address, people)
    const groups = new Map<number, string[]>()
    for (const [address, people] of known)
      for (const one of people) groups.set(one, [...(groups.get(one) ?? []), address])
    return [...groups.values()].map(group => group.sort().join(' ')).sort()
  }
  return { path, records, together }
}

t.test('without an import there are no records and no error', async t => {
  const { records, path } = setup(t)
  t.strictSame(records.refresh(), { people: [], disturbed: [] })
  t.equal(records.trouble, undefined)
  rmSync(dirname(path), { recursive: true })
  records.refresh()
  t.equal(records.trouble, undefined)
})

t.test(
  'a journal that cannot be read, or that no import wrote, is reported, and no people are known',
  async t => {
    const rows: [string, string, RegExp][] = [
      ['another program', '{"x":1}\n', /not of this version/],
      ['a newer version', '{"photogate":"supply","version":2}\n', /not of this version/],
      ['no JSON', `${head}{"kind":"pho\n${photo('a@x', '1')}`, /journal\.jsonl:2 is damaged/],
      ['zeros after a power cut', `${head}${'\0'.repeat(100)}\n`, /journal\.jsonl:2 is damaged/],
      ['an unknown kind', `${head}${photo('a@x', '1')}{"kind":"y"}\n`, /:3 is damaged/],
      ['a photo without address', `${head}{"kind":"photo","photo":{}}\n`, /:2 is damaged/],
      ['a removal without address', `${head}{"kind":"photo-gone"}\n`, /:2 is damaged/],
    ]
    for (const [title, text, reason] of rows) {
      t.test(title, async t => {
        const { records } = setup(t, text)
        records.refresh()
        t.match(records.trouble, reason)
      })
    }
    t.test('a folder in place of the journal is an error until a file replaces it', async t => {
      const { path, records, together } = setup(t)
      mkdirSync(path)
      t.strictSame(together(), [])
      t.match(records.trouble, /cannot be read: EISDIR/)
      rmSync(path, { recursive: true })
      writeFileSync(path, head + photo('a@x', '1'))
      t.strictSame(together(), ['a@x'])
      t.equal(records.trouble, undefined)
    })
  },
)

t.test('photos of one person are joined as the journal grows', async t => {
  const { path, records, together } = setup(t, head + photo('ceo@x', '1') + photo('joe@x', '2'))
  t.strictSame(together(), ['ceo@x', 'joe@x'])
  const line = photo('js@x', '1')
  appendFileSync(path, line.slice(0, 20))
  t.strictSame(together(), ['ceo@x', 'joe@x'], 'half a line is not read')
  appendFileSync(path, line.slice(20))
  t.strictSame(together(), ['ceo@x js@x', 'joe@x'])
  t.strictSame(records.refresh(), { people: [], disturbed: [] }, 'nothing new')
  appendFileSync(path, photo('js@x', '2'))
  const { disturbed } = records.refresh()
  t.strictSame([...disturbed].sort(), ['ceo@x', 'js@x'])
  appendFileSync(path, photo('js@x', '1') + gone('ceo@x'))
  together()
  appendFileSync(path, '{"kind":"source","source":{}}\n{"kind":"run","run":{}}\n')
  t.strictSame(together(), ['joe@x', 'js@x'])
  t.equal(records.trouble, undefined)
})

t.test('addresses that a source lists for one person are joined too', async t => {
  const all = head + photo('js@x', '1') + person('1', ['js@x', 'ceo@x']) + person('2', ['joe@x'])
  const { path, together } = setup(t, all + person('3'))
  t.strictSame(together(), ['ceo@x js@x'])
  appendFileSync(path, person('1', ['js@x', 'old@x']))
  t.strictSame(together(), ['js@x old@x'])
  appendFileSync(path, '{"kind":"person-gone","source":"ad","key":"1"}\n')
  t.strictSame(together(), ['js@x'])
})

t.test('the other spelling of a domain is the same address', async t => {
  const text = head + photo('ceo@x', '1') + photo('JS@X', '1') + photo('a(1)@x..', '1')
  t.strictSame(setup(t, text).together(), ['a(1)@x.. ceo@x js@x'])
})

t.test('a journal that is replaced, cut or edited is read again from its start', async t => {
  const { path, together } = setup(t, head + photo('ceo@x', '1') + photo('js@x', '1'))
  t.strictSame(together(), ['ceo@x js@x'])
  writeFileSync(`${path}.new`, head + photo('joe@x', '2') + photo('js@x', '2'))
  renameSync(`${path}.new`, path)
  t.strictSame(together(), ['joe@x js@x'], 'renamed over')
  writeFileSync(path, head + photo('joe@x', '2'))
  t.strictSame(together(), ['joe@x'], 'cut')
  writeFileSync(path, head + photo('ann@x', '2') + photo('bob@x', '2'))
  t.strictSame(together(), ['ann@x bob@x'], 'edited in place, and longer')
  rmSync(path)
  t.strictSame(together(), [], 'gone')
})

t.test('a journal that is longer than one read is read whole', async t => {
  const many = Array.from({ length: 30_000 }, (_, at) => photo(`p${at}@x`, `${at}`)).join('')
  const { together } = setup(t, head + many + photo('alias@x', '29999'))
  const groups = together()
  t.equal(groups.length, 30_000)
  t.ok(groups.includes('alias@x p29999@x'))
})
