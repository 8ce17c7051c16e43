// `photogate photos …`: lists photos, and removes or renames them.
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import { importPhotos } from '../../src/command/import.ts'
import { removePhotos, renamePhotos } from '../../src/command/photos.ts'
import { coverage } from '../../src/command/photos-coverage.ts'
import { listPhotos, showPhoto } from '../../src/command/photos-list.ts'
import { isLock, takeLock } from '../../src/disk/lock.ts'
import { runCommandLine } from '../fixtures/command-line.ts'
import '../fixtures/import-here.ts'
import { captureOutput } from '../fixtures/output.ts'
import { drawJpeg } from '../fixtures/pictures.ts'
import { makeDirectory } from '../fixtures/process.ts'
import type { DataPerson } from '../fixtures/supply.ts'
import { openSupply } from '../fixtures/supply.ts'
import { writeTdiDump } from '../fixtures/tdi-dump.ts'

const picture = await drawJpeg({ width: 40, height: 40 })
const people = `uid,mail,alias
joe,joe@acme.example,jb@acme.example
ann,ann@acme.example,
bad,bad@acme.example,
kim,kim@acme.example,
`

/** After an import: joe has an alias, bad's picture was refused, kim has none. The photo of guest was put there by hand. */
async function openHome(t: Test) {
  const home = t.testdir({
    photos: {},
    'people.csv': people,
    'photogate.yaml': 'supply: { sources: [{ tdiDump: dump, people: people.csv }] }',
  })
  writeTdiDump(join(home, 'dump'), [
    { uid: 'joe', bytes: picture },
    { uid: 'ann', bytes: await drawJpeg({ seed: 3 }) },
    { uid: 'bad', bytes: Buffer.from('<html>') },
  ])
  writeFileSync(join(home, 'photos', 'guest@acme.example.png'), picture)
  const config = join(home, 'photogate.yaml')
  const { signal } = new AbortController()
  const importAgain = () =>
    importPhotos({ config }, { output: captureOutput(), terminal: undefined, signal })
  await importAgain()
  const photos = join(home, 'photos')
  return {
    config,
    photos,
    importAgain,
    journal: () => readFileSync(join(photos, '.supply', 'journal.jsonl'), 'utf8'),
  }
}

const names = (photos: string) =>
  readdirSync(photos)
    .filter(name => !name.startsWith('.'))
    .sort()

t.test('a text that is not a mail address is refused', async t => {
  const { config } = await openHome(t)
  const output = captureOutput()
  const wrong = { exitCode: 2, message: /^"joe" is not a mail address; write / }
  await t.rejects(showPhoto('joe', { config }, output), wrong)
  await t.rejects(removePhotos('joe', { config }, output), wrong)
  await t.rejects(renamePhotos(['joe', 'a@b.example'], { config }, output), wrong)
})

t.test('remove and rename are refused while an import is at work', async t => {
  const { config, photos } = await openHome(t)
  const lock = await takeLock(join(photos, '.supply'))
  t.ok(isLock(lock))
  const busy = {
    code: 'GATE_BUSY',
    exitCode: 70,
    message: new RegExp(`process ${process.pid} on `),
  }
  await t.rejects(removePhotos('joe@acme.example', { config }, captureOutput()), busy)
  await t.rejects(
    renamePhotos(['joe@acme.example', 'x@acme.example'], { config }, captureOutput()),
    busy,
  )
  t.equal(names(photos).length, 4)
  if (isLock(lock)) lock.release()
})

t.test('remove erases the photo, its aliases and every record', async t => {
  const { config, photos, journal, importAgain } = await openHome(t)
  const remove = async (address: string) => {
    const output = captureOutput()
    const code = await removePhotos(address, { config }, output)
    return { code, printed: output.printed(), noted: output.noted() }
  }
  t.match(journal(), /joe@acme.example/)
  t.match(await remove('JB@acme.example'), {
    code: 0,
    printed: 'removed jb@acme.example, joe@acme.example: 2 files, and all records',
    noted: /a source that still has the photo gives it to the next import/,
  })
  t.strictSame(names(photos), ['ann@acme.example.jpg', 'guest@acme.example.png'])
  t.notMatch(journal(), /joe|jb@/)

  await t.test(
    'remove also erases records of refused pictures and of people without a photo',
    async t => {
      t.match(journal(), /bad@acme.example/)
      t.match(await remove('bad@acme.example'), { code: 0 })
      t.notMatch(journal(), /bad/)
      t.match(journal(), /kim@acme.example/)
      await remove('kim@acme.example')
      t.notMatch(journal(), /kim/)
    },
  )
  await t.test('remove also erases files that no import has written', async t => {
    writeFileSync(join(photos, 'Guest@acme.example.JPG'), picture)
    symlinkSync('/etc/passwd', join(photos, 'GUEST@acme.example.gif'))
    t.match(await remove('guest@acme.example'), { code: 0, printed: /3 files/ })
    t.strictSame(names(photos), ['ann@acme.example.jpg'])
  })
  await t.test('remove says when there is nothing to erase', async t => {
    t.match(await remove('nobody@acme.example'), {
      code: 1,
      printed: 'there is no photo of nobody@acme.example',
      noted: '',
    })
  })
  await t.test('the next import brings back a photo that a source still has', async t => {
    await importAgain()
    t.ok(names(photos).includes('joe@acme.example.jpg'))
  })
})

