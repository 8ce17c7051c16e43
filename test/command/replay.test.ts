import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import type { ReplayCommandOptions } from '../../src/command/replay.ts'
import { replay } from '../../src/command/replay.ts'
import { logLine } from '../fixtures/access-log.ts'
import { runCommandLine } from '../fixtures/command-line.ts'
import { openConfigHome } from '../fixtures/config.ts'
import { captureOutput } from '../fixtures/output.ts'

const rules = `networks: { offices: [10.0.0.0/8] }
allow:
  - { name: offices, from: offices }
  - { name: signed-in, cookie: LtpaToken2, photos: "*@acme.example" }
`
const home = openConfigHome(t)
writeFileSync(home.file, rules)
const oldFile = join(home.directory, 'old.yaml')
writeFileSync(oldFile, 'allow: [{ name: lan, from: [10.0.0.0/8, 192.0.2.0/24] }]')

const office = logLine({ client: '10.0.0.1' })
const visitor = logLine({ cookie: null })
const member = logLine({ cookie: 'LtpaToken2=CANARY' })

function write(name: string, content: string | Buffer): string {
  const file = join(home.directory, name)
  writeFileSync(file, content)
  return file
}

async function* chunksOf(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text)
}

async function run(
  options: Omit<ReplayCommandOptions, 'logs'> & { log?: string | string[]; input?: string },
) {
  const { log = [], input = '', ...others } = options
  const output = captureOutput()
  const shown: string[] = []
  const streams = {
    output,
    input: chunksOf(input),
    terminal: { write: (text: string) => shown.push(text) },
  }
  const logs = [log].flat()
  const code = await replay({ config: home.file, ...others, logs }, streams)
  return { code, printed: output.printed(), noted: output.noted(), shown: shown.join('') }
}

t.test('with a problem in the configuration, nothing is replayed: exit 78', async t => {
  const bad = write('bad.yaml', 'allow: [{ name: open }]')
  const log = write('any.log', office)
  for (const options of [{ config: bad }, { against: bad }, { config: bad, against: bad }]) {
    const { code, printed, noted } = await run({ log, ...options })
    t.equal(code, 78)
    t.equal(printed, '')
    t.match(noted, /allow\[0\] has no condition/)
  }
})

t.test(
  'the exit code is 1 when a request is newly turned away or admitted, otherwise 0',
  async t => {
    const rows: [string, string, Partial<ReplayCommandOptions>, number][] = [
      ['newly turned away', logLine({ target: '/joe@other.example.jpg' }), {}, 1],
      ['newly admitted', logLine({ client: '10.0.0.1', status: 302 }), {}, 1],
      [
        'newly turned away, by the old configuration',
        `${visitor}\n${member}`,
        { against: oldFile },
        1,
      ],
      ['no change', office, {}, 0],
      [
        'no change, by the old configuration',
        logLine({ client: '10.0.0.1', status: 302 }),
        { against: oldFile },
        0,
      ],
      ['a request without cookies in the log', logLine(), {}, 0],
      ['an empty log', '', {}, 70],
      ['a log without a photo', logLine({ target: '/' }), {}, 70],
      ['a virtual host that is not there', logLine({ virtualHost: 'a:80' }), { vhost: 'b' }, 70],
      ['a client field without addresses', office, { clientField: 4 }, 70],
      ['a file that is not a log', 'nonsense\n', {}, 70],
    ]
    for (const [what, text, options, code] of rows) {
      t.test(what, async t => {
        t.equal((await run({ log: write('one.log', text), ...options })).code, code)
      })
    }
  },
)

t.test('a truncated or missing log is named, and the rest is reported', async t => {
  const lines = Array.from({ length: 5_000 }, (_, at) =>
    logLine({ client: `10.0.${at >> 8}.${at & 255}`, agent: `${Math.sin(at)}` }),
  )
  const packed = gzipSync(lines.join('\n'))
  const cut = write('cut.gz', packed.subarray(0, packed.length / 2))
  const damaged = write(
    'damaged.gz',
    Buffer.concat([packed.subarray(0, 20), Buffer.alloc(99, 0xff)]),
  )
  const missing = join(home.directory, 'missing.log')
  const log = [missing, cut, damaged, write('good.log', office)]
  const { code, printed, noted } = await run({ log, json: true })
  t.equal(code, 70)
  const said = noted.replaceAll(`${home.directory}/`, '').split('\n')
  t.match(said[0], /^missing\.log is not there/)
  t.equal(said[1], 'cut.gz is cut off: the gzip data ends in the middle')
  t.match(said[2], /^damaged\.gz is damaged: /)
  t.equal(said[3], '3 incomplete logs')
  const { lines: counts, logs, incomplete } = JSON.parse(printed)
  t.ok(counts.photos > 1_000 && counts.photos < 5_000)
  t.equal(counts.notUnderstood, 0, 'the line that breaks off is none')
  t.equal(logs.length, 4)
  t.equal(incomplete.length, 3)
})

