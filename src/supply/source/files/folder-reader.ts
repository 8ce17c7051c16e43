// The child process that reads folders and files of this machine for an import. A mount whose server is gone never
// answers and blocks every thread that asks: then this process is left behind, and the import goes on.
import { opendirSync, statSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { readRegularFile } from '../../../disk/regular-file.ts'
import type { ListedProblem } from '../source.ts'
import { SourceError } from '../source.ts'
import type { FileTree, TreeFile } from './file-tree.ts'
import { sourceError } from './file-tree.ts'
import type { ReaderAnswer, ReaderRequest } from './folder-reader-messages.ts'
import { openLocalTree } from './local-tree.ts'

// No file with a secret is larger.
const maxProbeBytes = 4 * 1024 * 1024
// Files in one message.
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

// Errors are ignored here: the code that reads the file next reports them.
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

// An import from its own output would find every photo again, and never remove one.
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
// The import is gone. SIGKILL, because exit would wait for blocked threads.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
