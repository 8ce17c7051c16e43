// Alone in its process, because making so many files keeps the thread busy.
import { linkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { makeDirectory } from '../fixtures/process.ts'
import { isSeen, observe } from '../fixtures/watch.ts'

t.test('changes whose events the system drops in a flood are found by scans', async t => {
  const directory = makeDirectory(t)
  const file = join(directory, 'first@x.jpg')
  writeFileSync(file, 'x')
  const make = (kind: string, count: number) => {
    for (let at = 0; at < count; at++) linkSync(file, join(directory, `${kind}-${at}@x.jpg`))
  }
  // So many files that a scan is expensive, and rare.
  make('old', 20_000)
  const { names } = observe(t, directory)
  t.equal(names().length, 20_001)
  // More events than the queue holds. Nothing reads them meanwhile, because this is the watch's own thread.
  make('new', 30_000)
  await isSeen(t, 'the last of them', () => names().length === 50_001)
})
