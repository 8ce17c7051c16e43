import t from 'tap'
import { parseTarget } from '../../src/evidence/target.ts'
import { parseBaseUrl, photoUrl } from '../../src/snippet/photo-url.ts'
import { parseAddress } from '../../src/text/mail-address.ts'
import { fc, holds } from '../fixtures/property.ts'

t.test('a text that is not the URL of a host alone is not a base', async t => {
  const rows = [
    '',
    'photos.acme.example',
    'ftp://photos.acme.example',
    'javascript:alert(1)',
    'https://photos.acme.example/photos',
    'https://photos.acme.example/?x',
    'https://photos.acme.example/#x',
    'https://joe@photos.acme.example',
    'https://joe:secret@photos.acme.example',
    'https://',
    'https://photos.acme.example:0',
    // These have a meaning to a shell, nginx, Caddy, Apache or XML.
    ...[...'\'"`$;{},&()*!'].map(sign => `https://photos${sign}acme.example`),
    'https://-photos.acme.example',
  ]
  for (const text of rows) {
    await t.test(text, async t => t.equal(parseBaseUrl(text), undefined))
  }
})

t.test('a scheme and a host are a base, with a port or without', async t => {
  t.equal(parseBaseUrl('https://Photos.ACME.example')?.origin, 'https://photos.acme.example')
  t.equal(parseBaseUrl('http://xn--bilder-8za.acme_2.example.')?.port, '')
  t.equal(parseBaseUrl('http://192.0.2.7:81')?.host, '192.0.2.7:81')
  t.equal(parseBaseUrl('http://[2001:db8::7]:8080/')?.origin, 'http://[2001:db8::7]:8080')
})

t.test('the URL of a photo needs no escaping anywhere', async t => {
  const base = new URL('https://photos.acme.example')
  const rows: [string, string][] = [
    ['joe@acme.example', 'joe@acme.example.jpg'],
    ["o'neil+x@acme.example", 'o%27neil%2Bx@acme.example.jpg'],
    ['a=b&c!*@acme.example', 'a%3Db%26c%21%2A@acme.example.jpg'],
    ['jürgen@acme.example', 'j%C3%BCrgen@acme.example.jpg'],
  ]
  for (const [address, path] of rows) {
    await t.test(address, async t => {
      t.equal(photoUrl(base, address), `https://photos.acme.example/${path}`)
    })
  }
})

t.test('the gate finds the address in the URL of any photo', async t => {
  const base = new URL('https://photos.acme.example')
  const addresses = fc
    .tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }))
    .map(([local, domain]) => parseAddress(`${local}@${domain}`))
    .filter(address => address !== undefined)
  holds(
    t,
    fc.property(addresses, address => {
      const url = photoUrl(base, address)
      const target = parseTarget(url.slice(base.origin.length))
      return /^[\w@%./:~-]+$/.test(url) && target.kind === 'photo' && target.address === address
    }),
  )
})
