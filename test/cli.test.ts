import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { runCli } from './fixtures/cli.ts'
import { runVerb } from './fixtures/command-line.ts'
import { openConfigHome } from './fixtures/config.ts'
import { root } from './fixtures/root.ts'

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  version: string
}
const good = 'allow: [{ name: office, from: 10.0.0.0/8 }]'

t.test('a wrong command line exits with 2 and says why', async t => {
  const { directory: cwd } = openConfigHome(t, { 'photogate.yaml': good })
  const rows: [string, string[], RegExp][] = [
    ['an unknown verb', ['frobnicate'], /unknown command/],
    ['an unknown option', ['check', '--frobnicate'], /unknown option/],
    ['an option without its value', ['check', '--config'], /argument missing/],
    ['one argument too many', ['check', 'photogate.yaml', 'x'], /too many arguments/],
    ['a port beyond 65535', ['serve', '--port', '65536'], /Write 0 to 65535/],
    ['a port with a sign', ['serve', '--port', '-1'], /Write 0 to 65535/],
    ['explain without a client', ['explain'], /name either --client or --peer/],
    [
      'a client that is not an address',
      ['explain', '--client', '10.1'],
      /--client "10\.1" is not an address/,
    ],
  ]
  for (const [what, args, message] of rows) {
    t.test(what, async t => {
      const { code, stdout, stderr } = await runVerb(t, args, { cwd })
      t.equal(code, 2)
      t.match(stderr, message)
      t.equal(stdout, '')
    })
  }
})

t.test('without a verb, the help is shown as an error', async t => {
  const { code, stderr } = await runCli(t, [])
  t.equal(code, 2)
  t.match(stderr, /Usage: photogate/)
})

t.test('help and version exit with 0', async t => {
  const help = await runCli(t, ['--help'])
  t.equal(help.code, 0)
  t.match(help.stdout, /Usage: photogate.*serve.*check.*explain.*schema.*Exit status/s)
  const verb = await runCli(t, ['explain', '--help'])
  t.equal(verb.code, 0)
  t.match(verb.stdout, /--client <address>.*--peer <address>.*--header <line>/s)
  t.strictSame(await runCli(t, ['--version']), {
    code: 0,
    signal: null,
    stdout: `${version}\n`,
    stderr: '',
  })
})

t.test('check exits with 78 for problems and 0 without', async t => {
  const home = openConfigHome(t, { 'bad.yaml': 'alow: []' })
  writeFileSync(home.file, good)
  const cwd = home.directory
  const bad = await runCli(t, ['check', '-c', 'bad.yaml'], { cwd })
  t.equal(bad.code, 78)
  t.match(bad.stderr, /^bad\.yaml:1:1 alow is not known; did you mean allow\?\n1 problem\n/)
  t.equal(bad.stdout, '')
  const fine = await runCli(t, ['check', '--json'], { cwd })
  t.equal(fine.code, 0)
  t.match(JSON.parse(fine.stdout), { valid: true, problems: [] })
})

t.test('an undefined YAML alias is a problem of the configuration: exit 78', async t => {
  const { directory: cwd } = openConfigHome(t, { 'bad.yaml': 'allow: *nothing' })
  const { code, stderr } = await runCli(t, ['check', '-c', 'bad.yaml'], { cwd })
  t.equal(code, 78)
  t.match(stderr, /^bad\.yaml:1:8 /)
})

t.test(
  'explain exits with 0 for admitted, 1 for turned away, 78 without a configuration',
  async t => {
    const { directory: cwd } = openConfigHome(t, { 'photogate.yaml': good })
    const admitted = await runCli(t, ['explain', '--client', '10.0.0.1', '--json'], { cwd })
    t.equal(admitted.code, 0)
    t.match(JSON.parse(admitted.stdout), { admitted: true, rule: 'office', client: '10.0.0.1' })
    const away = await runCli(
      t,
      ['explain', '--peer', '8.8.8.8', '--header', 'a: b', '--header', 'x-forwarded-for: 10.0.0.1'],
      { cwd },
    )
    t.equal(away.code, 1)
    t.match(away.stdout, /client {2}8\.8\.8\.8\n/)
    const none = await runCli(t, ['explain', '-c', 'gone.yaml', '--client', '10.0.0.1'], { cwd })
    t.equal(none.code, 78)
    t.match(none.stderr, /gone\.yaml cannot be read/)
  },
)

t.test('schema prints JSON and exits with 0', async t => {
  const { code, stdout } = await runCli(t, ['schema'])
  t.equal(code, 0)
  t.match(JSON.parse(stdout), {
    title: 'photogate.yaml',
    type: 'object',
    properties: { allow: Object },
  })
})

t.test('a reader that closes the pipe early is not an error', async t => {
  const { stdout, stderr } = await promisify(execFile)('sh', [
    '-c',
    `"${process.execPath}" dist/cli.js schema | head -c 1`,
  ])
  t.strictSame({ stdout, stderr }, { stdout: '{', stderr: '' })
})
