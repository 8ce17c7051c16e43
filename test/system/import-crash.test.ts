// An import that is killed at any moment, over and over, while a gate serves the photos: no client sees half
// a photo, another person's, or none, and the next import that runs to its end mends everything.
import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, watch } from 'node:fs'
import { Agent } from 'node:http'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import sharp from 'sharp'
import type { Test } from 'tap'
import t from 'tap'
import { impolite, runCli, startServing } from '../fixtures/cli.ts'
import { ask } from '../fixtures/client.ts'
import { seededRandom } from '../fixtures/random.ts'
import { root } from '../fixtures/root.ts'
import type { Sitter, SupplyHome } from '../fixtures/supply-home.ts'
import { openSupplyHome } from '../fixtures/supply-home.ts'

t.setTimeout(900_000)

const random = seededRandom(t)
const below = (limit: number) => Math.floor(random() * limit)

const kills = 30
const fits = [64, 48] as const
const takes = 3
// The share of its time that an import takes when nothing has changed.
const minShare = 0.2
// The last people in the drop folder come and go.
const leavers = 8
const clients = 2
// People who have left are removed at once, however many they are.
const more = 'removeAfter: 0s\n  maxRemovals: 100%'

t.test(
  `an import that is killed ${kills} times leaves nothing that the next one does not mend`,
  async t => {
    const home = await openSupplyHome(t, { dropped: 60, dumped: 40 })
    const stand = buildStand(home)
    await stand.change(1)
    t.equal((await home.run(t)).code, 0)
    const serving = await startServing(t, ['--config', home.config])
    const visits = startVisits(t, serving.port, stand)

    const places: Record<string, number> = {}
    const broken: string[] = []
    let standby = startStandby(t, home.config)
    let killed = 0
    let defaultMs = 0
    for (let round = 0; killed < kills && round < 2 * kills; round++) {
      // The first two rounds only measure how long an import takes.
      const isMeasured = round >= 2
      await stand.change(round === 1 ? 1 : random())
      const before = home.read()
      const watched = round % 4 === 3 ? 'last' : round % 4 === 1 ? 'first' : undefined
      const seen = watched && watchFor(watched, { home, stand, before })
      const run = standby
      standby = startStandby(t, home.config)
      const startedMs = performance.now()
      run.begin()
      if (!isMeasured) {
        t.match(await run.ended, { code: 0 })
        defaultMs = performance.now() - startedMs
        continue
      }
      // A moment in each part of the usual time in turn, or right after the first or the last photo.
      const share = (((round * 7) % 16) + random()) / 16
      const workMs = defaultMs * (minShare + (1 - minShare) * dueShareOf(stand, before))
      const moment = seen?.then(() => delay(below(12))) ?? delay(share * workMs * 1.1)
      await Promise.race([moment, run.ended])
      run.kill()
      const { signal } = await run.ended
      if (signal === 'SIGKILL') killed++
      const after = home.read()
      const place = signal === 'SIGKILL' ? placeOf(home, stand, { before, after }) : 'not at all'
      places[place] = (places[place] ?? 0) + 1
      for (const [address, bytes] of after) {
        if (!stand.isKnown(address, bytes)) broken.push(`${round}: ${address} on the disk`)
      }
      for (const address of before.keys()) {
        if (!after.has(address) && !stand.mayBeGone(address))
          broken.push(`${round}: ${address} lost`)
      }
    }
    standby.kill()
    t.comment(`usually ${Math.round(defaultMs)} ms; ${JSON.stringify(places)}`)
    t.equal(killed, kills)
    t.strictSame(broken.slice(0, 5), [])

    await t.test('an import that runs to its end mends everything', async t => {
      const last = await home.run(t)
      t.match(last, { code: 0, stderr: '', report: { errors: [], fine: true } })
      t.strictSame(
        last.report?.replaced,
        [],
        'photos that killed imports wrote are known to be the import’s',
      )
      await isAsAFreshOne(t, home)
      t.strictSame(home.leftovers(), [])
      t.ok(home.journal().length > 1)
      const again = await home.run(t)
      t.match(again, { code: 0, report: { added: [], changed: [], removed: [], errors: [] } })
      t.equal(again.report?.unchanged, home.read().size)
    })

    await visits.stop()
    t.strictSame(visits.failures.slice(0, 5), [])
    t.ok(visits.answers > 1_000, `${visits.answers} answers`)
    t.ok(visits.versions > 200, `${visits.versions} different photos were seen`)
    for (const bytes of visits.samples) {
      // Decoded to the last pixel, so that a torn one fails.
      await t.resolves(sharp(bytes, { failOn: 'warning' }).raw().toBuffer())
    }
  },
)

