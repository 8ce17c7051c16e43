// Where the ledger is: what the configuration's text becomes, and what is refused or warned of.
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openConfigHome } from '../../fixtures/config.ts'

const secret = Buffer.from(Array.from({ length: 32 }, (_, at) => at * 7)).toString('base64')
const certificate = `-----BEGIN CERTIFICATE-----
MIIBdDCCARmgAwIBAgIUMLbU9UEbLOh7zb0rqLQRYfTI3Q0wCgYIKoZIzj0EAwIw
-----END CERTIFICATE-----
`
const home = openConfigHome(t, {
  'ledger.secret': secret,
  'short.secret': secret.slice(0, 20),
  'redis.pw': 'geheim\n',
  'broken.pem': certificate,
})
for (const name of ['ledger.secret', 'short.secret', 'redis.pw'])
  chmodSync(join(home.directory, name), 0o600)
const rule = 'allow: [{ name: a, from: 10.0.0.1, budget: { people: 40 } }]'
const config = (redis: string, more = '') =>
  `ledger: { redis: ${redis}, secretFile: ledger.secret${more} }\n${rule}\n`
const about = (text: string) => home.warnings(text).filter(line => line.includes(' ledger'))

t.test('without a ledger, each gate counts in its memory', async t => {
  t.equal(home.settings(rule).ledger, undefined)
})

t.test('a place becomes a target', async t => {
  const tls = { ca: undefined }
  const plain = { user: undefined, password: undefined, db: 0, tls: undefined }
  const rows: [string, object][] = [
    ['redis://127.0.0.1', { ...plain, server: { host: '127.0.0.1', port: 6379 } }],
    ['redis://127.0.0.1:7000/3', { ...plain, server: { host: '127.0.0.1', port: 7000 }, db: 3 }],
    ['redis://[::1]:7000/', { ...plain, server: { host: '::1', port: 7000 } }],
    ['rediss://r.acme.example', { ...plain, server: { host: 'r.acme.example', port: 6379 }, tls }],
    ['unix:///run/redis/redis.sock', { ...plain, server: { path: '/run/redis/redis.sock' } }],
    ['unix:///run/my%20redis.sock', { ...plain, server: { path: '/run/my redis.sock' } }],
  ]
  for (const [url, target] of rows) {
    const text = config(`"${url}"`)
    t.strictSame(home.settings(text).ledger?.target, target, url)
    t.strictSame(about(text), [], url)
  }
})

t.test('a user comes with a password from a file, and all files are watched', async t => {
  const { settings, files } = home.load(
    config('"rediss://photo%20gate@r"', ', passwordFile: redis.pw, whenDown: refuse'),
  )
  t.match(settings?.ledger, {
    target: { user: 'photo gate', password: 'geheim' },
    secret: Buffer.from(secret, 'base64'),
    whenDown: 'refuse',
  })
  for (const name of ['ledger.secret', 'redis.pw']) t.ok(files.includes(join(home.directory, name)))
})

t.test('Sentinels', async t => {
  const sentinels = '["10.0.0.7:26380", "10.0.0.8", "[2001:db8::1]:1"]'
  const more = 'user: gate, db: 2, tls: true'
  const text = config(
    `{ sentinels: ${sentinels}, master: photos, ${more} }`,
    ', passwordFile: redis.pw',
  )
  t.strictSame(home.settings(text).ledger?.target, {
    server: {
      sentinels: [
        { host: '10.0.0.7', port: 26380 },
        { host: '10.0.0.8', port: 26379 },
        { host: '2001:db8::1', port: 1 },
      ],
      master: 'photos',
    },
    ...{ user: 'gate', password: 'geheim', db: 2, tls: { ca: undefined } },
  })
  t.match(home.settings(config('{ sentinels: s1, master: photos }')).ledger?.target, {
    server: { sentinels: [{ host: 's1', port: 26379 }] },
    tls: undefined,
  })
})

