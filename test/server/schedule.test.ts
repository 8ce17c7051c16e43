// Imports at their times, with a script in place of `photogate import`. Most tests decide when a time has come (`tick`);
// those of the times themselves import every second: patterns of six fields, which the configuration refuses.
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pino } from 'pino'
import t from 'tap'
import type { Settings } from '../../src/config/settings.ts'
import { importCommand } from '../../src/server/import-process.ts'
import { buildRunHistory } from '../../src/server/run-history.ts'
import type { ScheduleOptions, StartTimer } from '../../src/server/schedule.ts'
import { openSchedule } from '../../src/server/schedule.ts'
import { openConfigHome } from '../fixtures/config.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

type Test = Parameters<typeof openConfigHome>[0]
const everySecond = '* * * * * *'
const never = '0 0 0 1 1 *'
const base = 'allow: [{ name: in, from: 10.0.0.0/8 }]\nsupply: { sources: [{ folder: . }] }'

/** A schedule whose imports run the script, an ES module, at each `tick`. */
function openTicking(t: Test, script: string, options: Partial<ScheduleOptions> = {}) {
  let tick = () => {}
  const startTimer: StartTimer = (_, run) => {
    tick = run
    return { nextRun: () => null, stop: () => {} }
  }
  const scheduling = openScheduling(t, script, { startTimer, ...options })
  scheduling.follow(everySecond)
  return { ...scheduling, tick: () => tick() }
}

/** A schedule whose imports run the script, an ES module; `note` in it appends a line to a file. */
function openScheduling(t: Test, script: string, options: Partial<ScheduleOptions> = {}) {
  const home = openConfigHome(t)
  const file = join(home.directory, 'import.mjs')
  const notes = join(home.directory, 'notes')
  const prelude = `import { appendFileSync } from 'node:fs'
const note = text => appendFileSync(${JSON.stringify(notes)}, text + '\\n')
`
  writeFileSync(file, prelude + script)
  const texts: string[] = []
  const logger = pino({ base: null }, { write: (line: string) => void texts.push(line) })
  const command = [process.execPath, file]
  const run = buildRunHistory()
  const parts = { file: home.file, logger, command, run, graceMs: 3_000 }
  const schedule = openSchedule({ ...parts, ...options })
  t.teardown(() => schedule.close())
  const settings = home.settings(base)
  const follow = (pattern: string | undefined) => {
    const { supply } = settings as { supply: NonNullable<Settings['supply']> }
    schedule.follow({ ...settings, supply: { ...supply, schedule: pattern } })
  }
  const lines = () => texts.map(text => JSON.parse(text) as Record<string, unknown>)
  const count = (message: string) => lines().filter(({ msg }) => msg === message).length
  const find = (message: string) => lines().find(({ msg }) => msg === message)
  const noted = () => (existsSync(notes) ? readFileSync(notes, 'utf8').trim().split('\n') : [])
  return { home, schedule, follow, lines, count, find, noted, imports: run.facts.imports }
}

const info = 30
const warn = 40
const error = 50
const hasGone = (pid: unknown) => {
  try {
    process.kill(Number(pid), 0)
    return false
  } catch {
    return true
  }
}

t.test(
  'an import that fails is logged with its exit code; one with findings is a warning',
  async t => {
    const rows: [string, string, object][] = [
      ['process.exit(1)', 'import ended with findings', { level: warn, exitCode: 1 }],
      ['process.exit(78)', 'import failed', { level: error, exitCode: 78 }],
      [
        'process.kill(process.pid, "SIGKILL")',
        'import failed',
        { level: error, signal: 'SIGKILL' },
      ],
    ]
    for (const [script, message, expected] of rows) {
      await t.test(script, async t => {
        const { tick, find, imports } = openTicking(t, script)
        tick()
        t.type(imports.runningSinceMs, 'number')
        await waitUntil(() => find(message) !== undefined, 10_000)
        t.match(find(message), expected)
        await new Promise(setImmediate)
        t.equal(imports.runningSinceMs, undefined)
        t.equal(imports.ended.at(-1)?.result, message.endsWith('findings') ? 'findings' : 'failed')
      })
    }
  },
)

t.test('a missing program is logged, and the next import starts at its time', async t => {
  const { tick, lines, imports } = openTicking(t, '', { command: ['/gone/photogate'] })
  const faults = () => lines().filter(({ level }) => level === error)
  for (const count of [1, 2]) {
    tick()
    await waitUntil(() => faults().length === count, 10_000)
    await new Promise(setImmediate)
  }
  t.match(faults()[0], {
    msg: 'the import process failed',
    err: { code: 'ENOENT' },
  })
  t.equal(imports.ends.failed, 2)
})

t.test('a program that the system cannot start is logged', async t => {
  const { follow, find } = openScheduling(t, '', { command: ['a\0b'] })
  follow(everySecond)
  await waitUntil(() => find('the import could not be started') !== undefined, 10_000)
  t.match(find('the import could not be started'), { level: error, err: {} })
})

