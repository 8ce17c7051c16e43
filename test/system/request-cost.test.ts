// What one request can cost, measured in the CPU time of a plain request to the same gate: a GET of a photo with two
// short header fields. Node's own parsing is in both: a bare `node:http` server pays at most 2.5 of its plain requests
// for 16 KB in one header field and 6 for 240 fields. A request that ends its connection is compared with a plain one
// that does so too, because each needs a new connection. Verifying tokens is not measured here.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import { signPass } from '../../src/evidence/guest-pass.ts'
import { buildLinkKeys } from '../../src/evidence/link-keys.ts'
import type { GateFixture } from '../fixtures/gate.ts'
import { startGate } from '../fixtures/gate.ts'
import { writeSecret } from '../fixtures/key-files.ts'
import { startRepeatingClient } from '../fixtures/repeating-client.ts'

const maxRatio = 10
const rounds = 5
const each = 150

const path = '/joe@acme.example.jpg'
const rules = `
allow:
  - { name: signed-in, cookie: [LtpaToken2, "shib_*", "STPluginActivePage=stMeetingroom*"] }
  - { name: people, from: [10.0.0.0/8], photos: ["*e*e*e*e*x@acme.example", "!ceo@acme.example"] }
  - { name: office, from: [10.0.0.0/8] }`
// One peer sends the requests of many clients, as a front does.
const proxies = 'proxies: [127.0.0.1, 192.0.2.0/24, "2001:db8::/32"]'

/** The unit repeated, within the limits of a request. */
const fill = (unit: string, length = 15_700) => unit.repeat(Math.floor(length / unit.length))
const numbered = (field: (at: number) => string, count: number) =>
  Array.from({ length: count }, (_, at) => `${field(at)}\r\n`).join('')
const ownV6 = '[2001:0db8:1111:2222:3333:4444:5555:6666]:12345'

interface Parts {
  readonly url?: string
  readonly host?: string
  /** Replaces the client that the front names. */
  readonly client?: string
  /** Header fields, each with its line end. */
  readonly more?: string
}
type Rows = Record<string, Parts>

const cookies = (text: string, length = 8_100): Parts => ({
  more: `Cookie: ${fill(text, length)}\r\n`,
})
const field = (name: string, unit: string, rest = ''): Parts => ({
  more: `${name}: ${fill(unit)}${rest}\r\n`,
})

/** The rows for a gate with this client header. */
const clientRows: Record<string, Rows> = {
  'X-Forwarded-For': {
    'hops of IPv6': { client: fill('2001:0db8:1111:2222:3333:4444:5555:6666,') },
    'hops of IPv6 in brackets': { client: fill(`${ownV6},`) },
    'hops of IPv6 with dots': { client: fill('2001:db8::192.0.2.1,') },
    'hops of IPv4': { client: fill('192.0.2.1,') },
    commas: { client: fill(',') },
    blanks: { client: `10.1.2.3,${fill(' ')}x` },
    brackets: { client: fill('[') },
    digits: { client: fill('1') },
    '250 fields': { client: `10.1.2.3\r\n${numbered(() => 'X-Forwarded-For: 192.0.2.1', 249)}` },
  },
  Forwarded: {
    'hops of IPv6': { client: `${fill(`for="${ownV6}",`, 5_200)}for=10.1.2.3` },
    'more hops than are read': { client: fill(`for="${ownV6}",`) },
    'unknown pairs': { client: `${fill('a=b;', 390)}for=10.1.2.3` },
    'a long quoted value': { client: `for="${fill('\\a')}"` },
    'a quote that does not end': { client: `for="${fill('a')}` },
    'a long name': { client: fill('a') },
    commas: { client: `${fill(',')}for=10.1.2.3` },
    blanks: { client: `${fill(' ')}x` },
  },
}

