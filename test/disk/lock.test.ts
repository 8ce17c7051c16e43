// One run at a time, also after a crash and among processes that start together.
import { spawn, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { isLock, takeLock } from '../../src/disk/lock.ts'
import { makeDirectory } from '../fixtures/process.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const flag = (directory: string, fields: object, name = 'running-1-x') => {
  const path = join(directory, name)
  writeFileSync(path, JSON.stringify(fields))
  return path
}
const since = '2026-11-26T02:15:00.000Z'

t.test('the lock is refused while another process holds it', async t => {
  const directory = makeDirectory(t)
  const lock = await takeLock(directory)
  t.ok(isLock(lock))
  t.match(await takeLock(directory), { pid: process.pid, host: hostname(), since: String })
  t.equal(readdirSync(directory).length, 1, 'a refused process leaves nothing behind')
  if (isLock(lock)) lock.release()
  t.strictSame(readdirSync(directory), [])
  const next = await takeLock(directory)
  t.ok(isLock(next))
  if (isLock(next)) next.release()
})

t.test(
  'a process on another machine holds the lock as long as its flag was touched lately',
  async t => {
    const nobody = spawnSync('true').pid
    const rows: Record<string, object> = {
      'a host of another name': { pid: 1, host: 'elsewhere', since },
      'a container with the name of this host': {
        ...{ pid: nobody, host: hostname(), since, space: 'pid:[1]' },
      },
    }
    for (const [name, fields] of Object.entries(rows)) {
      await t.test(name, async t => {
        const directory = makeDirectory(t)
        const path = flag(directory, fields)
        t.match(await takeLock(directory), { since })
        const old = new Date(Date.now() - 130_000)
        utimesSync(path, old, old)
        const lock = await takeLock(directory)
        t.ok(isLock(lock))
        if (isLock(lock)) lock.release()
      })
    }
  },
)

t.test('a flag whose text was not written yet is respected', async t => {
  const directory = makeDirectory(t)
  writeFileSync(join(directory, 'running-1-x'), '')
  t.match(await takeLock(directory), { host: 'unknown' })
})

t.test('a draft of a flag is not a lock, and is removed when it is old', async t => {
  const directory = makeDirectory(t)
  const path = join(directory, 'raising-running-1-x')
  writeFileSync(path, '')
  const take = async () => {
    const lock = await takeLock(directory)
    t.ok(isLock(lock))
    if (isLock(lock)) lock.release()
  }
  await take()
  t.strictSame(readdirSync(directory), ['raising-running-1-x'], 'another process may be writing it')
  const old = new Date(Date.now() - 130_000)
  utimesSync(path, old, old)
  await take()
  t.strictSame(readdirSync(directory), [])
})

t.test('a process that has died does not hold the lock', async t => {
  const rows: Record<string, object> = {
    'no process has its number': { pid: spawnSync('true').pid, host: hostname(), since },
    'another process has its number': {
      ...{ pid: process.pid, host: hostname(), since },
      started: 'another boot 1',
    },
  }
  for (const [name, fields] of Object.entries(rows)) {
    await t.test(name, async t => {
      const directory = makeDirectory(t)
      flag(directory, fields)
      const lock = await takeLock(directory)
      t.ok(isLock(lock))
      t.equal(readdirSync(directory).length, 1, 'its flag is removed')
      if (isLock(lock)) lock.release()
    })
  }
})

t.test('two of many processes that want the lock at once never both hold it', async t => {
  const directory = makeDirectory(t)
  const module = new URL('../../src/disk/lock.js', import.meta.url)
  // Each holds the lock for a moment and prints when, in microseconds of a clock that all share.
  const script = `
    import { isLock, takeLock } from ${JSON.stringify(module.href)}
    const now = () => process.hrtime.bigint() / 1000n
    for (let round = 0; round < 15; round++) {
      const lock = await takeLock(${JSON.stringify(directory)})
      if (!isLock(lock)) continue
      const from = now()
      await new Promise(resolve => setTimeout(resolve, 3))
      console.log(from + ' ' + now())
      lock.release()
    }`
  const outputs = await Promise.all(
    Array.from({ length: 6 }, async () => {
      const args = ['--input-type=module', '-e', script]
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
      t.teardown(() => child.kill('SIGKILL'))
      return text(child.stdout)
    }),
  )
  const spans = outputs
    .flatMap(output => output.trim().split('\n').filter(Boolean))
    .map(line => line.split(' ').map(Number))
    .sort(([a = 0], [b = 0]) => a - b)
  t.ok(spans.length >= 6, `${spans.length} times`)
  t.notOk(spans.some(([from = 0], at) => from < (spans[at - 1]?.[1] ?? 0)))
  t.strictSame(readdirSync(directory), [])
})

t.test(
  'the draft of a process that was killed while raising its flag is removed by the next',
  async t => {
    const directory = makeDirectory(t)
    const dead = { pid: spawnSync('true').pid, host: hostname(), since }
    flag(directory, dead, 'raising-running-1-x')
    flag(directory, { ...dead, pid: process.pid }, 'raising-running-2-x')
    const lock = await takeLock(directory)
    t.ok(isLock(lock))
    t.match(readdirSync(directory).sort(), ['raising-running-2-x', /^running-/])
    if (isLock(lock)) lock.release()
  },
)

t.test(
  'without /proc the age of a flag decides, because another process may have its number',
  async t => {
    const proc = join(makeDirectory(t), 'none')
    const directory = makeDirectory(t)
    const path = flag(directory, { pid: process.ppid, host: hostname(), since })
    t.match(await takeLock(directory, { proc }), { pid: process.ppid, since, path })
    const old = new Date(Date.now() - 30 * 86_400_000)
    utimesSync(path, old, old)
    const lock = await takeLock(directory, { proc })
    t.ok(isLock(lock), 'a flag of 30 days is not a lock')
    t.match(
      await takeLock(directory, { proc }),
      { pid: process.pid },
      'a flag that is touched is a lock',
    )
    if (isLock(lock)) lock.release()
  },
)

t.test('a killed process that its parent has not reaped does not hold the lock', async t => {
  if (process.platform !== 'linux') {
    t.pass('needs /proc', { skip: true })
    return
  }
  const directory = makeDirectory(t)
  const module = new URL('../../src/disk/lock.js', import.meta.url)
  const script = `
    import { takeLock } from ${JSON.stringify(module.href)}
    const lock = await takeLock(${JSON.stringify(directory)})
    console.log(process.pid)
    setInterval(() => lock, 1000)`
  // The shell starts the holder, and then becomes a program that waits for no child.
  const shell = '"$0" --input-type=module -e "$1" & exec sleep 60'
  const parent = spawn('sh', ['-c', shell, process.execPath, script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => parent.kill('SIGKILL'))
  const pid = Number(
    await new Promise<Buffer>(resolve => parent.stdout.once('data', chunk => resolve(chunk))),
  )
  t.match(await takeLock(directory), { pid })
  process.kill(pid, 'SIGKILL')
  await waitUntil(() => / Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1')), 10_000)
  const lock = await takeLock(directory)
  t.ok(isLock(lock))
  if (isLock(lock)) lock.release()
})
