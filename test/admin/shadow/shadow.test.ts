// The next configuration judges along: what it would change is counted, and nothing of it has an effect.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import { startAdminGate } from '../../fixtures/admin.ts'
import { waitUntil } from '../../fixtures/wait-until.ts'

const now = `
shadow: next.yaml
proxies: [127.0.0.1]
allow:
  - { name: offices, from: [10.0.0.0/8] }
  - { name: meeting, cookie: "STPluginActivePage", budget: { people: 1, misses: 1, per: 1h } }
otherwise: { status: 403 }
`
const next = `
clientHeader: x-real-ip
proxies: [127.0.0.1]
allow:
  - { name: headquarters, from: [10.1.0.0/16], photos: ["!ceo@acme.example"] }
  - { name: branches, from: [172.16.0.0/12] }
  - { name: meeting, cookie: "STPluginActivePage", budget: { people: 1, misses: 1, per: 1h } }
otherwise: { status: 404 }
`

async function openGate(
  t: Test,
  files: Record<string, string> = { 'next.yaml': next },
  text = now,
) {
  const gate = await startAdminGate(t, text, { files })
  const send = (client: string, { photo = 'joe', cookie = '' } = {}) =>
    gate.ask(`/${photo}@acme.example.jpg`, {
      headers: { 'x-forwarded-for': client, 'x-real-ip': client, ...(cookie ? { cookie } : {}) },
    })
  const shadow = async () => JSON.parse((await gate.askAdmin('/api/shadow')).body.toString())
  return { ...gate, send, shadow }
}

t.test('what would change is counted by rule, with examples, and changes nothing', async t => {
  const { send, shadow, requests } = await openGate(t)
  const statuses = [
    await send('10.1.2.3'),
    await send('10.1.2.3', { photo: 'ceo' }),
    await send('10.2.0.1'),
    await send('10.2.0.2'),
    await send('172.16.0.9'),
    await send('203.0.113.9'),
    await send('198.51.100.7', { cookie: 'STPluginActivePage=1' }),
  ].map(({ status }) => status)
  t.strictSame(statuses, [200, 404, 200, 200, 403, 403, 200])
  await waitUntil(() => requests().length === 7)
  const { file, problems, facts } = await shadow()
  t.match(file, /next\.yaml$/)
  t.strictSame(problems, [])
  t.equal(facts.judged, 7)
  t.strictSame(
    facts.counts.map(({ change, rule, nextRule, count }: Record<string, unknown>) => [
      change,
      rule,
      nextRule,
      count,
    ]),
    [
      ['newly-turned-away', 'offices', null, 3],
      ['newly-admitted', null, 'branches', 1],
      ['other-rule', 'offices', 'headquarters', 1],
    ],
  )
  const examples = facts.examples.map(
    ({ client, address }: Record<string, unknown>) => `${client} ${address}`,
  )
  t.strictSame(examples.sort(), [
    '10.1.2.3 ceo@acme.example',
    '10.1.2.3 joe@acme.example',
    '10.2.0.1 joe@acme.example',
    '10.2.0.2 joe@acme.example',
    '172.16.0.9 joe@acme.example',
  ])
})

t.test('the next configuration spends no budget', async t => {
  const { send, requests } = await openGate(t)
  const cookie = 'STPluginActivePage=1'
  t.equal((await send('198.51.100.7', { cookie })).status, 200)
  for (let at = 0; at < 5; at++) t.equal((await send('198.51.100.7', { cookie })).status, 200)
  t.equal((await send('198.51.100.7', { cookie, photo: 'ann' })).status, 404)
  await waitUntil(() => requests().length === 7)
  t.equal(requests().filter(({ reason }) => reason === 'over-budget').length, 1)
})

t.test(
  'problems of the next configuration are told with their places, and stop nothing',
  async t => {
    const broken = 'allow:\n  - { name: offices, form: [10.0.0.0/8] }\n'
    const { send, shadow, lines } = await openGate(t, { 'next.yaml': broken })
    t.equal((await send('10.1.2.3')).status, 200)
    const { problems, facts } = await shadow()
    t.match(problems, [/next\.yaml:2:22 allow\[0\]\.form is not known; did you mean from\?/])
    t.equal(facts, null)
    t.ok(lines())
  },
)

t.test('a missing next configuration is told, and stops nothing', async t => {
  const { send, shadow } = await openGate(t, {})
  t.equal((await send('10.1.2.3')).status, 200)
  t.match((await shadow()).problems, [/next\.yaml cannot be read/])
})

t.test('a reload begins to count anew, by the new next configuration', async t => {
  const { send, shadow, requests, server, load, directory } = await openGate(t)
  await send('10.2.0.1')
  await waitUntil(() => requests().length === 1)
  t.equal((await shadow()).facts.judged, 1)
  writeFileSync(join(directory, '..', 'next.yaml'), now.replace('shadow: next.yaml', ''))
  await server.apply(load(`admin: { port: 0, tokenFile: admin.token }\n${now}`))
  t.match((await shadow()).facts, { judged: 0, counts: [] })
  await send('10.2.0.1')
  await waitUntil(() => requests().length === 2)
  t.match((await shadow()).facts, { judged: 1, counts: [] })
  await server.apply(
    load(`admin: { port: 0, tokenFile: admin.token }\n${now.replace('shadow: next.yaml', '')}`),
  )
  t.strictSame(await shadow(), { file: null, problems: [], facts: null })
})

t.test('another next configuration alone is judged from the next request on', async t => {
  const { send, shadow, requests, server, load, settings } = await openGate(t)
  await send('10.2.0.1')
  await waitUntil(() => requests().length === 1)
  t.equal((await shadow()).facts.counts.length, 1)
  const other = load(now.replace('shadow: next.yaml', ''))
  const file = settings.shadow?.file ?? ''
  server.exchangeShadow({ file, settings: other, problems: [] })
  t.match((await shadow()).facts, { judged: 0, counts: [] })
  t.equal((await send('10.2.0.1')).status, 200, 'the running one decides as before')
  t.equal((await send('203.0.113.9')).status, 403)
  await waitUntil(() => requests().length === 3)
  t.match((await shadow()).facts, { judged: 2, counts: [] })
})
