import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { convert } from '../../src/command/convert.ts'
import { ihsRules } from '../../src/command/ihs-rules.ts'
import { loadConfig } from '../../src/config/load.ts'
import { GateError } from '../../src/error.ts'
import { runCommandLine } from '../fixtures/command-line.ts'
import { openConfigHome } from '../fixtures/config.ts'
import { seedBlock } from '../fixtures/httpd.ts'
import { captureOutput } from '../fixtures/output.ts'
import { fc } from '../fixtures/property.ts'

const home = t.testdir({ photos: {} })
const photos = join(home, 'photos')
function write(text: string, name = 'httpd.conf'): string {
  const file = join(home, name)
  writeFileSync(file, text)
  return file
}

t.test('the configuration goes to standard output, the report to standard error', async t => {
  const output = captureOutput()
  t.equal(await convert(write(seedBlock), {}, output), 0)
  const config = write(output.printed(), 'printed.yaml')
  t.match(loadConfig({ env: {}, file: config, photos }), { problems: [] })
  const report = output.noted()
  t.match(
    report,
    /Checked for all 4,294,967,296 IPv4 addresses: each of the 4 networks contains exactly the addresses/,
  )
  t.match(report, /any cookie whose name ends like this, such as Cookie: xLtpaToken2=1/)
  t.notMatch(report, /Not carried over/)
})

t.test('--output writes a new file and never overwrites one', async t => {
  const output = captureOutput()
  const file = join(home, 'photogate.yaml')
  t.equal(await convert(write(seedBlock), { output: file }, output), 0)
  t.match(output.printed(), /photogate check --config/)
  const before = readFileSync(file, 'utf8')
  await t.rejects(convert(write(seedBlock), { output: file }, output), {
    code: 'GATE_USAGE',
    message: /is there already; remove it or choose another name/,
  })
  t.equal(readFileSync(file, 'utf8'), before)
  await t.rejects(convert(write(seedBlock), { output: join(home, 'no', 'such') }, output), {
    message: /cannot be written/,
  })
  t.notOk(existsSync(join(home, 'no')))
})

t.test('lines that were not carried over give exit code 1', async t => {
  const output = captureOutput()
  const file = write(seedBlock.replace(' https://www.acme.example/sign-in', ''))
  t.equal(await convert(file, {}, output), 1)
  t.match(
    output.noted(),
    /Not carried over; check each line\n {2}.*httpd\.conf:16:1 has lost its target/,
  )
  const json = captureOutput()
  t.equal(await convert(file, { json: true }, json), 1)
  const parsed = JSON.parse(json.printed()) as Record<string, unknown>
  t.match(parsed, {
    isProved: true,
    otherwise: null,
    leftovers: [{ line: 16 }],
    remarks: [{ line: 3 }],
  })
  t.match((parsed as { networks: unknown }).networks, [
    { name: 'old-subnets-and-staff-vpn', blocks: ['127.20.16.0/20'] },
    {},
    {},
    {},
  ])
})

t.test('--host chooses one of several virtual hosts', async t => {
  const host = (name: string) =>
    `<VirtualHost *:80>\nServerName ${name}\nRewriteEngine On\nRewriteCond %{REMOTE_ADDR} !^10\\.\nRewriteRule ^ - [F]\n</VirtualHost>\n`
  const file = write(
    `${host('a.example')}${host('b.example:80')}<VirtualHost *:443>\nServerName c.example\n</VirtualHost>`,
  )
  const output = captureOutput()
  await t.rejects(convert(file, {}, output), {
    code: 'GATE_USAGE',
    message:
      /several virtual hosts that could be the one; name it with --host\n {2}line 1: <VirtualHost \*:80> a\.example\n {2}line 7/,
  })
  t.equal(await convert(file, { host: 'B.example' }, output), 0)
  t.match(output.printed(), /httpd\.conf:7/)
  t.equal(await convert(file, { host: '*:443' }, captureOutput()), 1, 'open to everybody')
  await t.rejects(convert(file, { host: 'd.example' }, output), {
    message: /has no virtual host d\.example\n/,
  })
  await t.rejects(convert(write('Listen 80\n'), {}, output), {
    message: /has no virtual host that turns anybody away/,
  })
  await t.rejects(convert(join(home, 'nothing'), {}, output), GateError)
})

