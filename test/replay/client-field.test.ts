// The client of a line when the old server was behind a balancer. In logs from the field, the balancer was taken for
// every client.
import t from 'tap'
import type { ReplayOptions } from '../../src/replay/replay.ts'
import { buildReplay } from '../../src/replay/replay.ts'
import { openConfigHome } from '../fixtures/config.ts'

const home = openConfigHome(t)
const rules = 'allow: [{ name: client, from: 198.51.100.7 }, { name: balancer, from: 10.0.0.0/8 }]'
const alone = home.settings(rules)
const behind = home.settings(`${rules}\nproxies: [127.0.0.1, 10.0.0.5, 10.9.9.9]`)

const time = '[26/Nov/2026:02:00:00 +0000]'
const request = `${time} "GET /joe@acme.example.jpg HTTP/1.1" 200 5`
const client = '198.51.100.7'
const balancer = '10.0.0.5'

type Options = Partial<ReplayOptions>

function resultOf(lines: readonly string[], options: Options = {}) {
  const replay = buildReplay({ settings: alone, ...options })
  const log = replay.begin('access_log')
  for (const line of lines) log.push(line)
  log.end()
  return replay.result(10)
}

/** The rule that admits each line, or its other outcome. */
function outcomeOf(lines: readonly string[], options: Options = {}): (string | null)[] {
  const { totals, lines: counts, logs } = resultOf(lines, options)
  const names = totals.rules.flatMap(({ name, requests }) => new Array<string>(requests).fill(name))
  const unknown = Object.values(totals.outcomes).reduce((sum, row) => sum + row.unknown, 0)
  return [
    ...names,
    ...new Array<string>(totals.turnedAway.requests).fill('away'),
    ...new Array<string>(unknown).fill('unknown'),
    ...new Array<string>(counts.notUnderstood).fill('not understood'),
    `field ${logs[0]?.clientField ?? 'none'}`,
  ]
}

const nginx = (forwarded: string, from = balancer) =>
  `${from} - - ${request} "-" "Mozilla/5.0 (X11)" "${forwarded}"`

t.test('the balancer is not taken for the client', async t => {
  const rows: [string, string[], string[]][] = [
    ['%{X-Forwarded-For}i %h', [`${client} ${balancer} - - ${request}`], ['client', 'field 1']],
    ['… with a port', [`${client}:51234 ${balancer} - - ${request}`], ['client', 'field 1']],
    ['… in quotes', [`"${client}" ${balancer} - - ${request}`], ['client', 'field 1']],
    ['… a list', [`8.8.8.8, ${client} ${balancer} - - ${request}`], ['client', 'field 1']],
    [
      '… a list without blanks',
      [`8.8.8.8,${client} ${balancer} - - ${request}`],
      ['client', 'field 1'],
    ],
    ['… with a user', [`${client} ${balancer} - joe w. bloggs ${request}`], ['client', 'field 1']],
    [
      '… and a balancer by name',
      [`${client} lb.acme.example - - ${request}`],
      ['client', 'field 1'],
    ],
    ['… IPv6', [`2001:db8::7 ${balancer} - - ${request}`], ['away', 'field 1']],
    [
      '… where some clients come without it',
      [`- ${balancer} - - ${request}`, `${client} ${balancer} - - ${request}`],
      ['client', 'balancer', 'field 1'],
    ],
    [
      '… behind a virtual host',
      [`www.acme.example:443 ${client} ${balancer} - - ${request}`],
      ['client', 'field 2'],
    ],
    ['… in place of %h', [`8.8.8.8, ${client} - - ${request}`], ['client', 'field none']],
    ["nginx's last field", [nginx(client)], ['client', 'field 10']],
    ['… a list', [nginx(`8.8.8.8, ${client}`)], ['client', 'field 10']],
    [
      "Apache's, without an agent",
      [`${balancer} - - ${request} "${client}"`],
      ['client', 'field 8'],
    ],
    ['… and then cookies', [`${nginx(client)} "a=b"`], ['client', 'field 10']],
  ]
  for (const [title, lines, expected] of rows) {
    await t.test(title, async t => {
      t.strictSame(outcomeOf(lines), expected)
    })
  }
})

