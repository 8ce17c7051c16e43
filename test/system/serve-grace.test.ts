// The grace of `photogate serve` takes ten real seconds.
import t from 'tap'
import { startServing } from '../fixtures/cli.ts'
import { askSlowly, hasLine, office, openServingHome } from '../fixtures/serving-home.ts'

t.test(
  'a request that never ends is cut off after the grace, and serve exits with 70',
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
