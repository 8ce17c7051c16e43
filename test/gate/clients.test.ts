// The client's network address, over real connections whose peers are addresses of 127/8.
import t from 'tap'
import { maxFields } from '../../src/gate/early-answer.ts'
import { buildAccessLog } from '../fixtures/access-lines.ts'
import { sendRaw } from '../fixtures/client.ts'
import { startGate } from '../fixtures/gate.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

t.jobs = 4

const front = '127.0.0.5'
const rules = 'allow: [{ name: office, from: [10.0.0.0/8, 127.0.0.0/30] }]'
const headers = ['x-forwarded-for', 'forwarded', 'x-real-ip', '$wsra'] as const
const photo = '/joe@acme.example.jpg'

for (const clientHeader of headers) {
  const bracketed = (address: string) => (address.includes('::') ? `[${address}]` : address)
  const say = (address: string) =>
    clientHeader === 'forwarded' ? `for="${bracketed(address)}"` : address

  t.test(`${clientHeader} of a front is trusted, and no other header`, async t => {
    const gate = await startGate(t, {
      config: `proxies: [${front}, 127.0.0.6]\nclientHeader: ${clientHeader}\n${rules}`,
    })
    const decide = async (sent: Record<string, string | string[]>, from = front) => {
      const { status } = await gate.ask(photo, { from, headers: sent })
      const { client, peer, rule, reason } = gate.requests().at(-1) ?? {}
      t.equal(peer, from)
      return { status, client, rule, reason }
    }
    const away = { status: 302, rule: 'turned-away' }

    t.strictSame(
      await decide({}),
      { ...away, client: null, reason: 'client-header-missing' },
      'a front that names no client has no client, although the front is inside the admitted network',
    )
    for (const text of ['', 'unknown', '_hid', '10.1', 'fe80::1%eth0']) {
      t.strictSame(
        await decide({ [clientHeader]: say(text) }),
        { ...away, client: null, reason: 'client-header-unparsable' },
        `"${text}"`,
      )
    }
    t.strictSame(
      await decide({ connection: `close, ${clientHeader}`, [clientHeader]: say('10.1.2.3') }),
      { ...away, client: null, reason: 'client-header-missing' },
      'CVE-2022-31813',
    )
    const others = [...headers, 'x_forwarded_for', 'x.forwarded.for', 'x-forwarded', 'client-ip']
    for (const other of others.filter(name => name !== clientHeader)) {
      t.match(await decide({ [other]: '10.1.2.3' }), { reason: 'client-header-missing' }, other)
      t.match(
        await decide({ [other]: '10.1.2.3', [clientHeader]: say('6.6.6.6') }),
        { ...away, client: '6.6.6.6' },
        `${other} beside it`,
      )
    }
    t.strictSame(await decide({ [clientHeader]: say('10.1.2.3') }), {
      status: 200,
      client: '10.1.2.3',
      rule: 'office',
      reason: 'found',
    })
    t.strictSame(await decide({ [clientHeader]: say('::ffff:10.1.2.3') }), {
      status: 200,
      client: '10.1.2.3',
      rule: 'office',
      reason: 'found',
    })
    t.match(
      await decide({ [clientHeader]: [say('6.6.6.6'), say('10.1.2.3')] }),
      {
        status: clientHeader === 'x-forwarded-for' || clientHeader === 'forwarded' ? 200 : 302,
      },
      'two headers make one list',
    )
    t.match(await decide({ [clientHeader]: [say('10.1.2.3'), say('6.6.6.6')] }), { status: 302 })

    t.strictSame(
      await decide({ [clientHeader]: say('10.1.2.3') }, '127.0.0.9'),
      { ...away, client: '127.0.0.9', reason: 'no-rule' },
      'the header of an untrusted peer is ignored',
    )
    await decide({ [clientHeader]: say('10.1.2.3') }, '127.0.0.9')
    await decide({ [clientHeader]: say('10.1.2.3') }, '127.0.0.10')
    t.strictSame(
      gate
        .lines()
        .flatMap(({ msg, peer }) => (String(msg).includes('is not in proxies') ? [peer] : [])),
      ['127.0.0.9', '127.0.0.10'],
      'the log names the ignored peer once',
    )
    t.match(
      gate.lines().find(({ msg }) => String(msg).includes('is not in proxies')),
      {
        msg: /proxies: \[127\.0\.0\.9\]/,
      },
    )
    t.strictSame(
      gate
        .lines()
        .flatMap(({ msg, reason, total }) =>
          msg !== 'request' && reason ? [[reason, total]] : [],
        ),
      [
        ['client-header-missing', 1],
        ['client-header-unparsable', 1],
      ],
      'doubts about the client are logged, but not for every request',
    )
  })
}