const otherRows: Rows = {
  'a query of separators': { url: `/photo?${fill('&')}` },
  'many email=': { url: `/photo?${fill('email=joe@acme.example&')}` },
  'nearly email=': { url: `/photo?${fill('emai&')}` },
  'an encoded email=': { url: `/photo?${fill('&%65%6d%61%69')}` },
  'a long encoded email=': { url: `/photo?email=${fill('%41')}` },
  'unknown query parameters': { url: `${path}?${fill('&')}` },
  'a path of escapes': { url: `/${fill('%41')}.jpg` },
  'a path of encoded UTF-8': { url: `/${fill('%c3%bc')}.jpg` },
  'a path of encoded percent signs': { url: `/${fill('%25')}` },
  'a path that is nearly an address': { url: `/${fill('a.')}@acme.example.jpg` },
  'an address of many stars': { url: `/${fill('e', 230)}@acme.example.jpg` },
  'a domain in Unicode': { url: `/a@${fill('%c3%bc.', 240)}example.jpg` },
  'a domain in punycode': { url: `/a@${fill('xn--a-0fa.', 230)}example.jpg` },
  'a path of slashes': { url: fill('/') },
  'a path of texts that may be secrets': { url: `/${fill('aB3/')}` },
  'an absolute URL': { url: `http://${fill('a')}${path}` },
  'many schemes': { url: fill('http://a') },
  'cookies that no rule asks for': cookies('other=%zz;'),
  'short cookies that no rule asks for': cookies('a=;'),
  'other cookies with names of the same length': cookies('xhib_=;'),
  'cookies without a name': cookies('=;'),
  'cookies without a pair': cookies(';'),
  'cookies that a rule asks for': cookies('LtpaToken2=;'),
  'the same, badly encoded': cookies('LtpaToken2=%zz;'),
  'the same, with bytes that are not UTF-8': cookies('STPluginActivePage=%ff;'),
  'cookies by the beginning of their name': cookies('shib_=;'),
  'the same, not decodable': cookies('shib_=%ff;'),
  'one long encoded cookie': { more: `Cookie: LtpaToken2=${fill('%c3%bc', 8_000)}\r\n` },
  'one long cookie': { more: `Cookie: STPluginActivePage=${fill('stMeetingroo', 8_000)}\r\n` },
  'many Cookie fields': { more: fill('Cookie: shib_=%zz\r\n', 4_500) },
  'more cookies than are read': cookies('LtpaToken2=%zz;', 15_700),
  '240 fields': { more: numbered(at => `a${at}:`, 240) },
  '240 fields of some length': { more: numbered(at => `a${at}: ${fill('x', 50)}`, 240) },
  '250 fields of one name': { more: numbered(() => `a: ${fill('x', 50)}`, 250) },
  'more fields than are allowed': { more: numbered(() => 'a:', 3_900) },
  'many entity tags': field('If-None-Match', '"",', '""'),
  'many weak entity tags': field('If-Match', 'W/"a",', '""'),
  'commas for entity tags': field('If-None-Match', ',', '""'),
  'blanks for entity tags': field('If-None-Match', ' ', '""'),
  'many ranges': field('Range', '0-0,'),
  'a range of digits': field('Range', '1', '-'),
  'a range of blanks': { more: `Range: bytes=${fill('\t')}x\r\n` },
  'a long If-Range': { more: `Range: bytes=0-\r\nIf-Range: ${fill('"a"')}\r\n` },
  'a long date': field('If-Modified-Since', 'Sun, 06 Nov 1994 08:49:37 GMT '),
  'a long Accept': field('Accept', '*/*;q=0,'),
  'a long Connection': field('Connection', ',   '),
  'a Connection that nearly names the header': field('Connection', 'x-forwarded-fo,'),
  'a long Expect': field('Expect', '100-continu '),
  'a long Upgrade': field('Upgrade', 'a,'),
  'a long TE': field('TE', 'a,'),
  'a long user agent': field('User-Agent', 'aB3/x '),
  'a long Host': { host: fill('a.') },
  'the worst of all parts': {
    url: `/photo?email=${fill('%41', 300)}`,
    client: fill(`${ownV6},`, 1_000),
    more: `${numbered(at => `a${at}:`, 240)}Cookie: ${fill('shib_=%zz;', 700)}${fill('xhib_=;', 7_400)}\r\nConnection: ${fill(',   ', 2_800)}\r\n`,
  },
}

const repeat = startRepeatingClient(t)
const home = t.testdir({})

for (const [header, rows] of Object.entries(clientRows)) {
  t.test(`no request costs much more than a plain one: ${header}`, async t => {
    const gate = await startGate(t, {
      config: `${proxies}\nclientHeader: ${header}\n${rules}`,
    })
    await judge(t, { gate, header, rows })
  })
}

t.test('no request costs much more than a plain one: other rows', async t => {
  const gate = await startGate(t, { config: `${proxies}\n${rules}` })
  const answer = await gate.ask(path, { headers: { 'x-forwarded-for': '10.1.2.3' } })
  const rows = {
    ...otherRows,
    'a list that is not of tags': field('If-None-Match', '"",', `${answer.headers.etag} x`),
    "the photo's own tag many times": field('If-Match', `W/${answer.headers.etag},`, '""'),
  }
  await judge(t, { gate, header: 'X-Forwarded-For', rows })
})

