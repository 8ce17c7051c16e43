// `photogate import` as an administrator at a terminal and cron see it.
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import type { ImportCommandOptions } from '../../src/command/import.ts'
import { asGateError, importPhotos } from '../../src/command/import.ts'
import { runCli } from '../fixtures/cli.ts'
import '../fixtures/import-here.ts'
import { captureOutput } from '../fixtures/output.ts'
import { drawJpeg } from '../fixtures/pictures.ts'

const picture = await drawJpeg({ width: 40, height: 40 })

/** A folder `drop` with photos of these, an empty directory for the gate, and this configuration. */
function openHome(
  t: Test,
  addresses: readonly string[],
  config = 'supply: { sources: [{ folder: drop }] }',
) {
  const home = t.testdir({ photos: {}, drop: {}, 'photogate.yaml': config })
  for (const address of addresses) writeFileSync(join(home, 'drop', `${address}.jpg`), picture)
  return home
}

async function run(
  home: string,
  options: ImportCommandOptions = {},
  terminal?: { write(text: string): void },
) {
  const output = captureOutput()
  const { signal } = new AbortController()
  const config = join(home, 'photogate.yaml')
  const code = await importPhotos({ config, ...options }, { output, terminal, signal })
  return { code, printed: output.printed(), noted: output.noted() }
}

t.test('a configuration without sources is refused, with what to add', async t => {
  const home = openHome(t, [], 'photos: { directory: photos }')
  await t.rejects(run(home), {
    code: 'GATE_SUPPLY',
    exitCode: 78,
    message: /photogate.yaml does not say where photos come from; add supply: \{ sources: /,
  })
})

t.test('a configuration with a problem is refused, with its place', async t => {
  const home = openHome(t, [], 'supply: { sources: [{ foldr: drop }] }')
  const output = captureOutput()
  const config = join(home, 'photogate.yaml')
  const { signal } = new AbortController()
  await t.rejects(importPhotos({ config }, { output, terminal: undefined, signal }), {
    code: 'GATE_SUPPLY',
    message: 'the configuration has problems',
  })
  t.match(
    output.noted(),
    /photogate.yaml:1:23 supply.sources\[0\].foldr is not known; did you mean folder\?/,
  )
})

t.test('an unknown --source is refused, with the known ones', async t => {
  const home = openHome(t, [])
  for (const source of ['2', '0', 'x', '-1']) {
    await t.rejects(run(home, { source }), {
      exitCode: 2,
      message: new RegExp(`^--source ${source} is not in .*; there are 1 \\(folder drop\\)$`),
    })
  }
})

t.test('a missing folder is a failed source in the report', async t => {
  const home = openHome(t, [])
  rmSync(join(home, 'drop'), { recursive: true })
  const { code, printed } = await run(home)
  t.equal(code, 1)
  t.match(printed, /^folder drop {2}0 people, 0 photos, failed$/m)
  t.match(printed, /\nerrors\n {2}folder drop: .*drop.* cannot be /)
})

t.test('the report lists sources, counts and refused pictures', async t => {
  const home = openHome(t, ['joe@acme.example', 'ann@acme.example'])
  writeFileSync(join(home, 'drop', 'bad@acme.example.jpg'), '<html>')
  writeFileSync(join(home, 'photos', 'Joe@ACME.example.jpg'), picture)
  const { code, printed } = await run(home)
  t.equal(code, 1)
  t.equal(
    printed,
    `folder drop  3 people, 3 photos

added                   1
changed                 1  1 of them was put there by others
unchanged               0
quarantined             1
to be removed           0
removed                 0
people without a photo  1

quarantined, and kept out
  bad@acme.example: bad@acme.example.jpg of folder drop is not an image: neither JPEG, GIF, PNG, WebP, TIFF nor AVIF`,
  )
  await t.test('without a problem the import exits with 0', async t => {
    rmSync(join(home, 'drop', 'bad@acme.example.jpg'))
    const { code, printed, noted } = await run(home)
    t.match({ code, noted }, { code: 0, noted: '' })
    t.match(printed, /^unchanged +2$/m)
  })
  await t.test('a dry run says what would be done', async t => {
    writeFileSync(join(home, 'drop', 'new@acme.example.jpg'), picture)
    const { printed } = await run(home, { dryRun: true })
    t.match(printed, /^would be added +1$/m)
    t.match((await run(home, { dryRun: true, json: true })).printed, /"dryRun": true/)
  })
  await t.test('a person who has left is reported with the date of removal', async t => {
    rmSync(join(home, 'drop', 'ann@acme.example.jpg'))
    const { printed } = await run(home)
    const day = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10)
    t.match(
      printed,
      new RegExp(`^to be removed +1 {2}from ${day} on, unless a source has them again$`, 'm'),
    )
  })
})

