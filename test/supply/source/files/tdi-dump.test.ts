import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import { openTdiDump } from '../../../../src/supply/source/files/photo-folder.ts'
import { parseTdiIndex } from '../../../../src/supply/source/files/tdi-index.ts'
import type { Person } from '../../../../src/supply/source/source.ts'
import { jpegOf } from '../../../fixtures/images.ts'
import { makeDirectory } from '../../../fixtures/process.ts'
import { fc, holds } from '../../../fixtures/property.ts'
import { closing, fetchAll, listAll } from '../../../fixtures/source.ts'
import type { DumpOptions } from '../../../fixtures/tdi-dump.ts'
import { dumpedName, writeTdiDump } from '../../../fixtures/tdi-dump.ts'

const uids = ['AAmadou', 'jbloggs', 'Sue']
const peopleCsv = 'uid,mail\naamadou,aa@x\nJBloggs,joe@x;jb@x\nsue,sue@x\namy,amy@x\nbob,\n'

function setup(
  t: Test,
  { people = peopleCsv, ...options }: DumpOptions & { people?: string } = {},
) {
  const root = makeDirectory(t)
  const folder = join(root, 'dump_photos')
  const peopleFile = join(root, 'people.csv')
  const index = join(folder, 'collect_photos.in')
  writeFileSync(peopleFile, people)
  writeTdiDump(
    folder,
    uids.map(uid => ({ uid, bytes: jpegOf(uid) })),
    options,
  )
  const source = openTdiDump({
    ...{ kind: 'tdiDump', id: 'x', title: 'x', folder, index: 'collect_photos.in', peopleFile },
  })
  return {
    ...{ root, folder, peopleFile, index, source: closing(t, source) },
    rewrite: (change: (text: string) => string) =>
      writeFileSync(index, change(readFileSync(index, 'utf8'))),
  }
}

const known = ({ key, photo }: Person) => `${key} ${photo}`
const others = ['aamadou present', 'jbloggs present', 'sue present', 'amy unknown']
const withoutSue = ['aamadou present', 'jbloggs present', 'sue unknown', 'amy unknown']

t.test('a dump without index or people is an error of the whole source', async t => {
  const rows: [
    title: string,
    spoil: (setting: ReturnType<typeof setup>) => void,
    message: RegExp,
  ][] = [
    [
      'no index',
      ({ index }) => rmSync(index),
      /collect_photos\.in is not there; is it the folder that dump_photos_to_files wrote\?/,
    ],
    [
      'a link',
      ({ index }) => {
        rmSync(index)
        symlinkSync('/etc/hostname', index)
      },
      /collect_photos\.in is a symbolic link; is it/,
    ],
    [
      'no people',
      ({ peopleFile }) => rmSync(peopleFile),
      /^the people file cannot be read: .*people\.csv/,
    ],
    [
      'no uids',
      ({ peopleFile }) => writeFileSync(peopleFile, 'mail\na@x\n'),
      /people\.csv has no person with a uid and a mail address; write a column uid/,
    ],
    [
      'rows without an address',
      ({ peopleFile }) => writeFileSync(peopleFile, 'uid,mail\nj,"Bloggs, Joe <j@x>"\n'),
      /people\.csv has nobody with a uid and a mail address: .*people\.csv:2:3 "Bloggs" is not a mail address/,
    ],
    [
      'no rows',
      ({ peopleFile }) => writeFileSync(peopleFile, 'uid,mail\n'),
      /people\.csv has no row that is a person/,
    ],
    [
      'no folder',
      ({ folder }) => rmSync(folder, { recursive: true }),
      /dump_photos cannot be read: ENOENT/,
    ],
  ]
  for (const [title, spoil, message] of rows) {
    await t.test(title, async t => {
      const setting = setup(t)
      spoil(setting)
      await t.rejects(listAll(setting.source), { name: 'SourceError', scope: 'source', message })
    })
  }
})

