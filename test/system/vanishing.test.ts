// Directories that disappear or are replaced in the middle of an import: the photo directory, and those
// of the sources.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import { loadConfig } from '../../src/config/load.ts'
import type { ImportProgress, ImportResult } from '../../src/supply/import/import-result.ts'
import { isLockHolder, runImport } from '../../src/supply/import/run.ts'
import { openSource } from '../../src/supply/source/open-source.ts'
import { mountTmpfs } from '../fixtures/mount.ts'
import { drawJpeg } from '../fixtures/pictures.ts'
import type { DataPerson } from '../fixtures/supply.ts'
import { openSupply } from '../fixtures/supply.ts'
import type { SupplyHome } from '../fixtures/supply-home.ts'
import { openSupplyHome } from '../fixtures/supply-home.ts'

// Each row starts processes.
t.setTimeout(300_000)

const crowd = 100
const gone = { message: /has gone, or is another directory than when this began/ }
const photo = await drawJpeg({ width: 40, height: 40 })
const people: DataPerson[] = Array.from({ length: crowd }, (_, at) => ({
  ...{ addresses: [`p${at}@acme.example`], photo, version: '1' },
}))

/** Acts once, when this many photos are done or people are listed. */
function onceAt(wanted: { stage?: string; done: number }, act: () => void) {
  let isDone = false
  return ({ stage, done }: ImportProgress) => {
    if (isDone || done < wanted.done || (stage === 'photos') !== (wanted.stage === undefined))
      return
    isDone = true
    act()
  }
}

t.test('a photo directory that disappears ends the import, and is not created again', async t => {
  const acts: Record<string, (photos: string) => void> = {
    'moved away': photos => renameSync(photos, `${photos}.old`),
    'moved away, and an empty one is there': photos => {
      renameSync(photos, `${photos}.old`)
      mkdirSync(photos)
    },
    'moved away, and another photo directory is there': photos => {
      renameSync(photos, `${photos}.old`)
      mkdirSync(join(photos, '.supply', 'drafts'), { recursive: true })
    },
    'without its records': photos => rmSync(join(photos, '.supply'), { recursive: true }),
  }
  for (const [name, act] of Object.entries(acts)) {
    for (const done of [1, 40, crowd]) {
      await t.test(`${name}, after ${done} photos`, async t => {
        const supply = openSupply(t, { one: { people } })
        const { photos } = supply
        t.teardown(() => rmSync(`${photos}.old`, { recursive: true, force: true }))
        let left: string[] = []
        const onProgress = onceAt({ done }, () => {
          act(photos)
          left = existsSync(photos) ? (readdirSync(photos, { recursive: true }) as string[]) : []
        })
        await t.rejects(supply.run({ onProgress }), gone)
        const found = existsSync(photos)
          ? (readdirSync(photos, { recursive: true }) as string[])
          : []
        t.strictSame(found.sort(), left.sort(), 'no photo was written to it')
        if (existsSync(`${photos}.old`)) {
          rmSync(photos, { recursive: true, force: true })
          renameSync(`${photos}.old`, photos)
          takeFlagsDown(photos)
        }
        t.match(await supply.run(), { sources: [{ failure: undefined }], removed: [] })
        t.equal(supply.names().length, crowd, 'the next import completes')
        t.strictSame(supply.read('p7@acme.example'), supply.read('p99@acme.example'))
      })
    }
  }
})

t.test(
  'a photo directory that is unmounted ends the import, and nothing is written below the mount',
  async t => {
    const mount = mountTmpfs(t, 'size=4m')
    if (mount === undefined) return
    const home = await openSupplyHome(t, { dropped: 60, photos: mount.directory })
    const run = runHere(home, onceAt({ done: 20 }, mount.unmount))
    await t.rejects(run, gone)
    t.strictSame(readdirSync(mount.directory), [])
  },
)