t.test('too many removals are refused, with what to do', async t => {
  const names = Array.from({ length: 10 }, (_, at) => `p${at}@acme.example`)
  const home = openHome(t, names, 'supply: { removeAfter: 0s, sources: [{ folder: drop }] }')
  await run(home)
  for (const name of names.slice(0, 2)) rmSync(join(home, 'drop', `${name}.jpg`))
  const { code, printed } = await run(home)
  t.equal(code, 1)
  t.match(
    printed,
    /^ {2}nothing was done: 2 photos would be removed, and maxRemovals allows 1; .* run it with --force$/m,
  )
  t.match(await run(home, { force: true }), { code: 0, printed: /^removed +2$/m })
})

t.test('control characters from sources do not reach the terminal', async t => {
  const home = openHome(t, [])
  writeFileSync(join(home, 'drop', '\x1b]0;owned\x07\u202e@acme.example.jpg'), picture)
  const { printed } = await run(home)
  t.notMatch(printed, /[^\P{Cc}\n]|\p{Cf}/u)
  t.match(printed, /owned/)
})

t.test('the JSON lists every person and has exactly these keys', async t => {
  const home = openHome(
    t,
    Array.from({ length: 30 }, (_, at) => `p${at}@acme.example`),
  )
  const { printed } = await run(home, { json: true })
  const report = JSON.parse(printed)
  t.equal(report.added.length, 30)
  t.strictSame(
    Object.keys(report),
    [
      ...[
        'dryRun',
        'sources',
        'errors',
        'known',
        'removalsHeld',
        'quarantined',
        'added',
        'changed',
        'unchanged',
        'leftAlone',
      ],
      ...['toBeRemoved', 'removed', 'replaced', 'withoutPhoto', 'fine'],
    ].filter(key => key !== 'removalsHeld'),
  )
})

t.test('on a terminal a progress bar is drawn, and erased at the end', async t => {
  const home = openHome(t, ['joe@acme.example'])
  const writes: string[] = []
  const { noted } = await run(home, {}, { write: text => void writes.push(text) })
  const drawn = writes.join('')
  t.match(drawn, /photos █{24} 1 of 1/)
  t.ok(drawn.endsWith('\r\x1b[K'))
  t.equal(noted, '')
})

t.test('a photo directory that cannot be used ends the import with 70 and one line', async t => {
  const home = openHome(t, ['joe@acme.example'])
  writeFileSync(join(home, 'photos', '.supply'), '')
  const { code, stderr } = await runCli(t, ['import'], { cwd: home })
  t.equal(code, 70)
  t.match(
    stderr,
    /^photogate: cannot go on in .*photos: .*; photos written so far are whole and stay.*\n$/,
  )
})

t.test('a journal of another version is refused and left unchanged', async t => {
  const home = openHome(t, ['joe@acme.example'])
  mkdirSync(join(home, 'photos', '.supply'))
  const journal = join(home, 'photos', '.supply', 'journal.jsonl')
  writeFileSync(journal, '{"photogate":"supply","version":9}\n')
  const { code, stderr } = await runCli(t, ['import'], { cwd: home })
  t.match({ code, stderr }, { code: 70, stderr: /is not this version's journal; move it away/ })
  t.equal(readFileSync(journal, 'utf8'), '{"photogate":"supply","version":9}\n')
})

t.test('with --quiet the import prints only new findings', async t => {
  const home = openHome(t, ['joe@acme.example'])
  t.strictSame(await run(home, { quiet: true }), { code: 0, printed: '', noted: '' })
  writeFileSync(join(home, 'drop', 'bad@acme.example.jpg'), '<html>')
  t.match(await run(home, { quiet: true }), { code: 1, printed: /quarantined, and kept out/ })
  t.strictSame(await run(home, { quiet: true }), { code: 0, printed: '', noted: '' })
  t.match(await run(home, { strict: true }), { code: 1, printed: /^known problems +1 /m })
})

t.test('a file that a run as root has left is named, with the chown to run', t => {
  const state = t.testdir({})
  const { uid } = statSync(state)
  const path = join(state, 'running-1-x')
  const refused = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES', path })
  const { getuid } = process
  process.getuid = () => uid + 1
  t.teardown(() => {
    Object.assign(process, { getuid })
  })
  const hint = `${state} is user ${uid}'s, and this is user ${uid + 1}: chown -R ${uid + 1} ${state}; then again`
  const { message } = asGateError(refused, 'cannot go on', 'then again') as Error
  t.equal(message, `cannot go on: EACCES: permission denied; ${hint}`)
  t.end()
})
