// `photogate init`: what it refuses, what it asks, and that `check` passes on whatever it writes.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { PassThrough, Readable, Writable } from 'node:stream'
import type { Test } from 'tap'
import t from 'tap'
import { check } from '../../src/command/check.ts'
import type { InitOptions } from '../../src/command/init.ts'
import { init } from '../../src/command/init.ts'
import { askStarterQuestions } from '../../src/command/starter-questions.ts'
import { loadConfig } from '../../src/config/load.ts'
import { formatStarter, starterDefaults } from '../../src/config/starter.ts'
import { runCommandLine } from '../fixtures/command-line.ts'
import { seedBlock } from '../fixtures/httpd.ts'
import { captureOutput } from '../fixtures/output.ts'
import { makeDirectory } from '../fixtures/process.ts'
import { fc } from '../fixtures/property.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

/** Runs init; with answers, on a terminal where each is typed when its question has been asked. */
async function runInit(options: InitOptions, answers?: readonly string[]) {
  const output = captureOutput()
  if (answers === undefined) {
    const code = await init(options, { output, input: Readable.from([]), terminal: undefined })
    return { code, output, shown: '' }
  }
  let shown = ''
  const terminal = new Writable({
    write(chunk, _, done) {
      shown += String(chunk)
      done()
    },
  })
  const input = new PassThrough()
  const running = init(options, { output, input, terminal })
  let asked = 0
  const isOver = running.then(
    () => true,
    () => true,
  )
  for (const answer of answers) {
    asked += 1
    const question = waitUntil(() => shown.split(']: ').length > asked)
    if (await Promise.race([isOver, question.then(() => false)])) break
    input.write(answer)
  }
  return { code: await running, output, shown }
}

/** Each as Enter ends it. */
const typed = (...answers: string[]) => answers.map(answer => `${answer}\n`)
const takeDefaults = typed('', '', '', '', '', '', '', '')

async function passes(t: Test, file: string): Promise<void> {
  const output = captureOutput()
  t.equal(await check({ config: file }, output), 0, output.noted())
}

t.test('init refuses', async t => {
  const home = makeDirectory(t)
  writeFileSync(join(home, 'there.yaml'), 'allow: []\n')
  mkdirSync(join(home, 'folder.yaml'))
  writeFileSync(join(home, 'file'), '')
  writeFileSync(join(home, 'httpd.conf'), seedBlock)
  const rows: readonly (readonly [title: string, options: InitOptions, message: RegExp])[] = [
    ['to write over a file', { config: 'there.yaml' }, /is there already, .* check --config/],
    ['to write over a folder', { config: 'folder.yaml' }, /is there already/],
    ['a folder of photos that is a file', { config: 'a.yaml', photos: 'file' }, /a file where a/],
    ['a folder of photos below a file', { config: 'a.yaml', photos: 'file/x' }, /a file where a/],
    ['a missing httpd.conf', { config: 'a.yaml', fromIhs: 'no.conf' }, /no\.conf is not there/],
    [
      'an unknown host',
      { config: 'a.yaml', fromIhs: 'httpd.conf', host: 'x' },
      /no virtual host x/,
    ],
  ]
  for (const [title, { config = '', fromIhs, ...rest }, message] of rows) {
    await t.test(title, async t => {
      const options = {
        ...rest,
        config: join(home, config),
        ...(fromIhs === undefined ? {} : { fromIhs: join(home, fromIhs) }),
      }
      await t.rejects(runInit(options), { code: 'GATE_USAGE', message })
      t.notOk(existsSync(join(home, 'a.yaml')), 'nothing is written')
      t.equal(readFileSync(join(home, 'there.yaml'), 'utf8'), 'allow: []\n')
    })
  }
})

t.test('answers that end too early write nothing', async t => {
  for (const [title, last] of [
    ['Ctrl+C', '\u0003'],
    ['Ctrl+D', '\u0004'],
  ] as const) {
    await t.test(title, async t => {
      const config = join(makeDirectory(t), 'photogate.yaml')
      await t.rejects(runInit({ config }, ['\n', '\n', last]), {
        code: 'GATE_USAGE',
        message: /nothing was written/,
      })
      t.notOk(existsSync(config))
    })
  }
})

