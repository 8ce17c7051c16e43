// The demo, and the commands of its banner, run as printed.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import t from 'tap'
import { ask } from '../fixtures/client.ts'
import { findFreePort, findProgram, makeDirectory, stopProgram } from '../fixtures/process.ts'
import { root } from '../fixtures/root.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

interface History {
  readonly totals: Record<string, number>
  readonly rules: readonly { readonly name: string; readonly count: number }[]
  readonly answers: readonly { readonly name: string }[]
}

t.test('the commands of the banner do what the banner says', async t => {
  if (findProgram(t, 'curl') === undefined) return
  const port = await findFreePort()
  const child = spawn(process.execPath, ['deploy/demo/start.js', '--port', `${port}`], {
    cwd: root,
  })
  t.teardown(() => stopProgram(child))
  let banner = ''
  let log = ''
  child.stderr.on('data', chunk => {
    banner += chunk
  })
  child.stdout.on('data', chunk => {
    log += chunk
  })
  await waitUntil(() => banner.includes('Ctrl+C stops'), 60_000)
  const attempts = [...banner.matchAll(/# (.*)\n {2}(curl .*)/g)]
  t.equal(attempts.length, 4)
  t.ok(attempts.some(([, says]) => says?.includes('vouch for')))
  for (const [, says = '', line = ''] of attempts) {
    await t.test(says, async t => {
      const cwd = t.testdir({})
      writeFileSync(join(cwd, 'ada.jpg'), '')
      const { stdout, status } = spawnSync('sh', ['-c', line], { cwd, encoding: 'utf8' })
      t.equal(status, 0)
      const isAdmitted = says.startsWith('admitted')
      t.match(
        stdout,
        isAdmitted ? /^HTTP\/1\.1 200 OK\r\nContent-Type: image\/jpeg/ : /^HTTP\/1\.1 302 Found/,
      )
      const photo = readFileSync(join(root, 'deploy/demo/photos/ada.lovelace@acme.example.jpg'))
      t.same(readFileSync(join(cwd, 'ada.jpg')), isAdmitted ? photo : Buffer.alloc(0))
    })
  }
  await waitUntil(() =>
    log.includes('"rule":"verified","token":{"format":"LtpaToken2","realm":"acme"'),
  )
  const adminUrl = /and why: +(http:\S+)/.exec(banner)?.[1] ?? ''
  const tell = async () => (await fetch(`${adminUrl}/api/history`)).json() as Promise<History>
  await waitUntil(async () => (await tell()).answers.some(({ name }) => name === 'over-budget'))
  await waitUntil(async () =>
    (await tell()).rules.some(({ name, count }) => name === 'verified' && count >= 2),
  )
  t.ok(((await tell()).totals['turned-away'] ?? 0) >= 2)
  const [home = ''] = /\/\S*photogate-demo-\w+/.exec(log) ?? []
  t.equal(existsSync(join(home, 'demo.keys')), true)
  await stopProgram(child)
  t.equal(existsSync(home), false, 'the keys are removed with the demo')
})

t.test('npm start builds, serves, and ends with the process of npm', async t => {
  const port = await findFreePort()
  // Other tests use the program of this checkout at the same time.
  const cwd = copyCheckout(t)
  const npm = spawn('npm', ['start', '--', '--port', `${port}`], { cwd, stdio: 'pipe' })
  const stderr: string[] = []
  npm.stderr.on('data', chunk => stderr.push(String(chunk)))
  let log = ''
  npm.stdout.on('data', chunk => {
    log += chunk
  })
  t.teardown(() => stopProgram(npm))
  await waitUntil(() => stderr.join('').includes('Ctrl+C stops'), 60_000)
  t.equal((await ask(port, '/-/healthz')).status, 200)
  npm.kill('SIGTERM')
  await waitUntil(async () => (await ask(port, '/-/healthz').catch(() => undefined)) === undefined)
  await waitUntil(() => npm.exitCode !== null || npm.signalCode !== null)
  await waitUntil(() => /"msg":"[^"]*stop/i.test(log))
})

t.test('a demo that a shell starts in the background outlives that shell', async t => {
  const port = await findFreePort()
  const line = `${process.execPath} deploy/demo/start.js --port ${port} >/dev/null 2>&1 & echo $!`
  const env = { ...process.env, npm_lifecycle_event: '' }
  const cwd = copyCheckout(t)
  const pid = Number(execFileSync('sh', ['-c', line], { cwd, env, encoding: 'utf8' }))
  t.teardown(() => process.kill(pid))
  const answers = async () => (await ask(port, '/-/healthz').catch(() => undefined))?.status === 200
  await waitUntil(answers, 60_000)
  // Under npm the demo checks its parent five times a second.
  await delay(1_000)
  t.ok(await answers())
})

t.test('npm pack of a clean clone makes a package that holds a built program', async t => {
  const clone = copyCheckout(t)
  execFileSync('npm', ['pack'], { cwd: clone, stdio: 'pipe' })
  const [name = ''] = readdirSync(clone).filter(file => file.endsWith('.tgz'))
  execFileSync('tar', ['xzf', name], { cwd: clone })
  const unpacked = join(clone, 'package')
  symlinkSync(join(root, 'node_modules'), join(unpacked, 'node_modules'))
  const run = (...args: string[]) =>
    execFileSync(process.execPath, ['dist/cli.js', ...args], { cwd: unpacked, encoding: 'utf8' })
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    version: string
  }
  t.equal(run('--version').trim(), version)
  t.match(run('check', 'deploy/demo/photogate.yaml'), /is fine: 3 rules, 6 photos/)
  t.notOk(existsSync(join(unpacked, 'src')), 'the sources are not in it')
})

/** A copy of the checkout without built files, in a directory of its own. */
function copyCheckout(t: Test): string {
  const copy = join(makeDirectory(t), 'photogate')
  const made = ['.git', '.tap', 'build', 'dist', 'node_modules'].map(name => join(root, name))
  cpSync(root, copy, { recursive: true, filter: source => !made.includes(source) })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  return copy
}
