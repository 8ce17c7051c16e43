// The copies of fncs-sitePrefs.properties: what Java makes of them, and whether they say the same.
import t from 'tap'
import { meantValue, parseCdhcProperties } from '../../../src/doctor/ccm/cdhc-properties.ts'
import { checkProperties } from '../../../src/doctor/ccm/check-properties.ts'
import { checkRunning } from '../../../src/doctor/ccm/check-running.ts'
import { joinLogs } from '../../../src/doctor/ccm/server-runs.ts'
import { buildSystemOutReader } from '../../../src/doctor/ccm/system-out.ts'
import type { Diagnosis } from '../../../src/doctor/finding.ts'
import { cdhcValues, serverLines } from '../../fixtures/system-out.ts'

const source =
  'D:/IBM/Connections/FNCS/configure/explodedformat/fncs/WEB-INF/classes/fncs-sitePrefs.properties'
const deployed =
  'D:\\IBM\\profiles\\AppSrv01\\installedApps\\Cell01\\navigator.ear\\fncs.war\\WEB-INF\\classes\\fncs-sitePrefs.properties'

const write = (values: Record<string, string> = cdhcValues) =>
  `# preferences\nother=secret\n${Object.entries(values)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')}`
const parse = (text: string | Buffer, file = source) =>
  parseCdhcProperties(Buffer.isBuffer(text) ? text : Buffer.from(text, 'latin1'), file)
const look = (...texts: readonly (string | Buffer)[]) =>
  checkProperties(texts.map((text, at) => parse(text, at === 0 ? source : deployed)))
const codes = ({ findings }: Diagnosis) => findings.map(({ code }) => code).join(' ')
const withValue = (key: string, value: string) => write({ ...cdhcValues, [key]: value })

t.test('two whole copies that say the same have no finding', async t => {
  const { findings, fine, unknown } = look(write(), write().replaceAll('\n', '\r\n'))
  t.strictSame(findings, [])
  t.strictSame(unknown, [])
  t.match(fine, [/has 6 keys of CDHC/, /has 6 keys/, /2 copies of the properties say the same/])
})

t.test('one copy alone is right, and the comparison is not known', async t => {
  t.match(look(write()), { findings: [], unknown: [/both copies .* one was named/] })
  t.match(checkProperties([]), { findings: [], fine: [], unknown: [] })
})

t.test('Java reads an escaped colon, a continued line and blanks around the sign', async t => {
  const root = String.raw`cdhc_rootPath = D\:/IBM/Connections/\
    data/shared/ccmcache`
  t.equal(
    codes(
      look(
        write().replace(/cdhc_rootPath=.*/, () => root),
        write(),
      ),
    ),
    '',
  )
})

const faults: readonly (readonly [
  title: string,
  code: string,
  text: string | Buffer,
  seen: RegExp,
])[] = [
  [
    'quotes around the path',
    'ccm-properties-quotes',
    withValue('cdhc_rootPath', '"D:/x/ccmcache"'),
    /with quotes/,
  ],
  [
    'the quotes of a blog',
    'ccm-properties-quotes',
    Buffer.from(withValue('cdhc_rootPath', '“D:/x”')),
    /with quotes/,
  ],
  [
    'quotes around a number',
    'ccm-properties-quotes',
    withValue('cdhc_maxCachedFiles', "'10000'"),
    /'10000'/,
  ],
  [
    'backslashes, which Java swallows',
    'ccm-properties-backslashes',
    withValue('cdhc_rootPath', 'D:\\IBM\\ccmcache'),
    /Java reads D:IBMccmcache/,
  ],
  [
    'doubled backslashes',
    'ccm-properties-backslashes',
    withValue('cdhc_rootPath', 'D:\\\\IBM\\\\ccmcache'),
    /Java reads D:\\IBM\\ccmcache/,
  ],
  [
    'a blank at the end of a line',
    'ccm-properties-blank',
    withValue('cdhc_rootPath', 'D:/x/ccmcache '),
    /ends with a blank/,
  ],
  [
    'a number with a unit',
    'ccm-properties-number',
    withValue('cdhc_maxCacheSize_kb', '10 GB'),
    /10 GB, which is not a whole number/,
  ],
  [
    'a key that is set twice, differently',
    'ccm-properties-doubled',
    `${write()}cdhc_maxCachedFiles=500`,
    /10000 \(line 4\), 500 \(line 9\)/,
  ],
  ['no key of CDHC', 'ccm-properties-none', 'a=1\nb=2\n', /Not one of its 2 keys/],
  [
    'no folder',
    'ccm-properties-no-root',
    write().replace(/cdhc_root.*\n/, ''),
    /cdhc_rootPath is not set/,
  ],
  [
    'the folder in another case',
    'ccm-properties-no-root',
    write().replace('rootPath', 'rootpath'),
    /written cdhc_rootpath/,
  ],
  ['UTF-16', 'ccm-properties-utf16', Buffer.from(`\ufeff${write()}`, 'utf16le'), /UTF-16/],
]
for (const [title, code, text, seen] of faults) {
  t.test(`a finding: ${title}`, async t => {
    const { findings } = look(text)
    t.equal(findings.map(finding => finding.code).join(' '), code)
    t.match(findings[0]?.seen, seen)
    t.notMatch(JSON.stringify(findings), 'secret')
  })
}

