// `photogate serve` starts, prints its banner, reloads its configuration and schedules imports. serve-stop.test.ts shows
// how it ends.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { runCli, startServing } from '../fixtures/cli.ts'
import { ask } from '../fixtures/client.ts'
import { jpegOf } from '../fixtures/images.ts'
import { hasLine, office, openServingHome, photo, statusFrom } from '../fixtures/serving-home.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

// Side by side: they mostly wait.
t.jobs = 4

/** Replaces the file at once, as careful editors do. */
function replace(file: string, text: string): void {
  writeFileSync(`${file}.new`, text)
  renameSync(`${file}.new`, file)
}

t.test('a configuration with problems is not served: exit 78', { buffered: true }, async t => {
  const home = openServingHome(t, 'allow: [{ name: open }]')
  const { code, stdout, stderr } = await runCli(t, ['serve', '--config', home.file])
  t.equal(code, 78)
  t.match(stderr, /allow\[0\] has no condition .*\n1 problem\n$/)
  t.equal(stdout, '')
})

t.test('a missing banner file ends serve: exit 70', { buffered: true }, async t => {
  const home = openServingHome(t, office('127.0.0.2'))
  const args = ['serve', '--config', home.file, '--port', '0', '--banner', 'gone.txt']
  const { code, stderr } = await runCli(t, args)
  t.equal(code, 70)
  t.match(stderr, /^photogate: ENOENT.*gone\.txt/)
})

t.test(
  'serve answers, prints its banner, and a second serve on its port is refused',
  { buffered: true },
  async t => {
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
    t.equal(await statusFrom(cli.port, '127.0.0.2'), 200, 'the first goes on serving')
  },
)

t.test('risks of the configuration are logged at the start', { buffered: true }, async t => {
  const home = openServingHome(t, 'allow: [{ name: a, cookie: LtpaToken }]')
  const cli = await startServing(t, ['--config', home.file])
  t.ok(hasLine(cli, /anyone can send one/))
})

t.test(
  'a changed configuration is applied; one with problems changes nothing and is logged',
  { buffered: true },
  async t => {
    const home = openServingHome(t, office('127.0.0.2'))
    const cli = await startServing(t, ['--config', home.file])
    t.equal(await statusFrom(cli.port, '127.0.0.4'), 302)

    t.test('a changed file is applied', async t => {
      replace(home.file, office('127.0.0.4'))
      await waitUntil(async () => (await statusFrom(cli.port, '127.0.0.4')) === 200, 10_000)
      t.equal(await statusFrom(cli.port, '127.0.0.2'), 302)
      await waitUntil(() => hasLine(cli, /^configuration applied$/))
    })

    t.test('a file with problems is logged, and the old configuration stays', async t => {
      replace(home.file, 'allow: [{ name: open }]')
      await waitUntil(() => hasLine(cli, /has problems; the old one stays/), 10_000)
      const line = cli.lines().find(({ problems }) => problems !== undefined)
      t.equal(line?.level, 'error')
      t.match(line?.problems, [/photogate\.yaml:1:9 allow\[0\] has no condition/])
      t.equal(await statusFrom(cli.port, '127.0.0.4'), 200)
      t.equal(await statusFrom(cli.port, '127.0.0.1'), 302)
    })

    t.test('SIGHUP applies the file at once', async t => {
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

    t.test('a changed network file is applied', async t => {
      t.equal(await statusFrom(cli.port, '127.0.0.6'), 302)
      replace(join(home.directory, 'branches.txt'), '127.0.0.6 # moved\r\n')
      await waitUntil(async () => (await statusFrom(cli.port, '127.0.0.6')) === 200, 10_000)
      t.equal(await statusFrom(cli.port, '127.0.0.3'), 302)
    })

    t.test('a missing network file changes nothing, and is applied when it is back', async t => {
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
  },
)

t.test(
  'imports are scheduled as configured, and rescheduled after a change',
  { buffered: true },
  async t => {
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
  },
)
