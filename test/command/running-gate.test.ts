// `photogate reload` and `photogate stop` with real gates: applied, refused, finished, hung, killed, of another user, two of
// them.
import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import type { CliFixture } from '../fixtures/cli.ts'
import { copyProgram, runCli, startServing } from '../fixtures/cli.ts'
import { makeDirectory } from '../fixtures/process.ts'
import {
  askSlowly,
  office,
  openServingHome,
  slowBytes,
  statusFrom,
} from '../fixtures/serving-home.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

// Side by side: they mostly wait.
t.jobs = 4

// Each test looks for sockets in a folder of its own.
async function open(t: Test) {
  const env = { TMPDIR: makeDirectory(t), NODE_OPTIONS: '' }
  const home = openServingHome(t, office('127.0.0.2'))
  const start = () => startServing(t, ['--config', home.file], { env })
  const run = (verb: string, ...more: string[]) =>
    runCli(t, [verb, '--config', home.file, ...more], { env, cwd: env.TMPDIR })
  return { env, home, start, run }
}

const pidOf = ({ child }: CliFixture) => child.pid as number

t.test('where no gate runs, both verbs say so and end with 70', { buffered: true }, async t => {
  const { run, env } = await open(t)
  for (const verb of ['reload', 'stop']) {
    const message =
      /^photogate: no gate runs with .*photogate\.yaml, or this user cannot see it; name the configuration as serve was told it/
    t.match(await run(verb), { code: 70, stdout: '', stderr: message })
    t.match(await run(verb, '--json'), { code: 70, stdout: '', stderr: message })
    t.match(await runCli(t, [verb], { env, cwd: env.TMPDIR }), { code: 78 })
    t.match(await run(verb, '--pid', 'x'), { code: 2 })
    t.match(await run(verb, '--timeout', '0'), { code: 2 })
    t.match(await runCli(t, [verb, '-c', 'no.yaml'], { env, cwd: env.TMPDIR }), {
      code: 70,
      stderr: /\(the file is not there\)/,
    })
  }
})

t.test(
  'reload ends when the configuration is applied or refused, and says which',
  { buffered: true },
  async t => {
    const { home, start, run } = await open(t)
    const gate = await start()
    const pid = pidOf(gate)
    t.equal(await statusFrom(gate.port, '127.0.0.1'), 302)
    writeFileSync(home.file, office('127.0.0.1'))
    t.match(await run('reload'), {
      code: 0,
      stdout: `the gate (process ${pid}) has applied the configuration: office\n`,
    })
    t.equal(await statusFrom(gate.port, '127.0.0.1'), 200, 'at once')
    writeFileSync(home.file, 'allow: [{ name: open }]\nfoo: 1\n')
    t.match(await run('reload'), {
      code: 78,
      stdout: '',
      stderr:
        /keeps the old configuration, because the new one has problems:\n.*photogate\.yaml:1:9 allow\[0\] has no condition.*\n.*:2:1 .*foo.*\n$/,
    })
    const { code, stdout } = await run('reload', '--json')
    t.equal(code, 78)
    t.match(JSON.parse(stdout), { outcome: 'refused', problems: [/:1:9/, /:2:1/], pid })
    t.equal(await statusFrom(gate.port, '127.0.0.1'), 200)
    const link = join(home.directory, 'link.yaml')
    symlinkSync(home.file, link)
    writeFileSync(home.file, office('127.0.0.2'))
    t.match(await run('reload', '--config', link), { code: 0 }, 'by a link to the configuration')
    t.match(await run('reload', '--json', '--pid', `${pid}`), { code: 0 })
  },
)

t.test(
  'stop ends when requests under way are answered, and the process is gone',
  { buffered: true },
  async t => {
    const { start, run } = await open(t)
    const gate = await start()
    const slow = await askSlowly(t, gate.port)
    let isOver = false
    const stopping = run('stop').then(end => {
      isOver = true
      return end
    })
    await waitUntil(() => gate.stdout().includes('stopping: requests under way are finished first'))
    t.notOk(isOver)
    t.ok((await slow.finish()) >= slowBytes)
    t.match(await stopping, { code: 0, stdout: `the gate (process ${pidOf(gate)}) has stopped\n` })
    t.notOk(isAlive(pidOf(gate)))
    t.strictSame(await gate.ended, { code: 0, signal: null })
    t.match(await run('stop'), { code: 70 })
  },
)

