// The page's questions, asked of a whole gate after real requests.
import type { Test } from 'tap'
import t from 'tap'
import { startAdminGate } from '../../fixtures/admin.ts'
import { jpegOf } from '../../fixtures/images.ts'
import { waitUntil } from '../../fixtures/wait-until.ts'

const config = `
proxies: [127.0.0.1]
networks: { offices: [10.0.0.0/8] }
allow:
  - { name: offices, from: [offices] }
  - { name: meeting, cookie: "STPluginActivePage=stMeetingroom*", photos: ["*@acme.example", "!ceo@acme.example"], budget: { people: 2, per: 1h } }
  - { name: kiosk, from: [192.0.2.7] }
otherwise: { status: 403 }
`
const photos = {
  'joe@acme.example.jpg': jpegOf('joe'),
  'ada@acme.example.jpg': jpegOf('ada'),
  'ceo@acme.example.jpg': jpegOf('ceo'),
  'broken@acme.example.jpg': Buffer.from('<html>'),
}
const hostile = '"><img src=x onerror=alert(1)>'
const cookie = 'STPluginActivePage=stMeetingroom-SECRET'

async function openBusyGate(t: Test) {
  const gate = await startAdminGate(t, config, { photos })
  const send = (path: string, client: string, headers: Record<string, string> = {}) =>
    gate.ask(path, { headers: { 'x-forwarded-for': client, ...headers } })
  await send('/joe@acme.example.jpg', '10.1.2.3')
  await send('/ada@acme.example.jpg', '10.1.2.3')
  await send('/broken@acme.example.jpg', '10.1.2.4')
  for (const name of ['joe', 'ada', 'nobody'])
    await send(`/${name}@acme.example.jpg`, '198.51.100.7', { cookie })
  await send('/ceo@acme.example.jpg', '198.51.100.7', { cookie, 'user-agent': hostile })
  await send(`/${encodeURIComponent(hostile)}.jpg`, '203.0.113.9')
  await gate.ask('/-/healthz')
  await waitUntil(() => gate.requests().length === 9)
  const json = async (path: string, headers: Record<string, string> = {}) => {
    const { status, body } = await gate.askAdmin(path, { headers })
    return { status, answer: JSON.parse(body.toString()) }
  }
  return { ...gate, json }
}

t.test('a question that is not understood is refused with what to write', async t => {
  const { json } = await openBusyGate(t)
  const cases = [
    ['/api/history?span=year', 'span', '"year" is not one of hour, day, month'],
    ['/api/history?span=hour&span=day', 'span', 'comes twice; write it once'],
    ['/api/decisions?limit=9999', 'limit', '"9999" is not a number from 0 to 200'],
    ['/api/decisions?before=-1', 'before', /is not a number from 0 to/],
    ['/api/decisions?outcome=maybe', 'outcome', /is not one of admitted, turned-away, unjudged/],
    [`/api/photos?words=${'a'.repeat(501)}`, 'words', 'is longer than 500 characters'],
    ['/api/photos?offset=x', 'offset', /is not a number/],
  ] as const
  for (const [path, field, problem] of cases) {
    const { status, answer } = await json(path)
    t.equal(status, 400, path)
    t.match(answer, { field, problem })
  }
})

t.test('what if: a field that is not understood says so, and changes nothing', async t => {
  const { json, askAdmin } = await openBusyGate(t)
  const ask = (client: string, photo: string, sent = '') =>
    json(`/api/what-if?client=${client}&photo=${photo}`, {
      'x-what-if-cookie': encodeURIComponent(sent),
    })
  const cases = [
    [await ask('10.1.2', 'joe@acme.example'), 'client', /write one like 192.0.2.7/],
    [await ask('10.1.2.3', 'joe'), 'photo', /is not a mail address/],
    [await ask('10.1.2.3', 'joe@acme.example', 'a b=c'), 'cookie', /write its name, or NAME=VALUE/],
    [await ask('10.1.2.3', 'joe@acme.example', 'a=c; d=e'), 'cookie', /write its name/],
    [
      await ask('10.1.2.3', 'joe@acme.example', `a=${'b'.repeat(5_000)}`),
      'cookie',
      /is longer than/,
    ],
  ] as const
  for (const [{ answer }, field, problem] of cases) t.match(answer, { field, problem })
  const broken = await askAdmin('/api/what-if?client=10.1.2.3&photo=a@b', {
    headers: { 'x-what-if-cookie': '%zz' },
  })
  t.equal(broken.status, 400)
})

t.test('what if: every rule is asked, by the configuration that runs now', async t => {
  const { json, server, load } = await openBusyGate(t)
  const path = '/api/what-if?client=198.51.100.7&photo=ada@acme.example'
  const turned = await json(path)
  t.match(turned.answer.explanation, {
    admitted: false,
    answer: { status: 403, reason: 'no-rule' },
  })
  t.equal(turned.answer.explanation.rules.length, 3)
  const admitted = await json(path, { 'x-what-if-cookie': encodeURIComponent(cookie) })
  t.match(admitted.answer.explanation, {
    ...{ admitted: true, rule: 'meeting' },
    answer: { status: 200, photoExists: true, detail: /ada@acme.example.jpg, image\/jpeg/ },
  })
  t.notMatch(JSON.stringify(admitted.answer), /SECRET/)
  t.match(admitted.answer.curl, /-H 'Cookie: STPluginActivePage=VALUE'/)
  await server.apply(
    load(
      `allow: [{ name: everywhere, from: [198.51.100.0/24] }]\notherwise: { status: 403 }\nadmin: { port: 0, tokenFile: admin.token }`,
    ),
  )
  t.match((await json(path)).answer.explanation, { admitted: true, rule: 'everywhere' })
})

