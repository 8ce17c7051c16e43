// Bytes at the admin listener that are not HTTP: a status, an end, and nothing that a browser could take for a page.
import { connect } from 'node:net'
import t from 'tap'
import { startAdmin } from '../fixtures/admin.ts'
import { sendRaw } from '../fixtures/client.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const plain = (status: string) =>
  `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`

t.test('what is no request gets a status and the end of the connection', async t => {
  const { port, ask, seen } = await startAdmin(t)
  const rows: readonly (readonly [title: string, bytes: string, status: string])[] = [
    ['rubbish', '<script>alert(1)</script>\r\n\r\n', '400 Bad Request'],
    ['a handshake', '\x16\x03\x01\x02\x00\x01\x00\r\n\r\n', '400 Bad Request'],
    ['a header without a name', 'GET /seen HTTP/1.1\r\n: a\r\n\r\n', '400 Bad Request'],
    [
      'too many bytes of headers',
      `GET /seen HTTP/1.1\r\nHost: localhost\r\nA: ${'x'.repeat(20_000)}\r\n\r\n`,
      '431 Request Header Fields Too Large',
    ],
  ]
  for (const [title, bytes, status] of rows) {
    t.equal(await sendRaw(port, bytes), plain(status), title)
  }
  t.strictSame(seen, [])
  t.equal((await ask('/sign-in')).status, 200)
})

t.test('within a stream of events nothing is written, and the stream ends', async t => {
  const { port, streams } = await startAdmin(t, { hasToken: false })
  const socket = connect({ host: '127.0.0.1', port })
  let text = ''
  let isClosed = false
  socket.on('data', chunk => {
    text += chunk.toString()
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    isClosed = true
  })
  t.teardown(() => socket.destroy())
  socket.write('GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await waitUntil(() => streams.size === 1 && text.includes('\r\n\r\n'))
  socket.write('rubbish\r\n\r\n')
  await waitUntil(() => isClosed && streams.size === 0)
  t.equal(text.split('HTTP/1.1').length, 2)
})
