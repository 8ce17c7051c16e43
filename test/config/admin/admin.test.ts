// What a configuration may say of the admin listener, and what it must not.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { hashOfToken } from '../../../src/config/admin/admin-token.ts'
import { openConfigHome } from '../../fixtures/config.ts'
import { makeSelfSigned } from '../../fixtures/self-signed.ts'

const token = 'xVq2H8kZ0bT4mR6sJ1wYd3fLpN7cGa5e'
const { cert, key } = makeSelfSigned()
const files = { 'admin.token': `${token}\n`, 'cert.pem': cert, 'key.pem': key }
const tls = 'tls: { cert: cert.pem, key: key.pem }'
const howTo = 'make one with openssl rand -base64 32'

t.test('an address beyond this machine needs a token and TLS', async t => {
  const home = openConfigHome(t, files)
  const both =
    'can be reached from other machines, so it needs a token and TLS; add tokenFile: admin.token and tls: { cert: chain.pem, key: key.pem }, or write 127.0.0.1'
  for (const host of [
    '0.0.0.0',
    '"::"',
    '192.0.2.7',
    '128.0.0.1',
    'gate.acme.example',
    '"::ffff:192.0.2.7"',
  ]) {
    t.strictSame(home.problems(`admin: { host: ${host} }`), [
      `photogate.yaml:1:16 admin.host ${both}`,
    ])
  }
  t.match(home.problems('admin: { host: 0.0.0.0, tokenFile: admin.token }').join(), 'add tls: {')
  t.match(
    home.problems(`admin: { host: 0.0.0.0, ${tls} }`).join(),
    'add tokenFile: admin.token, or',
  )
  const { admin } = home.settings(`admin: { host: 0.0.0.0, tokenFile: admin.token, ${tls} }`)
  t.strictSame(admin?.tokenHash, hashOfToken(token))
  t.strictSame(admin?.tls?.certificates[0]?.names, ['localhost'])
})

t.test('on this machine neither is needed', async t => {
  const home = openConfigHome(t, files)
  for (const host of [
    '127.0.0.1',
    '127.8.9.1',
    '"::1"',
    '0:0:0:0:0:0:0:1',
    'localhost',
    'LocalHost',
  ]) {
    t.equal(home.settings(`admin: { host: ${host} }`).admin?.tokenHash, undefined, host)
  }
  t.equal(home.settings('').admin, undefined, 'without the key there is no listener')
})

t.test('the photos are never served where the page is', async t => {
  const home = openConfigHome(t, files)
  const rows: [listen: string, admin: string][] = [
    ['{ host: 127.0.0.1, port: 8090 }', '{}'],
    ['{ host: 0.0.0.0, port: 8090 }', '{}'],
    ['{ host: "::", port: 8090 }', '{}'],
    ['{ host: localhost, port: "9000" }', '{ port: 9000 }'],
    ['{ host: 127.0.0.1, port: 9000 }', '{ host: localhost, port: 9000 }'],
  ]
  for (const [listen, admin] of rows) {
    const [problem, ...others] = home.problems(`listen: ${listen}\nadmin: ${admin}`)
    t.match(problem, /admin\.port \d+ is where photos are served \(listen\[0\]\).*another port/)
    t.strictSame(others, [])
  }
  const fine = 'listen: [{ host: 127.0.0.2, port: 8090 }, { socket: /run/gate.sock }]'
  t.equal(home.settings(`${fine}\nproxies: [unix]\nadmin: {}`).admin?.port, 8090)
  t.match(
    home.load('admin: {}', { port: 8090 }).problems[0]?.message,
    'another port',
    '--port, too',
  )
  t.equal(home.settings('listen: { host: 127.0.0.1, port: 0 }\nadmin: { port: 0 }').admin?.port, 0)
})