t.test('a source folder that disappears removes nobody, and is named', async t => {
  const rows: [string, { stage?: string; done: number }][] = [
    ['while it is listed', { stage: 'a source', done: 1 }],
    ['while photos are fetched', { done: 10 }],
  ]
  for (const [when, at] of rows) {
    await t.test(`moved away ${when}`, async t => {
      const home = await openFull(t)
      const result = await runHere(
        home,
        onceAt(at, () => renameSync(home.drop, `${home.drop}.old`)),
      )
      removedNobody(t, home, result, /cannot be read: ENOENT.*is it mounted/)
      renameSync(`${home.drop}.old`, home.drop)
      await completes(t, home)
    })
    await t.test(`removed ${when}, and an empty one is there`, async t => {
      const home = await openFull(t)
      // By a link, in one step: between two steps, the process that reads might find no folder.
      renameSync(home.drop, `${home.drop}.old`)
      symlinkSync(`${home.drop}.old`, home.drop)
      mkdirSync(`${home.drop}.empty`)
      symlinkSync(`${home.drop}.empty`, `${home.drop}.new`)
      const act = () => renameSync(`${home.drop}.new`, home.drop)
      const result = await runHere(home, onceAt(at, act))
      removedNobody(t, home, result, /is another folder than before; was it unmounted meanwhile/)
      rmSync(home.drop)
      renameSync(`${home.drop}.old`, home.drop)
      await completes(t, home)
    })
    await t.test(`unmounted ${when}`, async t => {
      const mount = mountTmpfs(t, 'size=8m')
      if (mount === undefined) return
      const home = await openFull(t, mount.directory)
      const result = await runHere(home, onceAt(at, mount.unmount))
      removedNobody(t, home, result, /is another folder than before; was it unmounted meanwhile/)
      await t.test('the next import removes nobody either while it is not mounted', async t => {
        const again = await runHere(home)
        removedNobody(t, home, again, /returned 0 photos, and had 80/)
      })
      await home.giveAll(1)
      await completes(t, home)
    })
  }
})

t.test('a dump that disappears removes nobody, and is named', async t => {
  const home = await openSupplyHome(t, { dropped: 5, dumped: 60 })
  await runHere(home)
  await home.giveAll(1)
  const dump = join(home.directory, 'dump')
  for (const at of [{ stage: 'a source', done: 8 }, { done: 10 }]) {
    const result = await runHere(
      home,
      onceAt(at, () => renameSync(dump, `${dump}.old`)),
    )
    t.strictSame(result.removed, [])
    if (at.stage === undefined) t.match(result.removalsHeld, `tdiDump dump: ${dump} cannot be read`)
    renameSync(`${dump}.old`, dump)
  }
  await completes(t, home)
  writeFileSync(join(dump, 'collect_photos.in'), '')
  t.match(await runHere(home), {
    removed: [],
    removalsHeld: /tdiDump .* returned 0 photos/,
  })
})

// A separate process would have ended, and its lock would be known to be stale.
function takeFlagsDown(photos: string): void {
  const state = join(photos, '.supply')
  for (const name of readdirSync(state)) {
    if (name.startsWith('running-')) rmSync(join(state, name))
  }
}

/** A home with all photos, and with other pictures to import. */
async function openFull(t: Test, drop?: string): Promise<SupplyHome> {
  const home = await openSupplyHome(t, { dropped: 80, ...(drop === undefined ? {} : { drop }) })
  home.configure({ more: 'removeAfter: 0s\n  maxRemovals: 100%' })
  await runHere(home)
  await home.giveAll(1)
  return home
}

async function runHere(
  home: SupplyHome,
  onProgress: (progress: ImportProgress) => void = () => {},
): Promise<ImportResult> {
  const { settings } = loadConfig({ env: {}, file: home.config })
  if (settings?.supply === undefined) throw new Error('no supply')
  const result = await runImport({
    ...{ photos: home.photos, supply: settings.supply, open: openSource, onProgress },
    ...{ nowMs: Date.now(), signal: new AbortController().signal },
  })
  if (isLockHolder(result)) throw new Error('another import is at work')
  return result
}

function removedNobody(t: Test, home: SupplyHome, result: ImportResult, reason: RegExp): void {
  t.strictSame(result.removed, [])
  t.match(result.removalsHeld, reason)
  t.match(result.removalsHeld, `folder ${home.drop}: `)
  t.equal(home.read().size, home.sitters.length)
}

async function completes(t: Test, home: SupplyHome): Promise<void> {
  t.match(await runHere(home), { removed: [], removalsHeld: undefined, missing: [] })
  const found = home.read()
  for (const sitter of home.sitters) {
    const wanted = await home.photoOf(sitter, 1, 64)
    if (!found.get(sitter.addresses[0] as string)?.equals(wanted)) t.fail(`${sitter.at} is old`)
  }
}
