import { join } from 'node:path'
import t from 'tap'
import type { Settings } from '../../src/config/settings.ts'
import { signPass } from '../../src/evidence/guest-pass.ts'
import { buildLinkKeys } from '../../src/evidence/link-keys.ts'
import { signLink } from '../../src/evidence/signed-link.ts'
import { parseNetworkAddress } from '../../src/policy/network-address.ts'
import type { LoggedRequest } from '../../src/replay/judge.ts'
import { asksForCookies, buildLogJudge, judgeStatus } from '../../src/replay/judge.ts'
import { loggedMs } from '../fixtures/access-log.ts'
import { openConfigHome } from '../fixtures/config.ts'
import { writeKeys, writeSecret } from '../fixtures/key-files.ts'
import { buildIssuer } from '../fixtures/ltpa-issuer.ts'

const home = openConfigHome(t)
const rules = home.settings(`allow:
  - { name: both, from: 10.0.0.0/8, cookie: Badge }
  - { name: meeting, cookie: "Page=room*", photos: "*@acme.example" }
  - { name: office, from: 10.1.0.0/16 }
  - { name: public, photos: press@acme.example }
`)

type Row = Partial<Omit<LoggedRequest, 'client'>> & { client?: string }

function judge(settings: Settings, row: Row) {
  const { client = '192.0.2.7', cookie, photo = 'joe@acme.example', timeMs = loggedMs } = row
  const address = parseNetworkAddress(client)
  return buildLogJudge(settings)({ client: address, cookie, photo, timeMs })
}

const turnedAway = { outcome: 'turned-away', rules: [] }
const admitted = (rule: string) => ({ outcome: 'admitted', rules: [rule] })
const unknown = (rules: string[], doubt: string) => ({ outcome: 'unknown', rules, doubt })

t.test('with cookies in the log, nothing is in doubt', async t => {
  const rows: [string, Row, object][] = [
    ['none was sent', { cookie: null }, turnedAway],
    ['others were sent', { cookie: 'a=b' }, turnedAway],
    [
      'the right one for another photo',
      { cookie: 'Page=room1', photo: 'joe@other.example' },
      turnedAway,
    ],
    ['a badge from outside', { cookie: 'Badge=1' }, turnedAway],
    ['a cookie', { cookie: 'a=b; page=Room1' }, admitted('meeting')],
    ['a badge from inside', { cookie: 'Badge=1', client: '10.2.0.1' }, admitted('both')],
    ['a network', { cookie: null, client: '10.1.0.1' }, admitted('office')],
    [
      'a longer header than a server takes',
      { cookie: `Page=room1; ${'x'.repeat(8_190)}` },
      turnedAway,
    ],
  ]
  for (const [what, row, expected] of rows) {
    t.test(what, async t => {
      t.strictSame(judge(rules, row), expected)
    })
  }
})

t.test('without cookies, an outcome is certain only if no cookie could change it', async t => {
  const rows: [string, Row, object][] = [
    ['no rule but that of others photos', { photo: 'joe@other.example' }, turnedAway],
    ['a rule for the photo', {}, unknown(['meeting'], 'no-cookies')],
    [
      'a rule for the network',
      { client: '10.2.0.1', photo: 'joe@other.example' },
      unknown(['both'], 'no-cookies'),
    ],
    ['a network, whatever the cookies', { client: '10.1.0.1' }, admitted('office')],
    ['a photo for everybody', { photo: 'press@acme.example' }, admitted('public')],
  ]
  for (const [what, row, expected] of rows) {
    t.test(what, async t => {
      t.strictSame(judge(rules, row), expected)
    })
  }
})

t.test('a host name is in doubt only where a network would admit', async t => {
  const client = 'pc7.acme.example'
  const rows: [string, Row, object][] = [
    ['no cookies sent', { client, cookie: null }, unknown(['office'], 'no-client')],
    ['cookies not logged', { client }, unknown(['both', 'meeting', 'office'], 'no-client')],
    [
      'nor for this photo',
      { client, photo: 'joe@other.example' },
      unknown(['both', 'office'], 'no-client'),
    ],
    ['a cookie that is enough', { client, cookie: 'Page=room1' }, admitted('meeting')],
    [
      'a cookie for inside',
      { client, cookie: 'Badge=1' },
      unknown(['both', 'office'], 'no-client'),
    ],
    ['a photo for everybody', { client, photo: 'press@acme.example' }, admitted('public')],
  ]
  for (const [what, row, expected] of rows) {
    t.test(what, async t => {
      t.strictSame(judge(rules, row), expected)
    })
  }
})

