// `photogate doctor ccm`, run as its user would: files in, findings and an exit code out.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import type { DoctorCcmOptions } from '../../src/command/doctor-ccm.ts'
import { doctorCcm } from '../../src/command/doctor-ccm.ts'
import { lookAtFolder } from '../../src/command/folder-look.ts'
import { checkFolders } from '../../src/doctor/ccm/check-folder.ts'
import type { Diagnosis } from '../../src/doctor/finding.ts'
import { ccmHttpd } from '../fixtures/ccm-httpd.ts'
import { runCommandLine } from '../fixtures/command-line.ts'
import { captureOutput } from '../fixtures/output.ts'
import { root } from '../fixtures/root.ts'
import { cdhcValues, german, serverLines } from '../fixtures/system-out.ts'

const server = serverLines()
const goodLog = [
  ...server.start('2016-04-28 16:00:00', 1),
  server.open('2016-04-28 16:05:00'),
  ...server.announce('2016-04-28 16:10:07'),
]
const silentLog = [...server.start('2016-04-29 16:00:00', 2), server.open('2016-04-29 16:05:00')]
const properties = Object.entries(cdhcValues)
  .map(([key, value]) => `${key}=${value}\n`)
  .join('')
const text = (lines: readonly string[]) => `${lines.join('\r\n')}\r\n`

async function run(options: DoctorCcmOptions, input: readonly Buffer[] = []) {
  const output = captureOutput()
  const streams = { output, input: Readable.from(input), terminal: undefined }
  const code = await doctorCcm({ ...options, json: true }, streams)
  return { code, noted: output.noted(), ...(JSON.parse(output.printed()) as Diagnosis) }
}

t.test('a set-up that is right has no finding, with everything named', async t => {
  const home = t.testdir({
    FNCS: { configure: { explodedformat: { 'a.properties': properties } } },
    installedApps: { 'navigator.ear': { 'a.properties': properties } },
    'httpd.conf': 'Include conf.d/*.conf\n',
    'conf.d': { 'ccm.conf': ccmHttpd() },
    'SystemOut.log': text(goodLog),
  })
  const { code, findings, fine, unknown } = await run({
    httpdConf: join(home, 'httpd.conf'),
    systemOut: [join(home, 'SystemOut.log')],
    properties: [
      join(home, 'FNCS/configure/explodedformat/a.properties'),
      join(home, 'installedApps/navigator.ear/a.properties'),
    ],
  })
  t.equal(code, 0)
  t.strictSame(findings, [])
  t.match(unknown, [/^Whether D:\/IBM\/.* it is not on this machine\.$/])
  t.ok(unknown.length === 1)
  t.equal(fine.length, 7)
})

t.test('logs without a start say nothing, and end with 70', async t => {
  const line = server.entry('2016-04-28 16:00:00', '00000147 servlet       I   SRVE0242I: more')
  const home = t.testdir({ 'SystemOut.log': text([line]) })
  const { code, findings, unknown } = await run({ systemOut: [join(home, 'SystemOut.log')] })
  t.equal(code, 70)
  t.strictSame(findings, [])
  t.match(unknown.at(-1), /the logs do not have its last start/)
})