t.test('rename gives the photo to another address', async t => {
  const { config, photos, journal, importAgain } = await openHome(t)
  const rename = async (from: string, to: string) => {
    const output = captureOutput()
    const code = await renamePhotos([from, to], { config }, output)
    return { code, printed: output.printed() }
  }
  t.match(await rename('nobody@acme.example', 'x@acme.example'), {
    code: 1,
    printed: /there is no photo of nobody/,
  })
  t.match(await rename('ann@acme.example', 'joe@acme.example'), {
    code: 1,
    printed: /there is a photo of joe@.* already/,
  })
  const before = readFileSync(join(photos, 'ann@acme.example.jpg'))
  t.match(await rename('Ann@acme.example', 'ann.new@acme.example'), {
    code: 0,
    printed: 'the photo of ann@acme.example is that of ann.new@acme.example now',
  })
  t.strictSame(readFileSync(join(photos, 'ann.new@acme.example.jpg')), before)
  t.notOk(names(photos).includes('ann@acme.example.jpg'))
  t.match(journal(), /"address":"ann.new@acme.example"/)

  await t.test('a file that no import has written keeps its extension', async t => {
    t.match(await rename('guest@acme.example', 'host@acme.example'), { code: 0 })
    t.ok(names(photos).includes('host@acme.example.png'))
  })
  await t.test(
    'while the source still names the old address, the next import gives it its photo again',
    async t => {
      await importAgain()
      t.ok(names(photos).includes('ann@acme.example.jpg'))
      t.ok(
        names(photos).includes('ann.new@acme.example.jpg'),
        'the new one stays for the time of removeAfter',
      )
    },
  )
})

t.test('show says where a photo comes from', async t => {
  const { config, photos } = await openHome(t)
  const show = async (address: string) => {
    const output = captureOutput()
    const code = await showPhoto(address, { config }, output)
    return { code, printed: output.printed() }
  }
  t.match(await show('Joe@acme.example'), {
    code: 0,
    printed: new RegExp(
      `^joe@acme.example\n  file         ${photos}/joe@acme.example.jpg, \\d+ bytes, written .*\n  from         tdiDump dump: joe\n  aliases      jb@acme.example$`,
    ),
  })
  t.match(
    (await show('bad@acme.example')).printed,
    /file +none\n {2}quarantined {2}bad of tdiDump dump is not an image/,
  )
  t.match((await show('guest@acme.example')).printed, /from +others than the import/)
  t.match(await show('kim@acme.example'), {
    code: 1,
    printed: 'there is no photo of kim@acme.example',
  })
})

t.test('list prints all photos, also those that no import has written', async t => {
  const { config, photos } = await openHome(t)
  mkdirSync(join(photos, 'dir@acme.example.jpg'))
  const output = captureOutput()
  t.equal(await listPhotos({ config }, output), 0)
  t.match(
    output.printed(),
    /^ann@acme.example .*from tdiDump dump\nguest@acme.example .*put there by others\njb@acme.example .*\njoe@acme.example .*\n4 photos$/,
  )
  const json = captureOutput()
  await listPhotos({ config, json: true }, json)
  t.match(JSON.parse(json.printed()), [
    { address: 'ann@acme.example', aliases: [] },
    { address: 'guest@acme.example' },
    { address: 'jb@acme.example', aliases: ['joe@acme.example'] },
    {},
  ])
})

