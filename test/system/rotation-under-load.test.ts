// Keys change while 20 clients send requests: tokens of the present and the previous keys are admitted without a break,
// and a bad key file changes nothing.
import { renameSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { startServing } from '../fixtures/cli.ts'
import { openConfigHome } from '../fixtures/config.ts'
import { jpegOf } from '../fixtures/images.ts'
import { writeKeys, writeSecret } from '../fixtures/key-files.ts'
import { buildIssuer } from '../fixtures/ltpa-issuer.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const generations = 6
const issuers = Array.from({ length: generations }, () => buildIssuer({ realm: 'acme' }))
const expiresMs = Date.now() + 3_600_000

t.test('no good token is refused while keys change', async t => {
  const home = openConfigHome(t)
  writeFileSync(join(home.directory, 'photos', 'joe@acme.example.jpg'), jpegOf('joe'))
  const [first] = issuers
  if (first === undefined) throw new Error('no issuer')
  const keys = writeKeys(home.directory, 'ltpa', first)
  const oldKeys = writeKeys(home.directory, 'old', first)
  writeFileSync(
    home.file,
    `ltpa: { keys: [${keys}, ${oldKeys}] }\nallow: [{ name: in, ltpa: verified }]\n`,
  )
  const gate = await startServing(t, ['--config', home.file])
  const place = (name: string, text: string) => {
    writeSecret(join(home.directory, '.next'), text)
    renameSync(join(home.directory, '.next'), join(home.directory, name))
  }

  const agent = new Agent({ keepAlive: true, maxSockets: 20 })
  const ask = (token: string) =>
    new Promise<number>((resolve, reject) => {
      const headers = { cookie: `LtpaToken2=${token}` }
      const options = { host: '127.0.0.1', port: gate.port, agent, headers }
      const asking = request({ ...options, path: '/joe@acme.example.jpg' }, response => {
        response.resume().on('error', reject)
        response.on('end', () => resolve(response.statusCode ?? 0))
      })
      asking.on('error', reject).end()
    })
  // The generations of keys whose tokens are good.
  let oldest = 0
  let newest = 0
  let isOver = false
  let answers = 0
  const failures: string[] = []
  const client = async (number: number) => {
    for (let turn = number; !isOver; turn++) {
      const of = turn % 2 === 0 ? newest : oldest
      // A new user in every request, so that no verdict comes from the cache.
      const token = issuers[of]?.issueV2({ expiresMs, user: `uid=${number}-${turn},o=acme` }) ?? ''
      try {
        const status = await ask(token)
        answers++
        if (status !== 200) failures.push(`generation ${of} of ${newest}: ${status}`)
      } catch (error) {
        failures.push((error as Error).message)
      }
      await delay(5)
    }
  }
  const clients = Array.from({ length: 20 }, (_, number) => client(number))

  const count = (message: string) => gate.lines().filter(({ msg }) => msg === message).length
  const [taken, kept] = [
    'configuration applied',
    'the new configuration has problems; the old one stays',
  ]
  const reloaded = async (message: string, change: () => void) => {
    const before = count(message)
    change()
    gate.child.kill('SIGHUP')
    await waitUntil(() => count(message) > before)
  }
  for (let next = 1; next < generations; next++) {
    const [present, coming] = [issuers[next - 1], issuers[next]]
    await reloaded(kept, () => place('ltpa.keys', 'half a file'))
    // The previous keys are removed next; requests with them are answered first.
    oldest = newest
    await delay(100)
    await reloaded(taken, () => {
      place('old.keys', present?.keyFile ?? '')
      place('ltpa.keys', coming?.keyFile ?? '')
    })
    newest = next
    await delay(100)
  }
  isOver = true
  await Promise.all(clients)
  agent.destroy()

  t.strictSame(failures.slice(0, 5), [])
  t.ok(answers > 200, `${answers} answers`)
  t.equal(await ask(first.issueV2({ expiresMs })), 302, 'the first keys no longer count')
  const complaint = gate.lines().find(({ msg }) => msg === kept)
  t.match(complaint, {
    level: 'error',
    problems: [/ltpa\.keys\[0\]\.file has no com\.ibm\.websphere\.ltpa\.3DESKey/],
  })
})

t.test('keys that change on disk are applied without a signal', async t => {
  const home = openConfigHome(t)
  const [first, second] = issuers
  if (first === undefined || second === undefined) throw new Error('no issuers')
  writeFileSync(join(home.directory, 'photos', 'joe@acme.example.jpg'), jpegOf('joe'))
  const keys = writeKeys(home.directory, 'ltpa', first)
  writeFileSync(home.file, `ltpa: { keys: [${keys}] }\nallow: [{ name: in, ltpa: verified }]\n`)
  const gate = await startServing(t, ['--config', home.file])
  const admits = async (issuer: typeof first) => {
    const headers = { cookie: `LtpaToken2=${issuer.issueV2({ expiresMs })}` }
    const url = `http://127.0.0.1:${gate.port}/joe@acme.example.jpg`
    const { status } = await fetch(url, { headers, redirect: 'manual' })
    return status === 200
  }
  t.equal(await admits(first), true)
  t.equal(await admits(second), false)
  writeSecret(join(home.directory, 'ltpa.keys'), second.keyFile)
  await waitUntil(() => admits(second))
  t.equal(await admits(first), false)
})
