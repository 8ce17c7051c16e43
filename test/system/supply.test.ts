// The whole chain: the content of a directory or a dump goes in at one end, and the photo that a
// browser renders in a meeting comes out of the other.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import t from 'tap'
import { makeCertificates } from '../fixtures/certificates.ts'
import { visitPage } from '../fixtures/chromium.ts'
import { runCli, startServing } from '../fixtures/cli.ts'
import { ask } from '../fixtures/client.ts'
import { startConnections } from '../fixtures/connections.ts'
import { startMeetings, userImage } from '../fixtures/meetings.ts'
import { drawJpeg } from '../fixtures/pictures.ts'
import { findFreePort, findProgram, makeDirectory } from '../fixtures/process.ts'
import { dnOf, startSlapd } from '../fixtures/slapd.ts'
import { startSshd } from '../fixtures/sshd.ts'
import { writeTdiDump } from '../fixtures/tdi-dump.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const guest = 'STPluginActivePage=stMeetingroom42'
const meetingRule = 'allow: [{ name: meetings, cookie: "STPluginActivePage=stMeetingroom*" }]'

t.test('photos get from a dump of TDI into a room of the Meetings server', async t => {
  const chromium = findProgram(t, 'chromium')
  if (chromium === undefined) return
  const home = makeDirectory(t)
  mkdirSync(join(home, 'photos'))
  // Two people of a stock dump, and one whose photo is the sign-in page of a server.
  writeTdiDump(join(home, 'dump_photos'), [
    { uid: 'JBloggs', bytes: await drawJpeg({ width: 600, height: 800, seed: 1 }) },
    { uid: 'AAmadou', bytes: await drawJpeg({ width: 300, height: 300, seed: 2 }) },
    { uid: 'XBad', bytes: Buffer.from('<html>Sign in</html>') },
  ])
  writeFileSync(
    join(home, 'people.csv'),
    '\ufeffuid;mail;alias\r\njbloggs;Joe.Bloggs@ACME.example;jb@acme.example\r\naamadou;ann@acme.example;\r\nxbad;bad@acme.example;\r\nnone;nobody@acme.example;\r\n',
  )
  const config = join(home, 'photogate.yaml')
  writeFileSync(
    config,
    `${meetingRule}\nsupply: { sources: [{ tdiDump: dump_photos, people: people.csv }] }`,
  )
  const serving = await startServing(t, ['--config', config])

  const imported = await runCli(t, ['import', '--config', config, '--json'])
  const report = JSON.parse(imported.stdout)
  t.match(report, {
    added: ['ann@acme.example', 'jb@acme.example', 'joe.bloggs@acme.example'],
    quarantined: [
      { key: 'xbad', reason: 'is not an image: neither JPEG, GIF, PNG, WebP, TIFF nor AVIF' },
    ],
    withoutPhoto: ['bad@acme.example', 'nobody@acme.example'],
    errors: [],
  })
  t.equal(imported.code, 1, 'the quarantined picture ends the import with 1')

  const cookie = { cookie: guest }
  const headers = { headers: cookie }
  await waitUntil(
    async () => (await ask(serving.port, '/jb@acme.example.jpg', headers)).status === 200,
  )
  const port = await findFreePort()
  const meetings = await startMeetings(t, {
    port,
    template: `http://photos.acme.example:${serving.port}/{email}.jpg`,
  })
  const expected = {
    [userImage('Joe.Bloggs@acme.example')]: '240x320',
    [userImage('jb@acme.example')]: '240x320',
    [userImage('ann@acme.example')]: '300x300',
    [userImage('bad@acme.example')]: '0x0',
    [userImage('nobody@acme.example')]: '0x0',
  }
  const room = meetings.addRoom(Object.keys(expected), {
    'set-cookie': `${guest}; Domain=acme.example; Path=/`,
  })
  t.strictSame(await visitPage(t, chromium, { url: room.url, until: room.seen }), expected)

  await t.test('an erased person is gone from the folder and from the room', async t => {
    const removed = await runCli(t, ['photos', 'remove', 'JB@acme.example', '--config', config])
    t.match(removed, {
      code: 0,
      stdout: /^removed jb@acme.example, joe.bloggs@acme.example: 2 files/,
    })
    t.match(removed.stderr, /take it out there as well/)
    await waitUntil(
      async () => (await ask(serving.port, '/jb@acme.example.jpg', headers)).status === 404,
    )
    const state = join(home, 'photos', '.supply')
    t.strictSame(readdirSync(state), ['journal.jsonl'])
    t.notMatch(readFileSync(join(state, 'journal.jsonl'), 'utf8'), /bloggs|jb@/i)
  })
})

