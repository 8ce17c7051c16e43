// A browser from outside, without a cookie or with one that only looks right, at a gate
// that serves Sametime Proxy, offices, people who have signed in and guests of meetings.
import t from 'tap'
import type { KeptAnswer } from '../fixtures/kept-connection.ts'
import { openConnection } from '../fixtures/kept-connection.ts'
import { photos, startSametimeSite } from '../fixtures/sametime.ts'

const joe = '/joe.bloggs@acme.example.jpg'

t.test('an outsider learns nothing', async t => {
  const redirect = 'https://www.acme.example/sign-in'
  const site = await startSametimeSite(t, { redirect })
  const browser = await openConnection(t, site.port, '127.0.9.9')
  const get = (path: string, cookie?: string) =>
    browser.send([
      `GET ${path} HTTP/1.1`,
      `Host: photos.acme.example:${site.port}`,
      'Connection: keep-alive',
      'Upgrade-Insecure-Requests: 1',
      'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
      'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
      'Accept-Encoding: gzip, deflate',
      'Accept-Language: en-GB,en;q=0.9',
      ...(cookie === undefined ? [] : [`Cookie: ${cookie}`]),
    ])
  const token = site.issuer.issueV2({ expiresMs: Date.now() + 3_600_000 })
  const withoutDate = ({ head }: KeptAnswer) => head.replace(/^Date: .*\r\n/m, '')

  const first = await get(joe)
  t.equal(first.status, 302)
  t.equal(first.headers.location, redirect)
  t.equal(first.body.length, 0)
  t.notMatch(first.head, /^set-cookie:/im)

  const photoPaths = [joe, '/nobody@acme.example.jpg', '/userinfo/image?email=ann@acme.example']
  // The old block admitted all of these but the first three.
  const cookies = [
    undefined,
    'JSESSIONID=1',
    'STPluginActivePage=stContacts',
    'LtpaToken=',
    'LtpaToken2=',
    `xLtpaToken2=${token}`,
    `foo="LtpaToken2=${token}"`,
    'foo="STPluginActivePage=stMeetingroom42"',
  ]
  for (const cookie of cookies) {
    const title = cookie?.replace(token, '…') ?? 'no cookie'
    await t.test(`the same answer with ${title}, whether the photo exists or not`, async t => {
      for (const path of photoPaths) {
        const answer = await get(path, cookie)
        t.equal(withoutDate(answer), withoutDate(first), path)
        t.equal(answer.body.length, 0)
      }
    })
  }

  await t.test('with the token under its own name, the client gets the photo', async t => {
    const { body } = await get(joe, `LtpaToken2=${token}`)
    t.same(body, photos['joe.bloggs@acme.example.jpg'])
  })
})
