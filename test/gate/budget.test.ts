// Guests who guess mail addresses, against a rule with a budget: how many faces they see.
import { linkSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { AskOptions } from '../fixtures/client.ts'
import { expiresMs, issuer, config as tokenConfig } from '../fixtures/flood.ts'
import type { GateFixture } from '../fixtures/gate.ts'
import { startGate } from '../fixtures/gate.ts'
import { jpegOf } from '../fixtures/images.ts'

const cookie = 'STPluginActivePage=stMeetingroom%2F1'
const meeting = (more: string) =>
  `{ name: meeting, cookie: "STPluginActivePage=stMeetingroom*", photos: ["*@acme.example", "*@bücher.example"], ${more} }`
const photosOf = (count: number) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, at) => [`p${at}@acme.example.jpg`, jpegOf(`face ${at}`)]),
  )
const asGuest = (options: AskOptions = {}) => ({
  ...options,
  headers: { cookie, ...options.headers },
})

async function sees(gate: GateFixture, path: string, options: AskOptions = {}): Promise<boolean> {
  const { status, body } = await gate.ask(path, asGuest(options))
  return status === 200 && body.length > 0
}

const errorsOf = (gate: GateFixture) => gate.lines().filter(({ level }) => level === 50)
const lastOf = (gate: GateFixture) => gate.requests().at(-1)

t.test('a list of names shows 40 faces to each client, and the alarm comes', async t => {
  const gate = await startGate(t, {
    config: `allow: [${meeting('budget: { people: 40 }, alarm: { people: 90 }')}]\notherwise: { status: 403 }`,
    photos: photosOf(400),
  })
  const names = Array.from({ length: 400 }, (_, at) => `p${at}@acme.example.jpg`)
  for (const [index, from] of ['127.0.0.1', '127.0.0.2', '127.0.0.3'].entries()) {
    const faces: string[] = []
    for (const name of [...names.slice(150 * index), ...names])
      if (await sees(gate, `/${name}`, { from })) faces.push(name)
    const first = names.slice(150 * index, 150 * index + 40)
    t.strictSame(new Set(faces), new Set(first), from)
    t.equal(faces.length, 80, 'those whom it saw stay visible')
  }
  t.match(lastOf(gate), { status: 404, rule: 'meeting', reason: 'over-budget' })
  const alarms = errorsOf(gate)
  t.match(alarms, [
    { rule: 'meeting', people: 90, perSeconds: 3600, msg: /more people than its alarm allows/ },
  ])
  t.equal(alarms.length, 1)
})

t.test('all spellings of an address count as one person', async t => {
  const gate = await startGate(t, {
    config: `allow: [${meeting('budget: { people: 2 }')}]\notherwise: { status: 403 }`,
    photos: {
      ...photosOf(3),
      'jörg@bücher.example.jpg': jpegOf('jörg'),
    },
    prepare: directory =>
      linkSync(join(directory, 'p0@acme.example.jpg'), join(directory, 'zero@acme.example.jpg')),
  })
  const spellings = [
    '/p0@acme.example.jpg',
    '/P0@ACME.example.JPG?v=1',
    '/p0%40acme%2eexample.jpg',
    '/photo?email=p0@acme.example',
    '/zero@acme.example.jpg',
    '/j%C3%B6rg@b%C3%BCcher.example.jpg',
    '/jo%CC%88rg@bu%CC%88cher.example.jpg',
    '/j%C3%B6rg@xn--bcher-kva.example.jpg',
  ]
  for (const path of spellings) t.ok(await sees(gate, path), path)
  t.notOk(await sees(gate, '/p1@acme.example.jpg'))
  t.notOk(await sees(gate, '/p2@acme.example.jpg', { headers: { cookie: `a=1; ${cookie}; b=2` } }))
  t.ok(await sees(gate, '/ZERO@acme.example.jpg'))
})

t.test('names without a photo', async t => {
  const gate = await startGate(t, {
    config: `allow: [${meeting('budget: { people: 40, misses: 2 }')}]\ncanaries: [Trap.Person@acme.example]\notherwise: { status: 403 }`,
    photos: photosOf(3),
  })
  t.test('one name without a photo more than misses spends the whole budget', async t => {
    for (const name of ['a', 'b', 'a']) {
      t.notOk(await sees(gate, `/${name}@acme.example.jpg`))
      t.match(lastOf(gate), { reason: 'missing' })
    }
    t.ok(await sees(gate, '/p0@acme.example.jpg'))
    t.notOk(await sees(gate, '/c@acme.example.jpg'))
    t.notOk(await sees(gate, '/p1@acme.example.jpg'))
    t.match(lastOf(gate), { reason: 'over-budget' })
    t.ok(await sees(gate, '/p0@acme.example.jpg'))
  })
  t.test('a canary spends the whole budget, and the log says so once', async t => {
    const from = '127.0.0.2'
    for (let round = 0; round < 3; round++)
      t.notOk(await sees(gate, '/trap.person@ACME.example.jpg', { from }))
    t.notOk(await sees(gate, '/p1@acme.example.jpg', { from }))
    const lines = errorsOf(gate)
    t.match(lines, [{ client: from, address: 'trap.person@acme.example', msg: /canary/ }])
    t.equal(lines.length, 1)
  })
  t.test('a request that names nobody costs nothing', async t => {
    const from = '127.0.0.3'
    for (let round = 0; round < 5; round++) await gate.ask(`/${round}`, asGuest({ from }))
    t.ok(await sees(gate, '/p1@acme.example.jpg', { from }))
  })
  t.test('a request that the rule does not admit costs nothing', async t => {
    const from = '127.0.0.4'
    for (let round = 0; round < 5; round++) {
      await gate.ask(`/x${round}@other.example.jpg`, asGuest({ from }))
      t.match(lastOf(gate), { rule: 'turned-away' })
      await gate.ask(`/y${round}@acme.example.jpg`, { from })
    }
    t.ok(await sees(gate, '/p1@acme.example.jpg', { from }))
  })
})

