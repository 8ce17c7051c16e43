// Secrets, lists and photos on mounts whose server is gone, and FIFOs without a writer in their place: no import
// waits without end, and no gate waits without end for an import that cannot be stopped.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import { runCli, startCli, startServing } from '../fixtures/cli.ts'
import { ask } from '../fixtures/client.ts'
import { makeDirectory } from '../fixtures/process.ts'
import type { SupplyHome } from '../fixtures/supply-home.ts'
import { openSupplyHome } from '../fixtures/supply-home.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

t.setTimeout(240_000)
t.jobs = 2

/** A module that hangs when a file is opened or examined whose name has the word in it, like a dead mount. */
function deadMount(t: Test, word: string, processes = '') {
  const shim = join(makeDirectory(t), 'shim.cjs')
  const log = `${shim}.hung`
  writeFileSync(
    shim,
    `const fs = require('node:fs')
    const isMeant = ${processes === '' ? 'true' : `process.argv.includes(${JSON.stringify(processes)})`}
    for (const name of ['openSync', 'statSync', 'lstatSync', 'readdirSync', 'existsSync', 'mkdirSync']) {
      const real = fs[name]
      fs[name] = (path, ...rest) => {
        if (isMeant && String(path).includes(${JSON.stringify(word)})) {
          fs.appendFileSync(${JSON.stringify(log)}, process.pid + '\\n')
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
        }
        return real(path, ...rest)
      }
    }
    require('node:module').syncBuiltinESMExports()`,
  )
  const hung = () =>
    existsSync(log) ? readFileSync(log, 'utf8').split('\n').filter(Boolean).map(Number) : []
  return { through: ['env', `NODE_OPTIONS=--require ${shim}`], hung }
}

interface Row {
  /** The third source, which names the file. */
  readonly source: string
  readonly file: string
}

const rows: Record<string, Row> = {
  'a password': {
    source: 'ldap: "ldap://127.0.0.1:1", bind: cn=x, passwordFile: gone.pw, base: o=acme',
    file: 'gone.pw',
  },
  'an authority': {
    source: 'ldap: "ldaps://127.0.0.1:1", ca: gone.pem, base: o=acme',
    file: 'gone.pem',
  },
  'a key': {
    source: 'sftp: "sftp://u@127.0.0.1:1/x", keyFile: gone.key, knownHosts: hosts',
    file: 'gone.key',
  },
  'known hosts': {
    source: 'sftp: "sftp://u@127.0.0.1:1/x", keyFile: key, knownHosts: gone.hosts',
    file: 'gone.hosts',
  },
  people: { source: 'tdiDump: dump, people: gone.csv', file: 'gone.csv' },
}

async function openWith(t: Test, { source }: Row, limit: string): Promise<SupplyHome> {
  const home = await openSupplyHome(t, { dropped: 3 })
  for (const name of ['key', 'hosts']) writeFileSync(join(home.directory, name), '')
  mkdirSync(join(home.directory, 'dump'), { recursive: true })
  const text = readFileSync(home.config, 'utf8')
  writeFileSync(home.config, `${text}    - { ${source} }\n  timeLimit: ${limit}\n`)
  return home
}

t.test('a FIFO without a writer is reported, by an import and by check', async t => {
  for (const [name, row] of Object.entries(rows)) {
    await t.test(name, async t => {
      const home = await openWith(t, row, '1h')
      execFileSync('mkfifo', [join(home.directory, row.file)])
      const { code, report } = await home.run(t)
      t.equal(code, 1)
      t.match(report?.sources, [{ photos: 3 }, { status: 'failed' }])
      t.match(JSON.stringify(report), 'is not a regular file')
      const check = await runCli(t, ['check', '--config', home.config])
      t.match(check, { code: 0, stderr: new RegExp(`${row.file}\\s+is not a regular file`) })
    })
  }
  await t.test('photos', async t => {
    const home = await openSupplyHome(t, { dropped: 3 })
    rmSync(home.photos, { recursive: true })
    execFileSync('mkfifo', [home.photos])
    t.match(await home.run(t), { code: 78, stderr: /photos is not a directory/ })
    t.match(await runCli(t, ['check', '--config', home.config]), { code: 78 })
    t.match(await runCli(t, ['serve', '--config', home.config]), { code: 78 })
  })
})

t.test('a file on a dead mount fails the source that names it, and no other', async t => {
  for (const [name, row] of Object.entries(rows)) {
    await t.test(name, async t => {
      const home = await openWith(t, row, '6s')
      writeFileSync(join(home.directory, row.file), 'x')
      const { through, hung } = deadMount(t, row.file)
      const { code, report } = await home.run(t, [], { through })
      t.equal(code, 1)
      t.match(report?.sources, [{ photos: 3, status: 'complete' }, { status: 'failed' }])
      t.match(JSON.stringify(report?.errors), /nothing was opened within 3 s/)
      t.equal(home.read().size, 3)
      // Seen in the field: each night left one more process.
      t.equal(hung().length, 1)
      await waitUntil(() => !hung().some(isAlive), 60_000)
    })
  }
})

t.test('an import whose photos are on a dead mount stops on a signal', async t => {
  const home = await openSupplyHome(t, { dropped: 3 })
  const { through, hung } = deadMount(t, home.photos)
  const run = startCli(t, ['import', '--config', home.config], { through })
  // By then the import waits: its child runs, and answers nothing.
  await waitUntil(() => childrenOf(run.child.pid).length > 0, 60_000)
  run.child.kill('SIGTERM')
  t.match(await run.ended, { code: 70, signal: null })
  t.match(run.stderr(), /the import was stopped before it had begun/)
  await waitUntil(() => !hung().some(isAlive), 60_000)
})

t.test('a gate stops within its grace although its import hangs', async t => {
  const home = await openSupplyHome(t, { dropped: 3 })
  const config = home.configure({ more: 'schedule: "* * * * *"' })
  // The import itself hangs in its only thread, and handles no signal.
  const { through, hung } = deadMount(t, 'photogate.yaml', 'import')
  const serving = await startServing(t, ['--config', config], { through })
  const find = (text: string) => serving.lines().find(({ msg }) => String(msg).includes(text))
  await waitUntil(() => find('import started') !== undefined && hung().length > 0, 90_000)
  t.equal((await ask(serving.port, '/-/healthz')).status, 200)
  serving.child.kill('SIGTERM')
  t.match(await serving.ended, { code: 0, signal: null })
  t.ok(find('the import was still running after'), 'the import was asked to stop first')
  t.notOk(isAlive(Number(find('import started')?.import)))
})

function childrenOf(pid: number | undefined): string[] {
  const path = `/proc/${pid}/task/${pid}/children`
  return readFileSync(path, 'utf8').split(' ').filter(Boolean)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