t.test('photos remove and photos rename lose and double nothing when they are killed', async t => {
  const home = await openSupplyHome(t, { dropped: 10, dumped: 10 })
  home.configure({ more })
  t.equal((await home.run(t)).code, 0)
  const whole = home.read()
  const known = new Set([...whole.values()].map(bytes => bytes.toString('base64')))
  const [joe, ann] = home.sitters as [Sitter, Sitter]
  const verbs: [string, string[]][] = [
    ['remove', ['photos', 'remove', joe.addresses[1] as string]],
    ['rename', ['photos', 'rename', ann.addresses[0] as string, 'moved@acme.example']],
  ]
  for (const [verb, args] of verbs) {
    const options = { env: { NODE_OPTIONS: '' } }
    const startedMs = performance.now()
    t.equal((await runCli(t, [...args, '--config', home.config], options)).code, 0)
    const defaultMs = performance.now() - startedMs
    for (let round = 0; round < 8; round++) {
      const isAgain = (await home.run(t)).code === 0
      const run = startStandby(t, home.config, args)
      run.begin()
      await Promise.race([delay((defaultMs * 0.3 * (round + random())) / 8), run.ended])
      run.kill()
      await run.ended
      const names = [...home.read().values()].map(bytes => bytes.toString('base64'))
      t.ok(isAgain && names.every(name => known.has(name)), `${verb} ${round}`)
    }
    await t.test(`after ${verb} an import restores everything`, async t => {
      const last = await home.run(t)
      t.match(last, { code: 0, report: { errors: [] } })
      t.strictSame(home.read(), whole)
      t.strictSame(home.leftovers(), [])
    })
  }
})

interface Stand {
  /** Gives this share of the people another picture, removes some, or changes the fit. */
  change(share: number): Promise<void>
  /** Whether the bytes are a whole photo of this address that was right at some time. */
  isKnown(address: string, bytes: Buffer): boolean
  /** Whether the address is that of a person who comes and goes. */
  mayBeGone(address: string): boolean
  /** The expected photo of each address. */
  wanted(): Map<string, Buffer>
  readonly addresses: readonly string[]
}

function buildStand(home: SupplyHome): Stand {
  const { sitters } = home
  const known = new Map<string, Set<string>>()
  const wanted = new Map<string, Buffer>()
  const given = new Map<Sitter, number | undefined>()
  const leaving = sitters.slice(-leavers)
  const goers = new Set(leaving.flatMap(({ addresses }) => addresses))
  let fit: number = fits[0]

  async function settle(sitter: Sitter): Promise<void> {
    const take = given.get(sitter)
    for (const address of sitter.addresses) {
      if (take === undefined) {
        wanted.delete(address)
        continue
      }
      const photo = await home.photoOf(sitter, take, fit)
      wanted.set(address, photo)
      known.set(address, (known.get(address) ?? new Set()).add(photo.toString('base64')))
    }
  }

  return {
    addresses: sitters.flatMap(({ addresses }) => addresses),
    wanted: () => wanted,
    isKnown: (address, bytes) => known.get(address)?.has(bytes.toString('base64')) ?? false,
    mayBeGone: address => goers.has(address),
    change: async share => {
      if (random() < 0.2) fit = fits[below(fits.length)] as number
      home.configure({ maxPixels: fit, more })
      const giving: Promise<void>[] = []
      for (const sitter of sitters) {
        const isLeaver = leaving.includes(sitter)
        if (isLeaver ? random() < 0.5 : random() < share) {
          const take = isLeaver && given.get(sitter) !== undefined ? undefined : below(takes)
          given.set(sitter, take)
          giving.push(home.give(sitter, take))
        } else if (!given.has(sitter)) given.set(sitter, 0)
      }
      await Promise.all([...giving, ...sitters.map(settle)])
    },
  }
}

interface Visits {
  readonly failures: string[]
  /** Some of the photos that clients got. */
  readonly samples: Buffer[]
  answers: number
  /** How many different photos clients got. */
  versions: number
  stop(): Promise<void>
}

