// Which tokens are refused and which are accepted. mutated-tokens.test.ts changes good ones.
import t from 'tap'
import { buildDominoSecret } from '../../src/ltpa/token-domino.ts'
import type { TokenKind, VerifierOptions } from '../../src/ltpa/verifier.ts'
import { buildVerifier } from '../../src/ltpa/verifier.ts'
import { issueDomino } from '../fixtures/ltpa-issuer.ts'
import {
  defaults,
  domino,
  dominoSecret,
  expiresMs,
  fips,
  issuer,
  minute,
  now,
  openKeys,
  stranger,
  verify,
} from '../fixtures/verified-tokens.ts'

t.test('a token is refused', async t => {
  const good = issuer.issueV2({ expiresMs })
  const rows: [string, string, string, Partial<VerifierOptions>?, TokenKind?, number?][] = [
    ['when it is empty', '', 'malformed'],
    ['when it is not base64', 'x', 'malformed'],
    [
      'in the alphabet for URLs',
      good.replaceAll('+', '-').replaceAll('/', '_').replace(/=*$/, '-'),
      'malformed',
    ],
    ['without its padding', `${good.replace(/=+$/, '')}=`, 'malformed'],
    ['with a line break', `${good.slice(0, 40)}\n${good.slice(40)}`, 'malformed'],
    ['when it is over 4096 characters', 'A'.repeat(4100), 'malformed'],
    ['when it is doubled', good + good, good.endsWith('=') ? 'malformed' : 'not-authentic'],
    ['when it is encoded twice', Buffer.from(good).toString('base64'), 'not-authentic'],
    [
      'when it is truncated by a block',
      Buffer.from(good, 'base64').subarray(0, -16).toString('base64'),
      'not-authentic',
    ],
    ['of other keys', stranger.issueV2({ expiresMs, realm: issuer.realm }), 'not-authentic'],
    ['of another realm', issuer.issueV2({ expiresMs, realm: 'acme' }), 'wrong-realm'],
    ['when it has expired', issuer.issueV2({ expiresMs: now - 31_000 }), 'expired'],
    [
      'when its outer expiry has passed',
      issuer.issueV2({ expiresMs, outerMs: now - 31_000 }),
      'expired',
    ],
    [
      'when its inner expiry has passed and the outer not',
      issuer.issueV2({ expiresMs: now - 31_000, outerMs: expiresMs }),
      'expired',
    ],
    [
      'when it lives too long',
      issuer.issueV2({ expiresMs: now + 25 * 60 * minute }),
      'lives-too-long',
    ],
    [
      'without a signed expiry',
      issuer.issueV2({ expiresMs, body: 'u:user\\:defaultWIMFileBasedRealm/joe' }),
      'no-expiry',
    ],
    ['without a user', issuer.issueV2({ expiresMs, body: `expire:${expiresMs}` }), 'no-user'],
    [
      'with an empty user',
      issuer.issueV2({ expiresMs, body: `expire:${expiresMs}$u:user\\:r/` }),
      'no-user',
    ],
    ...(
      [
        ['of a group', 'group:defaultWIMFileBasedRealm/cn=admins'],
        ['of a server', 'server:defaultWIMFileBasedRealm/cell/node/server'],
        ['of a user in capitals', 'USER:defaultWIMFileBasedRealm/joe'],
        ['without a user attribute', 'defaultWIMFileBasedRealm/uid=joe'],
        ['with an empty realm', 'user:/uid=joe'],
        ['with a realm and no user', 'user:defaultWIMFileBasedRealm'],
        ['with an empty user of its realm', 'user:defaultWIMFileBasedRealm/'],
        ['with a realm of slashes', 'user:///joe'],
      ] as const
    ).map(([title, id]): [string, string, string] => {
      const escaped = id.replaceAll(':', '\\:')
      const token = issuer.issueV2({ expiresMs, body: `expire:${expiresMs}$u:${escaped}` })
      return [title, token, 'no-user']
    }),
    [
      'with two users',
      issuer.issueV2({ expiresMs, body: `expire:${expiresMs}$u:user\\:r/a$u:user\\:r/b` }),
      'ambiguous',
    ],
    [
      'with two expiries',
      issuer.issueV2({ expiresMs, body: `expire:1$expire:${expiresMs}$u:user\\:r/a` }),
      'ambiguous',
    ],
    [
      'with an expiry that is not a number',
      issuer.issueV2({ expiresMs, body: `expire:1e99$u:user\\:r/a` }),
      'ambiguous',
    ],
    [
      'with a body that is not UTF-8',
      issuer.issueV2({ expiresMs, body: Buffer.from('753aff', 'hex') }),
      'ambiguous',
    ],
    [
      'with another token’s signature',
      issuer.issueV2({ expiresMs, signature: Buffer.alloc(128, 7).toString('base64') }),
      'not-authentic',
    ],
    [
      'with a signature that is not below the modulus',
      issuer.issueV2({ expiresMs, signature: Buffer.alloc(128, 255).toString('base64') }),
      'not-authentic',
    ],
    [
      'with a signature of another length',
      issuer.issueV2({ expiresMs, signature: 'AAAA' }),
      'not-authentic',
    ],
    [
      'without any signature',
      issuer.encryptV2(Buffer.from(`expire:${expiresMs}`)),
      'not-authentic',
    ],
    [
      'with keys that have been retired',
      good,
      'not-authentic',
      { keySets: [{ ...openKeys(), notAfterMs: now - 1 }] },
    ],
    [
      'of version 1 when that is not accepted',
      issuer.issueV1({ expiresMs }),
      'version-1',
      { acceptV1: false },
      'v1',
    ],
    ['of version 1 under the name of version 2', issuer.issueV1({ expiresMs }), 'not-authentic'],
    ['of version 2 under the name of version 1', good, 'not-authentic', {}, 'v1'],
    ['of version 1 and expired', issuer.issueV1({ expiresMs: now - 31_000 }), 'expired', {}, 'v1'],
    [
      'of version 1 with a signed expiry that has passed',
      issuer.issueV1({
        expiresMs,
        body: `expire:${now - 31_000}$u:user\\:defaultWIMFileBasedRealm/joe`,
      }),
      'expired',
      {},
      'v1',
    ],
    [
      'of version 1 with a signature that is not below the modulus',
      issuer.issueV1({ expiresMs, signature: Buffer.alloc(128, 255).toString('base64') }),
      'not-authentic',
      {},
      'v1',
    ],
    [
      'of version 1 without an expiry',
      issuer.issueV1({ expiresMs, outerMs: 'x' }),
      'not-authentic',
      {},
      'v1',
    ],
    [
      'of version 1 by keys of version 2.0',
      issuer.issueV1({ expiresMs }),
      'not-authentic',
      { keySets: [openKeys(fips)] },
      'v1',
    ],
    [
      'of Domino without its secret',
      domino(),
      'not-authentic',
      { domino: [buildDominoSecret(Buffer.from('other'))], acceptV1: false },
      'v1',
    ],
    ['of Domino and expired', domino(now - 2 * minute, now - 31_000), 'expired', {}, 'v1'],
    ['of Domino and from the future', domino(now + 31_000), 'not-yet-valid', {}, 'v1'],
    ['of Domino and created after it ends', domino(expiresMs + 1_000), 'ambiguous', {}, 'v1'],
    [
      'of Domino that lives too long',
      domino(now, now + 25 * 60 * minute),
      'lives-too-long',
      {},
      'v1',
    ],
  ]
  for (const [title, token, reason, options = {}, kind = 'v2'] of rows) {
    await t.test(title, async t => {
      t.match(buildVerifier({ ...defaults, ...options })(kind, token, now), {
        valid: false,
        reason,
      })
    })
  }
})