t.test('a wrong or ambiguous record of the index does not affect others', async t => {
  const last = dumpedName(2)
  const rows: [title: string, change: (text: string) => string, line: number, reason: string][] = [
    [
      'an unknown uid',
      text => text.replace('uid:Sue', 'uid:Zoe'),
      7,
      'uid "Zoe" is not in PEOPLE, or is there twice',
    ],
    [
      'no address',
      text => text.replace('uid:Sue', 'uid:bob'),
      7,
      'uid "bob" has no mail address in PEOPLE:6',
    ],
    [
      'no file',
      text => text.replace(last, 'img.dat'),
      7,
      '"img.dat" is not in the folder, or is there twice in different case',
    ],
    [
      'no name',
      text => text.replace(last, '..'),
      7,
      'does not name a file; write photo:file: and the path of a .dat file',
    ],
    [
      'an encoded path out of the folder',
      text => text.replace(last, '%2e%2e%2fpeople.csv'),
      7,
      'does not name a file; write photo:file: and the path of a .dat file',
    ],
    [
      'an empty name',
      text => text.replace(last, ''),
      7,
      'does not name a file; write photo:file: and the path of a .dat file',
    ],
    [
      'a URL',
      text => text.replace(/file:[^ ]*_2.dat/, 'http://x/img_2.dat'),
      7,
      'does not name a file; write photo:file: and the path of a .dat file',
    ],
    ['no photo', text => text.replace(/photo:.*_2.dat ?\r\n/, ''), 7, 'is a record without photo:'],
    ['no uid', text => text.replace('uid:Sue\r\n', ''), 7, 'is a record without uid:'],
    ['an empty uid', text => text.replace('uid:Sue', 'uid: '), 7, 'is a record without uid:'],
    [
      'cut off in the uid',
      text => text.replace(/ue\r\n\.\r\n$/, ''),
      7,
      'begins a record that no period ends; was the index cut off?',
    ],
    [
      'cut off in the photo',
      text => text.replace(/_2.dat.*$/s, ''),
      7,
      'begins a record that no period ends; was the index cut off?',
    ],
    [
      'a strange line',
      text => text.replace('uid:Sue', 'uid:Sue\nmail:x'),
      9,
      'is neither photo:, uid: nor a period',
    ],
    [
      'two photos',
      text => text.replace('uid:Sue', 'photo:file:/a.dat\nuid:Sue'),
      8,
      'is a second photo: of one record; is a period missing above?',
    ],
    [
      'a uid twice',
      text => `${text}photo:file:/C:/${dumpedName(0)}\nuid:SUE\n.\n`,
      10,
      'uid "SUE" is also on line 7, with another photo; neither is taken',
    ],
  ]
  for (const [title, change, line, reason] of rows) {
    await t.test(title, async t => {
      const { source, rewrite, index, peopleFile } = setup(t)
      rewrite(change)
      const { persons, troubles } = await listAll(source)
      t.same(
        troubles.filter(trouble => !trouble.startsWith(peopleFile)),
        [`${index}:${line} ${reason.replace('PEOPLE', peopleFile)}`],
      )
      t.same(persons.map(known), withoutSue)
      await t.rejects(source.fetch(persons[2] as Person, undefined), {
        name: 'SourceError',
        scope: 'person',
      })
    })
  }
})

t.test('files that are not in the index are reported', async t => {
  const { source, folder } = setup(t)
  writeFileSync(join(folder, 'Thumbs.db'), 'x')
  writeFileSync(join(folder, 'img9.dat'), jpegOf('nobody'))
  const ignored: string[] = []
  for await (const one of source.list()) if (one.kind === 'ignored') ignored.push(one.name)
  t.same(ignored.sort(), ['Thumbs.db', 'img9.dat'])
})

t.test(
  'in an index that is not UTF-8, a record with letters beyond ASCII gives nobody a photo',
  async t => {
    const people = 'uid,mail\naamadou,aa@x\nJBloggs,joe@x\nsüe,sue@x\n'
    const { source, index, folder } = setup(t, { people })
    const text = readFileSync(index, 'utf8').replace('uid:Sue', 'uid:Süe')
    // A folder of another machine may have any name.
    writeFileSync(index, Buffer.from(text.replaceAll('IBM', 'M\xfcller'), 'latin1'))
    const { persons, troubles } = await listAll(source)
    t.same(persons.map(known), ['aamadou present', 'jbloggs present', 'süe unknown'])
    t.same(troubles, [
      `${index}:7 has letters beyond ASCII, and the index is not UTF-8: save it in UTF-8`,
    ])
    writeFileSync(index, Buffer.from(`\ufeff${text}`, 'utf16le'))
    t.same((await listAll(source)).persons.map(known), [
      ...['aamadou present', 'jbloggs present', 'süe present'],
    ])
    writeFileSync(index, Buffer.from(`${text}\0`))
    await t.rejects(listAll(source), { scope: 'source', message: /has a NUL character here/ })
    t.ok(folder)
  },
)

t.test('a missing period gives nobody another person’s photo', async t => {
  const { source, rewrite, index } = setup(t)
  rewrite(text => text.replace('uid:jbloggs\r\n.\r\n', 'uid:jbloggs\r\n'))
  const { persons, troubles } = await listAll(source)
  t.match(troubles[1], `${index}:6 is a second photo: of one record; is a period missing above?`)
  t.same(persons.map(known), ['aamadou present', 'jbloggs unknown', 'sue unknown', 'amy unknown'])
})

t.test('a photo of two people is given to neither', async t => {
  const { source, rewrite, index } = setup(t)
  rewrite(text => text.replace(dumpedName(2), dumpedName(1)))
  const { persons, troubles } = await listAll(source)
  t.equal(
    troubles[1],
    `${index}:7 "${dumpedName(1)}" is also the photo of "jbloggs"; neither is taken`,
  )
  t.same(persons.map(known), ['aamadou present', 'jbloggs unknown', 'sue unknown', 'amy unknown'])
})

