// What doctor sees of this machine: each planted fault is found, and a machine without it has no findings.
import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import t from 'tap'
import type { Diagnosis } from '../../../src/doctor/finding.ts'
import { diagnosisOf } from '../../../src/doctor/finding.ts'
import { checkClock } from '../../../src/doctor/machine/clock.ts'
import { checkDisk } from '../../../src/doctor/machine/disk.ts'
import { checkFileWatch } from '../../../src/doctor/machine/file-watch.ts'
import { checkOpenFiles } from '../../../src/doctor/machine/open-files.ts'
import type { ProcessUser } from '../../../src/doctor/machine/owners.ts'
import { judgeOwners } from '../../../src/doctor/machine/owners.ts'
import { checkRights } from '../../../src/doctor/machine/rights.ts'
import { runChecks } from '../../../src/doctor/machine/run-checks.ts'
import { runTool } from '../../../src/doctor/machine/run-tool.ts'
import { makeDirectory } from '../../fixtures/process.ts'

const found = ({ findings }: Diagnosis) => findings.map(({ code, effect }) => `${code} ${effect}`)

t.test('checks run side by side, and one that hangs or fails is not known', async t => {
  let aborted = false
  const shown: string[][] = []
  const diagnoses = await runChecks(
    [
      {
        title: 'the slow',
        look: signal =>
          new Promise(() =>
            signal.addEventListener('abort', () => {
              aborted = true
            }),
          ),
      },
      {
        title: 'the broken',
        look: () => {
          throw new Error('it broke')
        },
      },
      { title: 'the good', look: async () => diagnosisOf({ fine: ['Good.'] }) },
    ],
    { limitMs: 100, onProgress: waiting => void shown.push([...waiting]) },
  )
  t.strictSame(
    diagnoses.map(({ unknown, fine }) => [...unknown, ...fine]),
    [
      ['The slow: no answer within 0.1 s.'],
      ['The broken could not be looked at: it broke.'],
      ['Good.'],
    ],
  )
  t.ok(aborted, 'and its work is ended')
  t.strictSame(shown[0], ['the slow', 'the broken', 'the good'])
  t.strictSame(shown.at(-1), [])
  await delay(0)
})

