import { mkdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import type { CliFixture } from '../fixtures/cli.ts'
import { runCli, startServing } from '../fixtures/cli.ts'
import { ask } from '../fixtures/client.ts'
import type { ConfigHome } from '../fixtures/config.ts'
import { openConfigHome } from '../fixtures/config.ts'
import { jpegOf } from '../fixtures/images.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const photo = '/joe@acme.example.jpg'
const slowBytes = 4_900_000
const office = (...networks: string[]) => `allow: [{ name: office, from: [${networks}] }]\n`

/** A directory with a configuration and two photos, one of which takes long to send. */
function openServingHome(t: Parameters<typeof openConfigHome>[0], config: string): ConfigHome {
  const home = openConfigHome(t, { 'branches.txt': '127.0.0.3\n' })
  writeFileSync(home.file, config)
  for (const [name, padding] of [
    ['joe', 0],
    ['slow', slowBytes],
  ] as const) {
    const path = join(home.directory, 'photos', `${name}@acme.example.jpg`)
    writeFileSync(path, jpegOf(name, padding))
    // A file that is seconds old may still be being written, and is not served yet.
    utimesSync(path, 1_000_000_000, 1_000_000_000)
  }
  return home
}

const statusFrom = async (port: number, from: string) => (await ask(port, photo, { from })).status
const hasLine = (cli: CliFixture, text: RegExp) =>
  cli.lines().some(({ msg }) => typeof msg === 'string' && text.test(msg))

/** Replaces the file at once, as careful editors do. */
function replace(file: string, text: string): void {
  writeFileSync(`${file}.new`, text)
  renameSync(`${file}.new`, file)
}

/** Asks for the large photo and reads nothing of it; `finish` reads all and counts. */
async function askSlowly(
  t: Parameters<typeof openConfigHome>[0],
  port: number,
): Promise<{ socket: Socket; finish(): Promise<number> }> {
  let read = 0
  const socket = connect({ host: '127.0.0.1', port, localAddress: '127.0.0.2' })
  t.teardown(() => socket.destroy())
  socket.on('error', () => {})
  await new Promise(resolve => socket.once('connect', resolve))
  socket.write('GET /slow@acme.example.jpg HTTP/1.1\r\nHost: a\r\n\r\n')
  // Read and not looked at again: the kernel's buffers fill up.
  await new Promise(resolve =>
    socket.once('data', chunk => {
      socket.pause()
      read = chunk.length
      resolve(undefined)
    }),
  )
  const finish = () =>
    new Promise<number>(resolve => {
      socket.on('data', chunk => {
        read += chunk.length
      })
      socket.on('close', () => resolve(read))
      socket.resume()
    })
  return { socket, finish }
}

async function isRefused(port: number): Promise<boolean> {
  try {
    await ask(port, '/-/healthz')
    return false
  } catch {
    return true
  }
}

t.test('a configuration with problems is not served: exit 78', async t => {
  const home = openServingHome(t, 'allow: [{ name: open }]')
  const { code, stdout, stderr } = await runCli(t, ['serve', '--config', home.file])
  t.equal(code, 78)
  t.match(stderr, /allow\[0\] has no condition .*\n1 problem\n$/)
  t.equal(stdout, '')
})

t.test('a banner that is not there is a fault: exit 70', async t => {
  const home = openServingHome(t, office('127.0.0.2'))
  const args = ['serve', '--config', home.file, '--port', '0', '--banner', 'gone.txt']
  const { code, stderr } = await runCli(t, args)
  t.equal(code, 70)
  t.match(stderr, /^photogate: ENOENT.*gone\.txt/)
})

t.test('it serves, greets, and leaves its port to nobody else', async t => {
  const home = openServingHome(t, office('127.0.0.2'))
  const banner = join(home.directory, 'banner.txt')
  writeFileSync(banner, 'at {url}, I said {url}\n')
  const cli = await startServing(t, ['--config', home.file, '--banner', banner])
  const url = `http://127.0.0.1:${cli.port}`
  await waitUntil(() => cli.stderr() !== '')
  t.equal(cli.stderr(), `at ${url}, I said ${url}\n\n`)
  t.equal(await statusFrom(cli.port, '127.0.0.1'), 302)
  const answer = await ask(cli.port, photo, {
    from: '127.0.0.2',
    headers: { cookie: 'LtpaToken2=CANARY' },
  })
  t.equal(answer.status, 200)
  t.strictSame(answer.body, jpegOf('joe'))
  await waitUntil(() => cli.lines().filter(({ msg }) => msg === 'request').length === 2)
  t.notMatch(cli.stdout(), /CANARY/)

  const args = ['serve', '--config', home.file, '--host', '127.0.0.1', '--port', `${cli.port}`]
  const second = await runCli(t, args)
  t.equal(second.code, 70)
  t.equal(
    second.stderr,
    `photogate: cannot listen on 127.0.0.1 port ${cli.port}: another program listens there; stop it, or choose another port\n`,
  )
  t.equal(await statusFrom(cli.port, '127.0.0.2'), 200, 'the first goes on')
})

t.test('risks are logged at the start', async t => {
  const home = openServingHome(t, 'allow: [{ name: a, cookie: LtpaToken }]')
  const cli = await startServing(t, ['--config', home.file])
  t.ok(hasLine(cli, /anyone can send one/))
})

t.test('a new configuration is applied; a bad one changes nothing and is logged', async t => {
  const home = openServingHome(t, office('127.0.0.2'))
  const cli = await startServing(t, ['--config', home.file])
  t.equal(await statusFrom(cli.port, '127.0.0.4'), 302)

  t.test('when its file changes', async t => {
    replace(home.file, office('127.0.0.4'))
    await waitUntil(async () => (await statusFrom(cli.port, '127.0.0.4')) === 200, 10_000)
    t.equal(await statusFrom(cli.port, '127.0.0.2'), 302)
    await waitUntil(() => hasLine(cli, /^configuration applied$/))
  })

  t.test('a bad one keeps the old', async t => {
    replace(home.file, 'allow: [{ name: open }]')
    await waitUntil(() => hasLine(cli, /has problems; the old one stays/), 10_000)
    const line = cli.lines().find(({ problems }) => problems !== undefined)
    t.equal(line?.level, 'error')
    t.match(line?.problems, [/photogate\.yaml:1:9 allow\[0\] has no condition/])
    t.equal(await statusFrom(cli.port, '127.0.0.4'), 200)
    t.equal(await statusFrom(cli.port, '127.0.0.1'), 302)
  })

  t.test('on SIGHUP, at once', async t => {
    const count = () => cli.lines().filter(({ msg }) => msg === 'configuration applied').length
    const before = count()
    writeFileSync(
      home.file,
      office('127.0.0.5', 'branches').replace(
        /^/,
        'networks: { branches: { file: branches.txt } }\n',
      ),
    )
    cli.child.kill('SIGHUP')
    await waitUntil(async () => (await statusFrom(cli.port, '127.0.0.5')) === 200, 10_000)
    t.equal(await statusFrom(cli.port, '127.0.0.3'), 200)
    t.equal(await statusFrom(cli.port, '127.0.0.4'), 302)
    await waitUntil(() => count() > before)
  })

  t.test('when a file of networks that it names has changed', async t => {
    t.equal(await statusFrom(cli.port, '127.0.0.6'), 302)
    replace(join(home.directory, 'branches.txt'), '127.0.0.6 # moved\r\n')
    await waitUntil(async () => (await statusFrom(cli.port, '127.0.0.6')) === 200, 10_000)
    t.equal(await statusFrom(cli.port, '127.0.0.3'), 302)
  })

  t.test('a file of networks that is gone changes nothing, and one that is back does', async t => {
    const file = join(home.directory, 'branches.txt')
    const before = cli.lines().length
    renameSync(file, `${file}.away`)
    await waitUntil(
      () =>
        cli
          .lines()
          .slice(before)
          .some(({ problems }) => problems !== undefined),
      10_000,
    )
    t.equal(await statusFrom(cli.port, '127.0.0.6'), 200)
    replace(file, '127.0.0.7')
    await waitUntil(async () => (await statusFrom(cli.port, '127.0.0.7')) === 200, 10_000)
    t.equal(await statusFrom(cli.port, '127.0.0.6'), 302)
  })
})

t.test('imports are scheduled as configured, and again after a change', async t => {
  const supply = (text: string) =>
    `${office('127.0.0.2')}supply: { sources: [{ folder: . }]${text} }`
  const home = openServingHome(t, supply(', schedule: "0 0 1 1 *"'))
  const other = join(home.directory, 'other')
  mkdirSync(other)
  const cli = await startServing(t, ['--config', home.file, '--photos', other])
  const schedules = () => cli.lines().flatMap(({ schedule }) => (schedule ? [schedule] : []))
  await waitUntil(() => hasLine(cli, /not to that of --photos$/))
  t.strictSame(schedules(), ['0 0 1 1 *'])
  replace(home.file, supply(', schedule: "0 0 1 2 *"'))
  await waitUntil(() => schedules().length > 1, 10_000)
  t.strictSame(schedules(), ['0 0 1 1 *', '0 0 1 2 *'])
  replace(home.file, supply(''))
  await waitUntil(() => hasLine(cli, /^imports are no longer scheduled$/), 10_000)
  cli.child.kill('SIGTERM')
  t.strictSame(await cli.ended, { code: 0, signal: null })
})

t.test('SIGTERM lets go of idle connections and exits with 0', async t => {
  const home = openServingHome(t, office('127.0.0.2'))
  const cli = await startServing(t, ['--config', home.file])
  const silent = connect({ host: '127.0.0.1', port: cli.port })
  const idle = connect({ host: '127.0.0.1', port: cli.port, localAddress: '127.0.0.2' })
  t.teardown(() => [silent, idle].map(socket => socket.destroy()))
  await new Promise(resolve => silent.once('connect', resolve))
  idle.write(`GET ${photo} HTTP/1.1\r\nHost: a\r\n\r\n`)
  await new Promise(resolve => idle.once('data', resolve))
  cli.child.kill('SIGTERM')
  // Else the grace would end it, with 70.
  t.strictSame(await cli.ended, { code: 0, signal: null })
  t.ok(hasLine(cli, /^stopped$/))
  t.match(
    cli.lines().find(({ signal }) => signal !== undefined),
    { signal: 'SIGTERM' },
  )
})

t.test(
  'SIGTERM and SIGINT finish the request under way, take no other, and exit with 0',
  async t => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      t.test(signal, async t => {
        const home = openServingHome(t, office('127.0.0.2'))
        const cli = await startServing(t, ['--config', home.file])
        const { finish } = await askSlowly(t, cli.port)
        cli.child.kill(signal)
        await waitUntil(() => isRefused(cli.port), 8_000)
        t.equal(cli.child.exitCode, null)
        t.notOk(hasLine(cli, /^request$/), 'the request is still under way')
        const bytes = await finish()
        t.ok(bytes > slowBytes, `all of it came: ${bytes}`)
        t.strictSame(await cli.ended, { code: 0, signal: null })
        const line = cli.lines().find(({ address }) => address === 'slow@acme.example')
        t.match(line, { status: 200, rule: 'office', aborted: undefined })
      })
    }
  },
)

