// A clean set-up has no findings, with a real Redis and imported photos; faults planted in them are found.
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import type { LdapSettings, SourceSettings } from '../../src/config/supply/settings.ts'
import type { Diagnosis } from '../../src/doctor/finding.ts'
import { checkServerCertificate } from '../../src/doctor/machine/certificates.ts'
import { checkSource } from '../../src/doctor/machine/sources.ts'
import { makeCertificates } from '../fixtures/certificates.ts'
import { runCli } from '../fixtures/cli.ts'
import { jpegOf } from '../fixtures/images.ts'
import { drawJpeg } from '../fixtures/pictures.ts'
import { makeDirectory } from '../fixtures/process.ts'
import { startRedisServer } from '../fixtures/redis-server.ts'
import { startSlapd } from '../fixtures/slapd.ts'
import { startSshd } from '../fixtures/sshd.ts'

const joe = 'joe@acme.example'

async function openHome(t: Test, redis: string, aclUser = '') {
  const home = makeDirectory(t)
  for (const name of ['photos', 'drop']) mkdirSync(join(home, name), { mode: 0o755 })
  writeFileSync(join(home, 'drop', `${joe}.jpg`), await drawJpeg())
  const secret = (name: string, text: string) => {
    writeFileSync(join(home, name), `${text}\n`)
    chmodSync(join(home, name), 0o600)
  }
  secret('ledger.secret', randomBytes(32).toString('base64'))
  secret('redis.pw', 'geheim')
  secret(
    'photogate.yaml',
    `listen: { host: 127.0.0.1, port: 0 }
allow: [{ name: office, from: 10.0.0.0/8, alarm: { people: 100, per: 1h } }]
ledger: { redis: "redis://${aclUser}${redis}", secretFile: ledger.secret, passwordFile: redis.pw }
supply: { schedule: "15 2 * * *", sources: [{ folder: drop }] }`,
  )
  const doctor = async () => {
    const { stdout } = await runCli(t, ['doctor', '--json'], { cwd: home })
    const { findings, fine, unknown } = JSON.parse(stdout) as Diagnosis
    // Tests run on old releases of Node.js too.
    return {
      codes: findings.map(({ code }) => code).filter(code => code !== 'node-age'),
      fine,
      unknown,
    }
  }
  return { home, doctor, run: () => runCli(t, ['import'], { cwd: home }) }
}

t.test('a clean set-up has no findings, and each planted fault is found', async t => {
  const redis = await startRedisServer(t, {
    args: [
      '--requirepass',
      'geheim',
      '--maxmemory',
      '50mb',
      '--maxmemory-policy',
      'noeviction',
      '--appendonly',
      'yes',
    ],
    cliArgs: ['-a', 'geheim', '--no-auth-warning'],
  })
  if (redis === undefined) return
  const { home, doctor, run } = await openHome(t, `127.0.0.1:${redis.port}`)
  t.strictSame(
    (await doctor()).codes.toSorted(),
    ['import-never', 'photos-none'],
    'before the first import',
  )
  t.equal((await run()).code, 0)
  const clean = await doctor()
  t.strictSame(clean.codes, [])
  t.ok(clean.fine.some(text => /^The ledger in Redis at 127\.0\.0\.1:\d+ answers in/.test(text)))
  t.ok(
    clean.fine.some(text =>
      /^The source folder drop answers: one person listed and one photo fetched/.test(text),
    ),
  )
  t.ok(clean.fine.some(text => /^The last complete import was at/.test(text)))

  redis.run('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
  chmodSync(home, 0o757)
  writeFileSync(join(home, 'photos', 'ann@acme.example.jpg'), 'no picture')
  rmSync(join(home, 'drop'), { recursive: true })
  const ill = (await doctor()).codes
  for (const code of ['ledger-policy', 'rights-replaceable', 'photos-broken', 'source-down'])
    t.ok(ill.includes(code), code)
  redis.run('CONFIG', 'SET', 'requirepass', 'another')
  t.ok((await doctor()).codes.includes('ledger-down'), 'a changed password')
})

t.test(
  'with the documented rights in Redis the ledger is fine, and its memory policy not known',
  async t => {
    const redis = await startRedisServer(t)
    if (redis === undefined) return
    const rights =
      '+eval +evalsha +select +time +zadd +zscore +zcount +zrem +zremrangebyscore +zremrangebyrank +pexpire'
    redis.run('ACL', 'SETUSER', 'photogate', 'on', '>geheim', '~photogate:*', ...rights.split(' '))
    const { doctor, run } = await openHome(t, `127.0.0.1:${redis.port}`, 'photogate@')
    t.equal((await run()).code, 0)
    const { codes, unknown } = await doctor()
    t.strictSame(codes, [])
    t.ok(unknown.some(text => /tells this user neither its memory policy/.test(text)))
    redis.run('ACL', 'SETUSER', 'photogate', '+info')
    t.notOk((await doctor()).unknown.some(text => /memory policy/.test(text)))
  },
)

const look = (settings: SourceSettings) =>
  checkSource(settings, {
    ...{ photos: '/photos', signal: new AbortController().signal, limitMs: 5_000 },
  })
const answers = /answers: one person listed and one photo fetched in [\d,]+ ms\.$/

t.test(
  'a real directory by LDAPS is fine; a wrong base, password or authority is found',
  async t => {
    const tls = makeCertificates(t)
    const slapd = await startSlapd(t, {
      people: [{ cn: 'Joe', mail: [joe], photo: jpegOf('joe') }],
      tls,
    })
    if (tls === undefined || slapd === undefined) return
    const home = makeDirectory(t)
    const passwordFile = join(home, 'pw')
    writeFileSync(passwordFile, `${slapd.readerPassword}\n`, { mode: 0o600 })
    const settings: LdapSettings = {
      ...{ id: 'x', title: 'x', kind: 'ldap', url: slapd.ldapsUrl, base: slapd.base },
      ...{ bind: slapd.reader, passwordFile, filter: '(mail=*)', mail: ['mail'], pageSize: 500 },
      ...{ photo: ['jpegPhoto'], startTls: false, caFile: slapd.caFile },
    }
    t.match(await look(settings), { findings: [], fine: [answers] })
    const rows: readonly (readonly [Partial<LdapSettings>, string, RegExp])[] = [
      [{ base: 'ou=nowhere,o=acme' }, 'source-down', /has no entry ou=nowhere/],
      [{ filter: '(mail=nobody@*)' }, 'source-empty', /lists nobody/],
      [{ bind: 'cn=other,o=acme' }, 'source-down', /check bind/],
      [{ caFile: undefined }, 'source-down', /unknown authority/],
    ]
    for (const [more, code, seen] of rows) {
      t.match((await look({ ...settings, ...more })).findings, [{ code, seen }], code)
    }
    const { hostname: host, port } = new URL(slapd.ldapsUrl)
    const certificate = await checkServerCertificate(
      { what: 'The source x', host, port: Number(port) },
      { nowMs: Date.now(), signal: new AbortController().signal },
    )
    t.match(certificate.findings, [{ code: 'certificate-expires', seen: /localhost:\d+ ends on/ }])
  },
)

t.test('a real SFTP server is fine; a folder that is not there is found', async t => {
  const sshd = await startSshd(t)
  if (sshd === undefined) return
  writeFileSync(join(sshd.folder, `${joe}.jpg`), await drawJpeg())
  t.match(await look(sshd.settings), { findings: [], fine: [answers] })
  const gone = await look({ ...sshd.settings, folder: `${sshd.folder}/gone` })
  t.match(gone.findings, [{ code: 'source-down', seen: /is not there; sftp: names the folder/ }])
})
