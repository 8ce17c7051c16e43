// Folders that a separate process reads: one that never answers is given up, and everything else works as when
// the import itself reads.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import {
  mustAnswer,
  openChildProcessTree,
  readFileInChildProcess,
} from '../../../../src/supply/source/files/child-process-tree.ts'
import type { FileTree } from '../../../../src/supply/source/files/file-tree.ts'
import { SourceError } from '../../../../src/supply/source/source.ts'
import { makeDirectory } from '../../../fixtures/process.ts'

async function namesOf(tree: FileTree): Promise<string[]> {
  const names: string[] = []
  for await (const file of tree.list()) if (file.kind === 'file') names.push(file.name)
  return names.sort()
}

const silent = (t: Parameters<typeof makeDirectory>[0]) => {
  const program = join(makeDirectory(t), 'silent.mjs')
  // Its threads are blocked, and it handles no signal.
  writeFileSync(program, "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)")
  return program
}

t.test('a folder that never answers is given up, and its process is not waited for', async t => {
  const tree = openChildProcessTree('/mnt/gone', { program: silent(t), answerMs: 300 })
  const given = { scope: 'source', message: /^\/mnt\/gone gives no answer within 0\.3 s/ }
  await t.rejects(namesOf(tree), given)
  await t.rejects(tree.read('joe@acme.example.jpg'), given, 'the folder is not read again')
  await tree.close()
  await t.rejects(readFileInChildProcess('/mnt/p.csv', 9, { program: silent(t), answerMs: 300 }), {
    message: /^\/mnt\/p\.csv gives no answer/,
  })
})

t.test('a process that dies is reported', async t => {
  const program = join(makeDirectory(t), 'dying.mjs')
  writeFileSync(program, 'process.exit(7)')
  await t.rejects(namesOf(openChildProcessTree('/mnt/x', { program })), {
    message: /the process that reads it has ended \(7\)/,
  })
})

t.test('a folder is listed and read as it is', async t => {
  const folder = makeDirectory(t)
  const names = Array.from({ length: 1_100 }, (_, at) => `p${at}@acme.example.jpg`).sort()
  for (const name of names) writeFileSync(join(folder, name), name)
  const tree = openChildProcessTree(folder)
  t.teardown(() => tree.close())
  t.strictSame(await namesOf(tree), names)
  t.equal((await tree.read('p7@acme.example.jpg')).toString(), 'p7@acme.example.jpg')
  for (const name of ['nobody.jpg', '../x']) {
    t.match(await tree.read(name).catch(error => error), { scope: 'person' }, name)
  }
  await t.rejects(tree.read('p7@acme.example.jpg', 3), { message: /is larger than 3 bytes/ })
  const error: unknown = await tree.read('nobody.jpg').catch(error => error)
  t.ok(error instanceof SourceError)
})

t.test('a folder that is missing, or to which photos are imported, is refused', async t => {
  const photos = makeDirectory(t)
  const gone = openChildProcessTree(join(photos, 'gone'))
  t.teardown(() => gone.close())
  await t.rejects(namesOf(gone), { scope: 'source', message: /cannot be read: ENOENT.*mounted/ })
  const link = join(makeDirectory(t), 'link')
  symlinkSync(photos, link)
  const same = openChildProcessTree(link, { photos })
  t.teardown(() => same.close())
  await t.rejects(namesOf(same), { message: /is where imported photos go/ })
  mkdirSync(join(photos, 'drop'))
  const below = openChildProcessTree(join(photos, 'drop'), { photos })
  t.teardown(() => below.close())
  t.strictSame(await namesOf(below), [])
})

t.test('mustAnswer waits until the disk has answered, even with an error', async t => {
  const folder = makeDirectory(t)
  writeFileSync(join(folder, 'file'), 'x')
  await mustAnswer([folder, join(folder, 'file'), join(folder, 'gone'), '/dev/null', '/proc/1/mem'])
  const options = { program: silent(t), answerMs: 300 }
  await t.rejects(mustAnswer([folder, '/mnt/gone/key'], options), {
    ...{ scope: 'source', message: new RegExp(`^${folder} gives no answer within 0\\.3 s`) },
  })
  const stop = new AbortController()
  const waiting = mustAnswer([folder], { program: silent(t), signal: stop.signal })
  stop.abort()
  await t.rejects(waiting, { message: /was closed/ })
  await t.rejects(mustAnswer([folder], { signal: stop.signal }), { message: /was not asked/ })
})
