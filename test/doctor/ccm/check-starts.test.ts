// What SystemOut.log says of CCM's downloads, from logs as servers in several languages write and rotate them.
import t from 'tap'
import { checkStarts } from '../../../src/doctor/ccm/check-starts.ts'
import { joinLogs } from '../../../src/doctor/ccm/server-runs.ts'
import { buildSystemOutReader } from '../../../src/doctor/ccm/system-out.ts'
import type { Diagnosis } from '../../../src/doctor/finding.ts'
import type { WriteDate } from '../../fixtures/system-out.ts'
import { cdhcValues, english, french, german, serverLines } from '../../fixtures/system-out.ts'

const now = Date.UTC(2016, 5, 10)

type Lines = readonly (string | readonly string[])[]

function look(...logs: readonly (readonly [file: string, lines: Lines])[]): Diagnosis {
  const read = logs.map(([file, lines]) => {
    const reader = buildSystemOutReader(file, now)
    for (const line of lines.flat()) reader.push(line)
    return reader.end()
  })
  return checkStarts(joinLogs(read))
}

const one = (...lines: Lines) => look(['SystemOut.log', lines])
const codes = ({ findings }: Diagnosis) => findings.map(({ code }) => code).join(' ')
const server = serverLines()
const { start, open, announce, error, entry } = server
const goodStart = (iso: string, pid: number) => [
  ...start(`${iso} 16:00:00`, pid),
  open(`${iso} 16:05:00`),
  ...announce(`${iso} 16:10:07`),
]
const silentStart = (iso: string, pid: number) => [
  ...start(`${iso} 16:00:00`, pid),
  open(`${iso} 16:05:00`),
  entry(`${iso} 18:00:00`, '00000200 servlet       I   SRVE0242I: something else'),
]

t.test('a server that announces all eight lines at its last start has no finding', async t => {
  for (const write of [english, german, french]) {
    const lines = serverLines(write)
    const diagnosis = one(
      lines.start('2016-04-28 16:00:00'),
      lines.announce('2016-04-28 16:10:07'),
      lines.open('2016-04-28 16:12:00'),
    )
    t.strictSame(diagnosis, {
      findings: [],
      fine: [
        `CCMCluster_server1 announced CDHC with all eight lines at its last start, 2016-04-28 16:10:07 ${write === german ? 'MESZ' : 'CEST'}.`,
      ],
      unknown: [],
    })
  }
})

t.test('a server that is open and silent is a finding that says since which restart', async t => {
  const diagnosis = one(goodStart('2016-04-25', 1), silentStart('2016-04-27', 2))
  t.equal(codes(diagnosis), 'ccm-silent')
  const [finding] = diagnosis.findings
  t.match(finding, { effect: 'breaks', place: { file: 'SystemOut.log' } })
  t.equal(
    finding?.seen,
    'CCMCluster_server1, started 2016-04-27 16:00:00 CEST, open for e-business 2016-04-27 16:05:00 CEST, did not write one line about CDHC. The log ends 2016-04-27 18:00:00 CEST. This is so since the restart 2016-04-27 16:00:00 CEST; the start before that, 2016-04-25 16:00:00 CEST, was right.',
  )
})

t.test('the cure names the folders that the log names, and goes round twice', async t => {
  const [finding] = one(goodStart('2016-04-25', 1), silentStart('2016-04-27', 2)).findings
  const cure = finding?.cure.join('\n') ?? ''
  for (const text of [
    'D:\\IBM\\WebSphere\\AppServer\\profiles\\AppSrv01\\bin\\stopServer.bat CCMCluster_server1',
    'D:/IBM/Connections/data/shared/ccmcache/fncs-cdhc-acme-9445',
    'D:\\IBM\\WebSphere\\AppServer\\profiles\\AppSrv01\\temp\\Node01\\CCMCluster_server1',
    'two rounds',
  ]) {
    t.ok(cure.includes(text), text)
  }
})

