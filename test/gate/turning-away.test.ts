import t from 'tap'
import { startGate } from '../fixtures/gate.ts'

t.test('the turned away get the same answer, whatever they ask for', async t => {
  const gate = await startGate(t, {
    config:
      'allow: [{ name: office, from: [127.0.0.2] }]\notherwise: { redirect: "https://www.acme.example/sign-in" }',
  })
  const withoutDate = (raw: readonly string[]) =>
    raw.filter((_, at) => raw[at - (at % 2)] !== 'Date')
  const known = await gate.ask('/joe@acme.example.jpg')
  t.equal(known.status, 302)
  t.equal(known.headers.location, 'https://www.acme.example/sign-in')
  const paths = [
    '/nobody@acme.example.jpg',
    '/',
    '/%zz',
    '/photo?email=%',
    '/a@b@c.jpg',
    '/..%2f..%2fetc/passwd',
    '/photo?email=joe%40acme.example',
  ]
  for (const path of paths) {
    for (const method of ['GET', 'HEAD']) {
      const other = await gate.ask(path, { method })
      t.strictSame(
        withoutDate(other.rawHeaders),
        withoutDate(known.rawHeaders),
        `${method} ${path}`,
      )
      t.equal(other.body.length, 0)
    }
  }
})
