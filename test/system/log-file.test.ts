// The log of a running gate in a file: every request leaves exactly one line, whole, while the file is moved by logrotate,
// rotated by size, changed by a reload, or on a disk that is full.
import { execFileSync } from 'node:child_process'
import {
  chownSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import type { Test } from 'tap'
import t from 'tap'
import { copyProgram, startCli } from '../fixtures/cli.ts'
import { ask } from '../fixtures/client.ts'
import { mountTmpfs } from '../fixtures/mount.ts'
import { findFreePort, findProgram, makeDirectory } from '../fixtures/process.ts'
import { root } from '../fixtures/root.ts'
import { office, openServingHome, photo } from '../fixtures/serving-home.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

t.setTimeout(180_000)

const rules = office('127.0.0.0/8')
const clients = 16
const nobody = 65_534

/** A gate whose log is `gate.log` in the folder. */
async function startLogging(
  t: Test,
  more = '',
  { folder = makeDirectory(t), isNobody = false }: { folder?: string; isNobody?: boolean } = {},
) {
  const log = join(folder, 'gate.log')
  const text = (file: string, others = more) => `log: { file: ${file}${others} }\n${rules}`
  const home = openServingHome(t, text(log))
  const port = await findFreePort()
  const args = ['--config', home.file, '--host', '127.0.0.1', '--port', `${port}`]
  if (isNobody) {
    chownSync(folder, nobody, nobody)
    execFileSync('chmod', ['-R', 'a+rX', home.directory])
  }
  const options = isNobody ? { uid: nobody, script: copyProgram(t), cwd: '/' } : {}
  const start = () => startCli(t, ['serve', ...args], { ...options, env: { NODE_OPTIONS: '' } })
  const cli = start()
  const isUp = async () => (await ask(port, photo).catch(() => undefined))?.status === 200
  for (let turn = 0; !(await isUp()); turn++) {
    if (turn > 200 || cli.child.exitCode !== null) throw new Error(cli.stderr())
    await delay(50)
  }
  const names = () => readdirSync(folder).filter(name => /^gate\.log/.test(name))
  const read = (name: string) => {
    const bytes = readFileSync(join(folder, name))
    return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()
  }
  return { folder, log, home, port, cli, start, names, read, text }
}

/** Clients that ask until `stop` is called, each request by another user agent. */
function flood(port: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: clients })
  const answered: string[] = []
  let isOver = false
  const askAs = (name: string) =>
    new Promise<void>((resolve, reject) => {
      const headers = { 'user-agent': name }
      const asking = request({ host: '127.0.0.1', port, agent, path: photo, headers }, response => {
        response.resume()
        response.on('end', () => resolve())
      })
      asking.on('error', reject)
      asking.end()
    })
  const run = async (client: number) => {
    for (let turn = 0; !isOver; turn++) {
      const name = `client-${client}-${turn}`
      await askAs(name)
      answered.push(name)
    }
  }
  const runs = Array.from({ length: clients }, (_, client) => run(client))
  return {
    answered,
    stop: async () => {
      isOver = true
      await Promise.all(runs)
      agent.destroy()
    },
  }
}

const agentsIn = (text: string) =>
  text
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line) as { userAgent?: string })
    .flatMap(({ userAgent }) => (userAgent?.startsWith('client-') ? [userAgent] : []))

/** Stops the gate, and compares: each answered request has one line. */
async function areWhole(
  t: Test,
  gate: Awaited<ReturnType<typeof startLogging>>,
  answered: string[],
) {
  gate.cli.child.kill('SIGTERM')
  t.strictSame(await gate.cli.ended, { code: 0, signal: null })
  const found = gate.names().flatMap(name => agentsIn(gate.read(name)))
  t.ok(answered.length > 500, `${answered.length} requests`)
  t.equal(found.length, answered.length)
  t.strictSame(new Set(found), new Set(answered))
}

t.test('moved away and opened anew by SIGUSR2 again and again, under load', async t => {
  const gate = await startLogging(t)
  const load = flood(gate.port)
  for (let turn = 1; turn <= 25; turn++) {
    await delay(120)
    renameSync(gate.log, `${gate.log}.${turn}`)
    gate.cli.child.kill('SIGUSR2')
    await waitUntil(() => gate.names().includes('gate.log'))
  }
  await load.stop()
  await areWhole(t, gate, load.answered)
  t.ok(gate.names().length === 26)
})

t.test('rotated by size under load', async t => {
  const gate = await startLogging(t, ', rotate: { size: 128KiB, keep: 1000 }')
  const load = flood(gate.port)
  await waitUntil(() => gate.names().length > 8, 60_000)
  await load.stop()
  for (const name of gate.names()) t.ok(statSync(join(gate.folder, name)).size <= 131_072, name)
  await areWhole(t, gate, load.answered)
  t.equal(gate.cli.stderr(), '')
})

