// 10,000 handshakes that are begun and never ended, and a client that begins handshakes as fast as it can: others are
// served all the while, and the log stays short. How fast they are served, npm run bench measures.
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import t from 'tap'
import { openAuthority } from '../fixtures/authority.ts'
import type { ServingCli } from '../fixtures/cli.ts'
import { startServing } from '../fixtures/cli.ts'
import { openConfigHome } from '../fixtures/config.ts'
import { jpegOf } from '../fixtures/images.ts'
import { shakeHands } from '../fixtures/tls-gate.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const request = 'GET /joe@acme.example.jpg HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'

async function start(headers: string): Promise<{ gate: ServingCli; ca: string } | undefined> {
  const authority = openAuthority(t)
  if (authority === undefined) return undefined
  const { cert, key } = authority.issue({ keyType: 'rsa' })
  const home = openConfigHome(t, { 'cert.pem': cert, 'key.pem': key })
  writeFileSync(join(home.directory, 'photos', 'joe@acme.example.jpg'), jpegOf('joe'))
  writeFileSync(
    home.file,
    `listen: { host: 127.0.0.1, port: 0, tls: { cert: cert.pem, key: key.pem } }
timeouts: { headers: ${headers} }
allow: [{ name: all, from: 127.0.0.0/8 }]
`,
  )
  return { gate: await startServing(t, ['--config', home.file]), ca: authority.cert }
}

interface Beside {
  readonly gate: ServingCli
  readonly ca: string
  readonly everyMs: number
}

/** Another client asks on a new connection each time, until the attacker ends. @returns how often it was served */
async function serveBeside(t: Test, attacker: ChildProcess, beside: Beside): Promise<number> {
  const { gate, ca, everyMs } = beside
  let isOver = false
  attacker.once('exit', () => {
    isOver = true
  })
  let served = 0
  while (!isOver) {
    const { answer, error } = await shakeHands(gate.port, { ca, request })
    if (answer !== 'HTTP/1.1 200 OK') t.fail(`${error} ${answer}`)
    served++
    await delay(everyMs)
  }
  return served
}

/** Connects from 127.0.0.66, half of the connections with the beginning of a hello, and says when all are open. */
const idleClients = `
const { connect } = require('node:net')
const [port, count] = process.argv.slice(1).map(Number)
let open = 0, closed = 0
const next = () => {
  if (open + closed >= count) return
  const socket = connect({ host: '127.0.0.1', port, localAddress: '127.0.0.66' })
  let wasOpen = false
  socket.on('connect', () => {
    wasOpen = true
    open++
    if (open % 2 === 0) socket.write(Buffer.from('1603010200010001fc0303', 'hex'))
    if (open + closed === count) process.send({ open })
    else next()
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    closed++
    if (!wasOpen) next()
    if (closed === count) process.exit()
  })
}
for (let at = 0; at < 50; at++) next()
`

t.test('10,000 idle handshakes: others are served, and all are cut off in time', async t => {
  const started = await start('4s')
  if (started === undefined) return
  const { gate } = started
  const child = spawn(process.execPath, ['-e', idleClients, String(gate.port), '10000'], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  const served = await serveBeside(t, child, { ...started, everyMs: 50 })
  t.ok(served > 20, `${served} served`)
  await waitUntil(() => gate.lines().some(({ reason }) => reason === 'timeout'))
  const lines = gate.lines().filter(({ msg }) => String(msg).startsWith('TLS handshake failed'))
  t.ok(lines.length <= 10, `${lines.length} lines`)
})

/** Begins handshakes one after the other on each of 40 lines, from 127.0.0.66, for some seconds. */
const flood = `
const { connect } = require('node:tls')
const [port, seconds] = process.argv.slice(1).map(Number)
const untilMs = Date.now() + seconds * 1000
let done = 0
const next = () => {
  if (Date.now() > untilMs) return
  const socket = connect({ host: '127.0.0.1', port, localAddress: '127.0.0.66', rejectUnauthorized: false }, () => {
    done++
    socket.destroy()
  })
  socket.on('error', () => {})
  socket.on('close', next)
}
for (let at = 0; at < 40; at++) next()
process.on('exit', () => console.log(done))
`

t.test(
  'a flood of handshakes is slowed down, not refused, and others do not wait behind it',
  async t => {
    const started = await start('15s')
    if (started === undefined) return
    const { gate } = started
    const child = spawn(process.execPath, ['-e', flood, String(gate.port), '6'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    t.teardown(() => child.kill('SIGKILL'))
    let text = ''
    child.stdout.on('data', chunk => (text += chunk))
    const served = await serveBeside(t, child, { ...started, everyMs: 20 })
    const done = Number(text)
    t.comment(`${done} handshakes of the flood, ${served} of another client`)
    t.ok(served > 50, `${served} served`)
    t.ok(done >= 100, 'its allowance and more')
  },
)