t.test('two thousand people of a directory are imported over TLS, 500 at once', async t => {
  const faces = await Promise.all(
    Array.from({ length: 20 }, (_, seed) => drawJpeg({ width: 96, height: 96, seed })),
  )
  const people = Array.from({ length: 2_000 }, (_, at) => {
    // Different bytes for each person: a comment with the number.
    const text = Buffer.from(String(at).padStart(5, '0'))
    const face = faces[at % faces.length] as Buffer
    const comment = Buffer.concat([Buffer.from([0xff, 0xfe, 0, text.length + 2]), text])
    const photo = Buffer.concat([face.subarray(0, 2), comment, face.subarray(2)])
    return {
      cn: `Person ${at}`,
      mail:
        at % 10 === 0
          ? [`p${at}@acme.example`, `Alias${at}@acme.example`]
          : [`P${at}@ACME.example`],
      ...(at % 20 === 7 ? {} : { photo }),
    }
  })
  const slapd = await startSlapd(t, { people, tls: makeCertificates(t) })
  if (slapd === undefined) return
  const home = makeDirectory(t)
  mkdirSync(join(home, 'photos'))
  writeFileSync(join(home, 'ldap.pw'), slapd.readerPassword, { mode: 0o600 })
  const config = join(home, 'photogate.yaml')
  writeFileSync(
    config,
    `supply:
  removeAfter: 30d
  sources:
    - { ldap: "${slapd.ldapsUrl}", ca: ${slapd.caFile}, base: "${slapd.base}", bind: "${slapd.reader}", passwordFile: ldap.pw, filter: "(objectClass=inetOrgPerson)" }
`,
  )
  const run = async (...args: string[]) => {
    const { stdout, stderr, code } = await runCli(t, [
      'import',
      '--config',
      config,
      '--json',
      ...args,
    ])
    // On a slow machine it prints its progress every 10 s, and nothing else.
    t.match(stderr, /^(?:.* [█░]+ .* of .*\n|.*: [\d,]+ (?:person|people)\n)*$/)
    return { code, report: JSON.parse(stdout) }
  }
  const first = await run()
  t.match(first, { code: 0, report: { unchanged: 0, quarantined: [], errors: [] } })
  t.equal(first.report.added.length, 1_900 + 200)
  t.equal(first.report.withoutPhoto.length, 100)
  t.match(await run(), { code: 0, report: { added: [], changed: [], unchanged: 2_100 } })

  slapd.modify(`dn: ${dnOf('Person 0')}
changetype: modify
replace: jpegPhoto
jpegPhoto:: ${(await drawJpeg({ seed: 99 })).toString('base64')}

dn: ${dnOf('Person 1')}
changetype: modify
delete: jpegPhoto

dn: ${dnOf('Person 2')}
changetype: delete

dn: ${dnOf('Person 3')}
changetype: modify
replace: mail
mail: p4@acme.example
`)
  const second = await run()
  t.match(second, {
    code: 1,
    report: {
      changed: ['alias0@acme.example', 'p0@acme.example'],
      removed: ['p1@acme.example'],
      toBeRemoved: [{ address: 'p2@acme.example' }, { address: 'p3@acme.example' }],
      leftAlone: 1,
      unchanged: 2_094,
    },
  })
  t.equal(second.report.errors.length, 1)
  t.match(
    second.report.errors[0],
    /2 people have p4@acme.example, so nobody gets it: cn=Person 3,.* cn=Person 4,/,
  )
})

