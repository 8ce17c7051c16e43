// Published attacks on how a server determines its client: forwarding headers, cookies, network addresses.
import t from 'tap'
import { canary, front, head, photo, startAttackedGate } from '../fixtures/attacked-gate.ts'
import { sendRaw } from '../fixtures/client.ts'

const { gate, hasNoFault, refuses } = await startAttackedGate(t)
const { port } = gate

refuses('a front that is told to drop its own header (CVE-2022-31813)', [
  ['no header', head(photo), front],
  [
    'Connection names it',
    `GET ${photo} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 10.0.0.1\r\nConnection: close, X-Forwarded-For\r\n\r\n`,
    front,
  ],
  [
    'in two Connection headers',
    head(photo, 'Connection: x-forwarded-FOR', 'X-Forwarded-For: 10.0.0.1'),
    front,
  ],
])

refuses('a spoofed left part of the list and spoofed original URLs (CVE-2026-40575)', [
  ['left-most', head(photo, 'X-Forwarded-For: 10.0.0.1, 6.6.6.6'), front],
  ['direct', head(photo, 'X-Forwarded-For: 10.0.0.1')],
  ...[
    'X-Forwarded-Uri',
    'X-Original-URI',
    'X-Original-URL',
    'X-Rewrite-URL',
    'X-Auth-Request-Redirect',
  ].map((name): [string, string] => [name, head(photo, `${name}: /-/healthz?${canary}`)]),
])

refuses('a host from the request (CVE-2026-3635, CVE-2026-16732)', [
  ['X-Forwarded-Host', head(photo, `X-Forwarded-Host: ${canary}.example`)],
  ['X-Forwarded-Proto', head(photo, `X-Forwarded-Proto: ${canary}`)],
  ['X-Forwarded-Prefix', head(photo, `X-Forwarded-Prefix: /${canary}`)],
  ['Forwarded', head(photo, `Forwarded: for=10.0.0.1;host=${canary}.example;proto=http`)],
  ['Host', `GET ${photo} HTTP/1.1\r\nHost: ${canary}.example\r\nConnection: close\r\n\r\n`],
  [
    'Host with a path',
    `GET ${photo} HTTP/1.1\r\nHost: x/../${canary}?#\r\nConnection: close\r\n\r\n`,
  ],
  ['no Host', `GET ${photo} HTTP/1.1\r\nConnection: close\r\n\r\n`],
  ['two Hosts', head(photo, `Host: ${canary}`)],
  ['Host of HTTP/1.0', `GET ${photo} HTTP/1.0\r\nHost: ${canary}\r\n\r\n`],
])

refuses('several headers of one name (CVE-2026-26308)', [
  ['two empty cookies', head(photo, 'Cookie: LtpaToken2=', 'Cookie: LtpaToken2=')],
  ['a cookie cut in two', head(photo, 'Cookie: Ltpa', 'Cookie: Token2=1')],
  [
    'two X-Forwarded-For',
    head(photo, 'X-Forwarded-For: 10.0.0.1', 'X-Forwarded-For: 6.6.6.6'),
    front,
  ],
  [
    'two X-Forwarded-For, one empty',
    head(photo, 'X-Forwarded-For: 10.0.0.1', 'X-Forwarded-For:'),
    front,
  ],
])

refuses('cookies that resemble the admitted one (CVE-2024-47764, ls-hpack#22, "Cookie Chaos")', [
  ['Unicode space before the name', head(photo, 'Cookie: \u00e2\u0080\u0083LtpaToken2=1')],
  ['no-break space before the name', head(photo, 'Cookie: \u00a0LtpaToken2=1')],
  ['$Version with quotes', head(photo, 'Cookie: $Version=1, LtpaToken2=1')],
  ['within quotes', head(photo, 'Cookie: $Version=1; foo="LtpaToken2=1"')],
  ['tab before the colon', head(photo, 'Cookie\t: LtpaToken2=1')],
  ['tab for the blank, empty', head(photo, 'Cookie:\tLtpaToken2=\t')],
  ['longer name', head(photo, 'Cookie: xLtpaToken2=1')],
  ['empty', head(photo, 'Cookie: LtpaToken2=')],
  ['quoted and empty', head(photo, 'Cookie: LtpaToken2=""')],
  ['9 KB of cookies', head(photo, `Cookie: ${canary}=${'x'.repeat(9_000)}; LtpaToken2=1`)],
  ['Cookie2', head(photo, 'Cookie2: LtpaToken2=1')],
  ['in the query', head(`${photo}?LtpaToken2=1`)],
])

refuses('text that is not a network address (CVE-2026-26310, CVE-2021-28918, CVE-2023-42282)', [
  ...[
    '010.0.0.1',
    '10.1',
    '0x0a.1',
    '0x0a000001',
    '167772161',
    '10.0.0.1%eth0',
    'fe80::1%eth0',
    '[10.0.0.1]',
    'unknown',
    '_hid',
    '',
    ',',
    '10.0.0.1,',
    '::10.0.0.1',
    '10.0.0.1:99999999',
    '10.0.0.1 6.6.6.6',
    '"10.0.0.1"',
    '10.0.0.1/8',
    `${canary}`,
  ].map((address): [string, string, string] => [
    `"${address}"`,
    head(photo, `X-Forwarded-For: ${address}`),
    front,
  ]),
  ['a list of 1,500', head(photo, `X-Forwarded-For: ${'10.0.0.1,'.repeat(1500)}6.6.6.6`), front],
  ['a list of 10,000', head(photo, `X-Forwarded-For: ${'10.0.0.1,'.repeat(10_000)}6.6.6.6`), front],
])

t.test('spellings of an admitted network address are admitted', async t => {
  for (const address of [
    '10.0.0.1',
    '10.0.0.1:80',
    '::ffff:10.0.0.1',
    '[::ffff:a00:1]:443',
    '::ffff:a00:1',
  ]) {
    const raw = head(photo, `X-Forwarded-For: ${address}`)
    t.match(await sendRaw(port, raw, { from: front }), /^HTTP\/1\.1 200 /, address)
  }
})

hasNoFault()
