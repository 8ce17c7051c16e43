import type { Test } from 'tap'
import t from 'tap'
import { maxClients } from '../../src/replay/clients.ts'
import type { ReplayOptions, ReplayResult } from '../../src/replay/replay.ts'
import { buildReplay } from '../../src/replay/replay.ts'
import { buildLineSplitter } from '../../src/text/line-splitter.ts'
import { loggedMs, logLine } from '../fixtures/access-log.ts'
import { openConfigHome } from '../fixtures/config.ts'
import { fc, holds } from '../fixtures/property.ts'

const home = openConfigHome(t)
const settings = home.settings(`networks: { offices: [10.0.0.0/8] }
allow:
  - { name: offices, from: offices }
  - { name: signed-in, cookie: LtpaToken2, photos: "*@acme.example" }
`)
const office = home.settings('allow: [{ name: offices, from: 10.0.0.0/8 }]')

type Options = Partial<ReplayOptions>

function replayOf(lines: readonly (string | undefined)[], options: Options = {}): ReplayResult {
  const replay = buildReplay({ settings, ...options })
  const log = replay.begin('access_log')
  for (const line of lines) log.push(line)
  log.end()
  return replay.result(10)
}

const changesOf = ({ totals: { changes } }: ReplayResult) => [
  changes.newlyTurnedAway.requests,
  changes.newlyAdmitted.requests,
  changes.perhapsTurnedAway.requests,
  changes.perhapsAdmitted.requests,
]

t.test('lines that are not requests for photos are counted separately', async t => {
  const result = replayOf([
    'nonsense',
    undefined,
    '',
    logLine({ method: 'POST' }),
    logLine({ target: '/' }),
    logLine({ target: '/-/healthz' }),
    logLine({ target: '/%zz.jpg' }),
    logLine({ target: '/x/joe@acme.example.jpg' }),
    logLine({ target: '/photo' }),
    logLine(),
    logLine({ method: 'HEAD', target: '/profiles/photo.do?email=joe%40acme.example' }),
    ...new Array<string>(9).fill('more nonsense'),
  ])
  t.strictSame(result.lines, { all: 19, photos: 2, noPhoto: 6, otherHosts: 0, notUnderstood: 11 })
  t.strictSame(
    result.notUnderstoodAt.map(({ line }) => line),
    [1, 2, 12, 13, 14],
    'an empty line has its number',
  )
})

t.test('changes are counted from the logged status, without cookies', async t => {
  const rows: [string, string, number[]][] = [
    ['an office that was admitted', logLine({ client: '10.0.0.1' }), [0, 0, 0, 0]],
    ['an office that was redirected', logLine({ client: '10.0.0.1', status: 302 }), [0, 1, 0, 0]],
    ['an office and an error', logLine({ client: '10.0.0.1', status: 500 }), [0, 0, 0, 1]],
    ['a photo for nobody', logLine({ target: '/joe@other.example.jpg' }), [1, 0, 0, 0]],
    ['the same, missing', logLine({ target: '/joe@other.example.jpg', status: 404 }), [1, 0, 0, 0]],
    [
      'the same, redirected',
      logLine({ target: '/joe@other.example.jpg', status: 403 }),
      [0, 0, 0, 0],
    ],
    [
      'the same and an error',
      logLine({ target: '/joe@other.example.jpg', status: 503 }),
      [0, 0, 1, 0],
    ],
    ['a client that may have a cookie', logLine(), [0, 0, 1, 0]],
    ['the same, redirected', logLine({ status: 302 }), [0, 0, 0, 1]],
    ['the same and an error', logLine({ status: '-' }), [0, 0, 1, 0]],
    ['a cookie', logLine({ cookie: 'LtpaToken2=x' }), [0, 0, 0, 0]],
    ['a cookie, redirected', logLine({ cookie: 'LtpaToken2=x', status: 302 }), [0, 1, 0, 0]],
    ['another cookie', logLine({ cookie: 'a=b' }), [1, 0, 0, 0]],
    ['a host name', logLine({ client: 'pc.acme.example', cookie: 'a=b' }), [0, 0, 1, 0]],
  ]
  for (const [what, line, expected] of rows) {
    t.test(what, async t => {
      t.strictSame(changesOf(replayOf([line])), expected)
    })
  }
})