t.test('a token is random and long, and its file holds nothing else', async t => {
  const rows: [string, string][] = [
    ['', 'is empty'],
    ['short', `holds 5 characters, and a token has at least 32; ${howTo}`],
    ['a'.repeat(40), `repeats a few characters and is easily guessed; ${howTo}`],
    ['password'.repeat(5), `repeats a few characters and is easily guessed; ${howTo}`],
    [`${token}${token}`.repeat(9), `holds 576 characters, and a token has at most 512; ${howTo}`],
    [
      `${token} ${token}`,
      `has blanks or characters beyond ASCII, which no header can carry; ${howTo}`,
    ],
    [`${token}ü`, `has blanks or characters beyond ASCII, which no header can carry; ${howTo}`],
    [`${token}\n${token}`, 'has more than one line; write the secret and nothing else'],
  ]
  for (const [text, message] of rows) {
    const home = openConfigHome(t, { 'admin.token': text })
    t.strictSame(home.problems('admin: { tokenFile: admin.token }'), [
      `photogate.yaml:1:21 admin.tokenFile ${message}`,
    ])
  }
  const home = openConfigHome(t, { 'admin.token': `  ${token} \r\n` })
  t.strictSame(
    home.settings('admin: { tokenFile: admin.token }').admin?.tokenHash,
    hashOfToken(token),
  )
})

t.test('a token in the place of its file is not repeated in the message', async t => {
  const home = openConfigHome(t)
  const [problem = ''] = home.problems(`admin: { tokenFile: ${token} }`)
  t.match(problem, /is a token itself; write it into a file/)
  t.notMatch(problem, token)
  t.match(home.problems('admin: { tokenFile: admin.token }')[0], /cannot be read: .*not there/)
})

t.test('a token that everybody can read is warned of, and its file is watched', async t => {
  const home = openConfigHome(t, files)
  writeFileSync(join(home.directory, 'open.token'), token, { mode: 0o644 })
  t.match(home.warnings('admin: { tokenFile: open.token }'), [
    /.*/,
    /admin\.tokenFile open\.token can be read by everybody on this machine; chmod o= it/,
  ])
  const { files: watched } = home.load('admin: { tokenFile: admin.token }')
  t.ok(watched.includes(join(home.directory, 'admin.token')))
})

t.test('names are host names', async t => {
  const home = openConfigHome(t)
  t.strictSame(home.settings('admin: { names: Photos.acme.example }').admin?.names, [
    'photos.acme.example',
  ])
  const rows: [string, RegExp][] = [
    ['https://a.example', /is a URL; write the host name alone/],
    ['a.example:8090', /has a port; write the host name alone/],
    ['*.a.example', /has a wildcard; write one entry for each name/],
    ['a_b', /is not a host name/],
    ['-a', /is not a host name/],
  ]
  for (const [name, message] of rows) {
    t.match(home.problems(`admin: { names: ["${name}"] }`)[0], message)
  }
})

t.test('a wrong certificate is a problem at its key', async t => {
  const home = openConfigHome(t, files)
  const [problem = ''] = home.problems('admin: { tls: { cert: cert.pem, key: admin.token } }')
  t.match(problem, /^photogate\.yaml:1:\d+ admin\.tls\.key /)
  t.match(home.problems('admin: { port: 99999 }')[0], /admin\.port .*65535/)
})

t.test('the file of the history is none that somebody needs', async t => {
  const home = openConfigHome(t, files)
  const tokenAsWell = home.problems('admin: { tokenFile: admin.token, history: ./admin.token }')
  t.match(tokenAsWell[0], /admin\.history is .*which the configuration reads.*a file of its own/)
  t.match(home.problems('admin: { history: photogate.yaml }')[0], /which the configuration reads/)
  t.match(home.problems('admin: { history: . }')[0], /is a folder; name a file in it/)
  t.match(home.warnings('admin: { history: no/h.json }').join(), /the folder .*no is not there/)
  const { admin } = home.settings('admin: { history: history.json }')
  t.match(admin?.history, /^\/.*\/history\.json$/)
  t.equal(home.settings('admin: {}').admin?.history, undefined)
})
