// A guest with a list of 10,000 names, against a real `photogate serve` behind real fronts: whatever the guest sends, a
// client sees at most as many different people as its budget has, and the alarm comes.
import { randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import type { BulkAnswer, BulkRequest } from '../fixtures/bulk-client.ts'
import { askInBulk } from '../fixtures/bulk-client.ts'
import type { ServingCli } from '../fixtures/cli.ts'
import { startServing } from '../fixtures/cli.ts'
import { startApache, startNginx } from '../fixtures/fronts.ts'
import { jpegOf } from '../fixtures/images.ts'
import { writeSecret } from '../fixtures/key-files.ts'
import { startRedisServer } from '../fixtures/redis-server.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const people = 1_500
const names = 10_000
const budget = 40

const config = `proxies: [127.0.0.1]
clientHeader: x-forwarded-for
allow:
  - name: meeting
    cookie: "STPluginActivePage=stMeetingroom*"
    photos: ["*@acme.example", "*@bücher.example"]
    budget: { people: ${budget} }
    alarm: { people: 500 }
canaries: [trap.person@acme.example]
otherwise: { status: 403 }
`

// Every tenth has an umlaut in both parts. Every third has another address: a hard link, or a file of its own and a
// record that says whose it is.
const addressOf = (at: number) =>
  at % 10 === 0 ? `jörg${at}@bücher.example` : `p${at}@acme.example`
const aliasOf = (at: number) => `other${at}@acme.example`
const hasLink = (at: number) => at % 6 === 0
const hasRecord = (at: number) => at % 6 === 3
const hasAlias = (at: number) => hasLink(at) || hasRecord(at)
const faceOf = (at: number) => jpegOf(`face ${at}`)
const facesByBytes = new Map(
  Array.from({ length: people }, (_, at) => [faceOf(at).toString('latin1'), at]),
)
const everybody = Array.from({ length: people }, (_, at) => at)

function writeDirectory(directory: string): void {
  mkdirSync(join(directory, '.supply'), { recursive: true })
  const at = (address: string) => join(directory, `${address}.jpg`)
  const records = ['{"photogate":"supply","version":1}']
  for (const one of everybody) {
    writeFileSync(at(addressOf(one)), faceOf(one))
    if (hasLink(one)) linkSync(at(addressOf(one)), at(aliasOf(one)))
    if (!hasRecord(one)) continue
    writeFileSync(at(aliasOf(one)), faceOf(one))
    const person = { source: 's', key: `k${one}`, addresses: [addressOf(one), aliasOf(one)] }
    records.push(JSON.stringify({ kind: 'person', person }))
  }
  writeFileSync(join(directory, '.supply', 'journal.jsonl'), `${records.join('\n')}\n`)
}

/** The people whose faces are among the answers. */
function seenIn(answers: readonly BulkAnswer[]): Set<number> {
  const seen = new Set<number>()
  for (const { status, body } of answers) {
    if (status >= 500) throw new Error(`answered ${status}`)
    if (status !== 200) continue
    const face = facesByBytes.get(body.toString('latin1'))
    if (face === undefined) throw new Error('answered 200 without a face')
    seen.add(face)
  }
  return seen
}

// A guest has no other cookie than this one, and can write it in many ways.
function headersOf(at: number): Record<string, string> {
  const own = `STPluginActivePage=stMeetingroom%2F${at % 7}`
  const others = [`a=${at}`, `LtpaToken2=${at}`, `JSESSIONID=0000${at % 5}`]
  const turn = at % (others.length + 1)
  return { Cookie: [...others.slice(0, turn), own, ...others.slice(turn)].join('; ') }
}

const path = (address: string) => `/${encodeURIComponent(address)}.jpg`
const pathsAsked = (addresses: readonly string[]): BulkRequest[] =>
  addresses.map((address, at) => ({ path: path(address), headers: headersOf(at) }))

/** Ways to write one person's address that a front passes on. */
function spellingsOf(at: number): string[] {
  const address = addressOf(at)
  const [local = '', domain = ''] = address.split('@')
  const encoded = encodeURIComponent(address)
  const everyByte = [...Buffer.from(address)].map(byte => `%${byte.toString(16)}`).join('')
  return [
    `/${encoded}.jpg`,
    `/${encodeURIComponent(address.toUpperCase())}.JPG`,
    `/${encodeURIComponent(address.normalize('NFD'))}.jpg?v=1`,
    `/${everyByte}.jpg`,
    `/${encoded.replaceAll('.', '%2e')}%2Ejpg`,
    `/${encodeURIComponent(`${local}@${new URL(`http://${domain}`).host}`)}.jpg`,
    `/photo?email=${encoded}`,
    `/userinfo/image?x=1&email=%20${encoded}%20`,
    `/profiles/photo.do?email=${encoded.toLowerCase()}&lastMod=${at}`,
    ...(hasAlias(at) ? [path(aliasOf(at)), path(aliasOf(at).toUpperCase())] : []),
  ]
}

/** Ways that are not meant to work; if one does, it must cost as much as the others. */
function crookedSpellingsOf(at: number): string[] {
  const encoded = encodeURIComponent(addressOf(at))
  return [
    `/${encoded.replaceAll('%', '%25')}.jpg`,
    `/${encoded}..jpg`,
    `/${encoded}%2e.jpg`,
    `/${encoded}%00.jpg`,
    `/${encoded}%20.jpg`,
    `/%20${encoded}.jpg`,
    `//${encoded}.jpg`,
    `/./${encoded}.jpg`,
    `/x/../${encoded}.jpg`,
    `/x%2f..%2f${encoded}.jpg`,
    `/${encoded}.jpg/`,
    `/${encoded}.jpeg`,
    `/${encoded.replace('%40', '%EF%BC%A0')}.jpg`,
    `/photo?email=${encoded}&email=${encodeURIComponent(addressOf(at + 1))}`,
    `/photo?email=${encoded.replaceAll('%', '%25')}`,
    `/photo;email=${encoded}`,
  ]
}

t.test('an enumeration of 10,000 names', async t => {
  const home = t.testdir({ 'photogate.yaml': config, photos: {} })
  writeDirectory(join(home, 'photos'))
  const args = ['--config', join(home, 'photogate.yaml'), '--photos', join(home, 'photos')]
  const gate = await startServing(t, args)
  const nginx = (await startNginx(t, { gate, config }))?.port
  const apache = (await startApache(t, { gate, config }))?.port
  if (nginx === undefined || apache === undefined) return
  await guesses(t, nginx)
  await spells(t, 'nginx', nginx)
  await spells(t, 'Apache', apache)
  await comesFromOneSite(t, gate)
  await comesFromManyAddresses(t, nginx)
  await asksForACanary(t, apache)
  await t.test('the alarm came once, and each canary', async t => {
    const errorsOf = () => gate.lines().filter(({ level }) => level === 'error')
    const isCanary = ({ msg }: { msg?: unknown }) => /canary/.test(`${msg}`)
    await waitUntil(() => errorsOf().some(isCanary))
    const errors = errorsOf()
    t.match(errors.filter(isCanary), [
      { rule: 'meeting', client: '127.0.5.1', address: 'trap.person@acme.example' },
    ])
    t.match(
      errors.filter(({ msg }) => /its alarm allows/.test(`${msg}`)),
      [{ rule: 'meeting', people: 500, perSeconds: 3_600 }],
    )
    t.equal(errors.length, 2)
  })
})

t.test('two gates behind two fronts, with one Redis: a client sees 40 faces in all', async t => {
  const redis = await startRedisServer(t)
  if (redis === undefined) return
  const ledger = `redis: "redis://127.0.0.1:${redis.port}", secretFile: ledger.secret`
  // Were this machine so busy that Redis answers late, `local` would show some faces more.
  const text = `${config}ledger: { ${ledger}, whenDown: refuse }\n`
  const home = t.testdir({ 'photogate.yaml': text, photos: {} })
  writeSecret(join(home, 'ledger.secret'), randomBytes(32).toString('base64'))
  writeDirectory(join(home, 'photos'))
  const serve = () => startServing(t, ['--config', join(home, 'photogate.yaml')])
  const gates = [await serve(), await serve()] as const
  const nginx = (await startNginx(t, { gate: gates[0], config }))?.port
  const apache = (await startApache(t, { gate: gates[1], config }))?.port
  if (nginx === undefined || apache === undefined) return
  await t.test('that reads a list of names, half through each', async t => {
    const requestsOf = (half: number) =>
      pathsAsked(everybody.filter(at => at % 2 === half).map(addressOf))
    const from = '127.0.1.1'
    const answers = await Promise.all([
      askInBulk({ port: nginx, from, requests: requestsOf(0) }),
      askInBulk({ port: apache, from, requests: requestsOf(1) }),
    ])
    const seen = seenIn(answers.flat())
    t.ok(seen.size <= budget && seen.size > budget / 2, `${seen.size}`)
  })
  await t.test('that writes each name in another way at the other', async t => {
    const from = '127.0.2.1'
    const requestsOf = (turn: number) =>
      everybody.slice(0, 120).map(at => {
        const spellings = spellingsOf(at)
        return { path: spellings[(at + turn) % spellings.length] as string, headers: headersOf(at) }
      })
    const first = await askInBulk({ port: nginx, from, requests: requestsOf(0) })
    const second = await askInBulk({ port: apache, from, requests: requestsOf(3) })
    const seen = seenIn([...first, ...second])
    t.ok(seen.size <= budget && seen.size > budget / 2, `${seen.size}`)
  })
  await t.test('the alarm came once, over both', async t => {
    const lines = () => gates.flatMap(gate => gate.lines())
    const alarms = () => lines().filter(({ msg }) => /its alarm allows/.test(`${msg}`))
    await waitUntil(() => alarms().length > 0)
    // A gate that Redis has answered late has an alarm of its own.
    const isUp = !lines().some(({ msg }) => /cannot be asked/.test(`${msg}`))
    t.ok(alarms().length === 1 || !isUp, `${alarms().length}`)
  })
})

async function guesses(t: Test, port: number): Promise<void> {
  await t.test('10,000 names from one address show 40 faces', async t => {
    const known = everybody.map(addressOf)
    const aliases = everybody.filter(hasAlias).map(aliasOf)
    const others = Array.from(
      { length: names - known.length - aliases.length },
      (_, at) => `nobody${at}@acme.example`,
    )
    const requests = pathsAsked([...known, ...aliases, ...others])
    const answers = await askInBulk({ port, from: '127.0.1.1', requests })
    t.equal(answers.length, names)
    t.strictSame(seenIn(answers), new Set(everybody.slice(0, budget)))
  })
}

async function spells(t: Test, front: string, port: number): Promise<void> {
  await t.test(`names in other spellings show 40 faces, through ${front}`, async t => {
    const asked = everybody.slice(0, 120)
    const requests = asked.flatMap(at =>
      [...crookedSpellingsOf(at), ...spellingsOf(at)].map((path, nth) => ({
        ...{ at, path, headers: headersOf(at + nth) },
        isPlain: nth >= crookedSpellingsOf(at).length,
      })),
    )
    const from = front === 'nginx' ? '127.0.2.1' : '127.0.2.2'
    const answers = await askInBulk({ port, from, requests })
    const seen = seenIn(answers)
    t.ok(seen.size <= budget, `${seen.size}`)
    // The names that a crooked spelling makes up count, too: so fewer faces may be seen, but all spellings of each.
    const first = Math.min(...asked.filter(at => !seen.has(at)))
    t.strictSame(seen, new Set(everybody.slice(0, first)))
    const plain = requests.filter(({ at, isPlain }) => isPlain && at < first).length
    t.ok(first > 0 && plain > 8 * first)
    const answered = requests.filter(({ isPlain }, nth) => isPlain && answers[nth]?.status === 200)
    t.equal(answered.length, plain)
  })
}

// As a front does that is trusted: the header names the client.
async function comesFromOneSite(t: Test, { port }: ServingCli): Promise<void> {
  await t.test(
    'all addresses of an IPv6 /64 together see 40 faces, and another /64 its own',
    async t => {
      const requestsOf = (site: string, first: number) =>
        everybody.slice(first, first + 500).map((at, nth) => {
          const client = `${site}:${(at * 7919).toString(16).slice(-4)}:${nth}:${at % 9}:1`
          const headers = { ...headersOf(nth), 'X-Forwarded-For': client }
          return { path: path(addressOf(at)), headers }
        })
      for (const [site, first] of [
        ['2001:db8:0:1', 0],
        ['2001:db8:0:2', 300],
      ] as const) {
        const requests = requestsOf(site, first)
        const answers = await askInBulk({ port, from: '127.0.0.1', requests })
        t.strictSame(seenIn(answers), new Set(everybody.slice(first, first + budget)), site)
      }
    },
  )
}

async function comesFromManyAddresses(t: Test, port: number): Promise<void> {
  await t.test('200 addresses see 40 faces each', async t => {
    const clients = Array.from({ length: 200 }, (_, at) => at)
    for (let from = 0; from < clients.length; from += 10) {
      const some = clients.slice(from, from + 10)
      const counts = await Promise.all(
        some.map(async client => {
          const addresses = Array.from({ length: 50 }, (_, nth) =>
            addressOf((client * 37 + nth) % people),
          )
          const requests = pathsAsked(addresses)
          const answers = await askInBulk({ port, from: `127.0.3.${client + 1}`, requests })
          return seenIn(answers).size
        }),
      )
      t.strictSame(
        counts,
        some.map(() => budget),
      )
    }
  })
}

async function asksForACanary(t: Test, port: number): Promise<void> {
  await t.test('a canary spends the whole budget', async t => {
    const from = '127.0.5.1'
    const ask = async (...addresses: string[]) =>
      seenIn(await askInBulk({ port, from, requests: pathsAsked(addresses) }))
    const [a = '', b = '', c = '', d = ''] = everybody.slice(0, 4).map(addressOf)
    t.strictSame(await ask(a, b), new Set([0, 1]))
    t.strictSame(await ask('Trap.Person@acme.example', c, d), new Set())
    t.strictSame(await ask(a, b), new Set([0, 1]), 'those whom it saw stay visible')
  })
}
