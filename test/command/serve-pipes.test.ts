// A FIFO in the place of a configuration's file: its open would wait for a writer, and a gate that waits answers nobody
// and cannot be stopped. Only the first reading of `serve` may wait, as that of `serve --config <(…)` does.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { startServing } from '../fixtures/cli.ts'
import { hasLine, office, openServingHome, statusFrom } from '../fixtures/serving-home.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

t.jobs = 3

const admin = 'admin: { host: 127.0.0.1, port: 0 }\n'

/** Puts a FIFO into the place of the file. */
function makePipe(file: string): void {
  rmSync(file, { force: true })
  execFileSync('mkfifo', [file])
}

const rows: readonly (readonly [file: string, expected: RegExp])[] = [
  ['photogate.yaml', /photogate\.yaml cannot be read: it is a pipe or a device/],
  ['next.yaml', /next\.yaml cannot be read: it is a pipe or a device/],
]
for (const [name, expected] of rows) {
  for (const how of ['watched', 'asked with SIGHUP']) {
    t.test(
      `a FIFO in the place of ${name}, ${how}: the gate goes on and says what is wrong`,
      {
        buffered: true,
      },
      async t => {
        const home = openServingHome(t, `${admin}shadow: next.yaml\n${office('127.0.0.2')}`)
        const file = join(home.directory, name)
        writeFileSync(join(home.directory, 'next.yaml'), office('127.0.0.3'))
        const cli = await startServing(t, ['--config', home.file])
        makePipe(file)
        if (how !== 'watched') cli.child.kill('SIGHUP')
        const saysWhy = () => expected.test(JSON.stringify(cli.lines()))
        await waitUntil(saysWhy, 15_000)
        t.equal(await statusFrom(cli.port, '127.0.0.2'), 200)
        t.equal(await statusFrom(cli.port, '127.0.0.9'), 302)
        rmSync(file)
        const text = name === 'next.yaml' ? office('127.0.0.4') : office('127.0.0.5')
        const lines = cli.lines().length
        writeFileSync(file, text)
        const more = () => cli.lines().slice(lines)
        await waitUntil(
          () =>
            more().some(({ msg }) =>
              /configuration applied|next configuration was read anew/.test(`${msg}`),
            ),
          15_000,
        )
        cli.child.kill('SIGTERM')
        t.strictSame(await cli.ended, { code: 0, signal: null })
      },
    )
  }
}

t.test(
  'serve starts with a configuration from a pipe, and a reload of it changes nothing',
  {
    buffered: true,
  },
  async t => {
    const home = openServingHome(t, office('127.0.0.2'))
    const pipe = join(home.directory, 'pipe')
    makePipe(pipe)
    const writer = spawn('sh', ['-c', 'cat "$0" > "$1"', home.file, pipe])
    const written = once(writer, 'exit')
    const cli = await startServing(t, ['--config', pipe])
    await written
    t.equal(await statusFrom(cli.port, '127.0.0.2'), 200)
    cli.child.kill('SIGHUP')
    await waitUntil(() => hasLine(cli, /has problems; the old one stays/), 15_000)
    t.equal(await statusFrom(cli.port, '127.0.0.2'), 200)
    cli.child.kill('SIGTERM')
    t.strictSame(await cli.ended, { code: 0, signal: null })
  },
)