t.test('in a configuration with a source of each kind, earlier sources win', async t => {
  // The size of a photo tells its source.
  const sides = { folder: 10, tdiDump: 20, ldap: 30, connections: 40, sftp: 50 }
  const drawn = await Promise.all(
    Object.values(sides).map(side => drawJpeg({ width: side, height: side, seed: side })),
  )
  const [inFolder, inDump, inLdap, inProfiles, inSftp] = drawn as [
    Buffer,
    Buffer,
    Buffer,
    Buffer,
    Buffer,
  ]
  const sshd = await startSshd(t)
  const slapd = await startSlapd(t, {
    people: [
      { cn: 'Alias of all', mail: ['all@acme.example', 'alias@acme.example'], photo: inLdap },
      { cn: 'In three', mail: ['three@acme.example'], photo: inLdap },
    ],
  })
  if (sshd === undefined || slapd === undefined) return
  const addresses = ['all', 'two', 'three', 'four', 'five'].map(name => `${name}@acme.example`)
  const profiles = await startConnections(t, {
    photos: new Map(addresses.slice(0, 4).map(address => [address, inProfiles])),
    password: 'of-the-reader',
  })
  const home = makeDirectory(t)
  for (const name of ['photos', 'drop', 'dump']) mkdirSync(join(home, name))
  writeFileSync(join(home, 'drop', 'All@acme.example.JPG'), inFolder)
  writeTdiDump(join(home, 'dump'), [
    { uid: 'ALL', bytes: inDump },
    { uid: 'TWO', bytes: inDump },
  ])
  const rows = addresses.map(address => `${address.split('@')[0]},${address}\n`)
  writeFileSync(join(home, 'people.csv'), `uid,mail\n${rows.join('')}`)
  for (const address of addresses) writeFileSync(join(sshd.folder, `${address}.jpg`), inSftp)
  writeFileSync(join(home, 'ldap.pw'), slapd.readerPassword, { mode: 0o600 })
  writeFileSync(join(home, 'c.pw'), 'of-the-reader', { mode: 0o600 })
  const config = join(home, 'photogate.yaml')
  const { user, port, folder, keyFile, knownHosts } = sshd.settings as {
    folder: string
  } & typeof sshd.settings
  writeFileSync(
    config,
    `supply:
  fit: { maxPixels: 320, maxBytes: 45KB }
  sources:
    - { folder: drop }
    - { tdiDump: dump, people: people.csv }
    - { ldap: "${slapd.url}", bind: "${slapd.reader}", passwordFile: ldap.pw, base: "${slapd.base}", filter: "(mail=*)", mail: [mail, proxyAddresses], photo: [thumbnailPhoto, jpegPhoto] }
    - { connections: "${profiles.url}", user: reader, passwordFile: c.pw, people: people.csv }
    - { sftp: "sftp://${user}@127.0.0.1:${port}${folder}", keyFile: ${keyFile}, knownHosts: ${knownHosts} }
`,
  )
  const { stdout, code } = await runCli(t, ['import', '--config', config, '--json'])
  t.match(JSON.parse(stdout), { errors: [], quarantined: [], withoutPhoto: [] })
  t.equal(code, 0)
  const sideOf = async (name: string) =>
    (await sharp(join(home, 'photos', `${name}@acme.example.jpg`)).metadata()).width
  t.strictSame(await Promise.all(['all', 'alias', 'two', 'three', 'four', 'five'].map(sideOf)), [
    sides.folder,
    sides.folder,
    sides.tdiDump,
    sides.ldap,
    sides.connections,
    sides.sftp,
  ])

  await t.test('a second import finds nothing to do', async t => {
    const again = await runCli(t, ['import', '--config', config, '--json'])
    t.match(JSON.parse(again.stdout), { added: [], changed: [], unchanged: 6, errors: [] })
  })
  await t.test('a source that fails is named, and nobody loses a photo', async t => {
    await slapd.stop()
    const failed = await runCli(t, ['import', '--config', config])
    t.equal(failed.code, 1)
    t.match(failed.stdout, /errors\n {2}ldap ldap:\/\/localhost.*: /)
    t.match(failed.stdout, /^unchanged +4$/m)
    t.match(failed.stdout, /^left alone +1 /m)
    t.match(failed.stdout, /^to be removed +0$/m)
    t.match(failed.stdout, /^removed +0$/m)
  })
  await t.test('only the source that is asked for is asked', async t => {
    const requests = profiles.seen.length
    const one = await runCli(t, ['import', '--config', config, '--source', '1'])
    t.match(one, { code: 0, stdout: /^tdiDump dump +not asked$/m })
    t.equal(profiles.seen.length, requests)
  })
})