t.test("logrotate with photogate's snippet", async t => {
  const logrotate = findProgram(t, 'logrotate')
  if (logrotate === undefined) return
  if (process.getuid?.() !== 0) {
    t.pass('root only', { skip: 'only root can run logrotate for another user' })
    return
  }
  const gate = await startLogging(t, '', { isNobody: true })
  const state = makeDirectory(t)
  const snippet = readFileSync(join(root, 'deploy/systemd/photogate.logrotate'), 'utf8')
  const config = join(state, 'photogate')
  const pid = gate.cli.child.pid as number
  const here = snippet
    .replaceAll('/var/log/photogate/', `${gate.folder}/`)
    .replace(/systemctl .*/, `kill -USR2 ${pid}`)
    .replace('su photogate photogate', 'su nobody nogroup') // The first is made by the packages.
  t.not(here, snippet)
  writeFileSync(config, here, { mode: 0o644 })
  const load = flood(gate.port)
  for (let day = 1; day <= 3; day++) {
    await delay(400)
    execFileSync(logrotate, ['--force', '--state', join(state, 'state'), config], { stdio: 'pipe' })
    await waitUntil(() => gate.names().includes('gate.log'))
  }
  await load.stop()
  t.strictSame(gate.names().sort(), ['gate.log', 'gate.log.1', 'gate.log.2.gz', 'gate.log.3.gz'])
  await areWhole(t, gate, load.answered)
})

t.test('a disk that is full for a while costs no line, and the gate goes on', async t => {
  const mount = mountTmpfs(t, 'size=1m')
  if (mount === undefined) return
  const gate = await startLogging(t, '', { folder: mount.directory })
  const ballast = join(mount.directory, 'ballast')
  writeFileSync(ballast, Buffer.alloc(mount.left().bytes - 8_192))
  const load = flood(gate.port)
  await waitUntil(() => gate.cli.stderr() !== '', 30_000)
  const before = load.answered.length
  await waitUntil(() => load.answered.length > before + 500, 30_000)
  await load.stop()
  t.match(
    gate.cli.stderr(),
    /^photogate: the log .*gate\.log cannot be written: the disk is full; make room \(ENOSPC\)\. The gate goes on and holds up to 16 MiB of lines until it can; later lines are lost\.\n$/,
  )
  rmSync(ballast)
  mount.remount('size=64m')
  await waitUntil(() => /is written again; no line is lost\n$/.test(gate.cli.stderr()), 10_000)
  await areWhole(t, gate, load.answered)
})

t.test(
  'a reload takes over another file and form, and keeps the old one where it cannot',
  async t => {
    const gate = await startLogging(t)
    const { home, cli, port, folder, read } = gate
    const reload = async (text: string, isDone: () => boolean) => {
      writeFileSync(home.file, text)
      cli.child.kill('SIGHUP')
      await waitUntil(isDone, 10_000)
    }
    const second = join(folder, 'gate.log.second')
    const isTaken = () =>
      gate.names().includes('gate.log.second') &&
      read('gate.log.second').includes('configuration applied')
    await reload(gate.text(second, ', format: text'), isTaken)
    t.equal((await ask(port, photo)).status, 200)
    const isThere = () =>
      /\d\d:\d\d:\d\d 200 joe@acme\.example office 127\.0\.0\.1/.test(read('gate.log.second'))
    await waitUntil(isThere)
    t.notMatch(read('gate.log'), /configuration applied/)
    const missing = join(folder, 'no', 'gate.log')
    await reload(gate.text(missing), () => /could not be applied/.test(read('gate.log.second')))
    t.match(read('gate.log.second'), /its folder is missing; create it/)
    t.equal((await ask(port, photo)).status, 200)
    cli.child.kill('SIGTERM')
    await cli.ended
    t.match(read('gate.log.second'), /stopped\n$/)
  },
)

t.test('after a kill, the next start ends the half line, and appends', async t => {
  const gate = await startLogging(t)
  await waitUntil(() => gate.read('gate.log').includes('"serving"'))
  gate.cli.child.kill('SIGKILL')
  await gate.cli.ended
  const before = `${gate.read('gate.log')}{"level":"info","ti`
  writeFileSync(gate.log, before)
  const again = gate.start()
  await waitUntil(() => gate.read('gate.log').length > before.length + 100, 20_000)
  t.ok(gate.read('gate.log').startsWith(`${before}\n{"level":`))
  again.child.kill('SIGTERM')
  await again.ended
})

t.test('a log that cannot be opened stops the start, and says what to do', async t => {
  const home = openServingHome(t, `log: { file: no/gate.log }\n${rules}`)
  const cli = startCli(t, ['serve', '--config', home.file, '--port', '0'], {
    env: { NODE_OPTIONS: '' },
  })
  t.equal((await cli.ended).code, 70)
  t.match(
    cli.stderr(),
    /^photogate: cannot open the log .*gate\.log: its folder is missing; create it \(ENOENT\)\n$/,
  )
  t.equal(cli.stdout(), '')
})
