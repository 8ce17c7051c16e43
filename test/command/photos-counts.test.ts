// What check, list, show and coverage count as a photo is what the gate answers with 200; every other file is counted and named.
import { existsSync, linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import { check } from '../../src/command/check.ts'
import { coverage } from '../../src/command/photos-coverage.ts'
import { listPhotos, showPhoto } from '../../src/command/photos-list.ts'
import { tellPhotos } from '../../src/command/photos-told.ts'
import { runCommandLine } from '../fixtures/command-line.ts'
import type { GateFixture } from '../fixtures/gate.ts'
import { startGate } from '../fixtures/gate.ts'
import { jpeg, jpegOf, png } from '../fixtures/images.ts'
import { captureOutput } from '../fixtures/output.ts'
import { makeDirectory } from '../fixtures/process.ts'
import { shared } from '../fixtures/root.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const config = 'allow: [{ name: all, from: 127.0.0.1 }]\n'
const inputs = join(shared, 'field/inputs/bugs')

const copies = [
  'ceo@acme.example(1).jpg',
  'ceo@acme.example.jpg.jpg',
  'ceo@acme.example.sync-conflict-20261127-101112-ABCDEFG.jpg',
  'ceo@acme.example - Copy.jpg',
  'ceo@acme.example.jpg~',
  '._ceo@acme.example.jpg',
]

/** A folder with every kind of file that people and programs leave there. */
function fill(directory: string): void {
  const put = (name: string, bytes: Buffer | string = jpeg) =>
    writeFileSync(join(directory, name), bytes)
  for (const name of ['ceo', 'plain', 'empty.jpg']) put(`${name}@acme.example.jpg`)
  linkSync(join(directory, 'plain@acme.example.jpg'), join(directory, 'alias@acme.example.jpg'))
  for (const name of copies) put(name)
  put('nothing@acme.example.jpg', '')
  put('html@acme.example.jpg', '<html>')
  put('cut@acme.example.jpg', jpeg.subarray(0, -9))
  put('large@acme.example.jpg', jpegOf('large', 5 * 1024 * 1024))
  put('older@acme.example.png', png)
  put('older@acme.example.jpg')
  mkdirSync(join(directory, 'folder@acme.example.jpg'))
  symlinkSync('plain@acme.example.jpg', join(directory, 'symbolic@acme.example.jpg'))
  put('Thumbs.db')
  put('.DS_Store')
  put('heic@acme.example.heic')
  writeFileSync(
    Buffer.concat([
      Buffer.from(`${directory}/`),
      Buffer.from('m\xfcller@acme.example.jpg', 'latin1'),
    ]),
    jpeg,
  )
  for (const [file, name] of [
    ['no-eoi.jpg', 'no-eoi@acme.example.jpg'],
    ['gif-no-trailer.gif', 'no-trailer@acme.example.gif'],
    ['samsung-sos.jpg', 'samsung@acme.example.jpg'],
    ['cmyk-noadobe.jpg', 'cmyk@acme.example.jpg'],
    ['extraneous-mid.jpg', 'extraneous@acme.example.jpg'],
  ] as const) {
    const path = join(inputs, 'images', file)
    if (existsSync(path)) put(name, readFileSync(path))
  }
}

const people = [
  ...['ceo', 'plain', 'empty.jpg', 'alias', 'nothing', 'html', 'cut', 'large', 'older', 'folder'],
  ...['symbolic', 'no-eoi', 'no-trailer', 'samsung', 'cmyk', 'extraneous', 'nobody'],
].map(name => `${name}@acme.example`)

async function servedBy(gate: GateFixture): Promise<string[]> {
  const served: string[] = []
  for (const address of people)
    if ((await gate.ask(`/${address}.jpg`)).status === 200) served.push(address)
  return served.sort()
}

function configOf(t: Test, directory: string): string {
  const file = join(makeDirectory(t), 'photogate.yaml')
  writeFileSync(file, `photos: { directory: ${JSON.stringify(directory)} }\n${config}`)
  return file
}

t.test('the commands count what the gate serves', async t => {
  const gate = await startGate(t, { config, photos: {}, prepare: fill })
  const served = await servedBy(gate)
  t.match(served, ['alias@acme.example', 'ceo@acme.example'])
  t.notOk(served.includes('cut@acme.example'))
  const file = configOf(t, gate.directory)

  await t.test('photos list', async t => {
    const json = captureOutput()
    t.equal(await listPhotos({ config: file, json: true }, json), 0)
    const addresses = JSON.parse(json.printed()).map(({ address }: { address: string }) => address)
    t.strictSame(addresses, served)
    const output = captureOutput()
    await listPhotos({ config: file }, output)
    t.ok(output.printed().endsWith(`\n${served.length} photos`))
    t.match(output.noted(), /\d+ files not served; photogate photos list --broken says why/)
  })

  await t.test('photos coverage', async t => {
    const csv = join(makeDirectory(t), 'people.csv')
    writeFileSync(csv, `uid,mail\n${people.map((mail, at) => `${at},${mail}\n`).join('')}`)
    const output = captureOutput()
    await coverage({ config: file, people: csv, json: true }, output)
    t.strictSame(JSON.parse(output.printed()), {
      people: people.length,
      withPhoto: served.length,
      without: people.filter(address => !served.includes(address)).sort(),
    })
  })

  await t.test('check', async t => {
    const output = captureOutput()
    t.equal(await check({ config: file }, output), 0, 'a warning is not a problem')
    t.ok(output.printed().endsWith(`is fine: 1 rule, ${served.length} photos`), output.printed())
    t.match(
      output.noted(),
      /photos\.directory has 6 files that are not served, as each is a copy, going by its name: such as "\._ceo@acme\.example\.jpg", /,
    )
    t.match(output.noted(), /a file that is not served, as it has a name that is not UTF-8/)
    t.match(
      output.noted(),
      /a file that is not served, as it is larger than 5242880 bytes: "large@/,
    )
    const json = captureOutput()
    await check({ config: file, json: true }, json)
    const { photos, warnings } = JSON.parse(json.printed())
    t.match(photos, { served: served.length, unread: 0 })
    t.match(photos.notServed[0], { reason: /^is a copy/, files: 6 })
    t.equal(photos.notServed[0].names.length, 5, 'some of the files are named')
    const codes = warnings.map(({ code }: { code: string }) => code)
    t.match(warnings[codes.indexOf('GATE_PHOTOS_NOT_SERVED')], {
      severity: 'warning',
      path: 'photos.directory',
      text: /6 files/,
      suggestion: 'photogate photos list --broken lists all',
    })
  })

  await t.test('photos show', async t => {
    for (const address of people.slice(0, -1)) {
      const output = captureOutput()
      await showPhoto(address, { config: file }, output)
      const isServed = /^ {2}file .*written \S+$/m.test(output.printed())
      t.equal(isServed, served.includes(address), `${address}: ${output.printed()}`)
    }
    const json = captureOutput()
    await showPhoto('cut@acme.example', { config: file, json: true }, json)
    t.match(JSON.parse(json.printed()), { files: [{ notServed: /ends too early/ }] })
  })

  await t.test('photos list --broken names all the others', async t => {
    const output = captureOutput()
    t.equal(await listPhotos({ config: file, broken: true, json: true }, output), 1)
    const broken: { name: string; reason: string }[] = JSON.parse(output.printed())
    const reasonOf = (name: string) => broken.find(one => one.name === name)?.reason
    for (const name of copies) t.match(reasonOf(name), /^is a copy/, name)
    t.match(reasonOf('m\ufffdller@acme.example.jpg'), /not UTF-8, such as one in Latin-1/)
    t.match(reasonOf('nothing@acme.example.jpg'), /^is empty/)
    t.match(reasonOf('html@acme.example.jpg'), /^is not an image/)
    t.match(reasonOf('cut@acme.example.jpg'), /ends too early/)
    t.match(reasonOf('folder@acme.example.jpg'), /not a regular file/)
    t.match(reasonOf('symbolic@acme.example.jpg'), /symbolic link/)
    t.match(reasonOf('Thumbs.db'), /does not end with/)
    t.match(reasonOf('heic@acme.example.heic'), /does not end with/)
    t.match(
      [reasonOf('older@acme.example.jpg'), reasonOf('older@acme.example.png')].join(''),
      /older than another file for the same address/,
    )
    t.equal(reasonOf('.DS_Store'), undefined)
    t.equal(reasonOf('plain@acme.example.jpg'), undefined)
    const text = captureOutput()
    await listPhotos({ config: file, broken: true }, text)
    t.ok(text.printed().endsWith(`\n${broken.length} files not served`))
  })
})

t.test('serve logs the files that are not served once, when the index is ready', async t => {
  const gate = await startGate(t, { config, photos: {}, prepare: fill })
  const told = () =>
    gate.lines().filter(({ msg }) => /photo directory are not served/.test(`${msg}`))
  await waitUntil(() => told().length >= 6)
  t.match(told()[0], { reason: /^is a copy/, files: 6, level: 40 })
  t.strictSame((told()[0] as { names: string[] }).names, [...copies].sort().slice(0, 5))
  const count = told().length
  writeFileSync(join(gate.directory, 'new@acme.example.jpg'), jpeg)
  await waitUntil(async () => (await gate.ask('/new@acme.example.jpg')).status === 200)
  t.equal(told().length, count, 'the files are not logged again')
})

t.test('list --broken exits with 0 when every file is served', async t => {
  const directory = makeDirectory(t)
  writeFileSync(join(directory, 'joe@acme.example.jpg'), jpeg)
  const args = ['photos', 'list', '--broken', '--config', configOf(t, directory)]
  t.match(await runCommandLine(args), { code: 0, stdout: '0 files not served\n' })
  t.match(await runCommandLine([...args, '--json']), { code: 0, stdout: '[]\n' })
})

t.test('with many photos, check reads a sample and says so', async t => {
  const directory = makeDirectory(t)
  for (const name of ['a', 'b', 'c'])
    writeFileSync(join(directory, `${name}@acme.example.jpg`), '<html>')
  const told = await tellPhotos('photogate.yaml', { directory, limit: 2 })
  t.match(told, { served: 1, unread: 1, unserved: [{ files: 2 }] })
})

t.test('check warns of a canary that has a photo', async t => {
  const directory = makeDirectory(t)
  writeFileSync(join(directory, 'Trap@acme.example.jpg'), jpeg)
  const canaries = new Set(['trap@acme.example', 'other@acme.example'])
  const { warnings } = await tellPhotos('photogate.yaml', { directory, canaries })
  t.match(warnings, [{ path: 'canaries', message: /^holds trap@acme.example, which has a photo/ }])
  t.equal(warnings.length, 1)
})

t.test('a folder that cannot be read is reported', async t => {
  const home = makeDirectory(t)
  const directory = join(home, 'photos')
  mkdirSync(join(directory), { recursive: true })
  await t.rejects(
    tellPhotos('photogate.yaml', { directory: join(home, 'gone') }),
    /the photos cannot be listed/,
  )
})

for (const [file, expected] of [
  ['disp.csv', /disp\.csv:2:9: "<j@acme\.example>" is not a mail address/],
  ['hdr.csv', /^$/],
] as const) {
  const path = join(inputs, 'people', file)
  t.test(`the people of ${file} are told by their rows`, { skip: !existsSync(path) }, async t => {
    const output = captureOutput()
    t.equal(await coverage({ config: configOf(t, makeDirectory(t)), people: path }, output), 0)
    t.match(output.noted(), expected)
    t.match(output.printed(), /^0 of 0 people/)
  })
}
