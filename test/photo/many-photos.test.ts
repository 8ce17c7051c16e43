import { linkSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openPhotoLibrary } from '../../src/photo/photo-library.ts'
import { jpegOf } from '../fixtures/images.ts'
import { makeDirectory } from '../fixtures/process.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const count = 100_000

t.test('100,000 photos are indexed in under 5 s, and served before that', async t => {
  const home = makeDirectory(t)
  const directory = join(home, 'photos')
  mkdirSync(directory)
  // Hard links to a few files, since a file system allows 65,000 to one at most.
  for (let at = 0; at < count; at++) {
    const original = join(home, `original${Math.floor(at / 20_000)}`)
    if (at % 20_000 === 0) {
      writeFileSync(original, jpegOf('one of many'))
      utimesSync(original, 1000, 1000)
    }
    linkSync(original, join(directory, `person${at}@acme.example.jpg`))
  }
  const infos: Record<string, unknown>[] = []
  const started = performance.now()
  const library = openPhotoLibrary({
    directory,
    cacheBytes: 1e6,
    warn: (details, message) => t.fail(message, details),
    info: details => infos.push(details),
  })
  t.teardown(() => library.close())
  await waitUntil(() => library.size > 0, 10_000)
  t.notOk(library.isScanned, `${library.size} are known while the scan goes on`)
  let early: string | undefined
  for (let at = 0; early === undefined && at < count; at++) {
    if (library.find(`person${at}@acme.example`) !== undefined) early = `person${at}@acme.example`
  }
  t.same((await library.find(early ?? ''))?.bytes, jpegOf('one of many'))
  await library.scanned
  const milliseconds = Math.round(performance.now() - started)
  t.equal(library.size, count)
  t.equal(infos[0]?.photos, count)
  t.comment(`indexed in ${infos[0]?.milliseconds} ms`)
  t.comment(`with the start of the worker: ${milliseconds} ms`)
})
