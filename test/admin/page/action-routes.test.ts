// What changes something by the page: refused without a session, without its token, from elsewhere; and each is logged.
import { connect } from 'node:net'
import type { Test } from 'tap'
import t from 'tap'
import { bearer, signIn, startAdminGate } from '../../fixtures/admin.ts'
import { ask } from '../../fixtures/client.ts'

const config = `
proxies: [127.0.0.1]
allow: [{ name: meeting, cookie: stMeetingroom*, budget: { people: 2, per: 1h } }]
`
const paths = ['/api/reload', '/api/import', '/api/forget-budget'] as const

async function openGate(t: Test, { admin = 'tokenFile: admin.token', isOpen = false } = {}) {
  let reloads = 0
  let imports = 0
  const actions = {
    reload: async () => {
      reloads++
      return { outcome: 'refused', problems: ['photogate.yaml:1:1 <b>is wrong</b>'] } as const
    },
    importNow: () => (imports++ === 0 ? ('started' as const) : ('running' as const)),
  }
  const gate = await startAdminGate(t, config, { admin, actions })
  const asking = (path: string, options = {}) => ask(gate.adminPort, path, options)
  const { cookie, csrfToken } = isOpen ? { cookie: '', csrfToken: '' } : await signIn(asking)
  const signedIn = { cookie, 'content-type': 'application/json', 'x-photogate-csrf': csrfToken }
  const post = async (path: string, body: unknown, headers: Record<string, string> = signedIn) => {
    const answer = await asking(path, { method: 'POST', headers, body: JSON.stringify(body) })
    return { ...answer, text: answer.body.toString() }
  }
  const see = (person: string, client: string) =>
    gate.ask(`/${person}@acme.example.jpg`, {
      headers: { 'x-forwarded-for': client, cookie: 'stMeetingroom1=x' },
    })
  return { ...gate, asking, post, see, signedIn, counts: () => ({ reloads, imports }) }
}

