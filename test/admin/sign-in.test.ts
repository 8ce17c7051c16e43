// Signing in: the cookie, brute force, and the end of sessions.
import t from 'tap'
import { buildSessions, maxSessions, sessionSeconds } from '../../src/admin/sessions.ts'
import { buildTokenAttempts, maxWrong } from '../../src/admin/token-attempts.ts'
import { hashOfToken } from '../../src/config/admin/admin-token.ts'
import { adminToken, bearer, form, signIn, startAdmin } from '../fixtures/admin.ts'
import { makeSelfSigned } from '../fixtures/self-signed.ts'

const guess = (text: string) => ({ authorization: `Bearer ${text}` })

t.test(
  'ten wrong tokens a minute are enough, the right one passes, and the log says so without a token',
  async t => {
    let nowMs = 0
    const { ask, warnings } = await startAdmin(t, { now: () => nowMs })
    for (let at = 0; at < maxWrong; at++) {
      t.equal((await ask('/seen', { headers: guess(`wrong-${at}`) })).status, 401)
    }
    const { status, headers } = await ask('/seen', { headers: guess('wrong-again') })
    t.equal(status, 429)
    t.equal(headers['retry-after'], '60')
    const inForm = (token: string) =>
      ask('/sign-in', { method: 'POST', headers: form, body: `token=${encodeURIComponent(token)}` })
    const guessed = await inForm('wrong-again')
    t.equal(guessed.status, 429, 'nor in the form')
    t.equal(guessed.headers['retry-after'], '60')
    t.match(guessed.body.toString(), /Wait 60 seconds/)
    t.equal((await ask('/seen', { headers: bearer })).status, 200, 'the right one passes')
    t.equal((await inForm(adminToken)).status, 303, 'in the form, too')
    t.equal((await ask('/seen', { headers: guess('wrong-again') })).status, 429, 'and excuses none')
    t.equal(warnings.length, 1)
    t.match(warnings[0], /"client":"127.0.0.1".*10 wrong admin tokens within a minute/)
    t.notMatch(warnings.join(), 'wrong-')
    nowMs = 60_000
    t.equal((await ask('/seen', { headers: guess('wrong') })).status, 401, 'a minute later')
  },
)

t.test(
  'many addresses together have ten guesses, and lock out nobody who has the token',
  async t => {
    let nowMs = 0
    const { ask } = await startAdmin(t, { now: () => nowMs })
    t.equal((await ask('/seen', { headers: bearer, from: '127.0.0.1' })).status, 200)
    let looked = 0
    for (let at = 2; at < 60; at++) {
      const { status } = await ask('/seen', { headers: guess('x'), from: `127.0.0.${at}` })
      if (status === 401) looked++
    }
    t.equal(looked, maxWrong)
    t.equal((await ask('/seen', { headers: guess('x'), from: '127.0.0.99' })).status, 429)
    t.equal((await ask('/seen', { headers: bearer, from: '127.0.0.98' })).status, 200, 'a stranger')
    t.equal((await ask('/seen', { headers: guess('x'), from: '127.0.0.98' })).status, 401, 'known')
    t.equal((await ask('/seen', { headers: bearer, from: '127.0.0.1' })).status, 200)
    nowMs = 61_000
    t.equal((await ask('/seen', { headers: guess('x'), from: '127.0.0.99' })).status, 401)
  },
)

t.test('a known client has ten guesses of its own', async t => {
  const attempts = buildTokenAttempts(() => 0)
  attempts.noteRight('a')
  const told = Array.from({ length: maxWrong }, () => attempts.noteWrong('a'))
  t.strictSame(told.indexOf(true), maxWrong - 1)
  t.equal(attempts.findWaitSeconds('a'), 60)
  t.equal(attempts.findWaitSeconds('b'), undefined)
})

t.test('the cookie is one that no script reads and no other site sends', async t => {
  const { ask } = await startAdmin(t)
  const { answer, setCookie, cookie } = await signIn(ask)
  t.equal(answer.status, 303)
  t.equal(answer.headers.location, '/')
  t.match(
    setCookie,
    /^photogate-admin=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/,
  )
  t.equal((await ask('/seen', { headers: { cookie } })).status, 200)
  const tossed = (count: number) => `${'photogate-admin=tossed; a=b; '.repeat(count)}${cookie}`
  for (const [count, status] of [
    [1, 200],
    [15, 200],
    [16, 401],
  ] as const) {
    const headers = { cookie: tossed(count) }
    t.equal((await ask('/seen', { headers })).status, status, `beside ${count} tossed ones`)
  }
})