t.test('what cannot be used is refused, with what to write', async t => {
  const rows: [string, string, RegExp][] = [
    [
      'no secret',
      `ledger: { redis: "redis://127.0.0.1" }\n${rule}`,
      /:1:9 ledger\.secretFile is missing; add secretFile:/,
    ],
    [
      'no place',
      `ledger: { secretFile: ledger.secret }\n${rule}`,
      /:1:9 ledger\.redis is missing; add redis:/,
    ],
    [
      'a password in the URL',
      config('"redis://:geheim@127.0.0.1"'),
      /:1:18 ledger\.redis .*holds a password; write it into passwordFile$/,
    ],
    [
      'a host alone',
      config('"10.0.0.9"'),
      /ledger\.redis .*is not a URL; write redis:\/\/10\.0\.0\.9:6379\/0$/,
    ],
    [
      'another scheme',
      config('"http://10.0.0.9"'),
      /does not begin with redis:\/\/, rediss:\/\/ or unix:\/\/\//,
    ],
    ['no host', config('"redis:///0"'), /does not begin with/],
    [
      'a database that is not a number',
      config('"redis://127.0.0.1/photos"'),
      /has a path that is not the number of a database/,
    ],
    ['a query', config('"redis://127.0.0.1/?db=1"'), /leave out \? or #/],
    ['port 0', config('"redis://127.0.0.1:0"'), /has port 0; write redis:\/\/10\.0\.0\.9:6379\/0$/],
    [
      'a password in the query, which it does not repeat',
      config('"redis://127.0.0.1?password=geheim"'),
      /ledger\.redis "redis:\/\/127\.0\.0\.1\?password=…" has more than host and database/,
    ],
    [
      'several hosts',
      config('"redis://10.0.0.7,10.0.0.8"'),
      /names no single host; several are Sentinels: \{ sentinels:/,
    ],
    [
      'a % in a path that begins nothing',
      config('"unix:///run/%zz"'),
      /has a % that begins no character/,
    ],
    ['a blank', config('"redis://a b"'), /is not a URL/],
    [
      'a % that begins nothing',
      config('"rediss://%@127.0.0.1"', ', passwordFile: redis.pw'),
      /has a % that begins no character/,
    ],
    ['a socket without a path', config('"unix://run"'), /is not a Unix socket/],
    [
      'a user without a password',
      config('"redis://gate@127.0.0.1"'),
      /names the user gate, who needs a password; add passwordFile: redis\.pw$/,
    ],
    [
      'a Sentinel that is a URL',
      config('{ sentinels: ["redis://s"], master: m }'),
      /sentinels\[0\] .*is not a host and a port; write 10\.0\.0\.7:26379$/,
    ],
    [
      'a port beyond all',
      config('{ sentinels: ["s:65536"], master: m }'),
      /is not a host and a port/,
    ],
    ['port 0', config('{ sentinels: ["s:0"], master: m }'), /is not a host and a port/],
    [
      'Sentinels without a master',
      config('{ sentinels: [s] }'),
      /ledger\.redis\.master is missing/,
    ],
    [
      'another word',
      config('"redis://127.0.0.1"', ', whenDown: open'),
      /ledger\.whenDown .*refuse/,
    ],
    [
      'a short secret',
      config('"redis://127.0.0.1"').replace('ledger.secret', 'short.secret'),
      /ledger\.secretFile holds 15 bytes, and a secret has at least 32/,
    ],
    [
      'a password file that is not there',
      config('"redis://127.0.0.1"', ', passwordFile: gone'),
      /ledger\.passwordFile cannot be read/,
    ],
    [
      'an authority without TLS',
      config('unix:///s', ', caFile: redis.pw'),
      /ledger\.caFile holds no certificate/,
    ],
    [
      'half a certificate',
      config('"rediss://r"', ', caFile: broken.pem'),
      /ledger\.caFile holds no certificate in PEM form/,
    ],
    [
      'an authority that is not there',
      config('"rediss://r"', ', caFile: gone'),
      /ledger\.caFile cannot be read/,
    ],
  ]
  for (const [what, text, message] of rows) {
    t.test(what, async t => {
      const problems = home.problems(text)
      t.match(problems[0], message)
      t.notMatch(problems.join(), /geheim/)
    })
  }
})

t.test('what is risky is a warning', async t => {
  const far =
    'sends the password and the times at which guests ask over the network as plain text; write rediss://'
  t.match(about(config('"redis://10.0.0.9"')), [new RegExp(`:1:18 ledger\\.redis ${far}`)])
  t.match(about(config('"redis://gate@10.0.0.9"', ', passwordFile: redis.pw')), [
    /the password of gate/,
  ])
  t.match(about(config('{ sentinels: ["10.0.0.7"], master: photos }')), [
    /ledger\.redis sends the password/,
  ])
  t.strictSame(about(config('{ sentinels: ["10.0.0.7"], master: photos, tls: true }')), [])
  for (const near of ['redis://localhost', 'redis://127.0.0.2', 'redis://[::1]'])
    t.strictSame(about(config(`"${near}"`)), [], near)
  t.match(about(config('"redis://127.0.0.1"').replace(/, budget.*?}/, '')), [
    /:1:9 ledger counts nothing: no rule has a budget or an alarm$/,
  ])
  writeFileSync(join(home.directory, 'open.pw'), 'geheim', { mode: 0o644 })
  chmodSync(join(home.directory, 'open.pw'), 0o644)
  t.match(about(config('"redis://127.0.0.1"', ', passwordFile: open.pw')), [
    /ledger\.passwordFile .*open\.pw can be read by everybody/,
  ])
})