t.test('a wrong answer is asked for again, with the words of check', async t => {
  const rows: readonly (readonly [at: number, answer: string, says: RegExp])[] = [
    [0, 'no such host', /no such host is not an address; write one of this machine/],
    [0, '192.0.2.300', /192\.0\.2\.300 is not an address/],
    [1, '70000', /listen\[0\]\.port 70000 does not fit; write a TCP port/],
    [1, 'eighty', /listen\[0\]\.port "eighty" is not/],
    [2, '127.0.0.1/8', /proxies\[0\] "127\.0\.0\.1\/8" has host bits set; write 127\.0\.0\.0\/8/],
    [2, '127.0.0.1, ihs', /proxies\[1\] "ihs" is not/],
    [3, '10/8', /networks\.offices\[0\] "10\/8" is not a network; write all four numbers/],
    [3, '10.0.0.0/8 192.0.2.300', /networks\.offices\[1\] "192\.0\.2\.300" is not/],
    [5, 'saml', /saml is not one of the three; write keys, cookies or none/],
    [7, '8080', /admin\.port 8080/],
    [7, '70000', /admin\.port 70000 does not fit/],
    [6, 'www.acme.example', /otherwise\.redirect "www\.acme\.example"/],
  ]
  for (const [at, answer, says] of rows) {
    await t.test(answer, async t => {
      const home = makeDirectory(t)
      const config = join(home, 'photogate.yaml')
      const answers = [...takeDefaults.slice(0, at), `${answer}\n`, ...takeDefaults.slice(at)]
      const { code, shown } = await runInit({ config }, answers)
      t.equal(code, 0)
      t.match(shown, says)
      t.equal(readFileSync(config, 'utf8'), formatStarter(starterDefaults), 'it is forgotten')
    })
  }
})

t.test('keys are asked for again until their password opens them', async t => {
  const home = makeDirectory(t)
  writeFileSync(join(home, 'right'), 'secret\n')
  writeFileSync(join(home, 'wrong'), 'geheim\n')
  const made = await runCommandLine(
    ['keys', 'new', '--realm', 'acme', '--password-file', 'right', '-o', 'ltpa.keys'],
    { cwd: home },
  )
  t.equal(made.code, 0)
  const config = join(home, 'photogate.yaml')
  const { code, shown } = await runInit({ config }, [
    ...typed('', '', '', '', ''),
    ...typed('keys', 'no.keys', 'right', 'keys', 'ltpa.keys', 'wrong', 'keys', '', 'right'),
    ...typed('', ''),
  ])
  t.equal(code, 0)
  t.match(shown, /ltpa\.keys\[0\]\.file .*no\.keys is not there/)
  t.match(shown, /ltpa\.keys\[0\]\.file does not open with this password/)
  t.match(readFileSync(config, 'utf8'), /\n {2}- \{ name: signed-in, ltpa: verified \}\n/)
  await passes(t, config)
})

t.test('without a terminal plain defaults hold, and they admit nobody', async t => {
  const home = makeDirectory(t)
  const config = join(home, 'new', 'photogate.yaml')
  const { code, output } = await runInit({ config })
  t.equal(code, 0)
  t.match(output.printed(), /is written, and the folder .*photos is made/)
  t.match(output.noted(), /allow has no rules: every request is turned away/)
  t.ok(existsSync(join(home, 'new', 'photos')))
  await passes(t, config)
  const { settings } = loadConfig({ env: {}, file: config })
  t.equal(settings?.policy.rules.length, 0)
  t.strictSame(
    settings?.listen,
    loadConfig({ env: {}, file: undefined, photos: home }).settings?.listen,
  )
})

