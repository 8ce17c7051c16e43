import t from 'tap'
import { clientText, pathText, userAgentText } from '../../src/gate/client-text.ts'
import { seededBelow } from '../fixtures/random.ts'

const path = (url: string): string => JSON.parse(pathText(url))
const agent = (text: string): string => JSON.parse(clientText(text))

t.test('no token remains in a path or user agent, at any position', async t => {
  const leaks: string[] = []
  const below = seededBelow(t)
  for (let round = 0; round < 300; round++) {
    const length = 64 + round
    for (const encoding of ['base64', 'base64url', 'hex'] as const) {
      const token = Buffer.from(Array.from({ length }, () => below(256))).toString(encoding)
      const encoded = encodeURIComponent(token)
      const before = '/x'.repeat(round % 130)
      const shown = [
        path(`/${token}.jpg`),
        path(`/${encoded}.jpg`),
        path(`/${encoded.replaceAll('%2B', '%2b').replaceAll('%2F', '%2f')}`),
        path(`${before}/photos/${encoded}`),
        path(`${before}/${token}`),
        agent(token),
        agent(`LtpaToken2=${token}; a=b`),
        agent(`${'x '.repeat(round % 130)}Bearer ${encoded}`),
        agent(`"${token}"`),
      ]
      // Sixteen characters of a token occur only in the token. Its first letters may look like a name, and stay.
      const windows = Array.from({ length: token.length - 15 }, (_, at) => token.slice(at, at + 16))
      const leak = shown.find(text => windows.some(part => text.includes(part)))
      if (leak !== undefined) leaks.push(`${token}: ${leak}`)
    }
  }
  t.strictSame(leaks, [])
})

t.test('a fragment of a token that looks like a name does not remain', async t => {
  const [start, end] = [Buffer.alloc(30, 'Joe+~7'), Buffer.alloc(30, 'b8-Kq!')].map(bytes =>
    bytes.toString('base64'),
  )
  const token = `${start}/Spkqnnoqpobgh/${end}`
  t.equal(path(`/photos/${token}/a.jpg`), '/photos/…/a.jpg')
  t.equal(agent(`LtpaToken2: ${token}`), 'LtpaToken2: …')
})

t.test('names beside a token are logged', async t => {
  const token = Buffer.alloc(60, 'Joe/+~7').toString('base64').replace('A', '/')
  t.equal(path(`/profiles/Photos/${encodeURIComponent(token)}.jpg`), '/profiles/Photos/….jpg')
  t.match(agent(`HCL Sametime/12 ${token}`), /^HCL Sametime\/12 …/)
})

t.test('paths and programs with readable names are logged whole', async t => {
  const paths = [
    '/',
    '*',
    '/connections/Profiles2/html/employees/photo8/getPhoto.do',
    '/Profile-Photos-2026-Employees-Munich/joe@acme.example.jpg',
    '/6f9619ff-8b86-d011-b42d-00c04fc964ff.jpg',
    '/Maximilian.Mustermann2@acme.example',
    '/CN%3DJoe%20Miller%2FOU%3DMunich%2FO%3DAcme.jpg',
    '/$%7Bemail%7D',
  ]
  for (const url of paths) t.equal(path(url), url)
  const agents = [
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
    'Apache-HttpAsyncClient/UNAVAILABLE (Java/1.8.0_391)',
    'SametimeMeetingsMobileClient/12.0 CFNetwork/1498.700.2',
    '',
  ]
  for (const text of agents) t.equal(agent(text), text)
})

t.test('a path ends where its query or its parameters begin, and has no authority', async t => {
  for (const end of ['?email=a', ';jsessionid=0000abc', '=secret', '#part']) {
    t.equal(path(`/photo${end}`), '/photo')
    t.equal(path(`https://joe:word@photos.acme.example/photo${end}`), '/photo')
  }
  t.equal(path('https://joe:word@photos.acme.example'), '')
})

t.test('at most 256 characters of a text are logged, all of them printable', async t => {
  t.equal(agent('x'.repeat(257)), 'x'.repeat(256))
  t.equal(agent('x y '.repeat(4_000)), 'x y '.repeat(64))
  t.equal(clientText('a\u001b[2J\u009b"\\\u00ad'), '"a\\u001b[2J\\u009b\\"\\\\\\u00ad"')
})

t.test('a cached user agent has the same text as the first time', async t => {
  for (let number = 0; number < 1_200; number++) {
    const text = `agent "${number}" ${'z '.repeat(number % 300)}`
    t.equal(userAgentText(text), clientText(text))
    t.equal(userAgentText(text), clientText(text))
  }
})