t.test('for two hosts with one name, the message says which --host chooses each', async t => {
  const host = (address: string) =>
    `<VirtualHost ${address}>\nServerName a.example\nRewriteEngine On\nRewriteCond %{REMOTE_ADDR} !^10\\.\nRewriteRule ^ - [F]\n</VirtualHost>\n`
  const file = write(host('*:80') + host('*:443') + host('*:443').replace('^10', '^11'), 'two.conf')
  const message = /line 1: .* a\.example: --host '\*:80'\n {2}line 7: .*--host '.*two\.conf:7'\n/
  await t.rejects(convert(file, {}, captureOutput()), { message })
  await t.rejects(convert(file, { host: 'a.example' }, captureOutput()), { message })
  for (const name of ['*:80', 'a.example:80', `${file}:7`]) {
    t.equal(await convert(file, { host: name }, captureOutput()), 0, name)
  }
  const options = { host: '*:80', path: '../x' }
  await t.rejects(convert(file, options, captureOutput()), { message: /is not the path of a URL/ })
})

t.test('on the command line', async t => {
  const { code, stdout, stderr } = await runCommandLine(['convert', write(seedBlock)])
  t.match(
    { code, stdout, stderr },
    { code: 0, stdout: /^# From httpd\.conf/, stderr: /^Carried over/ },
  )
  const { file } = openConfigHome(t)
  writeFileSync(file, 'allow: [{ name: a, from: [10.0.0.0/8] }]\notherwise: { status: 403 }')
  const rules = await runCommandLine(['ihs-rules', '--config', file])
  t.match(rules, { code: 0, stdout: /^RewriteEngine On\n# a\n/, stderr: /Proved/ })
  const text = `Include a.conf\nInclude b.conf\n${seedBlock}`
  const ignored = ['--ignore-missing', 'a.conf', '--ignore-missing', 'b.conf', '--path', '/']
  t.match(await runCommandLine(['convert', write(text), ...ignored]), { code: 0 })
})

t.test('ihs-rules prints text and JSON', async t => {
  const { file } = openConfigHome(t)
  writeFileSync(file, 'allow: [{ name: a, from: [10.0.0.0/8] }]')
  const output = captureOutput()
  t.equal(ihsRules({ config: file }, output), 1)
  t.match(output.noted(), /the turned away get 403/)
  const json = captureOutput()
  t.equal(ihsRules({ config: file, json: true }, json), 1)
  t.match(JSON.parse(json.printed()), {
    isProved: true,
    block: /^RewriteEngine On/,
    notes: [/403/],
  })
  writeFileSync(file, 'allow: nonsense')
  t.equal(ihsRules({ config: file }, output), 78)
})

t.test('100,000 nested sections are refused with a message', async t => {
  const deep = 100_000
  const text = `${'<Directory />\n'.repeat(deep)}${'</Directory>\n'.repeat(deep)}${seedBlock}`
  await t.rejects(convert(write(text), {}, captureOutput()), {
    code: 'GATE_USAGE',
    message: /nested too deep/,
  })
})

t.test('no httpd.conf makes convert throw anything but a GateError', async t => {
  const line = fc.oneof(
    fc.constantFrom(...seedBlock.split('\n')),
    fc.constantFrom(
      '<Directory />',
      '</Directory>',
      'Require ip 10',
      'Require expr ',
      'Order allow,deny',
      'Allow from ',
      '<RequireNone>',
      '</RequireNone>',
      'RewriteCond expr "',
      'RewriteRule',
      '<VirtualHost',
      '</VirtualHost>',
      'DocumentRoot',
      '\\',
    ),
    fc.string({ maxLength: 30 }),
    fc
      .string({ maxLength: 12, unit: fc.constantFrom(...'^$.*+?()[]{}|\\d10!%{}') })
      .map(text => `RewriteCond %{REMOTE_ADDR} ${text}`),
    fc
      .string({ maxLength: 12, unit: fc.constantFrom(...'^$.*+?()[]|\\Lt=;! ') })
      .map(text => `RewriteCond %{HTTP_COOKIE} ${text} [NC]`),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 25 }), async lines => {
      const text = `${lines.join('\n')}\n\n<VirtualHost *>\n${lines.join('\n')}\n</VirtualHost>`
      const output = captureOutput()
      try {
        await convert(write(text, 'fuzz.conf'), {}, output)
      } catch (error) {
        return error instanceof GateError
      }
      const config = write(output.printed(), 'fuzz.yaml')
      return loadConfig({ env: {}, file: config, photos }).problems.length === 0
    }),
    { numRuns: 1_500 },
  )
  t.pass('1,500 files')
})
