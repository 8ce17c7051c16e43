// Clients that fetch photos without a browser, each with the bytes that it sends, at one gate whose
// configuration serves all of them.
import t from 'tap'
import { ask } from '../fixtures/client.ts'
import type { KeptAnswer } from '../fixtures/kept-connection.ts'
import { openConnection } from '../fixtures/kept-connection.ts'
import type { DominoOptions } from '../fixtures/ltpa-issuer.ts'
import { buildIssuer, issueDomino } from '../fixtures/ltpa-issuer.ts'
import { officeClient, photos, sametimeProxy, startSametimeSite } from '../fixtures/sametime.ts'

const redirect = 'https://www.acme.example/sign-in'
const site = await startSametimeSite(t, { redirect })
const host = `Host: photos.acme.example:${site.port}`
const joe = '/joe.bloggs@acme.example.jpg'
const joesPhoto = photos['joe.bloggs@acme.example.jpg']
const notesClient = '127.0.4.1'

const hour = 3_600_000
const expiresMs = Date.now() + hour
const longAgo = Date.now() - hour

const outcomeOf = ({ status, headers, body }: KeptAnswer) => ({
  status,
  location: headers.location,
  bytes: body.length,
})
const turnedAway = { status: 302, location: redirect, bytes: 0 }

t.test('Sametime Proxy fetches PhotoURL by its address alone', async t => {
  const proxy = await openConnection(t, site.port, sametimeProxy)
  // All that is known of its requests is that they carry no cookie, so nothing else is sent.
  const get = (path: string, ...more: string[]) =>
    proxy.send([`GET ${path} HTTP/1.1`, host, 'Connection: keep-alive', ...more])

  await t.test('a request from another address is turned away', async t => {
    const stranger = await openConnection(t, site.port, '127.0.2.11')
    t.strictSame(outcomeOf(await stranger.send([`GET ${joe} HTTP/1.1`, host])), turnedAway)
  })

  await t.test('an unknown photo gets 404, and no page', async t => {
    const { status, headers } = await get('/nobody@acme.example.jpg')
    t.equal(status, 404)
    t.equal(headers.location, undefined)
    t.match(headers['content-type'], /^text\/plain/)
  })

  const types: [name: keyof typeof photos, type: string][] = [
    ['joe.bloggs@acme.example.jpg', 'image/jpeg'],
    ['ann@acme.example.jpg', 'image/gif'],
    ['Eve@Acme.Example.jpg', 'image/png'],
  ]
  for (const [name, type] of types) {
    await t.test(`${name} arrives whole, as ${type}`, async t => {
      const { status, headers, body } = await get(`/${name}`)
      t.equal(status, 200)
      t.equal(headers['content-type'], type)
      t.same(body, photos[name])
    })
  }

  const { headers } = await get(joe)
  const asksAgain: [says: string, header: string, status: number][] = [
    ['its entity tag', `If-None-Match: ${headers.etag}`, 304],
    ['its date', `If-Modified-Since: ${headers['last-modified']}`, 304],
    ['another tag', 'If-None-Match: "other"', 200],
    ['an earlier date', 'If-Modified-Since: Mon, 01 Jun 2015 08:00:00 GMT', 200],
  ]
  for (const [says, header, status] of asksAgain) {
    await t.test(`asked again with ${says}, the gate answers ${status}`, async t => {
      const answer = await get(joe, header)
      t.equal(answer.status, status)
      t.same(answer.body, status === 304 ? Buffer.alloc(0) : joesPhoto)
      t.equal(answer.headers.etag, headers.etag)
    })
  }

  await t.test('the log names its rule for all requests of the connection', async t => {
    const lines = await site.logged(sametimeProxy, 9)
    t.same([...new Set(lines.map(({ rule }) => rule))], ['sametime-proxy'])
    t.equal(lines.length, 9)
  })
})

t.test('Notes and Connect fetch ImagePath with LtpaToken alone', async t => {
  const notes = await openConnection(t, site.port, notesClient)
  // The bytes of java.net.HttpURLConnection, in its order, in a Java as old as that of Notes.
  const get = (path: string, token: string) =>
    notes.send([
      `GET ${path} HTTP/1.1`,
      `Cookie: LtpaToken=${token}`,
      'User-Agent: Java/1.6.0',
      host,
      'Accept: text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2',
      'Connection: keep-alive',
    ])
  const { goodDomino, goodV1, refused } = issueNotesTokens()
  for (const [title, token] of refused) {
    await t.test(`turned away with ${title}`, async t => {
      t.strictSame(outcomeOf(await get(joe, token)), turnedAway)
    })
  }

  const paths = [
    joe,
    '/joe.bloggs%40acme.example.jpg',
    '/Joe.Bloggs@Acme.Example.jpg',
    '/JOE.BLOGGS%40ACME.EXAMPLE.jpg',
  ]
  for (const [issuedBy, token] of Object.entries({ Domino: goodDomino, WebSphere: goodV1 })) {
    for (const path of paths) {
      await t.test(`a token of ${issuedBy} gets ${path}`, async t => {
        const { status, body } = await get(path, token)
        t.equal(status, 200)
        t.same(body, joesPhoto)
      })
    }
  }

  await t.test('the log names the user of the token, or why it was refused', async t => {
    const lines = await site.logged(notesClient, refused.length + 2 * paths.length)
    const tokens = lines.map(
      ({ token }) => token as { refused?: string; user?: string } | undefined,
    )
    t.strictSame(
      tokens.slice(0, refused.length).map(token => token?.refused),
      refused.map(([, , reason]) => reason),
    )
    t.strictSame(
      tokens.slice(refused.length).map(token => token?.user),
      [...paths.map(() => 'CN=Joe Bloggs/O=Acme'), ...paths.map(() => 'uid=joe,o=acme')],
    )
  })
})

function issueNotesTokens() {
  const { issuer } = site
  const ofDomino = (more: Partial<DominoOptions> = {}) =>
    issueDomino({ createdMs: longAgo, expiresMs, secret: site.dominoSecret, ...more })
  const goodDomino = ofDomino()
  const goodV1 = issuer.issueV1({ expiresMs })

  // The reason in the log. The client learns no reason.
  const refused: [title: string, token: string, reason: string | undefined][] = [
    ['an empty token', '', undefined],
    ['a text that is not a token', 'x', 'malformed'],
    ["half of Domino's token", goodDomino.slice(0, 40), 'not-authentic'],
    [
      "a token of another Domino's secret",
      ofDomino({ secret: Buffer.from('the bytes of another token') }),
      'not-authentic',
    ],
    [
      "Domino's token that has expired",
      ofDomino({ createdMs: longAgo - hour, expiresMs: longAgo }),
      'expired',
    ],
    ["half of WebSphere's token", goodV1.slice(0, 80), 'not-authentic'],
    [
      "a token of another WebSphere's keys",
      buildIssuer({ realm: 'acme' }).issueV1({ expiresMs }),
      'not-authentic',
    ],
    ["WebSphere's token that has expired", issuer.issueV1({ expiresMs: longAgo }), 'expired'],
    ['a token of version 2 under this name', issuer.issueV2({ expiresMs }), 'not-authentic'],
  ]
  return { goodDomino, goodV1, refused }
}

t.test('an office gets photos by its network', async t => {
  const { status, body } = await ask(site.port, joe, { from: officeClient })
  t.equal(status, 200)
  t.same(body, joesPhoto)
})