t.test('commands and folders with blanks and signs of a shell are quoted', async t => {
  const lines = silentStart('2016-04-28', 1)
  const cure = (profile: string, name: string) =>
    one(
      lines.map(line =>
        line
          .replace('D:\\IBM\\WebSphere\\AppServer\\profiles\\AppSrv01', () => profile)
          .replace('CCMCluster_server1', () => name),
      ),
    ).findings[0]?.cure.join('\n') ?? ''
  const windows = cure('C:\\Program Files (x86)\\IBM\\AppSrv01', 'server1')
  t.match(windows, '\n  "C:\\Program Files (x86)\\IBM\\AppSrv01\\bin\\stopServer.bat" server1\n')
  t.match(windows, '\n  "C:\\Program Files (x86)\\IBM\\AppSrv01\\temp\\Node01\\server1"\n')
  const posix = cure('/opt/My Server', 'a;$(id)')
  t.match(posix, "\n  '/opt/My Server/bin/startServer.sh' 'a;$(id)'\n")
  t.match(posix, "\n  '/opt/My Server/temp/Node01/a;$(id)'\n")
})

t.test('a restart in the log that an announcement precedes does not inherit it', async t => {
  const lines = [...goodStart('2016-04-25', 1), open('2016-04-26 09:00:00')]
  t.equal(codes(one(lines)), 'ccm-silent')
})

t.test('several failing starts in a row are counted from the first', async t => {
  const starts = ['2016-04-26', '2016-04-27', '2016-04-28'].map((day, at) => silentStart(day, at))
  const [finding] = one(goodStart('2016-04-25', 9), ...starts).findings
  t.match(finding?.seen, /since the restart 2016-04-26 16:00:00 CEST, 3 starts in a row; the start/)
  const [all] = one(...starts).findings
  t.match(all?.seen, /All 3 starts in these logs are like this, since 2016-04-26 16:00:00 CEST at/)
})

t.test('earlier silent starts are history when the last start is right', async t => {
  const { findings, fine } = one(silentStart('2016-04-25', 1), goodStart('2016-04-27', 2))
  t.strictSame(findings, [])
  t.match(fine[0], /; 1 of the 1 starts before did not\.$/)
})

t.test('an error for each download is one finding with count and times', async t => {
  const errors = ['19:09:58', '19:10:30', '20:00:00'].map(time => error(`2016-04-27 ${time}`))
  const diagnosis = one(
    start('2016-04-27 16:00:00'),
    open('2016-04-27 16:05:00'),
    ...errors.map(line => [line, '\tat com.acme.Some(Some.java:1)', 'D:/IBM is not writeable']),
  )
  t.equal(codes(diagnosis), 'ccm-error')
  t.match(
    diagnosis.findings[0]?.seen,
    /configuration error found" 3 times, first 2016-04-27 19:09:58 CEST and last 2016-04-27 20:00:00 CEST, after its start 2016-04-27 16:00:00/,
  )
})

t.test(
  'an error after the announcement is a finding; an announcement after errors ends it',
  async t => {
    const begin = [start('2016-04-27 16:00:00'), open('2016-04-27 16:05:00')]
    const [bad, good] = [error('2016-04-27 17:00:00'), announce('2016-04-27 17:30:00')]
    t.equal(codes(one(...begin, announce('2016-04-27 16:10:00'), bad)), 'ccm-error')
    const { findings, fine } = one(...begin, bad, good)
    t.strictSame(findings, [])
    t.match(fine[0], /\(after 1 error since the start\)/)
  },
)

t.test(
  'an announcement with lines missing is a finding, unless the log ends within it',
  async t => {
    const part = announce('2016-04-27 16:10:07').slice(0, 5)
    const begin = [start('2016-04-27 16:00:00'), open('2016-04-27 16:05:00'), part]
    const { findings } = one(
      ...begin,
      entry('2016-04-27 16:11:00', '00000001 X             I   more'),
    )
    t.equal(findings[0]?.code, 'ccm-incomplete')
    t.match(
      findings[0]?.seen,
      /5 of eight lines\. Missing: cdhc_maxCleanupTime_ms, cdhc_cleanupInterval_s, cdhc_minContent/,
    )
    const cut = one(...begin)
    t.strictSame(cut.findings, [])
    t.match(cut.unknown, [/the log ends in the middle of the announcement/])
  },
)

