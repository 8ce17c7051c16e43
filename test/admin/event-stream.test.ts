// Event streams: many, slow and forgotten readers harm nobody.
import { connect } from 'node:net'
import type { Test } from 'tap'
import t from 'tap'
import type { AdminFixture } from '../fixtures/admin.ts'
import { startAdmin } from '../fixtures/admin.ts'
import { sendRaw } from '../fixtures/client.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

/** A reader of `/events`. It reads nothing more while it is paused. */
function openReader(t: Test, { port }: AdminFixture, from = '127.0.0.1') {
  const socket = connect({ host: '127.0.0.1', port, localAddress: from })
  let text = ''
  let isClosed = false
  socket.on('data', chunk => {
    text += chunk.toString()
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    isClosed = true
  })
  socket.write('GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n')
  t.teardown(() => socket.destroy())
  return { socket, text: () => text, isClosed: () => isClosed }
}

t.test(
  'of 200 pages, the first 50 get events and the others an answer that says why not',
  async t => {
    const admin = await startAdmin(t, { hasToken: false })
    const readers = Array.from({ length: 200 }, (_, at) =>
      openReader(t, admin, `127.0.0.${1 + Math.floor(at / 20)}`),
    )
    await waitUntil(() => readers.every(({ text }) => text().includes('\r\n\r\n')))
    const admitted = readers.filter(({ text }) => text().startsWith('HTTP/1.1 200'))
    t.equal(admitted.length, 50)
    t.equal(admin.streams.size, 50)
    t.equal(admin.streams.refused, 150)
    for (const { text } of readers.filter(reader => !admitted.includes(reader))) {
      t.match(text(), /^HTTP\/1\.1 503 [\s\S]*retry-after: 10[\s\S]*pages are open already/)
    }
    admin.streams.broadcast('decision', { rule: 'office' })
    await waitUntil(() => admitted.every(({ text }) => text().includes('event: decision\n')))
    t.match(admitted[0]?.text(), /event: decision\ndata: \{"rule":"office"\}\n\n/)
    t.match(admitted[0]?.text(), /content-type: text\/event-stream; charset=utf-8/)
    t.match(admitted[0]?.text(), /content-security-policy: default-src 'none'/)
    t.equal((await admin.ask('/livez')).status, 200, 'probes are answered beside them')
    for (const { socket } of admitted) socket.destroy()
    await waitUntil(() => admin.streams.size === 0)
    t.match(
      await sendRaw(admin.port, 'GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n'),
      /^HTTP\/1\.1 200/,
    )
  },
)

t.test('one reader has at most 25', async t => {
  const admin = await startAdmin(t, { hasToken: false })
  const readers = Array.from({ length: 30 }, () => openReader(t, admin))
  await waitUntil(() => readers.every(({ text }) => text().includes('\r\n\r\n')))
  t.equal(admin.streams.size, 25)
  const other = openReader(t, admin, '127.0.0.9')
  await waitUntil(() => other.text().startsWith('HTTP/1.1 200'))
})

t.test('a HEAD gets the head alone, and opens no stream', async t => {
  const admin = await startAdmin(t, { hasToken: false })
  const head = 'HEAD /events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'
  for (let at = 0; at < 30; at++) {
    const text = await sendRaw(admin.port, head)
    t.match(text, /^HTTP\/1\.1 200 [\s\S]*content-type: text\/event-stream[\s\S]*\r\n\r\n$/)
  }
  t.equal(admin.streams.size, 0)
  const reader = openReader(t, admin)
  await waitUntil(() => reader.text().startsWith('HTTP/1.1 200'))
  t.equal(admin.streams.size, 1)
})

t.test('a reader that does not keep up is dropped, and the others go on', async t => {
  const admin = await startAdmin(t, { hasToken: false, limits: { maxWaitingBytes: 65_536 } })
  const slow = openReader(t, admin)
  const quick = openReader(t, admin)
  await waitUntil(() => admin.streams.size === 2)
  slow.socket.pause()
  const text = 'x'.repeat(16_384)
  let sent = 0
  await waitUntil(async () => {
    admin.streams.broadcast('bulk', text)
    sent++
    await waitUntil(() => quick.text().split('event: bulk').length > sent)
    return admin.streams.size === 1
  })
  t.equal(admin.streams.dropped, 1)
  t.equal(quick.isClosed(), false)
  t.comment(`${sent} events of 16 KiB before the slow reader was dropped`)
})

t.test('silent streams get a heartbeat, and closing ends all', async t => {
  const admin = await startAdmin(t, { hasToken: false, limits: { heartbeatMs: 20 } })
  const reader = openReader(t, admin)
  await waitUntil(() => reader.text().split(': still here\n').length > 3)
  admin.streams.close()
  await waitUntil(() => reader.isClosed())
  const late = await sendRaw(admin.port, 'GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n')
  t.match(late, /^HTTP\/1\.1 503 [\s\S]*the gate is stopping/)
})
