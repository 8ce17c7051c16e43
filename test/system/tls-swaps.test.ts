// 50 certificates take turns while 40 clients send about 1,000 requests a second, some of them on new connections: none
// fails. A half-written pair changes nothing.
import { renameSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { openAuthority } from '../fixtures/authority.ts'
import { startServing } from '../fixtures/cli.ts'
import { openConfigHome } from '../fixtures/config.ts'
import { jpegOf } from '../fixtures/images.ts'
import { keptMessage } from '../fixtures/rotation.ts'
import { shakeHands } from '../fixtures/tls-gate.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const swaps = 50
const clientCount = 40
const appliedMessage = 'configuration applied'

t.test('no request fails while certificates are swapped', async t => {
  const authority = openAuthority(t)
  if (authority === undefined) return
  const ca = authority.cert
  const pairs = Array.from({ length: 6 }, (_, at) =>
    authority.issue({ cn: `pair-${at}`, keyType: at % 2 === 0 ? 'ec' : 'rsa' }),
  )
  const [first] = pairs
  if (first === undefined) throw new Error('no pairs')
  const home = openConfigHome(t, { 'cert.pem': first.cert, 'key.pem': first.key })
  writeFileSync(join(home.directory, 'photos', 'joe@acme.example.jpg'), jpegOf('joe'))
  writeFileSync(
    home.file,
    `listen: { host: 127.0.0.1, port: 0, tls: { cert: cert.pem, key: key.pem } }
allow: [{ name: all, from: 127.0.0.0/8 }]
`,
  )
  const gate = await startServing(t, ['--config', home.file])
  const count = (message: string) => gate.lines().filter(({ msg }) => msg === message).length
  const kept = new Agent({ keepAlive: true, maxSockets: clientCount, ca, servername: 'localhost' })
  t.teardown(() => kept.destroy())
  let isOver = false
  let answers = 0
  let connections = 0
  const failures: string[] = []
  const ask = (agent: Agent | false) =>
    new Promise<void>(resolve => {
      const options = { host: '127.0.0.1', port: gate.port, path: '/joe@acme.example.jpg' }
      const asking = request({ ...options, ca, servername: 'localhost', agent }, response => {
        if (response.statusCode !== 200) failures.push(String(response.statusCode))
        response.resume()
        response.on('end', () => {
          answers++
          resolve()
        })
      })
      asking.on('error', (error: NodeJS.ErrnoException) => {
        failures.push(`${error.code} ${error.message}`)
        resolve()
      })
      asking.end()
    })
  const run = async (number: number) => {
    for (let turn = number; !isOver; turn++) {
      const isNew = turn % 40 === 0
      if (isNew) connections++
      await ask(isNew ? false : kept)
      await delay(3)
    }
  }
  const startedMs = performance.now()
  const running = Array.from({ length: clientCount }, (_, number) => run(number))
  const put = (name: string, text: string) => {
    writeFileSync(join(home.directory, '.next'), text, { mode: 0o600 })
    renameSync(join(home.directory, '.next'), join(home.directory, name))
  }
  const reload = async (message: string) => {
    const before = count(message)
    gate.child.kill('SIGHUP')
    await waitUntil(() => count(message) > before)
  }
  for (let swap = 1; swap <= swaps; swap++) {
    const pair = pairs[swap % pairs.length] as typeof first
    const isSlow = swap % 10 === 0
    put('cert.pem', pair.cert)
    // The certificate has come, and its key has not.
    if (isSlow) await reload(keptMessage)
    put('key.pem', pair.key)
    await reload(appliedMessage)
    const { name } = await shakeHands(gate.port, { ca })
    if (name !== `pair-${swap % pairs.length}`) failures.push(`swap ${swap}: ${name}`)
  }
  isOver = true
  await Promise.all(running)
  const perSecond = answers / ((performance.now() - startedMs) / 1000)
  t.comment(`${answers} answers, ${Math.round(perSecond)} a second, ${connections} new connections`)
  t.strictSame(failures.slice(0, 5), [])
  t.equal(count(appliedMessage), swaps)
  t.ok(answers > 5_000, `${answers} answers`)
  t.ok(connections > 100, `${connections} new connections`)
  const bad = gate.lines().filter(({ msg }) => String(msg).startsWith('TLS handshake failed'))
  t.strictSame(bad, [])
  t.match(
    gate.lines().find(({ msg }) => msg === keptMessage),
    {
      problems: [/tls\.cert does not fit the key/],
    },
  )
})

t.test('a certificate that is replaced on disk is used without a signal', async t => {
  const authority = openAuthority(t)
  if (authority === undefined) return
  const [old, fresh] = [authority.issue({ cn: 'old' }), authority.issue({ cn: 'fresh' })]
  const home = openConfigHome(t, { 'cert.pem': old.cert, 'key.pem': old.key })
  writeFileSync(
    home.file,
    `listen: { host: 127.0.0.1, port: 0, tls: { cert: cert.pem, key: key.pem } }
allow: [{ name: all, from: 127.0.0.0/8 }]
`,
  )
  const gate = await startServing(t, ['--config', home.file])
  const nameNow = async () => (await shakeHands(gate.port, { ca: authority.cert })).name
  t.equal(await nameNow(), 'old')
  writeFileSync(join(home.directory, 'key.pem'), fresh.key)
  await delay(300)
  writeFileSync(join(home.directory, 'cert.pem'), fresh.cert)
  await waitUntil(async () => (await nameNow()) === 'fresh')
  t.pass('fresh')
})
