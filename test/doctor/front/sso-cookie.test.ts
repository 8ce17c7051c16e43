import t from 'tap'
import {
  judgeSetCookie,
  parseSsoCookie,
  unsaidOfCookie,
} from '../../../src/doctor/front/sso-cookie.ts'

const rows: Record<string, string | undefined> = {
  'LtpaToken2=abc': 'LtpaToken2=abc',
  'Cookie: LtpaToken2=abc; LtpaToken=d+e/f=': 'LtpaToken2=abc; LtpaToken=d+e/f=',
  ' cookie :LtpaToken2=abc;\r\n': 'LtpaToken2=abc',
  'Set-Cookie: LtpaToken2=abc; Path=/; HttpOnly': 'LtpaToken2=abc',
  'LtpaToken2=abc; path=/; secure': 'LtpaToken2=abc',
  'Set-Cookie: a=1; Path=/\nset-cookie: b=2; Path=/\n\n': 'a=1; b=2',
  '': undefined,
  'my password': undefined,
  'a=b c': undefined,
  '=x': undefined,
  'a=': undefined,
}

for (const [text, header] of Object.entries(rows)) {
  t.test(
    `${JSON.stringify(text)} is ${header === undefined ? 'no cookie' : 'a cookie'}`,
    async t => {
      t.equal(parseSsoCookie(text)?.header, header)
    },
  )
}

t.test('a cookie reaches the photo host by its domain, path and scheme', async t => {
  const judge = (text: string, url = 'https://photos.acme.example') => {
    const [cookie] = parseSsoCookie(`Set-Cookie: LtpaToken2=x; ${text}`)?.set ?? []
    if (cookie === undefined) throw new Error('no cookie')
    return judgeSetCookie(cookie, new URL(url)).map(({ code }) => code)
  }
  t.strictSame(judge('Domain=acme.example; Path=/; Secure'), [])
  t.strictSame(judge('DOMAIN=.ACME.example; PATH=/; SameSite=None; Secure'), [])
  t.strictSame(judge('Domain=photos.acme.example'), [])
  t.strictSame(judge('Path=/'), [])
  t.strictSame(judge('Domain=.me.example'), ['front-cookie-domain'])
  t.strictSame(judge('Domain=acme.example; Path=/stwebclient'), ['front-cookie-path'])
  t.strictSame(judge('Secure', 'http://photos.acme.example'), ['front-cookie-secure'])
  t.strictSame(judge('SameSite=none'), ['front-cookie-samesite'])
})

t.test('what only the pages know is said and is no finding', async t => {
  const unsaid = (text: string) => {
    const [cookie] = parseSsoCookie(`Set-Cookie: LtpaToken2=x; ${text}`)?.set ?? []
    if (cookie === undefined) throw new Error('no cookie')
    return unsaidOfCookie(cookie, new URL('https://photos.acme.example'))
  }
  t.match(unsaid('Path=/'), [/has no Domain/, /has no SameSite, which browsers take for Lax/])
  t.match(unsaid('Domain=acme.example; SameSite=Strict'), [/has SameSite=strict/])
  t.strictSame(unsaid('Domain=acme.example; SameSite=None; Secure'), [])
})
