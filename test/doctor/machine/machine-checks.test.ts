// Which checks the settings ask for.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Settings } from '../../../src/config/settings.ts'
import { mergeDiagnoses } from '../../../src/doctor/finding.ts'
import { machineChecks } from '../../../src/doctor/machine/machine-checks.ts'
import { runChecks } from '../../../src/doctor/machine/run-checks.ts'
import { jpeg } from '../../fixtures/images.ts'
import { makeDirectory } from '../../fixtures/process.ts'

// Nothing listens there.
const nowhere = '127.0.0.1:1'

t.test('everything that the settings name is looked at, each by its title', async t => {
  const home = makeDirectory(t)
  const photos = join(home, 'photos')
  mkdirSync(photos)
  writeFileSync(join(photos, 'joe@acme.example.jpg'), jpeg)
  const files = { passwordFile: join(home, 'pw'), caFile: join(home, 'ca.pem') }
  for (const file of Object.values(files)) writeFileSync(file, 'x', { mode: 0o600 })
  const people = join(home, 'people.csv')
  writeFileSync(people, 'uid,mail\nu1,joe@acme.example\n')
  chmodSync(people, 0o606)
  const ldap = {
    ...{ kind: 'ldap', id: '1', title: 'the directory', url: `ldaps://${nowhere}`, base: 'o=a' },
    ...{ bind: 'cn=a', filter: '(mail=*)', mail: ['mail'], photo: ['photo'], startTls: false },
    ...{ pageSize: 2, ...files, caFile: undefined },
  }
  const profiles = {
    ...{ kind: 'connections', id: '2', title: 'the profiles', url: `https://${nowhere}/profiles` },
    ...{ peopleFile: people, user: 'a', signIn: 'basic', lookup: 'email', parallel: 1, ...files },
  }
  const plain = { ...ldap, id: '3', title: 'the plain directory', url: `ldap://${nowhere}` }
  const settings = {
    ...{ listen: [], files: [], photos: { directory: photos }, ltpa: { keySets: [] } },
    ledger: {
      target: {
        ...{ server: { host: '127.0.0.1', port: 1 }, user: undefined, password: 'x', db: 0 },
        tls: { ca: undefined },
      },
      ...{ secret: Buffer.alloc(32), whenDown: 'local' },
    },
    supply: {
      ...{ schedule: undefined, timeLimitSeconds: 60 },
      sources: [
        ldap,
        profiles,
        plain,
        { kind: 'folder', id: '4', title: 'the drop', folder: home },
      ],
    },
  } as unknown as Settings
  const checks = machineChecks({ settings, platform: 'linux', nowMs: Date.now() })
  const titles = checks.map(({ title }) => title)
  for (const title of [
    'rights',
    'LTPA keys',
    'the ledger',
    'imports',
    'the directory',
    'the drop',
  ]) {
    t.ok(titles.includes(title), title)
  }
  t.equal(
    titles.filter(title => title === `the certificate of ${nowhere}`).length,
    3,
    'not of ldap://',
  )
  t.ok(titles.includes(`the authority in ${files.caFile}`))
  const { findings, unknown } = mergeDiagnoses(await runChecks(checks, { limitMs: 20_000 }))
  const codes = findings.map(({ code }) => code)
  for (const code of ['ledger-down', 'source-down', 'source-empty', 'import-never']) {
    t.ok(codes.includes(code), code)
  }
  t.match(
    findings.filter(({ code }) => code === 'rights-replaceable'),
    [{ place: { file: people } }],
    'files of sources are guarded too',
  )
  t.ok(unknown.some(text => text.includes('holds no certificate')))
  t.equal(unknown.filter(text => text.includes(`shows no certificate at ${nowhere}`)).length, 3)
})

t.test('settings that name nothing ask for nothing more', async t => {
  const settings = {
    ...{ listen: [], files: [], photos: { directory: '/photos' } },
  } as unknown as Settings
  const titles = machineChecks({ settings, platform: 'linux', nowMs: 0 }).map(({ title }) => title)
  t.strictSame(titles, [
    ...[
      'the gate',
      'rights',
      'the disk',
      'the clock',
      'watches on files',
      'open files',
      'the photos',
    ],
    'certificates',
  ])
})
