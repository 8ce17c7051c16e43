// Classic Meetings: the browser of a guest loads a room of the Meetings server, which sends it on to
// the gate, another origin, for each photo. In a real Chromium, because the photos must be rendered.
import t from 'tap'
import { visitPage } from '../fixtures/chromium.ts'
import { startMeetings, userImage } from '../fixtures/meetings.ts'
import { findFreePort, findProgram } from '../fixtures/process.ts'
import { startSametimeSite } from '../fixtures/sametime.ts'

const browserClient = '127.0.0.1'
const notRendered = '0x0'
const joe = userImage('joe.bloggs@acme.example')
const joesSize = '160x160'

const cookieOf = (pair: string, more = '') => ({
  'set-cookie': `${pair}; Domain=acme.example; Path=/${more}`,
})
const guest = 'STPluginActivePage=stMeetingroom42'

t.test('in a meeting', async t => {
  const program = findProgram(t, 'chromium')
  if (program === undefined) return
  const port = await findFreePort()
  const origin = `http://meet.acme.example:${port}`
  const site = await startSametimeSite(t, { redirect: `${origin}/sign-in` })
  // An image of another origin, without a header that lets others embed it.
  const plain = `http://images.acme.example:${port}/plain.jpg`
  const meetings = await startMeetings(t, {
    port,
    template: `http://photos.acme.example:${site.port}/{email}.jpg`,
  })
  const see = async (images: string[], headers: Record<string, string>, flags: string[] = []) => {
    const { url, seen } = meetings.addRoom(images, headers)
    return visitPage(t, program, { url, until: seen, flags })
  }

  await t.test(
    'without the meeting cookie no photo is rendered, because the browser gets the sign-in page',
    async t => {
      t.strictSame(await see([joe, userImage('nobody@acme.example')], {}), {
        [joe]: notRendered,
        [userImage('nobody@acme.example')]: notRendered,
      })
      t.ok(meetings.paths().includes('/sign-in'), 'the browser has followed both redirects')
      const lines = await site.logged(browserClient, 2)
      t.match(lines, [{ rule: 'turned-away' }, { rule: 'turned-away' }])
    },
  )

  // With each value of SameSite, because the photo host is another origin of the same site.
  for (const sameSite of ['', '; SameSite=Lax', '; SameSite=Strict']) {
    await t.test(`a guest sees the photos with a cookie that has "${sameSite}"`, async t => {
      const elsewhere = `http://photos.other.example:${site.port}/joe.bloggs@acme.example.jpg`
      const expected = {
        [joe]: joesSize,
        [userImage('joe.bloggs%40acme.example')]: joesSize,
        [userImage('Joe.Bloggs@ACME.example')]: joesSize,
        // A GIF and a PNG whose URLs end with .jpg.
        [userImage('ann@acme.example')]: '4x4',
        [userImage('eve@acme.example')]: '4x4',
        [userImage('nobody@acme.example')]: notRendered,
        // Here the photo host is outside of the cookie's domain, so the browser sends no cookie.
        [elsewhere]: notRendered,
        [plain]: '4x4',
      }
      t.strictSame(await see(Object.keys(expected), cookieOf(guest, sameSite)), expected)
    })
  }

  await t.test('the log names the rule for each photo that was rendered', async t => {
    const lines = await site.logged(browserClient, 2 + 3 * 7)
    const count = (rule: string) => lines.filter(line => line.rule === rule).length
    t.equal(count('meetings'), 3 * 6)
    t.equal(count('turned-away'), 2 + 3)
  })

  await t.test('a person who has signed in needs no cookie of the room', async t => {
    const token = site.issuer.issueV2({ expiresMs: Date.now() + 3_600_000 })
    t.strictSame(await see([joe], cookieOf(`LtpaToken2=${token}`)), { [joe]: joesSize })
  })

  await t.test('a room that requires Cross-Origin-Resource-Policy shows photos', async t => {
    // The header counts on secure origins only. This browser takes the origin for one.
    const headers = { ...cookieOf(guest), 'cross-origin-embedder-policy': 'require-corp' }
    const flags = [`--unsafely-treat-insecure-origin-as-secure=${origin}`]
    t.strictSame(await see([joe, plain], headers, flags), { [joe]: joesSize, [plain]: notRendered })
  })
})

t.test('with missing: placeholder', async t => {
  const program = findProgram(t, 'chromium')
  if (program === undefined) return
  const port = await findFreePort()
  const site = await startSametimeSite(t, {
    redirect: `http://meet.acme.example:${port}/sign-in`,
    missing: 'placeholder',
  })
  const meetings = await startMeetings(t, {
    port,
    template: `http://photos.acme.example:${site.port}/userinfo/image?email={email}`,
  })
  const nobody = userImage('nobody@acme.example')
  const rows: [who: string, headers: Record<string, string>, expected: Record<string, string>][] = [
    [
      'a client without the meeting cookie sees nothing',
      {},
      { [joe]: notRendered, [nobody]: notRendered },
    ],
    ['a guest sees a silhouette', cookieOf(guest), { [joe]: joesSize, [nobody]: '96x96' }],
  ]
  for (const [who, headers, expected] of rows) {
    await t.test(who, async t => {
      const { url, seen } = meetings.addRoom([joe, nobody], headers)
      t.strictSame(await visitPage(t, program, { url, until: seen }), expected)
    })
  }
})