t.test('a rule without a condition admits nobody, also in doubt', async t => {
  const open = { ...rules, policy: { ...rules.policy, rules: [{ name: 'open', conditions: [] }] } }
  t.strictSame(judge(open, {}), turnedAway)
})

t.test('signed links are judged by the time of their line', async t => {
  const secret = Buffer.from('a link secret of at least 32 bytes')
  writeSecret(join(home.directory, 'link.secret'), secret.toString('base64'))
  const settings = home.settings(
    'links: { secrets: link.secret }\nallow: [{ name: links, link: signed }]',
  )
  const judgeAt = buildLogJudge(settings)
  const photo = 'joe@acme.example'
  const expires = loggedMs / 1000 + 60
  const query = signLink(buildLinkKeys([secret]), { address: photo, expires })
  const at = (timeMs: number, url?: string, whose = photo) =>
    judgeAt({ client: undefined, cookie: null, photo: whose, url, timeMs })
  const url = `/${photo}.jpg?${query}`
  t.strictSame(at(loggedMs, url), admitted('links'), 'then')
  t.strictSame(at(loggedMs + 60_000, url), turnedAway, 'when it expires')
  t.strictSame(at(loggedMs, url), admitted('links'), 'a line from before, after that')
  t.strictSame(at(loggedMs, url, 'ann@acme.example'), turnedAway, 'of another')
  t.strictSame(at(loggedMs, `/${photo}.jpg`), turnedAway, 'unsigned')
  t.strictSame(at(loggedMs), turnedAway, 'not known')
  const unknownCookies = { client: undefined, cookie: undefined, photo, timeMs: loggedMs }
  t.strictSame(judgeAt({ ...unknownCookies, url }), admitted('links'), 'without cookies in the log')
  t.strictSame(judgeAt(unknownCookies), turnedAway, 'which could not change it')
  t.equal(asksForCookies(settings.policy), false)
})

t.test('guest passes are judged by the time of their line, where the log has cookies', async t => {
  const secret = Buffer.from('a link secret of at least 32 bytes')
  writeSecret(join(home.directory, 'link.secret'), secret.toString('base64'))
  const settings = home.settings(
    'links: { secrets: link.secret }\nallow: [{ name: guests, pass: signed }]',
  )
  const terms = { photos: ['*@acme.example'], expires: loggedMs / 1000 + 60 }
  const { text } = signPass(buildLinkKeys([secret]), terms)
  const cookie = `a=b; __Host-photogate-pass=${text}`
  const judgeAt = buildLogJudge(settings)
  const at = (timeMs: number, header: string | null | undefined, photo = 'joe@acme.example') =>
    judgeAt({ client: undefined, cookie: header, photo, timeMs })
  t.strictSame(at(loggedMs, cookie), admitted('guests'), 'then')
  t.strictSame(at(loggedMs + 60_000, cookie), turnedAway, 'when it expires')
  t.strictSame(at(loggedMs, cookie), admitted('guests'), 'a line from before, after that')
  t.strictSame(at(loggedMs, cookie, 'ann@b.example'), turnedAway, 'another photo')
  t.strictSame(at(loggedMs, null), turnedAway, 'none was sent')
  t.strictSame(at(loggedMs, undefined), unknown(['guests'], 'no-cookies'), 'not logged')
  t.equal(asksForCookies(settings.policy), true)
})

t.test('tokens are judged by the time of their line', async t => {
  const issuer = buildIssuer({ realm: 'acme' })
  const settings = home.settings(
    `ltpa: { keys: [${writeKeys(home.directory, 'ltpa', issuer)}], clockSkew: 30s, maxLifetime: 2h }
allow: [{ name: signed-in, ltpa: verified }]`,
  )
  const hour = 3_600_000
  const cookie = `LtpaToken2="${issuer.issueV2({ expiresMs: loggedMs + hour })}"`
  const judgeAt = buildLogJudge(settings)
  const at = (timeMs: number, header: string | null | undefined = cookie) =>
    judgeAt({ client: undefined, cookie: header, photo: 'joe@acme.example', timeMs })
  const rows: [string, ReturnType<typeof at>, object][] = [
    ['then', at(loggedMs), admitted('signed-in')],
    ['after its expiry', at(loggedMs + hour + 31_000), turnedAway],
    ['a line from before, after that', at(loggedMs + 1), admitted('signed-in')],
    ['long before', at(loggedMs - 2 * hour), turnedAway],
    ['again', at(loggedMs), admitted('signed-in')],
    ['none was sent', at(loggedMs, null), turnedAway],
    ['not logged', judge(settings, {}), unknown(['signed-in'], 'no-cookies')],
    [
      'of strangers',
      at(loggedMs, `LtpaToken2=${buildIssuer().issueV2({ expiresMs: loggedMs })}`),
      turnedAway,
    ],
  ]
  for (const [what, judgement, expected] of rows) t.strictSame(judgement, expected, what)
  const forged = Array.from({ length: 300 }, (_, n) =>
    at(loggedMs, `LtpaToken2=${btoa(`forged token ${n}`.padEnd(48))}`),
  )
  t.ok(forged.every(({ outcome }) => outcome === 'turned-away'))
  const other = `LtpaToken2=${issuer.issueV2({ expiresMs: loggedMs + hour, user: 'uid=ann' })}`
  t.strictSame(
    at(loggedMs, other),
    admitted('signed-in'),
    'after more forged tokens than a gate verifies at once',
  )
})

