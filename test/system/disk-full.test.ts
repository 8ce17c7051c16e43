// Disks that are full, out of inodes, read-only or another user's: an import says so and stops, the photos that were
// there before stay and are served, and as soon as there is room the next import completes.
import { execFileSync } from 'node:child_process'
import { chmodSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import type { CliOptions } from '../fixtures/cli.ts'
import { copyProgram, runCli, startServing } from '../fixtures/cli.ts'
import { ask } from '../fixtures/client.ts'
import { mountTmpfs } from '../fixtures/mount.ts'
import type { SupplyHome } from '../fixtures/supply-home.ts'
import { openSupplyHome } from '../fixtures/supply-home.ts'

const people = 70
// People whose photos are imported before the disk fills up.
const early = 40
const nobody = 65_534
const page = 4_096
const fit = 64

t.setTimeout(240_000)
// The tests mostly wait: for the watch of a gate, and for programs to start.
t.jobs = 3

t.test('a full disk', async t => {
  const mount = mountTmpfs(t, 'size=2m')
  if (mount === undefined) return
  const home = await openEarly(t, mount.directory)
  const serving = await startServing(t, ['--config', home.config], plain)
  await giveAll(home)
  const ballast = join(mount.directory, 'ballast')
  for (const pages of [0, 1, 2, 3, 5, 9, 20]) {
    await t.test(`with room for ${pages} pages`, async t => {
      rmSync(ballast, { force: true })
      writeFileSync(ballast, Buffer.alloc(mount.left().bytes - pages * page))
      const { code, stdout, stderr } = await home.run(t, [], plain)
      t.equal(code, 70)
      t.equal(stdout, '')
      t.match(
        stderr,
        /^photogate: cannot go on in .*: ENOSPC: no space left on device.*; photos written so far are whole and stay, and the next import goes on from them\n$/,
      )
      await areWhole(t, home, serving.port)
      t.strictSame(home.leftovers(), [])
      home.journal()
    })
  }
  await t.test('photos remove says so as well, and removes nothing', async t => {
    rmSync(ballast, { force: true })
    writeFileSync(ballast, Buffer.alloc(mount.left().bytes))
    const before = home.read()
    const args = ['photos', 'remove', 'p0@acme.example', '--config', home.config]
    t.match(await runCli(t, args, plain), {
      code: 70,
      stderr: /^photogate: cannot change .*: ENOSPC/,
    })
    t.strictSame(home.read(), before)
    t.strictSame(home.leftovers(), [])
  })
  await t.test('with room the next import completes', async t => {
    mount.remount('size=8m')
    await completes(t, home, serving.port)
  })
})

t.test('a disk without inodes', async t => {
  const mount = mountTmpfs(t, 'size=8m,nr_inodes=400')
  if (mount === undefined) return
  const home = await openEarly(t, mount.directory)
  const serving = await startServing(t, ['--config', home.config], plain)
  await giveAll(home)
  for (const files of [0, 1, 2, 5]) {
    await t.test(`but for ${files} files`, async t => {
      mount.remount(`nr_inodes=${mount.used() + files}`)
      const { code, stderr } = await home.run(t, [], plain)
      t.equal(code, 70)
      t.match(stderr, /cannot go on in .*ENOSPC/)
      await areWhole(t, home, serving.port)
      t.strictSame(home.leftovers(), [])
    })
  }
  await t.test('with room the next import completes', async t => {
    mount.remount('nr_inodes=400')
    await completes(t, home, serving.port)
  })
})

t.test('a disk that is read-only', async t => {
  const mount = mountTmpfs(t, 'size=8m')
  if (mount === undefined) return
  const home = await openEarly(t, mount.directory)
  const serving = await startServing(t, ['--config', home.config], plain)
  await giveAll(home)
  mount.remount('ro')
  const before = home.read()
  const { code, stderr } = await home.run(t, [], plain)
  t.equal(code, 70)
  t.match(stderr, /^photogate: cannot go on in .*: EROFS: read-only file system/)
  t.strictSame(home.read(), before)
  await areWhole(t, home, serving.port)
  t.match(await home.run(t, ['--dry-run'], plain), {
    code: 0,
    report: { added: { length: people - early } },
  })
  for (const args of [
    ['remove', 'p0@acme.example'],
    ['rename', 'p0@acme.example', 'x@acme.example'],
  ]) {
    const end = await runCli(t, ['photos', ...args, '--config', home.config], plain)
    t.match(end, { code: 70, stderr: /^photogate: cannot change .*: EROFS/ })
  }
  mount.remount('rw')
  await completes(t, home, serving.port)
})

t.test('a directory of another user', async t => {
  if (!mayBeNobody(t)) return
  const options = asNobody()
  const home = await openSupplyHome(t, { dropped: 3 })
  openToAll(home.directory)
  await t.test('into which nobody imported yet', async t => {
    const { code, stderr } = await home.run(t, [], options)
    t.match({ code, stderr }, { code: 70, stderr: /cannot go on in .*: EACCES: permission denied/ })
    t.strictSame(readdirSync(home.photos), [])
  })
  await t.test('into which its owner imports', async t => {
    t.equal((await home.run(t, [], plain)).code, 0)
    const before = home.read()
    for (const args of [[], ['--dry-run']]) {
      const { code, stderr } = await home.run(t, args, options)
      t.match({ code, stderr }, { code: 70, stderr: /EACCES: permission denied/ })
      t.strictSame(home.read(), before)
    }
    t.match(await home.run(t, [], plain), { code: 0, report: { unchanged: 3 } })
  })
})

t.test('a source folder of another user', async t => {
  if (!mayBeNobody(t)) return
  const options = asNobody()
  const home = await openSupplyHome(t, { dropped: 3 })
  openToAll(home.directory)
  chmodSync(home.photos, 0o777)
  home.configure({ more: 'removeAfter: 0s' })
  t.equal((await home.run(t, [], options)).code, 0)
  const before = home.read()
  for (const [name, mode] of [
    ['that the import may not read', 0o700],
    ['whose files the import may not stat', 0o744],
  ] as const) {
    await t.test(name, async t => {
      chmodSync(home.drop, mode)
      const { code, report } = await home.run(t, [], options)
      t.equal(code, 1)
      t.match(report, { removed: [], removalsHeld: home.drop, fine: false })
      t.ok(report?.errors.some(error => error.includes(home.drop) && error.includes('EACCES')))
      t.strictSame(home.read(), before)
    })
  }
  chmodSync(home.drop, 0o755)
  t.match(await home.run(t, [], options), { code: 0, report: { unchanged: 3, removed: [] } })
})

const plain = { env: { NODE_OPTIONS: '' } }
let script: string | undefined

// The checkout may be where no other user can enter, as below /root.
function asNobody(): CliOptions {
  script ??= copyProgram(t)
  return { ...plain, uid: nobody, script }
}

// Whatever the umask.
function openToAll(directory: string): void {
  execFileSync('chmod', ['-R', 'a+rX', directory])
}

function mayBeNobody(t: Test): boolean {
  if (process.getuid?.() === 0) return true
  const message = 'only root can run as another user, run this test as root'
  if (process.env.CI === 'true') t.fail(message)
  else t.pass(message, { skip: `skipped: ${message}` })
  return false
}

/** Homes with the first photos of some people. */
async function openEarly(t: Test, photos: string): Promise<SupplyHome> {
  const home = await openSupplyHome(t, { dropped: people, photos })
  for (const sitter of home.sitters.slice(early)) await home.give(sitter, undefined)
  t.match(await home.run(t, [], plain), { code: 0, report: { added: { length: early } } })
  return home
}

/** Gives these people other pictures, and the others their first. */
function giveAll(home: SupplyHome): Promise<void> {
  return home.giveAll(1)
}

/** Each photo is the old or the new one, on the disk and as served, and the earlier ones are there. */
async function areWhole(t: Test, home: SupplyHome, port: number): Promise<void> {
  const found = home.read()
  found.delete('ballast')
  const wrong: string[] = []
  for (const [at, sitter] of home.sitters.entries()) {
    const [address = ''] = sitter.addresses
    const good = [await home.photoOf(sitter, 0, fit), await home.photoOf(sitter, 1, fit)]
    const isGood = (bytes: Buffer) => good.some(one => one.equals(bytes))
    const bytes = found.get(address)
    if (bytes === undefined ? at < early : !isGood(bytes)) wrong.push(`${address} on the disk`)
    if (at >= early) continue
    const { status, body } = await ask(port, `/${address}.jpg`)
    if (status !== 200 || !isGood(body)) wrong.push(`${address} as it is served: ${status}`)
  }
  t.strictSame(wrong, [])
}

async function completes(t: Test, home: SupplyHome, port: number): Promise<void> {
  t.match(await home.run(t, [], plain), {
    code: 0,
    stderr: '',
    report: { errors: [], replaced: [] },
  })
  await areWhole(t, home, port)
  const found = home.read()
  for (const sitter of home.sitters) {
    const bytes = found.get(sitter.addresses[0] as string)
    if (!bytes?.equals(await home.photoOf(sitter, 1, fit))) t.fail(`${sitter.addresses[0]} is old`)
  }
  t.strictSame(home.leftovers(), [])
  t.match(await home.run(t, [], plain), { code: 0, report: { unchanged: people } })
}
