import { lstatSync, mkdirSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import {
  addressOfName,
  bytesOf,
  describeFile,
  maxPhotoBytes,
  refusalOf,
  signatureOf,
} from '../../src/photo/photo-file.ts'
import { makeDirectory } from '../fixtures/process.ts'

t.test('a name that is not a photo has no address', async t => {
  const names = [
    '.joe@acme.example.jpg',
    '.jpg',
    'joe@acme.example',
    'joe@acme.example.jpg.jpg',
    'joe@acme.example(1).jpg',
    '._joe@acme.example.jpg',
    'joe@acme.example.jpg.txt',
    'joe@acme.example.svg',
    'joe@acme.example.html',
    'joe@acme.example.jpg~',
    'joe@acme.example.jpg.part',
    'joe.jpg',
    'a@b@c.jpg',
    'joe\u0007@acme.example.jpg',
    'joe\n@acme.example.jpg',
    '\u001b[2Jjoe@acme.example.jpg',
    'joe@acme.example\u202egpj.jpg',
    '@.jpg',
  ]
  for (const name of names) {
    t.test(JSON.stringify(name), async t => t.equal(addressOfName(name), undefined))
  }
})

t.test('the address of a file is its name without the ending', async t => {
  const rows = [
    ['joe@acme.example.jpg', 'joe@acme.example'],
    ['JOE.BLOGGS@ACME.EXAMPLE.jpg', 'joe.bloggs@acme.example'],
    ['joe@acme.example.JPEG', 'joe@acme.example'],
    ['joe@acme.example.gif', 'joe@acme.example'],
    ['joe@acme.example.Png', 'joe@acme.example'],
    ['joe@acme.example.webp', 'joe@acme.example'],
    ['joe@jpg.acme.example.jpg', 'joe@jpg.acme.example'],
    ['jo\u0308e@acme.example.jpg', 'j\u00f6e@acme.example'],
  ] as const
  for (const [name, address] of rows) {
    t.test(name, async t => t.equal(addressOfName(name), address))
  }
})

t.test('only regular files up to 5 MiB may be served', async t => {
  const directory = t.testdir({ file: 'x' })
  mkdirSync(join(directory, 'directory'))
  symlinkSync(join(directory, 'file'), join(directory, 'link'))
  for (const [name, size] of [
    ['largest', maxPhotoBytes],
    ['larger', maxPhotoBytes + 1],
    ['sparse', 1e12],
  ] as const) {
    writeFileSync(join(directory, name), '')
    truncateSync(join(directory, name), size)
  }
  const reason = (name: string) => refusalOf(lstatSync(join(directory, name)))
  t.equal(reason('link'), 'is a symbolic link')
  t.equal(reason('directory'), 'is not a regular file')
  t.equal(refusalOf(lstatSync('/dev/null')), 'is not a regular file')
  t.equal(reason('larger'), 'is larger than 5242880 bytes')
  t.equal(reason('sparse'), 'is larger than 5242880 bytes')
  t.equal(reason('largest'), undefined)
  t.equal(reason('file'), undefined)
})

t.test('a changed file with its old time and length has another signature', async t => {
  const directory = t.testdir({ file: 'old' })
  const path = join(directory, 'file')
  utimesSync(path, 1000, 1000)
  const before = lstatSync(path)
  await new Promise(resolve => setTimeout(resolve, 20)) // The file system's clock ticks in 4 ms.
  writeFileSync(path, 'new')
  utimesSync(path, 1000, 1000)
  const after = lstatSync(path)
  t.equal(after.mtimeMs, before.mtimeMs)
  t.equal(after.size, before.size)
  t.not(signatureOf(after), signatureOf(before))
})

t.test('the signature of a file has its size', async t => {
  const file = join(makeDirectory(t), 'joe@x.jpg')
  writeFileSync(file, Buffer.alloc(1_234))
  t.equal(bytesOf(describeFile('joe@x.jpg', 'joe@x', lstatSync(file))), 1_234)
})
