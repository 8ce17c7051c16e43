// A replay of a log repeats what the gate decided: a real gate gets requests from many addresses with all kinds of
// cookies, and its answers are logged as Apache would log them.
import t from 'tap'
import type { Settings } from '../../src/config/settings.ts'
import { readAliases } from '../../src/photo/known-addresses.ts'
import { buildReplay } from '../../src/replay/replay.ts'
import { loggedTime, logLine } from '../fixtures/access-log.ts'
import { startGate } from '../fixtures/gate.ts'
import { jpegOf } from '../fixtures/images.ts'

const gate = await startGate(t, {
  config: `networks: { offices: [127.0.1.0/24], branches: [127.0.2.0/24, 127.0.3.7] }
allow:
  - { name: offices, from: offices }
  - { name: branches, from: branches, photos: ["*@acme.example", "!ceo@acme.example"] }
  - { name: badge, from: 127.0.4.0/24, cookie: "Badge=blue*" }
  - { name: signed-in, cookie: [LtpaToken2, LtpaToken] }
  - { name: meeting, cookie: "Page=room*", photos: "*@acme.example" }
otherwise: { status: 403 }`,
  photos: {
    'joe@acme.example.jpg': jpegOf('joe'),
    'ceo@acme.example.jpg': jpegOf('ceo'),
    'müller@other.example.jpg': jpegOf('müller'),
  },
})

const clients = ['127.0.0.9', '127.0.1.1', '127.0.2.5', '127.0.3.7', '127.0.3.8', '127.0.4.1']
const targets = [
  '/joe@acme.example.jpg',
  '/JOE@acme.example.JPG?v=2',
  '/ceo%40acme.example.jpg',
  '/photo?email=m%C3%BCller@other.example',
  '/userinfo/image?size=1&email=nobody@acme.example',
  '/joe@acme.example.jpg?x="\\',
]
const cookies = [
  undefined,
  'LtpaToken2=x',
  'a=b; ltpatoken="q\\"x"',
  'LtpaToken2=; LtpaToken=""',
  'xLtpaToken2=1; foo="LtpaToken=1"',
  'Page=Room7',
  'Page=lobby;Page=room1',
  'Badge=Blue%20one',
  'Badge=red\t; a',
]

interface Asked {
  readonly client: string
  readonly target: string
  readonly cookie: string | undefined
  readonly status: number
  readonly rule: unknown
}

async function askAll(): Promise<Asked[]> {
  const asked: Asked[] = []
  for (const client of clients) {
    for (const target of targets) {
      for (const cookie of cookies) {
        const headers: Record<string, string> = cookie === undefined ? {} : { cookie }
        const { status } = await gate.ask(target, { from: client, headers })
        asked.push({ client, target, cookie, status, rule: gate.requests().at(-1)?.rule })
      }
    }
  }
  return asked
}

function replayOne(asked: Asked, settings: Settings, hasCookies: boolean) {
  const { client, target, status } = asked
  const cookie = hasCookies ? { cookie: asked.cookie ?? null } : {}
  const replay = buildReplay({ settings, aliasesIn: readAliases, cookieField: 10 })
  const log = replay.begin('log')
  log.push(logLine({ client, target, status, ...cookie }))
  log.end()
  const { totals, lines } = replay.result(1)
  const admittedBy = totals.rules.find(({ requests }) => requests > 0)?.name
  return {
    lines,
    totals,
    rule: admittedBy ?? (totals.turnedAway.requests > 0 ? 'turned-away' : 'unknown'),
  }
}

const asked = await askAll()

t.test('the gate has admitted and turned away by every rule', async t => {
  const rules = new Set(asked.map(({ rule }) => rule))
  const expected = ['badge', 'branches', 'meeting', 'offices', 'signed-in', 'turned-away']
  t.strictSame([...rules].sort(), expected)
})

t.test('with cookies in the log, each request has the rule that the gate gave it', async t => {
  for (const each of asked) {
    const { rule, lines, totals } = replayOne(each, gate.settings, true)
    const what = `${each.client} ${each.target} ${each.cookie}`
    t.strictSame([lines.photos, rule], [1, each.rule], what)
    const { newlyTurnedAway, newlyAdmitted } = totals.changes
    t.equal(newlyTurnedAway.requests + newlyAdmitted.requests, 0, `${what}: nothing changes`)
  }
})

t.test('without cookies in the log, every certain outcome is the same', async t => {
  const known = asked.map(each => ({
    ...each,
    replayed: replayOne(each, gate.settings, false).rule,
  }))
  for (const { replayed, rule, ...each } of known) {
    if (replayed === 'unknown') continue
    // An earlier rule may have admitted by a cookie. The outcome is the same.
    t.equal(replayed === 'turned-away', rule === 'turned-away', JSON.stringify(each))
  }
  t.ok(known.some(({ replayed }) => replayed === 'unknown'))
  t.ok(known.some(({ replayed }) => replayed === 'offices'))
})

t.test(
  'the replay does not count lines that the gate does not read as requests for photos',
  async t => {
    for (const target of [
      '/',
      '/%zz@acme.example.jpg',
      '/-/healthz',
      '/a%2fjoe@acme.example.jpg',
    ]) {
      const { status } = await gate.ask(target, { from: '127.0.0.9' })
      const line = { client: '127.0.0.9', target, cookie: undefined, status, rule: undefined }
      t.equal(replayOne(line, gate.settings, false).lines.noPhoto, 1, target)
    }
  },
)

t.test('a request of HTTP/0.9 counts, because a front forwards it as HTTP/1.1', async t => {
  for (const client of ['127.0.0.9', '127.0.1.1']) {
    const request = 'GET /joe@acme.example.jpg'
    await gate.ask('/joe@acme.example.jpg', { from: client })
    const { rule, status } = gate.requests().at(-1) ?? {}
    const { settings } = gate
    const replay = buildReplay({ settings, aliasesIn: readAliases, cookieField: 8 })
    const log = replay.begin('log')
    log.push(`${client} - - [${loggedTime}] "${request}" ${status} 512 "-"`)
    log.end()
    const { rules, turnedAway } = replay.result(1).totals
    const name = rules.find(({ requests }) => requests > 0)?.name
    t.equal(name ?? (turnedAway.requests > 0 ? 'turned-away' : 'not counted'), rule, client)
  }
})