t.test('rights', { skip: process.platform === 'win32' }, async t => {
  const home = (t: Test) => {
    const directory = makeDirectory(t)
    for (const name of ['conf', 'conf/keys', 'photos']) {
      mkdirSync(join(directory, name))
      chmodSync(join(directory, name), 0o755)
    }
    const config = join(directory, 'conf/photogate.yaml')
    const key = join(directory, 'conf/keys/ltpa.keys')
    for (const file of [config, key]) {
      writeFileSync(file, '')
      chmodSync(file, 0o600)
    }
    const look = (user: ProcessUser = { uid: process.getuid?.() ?? 0, groups: [] }) =>
      checkRights({
        ...{ deciding: [config, key], photos: join(directory, 'photos'), platform: 'linux' },
        user,
      })
    return { directory, config, key, look }
  }
  await t.test('a clean set-up has no findings, also below /tmp', async t => {
    const { look } = home(t)
    const clean = await look()
    t.strictSame(clean.findings, [])
    t.match(clean.fine, [/^Only root (?:and this user )?can replace/])
  })
  await t.test('a configuration that everybody can write opens the door', async t => {
    const { config, look } = home(t)
    chmodSync(config, 0o606)
    const diagnosis = await look()
    t.strictSame(found(diagnosis), ['rights-replaceable opens'])
    t.match(diagnosis.findings, [
      { place: { file: config }, cure: [/chmod o-w .*photogate\.yaml/] },
    ])
  })
  const skip = process.getuid?.() === 0 ? false : 'only root can give files away'
  await t.test(
    'a group that can write it weakens, unless it is the owner’s own',
    { skip },
    async t => {
      const { config, look } = home(t)
      chmodSync(config, 0o660)
      t.strictSame((await look()).findings, [], 'the group of root')
      chownSync(config, 1234, 1234)
      t.strictSame((await look()).findings, [], 'a group with the number of the owner')
      chownSync(config, 1234, 100)
      const diagnosis = await look()
      t.strictSame(found(diagnosis), ['rights-replaceable weakens'])
      t.match(diagnosis.findings, [
        { seen: /^The members of its group can write/, cure: [/chmod g-w/] },
      ])
    },
  )
  await t.test('owners who are neither root nor this user are named', { skip }, async t => {
    const { directory, config, look } = home(t)
    chownSync(config, 1234, 1234)
    t.match((await look({ uid: 1234, groups: [] })).fine, [/^Only root and this user can replace/])
    const seenByRoot = await look({ uid: 0, groups: [0] })
    t.strictSame(seenByRoot.findings, [], 'it may be the user of the gate')
    t.match(seenByRoot.unknown, [/^Whether the gate runs as uid 1234.*photogate\.yaml\.$/])
    t.strictSame(seenByRoot.fine, [])
    const seenByAnother = await look({ uid: 1235, groups: [] })
    t.match(seenByAnother.findings, [
      { code: 'rights-owner', effect: 'weakens', place: { file: config } },
    ])
    chownSync(directory, 1235, 1235)
    const two = await look({ uid: 0, groups: [0] })
    t.strictSame(
      found(two),
      ['rights-owner weakens', 'rights-owner weakens'],
      'a gate has one user',
    )
    t.match(two.findings.map(({ seen }) => seen).join('\n'), directory)
  })
  await t.test(
    'owners have their names, and the service of another account is no finding',
    async t => {
      const passwd = join(makeDirectory(t), 'passwd')
      writeFileSync(passwd, 'root:x:0:0:::\njoe:x:1001:1001:::\nphotogate:x:990:990:::\n')
      const judge = (uid: number) =>
        judgeOwners(new Map([[uid, new Set(['/photos'])]]), { uid: 1500 }, passwd)
      t.match((await judge(1001)).findings, [
        { seen: '/photos is owned by joe (uid 1001), who can replace it and what is in it.' },
      ])
      t.match(await judge(990), { findings: [], unknown: [/photogate \(uid 990\)/] })
      t.strictSame(await judge(1500), diagnosisOf({}))
      t.strictSame(await judge(0), diagnosisOf({}))
    },
  )
  await t.test('photos that everybody can write are counted, where others can enter', async t => {
    const { directory, look } = home(t)
    const photos = join(directory, 'photos')
    for (const name of ['ann', 'bob', 'cem', 'dee']) {
      writeFileSync(join(photos, `${name}@acme.example.jpg`), '')
      chmodSync(join(photos, `${name}@acme.example.jpg`), name === 'dee' ? 0o644 : 0o666)
    }
    chmodSync(directory, 0o700)
    t.strictSame((await look()).findings, [], 'nobody else comes that far')
    chmodSync(directory, 0o755)
    const diagnosis = await look()
    t.strictSame(found(diagnosis), ['rights-photos weakens'])
    t.match(diagnosis.findings, [{ seen: /can write 3 files in .*(?:ann|bob|cem)@/ }])
  })
  await t.test(
    'advice to close the folder comes only where the gate goes on reading',
    { skip },
    async t => {
      const { directory, look } = home(t)
      const photos = join(directory, 'photos')
      const isAdvised = async (user: ProcessUser) =>
        (await look(user)).fine.some(text => text.includes('chmod o='))
      t.notOk(await isAdvised({ uid: 0, groups: [0] }), 'root reads in any case')
      t.notOk(await isAdvised({ uid: 1234, groups: [1234] }), 'by the bits of all others')
      chownSync(photos, 0, 1234)
      t.ok(await isAdvised({ uid: 1234, groups: [1234] }), 'by the group')
      chownSync(photos, 1234, 0)
      t.ok(await isAdvised({ uid: 1234, groups: [1234] }), 'as the owner')
      chmodSync(photos, 0o750)
      t.notOk(await isAdvised({ uid: 1234, groups: [1234] }), 'closed already')
    },
  )
  await t.test('so does a folder above a key, of which the key itself says nothing', async t => {
    const { directory, key, look } = home(t)
    chmodSync(join(directory, 'conf'), 0o757)
    const diagnosis = await look()
    t.strictSame(found(diagnosis), ['rights-replaceable opens'])
    t.match(diagnosis.findings, [{ place: { file: join(directory, 'conf') } }])
    t.ok(diagnosis.findings[0]?.seen.includes(key))
  })
  await t.test('so does the folder that a link leads to', async t => {
    const { directory, look } = home(t)
    mkdirSync(join(directory, 'elsewhere'))
    chmodSync(join(directory, 'elsewhere'), 0o757)
    writeFileSync(join(directory, 'elsewhere/networks.txt'), '', { mode: 0o600 })
    const link = join(directory, 'conf/networks.txt')
    symlinkSync('../elsewhere/networks.txt', link)
    const diagnosis = await checkRights({
      deciding: [link],
      photos: join(directory, 'photos'),
      platform: 'linux',
    })
    t.match(diagnosis.findings, [
      { code: 'rights-replaceable', place: { file: join(directory, 'elsewhere') } },
    ])
    t.strictSame((await look()).findings, [])
  })
  await t.test(
    'a photo folder that everybody can write weakens, sticky or not; a group may',
    async t => {
      const { directory, look } = home(t)
      const photos = join(directory, 'photos')
      for (const mode of [0o757, 0o1777]) {
        chmodSync(photos, mode)
        t.strictSame(found(await look()), ['rights-photos weakens'])
      }
      chmodSync(photos, 0o775)
      t.strictSame((await look()).findings, [])
    },
  )
  await t.test('a file that is gone, and Windows, are not known', async t => {
    const { directory } = home(t)
    const photos = join(directory, 'photos')
    const gone = await checkRights({
      deciding: [join(directory, 'gone')],
      photos,
      platform: 'linux',
    })
    t.match(gone, { findings: [], fine: [], unknown: [/gone is not known: ENOENT/] })
    const windows = await checkRights({ deciding: [], photos, platform: 'win32' })
    t.match(windows, { findings: [], unknown: [/not looked at on Windows; icacls/] })
  })
})

