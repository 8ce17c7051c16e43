import { createHmac } from 'node:crypto'
import t from 'tap'
import { buildHostVerifier } from '../../../../src/supply/source/files/host-verifier.ts'
import {
  fingerprint,
  loadKnownHosts,
  parseKnownHosts,
} from '../../../../src/supply/source/files/known-hosts.ts'
import { SourceError } from '../../../../src/supply/source/source.ts'
import { makeDirectory } from '../../../fixtures/process.ts'
import { fc, holds } from '../../../fixtures/property.ts'

function keyOf(type: string, text: string): Buffer {
  const parts = [type, text].flatMap(part => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(part.length)
    return [length, Buffer.from(part)]
  })
  return Buffer.concat(parts)
}

const [ed, ed2] = [keyOf('ssh-ed25519', 'one'), keyOf('ssh-ed25519', 'two')]
const rsa = keyOf('ssh-rsa', 'three')
const line = (hosts: string, blob = ed, type = 'ssh-ed25519') =>
  `${hosts} ${type} ${blob.toString('base64')}`
const hashed = (name: string) => {
  const salt = Buffer.from('twenty bytes of salt')
  const hash = createHmac('sha1', salt).update(name).digest('base64')
  return `|1|${salt.toString('base64')}|${hash}`
}
const parse = (...lines: string[]) => parseKnownHosts(lines.join('\n'), 'known_hosts')

t.test(
  'an unreadable line is refused with its number, because it may be one that revokes a key',
  t => {
    const rows: [title: string, text: string, reason: string][] = [
      ['a word', 'host', 'is incomplete; write host, key type and key, as ssh-keyscan does'],
      [
        'no key',
        'host ssh-ed25519',
        'is incomplete; write host, key type and key, as ssh-keyscan does',
      ],
      ['no base64', 'host ssh-ed25519 a*b', 'does not hold a whole key of type ssh-ed25519'],
      ['another type', line('host', rsa), 'does not hold a whole key of type ssh-ed25519'],
      ['half a key', 'host ssh-ed25519 AAAA', 'does not hold a whole key of type ssh-ed25519'],
      [
        'a marker',
        `@trusted ${line('host')}`,
        'has an unknown marker; only @revoked and @cert-authority are known',
      ],
      ['a hash', line('|2|a|b'), 'has a hashed host name of an unknown kind'],
    ]
    for (const [title, text, reason] of rows) {
      const message = `knownHosts known_hosts:3 ${reason}; known_hosts:4 ${reason}`
      t.throws(
        () => parse('# comment', '', text, text),
        { name: 'SourceError', scope: 'source', message },
        title,
      )
    }
    t.end()
  },
)

t.test('a file that cannot be read says how to get one', async t => {
  const message = /^knownHosts .* cannot be read: .* is not there; ssh-keyscan writes one/
  t.throws(() => loadKnownHosts(`${makeDirectory(t)}/known_hosts`), {
    scope: 'source',
    message,
    name: 'SourceError',
  })
})

t.test('a key counts for the hosts and the port of its line only', async t => {
  const rows: [hosts: string, host: string, port: number, isFound: boolean][] = [
    ['tdi.acme.example', 'tdi.acme.example', 22, true],
    ['TDI.acme.example', 'tdi.ACME.example', 22, true],
    ['tdi.acme.example', 'tdi.acme.example', 2222, false],
    ['tdi', 'tdi.acme.example', 22, false],
    ['a,tdi,b', 'tdi', 22, true],
    ['[tdi]:2222', 'tdi', 2222, true],
    ['[tdi]:2222', 'tdi', 22, false],
    ['[tdi]:2222', 'tdi', 2223, false],
    ['*.acme.example', 'tdi.acme.example', 22, true],
    ['*.acme.example', 'tdi.acme.example', 2222, false],
    ['[*.acme.example]:2222', 'tdi.acme.example', 2222, true],
    ['td?', 'tdi', 22, true],
    ['td?', 'td', 22, false],
    ['*,!tdi', 'tdi', 22, false],
    ['!tdi', 'other', 22, false],
    ['*,!td?', 'tdx', 22, false],
    ['*,!td?', 'other', 22, true],
    ['2001:db8::1', '2001:db8::1', 22, true],
    ['[2001:db8::1]:2222', '2001:db8::1', 2222, true],
    [hashed('tdi'), 'TDI', 22, true],
    [hashed('tdi'), 'tdj', 22, false],
    [hashed('[tdi]:2222'), 'tdi', 2222, true],
    [hashed('[tdi]:2222'), 'tdi', 22, false],
  ]
  for (const [hosts, host, port, isFound] of rows) {
    t.equal(parse(line(hosts)).find(host, port).length, isFound ? 1 : 0, `${hosts} ${host} ${port}`)
  }
})