t.test('links and guest passes', async t => {
  const secret = randomBytes(32)
  const file = join(home, 'link.secret')
  writeSecret(file, secret.toString('base64'))
  const gate = await startGate(t, {
    config: `${proxies}
links: { secrets: [${file}] }
allow:
  - { name: links, link: signed }
  - { name: guests, pass: signed }
  - { name: office, from: [10.0.0.0/8] }`,
  })
  const globs = Array.from({ length: 20 }, (_, at) => `*@${'department'.repeat(3)}${at}.example`)
  const terms = { photos: globs, expires: Math.floor(Date.now() / 1000) + 3_600 }
  const { text: good } = signPass(buildLinkKeys([secret]), terms)
  const forged = `${good.slice(0, -2)}AA`
  const cookie = `__Host-photogate-pass=${forged}; `
  await t.test('no request costs much more than a plain one', async t => {
    const rows: Rows = {
      'as many forged passes as are read': { more: `Cookie: ${fill(cookie, 8_100)}\r\n` },
      'many empty passes': cookies('__Host-photogate-pass=;'),
      'what is nearly the name of a pass': cookies('_Host-photogate-pass=;'),
      'passes in a value': cookies('a=__Host-photogate-pass=x'),
      'blanks before a pass': {
        more: `Cookie: a=b;${fill(' ', 8_000)}__Host-photogate-pass=x\r\n`,
      },
      'many exp=': { url: `${path}?${fill('exp=&')}` },
      'many sig=': { url: `${path}?${fill('sig=1&exp=2&')}` },
      'nearly exp=': { url: `${path}?${fill('ex&')}` },
      'a forged link': { url: `${path}?exp=9999999999&sig=${good.slice(0, 48)}` },
    }
    await judge(t, { gate, header: 'X-Forwarded-For', rows })
  })
  await t.test('the page of passes costs no more than turning away', async t => {
    const raw = (url: string) =>
      `GET ${url} HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.7\r\n\r\n`
    const turnedAway = new Measurement(gate.port, raw(path))
    const pages = {
      'a good pass': `/-/pass?p=${good}`,
      'a forged pass': `/-/pass?p=${forged}`,
      'no pass': '/-/pass',
      'a pass that is too long': `/-/pass?p=${fill('A')}`,
      'many p=': `/-/pass?${fill('p=&')}`,
      'many others': `/-/pass?${fill('q&')}`,
    }
    const all = Object.entries(pages).map(
      ([title, url]) => [title, new Measurement(gate.port, raw(url))] as const,
    )
    for (let round = 0; round <= rounds; round++) {
      for (const each of [turnedAway, ...all.map(([, of]) => of)]) await each.take(round > 0)
    }
    for (const [title, of] of all) {
      const ratio = of.min() / turnedAway.middle()
      t.ok(ratio <= 2, `${title}: ${ratio.toFixed(2)} requests that are turned away`)
    }
  })
})

interface Case {
  readonly gate: GateFixture
  readonly header: string
  readonly rows: Rows
}

async function judge(t: Test, { gate, header, rows }: Case): Promise<void> {
  const build = ({ url = path, host = 'photos.acme.example', client, more = '' }: Parts) =>
    `GET ${url} HTTP/1.1\r\nHost: ${host}\r\n${header}: ${client ?? naming[header]}\r\n${more}\r\n`
  const raws = new Map(Object.entries(rows).map(([title, parts]) => [title, build(parts)]))
  const plain = new Measurement(gate.port, build({}))
  const closing = new Measurement(gate.port, build({ more: 'Connection: close\r\n' }))
  const all = [...raws].map(([title, raw]) => ({ title, of: new Measurement(gate.port, raw) }))
  for (let round = 0; round <= rounds; round++) {
    for (const each of [plain, closing, ...all.map(({ of }) => of)]) await each.take(round > 0)
  }
  for (const { title, of } of all) {
    const yardstick = of.isClosing ? closing : plain
    // The best of several measurements, because the others include other work of the machine.
    const ratio = of.min() / yardstick.middle()
    const statuses = Object.keys(of.statuses)
    t.ok(ratio <= maxRatio, `${title}: ${ratio.toFixed(1)} plain ones, answered ${statuses}`)
    t.ok(statuses.length === 1 && Number(statuses[0]) < 500, `${title}: ${statuses}`)
  }
}

const naming: Record<string, string> = {
  'X-Forwarded-For': '10.1.2.3',
  Forwarded: 'for=10.1.2.3',
}

/** The CPU time of one request in microseconds, measured repeatedly. */
class Measurement {
  readonly #port: number
  readonly #raw: string
  readonly #micros: number[] = []
  readonly statuses: Record<string, number> = {}
  isClosing = false

  constructor(port: number, raw: string) {
    this.#port = port
    this.#raw = raw
  }

  async take(isKept: boolean): Promise<void> {
    const before = process.cpuUsage()
    const { statuses, isClosing } = await repeat({ port: this.#port, raw: this.#raw, count: each })
    const { user, system } = process.cpuUsage(before)
    if (isKept) this.#micros.push((user + system) / each)
    Object.assign(this.statuses, statuses)
    this.isClosing = isClosing
  }

  min(): number {
    return Math.min(...this.#micros)
  }

  middle(): number {
    return this.#micros.sort((a, b) => a - b)[Math.floor(rounds / 2)] as number
  }
}
