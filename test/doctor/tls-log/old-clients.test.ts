// Who still speaks less than TLS 1.2: by program, since when, growing or not, and what to do about it.
import t from 'tap'
import { programOf } from '../../../src/doctor/tls-log/client-program.ts'
import { ihsLine, ihsOld, noon, readTlsLog, readTlsLogs, seenOf } from '../../fixtures/tls-logs.ts'

const java = 'Java/1.6.0_45'
const old = (line: object = {}) => ihsLine({ tls: ihsOld, agent: java, ...line })
const many = (count: number, line: string) => Array.from({ length: count }, () => line)

t.test('each program is a finding of its own, the one with the most requests first', async t => {
  const explorer = 'Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)'
  const found = readTlsLog([
    old({ agent: explorer }),
    ...many(3, old()),
    old({ agent: 'Java/1.6.0_20' }),
    ihsLine({ agent: 'Mozilla/5.0 Chrome/120.0 Safari/537' }),
  ])
  t.strictSame(found.codes, ['tls-old-client', 'tls-old-client'])
  t.match(found.findings[0]?.seen, /^Java 1\.6 spoke TLS 1\.0: 4 requests of 1 client/)
  t.match(found.findings[1]?.seen, /^Internet Explorer 8 spoke TLS 1\.0: 1 request of 1 client/)
  t.match(found.findings[1]?.cure[0], /Use TLS 1\.2/)
})

const programs: readonly (readonly [agent: string, program: string | undefined])[] = [
  ['Java/1.7.0_80', 'Java 1.7'],
  ['Apache-HttpClient/4.5 (Java/1.8.0_251)', 'Java 1.8'],
  ['Java/11.0.2', 'Java 11'],
  ['Mozilla/4.0 (compatible; Lotus-Notes/6.0; Windows-NT)', 'Notes 6.0'],
  ['IBM Notes 9.0.1', 'Notes'],
  ['Sametime Connect 9.0', 'Sametime'],
  ['Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko', 'Internet Explorer 11'],
  [
    'Mozilla/5.0 (Linux; U; Android 4.1; xx) AppleWebKit/534 Version/4.0 Mobile Safari/534',
    'Android browser 4',
  ],
  ['Mozilla/5.0 AppleWebKit/537.36 Chrome/120.0.0.0 Safari/537.36 Edg/120.0', 'Edge'],
  ['Mozilla/5.0 (Macintosh) AppleWebKit/605 Version/17.0 Safari/605', 'Safari'],
  ['curl/7.29.0', 'curl 7.29'],
  ['Python-urllib/2.7', 'Python-urllib 2.7'],
  ['something odd', 'something odd'],
  ['  ', undefined],
]

t.test('programs are told by their User-Agent', async t => {
  for (const [agent, program] of programs) t.equal(programOf(agent), program, agent)
  const long = `Trident/ Android 1 ${'Trident/.* Android 1 '.repeat(3_000)}`
  const started = performance.now()
  programOf(long)
  t.ok(performance.now() - started < 200, 'a long name takes no longer')
})

t.test(
  'Notes and Java get the lines for notes.ini and plugin_customization.ini, other programs do not',
  async t => {
    const cureOf = (line: object) => readTlsLog([old(line)]).findings[0]?.cure.join('\n') ?? ''
    const needed = [
      'SSL_DISABLE_TLS_10=1',
      'DISABLE_SSLV3=1',
      'com.ibm.documents.connector.service/ENABLE_SSL=true',
    ]
    for (const agent of [java, 'IBM Notes 9.0.1', 'Sametime Connect']) {
      for (const text of needed) t.ok(cureOf({ agent }).includes(text), `${agent}: ${text}`)
    }
    t.match(cureOf({ agent: java }), /JavaUserOptionsFile=[\s\S]*https\.protocols=TLSv1\.2/)
    t.ok(
      cureOf({ agent: '-', target: '/activities/service/atom2' }).includes(needed[0] ?? ''),
      'by its URL',
    )
    t.notMatch(cureOf({ agent: 'curl/7.29.0' }), /notes\.ini/)
    t.match(cureOf({ agent: 'curl/7.29.0' }), /Update curl 7\.29/)
    t.match(cureOf({ agent: '-', target: '/shop/' }), /sends no User-Agent/)
    t.notMatch(cureOf({ agent: 'Java/17.0.2' }), /Java 6 and 7/)
  },
)

