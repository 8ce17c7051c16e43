import t from 'tap'
import {
  escapeDnValue,
  formatLdifLine,
  ldifChanges,
  parseDnTemplate,
} from '../../src/snippet/ldif.ts'
import { fc, holds } from '../fixtures/property.ts'

/** Reads a line as RFC 2849 says. */
function readLine(folded: string): [string, string] {
  const line = folded.replaceAll('\n ', '')
  const [, name = '', isBase64, rest = ''] = /^([^:]*):(:)? (.*)$/s.exec(line) ?? []
  return [name, isBase64 === ':' ? Buffer.from(rest, 'base64').toString() : rest]
}

t.test('a template that names nobody, or is not a DN, is refused with what to write', async t => {
  const rows: [string, string | RegExp][] = [
    ['ou=people,o=acme', 'names nobody; write {address} or {local} in it'],
    ['dc={domain}', 'names nobody; write {address} or {local} in it'],
    ['uid={user},o=acme', /^has \{user\}; write \{address\}, or \{local\} and \{domain\}/],
    ['uid={constructor},o=acme', /^has \{constructor\}/],
    ['{address},o=acme', 'is not a DN; begin it with an attribute, such as mail='],
    ['mail={address}\n,o=acme', 'has a control character'],
  ]
  for (const [template, problem] of rows) {
    await t.test(JSON.stringify(template), async t => {
      const parsed = parseDnTemplate(template)
      t.type(parsed, 'string')
      t.match(parsed, problem)
    })
  }
})

t.test('a template yields a DN for each address, escaped', async t => {
  const rows: [string, string, string][] = [
    [
      'mail={address},ou=people,o=acme',
      'joe@acme.example',
      'mail=joe@acme.example,ou=people,o=acme',
    ],
    ['uid={local},o=acme', '+a,b@acme.example', 'uid=\\+a\\,b,o=acme'],
    ['uid={local},ou={domain},o=acme', 'joe@acme.example', 'uid=joe,ou=acme.example,o=acme'],
    // `$&` and `$1` have no meaning of their own.
    ['uid={local},o=acme', '$&$1@acme.example', 'uid=$&$1,o=acme'],
  ]
  for (const [template, address, dn] of rows) {
    await t.test(dn, async t => {
      const dnOf = parseDnTemplate(template)
      t.type(dnOf, 'function')
      t.equal(typeof dnOf === 'function' && dnOf(address), dn)
    })
  }
})

t.test('values of DNs are escaped as RFC 4514 says', async t => {
  const rows: [string, string][] = [
    ['a+b', 'a\\+b'],
    ['"a";<b>', '\\"a\\"\\;\\<b\\>'],
    ['a\\b', 'a\\\\b'],
    ['#a#', '\\#a#'],
    [' a b ', '\\ a b\\ '],
    [' ', '\\ '],
    ['a\\ ', 'a\\\\\\ '],
    ['a\0', 'a\\00'],
    ['jürgen', 'jürgen'],
  ]
  for (const [value, escaped] of rows) {
    await t.test(JSON.stringify(value), async t => t.equal(escapeDnValue(value), escaped))
  }
})

t.test('a line is in base64 when the plain value would not be safe', async t => {
  const rows: [string, string][] = [
    ['joe', 'a: joe'],
    ['', 'a: '],
    ['a:<b', 'a: a:<b'],
    [' joe', 'a:: IGpvZQ=='],
    ['joe ', 'a:: am9lIA=='],
    [':joe', 'a:: OmpvZQ=='],
    ['<joe', 'a:: PGpvZQ=='],
    ['j\noe', 'a:: agpvZQ=='],
    ['jö', 'a:: asO2'],
  ]
  for (const [value, line] of rows) {
    await t.test(JSON.stringify(value), async t => t.equal(formatLdifLine('a', value), line))
  }
})

t.test('a line of any value is ASCII of at most 76 bytes, and reads as that value', async t => {
  holds(
    t,
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), value => {
      const lines = formatLdifLine('PhotoURL', value)
      const isPlain = lines.split('\n').every(line => /^[ -~]{1,76}$/.test(line))
      const [name, read] = readLine(lines)
      return isPlain && name === 'PhotoURL' && read === Buffer.from(value).toString()
    }),
  )
})

t.test('each address is one change', async t => {
  const dnOf = parseDnTemplate('mail={address},ou=people,o=acme')
  if (typeof dnOf === 'string') throw new Error(dnOf)
  const url = new URL('https://photos.acme.example')
  const local = 'x'.repeat(64)
  const addresses = ['jürgen@acme.example', `${local}@acme.example`]
  const text = [...ldifChanges(addresses, { url, attribute: 'PhotoURL', dnOf })].join('\n')
  t.equal(
    text,
    `dn:: bWFpbD1qw7xyZ2VuQGFjbWUuZXhhbXBsZSxvdT1wZW9wbGUsbz1hY21l
changetype: modify
replace: PhotoURL
PhotoURL: https://photos.acme.example/j%C3%BCrgen@acme.example.jpg
-

dn: mail=${local}@ac
 me.example,ou=people,o=acme
changetype: modify
replace: PhotoURL
PhotoURL: https://photos.acme.example/${'x'.repeat(38)}
 ${'x'.repeat(26)}@acme.example.jpg
-
`,
  )
})
