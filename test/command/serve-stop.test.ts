// How `photogate serve` ends by signals, and when its log reader ends. test/system/serve-grace.test.ts waits for its grace.
import { connect } from 'node:net'
import t from 'tap'
import { startServing } from '../fixtures/cli.ts'
import {
  askSlowly,
  hasLine,
  isRefused,
  office,
  openServingHome,
  photo,
  slowBytes,
  statusFrom,
} from '../fixtures/serving-home.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

// Side by side: they mostly wait.
t.jobs = 4

t.test('SIGTERM closes idle connections and exits with 0', { buffered: true }, async t => {
  const home = openServingHome(t, office('127.0.0.2'))
  const cli = await startServing(t, ['--config', home.file])
  const silent = connect({ host: '127.0.0.1', port: cli.port })
  const idle = connect({ host: '127.0.0.1', port: cli.port, localAddress: '127.0.0.2' })
  t.teardown(() => [silent, idle].map(socket => socket.destroy()))
  await new Promise(resolve => silent.once('connect', resolve))
  idle.write(`GET ${photo} HTTP/1.1\r\nHost: a\r\n\r\n`)
  await new Promise(resolve => idle.once('data', resolve))
  cli.child.kill('SIGTERM')
  // Otherwise the end of the grace would stop it, with 70.
  t.strictSame(await cli.ended, { code: 0, signal: null })
  t.ok(hasLine(cli, /^stopped$/))
  t.match(
    cli.lines().find(({ signal }) => signal !== undefined),
    { signal: 'SIGTERM' },
  )
})

t.test(
  'SIGTERM and SIGINT finish the request under way, accept no other, and exit with 0',
  { buffered: true },
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
        t.ok(bytes > slowBytes, `the whole photo came: ${bytes}`)
        t.strictSame(await cli.ended, { code: 0, signal: null })
        const line = cli.lines().find(({ address }) => address === 'slow@acme.example')
        t.match(line, { status: 200, rule: 'office', aborted: undefined })
      })
    }
  },
)

t.test(
  'a second signal exits at once, even with a request under way',
  { buffered: true },
  async t => {
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
  },
)

t.test(
  'serve ends in time when the reader of its log ends together with it',
  { buffered: true },
  async t => {
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
  },
)

t.test('serve goes on when the reader of its log has gone', { buffered: true }, async t => {
  const home = openServingHome(t, office('127.0.0.2'))
  const cli = await startServing(t, ['--config', home.file])
  cli.child.stdout?.destroy()
  cli.child.stderr?.destroy()
  for (let round = 0; round < 40; round++) {
    t.equal(
      await statusFrom(cli.port, round % 2 === 0 ? '127.0.0.2' : '127.0.0.1'),
      round % 2 === 0 ? 200 : 302,
    )
    // The log is written every 200 ms, so several writes have failed by then.
    if (round % 10 === 9) await new Promise(resolve => setTimeout(resolve, 250))
  }
  cli.child.kill('SIGHUP')
  t.equal(await statusFrom(cli.port, '127.0.0.2'), 200)
  cli.child.kill('SIGTERM')
  t.strictSame(await cli.ended, { code: 0, signal: null })
})