t.test('changes are counted from the previous configuration', async t => {
  const rows: [string, string, number[]][] = [
    ['an office', logLine({ client: '10.0.0.1', status: 302 }), [0, 0, 0, 0]],
    ['a cookie that is new', logLine({ cookie: 'LtpaToken2=x', status: 200 }), [0, 1, 0, 0]],
    ['a cookie that may be new', logLine({ status: 200 }), [0, 0, 0, 1]],
    ['neither', logLine({ cookie: 'a=b', status: 200 }), [0, 0, 0, 0]],
  ]
  for (const [what, line, expected] of rows) {
    t.test(what, async t => {
      t.strictSame(changesOf(replayOf([line], { against: office })), expected)
      const back = replayOf([line], { settings: office, against: settings })
      const [away, admitted, perhapsAway, perhapsAdmitted] = expected
      t.strictSame(changesOf(back), [admitted, away, perhapsAdmitted, perhapsAway], 'and back')
    })
  }
})

t.test('requests are counted by rule, network and photo, and each client once', async t => {
  const ann = '/ann@other.example.jpg'
  const { totals } = replayOf([
    logLine({ client: '10.0.0.1' }),
    logLine({ client: '10.0.0.1', target: ann }),
    logLine({ client: '10.0.0.2' }),
    logLine({ client: '198.51.100.1', target: ann }),
    logLine({ client: '198.51.100.2', target: ann }),
    logLine({ client: '198.51.100.2', target: '/joe@other.example.jpg' }),
    logLine({ client: '2001:db8::1', target: ann }),
    logLine(),
  ])
  t.strictSame(totals.all, { requests: 8, clients: 6 })
  t.strictSame(totals.rules, [
    { name: 'offices', requests: 3, clients: 2, perhaps: 0 },
    { name: 'signed-in', requests: 0, clients: 0, perhaps: 1 },
  ])
  t.strictSame(totals.turnedAway, { requests: 4, clients: 3 })
  const { newlyTurnedAway } = totals.changes
  t.match(newlyTurnedAway, { requests: 4, clients: 3 })
  t.strictSame(newlyTurnedAway.photos.rows, [
    { key: 'ann@other.example', requests: 3 },
    { key: 'joe@other.example', requests: 1 },
  ])
  t.match(newlyTurnedAway.networks.rows, [
    {
      key: '198.51.100.0/24',
      requests: 3,
      clients: 2,
      photos: { rows: [{ requests: 2 }, { requests: 1 }] },
    },
    { key: '2001:db8::/64', requests: 1, clients: 1 },
  ])
  t.strictSame(totals.doubts, [
    { doubt: 'no-cookies', of: 'after', rules: ['signed-in'], requests: 1 },
  ])
})

t.test('virtual hosts are distinguished, and one is selected in any letter case', async t => {
  const lines = [
    logLine({ virtualHost: 'photos.acme.example:443' }),
    logLine({ virtualHost: 'www.acme.example:443' }),
    logLine({ virtualHost: '[2001:db8::1]:443' }),
    logLine(),
  ]
  const all = replayOf(lines)
  t.strictSame(all.virtualHosts, ['[2001:db8::1]', 'photos.acme.example', 'www.acme.example'])
  t.equal(all.lines.photos, 4)
  const one = replayOf(lines, { virtualHost: 'Photos.acme.example' })
  t.strictSame(one.lines, { all: 4, photos: 2, noPhoto: 0, otherHosts: 2, notUnderstood: 0 })
})

t.test('the cookie field is the one that is found, or the one that is named', async t => {
  const cookie = 'LtpaToken2=x'
  const rows: [string, string, Options, number | null, number][] = [
    ['found', logLine({ cookie }), {}, 10, 1],
    ['found behind a virtual host', logLine({ cookie, virtualHost: 'a:80' }), {}, 11, 1],
    ['found behind TLS', logLine({ cookie, tls: 'TLS_RSA TLSV1.2' }), {}, 12, 1],
    ['none', logLine(), {}, null, 0],
    ['named', logLine({ cookie }), { cookieField: 10 }, 10, 1],
    [
      'named, where the name of a browser looks like cookies',
      logLine({ agent: cookie }),
      { cookieField: 9 },
      9,
      1,
    ],
    [
      'named behind a virtual host',
      logLine({ cookie, virtualHost: 'a:80' }),
      { cookieField: 11 },
      11,
      1,
    ],
    ['named wrong', logLine({ cookie }), { cookieField: 11 }, 11, 0],
    ['not read', logLine({ cookie }), { settings: office }, null, 0],
  ]
  for (const [what, line, options, field, admitted] of rows) {
    t.test(what, async t => {
      const { logs, totals, asksForCookies } = replayOf([line], options)
      t.match(logs, [{ file: 'access_log', lines: 1, cookieField: field, clientField: null }])
      t.equal(totals.outcomes.admitted.admitted, admitted)
      t.equal(asksForCookies, options.settings !== office)
    })
  }
})