t.test('requests that take too long are cut off, and stop says so', { buffered: true }, async t => {
  const { start, run } = await open(t)
  const gate = await start()
  await askSlowly(t, gate.port)
  const { code, stdout } = await run('stop', '--json')
  t.equal(code, 1)
  t.strictSame(JSON.parse(stdout), { outcome: 'cut-off', pid: pidOf(gate) })
  t.strictSame(await gate.ended, { code: 70, signal: null })
})

t.test('of two gates with one configuration, one is named', { buffered: true }, async t => {
  const { start, run } = await open(t)
  const gates = [await start(), await start()]
  const pids = gates.map(pidOf)
  const end = await run('stop')
  t.match(end, {
    code: 2,
    stderr: /2 gates run with .*: processes \d+ and \d+; name one with --pid \d+/,
  })
  for (const pid of pids) t.ok(end.stderr.includes(`${pid}`))
  t.match(await run('stop', '--pid', '1'), { code: 70, stderr: /no gate with process id 1 runs/ })
  t.match(await run('stop', '--pid', `${pids[1]}`), { code: 0 })
  t.strictSame(await gates[1]?.ended, { code: 0, signal: null })
  t.ok(isAlive(pids[0] as number))
  t.match(await run('reload'), { code: 0 })
})

t.test('a gate that hangs is told, in time', { buffered: true }, async t => {
  const { start, run } = await open(t)
  const gate = await start()
  gate.child.kill('SIGSTOP')
  t.teardown(() => gate.child.kill('SIGCONT'))
  for (const verb of ['reload', 'stop']) {
    const message = `photogate: the gate (process ${pidOf(gate)}) does not answer within 5 s: it hangs or is stopped; look at its log, and end the process if it stays so\n`
    t.match(await run(verb), { code: 70, stdout: '', stderr: message })
  }
})

t.test(
  'what a killed gate leaves misleads nobody, and the next gate is found',
  { buffered: true },
  async t => {
    const { start, run } = await open(t)
    const gate = await start()
    gate.child.kill('SIGKILL')
    await gate.ended
    t.match(await run('stop'), { code: 70, stderr: /no gate runs with/ })
    const next = await start()
    t.match(await run('stop'), {
      code: 0,
      stdout: `the gate (process ${pidOf(next)}) has stopped\n`,
    })
  },
)

t.test(
  'another user may not ask, and root finds the gate of the user who owns the configuration',
  { buffered: true },
  async t => {
    if (process.getuid?.() !== 0) {
      t.pass('root only', { skip: 'only root can become another user' })
      return
    }
    const { env, home, run } = await open(t)
    const script = copyProgram(t)
    const nobody = { env, uid: 65_534, script, cwd: '/' }
    chmodSync(env.TMPDIR, 0o777)
    execFileSync('chmod', ['-R', 'a+rX', home.directory])
    const args = ['--config', home.file]
    await t.test("root's gate, in root's folder and in one that all can look into", async t => {
      const gate = await startServing(t, args, { env })
      t.match(await runCli(t, ['stop', ...args], nobody), {
        code: 70,
        stderr: /or this user cannot see it/,
      })
      const runtime = makeDirectory(t)
      chmodSync(runtime, 0o755)
      const open = { ...env, RUNTIME_DIRECTORY: runtime }
      const other = await startServing(t, args, { env: open })
      const end = await runCli(t, ['stop', ...args], { ...nobody, env: open })
      t.match(end, {
        code: 70,
        stderr: /this user may not ask it; run this as its user or as root/,
      })
      t.ok(isAlive(pidOf(gate)) && isAlive(pidOf(other)))
      for (const cli of [gate, other]) {
        cli.child.kill('SIGTERM')
        await cli.ended
      }
    })
    await t.test("another user's gate", async t => {
      chownSync(home.file, nobody.uid, nobody.uid)
      const gate = await startServing(t, args, nobody)
      t.ok(existsSync(join(env.TMPDIR, 'photogate-65534')))
      t.match(await run('stop'), {
        code: 0,
        stdout: `the gate (process ${pidOf(gate)}) has stopped\n`,
      })
    })
  },
)

t.test('a gate without a configuration is found by its photos', { buffered: true }, async t => {
  const { env, home } = await open(t)
  const photos = join(home.directory, 'photos')
  const options = { env, cwd: env.TMPDIR }
  const gate = await startServing(t, ['--photos', photos], options)
  t.match(await runCli(t, ['reload', '--photos', photos], options), { code: 0 })
  t.match(await runCli(t, ['stop', '--photos', photos], options), { code: 0 })
  await gate.ended
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
