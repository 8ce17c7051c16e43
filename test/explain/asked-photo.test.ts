import t from 'tap'
import { parseAskedPhoto } from '../../src/explain/asked-photo.ts'

t.test('text that is neither a mail address nor a path is a problem in words', async t => {
  const problem = 'is not a mail address; write one like joe@acme.example, or the path of a request'
  for (const text of [
    '',
    'joe',
    'joe@',
    'a@b@c',
    'https://photos.acme.example',
    'joe@acme.example\n',
    '"><img src=x onerror=alert(1)>',
  ]) {
    t.strictSame(parseAskedPhoto(text, true), { problem }, JSON.stringify(text))
  }
})

t.test('a mail address, a path and a copied URL ask for the same photo', async t => {
  const target = { kind: 'photo', address: 'joe@acme.example' }
  const path = '/Joe@acme.example.jpg?a=1'
  const rows: [string, object][] = [
    ['Joe@ACME.example', { target }],
    ['joe@acme.example.JPG', { target }],
    [path, { target, url: path }],
    [`https://photos.acme.example:8443${path}#top`, { target, url: path }],
    ['/photo?email=joe%40acme.example', { target, url: '/photo?email=joe%40acme.example' }],
  ]
  for (const [text, asked] of rows) t.strictSame(parseAskedPhoto(text, false), asked, text)
})

t.test('the page of passes is one only where a rule asks for passes', async t => {
  const url = '/-/pass?p=x'
  t.strictSame(parseAskedPhoto(url, true), { target: { kind: 'pass' }, url })
  t.strictSame(parseAskedPhoto(url, false), {
    target: { kind: 'photo', address: undefined },
    url,
  })
})