t.test('something else that LCDAUtil says of CDHC is quoted', async t => {
  const said = entry('2016-04-27 16:10:00', '00000147 LCDAUtil      I getLCDA CDHC disabled')
  const diagnosis = one(start('2016-04-27 16:00:00'), open('2016-04-27 16:05:00'), said)
  t.equal(codes(diagnosis), 'ccm-not-enabled')
  t.match(diagnosis.findings[0]?.seen, /It said "CDHC disabled"\./)
})

t.test('a start that is not open yet is not judged', async t => {
  const { findings, unknown } = one(goodStart('2016-04-25', 1), start('2016-04-27 16:00:00', 2))
  t.strictSame(findings, [])
  t.match(unknown, [
    /^Whether CCMCluster_server1 announced CDHC: it has been starting since 2016-04-27 16:00:00 CEST and was not open .* The start before it, 2016-04-25 16:00:00 CEST, announced it\.$/,
  ])
})

t.test('a start that failed or was stopped before it was open is not judged', async t => {
  const failed = entry(
    '2016-04-27 16:01:00',
    '00000001 WsServerImpl  E   WSVR0009E: Error occurred',
  )
  t.match(one(start('2016-04-27 16:00:00'), failed).unknown, [/did not come up/])
  const stopped = entry(
    '2016-04-27 16:01:00',
    '0000001 WsServerImpl  A   WSVR0024I: Server stopped',
  )
  t.match(one(start('2016-04-27 16:00:00'), stopped).findings, [])
})

t.test('the header of a rotated log is not a start', async t => {
  const older = goodStart('2016-04-25', 5_444)
  const rotated = [
    ...server.header(5_444),
    entry('2016-04-28 02:00:00', '00000147 servlet       I   SRVE0242I: more'),
  ]
  const files = [
    ['logs/SystemOut.log', rotated],
    ['logs/SystemOut_16.04.28_01.59.59.log', older],
  ] as const
  t.match(look(...files), { findings: [], fine: [/2016-04-25 16:10:07/] })
  const { findings, unknown } = look(files[0])
  t.strictSame(findings, [])
  t.match(unknown, [
    /the logs do not have its last start\. They begin 2016-04-28 02:00:00 CEST; name/,
  ])
})

t.test('rotated logs come in any order, and a copy of one changes nothing', async t => {
  const a = ['logs/SystemOut_16.04.25_23.00.00.log', goodStart('2016-04-25', 1)] as const
  const b = ['logs/SystemOut_16.04.27_23.00.00.log', silentStart('2016-04-27', 2)] as const
  const c = ['logs/SystemOut.log', silentStart('2016-04-29', 3)] as const
  const expected = look(a, b, c)
  t.equal(codes(expected), 'ccm-silent')
  t.match(expected.findings[0]?.seen, /2 starts in a row/)
  for (const files of [
    [c, b, a],
    [b, a, c],
    [c, a, b, ['copy/b.log', b[1].slice(0, -1)] as const],
  ]) {
    t.strictSame(look(...files), expected)
  }
})

t.test('an announcement that a rotation cut in two is whole', async t => {
  const lines = announce('2016-04-25 16:10:07')
  const first = [...start('2016-04-25 16:00:00'), open('2016-04-25 16:05:00'), ...lines.slice(0, 3)]
  const diagnosis = look(
    [
      'SystemOut.log',
      [server.header(5_444), lines.slice(3), error('2016-04-25 16:00:01')].slice(0, 2),
    ],
    ['SystemOut_16.04.25_16.10.07.log', first],
  )
  t.match(diagnosis, { findings: [], fine: [/all eight/], unknown: [] })
})

t.test('a log of which only the telling lines were kept is judged by what stands near', async t => {
  const kept = (...lines: Lines) => codes(one(...lines))
  const [first, second] = [open('2016-04-25 16:05:00'), open('2016-04-26 16:05:00')]
  t.equal(kept(first, announce('2016-04-25 16:10:07'), second), 'ccm-silent', 'after the first')
  t.equal(kept(first, announce('2016-04-26 16:04:00'), second), '', 'before the second')
  t.equal(kept(announce('2016-04-26 16:04:00'), second), '')
  t.equal(kept(error('2016-04-26 16:04:00')), 'ccm-error', 'without any start')
})