t.test('nothing is changed by anybody who has not signed in here', async t => {
  const { asking, counts, lines, signedIn, adminPort } = await openGate(t)
  const { cookie, ...withoutCookie } = signedIn
  const { 'x-photogate-csrf': csrf, ...withoutToken } = signedIn
  const other = {
    ...signedIn,
    'x-photogate-csrf': csrf.replace(/^./, at => (at === 'A' ? 'B' : 'A')),
  }
  const rows: [title: string, method: string, headers: Record<string, string>, status: number][] = [
    ['without a session', 'POST', withoutCookie, 401],
    ['with a session that is not', 'POST', { ...signedIn, cookie: 'photogate-admin=AAAA' }, 401],
    ['without the token against CSRF', 'POST', withoutToken, 403],
    ['with another one', 'POST', other, 403],
    ['from another site', 'POST', { ...signedIn, origin: 'https://evil.example' }, 403],
    ['from no site', 'POST', { ...signedIn, origin: 'null' }, 403],
    [
      'by another site, as a browser says',
      'POST',
      { ...signedIn, 'sec-fetch-site': 'cross-site' },
      403,
    ],
    ['under a name that points here', 'POST', { ...signedIn, host: 'evil.example' }, 421],
    [
      'as a form',
      'POST',
      { ...signedIn, 'content-type': 'application/x-www-form-urlencoded' },
      415,
    ],
    ['as text', 'POST', { ...signedIn, 'content-type': 'text/plain' }, 415],
    ['by a link', 'GET', { cookie }, 404],
    ['by HEAD', 'HEAD', { cookie }, 404],
    ['by PUT', 'PUT', signedIn, 405],
    ['with a wrong bearer', 'POST', { ...withoutCookie, authorization: 'Bearer wrong' }, 401],
  ]
  for (const [title, method, headers, status] of rows) {
    for (const path of paths) {
      const body = method === 'POST' ? '{"rule":"meeting","client":"192.0.2.7"}' : undefined
      const answer = await asking(path, { method, headers, ...(body && { body }) })
      t.equal(answer.status, status, `${path} ${title}`)
    }
  }
  t.strictSame(counts(), { reloads: 0, imports: 0 })
  t.strictSame(
    lines().filter(({ msg }) => /asked for on/.test(String(msg))),
    [],
  )
  const raw = connect(adminPort, '127.0.0.1')
  raw.end(
    `POST /api/reload?x=/../ HTTP/1.1\r\nHost: 127.0.0.1:${adminPort}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  )
  await new Promise(resolve => raw.on('close', resolve).resume())
  t.equal(counts().reloads, 0)
})

t.test('without a token nobody can change anything', async t => {
  const { asking, counts } = await openGate(t, { admin: 'names: [a.example]', isOpen: true })
  const headers = { 'content-type': 'application/json' }
  for (const path of paths) {
    const { status, body } = await asking(path, { method: 'POST', headers, body: '{}' })
    t.equal(status, 403)
    t.match(body.toString(), /changes nothing.*Set admin\.tokenFile/)
  }
  t.strictSame(counts(), { reloads: 0, imports: 0 })
})

t.test('what is not understood is refused, and changes nothing', async t => {
  const { post } = await openGate(t)
  const rows: [body: unknown, field: string][] = [
    [{}, 'rule'],
    [null, 'rule'],
    [[], 'rule'],
    [{ rule: 7, client: 'x' }, 'rule'],
    [{ rule: 'meeting' }, 'client'],
    [{ rule: 'meeting', client: ' ' }, 'client'],
    [{ rule: 'meeting', client: 'x'.repeat(501) }, 'client'],
    [{ rule: 'meeting', client: { toString: 'x' } }, 'client'],
  ]
  for (const [body, field] of rows) {
    const { status, text } = await post('/api/forget-budget', body)
    t.equal(status, 400, JSON.stringify(body))
    t.match(JSON.parse(text), { field, problem: /is missing/ })
  }
})

t.test('a reload tells what became of it', async t => {
  const { post, lines } = await openGate(t)
  const { status, text } = await post('/api/reload', {})
  t.equal(status, 200)
  t.strictSame(JSON.parse(text), {
    ...{ outcome: 'refused', problems: ['photogate.yaml:1:1 <b>is wrong</b>'] },
  })
  t.match(lines().at(-1), { level: 30, client: '127.0.0.1', msg: /reload was asked for/ })
})

t.test('of two imports at once the second is told that one is running', async t => {
  const { post, lines } = await openGate(t)
  const answers = await Promise.all([post('/api/import', {}), post('/api/import', {})])
  t.strictSame(answers.map(({ text }) => text).sort(), [
    '{"outcome":"running"}',
    '{"outcome":"started"}',
  ])
  t.match(lines().at(-1), { level: 30, msg: /import was asked for/ })
})

t.test('a budget is forgotten as the decision names it, once, and logged', async t => {
  const { see, post, askAdmin, lines } = await openGate(t)
  const client = '2001:db8:1:2::7'
  for (const person of ['a', 'b', 'c']) await see(person, client)
  const { body } = await askAdmin('/api/decisions?reason=over-budget')
  const [row] = JSON.parse(body.toString()).rows
  t.match(row, { rule: 'meeting', spentBy: '2001:db8:1:2::/64' })
  const forget = (client: string, rule = 'meeting') =>
    post('/api/forget-budget', { rule, client }).then(({ text }) => JSON.parse(text))
  t.match(await forget('192.0.2.9'), { outcome: 'none' })
  t.match(await forget(row.spentBy, 'kiosk'), { outcome: 'none' })
  const both = await Promise.all([forget(row.spentBy), forget('2001:db8:1:2:ffff::1')])
  t.strictSame(both.map(({ outcome }) => outcome).sort(), ['forgotten', 'none'])
  const details = { level: 40, client: '127.0.0.1', rule: 'meeting', spentBy: '2001:db8:1:2::/64' }
  t.match(
    lines()
      .filter(({ msg }) => /budget was to be forgotten/.test(String(msg)))
      .slice(-2),
    [details, details],
  )
  await see('d', client)
  const after = JSON.parse((await askAdmin('/api/decisions?limit=1')).body.toString())
  t.match(after.rows, [{ reason: 'missing', spentBy: null }])
})

t.test('a program with the token needs no session', async t => {
  const { post, counts } = await openGate(t)
  const headers = { ...bearer, 'content-type': 'application/json' }
  t.equal((await post('/api/import', {}, headers)).status, 200)
  t.equal(counts().imports, 1)
})

t.test('a gate that is still starting says so', async t => {
  const gate = await startAdminGate(t, config)
  const headers = { ...bearer, 'content-type': 'application/json' }
  const asked = { method: 'POST', headers, body: '{}' }
  const reload = await ask(gate.adminPort, '/api/reload', asked)
  t.match(JSON.parse(reload.body.toString()), { outcome: 'failed', message: /still starting/ })
  const imported = await ask(gate.adminPort, '/api/import', asked)
  t.strictSame(JSON.parse(imported.body.toString()), { outcome: 'no-supply' })
})