t.test('lines to paste are quoted for the shell', async t => {
  const none = { bsize: 4096, blocks: 1_000, bavail: 0, files: 0, ffree: 0 }
  const { findings } = await checkDisk("/srv/joe's photos; reboot", async () => none)
  t.match(findings[0]?.cure[0], "du -xh --max-depth=2 '/srv/joe'\\''s photos; reboot/..' |")
})

t.test('the disk: too few bytes and too few inodes are told before they run out', async t => {
  const roomy = {
    bsize: 4096,
    blocks: 1_000_000,
    bavail: 500_000,
    files: 1_000_000,
    ffree: 500_000,
  }
  const look = (room: Partial<typeof roomy>) =>
    checkDisk('/photos', async () => ({ ...roomy, ...room }))
  t.match(await look({}), { findings: [], fine: [/^The disk of \/photos has 1\.9 GiB free\.$/] })
  t.strictSame(found(await look({ bavail: 1_000 })), ['disk-full will-break'])
  t.match((await look({ bavail: 1_000 })).findings, [{ seen: /3\.9 MiB free of 3\.8 GiB/ }])
  t.strictSame(found(await look({ bavail: 0 })), ['disk-full breaks'])
  t.strictSame(found(await look({ ffree: 100 })), ['disk-inodes will-break'])
  t.strictSame(found(await look({ ffree: 0 })), ['disk-inodes breaks'])
  t.strictSame(found(await look({ files: 0, ffree: 0 })), [], 'a file system without inodes')
  t.match(await look({ blocks: 0, bavail: 0 }), {
    findings: [],
    unknown: [/does not say how full/],
  })
  t.match(await checkDisk(makeDirectory(t)), { findings: [], unknown: [] }, 'the real one')
})

type Answers = Readonly<Record<string, string>>
const clockBy = (
  answers: Answers,
  files: readonly string[] = [],
  platform: NodeJS.Platform = 'linux',
) =>
  checkClock({
    platform,
    run: async program => answers[program],
    exists: file => files.includes(file),
  })