t.test('two servers are judged each by its own logs', async t => {
  const other = serverLines(english, 'CCMCluster_server2')
  const diagnosis = look(
    ['a/SystemOut.log', [silentStart('2016-04-27', 1)]],
    ['a/SystemOut_16.04.26_00.00.00.log', [open('2016-04-25 10:00:00')]],
    [
      'b/SystemOut.log',
      [
        other.start('2016-04-28 10:00:00'),
        other.open('2016-04-28 10:10:00'),
        other.announce('2016-04-28 10:11:00'),
      ],
    ],
  )
  t.match(diagnosis.fine, [/^CCMCluster_server2 announced/])
  t.equal(codes(diagnosis), 'ccm-silent')
  t.match(diagnosis.findings[0]?.seen, /^CCMCluster_server1, .* All 2 starts/)
})

t.test('a server that does not run CCM is not judged', async t => {
  const lines = serverLines(english, 'InfraCluster_server1')
  const begin = lines.start('2016-04-27 16:00:00').slice(0, -1)
  const news = entry(
    '2016-04-27 16:01:00',
    '00000001 ApplicationMg A   WSVR0200I: Starting application: News',
  )
  const { findings, unknown } = one(begin, news, lines.open('2016-04-27 16:05:00'))
  t.strictSame(findings, [])
  t.match(unknown, [/InfraCluster_server1 .* neither navigator nor FileNet/])
})

t.test('what applications print is not believed', async t => {
  const fakes = ['WSVR0001I: Server CCMCluster_server1 open for e-business', 'getLCDA CDHC enabled']
  const { findings } = one(
    ...[goodStart('2016-04-25', 1), silentStart('2016-04-27', 2)],
    ...fakes.map(text => entry('2016-04-27 19:00:00', `00000147 SystemOut     O ${text}`)),
  )
  t.match(findings, [{ code: 'ccm-silent', seen: /started 2016-04-27 16:00:00/ }])
})

t.test('day and month are told apart by the log itself, or said to be unclear', async t => {
  const day = (write: WriteDate, iso: string, pid: number) => {
    const lines = serverLines(write)
    return [...lines.start(`${iso} 10:00:00`, pid), lines.open(`${iso} 10:05:00`)]
  }
  const rows: readonly (readonly [string, WriteDate, readonly string[], RegExp | undefined])[] = [
    ['a day after the 12th', french, ['2016-05-04', '2016-05-13'], undefined],
    ['dates that would run backwards', french, ['2016-03-12', '2016-04-05'], undefined],
    ['dates that would lie ahead', english, ['2016-05-11'], undefined],
    ['dots', german, ['2016-05-04'], undefined],
    ['dots, of a day that could be a year', german, ['2016-04-14'], undefined],
    ['a day that could be a year', french, ['2016-04-14'], undefined],
    ['nothing', french, ['2016-05-04'], /04\/05\/16 10:05:00 CEST can be read both ways/],
    ['nothing in English', english, ['2016-04-05', '2016-05-06'], /5\/6\/16 10:05:00 CEST can be/],
  ]
  for (const [by, write, days, unclear] of rows) {
    const { findings, unknown } = one(...days.map((iso, at) => day(write, iso, at)))
    t.equal(findings[0]?.code, 'ccm-silent', by)
    if (unclear !== undefined) t.match(unknown, [unclear], by)
    else {
      t.strictSame(unknown, [], by)
      t.match(findings[0]?.seen, new RegExp(`started ${days.at(-1)} 10:00:00`), by)
    }
  }
})

t.test('the name of a rotated log tells day and month', async t => {
  const lines = serverLines(french)
  const file = 'SystemOut_16.05.04_23.59.59.log.gz'
  const { unknown, findings } = look([
    file,
    [lines.start('2016-05-04 10:00:00'), lines.open('2016-05-04 10:05:00')],
  ])
  t.strictSame(unknown, [])
  t.match(findings[0]?.seen, /started 2016-05-04/)
})