t.test('a second signal exits at once, whatever is under way', async t => {
  for (const second of ['SIGTERM', 'SIGINT'] as const) {
    t.test(`SIGTERM, then ${second}`, async t => {
      const home = openServingHome(t, office('127.0.0.2'))
      const cli = await startServing(t, ['--config', home.file])
      await askSlowly(t, cli.port)
      cli.child.kill('SIGTERM')
      await waitUntil(() => isRefused(cli.port), 8_000)
      cli.child.kill(second)
      t.strictSame(await cli.ended, { code: 70, signal: null })
      t.notOk(hasLine(cli, /still under way/), 'before the grace is over')
      t.match(cli.stderr(), `photogate: ${second} again: stopping at once`)
    })
  }
})

t.test(
  'a request that never ends is cut off after the grace: exit 70',
  { timeout: 40_000 },
  async t => {
    const home = openServingHome(t, office('127.0.0.2'))
    const cli = await startServing(t, ['--config', home.file])
    await askSlowly(t, cli.port)
    const start = performance.now()
    cli.child.kill('SIGTERM')
    t.strictSame(await cli.ended, { code: 70, signal: null })
    t.ok(performance.now() - start > 9_000, 'not before')
    t.ok(hasLine(cli, /still under way after 10000 ms/))
  },
)