t.test('each log has cookies of its own, or none', async t => {
  const replay = buildReplay({ settings })
  for (const line of [logLine(), logLine({ cookie: 'LtpaToken2=x' })]) {
    const log = replay.begin('log')
    log.push(line)
    log.end()
  }
  const { logs, totals } = replay.result(10)
  t.strictSame(
    logs.map(({ cookieField }) => cookieField),
    [null, 10],
  )
  t.strictSame(totals.outcomes.admitted, { admitted: 1, 'turned-away': 0, unknown: 1 })
})

t.test(
  'a cookie field that is first filled late in a long log is found for its first lines too',
  async t => {
    const quiet = new Array<string>(5_000).fill(logLine({ cookie: null }))
    const result = replayOf([...quiet, logLine({ cookie: 'LtpaToken2=x' }), ...quiet])
    t.equal(result.logs[0]?.cookieField, 10)
    t.equal(result.totals.turnedAway.requests, 10_000)
    t.equal(result.totals.outcomes.admitted.admitted, 1)
  },
)

t.test('the period is that of the requests for photos', async t => {
  t.equal(replayOf([logLine({ target: '/' })]).period, null)
  const times = ['26/Nov/2026:03:00:00 +0000', '26/Nov/2026:02:00:00 +0000']
  const { period } = replayOf([
    ...times.map(time => logLine({ time })),
    logLine({ target: '/', time: '27/Nov/2026:03:00:00 +0000' }),
  ])
  t.strictSame(period, { firstMs: loggedMs, lastMs: loggedMs + 3_600_000 })
})

t.test(
  'any number of clients, networks and photos is counted in bounded memory, and the result says so',
  async t => {
    const replay = buildReplay({ settings: office })
    const log = replay.begin('log')
    const most = maxClients + 50_000
    for (let at = 0; at < most; at++) {
      const client = `2001:db8:${(at >>> 8).toString(16)}:${(at & 255).toString(16)}::1`
      log.push(logLine({ client, target: `/p${at}@acme.example.jpg`, agent: null }))
    }
    log.end()
    const { totals, clientsAreIncomplete } = replay.result(10)
    t.equal(clientsAreIncomplete, true)
    t.strictSame(totals.turnedAway, { requests: most, clients: maxClients })
    const { networks, photos } = totals.changes.newlyTurnedAway
    for (const { rows, otherRequests, isIncomplete } of [networks, photos]) {
      t.equal(isIncomplete, true)
      t.equal(
        rows.reduce((sum, { requests }) => sum + requests, otherRequests),
        most,
      )
    }
  },
)

function ofBytes(chunks: readonly Buffer[]): ReplayResult {
  const replay = buildReplay({ settings })
  const log = replay.begin('log')
  const splitter = buildLineSplitter(log.push)
  for (const chunk of chunks) splitter.push(chunk)
  splitter.end()
  log.end()
  return replay.result(100)
}

t.test('the cuts between chunks of a log make no difference', async (t: Test) => {
  const line = fc.oneof(
    fc
      .record({
        client: fc.constantFrom('10.0.0.1', '192.0.2.7', '2001:db8::7', 'pc7.acme.example'),
        target: fc.constantFrom(
          '/joe@acme.example.jpg',
          '/ann@other.example.jpg',
          '/',
          '/%22".jpg',
        ),
        status: fc.constantFrom(200, 302, 500),
        agent: fc.string({ maxLength: 10 }),
        cookie: fc.constantFrom(null, 'LtpaToken2=x', 'a="b\\"', 'LtpaToken2=\xe9\x00'),
      })
      .map(logLine),
    fc.constantFrom('', 'nonsense', 'x'.repeat(70_000)),
  )
  const property = fc.property(
    fc.array(line, { maxLength: 12 }),
    fc.array(fc.nat(1_000_000), { maxLength: 20 }),
    (lines, cuts) => {
      const bytes = Buffer.from(`${lines.join('\n')}\n`, 'latin1')
      const places = [0, ...cuts.map(cut => cut % bytes.length), bytes.length].sort((a, b) => a - b)
      const chunks = places.slice(1).map((end, at) => bytes.subarray(places[at], end))
      return JSON.stringify(ofBytes(chunks)) === JSON.stringify(ofBytes([bytes]))
    },
  )
  holds(t, property, 100)
})
