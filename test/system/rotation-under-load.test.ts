// Keys change while 20 clients send requests: tokens of the present and the previous keys are admitted without a break,
// and a bad key file changes nothing.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { startServing } from '../fixtures/cli.ts'
import { openConfigHome } from '../fixtures/config.ts'
import { jpegOf } from '../fixtures/images.ts'
import { writeKeys, writeSecret } from '../fixtures/key-files.ts'
import { buildIssuer } from '../fixtures/ltpa-issuer.ts'
import { keptMessage, openRotation } from '../fixtures/rotation.ts'
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
  const rotation = openRotation(t, gate, home.directory)
  const { place, apply, refuse, startClients } = rotation
  const ask = (token: string) =>
    rotation.ask('/joe@acme.example.jpg', { cookie: `LtpaToken2=${token}` })
  // The generations of keys whose tokens are good.
  let oldest = 0
  let newest = 0
  let sent = 0
  let answers = 0
  const clients = startClients(async turn => {
    const of = turn % 2 === 0 ? newest : oldest
    // A new user in every request, so that no verdict comes from the cache.
    const user = `uid=${sent++},o=acme`
    const status = await ask(issuers[of]?.issueV2({ expiresMs, user }) ?? '')
    answers++
    return status === 200 ? undefined : `generation ${of} of ${newest}: ${status}`
  })
  for (let next = 1; next < generations; next++) {
    const [present, coming] = [issuers[next - 1], issuers[next]]
    await refuse(() => place('ltpa.keys', 'half a file'))
    // The previous keys are removed next; requests with them are answered first.
    oldest = newest
    await delay(100)
    await apply(() => {
      place('old.keys', present?.keyFile ?? '')
      place('ltpa.keys', coming?.keyFile ?? '')
    })
    newest = next
    await delay(100)
  }
  t.strictSame((await clients.stop()).slice(0, 5), [])
  t.ok(answers > 200, `${answers} answers`)
  t.equal(await ask(first.issueV2({ expiresMs })), 302, 'the first keys no longer count')
  const complaint = gate.lines().find(({ msg }) => msg === keptMessage)
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
