// An import beside a gate: people who look at photos do not notice it, and nothing that decodes or fetches pictures is
// ever loaded by the process that answers. Also imports beside each other, and imports that are told to stop.
import { readdirSync, readFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import t from 'tap'
import type { CliFixture } from '../fixtures/cli.ts'
import { runCli, startCli, startServing } from '../fixtures/cli.ts'
import { ask } from '../fixtures/client.ts'
import { makeDirectory } from '../fixtures/process.ts'
import type { SupplyHome } from '../fixtures/supply-home.ts'
import { openSupplyHome } from '../fixtures/supply-home.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

t.setTimeout(300_000)
// The tests mostly wait, above all for the next minute.
t.jobs = 2

const plain = { env: { NODE_OPTIONS: '' } }
const decoders = /\/node_modules\/(?:sharp|@img|ldapts|ssh2|ssh2-sftp-client|undici)\//
const patienceMs = 60_000

t.test('requests do not notice an import that replaces every photo', async t => {
  const home = await openSupplyHome(t, { dropped: 250, dumped: 100, side: 200 })
  t.equal((await home.run(t, [], plain)).code, 0)
  const serving = await startServing(t, ['--config', home.config], plain)
  const fits = [64, 150]
  const good = new Map<string, Buffer[]>()
  for (const sitter of home.sitters) {
    const photos = await Promise.all(fits.map(fit => home.photoOf(sitter, 0, fit)))
    for (const address of sitter.addresses) good.set(address, photos)
  }
  const addresses = [...good.keys()]
  const failures: string[] = []
  const counts = fits.map(() => 0)
  let isOver = false
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  const visit = async (address: string) => {
    const { status, body } = await ask(serving.port, `/${address}.jpg`, { agent })
    const at = good.get(address)?.findIndex(bytes => bytes.equals(body)) ?? -1
    if (status !== 200 || at < 0) failures.push(`${address}: ${status}, ${body.length} bytes`)
    else counts[at] = (counts[at] ?? 0) + 1
  }
  const clients = Array.from({ length: 8 }, async (_, number) => {
    for (let turn = number * 37; !isOver; turn++) {
      const address = addresses[turn % addresses.length] as string
      await visit(address).catch(error => failures.push(`${address}: ${error}`))
      await delay(5)
    }
  })
  await delay(300)
  home.configure({ maxPixels: 150 })
  t.match(await home.run(t, [], plain), {
    code: 0,
    report: { changed: { length: addresses.length } },
  })
  const answers = () => counts.reduce((sum, count) => sum + count, 0)
  // The watch reports them within 2 s. Then all are new.
  const isNew = async (address: string) => {
    const { body } = await ask(serving.port, `/${address}.jpg`)
    return body.equals(good.get(address)?.[1] as Buffer)
  }
  for (const address of addresses) await waitUntil(() => isNew(address), patienceMs)
  isOver = true
  await Promise.all(clients)
  agent.destroy()
  t.strictSame(failures.slice(0, 5), [])
  t.ok(
    counts.every(count => count > 100),
    `${answers()} answers: ${counts.join(' old, ')} new`,
  )
})

// proc(5), field 19 of each thread's stat. Empty after its end.
function nicenessOf(pid: number): number[] {
  try {
    const tasks = `/proc/${pid}/task`
    return readdirSync(tasks).map(task => {
      const stat = readFileSync(join(tasks, task, 'stat'), 'latin1')
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16])
    })
  } catch {
    return []
  }
}