t.test('the output of an import is logged line by line, with its duration', async t => {
  const { tick, find, lines } = openTicking(
    t,
    `console.log('2 photos\\n\\nGr\\u00fc\\u00dfe {"msg":"x"}')
process.stderr.write('a warning\\r\\nwithout an end')
console.log('x'.repeat(70_000))`,
  )
  tick()
  await waitUntil(() => find('import ended') !== undefined, 10_000)
  const { import: pid, milliseconds } = find('import ended') ?? {}
  t.ok(Number(pid) > 0)
  t.ok(Number(milliseconds) > 0)
  const said = lines().filter(line => line.import === pid)
  const sorted = (level: number) => said.filter(line => line.level === level).map(({ msg }) => msg)
  t.strictSame(sorted(info), [
    'import started',
    '2 photos',
    'Gr\u00fc\u00dfe {"msg":"x"}',
    '(a line that is too long)',
    'import ended',
  ])
  t.strictSame(sorted(warn), ['a warning', 'without an end'])
  t.equal(find('import ended')?.exitCode, 0)
})

t.test('errors are logged as errors, and the counters in one line', async t => {
  const { tick, find, lines, imports } = openTicking(
    t,
    `const say = line => console.log('{"photogateImport":' + JSON.stringify(line) + '}')
if (process.env.PHOTOGATE_IMPORT_LOG === '1') {
  say({ level: 'error', text: 'ldap: cannot be reached' })
  say({ level: 'warn', text: 'quarantined: joe@acme.example' })
  say({ counters: { added: 3, errors: 1 }, withoutByDomain: [['acme.example', 7]] })
}
process.exit(1)`,
  )
  tick()
  const end = 'import ended with findings'
  await waitUntil(() => find(end) !== undefined, 10_000)
  t.match(find(end), { level: warn, added: 3, errors: 1, exitCode: 1 })
  await new Promise(setImmediate)
  t.match(imports.ended, [{ result: 'findings', counters: { added: 3, errors: 1 } }])
  t.strictSame(imports.ended[0]?.withoutByDomain, [['acme.example', 7]])
  t.match(find('ldap: cannot be reached'), { level: error, import: Number })
  t.match(find('quarantined: joe@acme.example'), { level: warn })
  t.notOk(lines().some(({ msg }) => String(msg).includes('photogateImport')))
})

t.test('an import that prints thousands of lines does not flood the log', async t => {
  const { tick, find, lines } = openTicking(
    t,
    `for (let line = 0; line < 1_500; line++) console.log('line ' + line)`,
  )
  tick()
  await waitUntil(() => find('import ended') !== undefined, 10_000)
  t.equal(find('import ended')?.linesLeftOut, 500)
  const pid = find('import ended')?.import
  t.equal(lines().filter(line => line.import === pid).length, 1_002)
})

t.test('two imports never run at once, and a skipped one is not run later', async t => {
  const { tick, count, noted } = openTicking(t, `note('begin'); setTimeout(() => note('end'), 300)`)
  tick()
  await waitUntil(() => noted().length === 1, 10_000)
  tick()
  tick()
  t.equal(count('the last import is still running; this one is skipped'), 2)
  await waitUntil(() => count('import ended') === 1, 10_000)
  await delay(300)
  t.equal(count('import started'), 1)
  tick()
  await waitUntil(() => count('import ended') === 2, 10_000)
  t.strictSame(noted(), ['begin', 'end', 'begin', 'end'])
})

t.test('another schedule replaces the previous one, and the same one changes nothing', async t => {
  const { follow, count, lines } = openScheduling(t, '')
  follow(undefined)
  t.strictSame(lines(), [])
  follow(never)
  t.match(lines(), [{ level: info, msg: 'imports are scheduled', schedule: never }])
  t.match(lines()[0]?.next, /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}/)
  follow(never)
  t.equal(lines().length, 1)
  follow(everySecond)
  t.equal(count('imports are scheduled'), 2)
  await waitUntil(() => count('import ended') > 0, 10_000)
})

t.test('without a schedule no import starts, and a running one goes on', async t => {
  const { follow, count } = openScheduling(t, 'setTimeout(() => {}, 600)')
  follow(everySecond)
  await waitUntil(() => count('import started') === 1, 10_000)
  follow(undefined)
  t.equal(count('imports are no longer scheduled'), 1)
  await waitUntil(() => count('import ended') === 1, 10_000)
  await delay(1_200)
  t.equal(count('import started'), 1)
})

t.test('closing asks an import to stop and waits for it', async t => {
  const { schedule, tick, follow, count, find, noted } = openTicking(
    t,
    `process.on('SIGTERM', () => setTimeout(() => { note('tidied up'); process.exit(0) }, 300))
setTimeout(() => {}, 60_000)
note('ready')`,
  )
  tick()
  await waitUntil(() => noted().length === 1, 10_000)
  await schedule.close()
  t.strictSame(noted(), ['ready', 'tidied up'])
  t.match(find('import ended'), { exitCode: 0 })
  follow(never)
  t.equal(count('imports are scheduled'), 1, 'no schedule runs after closing')
})

