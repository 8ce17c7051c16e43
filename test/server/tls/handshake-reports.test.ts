// Lines on failed handshakes are few, whatever clients do, and none is lost without a word.
import t from 'tap'
import type { HandshakeReason } from '../../../src/server/tls/handshake-failure.ts'
import { buildHandshakeReports } from '../../../src/server/tls/handshake-reports.ts'

const settings = {
  certificates: [],
  minVersion: 'TLSv1.2',
  ciphers: '',
  cipherNames: ['A'],
  alpn: [],
  clientAuthority: undefined,
  needsClientCert: false,
} as const

function start(limits = { quietMs: 60_000, perSecond: 3, maxClients: 100 }) {
  const lines: { details: Record<string, unknown>; text: string }[] = []
  const clock = { ms: 0 }
  const warn = ((details: Record<string, unknown>, text: string) =>
    lines.push({ details, text })) as never
  const reports = buildHandshakeReports({ warn }, { now: () => clock.ms, limits })
  const fail = (peer: string | undefined, reason: HandshakeReason = 'not-tls') =>
    reports.report({ reason, text: 'why', peer, settings, first: { kind: 'other' } })
  return { lines, clock, fail }
}

t.test('the same reason of the same client is logged once a minute, with a count', async t => {
  const { lines, clock, fail } = start()
  for (let count = 0; count < 5; count++) fail('192.0.2.1')
  t.equal(lines.length, 1)
  t.match(lines[0], {
    details: { reason: 'not-tls', peer: '192.0.2.1' },
    text: 'TLS handshake failed: why',
  })
  t.notOk('unlogged' in (lines[0]?.details ?? {}))
  fail('192.0.2.1', 'timeout')
  t.equal(lines.length, 2, 'another reason')
  clock.ms = 60_001
  fail('192.0.2.1')
  t.match(lines[2]?.details, { unlogged: 4 })
})

t.test('all addresses of an IPv6 /64 are one client', async t => {
  const { lines, fail } = start()
  for (let at = 1; at < 9; at++) fail(`2001:db8::${at}`)
  t.equal(lines.length, 1)
  fail('2001:db8:0:1::1')
  t.equal(lines.length, 2)
})

t.test(
  'many clients together get a few lines a second, and a line that counts the others',
  async t => {
    const { lines, clock, fail } = start()
    for (let at = 0; at < 50; at++) fail(`192.0.2.${at}`)
    t.equal(lines.length, 3)
    clock.ms = 1_000
    fail('198.51.100.1')
    t.match(lines[3], {
      details: { unlogged: 47 },
      text: /^47 more TLS handshakes of other clients/,
    })
    t.equal(lines.length, 5)
  },
)

t.test('a client whose address is not known is logged too', async t => {
  const { lines, fail } = start()
  fail(undefined)
  t.match(lines, [{ details: { peer: null } }])
})