t.test('plain files, gzip under another name, and standard input give the same report', async t => {
  const text = `${office}\n${visitor}\n${member}\nnonsense\n`
  const plain = write('a.log', text)
  const packed = write('b.log', gzipSync(text))
  const bare = ({ code, printed }: Awaited<ReturnType<typeof run>>) => [
    code,
    printed.replace(/"file": "[^"]*"/g, ''),
  ]
  const expected = bare(await run({ log: plain, json: true }))
  t.strictSame(bare(await run({ log: packed, json: true })), expected)
  t.strictSame(bare(await run({ log: '-', input: text, json: true })), expected)
  const both = JSON.parse((await run({ log: [plain, packed], json: true })).printed)
  t.equal(both.lines.all, 8)
})

t.test('progress is shown on a terminal, and erased', async t => {
  const { shown } = await run({ log: write('a.log', `${office}\n`.repeat(5_000)) })
  t.match(shown, / %, 0:00 left, [\d,]+ lines\/s/)
  t.ok(shown.startsWith('\r\x1b[K') && shown.endsWith('\r\x1b[K'))
})

t.test('no cookie is ever printed', async t => {
  const first = ['"LtpaToken2=CANARY"', 'CANARY:1=', '"CANARY:1"'].map(name => `${name} ${office}`)
  const lines = [member, logLine({ cookie: 'a=CANARY' }), '"CANARY', ...first]
  const log = write('a.log', lines.join('\n'))
  for (const json of [true, false]) {
    const { printed, noted } = await run({ log, json })
    t.notMatch(printed + noted, /CANARY/)
  }
})

t.test('the text says what changes, for which clients, and what stays unknown', async t => {
  const lines = [
    ...new Array<string>(1_200).fill(office),
    logLine({ client: '10.0.0.2', status: 302 }),
    logLine({ client: '198.51.100.1', target: '/ann@other.example.jpg' }),
    logLine({ client: '198.51.100.2', target: '/ann@other.example.jpg' }),
    logLine({ client: '198.51.100.2', target: '/bob@other.example.jpg' }),
    logLine({ client: '198.51.100.2', target: '/eve@other.example.jpg' }),
    logLine({ client: '2001:db8::1', status: 302 }),
    logLine({ client: 'pc7.acme.example', target: '/ann@other.example.jpg' }),
    logLine(),
    logLine({ target: '/' }),
    'nonsense',
  ]
  const log = write('access_log', lines.join('\n'))
  const { code, printed, noted } = await run({ log })
  t.equal(code, 1)
  t.equal(noted, '')
  t.equal(
    printed.replaceAll(`${home.directory}/`, ''),
    `1,208 requests for photos: 4 newly turned away, 1 newly admitted, 1,200 unchanged, 3 cannot be known

logs     access_log
now      photogate.yaml
before   by logged status: 200, 206, 304, 404 admitted; 301, 302, 303, 307, 401, 403 turned away
period   2026-11-26 02:00 to 2026-11-26 02:00 UTC
cookies  none found; if the LogFormat has "%{Cookie}i", say which item it is: --cookie-field N

what changes                     requests  clients
  newly turned away                     4        2
  newly admitted                        1        1
  unchanged                         1,200           1,200 admitted, 0 turned away
  perhaps turned away                   2        2  cannot be known, see below
  perhaps admitted                      1        1  cannot be known, see below

admitted by rule                 requests  clients
  offices                           1,201        2  perhaps 1 more
  signed-in                             0        0  perhaps 2 more
  (turned away)                         4        2

newly turned away, by network    requests  clients  photos asked for most
  198.51.100.0/24                       4        2  ann@other.example 2, bob@other.example 1, others 1

newly admitted, by network       requests  clients  photos asked for most
  offices                               1        1  joe@acme.example 1

perhaps turned away, by network  requests  clients  photos asked for most
  (host names)                          1        1  ann@other.example 1
  192.0.2.0/24                          1        1  joe@acme.example 1

perhaps admitted, by network     requests  clients  photos asked for most
  2001:db8::/64                         1        1  joe@acme.example 1

cannot be known                  requests
  cookies were not logged               2           would signed-in admit them?
  client was not logged                 1           would offices admit them?

lines read                          1,210
  requests for photos               1,208           of 7 clients
  no photo                              1           other paths and methods
  not understood                        1           access_log:1210`,
  )
})