t.test('a token is accepted', async t => {
  const rows: [string, TokenKind, string, Partial<VerifierOptions>, object][] = [
    [
      'of version 2',
      'v2',
      issuer.issueV2({ expiresMs }),
      {},
      {
        format: 'LtpaToken2',
        realm: 'defaultWIMFileBasedRealm',
        user: 'uid=joe,o=acme',
        expiresMs,
      },
    ],
    [
      'of version 2 by FIPS keys',
      'v2',
      fips.issueV2({ expiresMs }),
      {},
      { format: 'LtpaToken2', user: 'uid=joe,o=acme' },
    ],
    [
      'of version 1',
      'v1',
      issuer.issueV1({ expiresMs }),
      {},
      { format: 'LtpaToken', user: 'uid=joe,o=acme', expiresMs },
    ],
    [
      'of Domino',
      'v1',
      domino(),
      {},
      { format: 'Domino', realm: undefined, user: 'CN=Joe Bloggs/O=Acme' },
    ],
    ['in quotes', 'v2', `"${issuer.issueV2({ expiresMs })}"`, {}, { user: 'uid=joe,o=acme' }],
    [
      'whose plus signs became blanks',
      'v2',
      issuer.issueV2({ expiresMs }).replaceAll('+', ' '),
      {},
      { user: 'uid=joe,o=acme' },
    ],
    [
      'whose outer expiry was rounded up',
      'v2',
      issuer.issueV2({ expiresMs, outerMs: expiresMs + minute }),
      {},
      { expiresMs },
    ],
    [
      'whose outer expiry is the earlier',
      'v2',
      issuer.issueV2({ expiresMs, outerMs: expiresMs - minute }),
      {},
      { expiresMs: expiresMs - minute },
    ],
    [
      'within the clock skew',
      'v2',
      issuer.issueV2({ expiresMs: now - 29_000 }),
      {},
      { user: 'uid=joe,o=acme' },
    ],
    [
      'of any of the realms that the keys vouch for',
      'v2',
      issuer.issueV2({ expiresMs, realm: 'ldap.acme.example:389' }),
      { keySets: [openKeys(issuer, ['acme', 'ldap.acme.example:389'])] },
      { realm: 'ldap.acme.example:389' },
    ],
    [
      'by the second of two key sets',
      'v2',
      stranger.issueV2({ expiresMs }),
      { keySets: [openKeys(), openKeys(stranger, ['elsewhere'])] },
      { realm: 'elsewhere' },
    ],
    [
      'with escapes in the name',
      'v2',
      issuer.issueV2({ expiresMs, user: 'cn=a%b$c|d:e\\f,o=ä' }),
      {},
      { user: 'cn=a%b$c|d:e\\f,o=ä' },
    ],
    [
      'with unknown attributes',
      'v2',
      issuer.issueV2({
        expiresMs,
        body: `expire:${expiresMs}$host:h$port\\:x:1$u:user\\:defaultWIMFileBasedRealm/joe`,
      }),
      {},
      { user: 'joe' },
    ],
  ]
  for (const [title, kind, token, options, identity] of rows) {
    await t.test(title, async t => {
      t.match(buildVerifier({ ...defaults, ...options })(kind, token, now), {
        valid: true,
        identity,
      })
    })
  }
})

t.test('a fault of the program refuses the token without an exception', async t => {
  const { keys } = openKeys()
  const broken = { ...keys, publicKey: undefined as never }
  const verifier = buildVerifier({ ...defaults, keySets: [{ keys: broken, realms: [] }] })
  t.strictSame(verifier('v2', issuer.issueV2({ expiresMs }), now), {
    valid: false,
    reason: 'internal',
  })
})

t.test('a Domino name that cannot be decoded whole is marked', async t => {
  const token = issueDomino({ createdMs: now, expiresMs, secret: dominoSecret, user: 'J\x07' })
  t.match(verify('v1', token, now), { valid: true, identity: { isUnclear: true } })
})