t.test('all answers become the configuration', async t => {
  const home = makeDirectory(t)
  const config = join(home, 'photogate.yaml')
  const { code } = await runInit({ config }, [
    ...typed('0.0.0.0', '8443', '10.1.1.1 2001:db8::1', '10.0.0.0/8; 192.0.2.10-192.0.2.20'),
    ...typed('Fotos für alle', 'cookies', 'https://www.acme.example/sign-in?a=1&b=#x', 'none'),
  ])
  t.equal(code, 0)
  t.ok(existsSync(join(home, 'Fotos für alle')))
  await passes(t, config)
  const text = readFileSync(config, 'utf8')
  t.match(text, 'listen: [{ host: 0.0.0.0, port: 8443 }]\n')
  t.match(text, 'proxies: [10.1.1.1, "2001:db8::1"]\n')
  t.match(text, '  offices: [10.0.0.0/8, 192.0.2.10-192.0.2.20]\n')
  t.match(text, '# Anybody can send a cookie')
  t.match(text, '# admin: { host: 127.0.0.1, port: 8090 }\n')
  t.match(text, 'otherwise: { redirect: "https://www.acme.example/sign-in?a=1&b=#x" }\n')
  const { settings } = loadConfig({ env: {}, file: config })
  t.strictSame(
    settings?.policy.rules.map(({ name }) => name),
    ['offices', 'signed-in'],
  )
})

t.test('each example that is commented out can be used as it stands', async t => {
  const home = t.testdir({ photos: {} })
  const text = formatStarter({ ...starterDefaults, offices: ['10.0.0.0/8'] })
    .replace(/^# (otherwise:.*)$/m, '$1')
    .replace(/^#( {2}- \{ name: meeting.*)$/m, '$1')
  const file = join(home, 'photogate.yaml')
  const { settings, problems } = loadConfig({ env: {}, file, text })
  t.strictSame(problems, [])
  t.strictSame(
    settings?.policy.rules.map(({ name }) => name),
    ['offices', 'meeting'],
  )
})

t.test('no answer can change what the file says elsewhere', async t => {
  const home = t.testdir({})
  const file = join(home, 'photogate.yaml')
  const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 30 })
  const answers = fc.record({ host: text, port: text, photos: text, redirect: text, network: text })
  await fc.assert(
    fc.asyncProperty(answers, async ({ network, ...plain }) => {
      const lists = { proxies: [network], offices: [network] }
      const written = formatStarter({ ...starterDefaults, ...plain, ...lists })
      const { settings } = loadConfig({
        env: { HOME: '/x' },
        file,
        text: written,
        needsPhotos: false,
      })
      // Whatever was typed is refused, or is just that value.
      if (settings === undefined) return
      t.equal(settings.photos.directory, resolve(home, plain.photos))
      t.strictSame(
        settings.policy.rules.map(({ name }) => name),
        ['offices'],
      )
    }),
  )
  const folder = `a: "b" #$${'{HOME}'} \\ '{[` // A variable, were it not doubled.
  const written = formatStarter({ ...starterDefaults, photos: folder })
  const { settings } = loadConfig({ env: { HOME: '/x' }, file, text: written, needsPhotos: false })
  t.equal(settings?.photos.directory, resolve(home, folder))
})

t.test('from an httpd.conf, with the exit code of convert', async t => {
  const home = makeDirectory(t)
  writeFileSync(join(home, 'whole.conf'), seedBlock)
  writeFileSync(join(home, 'part.conf'), seedBlock.replace(' https://www.acme.example/sign-in', ''))
  const rows = [
    ['whole.conf', 0],
    ['part.conf', 1],
  ] as const
  for (const [name, code] of rows) {
    await t.test(name, async t => {
      const config = join(home, `${name}.yaml`)
      const options = { config, fromIhs: join(home, name), photos: join(home, 'photos') }
      const ended = await runInit(options)
      t.equal(ended.code, code)
      t.equal(ended.output.printed().includes('NOT WHOLE'), code === 1)
      const converted = await runCommandLine(['convert', name], { cwd: home })
      t.equal(converted.code, code)
      const rulesOf = (text: string) => text.slice(text.indexOf('networks:'))
      const written = readFileSync(config, 'utf8')
      t.equal(
        rulesOf(written).trim(),
        rulesOf(converted.stdout)
          .trim()
          .replaceAll(`${name}:`, `${join(home, name)}:`),
      )
      await passes(t, config)
    })
  }
})

t.test('a question whose answers ended is not asked again', async t => {
  let asked = 0
  const ask = async () => {
    asked += 1
    return undefined
  }
  const dialog = { ask, say: () => {}, judge: () => [] }
  t.equal(await askStarterQuestions(starterDefaults, dialog), undefined)
  t.equal(asked, 1)
})