t.test('logs whose order hangs on unclear dates are not judged', async t => {
  const lines = serverLines(french)
  const log = (iso: string, pid: number) => [
    lines.start(`${iso} 10:00:00`, pid),
    lines.open(`${iso} 10:05:00`),
  ]
  // 3 April and 2 May; or 4 March and 5 February.
  const { findings, unknown } = look(
    ['a.log', log('2016-04-03', 1)],
    ['b.log', log('2016-05-02', 2)],
  )
  t.strictSame(findings, [])
  t.match(unknown, [
    /^Which start of CCMCluster_server1 is the last: day and month .* a\.log, b\.log/,
  ])
})

t.test('the night in which the clocks go back keeps its order', async t => {
  const write =
    (zone: string): WriteDate =>
    iso =>
      english(iso).replace('CEST', zone)
  const [summer, winter] = [serverLines(write('CEST')), serverLines(write('CET'))]
  const late = [winter.start('2015-10-25 02:10:00', 2), winter.open('2015-10-25 02:15:00')]
  const early = [
    ...[summer.start('2015-10-25 02:30:00', 1), summer.open('2015-10-25 02:35:00')],
    summer.announce('2015-10-25 02:36:00'),
  ]
  t.equal(codes(look(['b.log', late], ['a.log', early])), 'ccm-silent')
})

t.test('dates are read as many languages write them', async t => {
  const rows = [
    ['4/28/16 4:10:07:655 PM CEST', '2016-04-28 16:10:07 CEST'],
    ['28.04.16, 16:10:07:655 MESZ', '2016-04-28 16:10:07 MESZ'],
    ['28/04/16 16.10.07:655 CEST', '2016-04-28 16:10:07 CEST'],
    ['28-4-16 16:10:07:655 CEST', '2016-04-28 16:10:07 CEST'],
    ['16/04/28 16:10:07:655 JST', '2016-04-28 16:10:07 JST'],
    ['16-4-28 16:10:07:655 CST', '2016-04-28 16:10:07 CST'],
    ['16. 4. 28 16:10:07:655 KST', '2016-04-28 16:10:07 KST'],
    ['2016-04-28T16:10:07.655+0200', '2016-04-28 16:10:07 +0200'],
    ['28.4.2016 16:10:07:655 EEST', '2016-04-28 16:10:07 EEST'],
  ]
  for (const [written = '', read] of rows) {
    const lines = serverLines(() => `[${written}]`)
    const { fine } = one(lines.start(''), lines.open(''), lines.announce(''))
    t.match(fine[0], `last start, ${read}.`, written)
  }
})

t.test('a header in another language names the server', async t => {
  const header = [
    '************ Anzeige der aktuellen Umgebung starten ************',
    'WebSphere Platform 8.5.5.8 [ND 8.5.5.8 cf081545.03] wird mit dem Prozessnamen Zelle\\Knoten\\CCM1 und der Prozess-ID 77 ausgeführt',
  ]
  const lines = serverLines(german)
  const opened = lines.entry(
    '2016-04-28 10:00:00',
    '00000001 WsServerImpl  A   WSVR0001I: Server CCM1 ist offen',
  )
  const { findings } = one(header, opened)
  t.match(findings[0]?.seen, /^CCM1, started 2016-04-28/)
})

t.test('values with umlauts are read in both encodings', async t => {
  for (const encoding of ['utf8', 'latin1'] as const) {
    const values = { ...cdhcValues, cdhc_rootPath: 'D:/Daten/Bücher/ccmcache' }
    const lines = announce('2016-04-25 16:10:07', values).map(line =>
      Buffer.from(line, encoding).toString('latin1'),
    )
    const { findings } = one(start('2016-04-25 16:00:00'), lines, silentStart('2016-04-27', 2))
    t.match(findings[0]?.cure.join('\n'), 'D:/Daten/Bücher/ccmcache/fncs-cdhc-acme-9445', encoding)
  }
})

