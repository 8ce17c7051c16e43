import t from 'tap'
import {
  maxCookieHeaderLength,
  maxNamedCookies,
  maxPrefixedCookies,
  readCookies,
} from '../../src/evidence/cookies.ts'
import { matchesCookie, parseCookiePattern } from '../../src/policy/cookie-pattern.ts'
import { fc, holds } from '../fixtures/property.ts'

const names = new Set(['ltpatoken2', 'page'])
const read = (header: string | undefined) =>
  readCookies(header, { cookieNames: names }).cookies.map(({ name, value }) => `${name}=${value}`)
const admits = (header: string, pattern = 'LtpaToken2') => {
  const wanted = parseCookiePattern(pattern)
  return readCookies(header, { cookieNames: names }).cookies.some(cookie =>
    matchesCookie(wanted, cookie),
  )
}

t.test('a cookie of another name admits nobody', async t => {
  const rows = [
    '',
    ';',
    ';;; ;',
    '=',
    '=LtpaToken2',
    'LtpaToken2',
    'LtpaToken2=',
    'LtpaToken2= ',
    'LtpaToken2=""',
    'LtpaToken2="',
    'LtpaToken2=" "',
    'LtpaToken2 =1',
    'LtpaToken2\t=1',
    'LtpaToken2= 1',
    'LtpaToken2=\t1',
    'foo=1; LtpaToken2 = 1',
    'LtpaToken2=; foo=1',
    'xLtpaToken2=1',
    'LtpaToken2x=1',
    'LtpaToken=1',
    'foo="LtpaToken2=1"',
    'foo=LtpaToken2=1',
    'foo=LtpaToken2',
    '$LtpaToken2=1',
    'Ltpa Token2=1',
    '"LtpaToken2"=1',
    'LtpaToken2%=1',
    '%4ctpaToken2=1',
    '\xa0LtpaToken2=1',
    'LtpaToken2\xa0=1',
    '\u2003LtpaToken2=1',
    '\ufeffLtpaToken2=1',
    '\u00e2\u0080\u0083LtpaToken2=1',
    '\vLtpaToken2=1',
    'foo=1, LtpaToken2=1',
    '__proto__=1',
    `LtpaToken2=${'x'.repeat(maxCookieHeaderLength)}`,
    `foo=${'x'.repeat(maxCookieHeaderLength)}; LtpaToken2=1`,
  ]
  for (const header of rows) t.test(header.slice(0, 40), async t => t.notOk(admits(header)))
})

t.test('a cookie with the whole name and a value admits, in any case of its name', async t => {
  const rows = [
    'LtpaToken2=1',
    'ltpatoken2=1',
    'LTPATOKEN2=1',
    'foo=1; LtpaToken2=1',
    'foo=1;LtpaToken2=1;bar=2',
    ' \tLtpaToken2=1 ',
    'foo=1; \tLtpaToken2=1 ; bar=2',
    'LtpaToken2="1"',
    'LtpaToken2=a=b==',
    'LtpaToken2=%zz',
    '$Version=1; LtpaToken2=1',
    `LtpaToken2=${'x'.repeat(maxCookieHeaderLength - 'LtpaToken2='.length)}`,
  ]
  for (const header of rows) t.test(header.slice(0, 40), async t => t.ok(admits(header)))
})

t.test('any of several cookies with one name may satisfy the rule', async t => {
  t.ok(admits('LtpaToken2=; LtpaToken2=1'))
  t.ok(admits('LtpaToken2=1; LtpaToken2='))
  t.ok(admits('page=x; page=stMeetingroom1', 'page=stMeetingroom*'))
  t.ok(admits('page=stMeetingroom1; page=x', 'page=stMeetingroom*'))
  t.ok(admits('PAGE=STMEETINGROOM1', 'page=stMeetingroom*'))
  t.notOk(admits('page=xstMeetingroom1', 'page=stMeetingroom*'))
  t.notOk(admits('page="stMeetingroom1"', 'page=stMeetingroom*'), 'quotes are part of the value')
  t.strictSame(read('page=1; page=2; foo=3'), ['page=1', 'page=2'])
})

t.test('a value is as it was sent, with the decoded value beside it', async t => {
  const decoded = (header: string) =>
    readCookies(header, { cookieNames: names }).cookies.map(cookie => cookie.decoded)
  t.strictSame(read('page=st%4Deeting'), ['page=st%4Deeting'])
  t.strictSame(decoded('page=st%4Deeting'), ['stMeeting'])
  t.strictSame(decoded('page=st%254Deeting'), ['st%4Deeting'])
  t.strictSame(decoded('page=100%'), [undefined])
  t.strictSame([read('page=1 ; foo=2'), decoded('page=1 ; foo=2')], [['page=1 '], ['1']])
})

