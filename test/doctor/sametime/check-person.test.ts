// The photo of one person: what the Meeting Server and the photo host answer, and what that means.
import t from 'tap'
import type { WebAnswer, WebTrouble } from '../../../src/doctor/sametime/ask-web.ts'
import { checkPerson } from '../../../src/doctor/sametime/check-person.ts'

const photoHost = 'https://photos.acme.example'
const photo = `${photoHost}/joe@acme.example.jpg`

function answer(status: number, headers: Record<string, string> = {}, bytes = 0): WebAnswer {
  return { status, headers, body: Buffer.alloc(bytes) }
}
const to = (location: string) => answer(302, { location })
const image = answer(200, { 'content-type': 'image/jpeg' }, 9_000)
const page = answer(200, { 'content-type': 'text/html; charset=utf-8' })
const trouble = (kind: WebTrouble['kind']): WebTrouble => ({ trouble: 'has a fault', kind })

interface Row {
  readonly title: string
  readonly first: WebAnswer | WebTrouble
  readonly second?: WebAnswer | WebTrouble
  /** Null: not named. */
  readonly gate?: string | null
  readonly code?: string
  readonly fine?: RegExp
  readonly unknown?: RegExp
}

const rows: readonly Row[] = [
  {
    title: 'a photo after the redirect',
    first: to(photo),
    second: image,
    fine: /gets a photo from .*, to which the Meeting Server redirects \(image\/jpeg, 9,000 bytes\)/,
  },
  {
    title: 'a photo of the Meeting Server itself',
    first: image,
    fine: /gets a photo from https:\/\/meet\.acme\.example\/userinfo\/image \(/,
  },
  {
    title: 'a page of the Meeting Server',
    first: page,
    unknown: /answers a page in place of a photo; it wants a sign-in/,
  },
  {
    title: 'no such path',
    first: answer(404),
    unknown: /answers 404\. No page documents this path/,
  },
  { title: 'no answer', first: trouble('other'), unknown: /userinfo\/image has a fault\./ },
  { title: 'a redirect to nowhere', first: answer(302), code: 'sametime-redirect-target' },
  { title: 'a redirect to no URL', first: to('http://['), code: 'sametime-redirect-target' },
  {
    title: 'a redirect to its own sign-in',
    first: to('/stmeetings/login?secret=1'),
    unknown: /redirects to https:\/\/meet\.acme\.example\/stmeetings\/login, which is its own/,
  },
  {
    title: 'a redirect to http',
    first: to(photo.replace('https', 'http')),
    code: 'sametime-mixed-content',
  },
  {
    title: 'a redirect to another host',
    first: to('https://old.acme.example/joe@acme.example.jpg'),
    code: 'sametime-redirect-host',
  },
  {
    title: 'another host when the gate is not named',
    first: to('https://old.acme.example/joe@acme.example.jpg'),
    second: image,
    gate: null,
    fine: /gets a photo/,
  },
  {
    title: 'a redirect without a scheme',
    first: to('//photos.acme.example/Joe%40ACME.example.jpg'),
    second: image,
    fine: /gets a photo/,
  },
  {
    title: 'a path that the gate does not know',
    first: to(`${photoHost}/x/joe@acme.example.jpg`),
    second: answer(404),
    code: 'sametime-redirect-path',
  },
  {
    title: 'the top of the photo host',
    first: to(photoHost),
    second: answer(404),
    code: 'sametime-redirect-path',
  },
  {
    title: 'an address that was encoded twice',
    first: to(`${photoHost}/joe%2540acme.example.jpg`),
    second: answer(400),
    code: 'sametime-redirect-encoding',
  },
  {
    title: 'no photo of this person',
    first: to(photo),
    second: answer(404),
    unknown: /answers 404, no photo\. Name a person who has one/,
  },
  {
    title: 'a gate that turns away',
    first: to(photo),
    second: answer(403),
    fine: /is turned away from .* \(403\)/,
  },
  {
    title: 'a gate that turns away to a page',
    first: to(photo),
    second: to('/-/turned-away'),
    fine: /\(302 to https:\/\/photos\.acme\.example\/-\/turned-away\)/,
  },
  {
    title: 'a gate that leads back',
    first: to(photo),
    second: to('https://meet.acme.example/userinfo/image?email=joe%40acme.example'),
    code: 'sametime-redirect-loop',
  },
  {
    title: 'a photo host that leads to itself',
    first: to(photo),
    second: to(photo),
    code: 'sametime-redirect-loop',
  },
  {
    title: 'a page in place of the photo',
    first: to(photo),
    second: page,
    code: 'sametime-photo-page',
  },
  {
    title: 'no type at all',
    first: to(photo),
    second: answer(200, {}, 10),
    code: 'sametime-photo-page',
  },
  {
    title: 'a certificate that browsers refuse',
    first: to(photo),
    second: trouble('tls'),
    code: 'sametime-photo-tls',
  },
  {
    title: 'an authority that only this machine does not know',
    first: to(photo),
    second: trouble('authority'),
    unknown: /joe@acme\.example\.jpg has a fault/,
  },
  {
    title: 'a photo host that does not answer here',
    first: to(photo),
    second: trouble('other'),
    unknown: /has a fault/,
  },
  {
    title: 'a photo of megabytes',
    first: to(photo),
    second: trouble('too-large'),
    code: 'sametime-photo-size',
  },
]

for (const {
  title,
  first,
  second = trouble('other'),
  gate = photoHost,
  code,
  fine,
  unknown,
} of rows) {
  t.test(title, async t => {
    const asked: string[] = []
    const diagnosis = await checkPerson({
      meetings: new URL('https://meet.acme.example'),
      person: 'joe@acme.example',
      gate: gate === null ? undefined : new URL(gate),
      ask: async url => {
        asked.push(url.href)
        return asked.length === 1 ? first : second
      },
    })
    t.equal(asked[0], 'https://meet.acme.example/userinfo/image?email=joe%40acme.example')
    t.ok(asked.length <= 2)
    t.strictSame(
      diagnosis.findings.map(finding => finding.code),
      code === undefined ? [] : [code],
    )
    t.match(diagnosis.fine.join(), fine ?? /^$/)
    t.match(diagnosis.unknown.join(), unknown ?? /^$/)
    t.notMatch(JSON.stringify(diagnosis), 'secret')
  })
}