t.test(
  "the seed's own lines in its own order: silence, an error, then all eight lines",
  async t => {
    const lcda = (at: string, said: string) => `[${at} CEST] ${said}`
    const error = lcda(
      '4/27/16 19:09:58:679',
      '0000019b LCDAUtil      E dumpErrorInfo CDHC enabled but configuration error found',
    )
    const announced = [
      'enabled',
      'cacheId = fncs-cdhc-*******-9445',
      'cdhc_rootPath = D:/IBM/Connections/data/shared/ccmcache',
      'cdhc_maxCachedFiles = 10000',
      'cdhc_maxCacheSize_kb = 10485760',
      'cdhc_maxCleanupTime_ms = 5000',
      'cdhc_cleanupInterval_s = 3600',
      'cdhc_minContentLifetime_s = 3600',
    ].map(said => lcda('4/28/16 16:10:07:655', `00000147 LCDAUtil      I getLCDA CDHC ${said}`))
    const home = t.testdir({ 'error.log': text([error]), 'good.log': text(announced) })
    const [bad, good] = [join(home, 'error.log'), join(home, 'good.log')]
    t.match(await run({ systemOut: [bad] }), { code: 1, findings: [{ code: 'ccm-error' }] })
    t.match(await run({ systemOut: [good] }), { code: 0, fine: [/2016-04-28 16:10:07 CEST/] })
    t.match(await run({ systemOut: [good, bad] }), { code: 0, fine: [/\(after 1 error since/] })
  },
)

t.test('what was not named is not a finding', async t => {
  const home = t.testdir({ 'SystemOut.log': text(goodLog) })
  const { code, findings, unknown } = await run({ systemOut: [join(home, 'SystemOut.log')] })
  t.equal(code, 0)
  t.strictSame(findings, [])
  t.match(unknown.join('\n'), /side of IHS: no file .*--httpd-conf.*\n.*properties.*--properties/)
  const { code: usage, stderr } = await runCommandLine(['doctor', 'ccm'])
  t.equal(usage, 2)
  t.match(stderr, /name --httpd-conf, --system-out or --properties/)
})

t.test(
  'rotated logs are read plain, packed, as UTF-16, by a pattern and from standard input',
  async t => {
    const home = t.testdir({ 'SystemOut.log': text(silentLog) })
    writeFileSync(join(home, 'SystemOut_16.04.28_23.00.00.log.gz'), gzipSync(text(goodLog)))
    const packed = await run({ systemOut: [join(home, 'SystemOut*')] })
    t.equal(packed.code, 1)
    t.match(packed.findings, [
      { code: 'ccm-silent', seen: /the start before that, 2016-04-28 16:00:00/ },
    ])
    const lines = serverLines(german)
    const wide = text([
      ...lines.start('2016-04-28 16:00:00'),
      lines.open('2016-04-28 16:05:00'),
      ...lines.announce('2016-04-28 16:10:07', {
        ...cdhcValues,
        cdhc_rootPath: 'D:/Bücher/ccmcache',
      }),
    ])
    const utf16 = Buffer.from(`\ufeff${wide}`, 'utf16le')
    for (const [name, bytes] of Object.entries({
      'le.log': utf16,
      'be.log': Buffer.from(utf16).swap16(),
      'le.log.gz': gzipSync(utf16),
      'without.log': utf16.subarray(2),
    })) {
      writeFileSync(join(home, name), bytes)
      const { code, fine, unknown } = await run({ systemOut: [join(home, name)] })
      t.equal(code, 0, name)
      t.match(fine, [/^CCMCluster_server1 announced .*, 2016-04-28 16:10:07 MESZ\.$/], name)
      t.match(unknown.join('\n'), 'D:/Bücher/ccmcache', name)
    }
    const { fine } = await run({ systemOut: ['-'] }, [Buffer.from(text(goodLog))])
    t.match(fine, [/^CCMCluster_server1 announced/])
  },
)

t.test('files that cannot be read end with 70 and are named', async t => {
  const home = t.testdir({
    'SystemOut.log': text(goodLog),
    empty: '',
    access_log: '10.0.0.1 - - [28/Apr/2016:16:10:07 +0200] "GET / HTTP/1.1" 200 1\n',
    folder: {},
    binary: 'a\0b',
  })
  writeFileSync(join(home, 'cut.gz'), gzipSync(text(goodLog)).subarray(0, -20))
  const at = (name: string) => join(home, name)
  const rows: readonly (readonly [DoctorCcmOptions, RegExp])[] = [
    [{ systemOut: [at('none')] }, /none is not there/],
    [{ systemOut: [at('empty')] }, /empty has no lines/],
    [{ systemOut: [at('access_log')] }, /access_log has not one line as WebSphere writes them/],
    [{ systemOut: [at('folder')] }, /folder is a directory/],
    [{ systemOut: [at('cut.gz')] }, /cut\.gz is cut off/],
    [{ httpdConf: at('none') }, /none is not there/],
    [{ httpdConf: at('empty') }, /empty has no directives/],
    [{ httpdConf: at('binary') }, /binary cannot be read: 1:2 has a NUL/],
    [{ properties: [at('none')] }, /none is not there/],
    [{ properties: [at('folder')] }, /folder is a folder, not a file/],
    [{ properties: [at('empty')] }, /empty is empty/],
    [{ properties: [at('binary')] }, /binary is not a text file/],
  ]
  for (const [options, message] of rows) {
    const { code, noted, unknown } = await run(options)
    t.equal(code, 70, String(message))
    t.match(noted, message)
    const said = unknown.at(-1)?.replace(' is not known: it', '')
    t.match(said, message)
  }
  writeFileSync(join(home, 'cut.gz'), gzipSync(text(silentLog)).subarray(0, -10))
  const cut = await run({ systemOut: [at('cut.gz')] })
  t.match(cut, {
    code: 70,
    findings: [],
    unknown: { 2: /it has been starting|not be read to its/ },
  })
  const both = await run({ systemOut: [at('none'), at('SystemOut.log')] })
  t.match(both, { code: 70, fine: [/announced/] }, 'the others are looked at')
  const { code, stdout } = await runCommandLine(['doctor', 'ccm', '--system-out', at('empty')])
  t.equal(code, 70)
  t.match(stdout, /\n\nnothing could be judged\n$/)
})

t.test('what never ends, or is far too large, is not read', async t => {
  const home = t.testdir({ 'httpd.conf': '' })
  const fifo = join(home, 'fifo')
  execFileSync('mkfifo', [fifo])
  truncateSync(join(home, 'httpd.conf'), 17 * 1024 * 1024)
  for (const [file, message] of [
    [fifo, /fifo.* it is not a regular file/],
    ['/dev/zero', /\/dev\/zero.* it is not a regular file/],
    [join(home, 'httpd.conf'), /httpd\.conf.* it is larger than \d+ bytes/],
  ] as const) {
    for (const options of [{ httpdConf: file }, { properties: [file] }]) {
      const { code, findings, unknown } = await run(options)
      t.equal(code, 70, file)
      t.strictSame(findings, [])
      t.match(unknown.at(-1), message)
    }
  }
})

t.test('the text names the steps, with lines to paste whole', async t => {
  const home = t.testdir({
    'httpd.conf': ccmHttpd({ allow: '', setEnv: 'RequestHeader append LIBRARIES_CONTENT true' }),
    'SystemOut.log': text([...goodLog, ...silentLog]),
  })
  const args = ['doctor', 'ccm', '--httpd-conf', 'httpd.conf', '--system-out', 'SystemOut.log']
  const { code, stdout } = await runCommandLine(args, { cwd: home })
  t.equal(code, 1)
  t.match(stdout, /\n2\. does not work: ccm-silent \(SystemOut\.log:28\)\n/)
  t.match(stdout, /\n {10}SetEnv LIBRARIES_CONTENT true\n/)
  t.match(
    stdout,
    /\n {10}D:\\IBM\\WebSphere\\AppServer\\profiles\\AppSrv01\\temp\\Node01\\CCMCluster_server1\n/,
  )
})

t.test('a folder is missing only where the folder around it is there', async t => {
  const home = t.testdir({ shared: { file: '' } })
  const { platform } = process
  const rows = [
    ['shared', 'folder'],
    ['shared/file', 'file'],
    ['shared/ccmcache', 'missing'],
    ['other/ccmcache', 'elsewhere'],
  ]
  for (const [name = '', sight] of rows) {
    t.equal(lookAtFolder(join(home, name), { platform }), sight, name)
  }
  t.equal(lookAtFolder('/ccmcache', { platform: 'linux' }), 'elsewhere', 'at the top')
  t.equal(lookAtFolder('D:/IBM/x/ccmcache', { platform: 'linux' }), 'elsewhere')
  t.equal(lookAtFolder('/opt/IBM/x/ccmcache', { platform: 'win32' }), 'elsewhere')
  mkdirSync(join(home, 'cache'))
  writeFileSync(join(home, 'a.properties'), `cdhc_rootPath=${join(home, 'shared/ccmcache')}\n`)
  const { findings } = await run({ properties: [join(home, 'a.properties')] })
  t.match(findings, [{ code: 'ccm-folder-missing' }])
})

t.test('a folder that gives no answer is not known, and does not hold the doctor', async t => {
  const home = t.testdir({ cache: {} })
  const began = performance.now()
  // As of a network file system whose server is gone: it does not even end when it is asked to.
  const script = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1_000)"
  const options = { platform: process.platform, timeoutMs: 300, script }
  t.equal(lookAtFolder(join(home, 'cache'), options), 'silent')
  t.ok(performance.now() - began < 10_000)
  const { findings, fine, unknown } = checkFolders(
    ['/mnt/a/cache', '/mnt/a/cache/'],
    () => 'silent',
  )
  t.strictSame([findings, fine], [[], []])
  t.match(unknown, [/^Whether \/mnt\/a\/cache.* is there: this machine gave no answer\./])
  t.equal(unknown.length, 1)
})

t.test('the page has exactly the codes of the sources', async t => {
  const folder = join(root, 'src/doctor/ccm')
  const sources = readdirSync(folder)
    .map(file => readFileSync(join(folder, file), 'utf8'))
    .join('\n')
  const page = readFileSync(join(root, 'deploy/docs/doctor.md'), 'utf8')
  const inSources = new Set([...sources.matchAll(/'(ccm-[a-z0-9-]+)'/g)].map(([, code]) => code))
  const inPage = new Set([...page.matchAll(/^\| `(ccm-[a-z0-9-]+)` \|/gm)].map(([, code]) => code))
  t.strictSame([...inPage].sort(), [...inSources].sort())
  const printed = page.slice(page.indexOf('This is right in httpd.conf'))
  const [, block = ''] = /```apache\n([\s\S]*?)```/.exec(printed) ?? []
  const home = t.testdir({ 'httpd.conf': block })
  const { findings, unknown } = await run({ httpdConf: join(home, 'httpd.conf') })
  t.strictSame(findings, [], 'the block of the page is right')
  t.notMatch(unknown.join(), 'Who may read')
})
