// The process that reads folders and files of this machine for an import. A folder on a mount whose server is
// gone answers nobody, ever, and takes the threads that ask down with it: then this process is left behind,
// and the import goes on.
import { opendirSync, statSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { readRegularFile } from '../../../disk/regular-file.ts'
import type { ListedProblem } from '../source.ts'
import { SourceError } from '../source.ts'
import type { FileTree, TreeFile } from './file-tree.ts'
import { sourceError } from './file-tree.ts'
import type { ReaderAnswer, ReaderRequest } from './folder-reader-messages.ts'
import { openLocalTree } from './local-tree.ts'

// No secret is longer.
const maxProbeBytes = 4 * 1024 * 1024
// Files that are told of in one message.
const batchSize = 512

let tree: FileTree | undefined
let files: AsyncIterator<TreeFile | ListedProblem> | undefined

async function work(request: ReaderRequest): Promise<unknown> {
  switch (request.kind) {
    case 'list':
      await mustBeAnother(request.folder, request.photos)
      tree = openLocalTree(request.folder)
      files = tree.list()[Symbol.asyncIterator]()
      return undefined
    case 'next': {
      const batch: (TreeFile | ListedProblem)[] = []
      while (batch.length < batchSize) {
        const next = await files?.next()
        if (next === undefined || next.done) break
        batch.push(next.value)
      }
      return batch
    }
    case 'read':
      tree ??= openLocalTree(request.folder)
      return await tree.read(request.name, request.maxBytes)
    case 'file':
      return readRegularFile(request.path, request.maxBytes).bytes
    case 'probe':
      probe(request.path)
      return undefined
  }
}

// Who reads it then says what is wrong with it.
function probe(path: string): void {
  try {
    if (!statSync(path).isDirectory()) readRegularFile(path, maxProbeBytes)
    else {
      const directory = opendirSync(path)
      directory.readSync()
      directory.closeSync()
    }
  } catch {}
}

// An import from there would find what it has written: nobody would ever be removed.
async function mustBeAnother(folder: string, photos: string | undefined): Promise<void> {
  if (photos === undefined) return
  const [from, to] = await Promise.all(
    [folder, photos].map(path => realpath(path).catch(() => undefined)),
  )
  if (from === undefined || from !== to) return
  throw sourceError(folder, 'is where imported photos go; name where they come from')
}

async function answer(id: number, request: ReaderRequest): Promise<ReaderAnswer> {
  try {
    return { id, value: await work(request) }
  } catch (error) {
    const { message } = error as Error
    return { id, error: { message, scope: error instanceof SourceError ? error.scope : undefined } }
  }
}

process.on('message', ({ id, request }: { id: number; request: ReaderRequest }) => {
  void answer(id, request).then(answer => {
    if (process.connected) process.send?.(answer)
  })
})
// Not exit, which would wait for the threads. Nobody is left to read for.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