t.test('an import that is stopped before its end has not failed', async t => {
  const { schedule, tick, find } = openTicking(t, 'setTimeout(() => {}, 60_000)')
  tick()
  await waitUntil(() => find('import started') !== undefined, 10_000)
  await schedule.close()
  t.match(find('import stopped before its end'), { level: warn, signal: 'SIGTERM' })
})

t.test('an import that does not stop is killed after the grace time', async t => {
  const { schedule, tick, find, noted } = openTicking(
    t,
    `import { spawn } from 'node:child_process'
process.on('SIGTERM', () => {})
setTimeout(() => {}, 60_000)
// Keeps the output open for longer.
const holder = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'], { stdio: 'inherit' })
note(String(holder.pid))`,
    { graceMs: 300 },
  )
  tick()
  await waitUntil(() => noted().length === 1, 10_000)
  const holder = Number(noted()[0])
  t.teardown(() => process.kill(holder, 'SIGKILL'))
  await schedule.close()
  t.notOk(hasGone(holder), 'the gate does not wait for a process that keeps the output open')
  t.ok(find('the import was still running after 300 ms; it is killed'))
  t.match(find('import stopped before its end'), { signal: 'SIGKILL' })
  t.ok(hasGone(find('import started')?.import))
})

t.test('an import does not outlive a gate that is killed', async t => {
  const directory = t.testdir({ 'import.mjs': 'setTimeout(() => {}, 20_000)' })
  const built = new URL('../../src/server/import-process.js', import.meta.url)
  const script = `import { startImport } from ${JSON.stringify(built.href)}
const none = () => {}
const logger = { info: none, warn: none, error: none, child: () => logger }
const { pid } = startImport([process.execPath, ${JSON.stringify(join(directory, 'import.mjs'))}], logger)
process.stdout.write(String(pid))
setTimeout(() => process.exit(70), 200)`
  const pid = await new Promise<string>(resolve =>
    execFile(process.execPath, ['--input-type=module', '-e', script], (_, stdout) =>
      resolve(stdout),
    ),
  )
  t.match(pid, /^\d+$/)
  await waitUntil(() => hasGone(pid), 5_000)
})

t.test('the built-in configuration has nothing to schedule', async t => {
  const { follow, lines } = openScheduling(t, '', { file: undefined })
  follow(everySecond)
  t.strictSame(lines(), [])
})

t.test('an import runs the program as it was started, with the same configuration', async t => {
  t.strictSame(importCommand('a.yaml'), [
    process.execPath,
    ...process.execArgv,
    process.argv[1],
    'import',
    '--config',
    'a.yaml',
  ])
})

t.test(
  'when --photos serves another directory than imports write to, a warning says so',
  async t => {
    const other = (t: Test, photos: (directory: string) => string, config = base) => {
      const home = openConfigHome(t)
      mkdirSync(join(home.directory, 'other'))
      const texts: string[] = []
      const logger = pino({ base: null }, { write: (line: string) => void texts.push(line) })
      const served = photos(home.directory)
      const schedule = openSchedule({ file: home.file, photos: served, logger })
      t.teardown(() => schedule.close())
      const text = config.replace('supply: {', 'supply: { schedule: "0 0 1 1 *",')
      schedule.follow(home.settings(text, { photos: served }))
      const lines = texts.map(text => JSON.parse(text) as Record<string, unknown>)
      return { home, warnings: lines.filter(({ level }) => level === warn) }
    }
    t.test('another', async t => {
      const { home, warnings } = other(t, directory => join(directory, 'other'))
      t.match(warnings, [
        {
          msg: 'imports write to the configured directory, not to that of --photos',
          directory: join(home.directory, 'photos'),
          served: join(home.directory, 'other'),
        },
      ])
    })
    t.test('the same', async t => {
      t.strictSame(other(t, directory => join(directory, 'photos')).warnings, [])
    })
    t.test('a missing configuration', async t => {
      const config = `photos: { directory: gone }\n${base}`
      const { warnings } = other(t, directory => join(directory, 'photos'), config)
      t.match(warnings, [
        {
          msg: 'imports will fail: they do not use --photos, and the configuration has problems',
          problems: [/photos\.directory .* is not a directory/],
        },
      ])
    })
  },
)

t.test('an import that is asked for starts now, and one at a time', async t => {
  const { schedule, home, follow, noted, count, tick } = openTicking(
    t,
    "note('import'); setTimeout(() => {}, 300)",
  )
  t.equal(schedule.runNow(), 'started')
  t.equal(schedule.runNow(), 'running')
  tick()
  t.equal(count('the last import is still running; this one is skipped'), 1)
  await waitUntil(() => count('import ended') === 1)
  t.strictSame(noted(), ['import'])
  follow(undefined)
  t.equal(schedule.runNow(), 'started', 'no schedule is needed')
  await waitUntil(() => count('import ended') === 2)
  schedule.follow(home.settings('allow: [{ name: in, from: 10.0.0.0/8 }]'))
  t.equal(schedule.runNow(), 'no-supply')
  await schedule.close()
  t.equal(schedule.runNow(), 'stopping')
})