t.test('a uid of two people in the people file counts for neither', async t => {
  const { source, peopleFile } = setup(t, { people: `${peopleCsv}SUE,other@x\n` })
  const { persons, troubles } = await listAll(source)
  // They keep their addresses, so that no other person gets one unnoticed.
  t.same(persons.map(known), [
    ...['aamadou present', 'jbloggs present', 'line 4 unknown', 'amy unknown'],
    'line 7 unknown',
  ])
  t.ok(
    troubles.some(trouble =>
      trouble.endsWith(`uid "Sue" is not in ${peopleFile}, or is there twice`),
    ),
  )
})

t.test('a dump gives the photos of the people in the people file, in its order', async t => {
  const rows: [title: string, options: DumpOptions, change?: (text: string) => string][] = [
    ['as TDI writes it', {}],
    ['with LF and without blanks', { lineEnd: '\n', trailingBlank: false }],
    ['from Unix', { root: 'opt/IBM/TDI/V7.1.1' }],
    ['with an encoded blank', { root: 'C:/Program%20Files/TDI' }],
    ['with a percent sign as it is', { root: 'C:/100%/TDI' }],
    ['with a BOM', {}, text => `\ufeff${text}`],
    ['with three slashes', {}, text => text.replaceAll('file:/C:', 'file:///C:')],
    ['on a share', {}, text => text.replaceAll('file:/C:', 'file://server/share')],
    [
      'with backslashes',
      {},
      text => text.replaceAll('file:/C:/IBM/TDI/./dump_photos/', 'C:\\IBM\\'),
    ],
    ['with names alone', {}, text => text.replaceAll(/file:.*img/g, 'img')],
    ['in capitals', {}, text => text.replaceAll(/img(.*)\.dat/g, 'IMG$1.DAT')],
    ['with the uid first', {}, text => text.replaceAll(/(photo:.*\r\n)(uid:.*\r\n)/g, '$2$1')],
    ['with lines twice', {}, text => `${text}\n${text}`],
  ]
  for (const [title, options, change] of rows) {
    await t.test(title, async t => {
      const { source, rewrite, peopleFile } = setup(t, options)
      if (change) rewrite(change)
      const { persons, troubles } = await listAll(source)
      t.same(troubles, [`${peopleFile}:6 1 person has no mail address; this is the first`])
      t.same(persons.map(known), others)
      t.same(persons[1]?.addresses, ['joe@x', 'jb@x'])
      const photos = await fetchAll(source, persons)
      for (const [at, address] of ['aa@x', 'joe@x', 'sue@x'].entries()) {
        t.same(photos.get(address), jpegOf(uids[at] as string))
      }
    })
  }
})

t.test('two file names that differ in case are not confused', async t => {
  const { source, rewrite, folder } = setup(t)
  writeFileSync(join(folder, dumpedName(2).toUpperCase()), jpegOf('other'))
  const { persons } = await listAll(source)
  t.same((await fetchAll(source, persons)).get('sue@x'), jpegOf('Sue'), 'the exact name counts')
  rewrite(text => text.replace(dumpedName(2), dumpedName(2).replace('img', 'Img')))
  t.same((await listAll(source)).persons.map(known), withoutSue)
})

t.test('an empty index says nothing about any person', async t => {
  const { source, rewrite, index } = setup(t)
  rewrite(() => '')
  const { persons, troubles } = await listAll(source)
  t.equal(troubles[1], `${index}:1 has no record`)
  t.same(
    persons.map(known),
    others.map(text => text.replace('present', 'unknown')),
  )
})

t.test(
  'a dump that disappears while photos are fetched is an error of the whole source',
  async t => {
    const { source, folder, root } = setup(t)
    const { persons } = await listAll(source)
    rmSync(join(folder, dumpedName(0)))
    await t.rejects(source.fetch(persons[0] as Person, undefined), {
      name: 'SourceError',
      scope: 'person',
    })
    renameSync(folder, join(root, 'gone'))
    mkdirSync(folder)
    await t.rejects(source.fetch(persons[1] as Person, undefined), {
      name: 'SourceError',
      scope: 'source',
    })
  },
)

t.test(
  'a random index is read without an exception, and its names never leave the folder',
  async t => {
    const piece = fc.constantFrom(
      'photo:',
      'uid:',
      '.',
      '\n',
      'file:',
      '/',
      '\\',
      '..',
      '%2f',
      '%',
      ' ',
      'a',
      'C:',
    )
    const text = fc
      .array(fc.oneof(piece, fc.string()), { maxLength: 40 })
      .map(parts => parts.join(''))
    holds(
      t,
      fc.property(text, text =>
        parseTdiIndex({
          text: `photo:${text}\nuid:a\n.\n${text}`,
          isBroken: () => false,
        }).photos.every(({ names }) => names.every(name => !/^\.{0,2}$|[/\\\n]/.test(name))),
      ),
      1_000,
    )
  },
)