t.test('a chain of fronts is read from its end', async t => {
  const gate = await startGate(t, {
    config: `proxies: [${front}, 127.0.0.6, 172.16.0.0/12]\n${rules}`,
  })
  const rows: [header: string, client: string | null, status: number][] = [
    ['10.1.2.3, 6.6.6.6', '6.6.6.6', 302],
    ['10.1.2.3, 6.6.6.6, 172.16.0.1', '6.6.6.6', 302],
    ['6.6.6.6, 10.1.2.3, 172.16.0.1, 127.0.0.6', '10.1.2.3', 200],
    ['172.16.0.2, 172.16.0.1', '172.16.0.2', 302],
    ['10.1.2.3, , 172.16.0.1', null, 302],
    ['10.1.2.3:443', '10.1.2.3', 200],
    [`${'10.1.2.3,'.repeat(1700)}6.6.6.6`, '6.6.6.6', 302],
  ]
  for (const [header, client, status] of rows) {
    const answer = await gate.ask(photo, { from: front, headers: { 'x-forwarded-for': header } })
    t.equal(answer.status, status, header.slice(-60))
    t.match(gate.requests().at(-1), { client, peer: front })
  }
})

t.test('ten thousand hops are refused for their size, or read from the end', async t => {
  const gate = await startGate(t, { config: `proxies: [${front}]\n${rules}` })
  const header = `X-Forwarded-For: ${'10.1.2.3,'.repeat(10_000)}10.1.2.3`
  const raw = `GET ${photo} HTTP/1.1\r\nHost: x\r\n${header}\r\n\r\n`
  t.match(await sendRaw(gate.port, raw, { from: front }), /^HTTP\/1.1 431 /)
  await waitUntil(() => gate.requests().length > 0)
  t.equal(gate.requests().length, 1, 'one log line for one request')
  t.match(gate.requests()[0], { status: 431, client: null, peer: front })
})

t.test('a header that a front appends after many others is never dropped', async t => {
  // Node drops headers above its own limit by default; the client's own claim would remain.
  const gate = await startGate(t, { config: `proxies: [${front}]\n${rules}` })
  const ask = (fields: number) => {
    const padding = 'a:\r\n'.repeat(fields)
    const raw = `GET ${photo} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 10.1.2.3\r\n${padding}X-Forwarded-For: 6.6.6.6\r\nConnection: close\r\n\r\n`
    return sendRaw(gate.port, raw, { from: front })
  }
  t.match(await ask(maxFields - 4), /^HTTP\/1.1 302 /)
  t.match(gate.requests().at(-1), { client: '6.6.6.6', rule: 'turned-away' })
  for (const fields of [maxFields - 3, 2_500]) {
    t.match(await ask(fields), /^HTTP\/1.1 431 /)
    t.match(gate.requests().at(-1), { reason: 'bad-request', rule: null })
  }
})

t.test('an IPv4 client of a listener for both families is an IPv4 client', async t => {
  const gate = await startGate(t, { config: rules })
  const { settings } = gate
  const { startServer } = await import('../../src/server/server.ts')
  const { pino } = await import('pino')
  const texts: string[] = []
  const sink = { write: (line: string) => texts.push(line) }
  const server = await startServer(
    { ...settings, listen: [{ host: '::', port: 0 }] },
    { logger: pino({ base: null }, sink), access: buildAccessLog(sink) },
  ).catch(() => undefined)
  if (server === undefined) {
    t.pass('no IPv6 here', { skip: 'skipped: this machine has no IPv6' })
    return
  }
  t.teardown(() => server.close())
  const { ask } = await import('../fixtures/client.ts')
  const port = Number(new URL(server.urls[0] as string).port)
  await waitUntil(() => texts.some(text => text.includes('photos indexed')))
  const answer = await ask(port, photo, { from: '127.0.0.2' })
  t.equal(answer.status, 200)
  t.match(JSON.parse(texts.at(-1) as string), { client: '127.0.0.2', peer: '127.0.0.2' })
})