t.test('requests of one client share a budget, and those of two clients do not', async t => {
  const gate = await startGate(t, {
    config: `proxies: [127.0.0.9]
networks: { nat: [198.51.100.0/24] }
allow: [${meeting('budget: { people: 1, shared: { networks: [nat], people: 2 } }')}]
otherwise: { status: 403 }`,
    photos: photosOf(4),
  })
  const facesOf = async (...clients: string[]) => {
    let faces = 0
    for (const [at, client] of clients.entries()) {
      const options = { from: '127.0.0.9', headers: { 'x-forwarded-for': client } }
      if (await sees(gate, `/p${at}@acme.example.jpg`, options)) faces++
    }
    return faces
  }
  const rows: [clients: string[], faces: number, title: string][] = [
    [['192.0.2.1', '192.0.2.1'], 1, 'an IPv4 address'],
    [['192.0.2.2', '::ffff:192.0.2.2'], 1, 'the same in the form of IPv6'],
    [['2001:db8::1', '2001:db8::ffff:1', '2001:db8::2'], 1, 'an IPv6 /64'],
    [['2001:db8:0:1::1', '2001:db8:0:2::1'], 2, 'two of them'],
    [['198.51.100.7', '198.51.100.7', '198.51.100.7'], 2, 'an address that many share'],
    [['unknown', 'unknown', ''], 1, 'all clients without an address together'],
  ]
  for (const [clients, faces, title] of rows) {
    t.test(title, async t => t.equal(await facesOf(...clients), faces))
  }
})

t.test('on a rule with ltpa, a user has one budget at all addresses', async t => {
  const gate = await startGate(t, {
    config: tokenConfig.replace('ltpa: verified', 'ltpa: verified, budget: { people: 2 }'),
    photos: photosOf(4),
  })
  const facesOf = async (user: string, ...asks: [from: string, person: number][]) => {
    const token = issuer.issueV2({ expiresMs, user })
    let faces = 0
    for (const [from, person] of asks) {
      const headers = { cookie: `LtpaToken2=${token}` }
      const { status } = await gate.ask(`/p${person}@acme.example.jpg`, { from, headers })
      if (status === 200) faces++
    }
    return faces
  }
  t.equal(await facesOf('uid=joe,o=acme', ['127.0.0.1', 0], ['127.0.0.2', 1], ['127.0.0.3', 2]), 2)
  t.equal(await facesOf('uid=sue,o=acme', ['127.0.0.1', 2], ['127.0.0.1', 3]), 2)
  t.equal(await facesOf('uid=joe,o=acme', ['127.0.0.1', 3], ['127.0.0.9', 0]), 1)
})

t.test('no later rule is tried for a client whose budget is spent', async t => {
  const gate = await startGate(t, {
    config: `allow: [${meeting('budget: { people: 1 }')}, { name: everybody, from: 127.0.0.0/8 }]\notherwise: { status: 403 }`,
    photos: photosOf(3),
  })
  t.ok(await sees(gate, '/p0@acme.example.jpg'))
  t.notOk(await sees(gate, '/p1@acme.example.jpg'))
  t.match(lastOf(gate), { rule: 'meeting', reason: 'over-budget' })
  t.equal((await gate.ask('/p1@acme.example.jpg')).status, 200, 'without the cookie')
})

t.test('a clock that is set ahead by a day renews no budget', async t => {
  const config = `allow: [${meeting('budget: { people: 1 }')}]\notherwise: { status: 403 }`
  const gate = await startGate(t, { config, photos: photosOf(3) })
  t.ok(await sees(gate, '/p0@acme.example.jpg'))
  const now = Date.now
  t.teardown(() => {
    Date.now = now
  })
  Date.now = () => now() + 86_400_000
  t.notOk(await sees(gate, '/p1@acme.example.jpg'))
  t.match(lastOf(gate), { reason: 'over-budget' })
  t.ok(await sees(gate, '/p0@acme.example.jpg'))
})

t.test('a reload renews no budget', async t => {
  const config = `allow: [${meeting('budget: { people: 1 }')}]\notherwise: { status: 403 }`
  const gate = await startGate(t, { config, photos: photosOf(3) })
  t.ok(await sees(gate, '/p0@acme.example.jpg'))
  await gate.server.apply(gate.load(config.replace('status: 403', 'status: 404')))
  t.notOk(await sees(gate, '/p1@acme.example.jpg'))
  await gate.server.apply(gate.load(config.replace('people: 1', 'people: 2')))
  t.ok(await sees(gate, '/p1@acme.example.jpg'), 'a larger one holds at once')
})

t.test('while the photos are still being indexed, a late photo is no miss', async t => {
  const gate = await startGate(t, {
    config: `allow: [${meeting('budget: { people: 500, misses: 0 }')}]\notherwise: { status: 403 }`,
    photos: photosOf(2),
    isIndexed: false,
  })
  await gate.ask('/p1@acme.example.jpg', asGuest())
  t.not(lastOf(gate)?.reason, 'over-budget')
})