t.test('the clock: a time service that does not keep it right is found', async t => {
  t.match(await clockBy({ timedatectl: 'yes\n' }), {
    findings: [],
    fine: [/by time servers \(timedatectl\)/],
  })
  t.strictSame(found(await clockBy({ timedatectl: 'no\n' })), ['clock-unsynchronized will-break'])
  const chrony = (leap: string) => ({
    chronyc: `Reference ID    : 7F7F0101 ()\nLeap status     : ${leap}\n`,
  })
  t.match(await clockBy(chrony('Normal')), { findings: [], fine: [/chronyc/] })
  t.strictSame(found(await clockBy(chrony('Not synchronised'))), [
    'clock-unsynchronized will-break',
  ])
  t.match(await clockBy({}, ['/run/systemd/timesync/synchronized']), {
    findings: [],
    fine: [/timesyncd/],
  })
})

t.test('a clock of which nothing tells is not known, and no finding', async t => {
  t.match(await clockBy({}), {
    findings: [],
    fine: [],
    unknown: [/neither timedatectl nor chronyc.*container/],
  })
  t.match(await clockBy({ timedatectl: 'Failed to connect to bus' }), {
    findings: [],
    unknown: [/./],
  })
  t.match(await clockBy({}, [], 'darwin'), { findings: [], unknown: [/darwin/] })
  t.match(await clockBy({}, [], 'win32'), { findings: [], unknown: [/w32tm/] })
  t.match(await clockBy({ w32tm: 'Source: Local CMOS Clock' }, [], 'win32'), {
    findings: [{ code: 'clock-unsynchronized' }],
  })
  t.match(await clockBy({ w32tm: 'Quelle: dc1.acme.example' }, [], 'win32'), {
    findings: [],
    fine: [/w32tm/],
  })
})

t.test('programs that are not there or fail give nothing', async t => {
  t.equal(await runTool('photogate-no-such-program', []), undefined)
  t.equal(await runTool(process.execPath, ['-e', 'process.exit(3)']), undefined)
  t.equal(await runTool(process.execPath, ['-e', 'console.log(1)']), '1\n')
})

t.test('watches: used up ones are found, with the limit to raise', async t => {
  const directory = makeDirectory(t)
  const failing = (code: string) => () => {
    throw Object.assign(new Error(`${code}: System limit`), { code })
  }
  const look = (tryWatch?: () => void) =>
    checkFileWatch(directory, {
      platform: 'linux',
      isRemote: () => false,
      ...(tryWatch && { tryWatch }),
    })
  t.match(await look(), {
    findings: [],
    fine: [/are seen at once\. A user may have [\d,?NaN]+ watches/],
  })
  const used = await look(failing('ENOSPC'))
  t.strictSame(found(used), ['watch-limit weakens'])
  t.match(used.findings[0]?.cure[1], /fs\.inotify\.max_user_watches=524288/)
  t.match((await look(failing('EMFILE'))).findings[0]?.cure[1], /max_user_instances=512/)
  t.match(await look(failing('EACCES')), { findings: [], unknown: [/EACCES/] })
  const remote = await checkFileWatch(directory, { platform: 'linux', isRemote: () => true })
  t.match(remote, { findings: [], fine: [/network or shared file system/] })
})

t.test('open files: a low limit is found', async t => {
  const limits = (hard: string) =>
    `Limit  Soft Limit Hard Limit Units\nMax open files            256  ${hard}  files\n`
  t.strictSame(found(await checkOpenFiles('linux', limits('1024'))), ['open-files weakens'])
  t.match((await checkOpenFiles('linux', limits('1024'))).findings[0]?.cure, [
    /LimitNOFILE=65536/,
    /./,
  ])
  for (const hard of ['4096', '1048576', 'unlimited']) {
    t.match(await checkOpenFiles('linux', limits(hard)), { findings: [], fine: [/./] })
  }
  t.match(await checkOpenFiles('linux', 'nothing'), { findings: [], unknown: [/not in/] })
  t.match(await checkOpenFiles('win32'), { findings: [], unknown: [/Linux only/] })
})