t.test('the same value twice is no finding', async t => {
  t.equal(codes(look(`${write()}cdhc_maxCachedFiles=10000`)), '')
})

t.test('copies that differ are one finding that names each difference', async t => {
  const other = write({ ...cdhcValues, cdhc_maxCachedFiles: '500', cdhc_enabled: 'true' })
  const { findings } = look(write(), other)
  t.equal(findings.length, 1)
  t.match(findings[0], { code: 'ccm-copies-differ', effect: 'will-break', place: { line: 4 } })
  t.match(
    findings[0]?.seen,
    /cdhc_maxCachedFiles is 10000 in .*, 500 in .*; cdhc_enabled is not set in .*, true in/,
  )
})

t.test('one folder that is written in two ways does not differ', async t => {
  for (const written of [
    'D:/IBM/Connections/data/shared/ccmcache/',
    'd:/ibm/connections/Data/shared/ccmcache',
    'D:/IBM/Connections//data/shared/ccmcache',
  ]) {
    const { findings, fine } = look(write(), withValue('cdhc_rootPath', written))
    t.strictSame(findings, [], written)
    t.match(fine.at(-1), /2 copies of the properties say the same/)
  }
  const unix = (path: string) => withValue('cdhc_rootPath', path)
  t.equal(codes(look(unix('/opt/ccmcache'), unix('/opt/CCMcache'))), 'ccm-copies-differ')
  t.equal(codes(look(unix('/opt/ccmcache'), unix('/opt/other'))), 'ccm-copies-differ')
})

t.test('a server that runs with other values than the deployed copy is a finding', async t => {
  const { start, open, announce } = serverLines()
  const reader = buildSystemOutReader('SystemOut.log', Date.UTC(2016, 5, 1))
  const lines = [
    start('2016-04-28 10:00:00'),
    open('2016-04-28 10:05:00'),
    announce('2016-04-28 10:06:00'),
  ]
  for (const line of lines.flat()) reader.push(line as string)
  const servers = joinLogs([reader.end()])
  const run = (...files: readonly ReturnType<typeof parse>[]) => checkRunning(servers, files)
  t.match(run(parse(write())), { findings: [], fine: [/runs with the values/] })
  const changed = withValue('cdhc_maxCachedFiles', '500')
  const { findings } = run(parse(changed))
  t.match(findings, [{ code: 'ccm-old-values', place: { file: source, line: 4 } }])
  t.match(
    findings[0]?.seen,
    /announced 2016-04-28 10:06:00 CEST: cdhc_maxCachedFiles = 10000, but .*:4 has 500/,
  )
  t.match(
    run(parse(changed), parse(write(), deployed)).findings,
    [],
    'only the deployed copy counts',
  )
  const slashes = withValue('cdhc_rootPath', '"d:\\ibm\\Connections\\data\\shared\\ccmcache"')
  t.match(run(parse(slashes)).findings, [], 'how it is written is a finding of its own')
  t.strictSame(run(), { findings: [], fine: [], unknown: [] })
})

t.test('a share that is written with backslashes is compared as what is meant', async t => {
  const rows = [
    [String.raw`\\\\nas\\share\\ccmcache`, '//nas/share/ccmcache'],
    [String.raw`"\\nas\share\ccmcache"`, '//nas/share/ccmcache'],
    [String.raw`D\:\\IBM\\ccmcache`, 'D:/IBM/ccmcache'],
    ['“D:/IBM/ccmcache”', 'D:/IBM/ccmcache'],
    ['/opt/IBM/ccmcache', '/opt/IBM/ccmcache'],
  ]
  for (const [raw = '', meant] of rows) {
    t.equal(meantValue({ name: 'cdhc_rootPath', value: '', raw, line: 1 }), meant, raw)
  }
})