t.test('lines that an expression could try for hours are soon done', async t => {
  const reader = buildSystemOutReader('SystemOut.log', now)
  const began = performance.now()
  const ordinary = entry('2016-04-27 16:10:00', '00000147 servlet       I   SRVE0242I: a request')
  const hostile = [
    `[${'1/'.repeat(30_000)}`,
    `${ordinary} ${'getLCDA CDHC '.repeat(4_000)}`,
    `WebSphere Platform ${'a\\'.repeat(30_000)}`,
    entry('2016-04-27 16:10:00', `00000147 LCDAUtil      I getLCDA CDHC ${'x = '.repeat(15_000)}`),
    `[4/27/16 16:10:00:000 CEST] ${' '.repeat(60_000)}`,
  ]
  for (let at = 0; at < 200_000; at++) reader.push(ordinary)
  for (let at = 0; at < 100; at++) for (const line of hostile) reader.push(line)
  t.equal(reader.end().lines, 200_500)
  t.ok(performance.now() - began < 25_000, `${performance.now() - began} ms`)
})

t.test('a log of very many starts keeps the last thousand', async t => {
  const reader = buildSystemOutReader('SystemOut.log', now)
  for (let at = 0; at < 5_000; at++) for (const line of server.header(at)) reader.push(line)
  t.equal(reader.end().stretches.length, 1_000)
})

t.test('a log level that leaves the lines out is not silence', async t => {
  const lines = start('2016-04-27 16:00:00').map(line => line.replace('*=info', '*=warning'))
  const { findings, unknown } = one(lines, open('2016-04-27 16:05:00'))
  t.strictSame(findings, [])
  t.match(unknown, [/its log level leaves the lines out: the startup trace state, 2016-04-27/])
  const finer = start('2016-04-27 16:00:00').map(line =>
    line.replace('*=info', '*=info:com.ibm.ws.*=warning'),
  )
  t.equal(codes(one(finer, open('2016-04-27 16:05:00'))), 'ccm-silent')
})

t.test(
  'the cure has the paths of the system that the server runs on, or says where they are',
  async t => {
    const cure = (...lines: Lines) => one(...lines).findings[0]?.cure.join('\n') ?? ''
    const opened = open('2016-04-27 16:05:00')
    const linux = start('2016-04-27 16:00:00').map(line =>
      line.replace(/^user\.install\.root = .*/, 'user.install.root = /opt/IBM/profiles/AppSrv01/'),
    )
    t.match(
      cure(linux, opened),
      / {2}\/opt\/IBM\/profiles\/AppSrv01\/bin\/startServer\.sh CCMCluster_server1/,
    )
    t.match(
      cure(linux, opened),
      / {2}\/opt\/IBM\/profiles\/AppSrv01\/temp\/Node01\/CCMCluster_server1/,
    )
    t.match(cure(opened), / {2}temp\/NODE\/CCMCluster_server1 in the folder of its profile/)
    t.match(cure(opened), / {2}fncs-cdhc-…, in the folder that cdhc_rootPath names/)
    t.match(cure(error('2016-04-27 16:00:00')), 'It is SERVER.')
    const backslashes = announce('2016-04-27 16:06:00', { cdhc_rootPath: 'D:\\IBM\\ccmcache' })
    const more = entry('2016-04-27 16:07:00', '00000001 X             I   more')
    t.match(cure(opened, backslashes, more), '  D:\\IBM\\ccmcache\\fncs-cdhc-acme-9445')
  },
)

t.test('two logs that begin in one moment are in the order of their names', async t => {
  const first = [server.header(1), entry('2016-04-27 16:00:00', '00000001 X             I   a')]
  const next = [...start('2016-04-27 16:00:00', 2), open('2016-04-27 16:05:00')]
  const names = ['SystemOut_16.04.27_16.00.00.log', 'SystemOut.log'] as const
  const expected = look([names[0], first], [names[1], next])
  t.equal(codes(expected), 'ccm-silent')
  t.strictSame(look([names[1], next], [names[0], first]), expected)
})

t.test('an earlier start that was silent too is told of a start under way', async t => {
  const { unknown } = one(silentStart('2016-04-25', 1), start('2016-04-27 16:00:00', 2))
  t.match(unknown, [/The start before it, 2016-04-25 16:00:00 CEST, was not right either\.$/])
})

