// The sources of photos, and certificates and keys with their days left.
import { readFileSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import type { Test } from 'tap'
import t from 'tap'
import type { Listen } from '../../../src/config/listen/settings.ts'
import type { LtpaSettings } from '../../../src/config/settings.ts'
import type { LdapSettings, SourceSettings } from '../../../src/config/supply/settings.ts'
import {
  checkAuthorityFile,
  checkListenCertificates,
  checkServerCertificate,
} from '../../../src/doctor/machine/certificates.ts'
import { checkKeyDates } from '../../../src/doctor/machine/key-dates.ts'
import { checkSource } from '../../../src/doctor/machine/sources.ts'
import { makeCertificates } from '../../fixtures/certificates.ts'
import { startConnections, user } from '../../fixtures/connections.ts'
import { jpeg } from '../../fixtures/images.ts'
import { startLdapDirectory } from '../../fixtures/ldap-directory.ts'
import { findFreePort, makeDirectory } from '../../fixtures/process.ts'
import { startSftpStandIn } from '../../fixtures/sftp-stand-in.ts'

const joe = 'joe@acme.example'
const signal = () => new AbortController().signal
const look = (settings: SourceSettings, limitMs = 30_000) =>
  checkSource(settings, { photos: '/photos', signal: signal(), limitMs })
const answers = /^The source x answers: one person listed and one photo fetched in [\d,]+ ms\.$/

function folderOf(t: Test, files: Readonly<Record<string, Buffer | string>>): string {
  const folder = makeDirectory(t)
  for (const [name, bytes] of Object.entries(files)) {
    writeFileSync(join(folder, name), bytes, { mode: 0o600 })
  }
  return folder
}

const dropped = (folder: string) => ({ kind: 'folder', id: 'x', title: 'x', folder }) as const

t.test('a folder: with a photo it is fine, empty or gone it is found', async t => {
  const folder = folderOf(t, { [`${joe}.jpg`]: jpeg, 'readme.txt': 'x' })
  t.match(await look(dropped(folder)), { findings: [], fine: [answers] })
  t.match((await look(dropped(makeDirectory(t)))).findings, [
    { code: 'source-empty', effect: 'breaks' },
  ])
  const gone = await look(dropped(join(folder, 'gone')))
  t.match(gone.findings, [{ code: 'source-down', effect: 'breaks', seen: /is it mounted/ }])
})

t.test('SFTP: a server that answers is fine, one that is silent or gone is found', async t => {
  const server = await startSftpStandIn(t, folderOf(t, { [`${joe}.jpg`]: jpeg }))
  t.match(await look(server.settings), { findings: [], fine: [answers] })
  const strange = folderOf(t, { known_hosts: '' })
  const unknownHost = await look({ ...server.settings, knownHosts: join(strange, 'known_hosts') })
  t.match(unknownHost.findings, [{ code: 'source-down' }])
  await server.stop()
  t.match((await look(server.settings)).findings, [{ code: 'source-down', seen: /127\.0\.0\.1/ }])
})

async function startLdap(t: Test) {
  const server = await startLdapDirectory(t, [
    { dn: 'cn=bob,o=acme', mail: ['bob@acme.example'] },
    { dn: 'cn=joe,o=acme', mail: [joe], photo: jpeg },
  ])
  const passwordFile = join(folderOf(t, { pw: 'geheim\n' }), 'pw')
  const settings: LdapSettings = {
    ...{ id: 'x', title: 'x', kind: 'ldap', url: server.url, base: 'o=acme' },
    ...{ bind: 'cn=reader,o=acme', passwordFile, filter: '(mail=*)', mail: ['mail'] },
    ...{ photo: ['jpegPhoto'], startTls: false, caFile: undefined, pageSize: 2 },
  }
  return { server, settings }
}

t.test(
  'LDAP: a directory that answers is fine; a wrong password, silence and a closed port are found',
  async t => {
    const { server, settings } = await startLdap(t)
    t.match(await look(settings), { findings: [], fine: [answers] })
    server.bindCode = 49
    const refused = await look(settings)
    t.match(refused.findings, [{ code: 'source-down', seen: /check bind \(cn=reader,o=acme\)/ }])
    t.notMatch(JSON.stringify(refused), 'geheim')
    server.bindCode = 0
    server.isSilent = true
    t.match((await look(settings, 300)).findings, [
      { code: 'source-down', seen: /within 1 s; is it up\?/ },
    ])
    const url = `ldap://127.0.0.1:${await findFreePort()}`
    t.match((await look({ ...settings, url })).findings, [
      { code: 'source-down', seen: /cannot be reached/ },
    ])
  },
)

t.test('Connections: one that answers is fine; a wrong password and silence are found', async t => {
  const server = await startConnections(t, { photos: new Map([[joe, jpeg]]), password: 'geheim' })
  const folder = folderOf(t, { 'people.csv': `uid,mail\nu1,${joe}\n`, pw: 'geheim\n' })
  const settings: SourceSettings = {
    ...{ id: 'x', title: 'x', kind: 'connections', url: server.url },
    ...{ peopleFile: join(folder, 'people.csv'), passwordFile: join(folder, 'pw'), user },
    ...{ signIn: 'basic', lookup: 'email', greyImage: undefined, caFile: undefined, parallel: 4 },
  }
  t.match(await look(settings), { findings: [], fine: [answers] })
  server.mishap = () => ({ status: 401 })
  t.match((await look(settings)).findings, [{ code: 'source-down', seen: /check user \(reader\)/ }])
  server.mishap = () => 'hang'
  t.match((await look(settings, 300)).findings, [
    { code: 'source-down', seen: /within 1 s; is it up\?/ },
  ])
})

const day = 86_400_000

t.test('certificates of authorities: days left, soon over, over', async t => {
  const made = makeCertificates(t)
  if (made === undefined) return
  const { caFile } = made
  const nowMs = Date.now()
  const at = (days: number) => checkAuthorityFile(caFile, nowMs - days * day)
  t.match(await at(100), {
    findings: [],
    fine: [/^The authority in .* is good until \d{4}-\d\d-\d\d, 10[12] days\.$/],
  })
  t.match((await at(10)).findings, [
    {
      code: 'certificate-expires',
      effect: 'will-break',
      place: { file: caFile },
      seen: /in 1[12] days/,
    },
  ])
  t.match((await at(-3)).findings, [
    { code: 'certificate-expired', effect: 'breaks', seen: /ended on/ },
  ])
  const none = join(folderOf(t, { 'ca.pem': 'no certificate' }), 'ca.pem')
  t.match(await checkAuthorityFile(none, nowMs), {
    findings: [],
    unknown: [/holds no certificate/],
  })
})

t.test(
  'certificates of servers are read, trusted or not; a server without TLS is not known',
  async t => {
    const made = makeCertificates(t)
    if (made === undefined) return
    const tls = { cert: readFileSync(made.certificateFile), key: readFileSync(made.keyFile) }
    const server = createServer(tls, socket => socket.on('error', () => {}))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    t.teardown(() => server.close())
    const { port } = server.address() as AddressInfo
    const at = (days: number, host = '127.0.0.1') =>
      checkServerCertificate(
        { what: 'The source x', host, port },
        { nowMs: Date.now() - days * day, signal: signal() },
      )
    t.match(await at(50), {
      findings: [],
      fine: [new RegExp(`^The certificate of 127\\.0\\.0\\.1:${port} is good`)],
    })
    t.match(await at(50, 'localhost'), { findings: [] })
    t.match((await at(0)).findings, [{ code: 'certificate-expires' }])
    t.match((await at(-9)).findings, [{ code: 'certificate-expired' }])
    const closed = await checkServerCertificate(
      { what: 'The source x', host: '127.0.0.1', port: await findFreePort() },
      { nowMs: 0, signal: signal() },
    )
    t.match(closed, { findings: [], unknown: [/^The source x shows no certificate at 127/] })
  },
)

t.test("the gate's own certificates are told with their days left, each once", async t => {
  const nowMs = Date.UTC(2026, 10, 28)
  const certificate = (file: string, days: number) => ({
    ...{ chain: '', key: '', keyType: 'ec', file, names: ['photos.acme.example'] },
    expiresMs: nowMs + days * day,
  })
  const tls = (...certificates: object[]) => ({ host: '::', port: 443, tls: { certificates } })
  const listen = [
    tls(certificate('a.pem', 90), certificate('b.pem', 3)),
    tls(certificate('a.pem', 90)),
    { host: '::', port: 80 },
    { socket: '/run/gate.sock', mode: 0o660 },
  ] as unknown as Listen[]
  t.strictSame(checkListenCertificates(listen, nowMs), {
    findings: [],
    fine: ["The gate's certificate a.pem (photos.acme.example) is good until 2027-02-26, 90 days."],
    unknown: [],
  })
})

t.test('LTPA keys that end soon are found, unless others of the realm go on', async t => {
  const nowMs = Date.UTC(2026, 10, 28)
  const set = (keyId: string, days: number | undefined, realms = ['acme']) => ({
    ...{ keys: { keyId }, realms },
    ...(days === undefined ? {} : { notAfterMs: nowMs + days * day }),
  })
  const check = (...keySets: object[]) =>
    checkKeyDates({ keySets } as unknown as LtpaSettings, nowMs)
  t.strictSame(check(set('a', undefined)), { findings: [], fine: [], unknown: [] })
  t.match(check(set('a', 90)), {
    findings: [],
    fine: [/^The LTPA keys a count until 2027-02-26, 90 days\.$/],
  })
  t.match(check(set('a', 5)).findings, [
    { code: 'keys-end', effect: 'will-break', seen: /keys a of acme count until 2026-12-03/ },
  ])
  t.match(
    check(set('a', 5), set('b', undefined)),
    { findings: [], fine: [/keys a .* 5 days/] },
    'a change of keys',
  )
  t.match(check(set('a', 5), set('b', undefined, ['other'])).findings, [{ code: 'keys-end' }])
  t.strictSame(check(set('a', -1)).findings, [], 'past ones are a warning of the configuration')
})