t.test('the text mentions cookies, virtual hosts, old errors and lower bounds', async t => {
  const virtualHost = 'photos.acme.example:443'
  const lines = [
    logLine({ virtualHost, cookie: 'LtpaToken2=x' }),
    logLine({ virtualHost, status: 500, client: '10.0.0.1', cookie: 'a=b' }),
    logLine({ virtualHost: 'www.acme.example:443', cookie: null }),
    ...new Array<string>(7).fill('nonsense'),
  ]
  const log = write('vhosts.log', lines.join('\n'))
  const all = (await run({ log })).printed
  t.match(all, /^cookies {2}field 11 of each line$/m)
  t.match(all, /^ {2}status does not tell +1 +were they admitted before\?$/m)
  t.match(all, /vhosts\.log:8, and 2 more$/m)
  t.match(
    all,
    /virtual hosts \(photos\.acme\.example, www\.acme\.example\): --vhost selects one\.$/,
  )
  const one = (await run({ log, vhost: 'photos.acme.example' })).printed
  t.match(one, /^ {2}other virtual hosts +1 +there are photos\.acme\.example, www\.acme\.example$/m)
  const mixed = (await run({ log: [log, write('plain.log', visitor.replace(' "-"', ''))] })).printed
  t.match(mixed, /^cookies {2}\S+vhosts\.log: field 11, \S+plain\.log: none$/m)
  const against = await run({ log: write('b.log', logLine()), config: oldFile, against: home.file })
  t.match(against.printed, /^before {3}\S+photogate\.yaml$/m)
  t.match(against.printed, / +1 +did signed-in of \S+photogate\.yaml admit them\?$/m)
})

t.test('from the command line', async t => {
  const cwd = home.directory
  write('a.log', `${office}\n`)
  const rows: [string, string[], number, RegExp][] = [
    ['no log', ['replay'], 2, /missing required argument/],
    [
      'a field that cannot hold cookies',
      ['replay', '--cookie-field', '7', 'a.log'],
      2,
      /Write 8 to 99/,
    ],
    ['a log that is not there', ['replay', 'gone.log'], 70, /gone\.log is not there/],
    [
      'a configuration that is not there',
      ['replay', '-c', 'gone.yaml', 'a.log'],
      78,
      /gone\.yaml cannot be read/,
    ],
    ['a log', ['replay', 'a.log'], 0, /^$/],
    ['two', ['replay', '--against', 'old.yaml', '--cookie-field', '10', 'a.log', 'a.log'], 0, /^$/],
  ]
  for (const [what, args, expected, message] of rows) {
    t.test(what, async t => {
      const { code, stderr } = await runCommandLine(args, { cwd })
      t.equal(code, expected)
      t.match(stderr, message)
    })
  }
})

t.test('a log without a usable line ends with 70, because it proves nothing', async t => {
  const rows: [string, Parameters<typeof run>[0], RegExp][] = [
    [
      'nothing at all',
      { log: write('no.log', '') },
      /^\S+no\.log has no lines\nthere is no line in the log at all, /,
    ],
    [
      'no photo',
      { log: write('b.log', logLine({ target: '/' })) },
      /^not one line asks for a photo, so /,
    ],
    [
      'no such virtual host',
      { log: write('c.log', logLine({ virtualHost: 'a:80' })), vhost: 'b' },
      /^no line is of the virtual host b, .*; there are a$/,
    ],
    [
      'no such client field',
      { log: write('d.log', office), clientField: 4 },
      /^no line has an address as item 4, .*--client-field$/,
    ],
    ['a directory', { log: home.directory }, /is a directory; name the logs in it/],
    [
      'zstd',
      { log: write('e.log', Buffer.from('28b52ffd', 'hex')) },
      /e\.log is Zstandard; zstd -dc/,
    ],
    ['a pattern that matches nothing', { log: 'gone*.log' }, /^gone\*\.log is not there/],
  ]
  for (const [title, options, message] of rows) {
    await t.test(title, async t => {
      const { code, noted } = await run(options)
      t.equal(code, 70)
      t.match(noted, message)
    })
  }
  await t.test('one of two', async t => {
    const { code, noted } = await run({ log: [write('f.log', ''), write('g.log', office)] })
    t.equal(code, 0)
    t.match(noted, /f\.log has no lines$/)
  })
})

t.test('the text names the client field, and a balancer that is missing from proxies', async t => {
  const log = write('lb.log', logLine({ client: '10.0.0.1 10.0.0.5', virtualHost: 'photos:80' }))
  const { printed } = await run({ log })
  t.match(printed, /^clients {2}field 2 of each line, from the right past the proxies$/m)
  t.match(
    printed,
    /\n1 request came through 10\.0\.0\.5, which is not in proxies: .*, add it to proxies\.$/,
  )
})
