// Users who pose as the gate: anybody can compute the name of its socket. Root's `photogate reload` asks the gate itself, or
// nobody.
import { spawn } from 'node:child_process'
import { chmodSync, chownSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import { controlKeysOf } from '../../src/server/control/control-places.ts'
import { runCli, startServing } from '../fixtures/cli.ts'
import { makeDirectory } from '../fixtures/process.ts'
import { office, openServingHome } from '../fixtures/serving-home.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const stranger = 1_777
const applied = '{"photogate":1,"outcome":"applied","rules":["all fine"],"warnings":[]}\n'

async function open(t: Test) {
  const env = { TMPDIR: makeDirectory(t), NODE_OPTIONS: '' }
  // As /tmp.
  chmodSync(env.TMPDIR, 0o1777)
  const home = openServingHome(t, office('127.0.0.2'))
  const [key = ''] = controlKeysOf(home.file)
  const start = () => startServing(t, ['--config', home.file], { env })
  const run = (verb: string, ...more: string[]) =>
    runCli(t, [verb, '--config', home.file, ...more], { env, cwd: env.TMPDIR })
  return { env, home, key, start, run }
}

interface Posing {
  readonly folder: string
  readonly key: string
  readonly uid: number
  /** What it says of itself. Undefined: its own process id. */
  readonly heard?: number
  /** In the socket's name. Undefined: its own process id. */
  readonly named?: number
}

/** A process of that user, which answers every request with "applied". */
async function pose(t: Test, { folder, key, uid, heard, named }: Posing) {
  const code = `
    process.setgroups([]); process.setgid(${uid}); process.setuid(${uid}); process.umask(0o077)
    const { mkdirSync } = require('node:fs')
    mkdirSync(${JSON.stringify(folder)}, { recursive: true })
    require('node:net').createServer(socket => socket.on('error', () => {}).on('data', () => {
      socket.end(JSON.stringify({ photogate: 1, heard: ${heard ?? 'process.pid'} }) + '\\n' + ${JSON.stringify(applied)})
    })).listen(${JSON.stringify(join(folder, `${key}-`))} + ${named ?? 'process.pid'} + '.sock')`
  const child = spawn(process.execPath, ['-e', code], { cwd: '/', stdio: 'ignore', env: {} })
  const ended = new Promise(resolve => child.on('close', resolve))
  t.teardown(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const path = join(folder, `${key}-${named ?? child.pid}.sock`)
  await waitUntil(() => existsSync(path))
  return { path, pid: child.pid as number }
}

const skip = process.getuid?.() === 0 ? false : 'only root can become another user'

t.test("a stranger's socket does not get the answer", { skip }, async t => {
  const { env, key, run } = await open(t)
  const folder = join(env.TMPDIR, `photogate-${stranger}`)
  const { path, pid } = await pose(t, { folder, key, uid: stranger })
  for (const more of [[], ['--json'], ['--pid', `${pid}`]]) {
    const { code, stdout, stderr } = await run('reload', ...more)
    t.match({ code, stdout }, { code: 70, stdout: '' })
    t.match(stderr, /^photogate: no gate .*runs with /)
    t.ok(stderr.includes(`${path} was not asked, because user ${stranger} may have put it there`))
    t.equal(stderr.trim().split('\n').length, 1)
  }
})

t.test("beside a stranger's socket, root's gate is the only one", { skip }, async t => {
  const { env, key, start, run } = await open(t)
  const folder = join(env.TMPDIR, `photogate-${stranger}`)
  await pose(t, { folder, key, uid: stranger })
  const gate = await start()
  t.match(await run('reload'), {
    code: 0,
    stdout: `the gate (process ${gate.child.pid}) has applied the configuration: office\n`,
    stderr: '',
  })
  t.match(await run('stop'), { code: 0 })
  t.strictSame(await gate.ended, { code: 0, signal: null })
})

t.test('the owner of the configuration or of its folder is believed', { skip }, async t => {
  for (const own of ['file', 'directory'] as const) {
    await t.test(own, async t => {
      const { env, home, key, run } = await open(t)
      chownSync(home[own], stranger, stranger)
      const folder = join(env.TMPDIR, `photogate-${stranger}`)
      await pose(t, { folder, key, uid: stranger })
      t.match(await run('reload'), { code: 0, stdout: /configuration: all fine/ })
    })
  }
})

t.test('a process that is not the one of the name is not believed', { skip }, async t => {
  await t.test('it runs as another user than its folder', async t => {
    const { env, home, key, run } = await open(t)
    chownSync(home.file, stranger, stranger)
    const folder = join(env.TMPDIR, `photogate-${stranger}`)
    const { path } = await pose(t, { folder, key, uid: stranger, named: 1, heard: 1 })
    const { code, stderr } = await run('reload')
    t.equal(code, 70)
    t.ok(stderr.includes(`${path} was not asked: process 1, which it names, does not run as its`))
  })
  await t.test('it says that it is another', async t => {
    const { env, home, key, run } = await open(t)
    chownSync(home.file, stranger, stranger)
    const folder = join(env.TMPDIR, `photogate-${stranger}`)
    const { pid } = await pose(t, { folder, key, uid: stranger, heard: 1 })
    const { code, stdout, stderr } = await run('reload')
    t.strictSame({ code, stdout }, { code: 70, stdout: '' })
    t.ok(stderr.includes(`process 1 answers at a socket that is named for process ${pid}`))
  })
})
