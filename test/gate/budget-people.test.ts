// A face that comes free would open the directory: addresses that belong together without being one person, and
// addresses that part or come together while the gate runs.
import { linkSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { GateFixture } from '../fixtures/gate.ts'
import { startGate } from '../fixtures/gate.ts'
import { jpegOf } from '../fixtures/images.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const config = `allow: [{ name: meeting, from: 127.0.0.0/8, budget: { people: 3 } }]
otherwise: { status: 403 }
`
const names = (count: number) => Array.from({ length: count }, (_, at) => `p${at}@acme.example`)
const photosOf = (addresses: readonly string[]) =>
  Object.fromEntries(addresses.map(address => [`${address}.jpg`, jpegOf(address)]))

/** The different faces among the answers, in the order of the addresses. */
async function facesOf(gate: GateFixture, addresses: readonly string[], from = '127.0.0.1') {
  const faces = new Set<string>()
  for (const address of addresses) {
    const { status, body } = await gate.ask(`/${address}.jpg`, { from })
    if (status === 200) faces.add(body.toString('latin1'))
  }
  return faces.size
}

function writeRecords(directory: string, people: readonly (readonly string[])[]): void {
  const lines = people.map((addresses, at) =>
    JSON.stringify({ kind: 'person', person: { source: `s${at}`, key: `k${at}`, addresses } }),
  )
  mkdirSync(join(directory, '.supply'), { recursive: true })
  const head = '{"photogate":"supply","version":1}'
  writeFileSync(join(directory, '.supply', 'journal.jsonl'), `${[head, ...lines].join('\n')}\n`)
}

t.test('people who share a mailbox are not one person', async t => {
  const people = names(30)
  const gate = await startGate(t, {
    config,
    photos: photosOf([...people, 'info@acme.example']),
    prepare: directory =>
      writeRecords(
        directory,
        people.map(address => [address, 'info@acme.example']),
      ),
  })
  t.equal(await facesOf(gate, ['info@acme.example', ...people, 'info@acme.example']), 3)
})

t.test('several addresses of one person count as one, also when each has a photo', async t => {
  const people = names(6)
  const gate = await startGate(t, {
    config,
    photos: photosOf(people),
    prepare: directory => writeRecords(directory, [people.slice(0, 3)]),
  })
  t.equal(await facesOf(gate, people), 5, 'three of one person, and two more')
})

t.test('two files for one address do not join the people of their other addresses', async t => {
  const gate = await startGate(t, {
    config,
    photos: photosOf(['beth@acme.example', 'carl@acme.example', ...names(5)]),
    prepare: directory => {
      const at = (name: string) => join(directory, `${name}@acme.example.jpg`)
      linkSync(at('beth'), at('team'))
      linkSync(at('carl'), at('Team'))
    },
  })
  const asked = ['team@acme.example', 'beth@acme.example', 'carl@acme.example', ...names(5)]
  t.ok((await facesOf(gate, asked)) <= 3)
})

t.test('each address counts where many share one picture, such as a silhouette', async t => {
  const many = Array.from({ length: 40 }, (_, at) => `s${at}@acme.example`)
  const gate = await startGate(t, {
    config,
    photos: photosOf(['s0@acme.example']),
    prepare: directory => {
      for (const address of many.slice(1))
        linkSync(join(directory, 's0@acme.example.jpg'), join(directory, `${address}.jpg`))
    },
  })
  const statuses = []
  for (const address of many) statuses.push((await gate.ask(`/${address}.jpg`)).status)
  t.equal(statuses.filter(status => status === 200).length, 3)
})

t.test('an alias that gets a photo of its own is another person', async t => {
  const gate = await startGate(t, {
    config,
    photos: photosOf(['zoe@acme.example', ...names(3)]),
    prepare: directory =>
      linkSync(join(directory, 'zoe@acme.example.jpg'), join(directory, 'adam@acme.example.jpg')),
  })
  const asked = ['zoe@acme.example', 'p0@acme.example', 'p1@acme.example']
  t.equal(await facesOf(gate, asked), 3)
  const draft = join(gate.directory, '.draft')
  writeFileSync(draft, jpegOf('another face'))
  renameSync(draft, join(gate.directory, 'adam@acme.example.jpg'))
  for (let round = 0; round < 20; round++) {
    const { status, body } = await gate.ask('/adam@acme.example.jpg')
    t.notOk(status === 200 && body.includes('another face'), 'at once it is not shown')
  }
  // Until the index knows, a client with a budget of its own does not see it, either.
  let from = 1
  await waitUntil(async () => {
    const { body } = await gate.ask('/adam@acme.example.jpg', { from: `127.0.1.${from++}` })
    return body.includes('another face')
  })
  t.equal(await facesOf(gate, ['adam@acme.example']), 0)
})