t.test('TLS 1.1 breaks later than TLS 1.0, and the text says so', async t => {
  const suite = 'TLS_RSA_WITH_AES_128_CBC_SHA'
  const [only11] = readTlsLog([old({ tls: `${suite} TLSV1.1` })]).findings
  t.match(only11?.why, /^Nothing changes for it if TLS 1\.0 is off tomorrow/)
  const [both] = readTlsLog([
    old({ tls: `${suite} TLSV1.1` }),
    old(),
    old({ tls: `${suite} SSLV3` }),
  ]).findings
  t.match(both?.seen, /spoke SSL 3 \(1\) and TLS 1\.0 \(1\) and TLS 1\.1 \(1\): 3 requests/)
  t.match(both?.why, /^If TLS 1\.0 were off tomorrow, this would break/)
})

t.test(
  'URLs are grouped by application, of any method, and nothing else of them is told',
  async t => {
    const found = readTlsLog([
      old({ target: '/files/basic/api/x?token=SECRET' }),
      old({ target: '/files/basic/api/y', method: 'POST' }),
      old({ target: '/dm?SECRET' }),
      old({ target: '/joe@acme.example.jpg', cookie: 'LtpaToken2=SECRET' }),
      old({ target: 'https://host.acme.example/blogs/SECRET', method: 'PROPFIND' }),
      old({ target: '/' }),
    ])
    t.match(seenOf(found, 'tls-old-client'), /\nURLs: \/ 2, \/files\/ 2, \/blogs\/ 1, \/dm\/ 1\.\n/)
    t.notMatch(JSON.stringify(found), /SECRET|joe/)
  },
)

t.test('clients are named by their requests, at most five of them', async t => {
  const lines = [1, 2, 3, 4, 5, 6, 7].flatMap(n => many(n, old({ client: `10.0.0.${n}` })))
  const seen = seenOf(readTlsLog(lines), 'tls-old-client')
  t.match(seen, /28 requests of 7 clients/)
  t.match(
    seen,
    /\nClients: 10\.0\.0\.7 \(7\), 10\.0\.0\.6 \(6\), .* 10\.0\.0\.3 \(3\) and 2 more\.\n/,
  )
})

t.test('a machine whose other programs do better is told, as in the field', async t => {
  // The Files plug-in spoke TLS 1.0, Activities and Status Updates of the same clients TLS 1.2.
  const found = readTlsLog([
    old({ agent: null, target: '/files/basic/api' }),
    ihsLine({ agent: null, target: '/activities/service/atom2' }),
    ihsLine({ agent: null, target: '/connections/opensocial', client: '10.9.9.9' }),
  ])
  const seen = seenOf(found, 'tls-old-client')
  t.match(seen, /use TLS 1\.2 or newer for requests to \/activities\/\./)
  t.notMatch(seen, /connections/)
})

const daily = (counts: readonly number[], first = 1) =>
  counts.flatMap((count, at) => [
    ihsLine({ time: noon(first + at), agent: 'curl/8.0' }),
    ...many(count, old({ time: noon(first + at) })),
  ])
const steady = (count: number) => Array.from({ length: 7 }, () => count)

const trends: readonly (readonly [name: string, counts: readonly number[], text: RegExp])[] = [
  [
    'growing',
    [...steady(10), ...steady(20)],
    /\nGrowing: 140 in the last 7 days of the logs, 70 in the 7 before\./,
  ],
  [
    'falling',
    [...steady(20), ...steady(10)],
    /\nFalling: 70 in the last 7 days of the logs, 140 in the 7 before\./,
  ],
  ['steady', [...steady(20), ...steady(21)], /\nAbout the same: 147 .* 140 in the 7 before\./],
  [
    'few by chance',
    [...steady(0), ...steady(0).slice(1), 2],
    /\nAbout the same: 2 .* 0 in the 7 before\./,
  ],
  ['too short a log', steady(5), /\nThe logs cover 7 days: too few to say whether it grows\./],
  ['one day', [5], /\nThe logs cover one day: too few to say whether it grows\./],
  ['over', [9, ...steady(0), ...steady(0)], /\nNone in the last 14 days of the logs\.\n/],
  [
    'nearly over',
    [...steady(20), 20, 20, 0, 0, 0, 0, 0],
    /\nNone in the last 5 days of the logs\. Falling: 40 /,
  ],
]

