// When a running server applies a changed configuration: each way to replace a file, and a signal.
import { mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { decide } from '../../src/policy/policy.ts'
import { good, openWatch } from '../fixtures/config-watch.ts'
import { makeDirectory } from '../fixtures/process.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const whenApplied = /^configuration applied$/
const nothing = /there is nothing to apply$/

t.test('a configuration with problems is not applied, and its problems are logged', async t => {
  const { watch, write, applied, run, lines, hasLine, runUntil } = openWatch(t)
  write('allow: [{ name: open }]')
  watch.reload()
  await runUntil(() => hasLine(/the old one stays/))
  t.match(lines().find(({ problems }) => problems)?.problems, [/allow\[0\] has no condition/])
  t.match(run.configuration.refused?.problems, [/allow\[0\] has no condition/])
  t.equal(run.configuration.generation, 1)
  t.strictSame(applied, [])
})

t.test('every way to replace a file is seen', async t => {
  const other = good('second')
  const rows: [string, (file: string) => void][] = [
    ['written in place', file => writeFileSync(file, other)],
    [
      'renamed over',
      file => {
        writeFileSync(`${file}.new`, other)
        renameSync(`${file}.new`, file)
      },
    ],
    [
      'moved away and written again, as vim does',
      file => {
        renameSync(file, `${file}~`)
        writeFileSync(file, other)
        rmSync(`${file}~`)
      },
    ],
    [
      'of the same size and with the old time, as cp -p does',
      file => {
        writeFileSync(file, good('fir2t'))
        utimesSync(file, 1_000_000_000, 1_000_000_000)
      },
    ],
  ]
  for (const [what, replace] of rows) {
    t.test(what, async t => {
      const { watch, file, applied, runUntil } = openWatch(t)
      await watch.ready
      replace(file)
      const ms = await runUntil(() => applied.length > 0)
      t.match(applied, [/^(?:second|fir2t)$/])
      t.ok(ms >= 1_000, `not before it was at rest for a second: ${ms} ms`)
    })
  }
  t.test('a link that changes its target, as in Kubernetes', async t => {
    const { home, applied, runUntil, standStill } = openWatch(t, {
      files: { 'v1/c': good('first'), 'v2/c': good('second') },
      text: '',
      path: 'photogate.yaml',
      meanwhile: () => {},
    })
    // The watch began without any file.
    const at = (name: string) => join(home.directory, name)
    symlinkSync('v1', at('..data'))
    symlinkSync('..data/c', at('photogate.yaml'))
    await runUntil(() => applied.length > 0)
    await standStill()
    symlinkSync('v2', at('..tmp'))
    renameSync(at('..tmp'), at('..data'))
    await runUntil(() => applied.length > 1)
    t.strictSame(applied, ['first', 'second'])
  })
})

t.test('a file behind a link that was missing for a moment is still watched', async t => {
  const text = 'networks: { b: { file: b.txt } }\nallow: [{ name: a, from: b }]'
  for (const name of ['photogate.yaml', 'b.txt']) {
    t.test(name, async t => {
      const { watch, home, count, hasLine, runUntil, standStill } = openWatch(t, {
        text,
        files: { 'b.txt': '10.0.0.0/8\n' },
      })
      const file = join(home.directory, name)
      const real = join(home.directory, 'real')
      const contents = (at: number) => (name === 'b.txt' ? `10.0.0.${at}\n` : `${text} # ${at}`)
      mkdirSync(real)
      await watch.ready
      writeFileSync(join(real, 'file'), contents(1))
      rmSync(file)
      symlinkSync('real/file', file)
      await runUntil(() => count(whenApplied) === 1)
      rmSync(join(real, 'file'))
      await runUntil(() => hasLine(/has problems; the old one stays/))
      await standStill()
      for (const at of [2, 3]) {
        writeFileSync(join(real, 'file'), contents(at))
        await runUntil(() => count(whenApplied) === at)
      }
      t.equal(count(whenApplied), 3)
    })
  }
})

t.test('a file that is only touched changes nothing', async t => {
  const { watch, file, applied, hasLine, runUntil } = openWatch(t)
  await watch.ready
  utimesSync(file, new Date(), new Date())
  await runUntil(() => hasLine(nothing))
  t.strictSame(applied, [])
})

t.test('a configuration that is restored clears its problems', async t => {
  const { watch, write, applied, run, hasLine, runUntil } = openWatch(t)
  await watch.ready
  write('allow: [')
  await runUntil(() => hasLine(/has problems; the old one stays/))
  write(good('first'))
  await runUntil(() => hasLine(nothing))
  t.strictSame(applied, [])
  t.equal(run.configuration.refused, undefined)
  t.equal(run.configuration.refusals, 1)
})

t.test('a file that a refused configuration names is waited for', async t => {
  const { watch, home, write, applied, hasLine, runUntil, standStill } = openWatch(t)
  await watch.ready
  write('networks: { b: { file: b.txt } }\nallow: [{ name: a, from: b }]')
  await runUntil(() => hasLine(/has problems; the old one stays/))
  await standStill()
  writeFileSync(join(home.directory, 'b.txt'), '10.0.0.0/8\n')
  await runUntil(() => applied.length > 0)
  t.strictSame(applied, ['a'])
})

t.test('a change between loading and watching is not missed', async t => {
  const { applied, runUntil } = openWatch(t, {
    meanwhile: file => writeFileSync(file, good('second')),
  })
  await runUntil(() => applied.length > 0)
  t.strictSame(applied, ['second'])
})

t.test('a link to an older file that comes between loading and watching is not missed', async t => {
  const old = join(makeDirectory(t), 'old.yaml')
  writeFileSync(old, good('second'))
  // Older than the loading, by more than a tick of the kernel's clock.
  await delay(50)
  const { applied, runUntil } = openWatch(t, {
    text: '',
    meanwhile: file => symlinkSync(old, file),
  })
  await runUntil(() => applied.length > 0)
  t.strictSame(applied, ['second'])
})

t.test(
  'a configuration that the server cannot apply is logged, and the next reload is tried',
  async t => {
    let failures = 1
    const { watch, write, applied, hasLine, runUntil } = openWatch(t, {
      apply: async () => {
        if (failures-- > 0) throw new Error('no room')
      },
    })
    watch.reload()
    await runUntil(() => hasLine(/could not be applied; the old one stays/))
    write(good('second'))
    watch.reload()
    await runUntil(() => hasLine(whenApplied))
    t.strictSame(applied, ['first', 'second'])
  },
)

t.test('reloads do not overlap, and all that are requested meanwhile become one', async t => {
  let release = () => {}
  let running = 0
  let most = 0
  const { watch, write, applied, runUntil } = openWatch(t, {
    apply: async () => {
      most = Math.max(most, ++running)
      await new Promise<void>(resolve => {
        release = resolve
      })
      running--
    },
  })
  watch.reload()
  await runUntil(() => applied.length === 1)
  write(good('last'))
  for (let times = 0; times < 5; times++) watch.reload()
  t.equal(applied.length, 1)
  release()
  await runUntil(() => applied.length === 2)
  release()
  await runUntil(() => running === 0)
  watch.reload()
  await runUntil(() => applied.length === 3)
  release()
  t.equal(most, 1)
  t.strictSame(applied, ['first', 'last', 'last'])
})

t.test('a requested reload takes effect within a second', async t => {
  const { watch, write, applied, state } = openWatch(t)
  await watch.ready
  write(good('second'))
  watch.reload()
  await waitUntil(() => {
    // The clock of quiet times stops here before a watch without a signal would apply it.
    state.ms = Math.min(state.ms + 1, 900)
    return applied.length > 0
  }, 30_000)
  t.strictSame(applied, ['second'])
})

t.test('the schedule of the new configuration is followed', async t => {
  const { watch, write, run, followed, runUntil } = openWatch(t)
  for (const schedule of ['15 2 * * *', '15 3 * * *']) {
    write(`${good('a')}\nsupply: { sources: [{ folder: . }], schedule: "${schedule}" }`)
    const before = followed.length
    watch.reload()
    await runUntil(() => followed.length > before)
  }
  await runUntil(() => run.configuration.generation === 3)
  t.strictSame(followed, ['15 2 * * *', '15 3 * * *'])
})

t.test('warnings of the new configuration are logged', async t => {
  const { watch, write, hasLine, runUntil } = openWatch(t)
  write('allow: [{ name: a, cookie: LtpaToken }]')
  watch.reload()
  await runUntil(() => hasLine(/anyone can send one/))
  t.ok(hasLine(/anyone can send one/))
})

t.test('after closing, nothing is loaded', async t => {
  const { watch, state, applied, standStill } = openWatch(t)
  await watch.ready
  await watch.close()
  const before = state.loads
  watch.reload()
  await standStill()
  t.equal(state.loads, before)
  t.strictSame(applied, [])
})

t.test('a changed group file opens and hides other people without a restart', async t => {
  const text =
    'groups: { b: { file: b.txt } }\nallow: [{ name: a, photos: { group: b } }, { name: c, photos: ["*", { notGroup: b }] }]'
  const rules: string[] = []
  const { watch, home, hasLine, runUntil } = openWatch(t, {
    text,
    files: { 'b.txt': 'ann@acme.example\n' },
    apply: async ({ policy }) => {
      for (const photo of ['ann@acme.example', 'bob@acme.example']) {
        const evidence = { client: undefined, cookies: [], photo, aliasesOf: () => [] }
        const decision = decide(policy, evidence)
        rules.push(decision.admitted ? decision.rule.name : 'none')
      }
    },
  })
  await watch.ready
  writeFileSync(join(home.directory, 'b.txt'), 'bob@acme.example\r\n')
  await runUntil(() => rules.length === 2)
  t.strictSame(rules, ['c', 'a'])
  writeFileSync(join(home.directory, 'b.txt'), '!ann@acme.example\n')
  await runUntil(() => hasLine(/has problems; the old one stays/))
  t.equal(rules.length, 2, 'a wrong line changes nothing')
})

t.test('who has asked for a reload gets to know what became of it', async t => {
  const rows: readonly (readonly [title: string, text: string, outcome: object])[] = [
    ['applied', good('second'), { outcome: 'applied', rules: ['second'], warnings: [] }],
    [
      'refused',
      'allow: [{ name: open }]',
      { outcome: 'refused', problems: [/:1:9 .*no condition/] },
    ],
    ['emptied', 'allow: []', { outcome: 'applied', rules: [] }],
  ]
  for (const [title, text, outcome] of rows) {
    await t.test(title, async t => {
      const { watch, write, runUntil } = openWatch(t)
      await watch.ready
      write(text)
      const [first, second] = [watch.reload(), watch.reload()]
      let told: unknown
      void first.then(answer => {
        told = answer
      })
      await runUntil(() => told !== undefined)
      t.match(told, outcome)
      t.strictSame(await second, told, 'both')
    })
  }
})

t.test('a reload that fails says why, and one of a gate that stops says so', async t => {
  const apply = () => Promise.reject(new Error('the disk is gone'))
  const { watch, runUntil } = openWatch(t, { apply })
  await watch.ready
  let told: unknown
  void watch.reload().then(answer => {
    told = answer
  })
  await runUntil(() => told !== undefined)
  t.strictSame(told, { outcome: 'failed', message: 'the disk is gone' })
  const late = watch.reload()
  await watch.close()
  const stopping = { outcome: 'failed', message: 'the gate is stopping' }
  t.strictSame(await late, stopping)
  t.strictSame(await watch.reload(), stopping)
})
