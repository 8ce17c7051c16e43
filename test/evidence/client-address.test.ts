import t from 'tap'
import type { ClientHeader } from '../../src/config/settings.ts'
import { buildClientReader } from '../../src/evidence/client-address.ts'
import { parseNetworkAddress } from '../../src/policy/network-address.ts'
import { buildNetworkSet, parseNetwork } from '../../src/policy/network-set.ts'
import { fc } from '../fixtures/property.ts'

const proxies = buildNetworkSet(['10.9.0.0/16', '::1', '2001:db8:9::/48'].map(parseNetwork))
const front = parseNetworkAddress('10.9.0.1')

function read(clientHeader: ClientHeader, headers: Record<string, string>, peer = front) {
  const { address, doubt, isIgnored } = buildClientReader({ proxies, clientHeader })(peer, headers)
  return { client: address?.text, doubt, isIgnored }
}
const missing = { client: undefined, doubt: 'client-header-missing', isIgnored: false }
const unparsable = { client: undefined, doubt: 'client-header-unparsable', isIgnored: false }

t.test('a connection without an address has no client', async t => {
  const reader = buildClientReader({ proxies: undefined, clientHeader: 'x-real-ip' })
  t.match(reader(undefined, { 'x-real-ip': '1.2.3.4' }), { doubt: 'peer-unknown' })
})

