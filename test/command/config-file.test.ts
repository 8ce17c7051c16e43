import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { findConfigFile } from '../../src/command/config-file.ts'
import { runVerb } from '../fixtures/command-line.ts'

t.test(
  'the configuration is the named file, otherwise photogate.yaml; with photos it may be missing',
  async t => {
    const before = process.cwd()
    t.teardown(() => process.chdir(before))
    process.chdir(t.testdir({}))
    const missing = {
      code: 'GATE_CONFIG',
      exitCode: 78,
      message: `no configuration: none is named with --config, and there is no ${join(process.cwd(), 'photogate.yaml')}. Name the file with --config FILE; for the built-in cookie rules, which admit anybody who sends such a cookie, give --photos DIRECTORY`,
    }
    t.throws(() => findConfigFile({}), missing)
    t.equal(findConfigFile({ photos: 'photos' }), undefined)
    t.equal(findConfigFile({ config: 'gone.yaml' }), 'gone.yaml', 'even when it is missing')
    for (const name of ['photogate.json', 'photogate.yml']) {
      writeFileSync(name, '')
      const message = new RegExp(`; ${name} is there: rename it, or name it with --config\\. `)
      t.throws(() => findConfigFile({}), { message })
    }
    writeFileSync('photogate.yaml', '')
    t.equal(findConfigFile({}), 'photogate.yaml')
    t.equal(
      findConfigFile({ photos: 'photos' }),
      'photogate.yaml',
      'rules of the administrator go first',
    )
    t.equal(findConfigFile({ config: 'other.yaml' }), 'other.yaml')
  },
)

// Seen in the field: `serve` in the wrong folder took the built-in cookie rules, which admit anybody.
t.test('without a configuration, no verb serves, judges or changes anything', async t => {
  const cwd = t.testdir({ photos: {}, 'a.log': '' })
  const rows: string[][] = [
    ['serve', '--port', '0'],
    ['check'],
    ['explain', '--client', '192.0.2.1', '--cookie', 'LtpaToken2=x'],
    ['replay', 'a.log'],
    ['import'],
    ['photos', 'list'],
    ['photos', 'coverage'],
    ['photos', 'show', 'joe@acme.example'],
    ['photos', 'remove', 'joe@acme.example'],
    ['photos', 'rename', 'joe@acme.example', 'ann@acme.example'],
    ['snippets', 'nginx'],
    ['ihs-rules'],
    ['token'],
  ]
  for (const args of rows) {
    await t.test(args.join(' '), async t => {
      const { code, stdout, stderr } = await runVerb(t, args, { cwd })
      t.equal(code, 78)
      t.equal(stdout, '')
      t.match(stderr, `there is no ${join(cwd, 'photogate.yaml')}`)
    })
  }
  await t.test('convert, keys and schema need no configuration', async t => {
    t.equal((await runVerb(t, ['schema'], { cwd })).code, 0)
    for (const args of [
      ['convert', 'gone.conf'],
      ['keys', 'show', 'gone.keys'],
    ]) {
      t.match((await runVerb(t, args, { cwd })).stderr, /^photogate: gone\.\w+ is not there\n$/)
    }
  })
})

t.test('--photos without a configuration uses the built-in cookie rules', async t => {
  const cwd = t.testdir({ photos: {} })
  const rows: [string[], number, RegExp][] = [
    [['check', '--photos', 'photos'], 0, /^the built-in configuration is fine: 2 rules/],
    [['explain', '--photos', 'photos', '--client', '192.0.2.1'], 1, /^miss {2}signed-in$/m],
    [['photos', 'list', '--photos', 'photos'], 0, /^0 photos/],
    [['ihs-rules', '--photos', 'photos'], 1, /ltpatoken2/],
  ]
  for (const [args, expected, shown] of rows) {
    await t.test(args.join(' '), async t => {
      const { code, stdout } = await runVerb(t, args, { cwd })
      t.equal(code, expected)
      t.match(stdout, shown)
    })
  }
  await t.test('an empty --photos, as from an unset variable, is refused', async t => {
    const { code, stderr } = await runVerb(t, ['serve', '--photos', ''], { cwd })
    t.equal(code, 2)
    t.match(stderr, /Name a directory/)
  })
})

t.test('check and serve also take the configuration as an argument', async t => {
  const cwd = t.testdir({ photos: {}, 'my.yaml': 'alow: []' })
  for (const verb of ['check', 'serve']) {
    await t.test(verb, async t => {
      const { code, stderr } = await runVerb(t, [verb, 'my.yaml'], { cwd })
      t.equal(code, 78)
      t.match(stderr, /^my\.yaml:1:1 alow is not known; did you mean allow\?/)
      const twice = await runVerb(t, [verb, 'my.yaml', '-c', 'other.yaml'], { cwd })
      t.equal(twice.code, 2)
      t.match(twice.stderr, /name one configuration: my\.yaml, or --config other\.yaml/)
    })
  }
})

t.test('explain, replay, ihs-rules and snippets need no photos on this machine', async t => {
  const cwd = t.testdir({
    'photogate.yaml':
      'allow: [{ name: office, from: 10.0.0.0/8 }]\nproxies: [127.0.0.1]\notherwise: { status: 403 }',
    'a.log':
      '10.0.0.1 - - [26/Nov/2026:02:00:00 +0000] "GET /joe@acme.example.jpg HTTP/1.1" 200 9\n',
  })
  const rows: string[][] = [
    ['explain', '--client', '10.0.0.1', '--photo', 'joe@acme.example'],
    ['replay', 'a.log'],
    ['ihs-rules'],
    ['snippets', 'nginx', '--url', 'http://photos.acme.example'],
    ['snippets', 'stproxy', '--url', 'http://photos.acme.example'],
  ]
  for (const args of rows) {
    await t.test(args.join(' '), async t => {
      const { code, stderr } = await runVerb(t, args, { cwd })
      t.equal(code, 0, stderr)
    })
  }
  await t.test(
    'check, serve, photos list and snippets ldif need photos on this machine',
    async t => {
      const ldif = ['snippets', 'ldif', '--url', 'http://p.acme.example', '--dn', 'mail={address}']
      for (const args of [['check'], ['serve'], ['photos', 'list'], ldif]) {
        const { code, stderr } = await runVerb(t, args, { cwd })
        t.equal(code, 78)
        t.match(stderr, /photos is not a directory/)
      }
    },
  )
  mkdirSync(join(cwd, 'photos'))
  t.equal((await runVerb(t, ['check'], { cwd })).code, 0)
})