t.test('the history counts each request once, by rule and reason', async t => {
  const { json } = await openBusyGate(t)
  const { answer } = await json('/api/history?span=hour')
  t.equal(answer.slots.length, 60)
  t.strictSame(answer.totals, { admitted: 6, 'turned-away': 2, unjudged: 1 })
  t.strictSame(answer.rules, [
    { name: 'offices', count: 3 },
    { name: 'meeting', count: 3 },
    { name: 'kiosk', count: 0 },
  ])
  t.strictSame(answer.answers, [
    { name: 'found', count: 4 },
    { name: 'missing', count: 1 },
    { name: 'over-budget', count: 1 },
  ])
  t.match(answer.refusals, [{ count: 1 }, { count: 1 }])
  t.strictSame(answer.clients[0], { name: '198.51.100.7', count: 3 })
  t.strictSame(answer.photos[0], { name: 'ada@acme.example', count: 2 })
})

t.test('a decision opens with what the rules said, and no secret of its request', async t => {
  const { json, askAdmin } = await openBusyGate(t)
  const { answer } = await json('/api/decisions?words=198.51.100.7%20ada')
  t.equal(answer.rows.length, 1)
  const opened = await json(`/api/decisions/${answer.rows[0].id}`)
  t.match(opened.answer, {
    row: { outcome: 'admitted', rule: 'meeting' },
    rules: [
      { name: 'offices', matched: false },
      { name: 'meeting', matched: true },
    ],
    unasked: ['kiosk'],
    curl: /-H 'x-forwarded-for: 198.51.100.7' http:\/\/127.0.0.1:\d+\/ada@acme.example.jpg$/,
  })
  t.notMatch(JSON.stringify(opened.answer), /SECRET/)
  for (const id of ['0', '99', 'x', '1e1']) {
    t.equal((await askAdmin(`/api/decisions/${id}`)).status, 404, id)
  }
})

t.test('a command to paste is quoted, whatever a client has asked for', async t => {
  const { json } = await openBusyGate(t)
  const { answer } = await json('/api/decisions?words=onerror')
  const paths = answer.rows.map(({ path, userAgent }: Record<string, string>) => path ?? userAgent)
  t.strictSame(paths, [`/${encodeURIComponent(hostile)}.jpg`, hostile])
  const [{ id }] = answer.rows
  const { curl } = (await json(`/api/decisions/${id}`)).answer
  t.match(curl, /'http:\/\/127.0.0.1:\d+\/%22%3E%3Cimg%20src%3Dx%20onerror%3Dalert\(1\)%3E.jpg'$/)
})

t.test('the status tells what is to be looked at', async t => {
  const { json } = await openBusyGate(t)
  const { answer } = await json('/api/status')
  t.match(answer, { phase: 'serving', photos: { count: 4, isReady: true } })
  t.match(answer.notices, [{ level: 'warning', text: /over their budget.*: 1 \(over-budget\)/ }])
})

t.test('rules show their hits, and the photos what is broken', async t => {
  const { json, askAdmin } = await openBusyGate(t)
  const rules = (await json('/api/rules')).answer
  t.match(rules, {
    rules: [
      { name: 'offices', kinds: ['from'], budget: null, hits: { hour: 3, day: 3, month: 3 } },
      { name: 'meeting', budget: { people: 2, perSeconds: 3_600 } },
      { name: 'kiosk', hits: { month: 0 } },
    ],
    otherwise: 'status 403',
  })
  const found = (await json('/api/photos?words=a@acme')).answer
  t.match(found, { total: 1, rows: [{ address: 'ada@acme.example' }] })
  t.match(found.unserved, [{ files: 1, names: ['broken@acme.example.jpg'] }])
  const preview = await askAdmin('/photo?address=ada@acme.example')
  t.equal(preview.headers['content-type'], 'image/jpeg')
  t.strictSame(preview.body, photos['ada@acme.example.jpg'])
  const missing = await askAdmin('/photo?address=../../etc/passwd')
  t.equal(missing.headers['content-type'], 'image/gif')
  t.match((await json('/api/coverage')).answer.rows, [{ domain: 'acme.example', photos: 4 }])
  t.match((await json('/api/imports')).answer, { isConfigured: false, ended: [] })
  t.strictSame((await json('/api/credentials')).answer, { rows: [] })
})

t.test('the files of the page are sent once, and then only when they have changed', async t => {
  const { askAdmin } = await startAdminGate(t, config)
  for (const path of ['/', '/assets/main.js', '/assets/main.css', '/assets/icon.svg']) {
    const first = await askAdmin(path)
    t.equal(first.status, 200, path)
    t.equal(first.headers['cache-control'], 'no-cache')
    const headers = { 'if-none-match': first.headers.etag ?? '' }
    t.equal((await askAdmin(path, { headers })).status, 304)
  }
  t.equal((await askAdmin('/assets/main.css.map')).status, 404)
})
