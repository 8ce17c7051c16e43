// The gate behind real fronts that run the printed snippets: which client it determines, and how
// encoded names reach it.
import type { Test } from 'tap'
import t from 'tap'
import {
  admitted,
  frontConfig,
  frontPhotos,
  fronts,
  joe,
  knowsTheClient,
  outsider,
} from '../fixtures/claims.ts'
import { ask, sendRaw } from '../fixtures/client.ts'
import type { FrontFixture } from '../fixtures/fronts.ts'
import type { GateFixture } from '../fixtures/gate.ts'
import { startGate } from '../fixtures/gate.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const config = frontConfig('x-forwarded-for')

for (const [name, startFront] of Object.entries(fronts)) {
  t.test(`behind ${name}`, async t => {
    const gate = await startGate(t, { config, photos: frontPhotos })
    const front = await startFront(t, { gate, config })
    if (front === undefined) return
    await knowsTheClient(t, gate, front)
    await passesNamesOn(t, gate, front)
    await judgesEachRequest(t, front)
    if (front.connections !== undefined) await undoesHopByHop(t, front.port, front.connections)
  })
}

async function passesNamesOn(t: Test, gate: GateFixture, { port }: FrontFixture): Promise<void> {
  const neil = "o'neil+x@acme.example"
  const rows: [string, keyof typeof frontPhotos][] = [
    ['/joe%40acme.example.jpg', 'joe@acme.example.jpg'],
    ['/JOE@ACME.EXAMPLE.jpg', 'joe@acme.example.jpg'],
    ['/%6Aoe@acme.example.jpg', 'joe@acme.example.jpg'],
    ['/photo?email=joe%40acme.example', 'joe@acme.example.jpg'],
    [`/${neil}.jpg`, `${neil}.jpg`],
    ['/o%27neil%2Bx%40acme.example.jpg', `${neil}.jpg`],
    ['/o%27neil+x@acme.example.jpg', `${neil}.jpg`],
    ["/o'neil%2bx@acme.example.jpg", `${neil}.jpg`],
    ['/profiles/photo.do?email=o%27neil%2Bx%40acme.example&lastMod=1', `${neil}.jpg`],
    [`/userinfo/image?email=${neil}`, `${neil}.jpg`],
  ]
  for (const [path, photo] of rows) {
    await t.test(`${path} names the right person at the gate`, async t => {
      const answer = await ask(port, path, { from: admitted })
      t.equal(answer.status, 200)
      t.same(answer.body, frontPhotos[photo])
    })
  }
  const refused: [string, number, string][] = [
    ['/joe%2540acme.example.jpg', 400, 'bad-encoding'],
    ['/o%2527neil%252Bx@acme.example.jpg', 400, 'bad-encoding'],
    ['/photo?email=joe%2540acme.example', 400, 'bad-encoding'],
    ['/photos%2Fjoe@acme.example.jpg', 404, 'no-photo-address'],
    ['/x%2F..%2Fjoe@acme.example.jpg', 404, 'no-photo-address'],
  ]
  for (const [path, status, reason] of refused) {
    await t.test(`${path} reaches the gate, which refuses it`, async t => {
      t.equal((await ask(port, path, { from: admitted })).status, status)
      t.match(gate.requests().at(-1), { reason, client: admitted })
    })
  }
}

async function judgesEachRequest(t: Test, { port }: FrontFixture): Promise<void> {
  await t.test('a pipelined second request is judged by itself', async t => {
    const head = `GET ${joe} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n`
    const bytes = `${head}\r\n${head}X-Forwarded-For: ${admitted}\r\nConnection: close\r\n\r\n`
    const answers = await sendRaw(port, bytes, { from: outsider, idleMs: 1_000 })
    t.equal(answers.match(/HTTP\/1\.1 302 /g)?.length, 2)
  })

  await t.test('two headers of one name admit no outsider', async t => {
    const claim = `X-Forwarded-For: ${admitted}\r\n`
    const bytes = `GET ${joe} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${claim}${claim}Connection: close\r\n\r\n`
    const answer = await sendRaw(port, bytes, { from: outsider, idleMs: 1_000 })
    t.match(answer, /^HTTP\/1\.1 302 /)
  })
}

// Current servers are fixed and would be safe without this. So the front's log shows what an
// older mod_proxy would have received.
async function undoesHopByHop(t: Test, port: number, connections: () => string[]): Promise<void> {
  await t.test('CVE-2022-31813 is undone before mod_proxy sees it', async t => {
    const before = connections().length
    const tricks = ['X-Forwarded-For', 'close, x-forwarded-FOR', 'Forwarded', '$wsra, te']
    for (const connection of [...tricks, 'keep-alive']) {
      await ask(port, joe, { from: outsider, headers: { connection } })
    }
    await waitUntil(() => connections().length === before + 5)
    t.strictSame(connections().slice(before), ['close', 'close', 'close', 'close', 'keep-alive'])
  })
}

t.test(
  'a front that does not name the client admits nobody, although it is in an admitted network',
  async t => {
    const gate = await startGate(t, { config: config, photos: frontPhotos })
    t.equal((await gate.ask(joe)).status, 302)
    t.match(gate.requests().at(-1), { client: null, reason: 'client-header-missing' })
    t.ok(
      gate.lines().some(({ reason, total }) => reason === 'client-header-missing' && total === 1),
    )
  },
)