for (const [name, counts, text] of trends) {
  t.test(`whether it grows is told: ${name}`, async t => {
    t.match(seenOf(readTlsLog(daily(counts)), 'tls-old-client'), text)
  })
}

t.test('a log with gaps does not tell whether it grows', async t => {
  const lines = [...daily([5, 5, 5]), ...daily(steady(50), 12)]
  t.match(seenOf(readTlsLog(lines), 'tls-old-client'), /\nThe logs lack days of the last two weeks/)
})

t.test('the order of lines and files changes nothing', async t => {
  const first = daily(steady(10))
  const second = daily(steady(30), 8)
  const inOrder = readTlsLogs({ a: first, b: second })
  const seen = seenOf(inOrder, 'tls-old-client')
  t.match(seen, /from 2026-11-01 12:00 to 2026-11-14 12:00 UTC/)
  t.match(seen, /\nGrowing: 210 /)
  const turned = readTlsLogs({ b: second.toReversed(), a: first.toReversed() })
  t.equal(seenOf(turned, 'tls-old-client'), seen)
})

t.test(
  'a program of which every client has done better since is mended, and no finding',
  async t => {
    const fixed = { agent: java, time: noon(5) }
    const found = readTlsLog([
      old({ time: noon(1), client: '10.0.0.1' }),
      old({ time: noon(2), client: '10.0.0.2' }),
      ihsLine({ ...fixed, client: '10.0.0.1' }),
      ihsLine({ ...fixed, client: '10.0.0.2' }),
    ])
    t.strictSame(found.findings, [])
    t.match(
      found.fine.at(-1),
      /^Java 1\.6 spoke TLS 1\.0 until 2026-11-02 12:00 UTC; each of its 2 clients has come/,
    )
  },
)

t.test(
  'a program is not mended while one client has not come again, or has only other programs',
  async t => {
    const one = readTlsLog([
      old({ time: noon(1), client: '10.0.0.1' }),
      old({ time: noon(1), client: '10.0.0.2' }),
      ihsLine({ time: noon(5), client: '10.0.0.1', agent: java }),
      ihsLine({ time: noon(5), client: '10.0.0.2', agent: 'curl/8.0' }),
    ])
    t.strictSame(one.codes, ['tls-old-client'])
    t.match(
      seenOf(one, 'tls-old-client'),
      /\n1 of these clients also came with TLS 1\.2 or newer by the same program\./,
    )
    const back = readTlsLog([
      ihsLine({ time: noon(3), agent: java }),
      old({ time: noon(4) }),
      ihsLine({ time: noon(9), agent: 'curl/8.0' }),
    ])
    t.strictSame(back.codes, ['tls-old-client'], 'it fell back')
    const unnamed = [old({ client: '-' }), ihsLine({ client: '-', agent: java, time: noon(28) })]
    t.strictSame(readTlsLog(unnamed).codes, ['tls-old-client'], 'clients that are not logged')
  },
)

t.test('made-up names and addresses fill no memory, and what is known stays right', async t => {
  const lines = Array.from({ length: 30_000 }, (_, at) =>
    old({
      agent: `x${at}/1.0`,
      client: `2001:db8::${(at >> 8).toString(16)}:${(at & 255).toString(16)}`,
    }),
  )
  const found = readTlsLog([...many(50, old({ client: '10.0.0.1' })), ...lines])
  t.equal(found.findings.length, 21)
  t.match(found.findings[0]?.seen, /^Java 1\.6 spoke TLS 1\.0: 50 requests of 1 client/)
  t.match(found.findings.at(-1)?.seen, /^Programs that are not listed .* 29,981 requests/)
  t.match(found.unknown.at(-1), /lower bounds/)
})

t.test('names of attackers do not control the text', async t => {
  const agent = 'evil\x1b[2J\nFine:\n  all \u202e/1.0'
  const text = JSON.stringify(readTlsLog([old({ agent: Buffer.from(agent).toString('latin1') })]))
  t.notMatch(text, /\\u001b|\u202e|\\nFine/)
})
