// What `photogate doctor tls` prints, and how it ends.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { doctorTls } from '../../src/command/doctor-tls.ts'
import type { Diagnosis } from '../../src/doctor/finding.ts'
import { logLine } from '../fixtures/access-log.ts'
import { runCommandLine } from '../fixtures/command-line.ts'
import { captureOutput } from '../fixtures/output.ts'
import { root } from '../fixtures/root.ts'
import { ihsLine, ihsOld, noon } from '../fixtures/tls-logs.ts'

const agent = 'Java/1.6.0_45'
const oldLine = ihsLine({ tls: ihsOld, agent, time: noon(2) })
const log = (...lines: string[]) => lines.map(line => `${line}\n`).join('')

t.test(
  'a log of old clients ends with 1, a clean one with 0, and the same through standard input',
  async t => {
    const cwd = t.testdir({ access_log: log(ihsLine(), oldLine), clean_log: log(ihsLine()) })
    const found = await runCommandLine(['doctor', 'tls', 'access_log'], { cwd })
    t.equal(found.code, 1)
    t.equal(found.stderr, '')
    t.match(
      found.stdout,
      /^1\. will stop working: tls-old-client \(access_log:2\)\n {3}Seen: Java 1\.6 spoke TLS 1\.0/,
    )
    t.match(found.stdout, /\n {10}SSL_DISABLE_TLS_10=1\n {10}DISABLE_SSLV3=1\n/)
    t.strictSame(
      found.stdout.split('\n').filter(line => line.length > 100),
      [],
      'at most 100 columns',
    )
    const clean = await runCommandLine(['doctor', 'tls', 'clean_log'], { cwd })
    t.equal(clean.code, 0)
    t.match(clean.stdout, /\nno findings\n$/)
    const output = captureOutput()
    const input = Readable.from([Buffer.from(log(oldLine))])
    t.equal(await doctorTls({ logs: ['-'] }, { output, input, terminal: undefined }), 1)
    t.match(output.printed(), /\(standard input:1\)/)
  },
)

t.test(
  'rotated, packed, marked and Windows line ends are read; doubled names count once',
  async t => {
    const cwd = t.testdir({
      'access_log.2.gz': gzipSync(log(oldLine)),
      'access_log.1': `\ufeff${log(oldLine).replaceAll('\n', '\r\n')}`,
      access_log: log(ihsLine({ time: noon(9) })).trimEnd(),
    })
    const { stdout, code } = await runCommandLine(
      ['doctor', 'tls', '--json', 'access_log*', 'access_log.1'],
      {
        cwd,
      },
    )
    t.equal(code, 1)
    const { findings, fine } = JSON.parse(stdout) as Diagnosis
    t.match(findings, [{ code: 'tls-old-client', seen: /2 requests of 1 client/ }])
    t.match(fine, [/^1 of 3 requests/])
  },
)

interface Row {
  readonly name: string
  readonly content: string | Buffer
  readonly note: RegExp
}

const packed = gzipSync(log(...Array.from({ length: 100 }, () => ihsLine())))
const silent: readonly Row[] = [
  {
    name: 'without TLS fields',
    content: log(logLine()),
    note: /^no request has a TLS version.*\nIHS: .*%\{HTTPS_CIPHER\}e %\{SSL_PROTOCOL_VERSION\}e" tls\n[\s\S]*Apache: .*%\{SSL_PROTOCOL\}x[\s\S]*\$ssl_protocol/,
  },
  { name: 'an empty log', content: '', note: /no lines\nthere is no line in the log at all/ },
  {
    name: 'something else',
    content: 'Dear colleague,\nhere is the log.\n',
    note: /not one line is of an access log or error log/,
  },
  {
    name: 'a gate behind a front',
    content: log(
      '{"level":"info","time":"2026-11-26T02:00:00.000Z","msg":"request","peer":"10.0.0.1"}',
    ),
    note: /every request came without TLS.*server that ends TLS/,
  },
  { name: 'cut off gzip', content: packed.subarray(0, packed.length - 9), note: /cut off/ },
  {
    name: 'Zstandard',
    content: Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0, 0]),
    note: /zstd -dc FILE \| photogate doctor tls -/,
  },
  { name: 'UTF-16', content: Buffer.from(`\ufeff${log(oldLine)}`, 'utf16le'), note: /UTF-16/ },
  {
    name: 'binary',
    content: Buffer.from(Array.from({ length: 3_000 }, (_, at) => (at * 7) % 256)),
    note: /not one line/,
  },
]

for (const { name, content, note } of silent) {
  t.test(`a log that says nothing ends with 70 and not as if all were well: ${name}`, async t => {
    const cwd = t.testdir({})
    writeFileSync(join(cwd, 'log'), content)
    const { code, stdout, stderr } = await runCommandLine(['doctor', 'tls', 'log'], { cwd })
    t.equal(code, 70)
    t.match(stderr, note)
    t.notMatch(stdout, /no findings/)
    const inJson = await runCommandLine(['doctor', 'tls', '--json', 'log'], { cwd })
    t.equal(inJson.code, 70)
    t.ok((JSON.parse(inJson.stdout) as Diagnosis).unknown.length > 0)
  })
}

t.test('a log that is not there ends with 70, and the others are told all the same', async t => {
  const cwd = t.testdir({ access_log: log(oldLine) })
  const { code, stdout, stderr } = await runCommandLine(
    ['doctor', 'tls', 'missing', 'access_log'],
    { cwd },
  )
  t.equal(code, 70)
  t.match(stderr, /missing.*is not there/)
  t.notMatch(stderr, /no lines/)
  t.match(stdout, /tls-old-client/)
  t.match(stdout, /missing is not there: what it has beyond that is not known/)
})

t.test('lines that are too long or not understood are counted, and the first is named', async t => {
  const long = ihsLine({ target: `/${'x'.repeat(70_000)}` })
  const cwd = t.testdir({ access_log: log(ihsLine(), '', long, 'what is this', oldLine) })
  const { stdout } = await runCommandLine(['doctor', 'tls', 'access_log'], { cwd })
  t.match(stdout, /access_log: 2 lines of 4 not understood, the first is line 3\./)
})

t.test('the page has exactly the codes of the sources', async t => {
  const folder = join(root, 'src/doctor/tls-log')
  const sources = readdirSync(folder)
    .map(file => readFileSync(join(folder, file), 'utf8'))
    .join('\n')
  const page = readFileSync(join(root, 'deploy/docs/doctor.md'), 'utf8')
  const inSources = new Set([...sources.matchAll(/code: '(tls-[a-z-]+)'/g)].map(([, code]) => code))
  const inPage = new Set([...page.matchAll(/^\| `(tls-[a-z-]+)` \|/gm)].map(([, code]) => code))
  t.strictSame([...inPage].sort(), [...inSources].sort())
  t.ok(inPage.size >= 3)
})