t.test(
  'serve imports at the scheduled time, and loads no module that only imports need',
  async t => {
    const home = await openSupplyHome(t, { dropped: 20, dumped: 10 })
    const coverage = makeDirectory(t)
    home.configure({ more: 'schedule: "* * * * *"' })
    // Lists every script that the engine has compiled, in any kind of module, when its process ends.
    // Set by env(1), because tap's own coverage sets both for each process that a test starts.
    const through = ['env', '-u', 'NODE_OPTIONS', `NODE_V8_COVERAGE=${coverage}`]
    const serving = await startServing(t, ['--config', home.config], { through })
    const find = (message: string | RegExp) =>
      serving.lines().find(({ msg }) => String(msg).match(message))
    t.match(find('imports are scheduled'), { schedule: '* * * * *' })
    await waitUntil(() => find('import started') !== undefined, 65_000)
    const pid = Number(find('import started')?.import)
    const native = new Set<string>()
    const decodersOf = (of: number | undefined) => {
      try {
        const maps = readFileSync(`/proc/${of}/maps`, 'latin1').split('\n')
        return maps.flatMap(
          line => /\/node_modules\/(.*(?:\.node|\.so[.\d]*))$/.exec(line)?.[1] ?? [],
        )
      } catch {
        return [] // The process has ended.
      }
    }
    const niceness = new Set<number>()
    await waitUntil(() => {
      for (const file of decodersOf(pid)) native.add(file)
      // The import lowers its priority before it loads the modules that do the work.
      if (native.size > 0) for (const nice of nicenessOf(pid)) niceness.add(nice)
      return find('import ended') !== undefined
    }, patienceMs)
    t.strictSame(
      [...niceness],
      [19],
      'every thread of the import has a lower priority than requests',
    )
    t.ok(
      [...native].some(file => file.includes('sharp')),
      'the import loads the decoder, so the check can see it',
    )
    t.strictSame(decodersOf(serving.child.pid), [])
    t.match(find('import ended'), {
      ...{ exitCode: 0, import: pid, level: 'info', added: 45, unchanged: 0, errors: 0 },
    })
    const said = serving.lines().filter(line => line.import === pid)
    t.equal(said.length, 2, 'the log has its start, and its result in one line')
    const { status } = await ask(serving.port, '/p.0@acme.example.jpg')
    t.equal(status, 200)
    await runCli(t, ['photos', 'list', '--config', home.config], plain)
    serving.child.kill('SIGTERM')
    t.match(await serving.ended, { code: 0 })
    const [gate, imports] = [scriptsOf(coverage, serving.child.pid), scriptsOf(coverage, pid)]
    t.ok(gate.some(url => url.includes('/node_modules/fastify/')))
    t.strictSame(
      gate.filter(url => decoders.test(url)),
      [],
    )
    t.ok(imports.some(url => url.includes('/node_modules/sharp/')))
  },
)

t.test('of two imports one works, and the other names it', async t => {
  const home = await openSlow(t)
  const first = await startImporting(t, home)
  // Suspended, as a slow disk could hold it.
  first.child.kill('SIGSTOP')
  const busy = new RegExp(
    `^photogate: another import is at work since .* \\(process ${first.child.pid} on .*\\); wait for its end\\. If there is no such process any more, remove .*running-.*\n$`,
  )
  const before = home.read()
  const rivals: Record<string, string[]> = {
    'another import': ['import'],
    'photos remove': ['photos', 'remove', 'p1@acme.example'],
    'photos rename': ['photos', 'rename', 'p1@acme.example', 'x@acme.example'],
  }
  const ends = await Promise.all(
    Object.values(rivals).map(args => runCli(t, [...args, '--config', home.config], plain)),
  )
  for (const [at, name] of Object.keys(rivals).entries()) {
    t.match(ends[at], { code: 70, stdout: '', stderr: busy }, name)
  }
  const list = await runCli(t, ['photos', 'list', '--config', home.config], plain)
  t.equal(list.code, 0, 'a dry run need not wait')
  const dry = await home.run(t, ['--dry-run'], plain)
  t.match(dry, { code: 0, report: { dryRun: true } })
  first.child.kill('SIGKILL')
  await first.ended
  t.ok(home.leftovers().length > 0, 'the killed import has left its flag')
  t.ok(home.read().size >= before.size)
  const second = await home.run(t, [], plain)
  t.match(second, { code: 0, report: { errors: [], replaced: [] } })
  t.strictSame(home.leftovers(), [])
})

