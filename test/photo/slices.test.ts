// However many photos come or go at once, the thread that answers requests applies them in slices, and other work
// runs between any two of them.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openPhotoLibrary } from '../../src/photo/photo-library.ts'
import { maxEntries } from '../../src/photo/report-outbox.ts'
import { jpeg } from '../fixtures/images.ts'
import { makeDirectory } from '../fixtures/process.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const count = 4_000

t.test('a folder that is read or replaced is reported in slices', async t => {
  const home = makeDirectory(t)
  const [directory, next] = [join(home, 'photos'), join(home, 'next')]
  for (const [folder, prefix] of [
    [directory, 'old'],
    [next, 'new'],
  ] as const) {
    mkdirSync(folder)
    for (let at = 0; at < count; at++)
      writeFileSync(join(folder, `${prefix}${at}@acme.example.jpg`), jpeg)
  }
  const library = openPhotoLibrary({
    directory,
    cacheBytes: 1,
    watch: { tickMs: 100 },
    warn: () => {},
    info: () => {},
  })
  t.teardown(() => library.close())
  const steps: number[] = []
  let size = 0
  let isWatching = true
  const look = () => {
    if (library.size !== size) steps.push(Math.abs(library.size - size))
    size = library.size
    if (isWatching) setImmediate(look)
  }
  look()
  t.teardown(() => {
    isWatching = false
  })
  await library.scanned
  await waitUntil(() => size === count)
  t.ok(steps.length >= count / maxEntries, `${steps.length} slices`)

  renameSync(directory, join(home, 'old'))
  renameSync(next, directory)
  // Photos of the old folder go before those of the new one come.
  await waitUntil(
    () => library.find(`new${count - 1}@acme.example`) !== undefined && size === count,
  )
  await waitUntil(() => !('unknown' in library.aliasesOf('new1@acme.example')))
  t.ok(steps.length >= (3 * count) / maxEntries, `${steps.length} slices`)
  t.ok(
    steps.every(step => step <= maxEntries),
    `at most ${Math.max(...steps)} in one turn`,
  )
  t.equal(library.find('old1@acme.example'), undefined)
})