t.test('comments, blanks at the ends, CRLF and a BOM are fine', async t => {
  const known = parseKnownHosts(
    `\ufeff# c\r\n\r\n  tdi\t ssh-ed25519  ${ed.toString('base64')} joe's key\r\n`,
    'f',
  )
  t.match(known.find('tdi', 22), [{ type: 'ssh-ed25519', blob: ed }])
})

t.test('a revoked key is refused, whatever the order of the lines', async t => {
  const known = parse(line('tdi'), line('tdi', ed2), `@revoked ${line('*')}`)
  t.same(
    known.find('tdi', 22).map(({ blob }) => blob),
    [ed2],
  )
  t.ok(known.isRevoked('tdi', 22, ed))
  t.notOk(known.isRevoked('tdi', 22, ed2))
  const verifier = buildHostVerifier(known, 'tdi', 22)
  t.notOk(verifier.verify(ed))
  t.match(
    verifier.refusal,
    `shows the ssh-ed25519 key ${fingerprint(ed)}, which known_hosts revokes`,
  )
  t.ok(verifier.verify(ed2))
  t.equal(verifier.refusal, undefined)
})

t.test('a key that is not listed is refused with its fingerprint and what to do', async t => {
  const other = buildHostVerifier(parse(line('[tdi]:2222', ed2)), 'tdi', 2222)
  t.notOk(other.verify(ed))
  t.match(
    other.refusal,
    `shows the ssh-ed25519 key ${fingerprint(ed)}, and known_hosts has ${fingerprint(ed2)} for [tdi]:2222; somebody may pose as the server`,
  )
  const unknown = buildHostVerifier(parse(line('tdi'), `@cert-authority ${line('*')}`), 'tdi', 2222)
  t.notOk(unknown.verify(ed))
  t.equal(
    unknown.refusal,
    `shows the ssh-ed25519 key ${fingerprint(ed)}, and known_hosts has none for [tdi]:2222 (@cert-authority on line 2 is not supported); compare it with the server's own (ssh-keygen -l -f there), then put in what ssh-keyscan -p 2222 tdi prints`,
  )
  t.notOk(unknown.verify(Buffer.from('xx')))
  t.match(unknown.refusal, 'shows the unknown key')
})

t.test('only algorithms of known keys are offered, and none with SHA-1', async t => {
  const offered = (...lines: string[]) => buildHostVerifier(parse(...lines), 'tdi', 22).algorithms
  t.same(offered(line('tdi')), ['ssh-ed25519'])
  t.same(offered(line('tdi', rsa, 'ssh-rsa'), line('tdi')), [
    'rsa-sha2-512',
    'rsa-sha2-256',
    'ssh-ed25519',
  ])
  t.ok(offered().includes('ecdsa-sha2-nistp256'))
  t.notOk(offered().includes('ssh-rsa'))
  t.notOk(offered().includes('ssh-dss'))
})

t.test('random text is read or refused with a SourceError', async t => {
  const piece = fc.constantFrom(
    '|1|',
    '|',
    '@revoked ',
    ' ',
    '\n',
    'tdi',
    ',',
    '!',
    '*',
    line('tdi'),
    'ssh-rsa',
  )
  const text = fc
    .array(fc.oneof(piece, fc.string()), { maxLength: 20 })
    .map(parts => parts.join(''))
  const property = fc.property(text, text => {
    try {
      return parseKnownHosts(text, 'f')
        .find('tdi', 22)
        .every(({ blob }) => blob.length > 0)
    } catch (error) {
      return error instanceof SourceError
    }
  })
  holds(t, property, 1_000)
})
