import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { listAddresses } from '../../src/photo/known-addresses.ts'
import { jpeg } from '../fixtures/images.ts'

t.test('a directory that cannot be read is an error', async t => {
  t.throws(() => listAddresses(join(t.testdir(), 'gone')), {
    message: /^the photos cannot be listed: ENOENT/,
  })
})

t.test(
  'only files with a name that the gate would serve are listed, each address once',
  async t => {
    const directory = t.testdir()
    const names = [
      'sue@acme.example.jpg',
      'Joe@acme.example.JPG',
      'joe@acme.example.png',
      'notes.txt',
    ]
    for (const name of [...names, '.ann@acme.example.jpg'])
      writeFileSync(join(directory, name), jpeg)
    symlinkSync('sue@acme.example.jpg', join(directory, 'link@acme.example.jpg'))
    mkdirSync(join(directory, 'folder@acme.example.jpg'))
    t.strictSame(listAddresses(directory), ['joe@acme.example', 'sue@acme.example'])
  },
)
