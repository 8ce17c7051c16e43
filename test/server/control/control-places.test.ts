// Where a gate's socket may lie, and whose sockets are believed: by the folders alone, without a gate.
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import {
  divideByTrust,
  findOwners,
  isProcessOfOwner,
} from '../../../src/server/control/believed-places.ts'
import {
  controlKeysOf,
  findOwnFolder,
  findPlaces,
  pipePath,
  socketPath,
  socketsIn,
} from '../../../src/server/control/control-places.ts'
import { makeDirectory } from '../../fixtures/process.ts'

const uid = process.getuid?.() ?? 0
const key = '0123456789abcdef'

async function listenAt(t: Test, path: string): Promise<void> {
  const server = createServer()
  t.teardown(() => server.close())
  await new Promise<void>(resolve => server.listen(path, () => resolve()))
}

t.test('on Windows a gate is reached by a pipe, which has no owner and no process', async t => {
  const [place] = findPlaces({ env: {}, uid: undefined, temporary: 'C:\\Temp' }, [key])
  t.strictSame(place, { path: pipePath(key), pid: undefined, owner: undefined, isService: false })
  t.ok(place && isProcessOfOwner(place))
  t.strictSame(divideByTrust([place as never], new Set()).strange, [])
})

t.test('a runtime folder that others can write to is not used, and a reason says so', async t => {
  const home = makeDirectory(t)
  const runtime = join(home, 'run')
  mkdirSync(runtime)
  chmodSync(runtime, 0o777)
  const long = join(home, 'x'.repeat(120))
  t.teardown(() => rmSync('/tmp/photogate-4321', { recursive: true, force: true }))
  mkdirSync(long)
  const found = findOwnFolder({
    env: { RUNTIME_DIRECTORY: `${runtime}:/other` },
    uid: 4_321,
    temporary: long,
  })
  t.match(
    found,
    'why' in found
      ? { why: /only this user can write to; .* is too long for/ }
      : { folder: /^\/tmp\// },
  )
})

t.test('a runtime folder of this user is used, and a private one elsewhere', async t => {
  const home = makeDirectory(t)
  const runtime = join(home, 'run')
  mkdirSync(runtime, { mode: 0o755 })
  t.strictSame(findOwnFolder({ env: { RUNTIME_DIRECTORY: runtime }, uid, temporary: home }), {
    folder: runtime,
  })
  const path = socketPath(runtime, key, process.pid)
  await listenAt(t, path)
  writeFileSync(join(runtime, `${key}-7.sock`), 'not a socket')
  writeFileSync(join(runtime, 'notes.txt'), '')
  const facts = { env: { RUNTIME_DIRECTORY: runtime }, uid, temporary: home }
  const found = findPlaces(facts, [key]).filter(place => place.path === path)
  t.match(found, [{ pid: process.pid, owner: uid, isService: true }])
  t.ok(found[0] && isProcessOfOwner(found[0]))
  t.notOk(findPlaces(facts, ['fedcba9876543210']).some(place => place.path === path))
  t.equal(socketsIn(runtime).length, 1)
  t.strictSame(socketsIn(join(home, 'none')), [])
})

t.test('a process that is gone, or of somebody else, is not the gate of a folder', async t => {
  const place = { path: '', isService: false }
  t.notOk(isProcessOfOwner({ ...place, pid: 2 ** 31 - 1, owner: uid }))
  t.notOk(isProcessOfOwner({ ...place, pid: process.pid, owner: uid + 1 }))
  t.ok(isProcessOfOwner({ ...place, pid: process.pid, owner: undefined }))
  t.strictSame([...findOwners(join(makeDirectory(t), 'none', 'a.yaml'), undefined)], [0])
})

t.test('a configuration has a key for each link that leads to it', async t => {
  const home = makeDirectory(t)
  writeFileSync(join(home, 'real.yaml'), '')
  symlinkSync('real.yaml', join(home, 'link.yaml'))
  symlinkSync('loop.yaml', join(home, 'loop.yaml'))
  const [real] = controlKeysOf(join(home, 'real.yaml'))
  t.strictSame(controlKeysOf(join(home, 'link.yaml')).at(-1), real)
  t.equal(controlKeysOf(join(home, 'loop.yaml')).length, 1)
  t.equal(controlKeysOf(join(home, 'none', 'a.yaml')).length, 1)
  t.not(controlKeysOf(undefined, home)[0], controlKeysOf(undefined)[0])
})
