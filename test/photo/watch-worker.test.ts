import { unlinkSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import threads, { Worker } from 'node:worker_threads'
import t from 'tap'
import { openPhotoLibrary } from '../../src/photo/photo-library.ts'
import { jpegOf } from '../fixtures/images.ts'
import { renameIn } from '../fixtures/photos.ts'
import { makeDirectory } from '../fixtures/process.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

t.test(
  'a watch that dies is started again, and files that were removed meanwhile are gone',
  async t => {
    // The real worker, which the test keeps so that it can end it.
    const workers: Worker[] = []
    class HeldWorker extends Worker {
      constructor(...args: ConstructorParameters<typeof Worker>) {
        super(...args)
        workers.push(this)
      }
    }
    threads.Worker = HeldWorker
    syncBuiltinESMExports()
    const directory = makeDirectory(t)
    renameIn(directory, 'joe@x.jpg', jpegOf('joe'), 60)
    renameIn(directory, 'sue@x.jpg', jpegOf('sue'), 60)
    const messages: string[] = []
    const note = (_: unknown, message: string) => messages.push(message)
    const library = openPhotoLibrary({ directory, cacheBytes: 1e6, warn: note, info: note })
    t.teardown(() => library.close())
    await library.scanned
    const bytesOf = async (address: string) => (await library.find(address))?.bytes
    t.same(await bytesOf('joe@x'), jpegOf('joe'))

    await workers[0]?.terminate()
    unlinkSync(join(directory, 'joe@x.jpg'))
    renameIn(directory, 'ann@x.jpg', jpegOf('ann'), 60)
    t.same(await bytesOf('sue@x'), jpegOf('sue'), 'served meanwhile')
    await waitUntil(async () => (await bytesOf('ann@x')) !== undefined, 60_000)
    await waitUntil(() => library.find('joe@x') === undefined)
    t.same(await bytesOf('sue@x'), jpegOf('sue'))
    t.equal(workers.length, 2)
    t.strictSame(messages, ['photos indexed'], 'the log says "indexed" once')

    await workers[1]?.terminate()
    await library.close()
    await new Promise(resolve => setTimeout(resolve, 1_200)) // Longer than a restart takes.
    t.equal(workers.length, 2, 'no restart after closing')
  },
)
