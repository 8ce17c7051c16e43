import t from 'tap'
import {
  CookiePatternError,
  matchesCookie,
  parseCookiePattern,
} from '../../src/policy/cookie-pattern.ts'

import { fc, holds } from '../fixtures/property.ts'

const noName = 'has no cookie name; write Name, Name*, Name=value or Name=prefix*'
const neverSent =
  'asks for a value that no client sends; write it percent-encoded, as browsers show it: %C3%BC, %3B'

t.test('a text that asks for no cookie is refused and told what to write', async t => {
  const rows: [string, string][] = [
    ['', noName],
    ['=', noName],
    ['=value', noName],
    ['*', noName],
    ['L*pa', noName],
    ['**', noName],
    ['Ltpa**', noName],
    ['Ltpa *', noName],
    ['Ltpa*x', noName],
    ['Ltpa Token', noName],
    [' LtpaToken', noName],
    ['LtpaToken =x', noName],
    ['LtpaToken;x', noName],
    ['"LtpaToken"', noName],
    ['Ltpa\tToken', noName],
    ['Ltpa\r\nToken', noName],
    ['LtpaTökén=x', noName],
    ['LtpaToken=', 'asks for no value; write LtpaToken for any cookie that is not empty'],
    ['LtpaToken=*', 'asks for no value; write LtpaToken for any cookie that is not empty'],
    ['Name=*x', 'can have one * only, at its end; write Name=prefix*'],
    ['Name=a*b', 'can have one * only, at its end; write Name=prefix*'],
    ['Name=a**', 'can have one * only, at its end; write Name=prefix*'],
    ...['Name=a;b', 'Name=ü', 'Name=ü*', 'Name= a', 'Name=a ', 'Name=a\tb'].map(
      (text): [string, string] => [text, neverSent],
    ),
  ]
  for (const [text, message] of rows) {
    t.test(`${JSON.stringify(text)} ${message}`, async t => {
      t.throws(() => parseCookiePattern(text), new CookiePatternError(message))
    })
  }
})

t.test('a pattern is a name, a name with a value, or a name with the beginning of one', async t => {
  const rows: [string, string, string | undefined, boolean][] = [
    ['LtpaToken2', 'ltpatoken2', undefined, false],
    ['_Shibsession_*', '_shibsession_', undefined, false],
    ['STPluginActivePage=stMeetingroom*', 'stpluginactivepage', 'stmeetingroom', true],
    ['Name=Value', 'name', 'value', false],
    ['Name=a=b=c', 'name', 'a=b=c', false],
    ["!#$%&'+-.^_`|~=x", "!#$%&'+-.^_`|~", 'x', false],
    ['a*b=x', 'a*b', 'x', false],
  ]
  for (const [text, name, value, isPrefix] of rows) {
    t.test(`${text} is read`, async t => {
      const pattern = parseCookiePattern(text)
      t.equal(pattern.name, name)
      t.equal(pattern.value, value)
      t.equal(pattern.isPrefix, isPrefix)
      t.equal(pattern.text, text)
    })
  }
})

t.test('a cookie satisfies by its whole name and its value, without case', async t => {
  const rows: [string, string, string, boolean][] = [
    ['LtpaToken', 'xltpatoken', '1', false],
    ['LtpaToken', 'ltpatoken2', '1', false],
    ['LtpaToken', 'ltpatoke', '1', false],
    ['LtpaToken', 'foo', 'LtpaToken=1', false],
    ['LtpaToken', 'ltpatoken', '', false],
    ['LtpaToken', 'ltpatoken', '""', false],
    ['LtpaToken', 'ltpatoken', '0', true],
    ['LtpaToken', 'ltpatoken', ' ', false],
    ['LtpaToken', 'ltpatoken', '"', false],
    ['LtpaToken', 'ltpatoken', '"0"', true],
    ['_Shibsession_*', '_shibsession_64656661', '_abc', true],
    ['_shibsession_*', '_shibsession_', '1', true],
    ['_shibsession_*', '_shibsession_64', '', false],
    ['_shibsession_*', '_shibsession_64', '""', false],
    ['_shibsession_*', '_shibsession', '1', false],
    ['_shibsession_*', 'x_shibsession_64', '1', false],
    ['_shibsession_*', 'foo', '_shibsession_64=1', false],
    ['Page=room', 'page', 'roo', false],
    ['Page=room', 'page', 'rooms', false],
    ['Page=room', 'page', 'xroom', false],
    ['Page=room', 'page', '"room"', false],
    ['Page=room', 'page', '', false],
    ['Page=Room', 'page', 'rOOM', true],
    ['Page=st*', 'page', 's', false],
    ['Page=st*', 'page', 'xst', false],
    ['Page=st*', 'page', '', false],
    ['Page=st*', 'other', 'st', false],
    ['Page=st*', 'page', 'st', true],
    ['Page=st*', 'page', 'STMeetingroom', true],
  ]
  for (const [text, name, value, expected] of rows) {
    const verb = expected ? 'satisfies' : 'does not satisfy'
    t.test(`${name}=${value} ${verb} ${text}`, async t => {
      t.equal(matchesCookie(parseCookiePattern(text), { name, value }), expected)
    })
  }
})

t.test('an empty cookie and one of another name satisfy nothing', async t => {
  const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,5}$/)
  const value = fc.stringMatching(/^[A-Za-z0-9=]{1,8}$/)
  const text = fc.oneof(
    name,
    fc.tuple(name, value).map(([a, b]) => `${a}=${b}`),
    fc.tuple(name, value).map(([a, b]) => `${a}=${b}*`),
  )
  holds(
    t,
    fc.property(text, name, fc.string(), (written, other, sent) => {
      const pattern = parseCookiePattern(written)
      const isOther = other.toLowerCase() !== pattern.name
      return (
        !matchesCookie(pattern, { name: pattern.name, value: '' }) &&
        !(isOther && matchesCookie(pattern, { name: other.toLowerCase(), value: sent }))
      )
    }),
  )
})

t.test('no text makes the parser throw anything but its own error', async t => {
  holds(
    t,
    fc.property(fc.string(), text => {
      try {
        return parseCookiePattern(text).text === text
      } catch (error) {
        return error instanceof CookiePatternError
      }
    }),
  )
})
