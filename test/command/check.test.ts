import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { check, nodeWarnings } from '../../src/command/check.ts'
import { reportProblem } from '../../src/config/document/problem.ts'
import { openConfigHome } from '../fixtures/config.ts'
import { captureOutput } from '../fixtures/output.ts'

const bad = 'allow:\n- { name: open }\n- { name: a, form: 10/8 }\n'
const risky = 'allow: [{ name: signed-in, cookie: LtpaToken }]'
const good = 'allow: [{ name: office, from: 10.0.0.0/8 }, { name: other, from: 192.0.2.1 }]'
const ownWarnings = nodeWarnings(process.versions.node)

t.test('a configuration with problems exits with 78 and names them all', async t => {
  const home = openConfigHome(t)
  writeFileSync(home.file, bad)
  const output = captureOutput()
  t.equal(await check({ config: home.file }, output), 78)
  t.equal(output.printed(), '')
  t.equal(
    output.noted().split('\n').slice(0, 3).join('\n').replaceAll(home.file, 'photogate.yaml'),
    [
      'photogate.yaml:2:3 allow[0] has no condition and would admit everybody; add from, ltpa, cookie, link, pass or photos',
      'photogate.yaml:3:14 allow[1].form is not known; did you mean from?',
      '2 problems',
    ].join('\n'),
  )
})

t.test('a missing configuration exits with 78', async t => {
  const output = captureOutput()
  t.equal(await check({ config: '/nowhere/photogate.yaml' }, output), 78)
  t.match(
    output.noted(),
    /^\/nowhere\/photogate\.yaml cannot be read: the file is not there.*\n1 problem/,
  )
})

t.test('the JSON has each problem with its place', async t => {
  const home = openConfigHome(t)
  writeFileSync(home.file, bad)
  const output = captureOutput()
  t.equal(await check({ config: home.file, json: true }, output), 78)
  t.equal(output.noted(), '')
  t.strictSame(JSON.parse(output.printed()), {
    valid: false,
    problems: [
      {
        code: 'GATE_CONFIG_NO_CONDITION',
        severity: 'error',
        file: home.file,
        line: 2,
        column: 3,
        path: 'allow[0]',
        message:
          'has no condition and would admit everybody; add from, ltpa, cookie, link, pass or photos',
        text: 'has no condition and would admit everybody',
        suggestion: 'add from, ltpa, cookie, link, pass or photos',
      },
      {
        code: 'GATE_CONFIG_UNKNOWN_KEY',
        severity: 'error',
        file: home.file,
        line: 3,
        column: 14,
        path: 'allow[1].form',
        message: 'is not known; did you mean from?',
        text: 'is not known',
        suggestion: 'did you mean from?',
      },
    ],
    warnings: ownWarnings.map(warning => reportProblem(warning, 'warning')),
  })
})

t.test('a photo folder that this user cannot read is a problem', async t => {
  // In the system's folder for temporary files, because another user cannot enter a clone in a private folder.
  const home = mkdtempSync(join(tmpdir(), 'photogate-check-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  chmodSync(home, 0o755)
  const photos = join(home, 'photos')
  const file = join(home, 'photogate.yaml')
  mkdirSync(photos)
  writeFileSync(file, `photos: { directory: photos }\n${good}`)
  const isRoot = process.getuid?.() === 0
  const checkAsOther = async () => {
    const output = captureOutput()
    if (isRoot) process.seteuid?.(65_534)
    const exitCode = await check({ config: file }, output)
    if (isRoot) process.seteuid?.(0)
    return { exitCode, noted: output.noted() }
  }
  for (const mode of [0, 0o600, 0o311]) {
    t.test(`mode ${mode.toString(8)}`, async t => {
      chmodSync(photos, mode)
      const { exitCode, noted } = await checkAsOther()
      t.equal(exitCode, 78)
      t.match(
        noted,
        /:1:22 photos\.directory .*photos cannot be read by this user; give .*\(r and x\)/,
      )
    })
  }
  t.test('a photo folder that this user can read is accepted', async t => {
    chmodSync(photos, 0o755)
    t.equal((await checkAsOther()).exitCode, 0)
  })
})

t.test('of a ledger in Redis, check says that it does not connect', async t => {
  const secret = Buffer.from(Array.from({ length: 32 }, (_, at) => at)).toString('base64')
  const home = openConfigHome(t, { 'ledger.secret': secret })
  writeFileSync(
    home.file,
    `${risky}\nledger: { redis: "redis://127.0.0.1:1", secretFile: ledger.secret }\n`,
  )
  const output = captureOutput()
  t.equal(await check({ config: home.file }, output), 0)
  t.match(output.printed(), /1 rule, 0 photos\ncheck does not connect to Redis: the log of serve/)
})

t.test('warnings are printed, and check exits with 0', async t => {
  const home = openConfigHome(t)
  writeFileSync(home.file, risky)
  const output = captureOutput()
  t.equal(await check({ config: home.file }, output), 0)
  t.equal(output.printed(), `${home.file} is fine: 1 rule, 0 photos`)
  t.match(output.noted(), /anyone can send one/)
  t.match(output.noted(), ownWarnings.length > 0 ? /2 warnings$/ : /1 warning$/)
  const json = captureOutput()
  t.equal(await check({ config: home.file, json: true }, json), 0)
  t.match(JSON.parse(json.printed()), {
    valid: true,
    problems: [],
    warnings: [{ line: 1, column: 36 }],
  })
})

t.test('a configuration without problems exits with 0 and counts its rules', async t => {
  const home = openConfigHome(t)
  writeFileSync(home.file, good)
  const output = captureOutput()
  t.equal(await check({ config: home.file }, output), 0)
  t.equal(output.printed(), `${home.file} is fine: 2 rules, 0 photos`)
  t.equal(output.noted() === '', ownWarnings.length === 0)
})

t.test('with --photos and no configuration, the built-in one is checked', async t => {
  const home = openConfigHome(t)
  const before = process.cwd()
  t.teardown(() => process.chdir(before))
  process.chdir(home.directory)
  const output = captureOutput()
  t.equal(await check({ photos: 'photos' }, output), 0)
  t.equal(output.printed(), 'the built-in configuration is fine: 2 rules, 0 photos')
  t.match(output.noted(), /anyone can send one/)
})

t.test('check warns of a Node.js without security fixes', async t => {
  for (const version of ['18.20.0', '20.20.2', '21.7.3']) {
    t.test(version, async t => {
      t.match(nodeWarnings(version), [{ file: 'Node.js', path: version, message: /24/ }])
    })
  }
  for (const version of ['22.0.0', '24.1.0', '100.0.0']) {
    t.test(`${version} is not`, async t => {
      t.strictSame(nodeWarnings(version), [])
    })
  }
})