t.test('lines that are no dates, and times before any date, are passed over', async t => {
  const { findings } = one(
    ['[not a date at all] 00000001 X', '[4/27/16 nonsense] x', '', '[', 'WebSphere Platform 9'],
    ['[13/13/16 10:00:00:000 CEST] 00000001 X             I   no such day'],
    [start('2016-04-27 16:00:00'), open('2016-04-27 16:05:00')].flat(),
  )
  t.match(findings, [{ code: 'ccm-silent', seen: /started 2016-04-27 16:00:00/ }])
})

t.test('several servers in one log are judged each by its own starts', async t => {
  const other = serverLines(english, 'CCMCluster_server2')
  const good = [
    other.start('2016-04-28 10:00:00', 7),
    other.open('2016-04-28 10:10:00'),
    other.announce('2016-04-28 10:11:00'),
  ]
  const silent = silentStart('2016-04-27', 1)
  for (const lines of [
    [silent, ...good],
    [...good, silent],
  ]) {
    const diagnosis = one(...lines)
    t.equal(codes(diagnosis), 'ccm-silent')
    t.match(diagnosis.findings[0]?.seen, /^CCMCluster_server1/)
    t.match(diagnosis.fine, [/^CCMCluster_server2 announced/])
  }
  const headless = [silent, ...good].flat().filter(line => line.startsWith('['))
  const kept = one(headless)
  t.equal(codes(kept), 'ccm-silent', 'without headers the open line names the server')
  t.match(kept.fine, [/^CCMCluster_server2 announced/])
  const later = look(
    ['a/SystemOut_16.04.27_23.00.00.log', [silent, ...good]],
    ['a/SystemOut.log', [goodStart('2016-04-29', 2)]],
  )
  t.strictSame(later.findings, [], 'a later log of one of them counts for it')
  t.equal(later.fine.length, 2)
})

t.test('servers of one name on two nodes are two servers', async t => {
  const lines = silentStart('2016-04-27', 1)
  const there = goodStart('2016-04-28', 1).map(line => line.replace('Node01', 'Node02'))
  const diagnosis = one(lines, there)
  t.equal(codes(diagnosis), 'ccm-silent')
  t.match(diagnosis.findings[0]?.seen, /^Node01\\CCMCluster_server1/)
  t.match(diagnosis.fine, [/^Node02\\CCMCluster_server1/])
})

t.test('a log without any name is of no server when the logs beside it are of two', async t => {
  const other = serverLines(english, 'CCMCluster_server2')
  const diagnosis = look(
    ['a/1.log', [goodStart('2016-04-27', 1)]],
    ['a/2.log', [other.start('2016-04-27 10:00:00', 2), other.open('2016-04-27 10:01:00')]],
    ['a/3.log', [error('2016-04-28 10:00:00')]],
  )
  t.match(
    diagnosis.findings.map(({ seen }) => seen.split(/[ ,]/).slice(0, 2).join(' ')),
    [/^CCMCluster_server2/, /^the server/],
  )
  t.match(diagnosis.fine, [/^CCMCluster_server1 announced/])
})

t.test(
  'a server that starts no application, and one that manages others, is not judged',
  async t => {
    for (const [name = '', said] of [
      ['nodeagent', /nodeagent .* manages other servers and does not run CCM/],
      ['dmgr', /dmgr .* manages other servers/],
      ['InfraCluster_server1', /InfraCluster_server1 .* started no application/],
    ] as const) {
      const lines = serverLines(english, name)
      const whole = [
        lines.start('2016-04-27 16:00:00').slice(0, -1),
        lines.open('2016-04-27 16:05:00'),
      ]
      const { findings, unknown } = one(...whole)
      t.strictSame(findings, [], name)
      t.match(unknown, [said])
    }
    const agent = serverLines(english, 'nodeagent')
    t.strictSame(one(agent.open('2016-04-27 16:05:00')).findings, [], 'of which one line was kept')
    const kept = one(open('2016-04-27 16:05:00'))
    t.equal(codes(kept), 'ccm-silent', 'a log without its start is judged as before')
  },
)