t.test('coverage lists the people without a photo', async t => {
  const { config, photos } = await openHome(t)
  const of = async (options: { people?: string } = {}) => {
    const output = captureOutput()
    await coverage({ config, ...options }, output)
    return output.printed()
  }
  t.match(
    await of(),
    /^2 of 4 people of the import of \S+ have a photo \(50 %\)\nwithout a photo\n {2}bad@acme.example\n {2}kim@acme.example$/,
  )
  await t.test('coverage of a people file counts a photo for any address of a person', async t => {
    const file = join(photos, '..', 'others.ldif')
    writeFileSync(
      file,
      'dn: cn=a\nmail: x@acme.example\nmail: JB@acme.example\n\ndn: cn=b\nmail: new@acme.example\n\ndn: cn=g\nmail: guest@acme.example\n',
    )
    t.match(
      await of({ people: file }),
      /^2 of 3 people of .*others.ldif have a photo \(66.6 %\)\nwithout a photo\n {2}new@acme.example$/,
    )
  })
  await t.test('a terminal with bars shows the domains too', async t => {
    const file = join(photos, '..', 'domains.csv')
    const mails = ['ann@acme.example', 'kim@acme.example', 'max@b.example', 'x@c.example']
    writeFileSync(file, ['uid,mail', ...mails.map((mail, at) => `${at},${mail}`)].join('\n'))
    const output = captureOutput()
    const screen = { colors: true, bars: { width: 4, isUnicode: false } }
    await coverage({ config, people: file }, { ...output, screen })
    t.match(
      output.printed(),
      /\nby domain +with a photo\n {2}acme\.example +1 of 2 +##\.\.\n {2}b\.ex/,
    )
    const nobody = captureOutput()
    writeFileSync(file, 'uid,mail\n')
    await coverage({ config, people: file }, { ...nobody, screen })
    t.match(nobody.printed(), /^0 of 0 people of .* have a photo \(100 %\)$/)
  })
  await t.test('coverage without a people file needs an import', async t => {
    rmSync(join(photos, '.supply'), { recursive: true })
    await t.rejects(of(), {
      code: 'GATE_SUPPLY',
      message: /no import of all sources has been made yet; run photogate import/,
    })
  })
})

t.test('each verb of photos runs on the command line', async t => {
  const { config } = await openHome(t)
  const run = (...args: string[]) => runCommandLine(['photos', ...args, '--config', config])
  t.match(await run('list'), { code: 0, stdout: /4 photos/ })
  t.match(await run('coverage'), { code: 0 })
  t.match(await run('show', 'joe@acme.example', '--json'), { code: 0, stdout: /"aliases"/ })
  t.match(await run('rename', 'joe@acme.example', 'joseph@acme.example'), { code: 0 })
  t.match(await run('remove', 'joseph@acme.example'), {
    code: 0,
    stderr: /take it out there as well/,
  })
  t.match(await run('remove', 'x'), { code: 2 })
})

const red = await drawJpeg({ width: 40, height: 40, seed: 1 })
const joe = 'joe@acme.example'

async function importPeople(t: Test, people: DataPerson[]) {
  const supply = openSupply(t, { one: { people } })
  await supply.run()
  const home = makeDirectory(t)
  const config = join(home, 'photogate.yaml')
  const text = `photos: { directory: ${JSON.stringify(supply.photos)} }\nallow: []\nsupply: { sources: [{ folder: . }] }\n`
  writeFileSync(config, text)
  return { home, config, supply }
}

t.test('control characters in directory keys do not reach the terminal', async t => {
  const key = 'cn=\u001b]0;pwned\u0007\u001b[2J\u009b31m\u202ejoe,o=acme'
  const html = Buffer.from('<html>')
  const { config } = await importPeople(t, [
    { key, addresses: [joe], photo: red },
    { key: `${key}2`, addresses: ['ann@acme.example'], photo: html },
  ])
  for (const address of [joe, 'ann@acme.example']) {
    const output = captureOutput()
    t.equal(await showPhoto(address, { config }, output), 0)
    t.match(output.printed(), /cn=.*joe,o=acme/)
    t.notMatch(output.printed().replaceAll('\n', ''), /[\p{Cc}\p{Cf}]/u)
  }
})

t.test('coverage reports the lines of a people file that it cannot read', async t => {
  const { home, config } = await importPeople(t, [{ addresses: [joe], photo: red }])
  const people = join(home, 'people.csv')
  writeFileSync(people, `uid,mail\njb,${joe}\nkk,kim@\nal,ann@acme.example,too,many\n`)
  const output = captureOutput()
  t.equal(await coverage({ config, people }, output), 0)
  t.match(output.printed(), `1 of 1 people of ${people} have a photo (100 %)`)
  t.match(output.noted(), /people\.csv:3:4: "kim@" is not a mail address/)
  t.match(output.noted(), /people\.csv:4: has 4 cells, and the header 2/)
  t.match(output.noted(), /problems in .*people\.csv: the people concerned may not be counted/)

  await t.test('a people file that cannot be read is a GateError', async t => {
    const lost = join(home, 'lost.csv')
    await t.rejects(coverage({ config, people: lost }, captureOutput()), { code: 'GATE_SUPPLY' })
  })
})

t.test('rename warns that the sources still have the old address', async t => {
  const { config } = await importPeople(t, [{ addresses: [joe], photo: red }])
  const output = captureOutput()
  t.equal(await renamePhotos([joe, 'joseph@acme.example'], { config }, output), 0)
  t.match(output.printed(), `the photo of ${joe} is that of joseph@acme.example now`)
  t.match(output.noted(), `as long as the sources say ${joe}, imports put the photo back there`)
})