t.test('of many imports that start together exactly one works', async t => {
  const home = await openSlow(t)
  const ends = await Promise.all(
    Array.from({ length: 4 }, () =>
      runCli(t, ['import', '--json', '--config', home.config], plain),
    ),
  )
  const codes = ends.map(({ code }) => code).sort()
  // One may start so late that the first has ended.
  t.ok(codes[0] === 0 && codes.every(code => code === 0 || code === 70), codes.join())
  const changed = ends
    .filter(({ code }) => code === 0)
    .map(({ stdout }) => (JSON.parse(stdout) as { changed: string[] }).changed.length)
  t.equal(changed.filter(count => count > 0).length, 1, 'no photo is imported twice')
  t.strictSame(home.leftovers(), [])
})

t.test('an import that is told to stop finishes the photos that it has begun', async t => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    await t.test(signal, async t => {
      const home = await openSlow(t)
      const run = await startImporting(t, home)
      run.child.kill(signal)
      const askedMs = performance.now()
      t.match(await run.ended, { code: 1, signal: null })
      t.comment(`after ${Math.round(performance.now() - askedMs)} ms`)
      t.match(run.stdout(), /^ {2}the import was stopped before its end; the next one goes on$/m)
      t.strictSame(home.leftovers(), [])
      const [old, fresh] = await tally(home)
      t.ok(fresh > 0 && old > 0, `${fresh} of ${home.sitters.length} photos are new`)
      t.equal(old + fresh, home.sitters.length, 'each photo is whole')
      t.match(await home.run(t, [], plain), {
        code: 0,
        report: { changed: { length: old }, unchanged: fresh, removed: [] },
      })
      t.strictSame(await tally(home), [0, home.sitters.length])
    })
  }
  await t.test('a second signal stops it at once', async t => {
    const home = await openSlow(t)
    const run = await startImporting(t, home)
    run.child.kill('SIGTERM')
    run.child.kill('SIGTERM')
    await run.ended
    t.ok(run.child.signalCode === 'SIGTERM' || run.child.exitCode === 1)
    t.match(await home.run(t, [], plain), { code: 0, report: { errors: [], replaced: [] } })
    t.strictSame(home.leftovers(), [])
  })
})

/** A home with photos, and with new pictures that take a while to prepare. */
async function openSlow(t: Test): Promise<SupplyHome> {
  const home = await openSupplyHome(t, { dropped: 120, dumped: 0, side: 700 })
  home.configure({ maxPixels: 64 })
  t.equal((await home.run(t, [], plain)).code, 0)
  home.configure({ maxPixels: 150 })
  return home
}

/** An import that has written some photos and not all. */
async function startImporting(t: Test, home: SupplyHome): Promise<CliFixture> {
  const before = home.read()
  const run = startCli(t, ['import', '--config', home.config], plain)
  await waitUntil(() => {
    if (run.child.exitCode !== null) throw new Error(run.stdout() + run.stderr())
    const [address, bytes] =
      [...home.read()].find(([one, now]) => !before.get(one)?.equals(now)) ?? []
    return address !== undefined && bytes !== undefined
  }, patienceMs)
  return run
}

/** Counts old and new photos. Fails when one is neither. */
async function tally(home: SupplyHome): Promise<[number, number]> {
  const counts: [number, number] = [0, 0]
  const found = home.read()
  for (const sitter of home.sitters) {
    const bytes = found.get(sitter.addresses[0] as string)
    if (bytes?.equals(await home.photoOf(sitter, 0, 64))) counts[0]++
    if (bytes?.equals(await home.photoOf(sitter, 0, 150))) counts[1]++
  }
  return counts
}

function scriptsOf(coverage: string, pid: number | undefined): string[] {
  return readdirSync(coverage)
    .filter(name => name.startsWith(`coverage-${pid}-`))
    .flatMap(name => {
      const text = readFileSync(join(coverage, name), 'utf8')
      return (JSON.parse(text) as { result: { url: string }[] }).result.map(({ url }) => url)
    })
}