/** Clients that ask for all photos in turn, without a pause. */
function startVisits(t: Test, port: number, stand: Stand): Visits {
  const agent = new Agent({ keepAlive: true, maxSockets: clients })
  const seen = new Set<string>()
  let isOver = false
  const visits: Visits = {
    ...{ failures: [], samples: [], answers: 0, versions: 0 },
    stop: async () => {
      isOver = true
      await Promise.all(running)
      agent.destroy()
    },
  }
  const visit = async (address: string) => {
    try {
      const { status, body } = await ask(port, `/${address}.jpg`, { agent })
      visits.answers++
      if (status === 404 && stand.mayBeGone(address)) return
      if (status !== 200) visits.failures.push(`${address}: ${status}`)
      else if (!stand.isKnown(address, body)) visits.failures.push(`${address}: another photo`)
      else {
        const isNew = !seen.has(body.toString('base64'))
        seen.add(body.toString('base64'))
        visits.versions = seen.size
        if (isNew && seen.size % 50 === 0) visits.samples.push(body)
      }
    } catch (error) {
      visits.failures.push(`${address}: ${(error as Error).message}`)
    }
  }
  const running = Array.from({ length: clients }, async (_, number) => {
    for (let turn = number * 17; !isOver; turn++) {
      await visit(stand.addresses[turn % stand.addresses.length] as string)
      await delay(6)
    }
  })
  t.teardown(() => visits.stop())
  return visits
}

interface Standby {
  begin(): void
  kill(): void
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

// Files of the build that run a program.
const programs = ['cli.js', 'folder-reader.js', 'watch-worker.js']

/** `photogate import` that has loaded the program, which takes most of its time, and waits to begin. */
function startStandby(t: Test, config: string, args: readonly string[] = ['import']): Standby {
  const dist = join(root, 'dist')
  const modules = readdirSync(dist)
    .filter(name => name.endsWith('.js') && !programs.includes(name))
    .map(name => pathToFileURL(join(dist, name)).href)
  const script = `${modules.map(href => `import ${JSON.stringify(href)}`).join(';')}
await new Promise(resolve => process.stdin.once('data', resolve))
process.stdin.destroy()`
  const child = spawn(
    process.execPath,
    [
      ...impolite,
      `--import=data:text/javascript,${encodeURIComponent(script)}`,
      ...[join(dist, 'cli.js'), ...args, '--config', config],
    ],
    { stdio: ['pipe', 'ignore', 'pipe'], env: { ...process.env, NODE_OPTIONS: '' } },
  )
  child.stdin.on('error', () => {})
  child.stderr.on('data', chunk => t.comment(String(chunk)))
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>(resolve =>
    child.once('close', (code, signal) => resolve({ code, signal })),
  )
  const kill = () => void (child.exitCode === null && child.kill('SIGKILL'))
  t.teardown(async () => {
    kill()
    await ended
  })
  return { begin: () => void child.stdin.write('go\n'), kill, ended }
}

/** Resolves when the first or the last of the expected photos has come. */
function watchFor(
  which: 'first' | 'last',
  { home, stand, before }: { home: SupplyHome; stand: Stand; before: Map<string, Buffer> },
): Promise<void> {
  const due = new Set(dueOf(stand, before).map(([address]) => `${address}.jpg`))
  return new Promise(resolve => {
    const watcher = watch(home.photos, (_, name) => {
      if (!due.delete(name ?? '') || (which === 'last' && due.size > 0)) return
      watcher.close()
      resolve()
    })
    setTimeout(() => watcher.close(), 20_000).unref()
  })
}

function placeOf(
  home: SupplyHome,
  stand: Stand,
  { before, after }: { before: Map<string, Buffer>; after: Map<string, Buffer> },
): string {
  const isStarted = readdirSync(join(home.photos, '.supply')).some(name =>
    name.startsWith('running'),
  )
  if (!isStarted) return 'outside the lock'
  const due = dueOf(stand, before)
  const done = due.filter(([address, bytes]) => after.get(address)?.equals(bytes))
  if (done.length === 0) return 'listing or preparing'
  return done.length < due.length ? 'writing' : 'finishing'
}

function dueOf(stand: Stand, before: Map<string, Buffer>): [string, Buffer][] {
  return [...stand.wanted()].filter(([address, bytes]) => !before.get(address)?.equals(bytes))
}

function dueShareOf(stand: Stand, before: Map<string, Buffer>): number {
  return dueOf(stand, before).length / stand.wanted().size
}

async function isAsAFreshOne(t: Test, home: SupplyHome): Promise<void> {
  const photos = join(home.directory, 'fresh')
  mkdirSync(photos)
  const fit = Number(/maxPixels: (\d+)/.exec(readFileSync(home.config, 'utf8'))?.[1])
  const config = home.configure({ photos, maxPixels: fit }, 'fresh.yaml')
  t.match(await runCli(t, ['import', '--config', config]), { code: 0 })
  const [fresh, found] = [home.read(photos), home.read()]
  t.strictSame([...found.keys()].sort(), [...fresh.keys()].sort())
  const others = [...fresh].filter(([address, bytes]) => !found.get(address)?.equals(bytes))
  t.strictSame(
    others.map(([address]) => address),
    [],
  )
}