/** RFC 7239: IPv6 in brackets. */
const nodeOf = (address: string) =>
  /^[^[]*:.*:/.test(address) ? `for="[${address}]"` : `for="${address}"`

const headers: ClientHeader[] = ['x-forwarded-for', 'forwarded', 'x-real-ip', '$wsra']

for (const header of headers) {
  const name = (address: string) => (header === 'forwarded' ? nodeOf(address) : address)

  t.test(`a proxy that sends no ${header} leaves no client`, async t => {
    t.strictSame(read(header, {}), missing)
    for (const other of headers.filter(other => other !== header)) {
      t.strictSame(read(header, { [other]: '1.2.3.4' }), missing, `${other} is not read instead`)
    }
    for (const alias of [
      'x_forwarded_for',
      'x.forwarded.for',
      'x-client-ip',
      'true-client-ip',
      'wsra',
    ]) {
      t.strictSame(read(header, { [alias]: '1.2.3.4' }), missing, `${alias} is nothing`)
    }
  })

  t.test(`CVE-2022-31813: a ${header} that Connection names counts as absent`, async t => {
    const rows = [
      header,
      `close, ${header}`,
      `close,${header.toUpperCase()}`,
      `${header} ,keep-alive`,
      `\t${header}\t`,
      `x, ,${header}`,
    ]
    for (const connection of rows) {
      t.strictSame(read(header, { connection, [header]: name('1.2.3.4') }), missing, connection)
    }
    for (const connection of [
      'close',
      'keep-alive',
      `x-${header}`,
      `${header}-x`,
      'upgrade, close, te, trailer',
    ]) {
      const { client } = read(header, { connection, [header]: name('1.2.3.4') })
      t.equal(client, '1.2.3.4', connection)
    }
  })

  t.test(`a ${header} that names no address leaves no client`, async t => {
    const rows = [
      '',
      ' ',
      ',',
      'unknown',
      '_hid',
      '10.1',
      '010.0.0.1',
      '0x0a.1',
      'fe80::1%eth0',
      'x',
    ]
    for (const text of rows) {
      t.strictSame(read(header, { [header]: text }), unparsable, `"${text}"`)
      t.strictSame(read(header, { [header]: name(text) }), unparsable, `"${name(text)}"`)
    }
  })

  t.test(`from any other peer ${header} is ignored, and that is noted`, async t => {
    const peer = parseNetworkAddress('6.6.6.6')
    const expected = { client: '6.6.6.6', doubt: undefined }
    t.strictSame(read(header, { [header]: name('1.2.3.4') }, peer), {
      ...expected,
      isIgnored: true,
    })
    t.strictSame(read(header, { [header]: 'rubbish' }, peer), { ...expected, isIgnored: true })
    t.strictSame(read(header, {}, peer), { ...expected, isIgnored: false })
    const bare = buildClientReader({ proxies: undefined, clientHeader: header })
    t.match(bare(front, { [header]: name('1.2.3.4') }), {
      address: { text: '10.9.0.1' },
      isIgnored: true,
    })
  })

  t.test(`${header} names the client, also with a port and as IPv6`, async t => {
    const rows = [
      ['1.2.3.4', '1.2.3.4'],
      ['1.2.3.4:80', '1.2.3.4'],
      ['2001:db8::1', '2001:db8::1'],
      ['[2001:db8::1]:443', '2001:db8::1'],
      ['::ffff:1.2.3.4', '1.2.3.4'],
    ] as const
    for (const [text, client] of rows) {
      const expected = { client, doubt: undefined, isIgnored: false }
      t.strictSame(read(header, { [header]: name(text) }), expected, text)
    }
  })
}

t.test('x-forwarded-for: the part that clients wrote is not read, however long it is', async t => {
  const far = [...Array(10_000).fill('10.0.0.1'), '6.6.6.6', '10.9.1.1'].join(',')
  t.equal(read('x-forwarded-for', { 'x-forwarded-for': far }).client, '6.6.6.6')
})

t.test('0.0.0.0 and :: are not clients', async t => {
  for (const header of headers) {
    for (const text of ['0.0.0.0', '::', '::ffff:0.0.0.0', '0.0.0.0:80', '[::]:80']) {
      const value = header === 'forwarded' ? nodeOf(text) : text
      t.strictSame(read(header, { [header]: value }), unparsable, `${header}: ${value}`)
    }
  }
  for (const text of ['0.0.0.0', '::']) {
    const peer = parseNetworkAddress(text)
    t.match(read('x-real-ip', {}, peer), { client: undefined, doubt: 'peer-unknown' }, text)
  }
})

for (const header of ['x-forwarded-for', 'forwarded'] as const) {
  const list = (hops: string[]) =>
    hops.map(hop => (header === 'forwarded' ? nodeOf(hop) : hop)).join(', ')
  const rows: [title: string, hops: string[], client: string | undefined][] = [
    ['the last stranger wins over what stands left of it', ['10.0.0.1', '6.6.6.6'], '6.6.6.6'],
    ['proxies at the end are skipped', ['1.1.1.1', '6.6.6.6', '10.9.1.1', '10.9.1.2'], '6.6.6.6'],
    ['a proxy left of a stranger is not reached', ['10.9.1.1', '6.6.6.6'], '6.6.6.6'],
    ['proxies alone: the first of them', ['10.9.1.1', '10.9.1.2'], '10.9.1.1'],
    ['IPv6 proxies too', ['6.6.6.6', '2001:db8:9::1', '::1'], '6.6.6.6'],
    ['mapped proxies too', ['6.6.6.6', '::ffff:10.9.1.1'], '6.6.6.6'],
    ['rubbish left of a stranger does no harm', ['_hid', 'unknown', '6.6.6.6'], '6.6.6.6'],
    ['rubbish at the end', ['10.0.0.1', 'unknown'], undefined],
    ['rubbish behind proxies', ['10.0.0.1', '_hid', '10.9.1.1'], undefined],
    ['an empty entry at the end', ['10.0.0.1', ''], undefined],
    ['an empty entry behind proxies', ['10.0.0.1', '', '10.9.1.1'], undefined],
    ['an empty entry first, then proxies', ['', '10.9.1.1'], undefined],
  ]
  for (const [title, hops, client] of rows) {
    t.test(`${header}: ${title}`, async t =>
      t.equal(read(header, { [header]: list(hops) }).client, client),
    )
  }

  t.test(`${header}: at most twenty proxies are skipped`, async t => {
    const proxiesOf = (count: number) => Array(count).fill('10.9.1.1')
    for (const [hops, client] of [
      [['10.0.0.1', '6.6.6.6', ...proxiesOf(19)], '6.6.6.6'],
      [['10.0.0.1', '6.6.6.6', ...proxiesOf(20)], undefined],
      [proxiesOf(20), '10.9.1.1'],
      [proxiesOf(21), undefined],
      [proxiesOf(10_000), undefined],
    ] as const) {
      t.equal(read(header, { [header]: list([...hops]) }).client, client, `${hops.length}`)
    }
  })

  t.test(
    `${header}: whatever a client sends, it is what the front appended that counts`,
    async () => {
      const word = header === 'forwarded' ? 'for=6.6.6.6' : '6.6.6.6'
      const spoof = fc.oneof(
        fc.string(),
        fc
          .array(fc.constantFrom('10.0.0.1', '10.9.1.1', 'for=10.0.0.1', ',', ';', '"', ' '))
          .map(all => all.join('')),
      )
      fc.assert(
        fc.property(spoof, spoofed => {
          const { client } = read(header, { [header]: `${spoofed}, ${word}` })
          return client === '6.6.6.6' || (header === 'forwarded' && client === undefined)
        }),
        { numRuns: 3_000 },
      )
    },
  )
}

t.test('x-forwarded-for in odd spelling', async t => {
  const rows = [
    [',6.6.6.6', '6.6.6.6'],
    [' 6.6.6.6 ', '6.6.6.6'],
    ['10.0.0.1,6.6.6.6', '6.6.6.6'],
    ['6.6.6.6,', undefined],
    [',', undefined],
    [',10.9.1.1', undefined],
    [', ,10.9.1.1', undefined],
    ['6.6.6.6;10.9.1.1', undefined],
  ] as const
  for (const [text, client] of rows) {
    t.test(text, async t =>
      t.equal(read('x-forwarded-for', { 'x-forwarded-for': text }).client, client),
    )
  }
})

t.test('x-real-ip and $wsra name one address: a list is unparsable', async t => {
  for (const header of ['x-real-ip', '$wsra'] as const) {
    t.strictSame(read(header, { [header]: '10.0.0.1, 6.6.6.6' }), unparsable)
    t.equal(read(header, { [header]: ' 6.6.6.6 ' }).client, '6.6.6.6')
  }
})