t.test('behind proxies of the configuration the client is read as the gate reads it', async t => {
  const rows: [string, string, string[]][] = [
    ['before %h', `${client} ${balancer} - - ${request}`, ['client', 'field 1']],
    ['behind %h', `${balancer} ${client} - - ${request}`, ['client', 'field none']],
    ['over two', `${client}, 10.9.9.9 ${balancer} - - ${request}`, ['client', 'field 1']],
    ['at the end', nginx(`8.8.8.8, ${client}, 10.9.9.9`), ['client', 'field 10']],
    ['a client that claims another address', nginx(`${client}, 8.8.8.8`), ['away', 'field 10']],
    ['proxies only', nginx('10.9.9.9'), ['unknown', 'field 10']],
  ]
  for (const [title, line, expected] of rows) {
    await t.test(title, async t => {
      t.strictSame(outcomeOf([line], { settings: behind }), expected)
    })
  }
  await t.test('also when most lines name no client', async t => {
    const lines = [nginx(client), ...new Array<string>(4).fill(nginx('-', '10.1.1.1'))]
    t.strictSame(outcomeOf(lines, { settings: behind }).slice(0, 2), ['client', 'balancer'])
  })
})

t.test('an item that only looks like a client is not taken for it', async t => {
  const rows: [string, string[], string[]][] = [
    [
      'a header that few clients send',
      [nginx(client), ...['1', '2', '3'].map(n => nginx('-', `8.8.8.${n}`))],
      ['balancer', 'away', 'away', 'away', 'field none'],
    ],
    ['an agent', [`${balancer} - - ${request} "-" "${client}"`], ['balancer', 'field none']],
    ['a referer', [`${balancer} - - ${request} "${client}" "x"`], ['balancer', 'field none']],
    [
      'a virtual host by address',
      [`10.0.0.1:443 ${client} - - ${request}`],
      ['client', 'field none'],
    ],
    [
      'a virtual host by address, of two clients',
      [`10.0.0.1 ${client} - - ${request}`, `10.0.0.1 8.8.8.8 - - ${request}`],
      ['client', 'away', 'field none'],
    ],
    ['%h alone, with a port', [`10.1.2.3:51234 - - ${request}`], ['balancer', 'field none']],
    ['%h alone, in brackets', [`[2001:db8::7]:443 - - ${request}`], ['away', 'field none']],
    [
      'a user whose name looks like an address',
      [`${client} - 10.0.0.1 - x ${request}`],
      ['client', 'field none'],
    ],
    ['cookies first', [`"a=b; c=1" ${client} - - ${request}`], ['not understood', 'field none']],
  ]
  for (const [title, lines, expected] of rows) {
    await t.test(title, async t => {
      t.strictSame(outcomeOf(lines), expected)
    })
  }
})

t.test('the item that the administrator names is the client', async t => {
  const rows: [string, string, number, string[]][] = [
    ['the first', `${client} ${balancer} - - ${request}`, 1, ['client', 'field 1']],
    ['the second, %h', `${client} ${balancer} - - ${request}`, 2, ['balancer', 'field none']],
    ['the second behind %h', `${balancer} ${client} - - ${request}`, 2, ['client', 'field none']],
    [
      'one behind a virtual host',
      `a:80 ${client} ${balancer} - - ${request}`,
      2,
      ['client', 'field 2'],
    ],
    ['the agent', `${balancer} - - ${request} "-" "${client}"`, 9, ['client', 'field 9']],
    ['one without quotes', `${balancer} - - ${request} ${client} x`, 8, ['client', 'field 8']],
    ['the last', nginx(client), 10, ['client', 'field 10']],
    ['the last, which is empty', nginx('-'), 10, ['balancer', 'field 10']],
    ['an item that the line does not have', nginx(client), 11, ['unknown', 'field 11']],
    ['the user', nginx(client), 3, ['unknown', 'field 3']],
  ]
  for (const [title, line, clientField, expected] of rows) {
    await t.test(title, async t => {
      t.strictSame(outcomeOf([line], { clientField }), expected)
      const isEmpty = expected[0] === 'unknown' || line === nginx('-')
      t.equal(resultOf([line], { clientField }).clientFieldIsEmpty, isEmpty)
    })
  }
})

t.test('a balancer that is not in proxies is reported', async t => {
  const lines = [nginx(client), nginx(client), nginx(client, '10.0.0.6')]
  t.strictSame(resultOf(lines).unknownFronts, { addresses: [balancer, '10.0.0.6'], requests: 3 })
  t.strictSame(resultOf(lines, { settings: behind }).unknownFronts, {
    addresses: ['10.0.0.6'],
    requests: 1,
  })
})

t.test('the cookie field is counted behind the header, too', async t => {
  const settings = home.settings('allow: [{ name: in, cookie: A }]')
  const line = `${client} ${balancer} - - ${request} "-" "agent" "A=1"`
  t.equal(resultOf([line], { settings }).logs[0]?.cookieField, 11)
  t.equal(resultOf([line], { settings, cookieField: 11 }).totals.rules[0]?.requests, 1)
})
