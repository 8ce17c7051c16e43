// Sources that never answer, and a disk that blocks threads without end: an import that is told to
// stop is gone within two seconds.
import { execFileSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import { startCli } from '../fixtures/cli.ts'
import { makeDirectory } from '../fixtures/process.ts'
import { openSupplyHome } from '../fixtures/supply-home.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

// The limit on a quiet machine, with a margin for a slow one.
const maxStopMs = 10_000

/** A module that makes every listing of a folder wait for the writer of a FIFO, in a thread, like a dead mount. */
function deadMount(t: Test): { through: string[]; isAsked(): boolean } {
  const directory = makeDirectory(t)
  const fifo = join(directory, 'fifo')
  const asked = join(directory, 'asked')
  execFileSync('mkfifo', [fifo])
  const shim = join(directory, 'shim.cjs')
  writeFileSync(
    shim,
    `const fs = require('node:fs/promises')
    const { open } = fs
    fs.opendir = () => {
      require('node:fs').writeFileSync(${JSON.stringify(asked)}, '')
      return open(${JSON.stringify(fifo)}, 'r')
    }
    require('node:module').syncBuiltinESMExports()`,
  )
  const through = ['env', `NODE_OPTIONS=--require ${shim}`]
  return { through, isAsked: () => existsSync(asked) }
}

async function silentServer(t: Test): Promise<{ port: number; isAsked(): boolean }> {
  let isAsked = false
  const server = createServer(socket => {
    isAsked = true
    socket.on('error', () => {})
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    port,
    isAsked: () => {
      const was = isAsked
      isAsked = false
      return was
    },
  }
}

t.test('an import that is told to stop ends, whatever its source does', async t => {
  const { port, isAsked } = await silentServer(t)
  const rows: Record<string, { more?: string; through?: string[]; isAsked(): boolean }> = {
    'a folder on a dead mount': deadMount(t),
    'an LDAP directory that never answers': {
      isAsked,
      more: `    - { ldap: "ldap://127.0.0.1:${port}", base: o=acme }`,
    },
    'an SFTP server that never greets': {
      isAsked,
      more: `    - { sftp: "sftp://u@127.0.0.1:${port}/x", keyFile: k, knownHosts: h }`,
    },
  }
  for (const [name, { more, through, isAsked }] of Object.entries(rows)) {
    await t.test(name, async t => {
      const home = await openSupplyHome(t, { dropped: 3 })
      if (more !== undefined) {
        execFileSync('ssh-keygen', [
          '-q',
          '-t',
          'ed25519',
          '-N',
          '',
          '-f',
          join(home.directory, 'k'),
        ])
        const key = execFileSync('cat', [join(home.directory, 'k.pub')], { encoding: 'utf8' })
        writeFileSync(join(home.directory, 'h'), `[127.0.0.1]:${port} ${key}`)
        writeFileSync(home.config, execFileSync('cat', [home.config], { encoding: 'utf8' }) + more)
      }
      const run = startCli(t, ['import', '--config', home.config], {
        ...(through !== undefined && { through }),
      })
      await waitUntil(isAsked, 60_000)
      const startMs = performance.now()
      run.child.kill('SIGTERM')
      const { code, signal } = await run.ended
      const ms = performance.now() - startMs
      t.comment(`${code} ${signal} after ${Math.round(ms)} ms`)
      t.match(run.stdout(), /the import was stopped before its end/)
      t.ok(ms < maxStopMs)
      if (through !== undefined) t.equal(home.read().size, 0)
      const next = await home.run(t, ['--source', '1'])
      t.match(next.report?.sources[0], { photos: 3 }, 'the next import works')
    })
  }
})
