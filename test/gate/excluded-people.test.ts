// The photo of a person whom a rule excludes, under any other name in the folder.
import {
  appendFileSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import type { GateFixture } from '../fixtures/gate.ts'
import { startGate } from '../fixtures/gate.ts'
import { jpegOf } from '../fixtures/images.ts'
import { renameIn } from '../fixtures/photos.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const config = `allow:
  - { name: meeting, from: 127.0.0.1, photos: ["*@acme.example", "!ceo@acme.example", "!*@board.acme.example"] }
otherwise: { status: 403 }
`
const ceo = jpegOf('the face of the CEO')
const photos = {
  'ceo@acme.example.jpg': ceo,
  'joe@acme.example.jpg': jpegOf('joe'),
  'js@acme.example.jpg': jpegOf('somebody else'),
}
const head = '{"photogate":"supply","version":1}\n'
const record = (address: string, key: string) =>
  `${JSON.stringify({ kind: 'photo', photo: { address, source: 'ad', key } })}\n`

function start(t: Test, prepare?: (directory: string) => void) {
  return startGate(t, { config, photos, ...(prepare && { prepare }) })
}

async function statusOf(gate: GateFixture, name: string): Promise<number> {
  const { status, body } = await gate.ask(`/${name}@acme.example.jpg`)
  if (body.includes('the face of the CEO')) throw new Error(`${name} shows the CEO`)
  return status
}

const supply = (directory: string) => {
  mkdirSync(join(directory, '.supply'), { recursive: true })
  return join(directory, '.supply', 'journal.jsonl')
}

// The tests mostly wait.
t.jobs = 3

const linkIn = (directory: string, name: string, to = 'ceo@acme.example.jpg') => {
  linkSync(join(directory, to), join(directory, '.draft'))
  renameSync(join(directory, '.draft'), join(directory, name))
}

const aliases: [name: string, title: string, make: (directory: string) => void][] = [
  ['link', 'a hard link', at => linkIn(at, 'link@acme.example.jpg')],
  [
    'second',
    'a link of a link, with capitals and another ending',
    at => {
      linkIn(at, 'first@acme.example.jpg')
      linkIn(at, 'SECOND@ACME.example.JPEG', 'first@acme.example.jpg')
    },
  ],
  [
    'board',
    'a link to an address that a pattern excludes',
    at => {
      renameIn(at, 'chair@board.acme.example.jpg', ceo)
      linkIn(at, 'board@acme.example.jpg', 'chair@board.acme.example.jpg')
    },
  ],
  [
    'copy',
    'a copy that the records of an import know',
    at => {
      appendFileSync(supply(at), record('copy@acme.example', '1'))
      renameIn(at, 'copy@acme.example.jpg', ceo)
    },
  ],
  [
    'again',
    'a copy that is removed and made again',
    at => {
      appendFileSync(supply(at), record('again@acme.example', '1'))
      renameIn(at, 'again@acme.example.jpg', ceo)
      unlinkSync(join(at, 'again@acme.example.jpg'))
      renameIn(at, 'again@acme.example.jpg', ceo)
    },
  ],
  [
    'former',
    'a copy, without a photo at the address that is excluded',
    at => {
      const address = 'old@board.acme.example'
      appendFileSync(supply(at), record(address, '2') + record('former@acme.example', '2'))
      renameIn(at, 'former@acme.example.jpg', ceo)
    },
  ],
]

const begin = (at: string) => writeFileSync(supply(at), head + record('ceo@acme.example', '1'))

t.test('the photo of an excluded person is not served under an alias', async t => {
  const gate = await start(t, at => {
    begin(at)
    for (const [, , make] of aliases) make(at)
    appendFileSync(supply(at), record('none@acme.example', '1'))
    symlinkSync('ceo@acme.example.jpg', join(at, 'symbolic@acme.example.jpg'))
  })
  for (const [name, title] of aliases)
    t.test(title, async t => t.equal(await statusOf(gate, name), 403))
  t.equal(await statusOf(gate, 'ceo'), 403)
  t.match(gate.requests().at(-1), { status: 403, reason: 'no-rule' })
  t.equal(await statusOf(gate, 'none'), 403, 'an alias without a photo')
  t.equal(await statusOf(gate, 'symbolic'), 404, 'a symbolic link is not a photo')
  t.equal(await statusOf(gate, 'joe'), 200, 'other photos are served')
  t.equal(await statusOf(gate, 'js'), 200)
})

for (const isThere of [false, true]) {
  const how = isThere ? 'in the place of a photo that was seen' : 'where there was none'
  t.test(`an alias that is made while the gate serves never shows the photo, ${how}`, async t => {
    const gate = await start(t, at => {
      begin(at)
      if (!isThere) return
      for (const [name] of aliases) renameIn(at, `${name}@acme.example.jpg`, jpegOf(name), 60)
    })
    for (const [name, title, make] of aliases) {
      t.test(title, async t => {
        t.equal(await statusOf(gate, name), isThere ? 200 : 404)
        make(gate.directory)
        // statusOf fails when the excluded photo is served.
        await waitUntil(async () => (await statusOf(gate, name)) === 403)
        t.equal(await statusOf(gate, 'joe'), 200)
      })
    }
  })
}

t.test('a photo that replaces one that was not read yet is judged before it is served', async t => {
  // Without events, and never read before: the index still has the old file, and the disk has the new one.
  const gate = await start(t)
  linkSync(join(gate.directory, 'ceo@acme.example.jpg'), join(gate.directory, '.draft'))
  renameSync(join(gate.directory, '.draft'), join(gate.directory, 'js@acme.example.jpg'))
  const first = await statusOf(gate, 'js')
  t.ok([403, 404].includes(first), `${first}`)
  await waitUntil(async () => (await statusOf(gate, 'js')) === 403)
})

t.test('the last good photo of an alias is not served after the alias is gone', async t => {
  const open = `allow: [{ name: all, from: 127.0.0.1 }]\n`
  const gate = await startGate(t, {
    config: open,
    photos,
    prepare: at => linkSync(join(at, 'ceo@acme.example.jpg'), join(at, 'x@acme.example.jpg')),
  })
  t.equal((await gate.ask('/x@acme.example.jpg')).status, 200, 'the photo is in memory')
  await gate.server.apply(gate.load(config))
  t.equal(await statusOf(gate, 'x'), 403)
  renameIn(gate.directory, 'x@acme.example.jpg', jpegOf('x').subarray(0, 50), 60)
  await waitUntil(async () => (await statusOf(gate, 'x')) === 404)
})

t.test('an alias that gets a photo of its own is served again', async t => {
  const gate = await start(t, at =>
    linkSync(join(at, 'ceo@acme.example.jpg'), join(at, 'x@acme.example.jpg')),
  )
  t.equal(await statusOf(gate, 'x'), 403)
  renameIn(gate.directory, 'x@acme.example.jpg', jpegOf('x'))
  await waitUntil(async () => (await statusOf(gate, 'x')) === 200)
})

t.test(
  'an address that the import gives to another person is closed until their photo is there',
  async t => {
    const gate = await start(t, at => {
      copyFileSync(join(at, 'ceo@acme.example.jpg'), join(at, 'x@acme.example.jpg'))
      writeFileSync(
        supply(at),
        head + record('ceo@acme.example', '1') + record('x@acme.example', '1'),
      )
    })
    appendFileSync(supply(gate.directory), record('x@acme.example', '2'))
    // Longer than the gate takes to read the records.
    await new Promise(resolve => setTimeout(resolve, 1_500))
    t.equal(await statusOf(gate, 'x'), 403)
    renameIn(gate.directory, 'x@acme.example.jpg', jpegOf('x'))
    await waitUntil(async () => (await statusOf(gate, 'x')) === 200)
  },
)

t.test('a rule with ! admits nobody while the owners of photos are unknown', async t => {
  const rows: [string, (gate: GateFixture) => void, (gate: GateFixture) => void, RegExp][] = [
    [
      'the folder is gone',
      ({ directory }) => renameSync(directory, `${directory}-away`),
      ({ directory }) => renameSync(`${directory}-away`, directory),
      /cannot be read/,
    ],
    [
      'the records are damaged',
      ({ directory }) => writeFileSync(supply(directory), `${head}{"kind":"pho\n`),
      ({ directory }) => writeFileSync(supply(directory), head),
      /rules with ! admit nobody/,
    ],
    [
      'the records cannot be read',
      ({ directory }) => mkdirSync(supply(directory), { recursive: true }),
      ({ directory }) => rmSync(supply(directory), { recursive: true }),
      /rules with ! admit nobody/,
    ],
  ]
  for (const [title, spoil, mend, message] of rows) {
    t.test(title, async t => {
      const gate = await start(t)
      t.equal(await statusOf(gate, 'joe'), 200)
      spoil(gate)
      await waitUntil(async () => (await statusOf(gate, 'joe')) === 403)
      t.match(gate.requests().at(-1), { reason: 'person-unknown', rule: 'turned-away' })
      t.ok(
        gate.lines().some(({ msg }) => message.test(String(msg))),
        'the log names the reason',
      )
      mend(gate)
      await waitUntil(async () => (await statusOf(gate, 'joe')) === 200)
    })
  }
  t.test('a rule without ! admits', async t => {
    const gate = await start(t)
    t.equal(await statusOf(gate, 'joe'), 200)
    const also = 'allow:\n  - { name: all, from: 127.0.0.1, photos: "joe@*" }'
    await gate.server.apply(gate.load(config.replace('allow:', also)))
    renameSync(gate.directory, `${gate.directory}-away`)
    await waitUntil(() => gate.lines().some(({ msg }) => /cannot be read/.test(String(msg))))
    t.equal(await statusOf(gate, 'joe'), 200)
  })
})