t.test('an escaped value is not the value that a rule asks for', async t => {
  t.notOk(admits('page=%61bc', 'page=abc'))
  t.notOk(admits('page=%61bc', 'page=a*'))
  t.notOk(
    admits('page=%E2%84%AAey', 'page=key'),
    'nor are Unicode characters that fold to its letters',
  )
  t.notOk(admits('page=abc ; foo=1', 'page=abc'))
  t.ok(admits('page=%61bc', 'page=%61bc'))
  t.ok(admits('page=a%2fb', 'page=a%2Fb'))
})

t.test('cookies that no rule asks for are not read', async t => {
  const nothing = { cookies: [], doubt: undefined }
  const noRule = { cookieNames: new Set<string>() }
  t.strictSame(readCookies('LtpaToken2=1', noRule), nothing)
  t.strictSame(readCookies('x'.repeat(maxCookieHeaderLength + 1), noRule), nothing)
  t.strictSame(readCookies(undefined, { cookieNames: names }), nothing)
  t.strictSame(readCookies('foo=1; bar=2', { cookieNames: names }), nothing)
})

t.test('names with a prefix are found, and whole names too', async t => {
  const wanted = { cookieNames: new Set(['page']), cookiePrefixes: ['wp_', '_shib'] }
  const readAll = (header: string) =>
    readCookies(header, wanted).cookies.map(({ name, value }) => `${name}=${value}`)
  for (const [header, ...found] of [
    ['xwp_a=1; wp=2; pagex=1; x_shib=3; =wp_; wp_a; wp_ b=1; wp_b =1; wp_b= 1'],
    ['WP_a=1; page=2; other=3; _shib%64=4', 'wp_a=1', 'page=2', '_shib%64=4'],
    ['wp_=1; _shib=; foo="wp_b=2"', 'wp_=1', '_shib='],
  ] as [string, ...string[]][]) {
    t.strictSame(readAll(header), found, header)
  }
  const only = { cookieNames: new Set<string>(), cookiePrefixes: ['wp_'] }
  t.match(readCookies('a=1; wp_b=2', only).cookies, [{ name: 'wp_b', value: '2' }])
})

t.test('cookies above the limits are not read, and a doubt says so', async t => {
  const wanted = { cookieNames: new Set(['page']), cookiePrefixes: ['w'] }
  for (const [page, prefixed] of [
    [maxNamedCookies, maxPrefixedCookies],
    [maxNamedCookies + 1, 0],
    [2, maxPrefixedCookies + 1],
    [600, 600],
  ] as const) {
    t.test(`${page} by name, ${prefixed} by prefix`, async t => {
      const pairs = ['other=1', ...Array(page).fill('page=1'), ...Array(prefixed).fill('w1=1')]
      const { cookies, doubt } = readCookies(pairs.join(';'), wanted)
      const named = cookies.filter(({ name }) => name === 'page').length
      t.equal(named, Math.min(page, maxNamedCookies))
      t.equal(cookies.length - named, Math.min(prefixed, maxPrefixedCookies))
      const isWhole = page <= maxNamedCookies && prefixed <= maxPrefixedCookies
      t.equal(doubt?.reason, isWhole ? undefined : 'cookies-too-many')
    })
  }
})

t.test('a value is decoded as decodeURIComponent does, or left as it is', async t => {
  const decoded = (text: string) => {
    try {
      return decodeURIComponent(text)
    } catch {
      return text
    }
  }
  // Around the limits of RFC 3629.
  const ends = '007f808f909fa0bfc0c1c2dfe0e1ecedeeeff0f1f3f4f5ff'.match(/../g) as string[]
  const byte = fc.oneof(fc.constantFrom(...ends), fc.nat(255).map(hexOf))
  const encoded = byte.map(hex => `%${hex}`)
  const part = fc.oneof(
    encoded,
    encoded.map(text => text.toUpperCase()),
    fc.string({ unit: 'grapheme', maxLength: 2 }).map(encodeURIComponent),
    fc.constantFrom('%', '%%', '%4', '%zz', 'a', '\xe9', '"'),
  )
  const isSame = (parts: string[]) => {
    const text = parts.join('')
    const [cookie] = readCookies(`page=${text}`, { cookieNames: names }).cookies
    return cookie?.value === text && (cookie.decoded ?? text) === decoded(text)
  }
  holds(t, fc.property(fc.array(part, { maxLength: 6 }), isSame), 20_000)
})

function hexOf(number: number): string {
  return number.toString(16).padStart(2, '0')
}