t.test('the reader of the log that ends together with it does not hold it up', async t => {
  const home = openServingHome(t, office('127.0.0.2'))
  const cli = await startServing(t, ['--config', home.file])
  // Ctrl+C on `photogate serve | jq`.
  cli.child.stdout?.destroy()
  cli.child.kill('SIGINT')
  let isEnded = false
  cli.child.on('exit', () => {
    isEnded = true
  })
  await waitUntil(() => isEnded, 8_000)
  t.strictSame(await cli.ended, { code: 0, signal: null })
})

t.test('when nobody reads the log any more, it goes on serving', async t => {
  const home = openServingHome(t, office('127.0.0.2'))
  const cli = await startServing(t, ['--config', home.file])
  cli.child.stdout?.destroy()
  cli.child.stderr?.destroy()
  for (let round = 0; round < 40; round++) {
    t.equal(
      await statusFrom(cli.port, round % 2 === 0 ? '127.0.0.2' : '127.0.0.1'),
      round % 2 === 0 ? 200 : 302,
    )
    // The log is written every 200 ms; several writes must have failed.
    if (round % 10 === 9) await new Promise(resolve => setTimeout(resolve, 250))
  }
  cli.child.kill('SIGHUP')
  t.equal(await statusFrom(cli.port, '127.0.0.2'), 200)
  cli.child.kill('SIGTERM')
  t.strictSame(await cli.ended, { code: 0, signal: null })
})