t.test('a wrong token in the form shows the form again, and nothing of what was sent', async t => {
  const { ask } = await startAdmin(t)
  const hostile = '"><img src=x onerror=alert(1)>'
  const { status, headers, body } = await ask('/sign-in', {
    ...{ method: 'POST', headers: form, body: `token=${encodeURIComponent(hostile)}` },
  })
  t.equal(status, 403)
  t.equal(headers['set-cookie'], undefined)
  t.match(body.toString(), 'This is not the token of admin.tokenFile.')
  t.notMatch(body.toString(), 'onerror')
  const elsewhere = await ask('/sign-in', {
    method: 'POST',
    headers: { ...form, origin: 'http://evil.example' },
    body: `token=${encodeURIComponent(adminToken)}`,
  })
  t.equal(elsewhere.status, 403, 'no other site signs anybody in')
})

t.test('signing out ends the session and its streams, and no other', async t => {
  const { ask, streams } = await startAdmin(t)
  const mine = await signIn(ask)
  const other = await signIn(ask)
  const open = ask('/events', { headers: { cookie: mine.cookie } }).catch(() => undefined)
  const otherOpen = ask('/events', { headers: { cookie: other.cookie } }).catch(() => undefined)
  while (streams.size < 2) await new Promise(resolve => setTimeout(resolve, 5))
  const { status, headers } = await ask('/sign-out', {
    method: 'POST',
    headers: {
      ...{ cookie: mine.cookie, 'x-photogate-csrf': mine.csrfToken },
      'content-type': 'application/json',
    },
    body: '{}',
  })
  t.equal(status, 204)
  t.match(headers['set-cookie']?.[0], /^photogate-admin=; .*Max-Age=0$/)
  await open
  t.equal(streams.size, 1)
  t.equal((await ask('/seen', { headers: { cookie: mine.cookie } })).status, 401)
  t.equal((await ask('/seen', { headers: { cookie: other.cookie } })).status, 200)
  streams.endAll()
  await otherOpen
})

t.test('another token in the configuration ends all sessions; other names do not', async t => {
  const { ask, access } = await startAdmin(t)
  const { cookie } = await signIn(ask)
  access.configure({ ...access.settings, names: ['photos-admin.acme.example'] })
  t.equal((await ask('/seen', { headers: { cookie } })).status, 200)
  access.configure({ ...access.settings, tokenHash: hashOfToken('another') })
  t.equal((await ask('/seen', { headers: { cookie } })).status, 401)
  t.equal((await ask('/seen', { headers: bearer })).status, 401)
})

t.test('a session ends after 12 hours, and there are at most 100', async t => {
  let nowMs = 0
  const ended: string[] = []
  const sessions = buildSessions({ now: () => nowMs, onEnd: ({ id }) => void ended.push(id) })
  const first = sessions.open()
  nowMs = sessionSeconds * 1_000 - 1
  t.equal(sessions.find(first.secret), first.session)
  t.equal(sessions.find(first.session.id), undefined, 'the id opens nothing')
  nowMs++
  t.equal(sessions.find(first.secret), undefined)
  t.strictSame(ended, [first.session.id])
  const opened = Array.from({ length: maxSessions + 1 }, () => sessions.open())
  t.equal(sessions.size, maxSessions)
  t.equal(sessions.find(opened[0]?.secret ?? ''), undefined, 'the oldest has ended')
  t.ok(sessions.find(opened[1]?.secret ?? ''))
  nowMs += sessionSeconds * 1_000
  t.equal(sessions.size, 0)
})

t.test('the certificate says which names are its own', async t => {
  const { cert, key } = makeSelfSigned('photos-admin.acme.example')
  const certificate = {
    ...{ chain: cert, key, keyType: 'rsa', expiresMs: 0, file: 'cert.pem' },
    names: ['photos-admin.acme.example'],
  }
  const { access, ask } = await startAdmin(t)
  const asking = async (host: string) =>
    (await ask('/seen', { headers: { ...bearer, host } })).status
  t.equal(await asking('photos-admin.acme.example'), 421)
  const tls = { certificates: [certificate] } as never
  access.configure({ ...access.settings, tls })
  t.equal(await asking('photos-admin.acme.example'), 200)
  access.configure({ ...access.settings, tls, host: '0.0.0.0' })
  t.equal(await asking('192.0.2.7:8090'), 200, 'on every address, any address may be named')
  access.configure({ ...access.settings, tls, host: '192.0.2.8' })
  t.equal(await asking('192.0.2.7:8090'), 421)
  t.equal(await asking('192.0.2.8:8090'), 200)
})
