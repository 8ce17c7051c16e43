// Every wait for a source ends, whatever the source does.
import t from 'tap'
import { openBounded } from '../../../src/supply/source/bounded-source.ts'
import type { Listed, Person, Source } from '../../../src/supply/source/source.ts'
import { openSupply } from '../../fixtures/supply.ts'

const never = () => new Promise<never>(() => {})
const person: Person = { key: 'a', addresses: ['a@x.example'], photo: 'present', version: '1' }
const hung: Source = {
  parallel: 1,
  // biome-ignore lint/correctness/useYield: the list never begins.
  async *list(): AsyncGenerator<Listed> {
    await never()
  },
  fetch: never,
  fetchOthers: never,
  close: never,
}
const bounds = { signal: new AbortController().signal, listMs: 60_000, graceMs: 50 }

t.test('a stopped import no longer waits for the source', async t => {
  const waits: Record<string, (source: Source) => Promise<unknown>> = {
    list: source => source.list()[Symbol.asyncIterator]().next(),
    fetch: source => source.fetch(person, undefined),
    fetchOthers: source => source.fetchOthers?.(person) ?? never(),
  }
  for (const [name, wait] of Object.entries(waits)) {
    await t.test(name, async t => {
      const controller = new AbortController()
      const { signal } = controller
      const source = await openBounded(async () => hung, { ...bounds, signal })
      const waited = wait(source)
      controller.abort()
      await t.rejects(waited, { scope: 'source', message: 'the import was stopped' })
      await t.rejects(
        wait(source),
        { message: 'the import was stopped' },
        'the source is not asked again',
      )
      await source.close()
    })
  }
  await t.test('open', async t => {
    const controller = new AbortController()
    const opened = openBounded(never, { ...bounds, signal: controller.signal })
    controller.abort()
    await t.rejects(opened, { message: 'the import was stopped' })
  })
})

t.test('a slow list is ended, and a source that opens too late is closed', async t => {
  const source = await openBounded(async () => hung, { ...bounds, listMs: 100 })
  await t.rejects(source.list()[Symbol.asyncIterator]().next(), { message: /nothing was listed/ })
  let isClosed = false
  const late = new Promise<Source>(resolve => {
    const close = async () => {
      isClosed = true
    }
    setTimeout(() => resolve({ ...hung, close }), 200)
  })
  await t.rejects(
    openBounded(() => late, { ...bounds, listMs: 100 }),
    {
      message: /nothing was opened/,
    },
  )
  await late
  await new Promise(resolve => setTimeout(resolve, 50))
  t.ok(isClosed)
})

t.test(
  'a source that never ends takes at most half of the time, and the others are listed',
  async t => {
    const good = { people: [{ addresses: ['joe@acme.example'], photo: null }] }
    const supply = openSupply(t, { one: { people: [], isHung: true }, two: good })
    const { sources, isAborted, removalsHeld } = await supply.run({
      supply: { timeLimitSeconds: 1 },
    })
    t.match(sources, [{ failure: /nothing was listed/ }, { failure: undefined }])
    t.equal(isAborted, false)
    t.match(removalsHeld, /^one: nothing was listed/)
  },
)

t.test('a run has a time limit of its own', async t => {
  const hungToo = { people: [], isHung: true }
  const supply = openSupply(t, { one: hungToo, two: hungToo, three: hungToo })
  const result = await supply.run({ supply: { timeLimitSeconds: 1 } })
  t.match(result, { isAborted: true, abortReason: /supply\.timeLimit \(1 s\)/ })
})