t.test('a status says what was decided before, or leaves it in doubt', async t => {
  for (const status of [200, 206, 304, 404])
    t.equal(judgeStatus(status).outcome, 'admitted', `${status}`)
  for (const status of [301, 302, 303, 307, 401, 403]) {
    t.equal(judgeStatus(status).outcome, 'turned-away', `${status}`)
  }
  for (const status of [0, 101, 308, 400, 405, 408, 416, 500, 503]) {
    t.strictSame(
      judgeStatus(status),
      { outcome: 'unknown', rules: [], doubt: 'status' },
      `${status}`,
    )
  }
})

t.test('whether a policy asks for cookies at all', async t => {
  t.equal(asksForCookies(rules.policy), true)
  t.equal(asksForCookies(home.settings('allow: [{ name: a, from: 10.0.0.0/8 }]').policy), false)
})

t.test('without the photo folder, an admission by a rule with ! is in doubt', async t => {
  const hiding = home.settings(`allow:
  - { name: meeting, cookie: Page, photos: ["*@acme.example", "!ceo@acme.example"] }
  - { name: office, from: 10.1.0.0/16 }
`)
  const rows: [string, Row, object][] = [
    ['a photo that may be theirs', { cookie: 'Page=1' }, unknown(['meeting'], 'no-people')],
    ['cookies not logged', {}, unknown(['meeting'], 'no-cookies')],
    ['theirs', { cookie: 'Page=1', photo: 'ceo@acme.example' }, turnedAway],
    ['another condition does not hold', { cookie: null }, turnedAway],
    ['another rule admits', { cookie: 'Page=1', client: '10.1.0.1' }, admitted('office')],
  ]
  for (const [what, row, expected] of rows)
    t.test(what, async t => t.strictSame(judge(hiding, row), expected))
  t.test('with the photo folder, every outcome is certain', async t => {
    const client = parseNetworkAddress('192.0.2.7')
    const people = ['ceo@acme.example', 'js@acme.example']
    const decide = buildLogJudge(hiding, photo => (people.includes(photo) ? people : []))
    const ask = (photo: string) => decide({ client, cookie: 'Page=1', photo, timeMs: loggedMs })
    t.strictSame(ask('js@acme.example'), turnedAway)
    t.strictSame(ask('joe@acme.example'), admitted('meeting'))
  })
})

t.test('groups open and hide people in a log as they do at the gate', async t => {
  const grouped = openConfigHome(t, {
    'board.txt': 'ceo@acme.example\n*@board.acme.example',
  }).settings(`groups: { board: { file: board.txt } }
allow:
  - { name: office, from: 10.1.0.0/16, photos: { group: board } }
  - { name: meeting, cookie: Page, photos: ["*@acme.example", { notGroup: board }] }
`)
  const client = parseNetworkAddress('10.1.0.1')
  const people = ['ceo@acme.example', 'js@acme.example']
  const decide = buildLogJudge(grouped, photo => (people.includes(photo) ? people : []))
  const ask = (photo: string, cookie: string | null = 'Page=1') =>
    decide({ client, cookie, photo, timeMs: loggedMs })
  t.strictSame(ask('js@acme.example'), turnedAway)
  t.strictSame(ask('ceo@acme.example', null), admitted('office'))
  t.strictSame(ask('x@board.acme.example'), admitted('office'))
  t.strictSame(ask('joe@acme.example'), admitted('meeting'))
  t.strictSame(
    judge(grouped, { cookie: 'Page=1' }),
    unknown(['meeting'], 'no-people'),
    'without the photo folder, nobody knows who is hidden',
  )
})
