// Signed links through a whole gate, over real sockets.
import { Agent } from 'node:http'
import { join } from 'node:path'
import t from 'tap'
import { buildLinkKeys } from '../../src/evidence/link-keys.ts'
import { signLink } from '../../src/evidence/signed-link.ts'
import type { GateFixture } from '../fixtures/gate.ts'
import { startGate } from '../fixtures/gate.ts'
import { jpegOf } from '../fixtures/images.ts'
import { writeSecret } from '../fixtures/key-files.ts'
import { makeDirectory } from '../fixtures/process.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const home = makeDirectory(t)
const secretOf = (seed: number) => Buffer.from(Array.from({ length: 32 }, (_, at) => at * 3 + seed))
const fileOf = (seed: number) => join(home, `link-${seed}.secret`)
for (let seed = 0; seed < 6; seed++) writeSecret(fileOf(seed), secretOf(seed).toString('base64'))
const configOf = (...seeds: number[]) => `links: { secrets: [${seeds.map(fileOf).join(', ')}] }
allow: [{ name: links, link: signed, photos: "*@acme.example" }]
otherwise: { redirect: "https://www.acme.example/sign-in" }
`
const [joe, ann, out] = ['joe@acme.example', 'ann@acme.example', 'out@other.example']
const photos = Object.fromEntries([joe, ann, out].map(each => [`${each}.jpg`, jpegOf(each)]))
const nowSeconds = () => Math.floor(Date.now() / 1000)
const queryOf = (seed: number, address: string, seconds = 3_600) =>
  signLink(buildLinkKeys([secretOf(seed)]), { address, expires: nowSeconds() + seconds })

t.test('a request without a good link gets the one answer of the turned away', async t => {
  const gate = await startGate(t, { config: configOf(1), photos })
  const good = queryOf(1, joe)
  const [exp, sig] = good.split('&')
  const answers: object[] = []
  const rows: [string, string][] = [
    ['no link', `/${joe}.jpg`],
    ['the link of another person', `/${ann}.jpg?${good}`],
    ['the link of nobody', `/nobody@acme.example.jpg?${good}`],
    ['no photo', `/x?${good}`],
    ['an expired link', `/${joe}.jpg?${queryOf(1, joe, 0)}`],
    ['a link by another secret', `/${joe}.jpg?${queryOf(2, joe)}`],
    ['two parameters swapped', `/${joe}.jpg?exp=${sig?.slice(4)}&sig=${exp?.slice(4)}`],
    ['a doubled parameter', `/${joe}.jpg?${good}&exp=1`],
    ['a good link to a photo that the rule does not open', `/${out}.jpg?${queryOf(1, out)}`],
    ['a link as parameters of the path', `/${joe}.jpg;${good}`],
  ]
  for (const [what, path] of rows) {
    await t.test(what, async t => {
      const { status, rawHeaders, body } = await gate.ask(path)
      const headers = rawHeaders.filter((_, at) => rawHeaders[at - (at % 2)] !== 'Date')
      answers.push({ status, headers, body: body.toString() })
      t.equal(status, 302)
    })
  }
  t.equal(new Set(answers.map(each => JSON.stringify(each))).size, 1, 'the same bytes')
  await waitUntil(() => gate.requests().length === rows.length)
  for (const request of gate.requests()) t.match(request, { rule: 'turned-away', status: 302 })
})

t.test(
  'a good link gets the photo at every path that names it, and the log shows no signature',
  async t => {
    const gate = await startGate(t, { config: configOf(1), photos })
    const good = queryOf(1, joe)
    const [, sig = ''] = good.split('sig=')
    const paths = [
      `/${joe}.jpg?${good}`,
      `/JOE%40ACME.example.JPG?size=64&${good}&t=1`,
      `http://photos.acme.example/${joe}.jpg?${good}`,
      `/photo?email=${joe}&${good}`,
    ]
    for (const path of paths) {
      const { status, body } = await gate.ask(path)
      t.equal(status, 200, path)
      t.ok(body.equals(jpegOf(joe)))
    }
    const lost = [
      `/a/${joe}.jpg?${good}`,
      `/${good}`,
      `/x;${good}`,
      `/x%3f${good}`,
      `/?${sig}`,
      `/${sig}`,
    ]
    for (const path of lost)
      t.equal((await gate.ask(path, { headers: { 'user-agent': path } })).status, 302)
    await waitUntil(() => gate.requests().length === paths.length + lost.length)
    const log = JSON.stringify(gate.lines())
    t.notOk(log.includes(sig), 'not whole')
    t.notOk(log.includes(sig.slice(0, 16)), 'not its beginning')
    t.match(gate.requests()[0], { rule: 'links', reason: 'found', address: joe })
  },
)

t.test('a browser keeps the photo at most until the link expires', async t => {
  const config = `${configOf(1)}photos: { maxAge: 5m }\n`
  const gate = await startGate(t, { config, photos })
  const ageOf = async (address: string, seconds: number, headers = {}) => {
    const answer = await gate.ask(`/${address}.jpg?${queryOf(1, address, seconds)}`, { headers })
    const [, kind, age] =
      /^(private), max-age=(\d+)$/.exec(answer.headers['cache-control'] ?? '') ?? []
    return { status: answer.status, kind, isLess: Number(age) <= seconds, age: Number(age) }
  }
  t.match(await ageOf(joe, 3_600), { status: 200, kind: 'private', age: 300 })
  t.match(await ageOf(joe, 60), { status: 200, kind: 'private', isLess: true })
  t.match(await ageOf(joe, 60, { 'if-none-match': '*' }), { status: 304, isLess: true })
  t.match(await ageOf(joe, 60, { range: 'bytes=0-3' }), { status: 206, isLess: true })
})

t.test('no good link is refused while secrets are rotated under load', async t => {
  const gate: GateFixture = await startGate(t, { config: configOf(0), photos })
  const agent = new Agent({ keepAlive: true, maxSockets: 10 })
  t.teardown(() => agent.destroy())
  // The secrets whose links are good.
  let good = [0]
  let isOver = false
  let answers = 0
  const failures: string[] = []
  const client = async (number: number) => {
    for (let turn = number; !isOver; turn++) {
      const seed = good[turn % good.length] as number
      const path = `/${joe}.jpg?${queryOf(seed, joe, 60 + (turn % 1_000))}`
      const { status } = await gate.ask(path, { agent })
      answers++
      if (status !== 200) failures.push(`secret ${seed} of ${good}: ${status}`)
    }
  }
  const clients = Array.from({ length: 10 }, (_, number) => client(number))
  const answered = async (more: number) => {
    const before = answers
    await waitUntil(() => answers >= before + more)
  }
  for (let seed = 1; seed < 6; seed++) {
    await answered(30)
    await gate.server.apply(gate.load(configOf(seed, seed - 1)))
    good = [seed, seed - 1]
    await answered(30)
    good = [seed]
    // Requests with links of the old secret are answered first.
    await answered(30)
    await gate.server.apply(gate.load(configOf(seed)))
  }
  isOver = true
  await Promise.all(clients)
  t.strictSame(failures.slice(0, 5), [])
  t.ok(answers >= 450, `${answers} answers`)
  t.equal((await gate.ask(`/${joe}.jpg?${queryOf(0, joe)}`)).status, 302, 'a retired secret')
})
