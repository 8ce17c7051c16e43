import t from 'tap'
import { formatAccess } from '../../src/gate/access-log.ts'
import type { AccessRecord } from '../../src/gate/access-record.ts'
import { fc } from '../fixtures/property.ts'

const record: AccessRecord = {
  timeMs: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
  client: '10.0.0.1',
  peer: '127.0.0.1',
  method: 'GET',
  address: 'joe@acme.example',
  status: 200,
  rule: 'offices',
  reason: 'found',
  bytes: 274,
  milliseconds: 1.23456,
  userAgent: 'HCL Sametime/12',
  isAborted: false,
}

t.test('a line is one JSON object about one request', async t => {
  const line = formatAccess(record)
  t.ok(line.endsWith('}\n'))
  t.strictSame(JSON.parse(line), {
    level: 'info',
    time: '2026-01-02T03:04:05.006Z',
    msg: 'request',
    client: '10.0.0.1',
    peer: '127.0.0.1',
    method: 'GET',
    address: 'joe@acme.example',
    status: 200,
    rule: 'offices',
    reason: 'found',
    bytes: 274,
    milliseconds: 1.235,
    userAgent: 'HCL Sametime/12',
  })
})

t.test('unknown values are null, and an aborted request says so', async t => {
  const nobody = { client: null, peer: null, method: null, address: null, rule: null }
  const nothing = { ...nobody, userAgent: null }
  t.match(JSON.parse(formatAccess({ ...record, ...nothing, isAborted: true })), {
    ...nothing,
    aborted: true,
  })
})

t.test('a line has the time of its request, even for two requests in one millisecond', async t => {
  for (const timeMs of [1, 1, 2, 1]) {
    t.equal(JSON.parse(formatAccess({ ...record, timeMs })).time, new Date(timeMs).toISOString())
  }
})

t.test('no address breaks the line', async () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), address => {
      const line = formatAccess({ ...record, address })
      return line.indexOf('\n') === line.length - 1 && JSON.parse(line).address === address
    }),
  )
})

t.test('no path or user agent breaks the line or controls the terminal that shows it', async () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      const line = formatAccess({ ...record, url: `/${text}`, userAgent: text })
      const { path, userAgent } = JSON.parse(line)
      if (/[\p{C}\p{Zl}\p{Zp}]/u.test(line.trimEnd())) return false
      return userAgent === text && path === `/${text.replace(/[?#;=].*/s, '')}`
    }),
  )
})

t.test('a token is logged by its identity, or by the reason of its refusal', async t => {
  const joe = {
    ...({ format: 'LtpaToken2', realm: 'acme', user: 'uid="joe"\n,o=acme' } as const),
    ...{ keyId: '0123abcd', expiresMs: Date.UTC(2026, 0, 1) },
  }
  const said = (token: AccessRecord['token']) =>
    JSON.parse(formatAccess({ ...record, token })).token
  const { expiresMs, ...parts } = joe
  const shown = { ...parts, expires: '2026-01-01T00:00:00.000Z' }
  t.strictSame(said(joe), shown)
  t.strictSame(said(joe), shown)
  t.strictSame(said({ refused: 'not-authentic' }), { refused: 'not-authentic' })
  t.strictSame(said({ ...joe, refused: 'expired' }), { refused: 'expired', ...shown })
  t.equal(said({ ...joe, expiresMs: 999_999_999_999_999 }).expires, '+033658-09-27T01:46:39.999Z')
  t.equal(said(undefined), undefined)
})

t.test('a name from a token cannot control the terminal that shows the log', async t => {
  const token = {
    ...({
      format: 'LtpaToken2',
      realm: 'a\u202ecme\u2028',
      user: 'joe\u001b[2J\u009b\u{e0041}\u007f',
    } as const),
    ...{ keyId: '0123abcd', expiresMs: 0, refused: 'wrong-realm' as const },
  }
  const line = formatAccess({ ...record, token })
  t.notMatch(line.trimEnd(), /[\p{C}\p{Zl}\p{Zp}]/u)
  const { realm, user } = JSON.parse(line).token
  t.strictSame(
    { realm, user },
    { realm: token.realm, user: token.user },
    'the whole text can be read back',
  )
})
