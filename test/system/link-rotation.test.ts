// Secrets of links change while clients send requests to a real `photogate serve`: links and passes of the present and
// the previous secret are admitted without a break, and a file that is cut changes nothing.
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { signPass } from '../../src/evidence/guest-pass.ts'
import { buildLinkKeys } from '../../src/evidence/link-keys.ts'
import { signLink } from '../../src/evidence/signed-link.ts'
import { startServing } from '../fixtures/cli.ts'
import { openConfigHome } from '../fixtures/config.ts'
import { jpegOf } from '../fixtures/images.ts'
import { writeSecret } from '../fixtures/key-files.ts'
import { keptMessage, openRotation } from '../fixtures/rotation.ts'

const generations = 5
const secrets = Array.from({ length: generations }, () => randomBytes(32))
const keys = secrets.map(secret => buildLinkKeys([secret]))
const joe = 'joe@acme.example'
const path = `/${joe}.jpg`
// New ones for every request, so that no verdict is only cached.
const expires = (turn: number) => Math.floor(Date.now() / 1000) + 60 + (turn % 1_000)
const linkOf = (generation: number, turn = 0) =>
  signLink(keys[generation] ?? [], { address: joe, expires: expires(turn) })
const passOf = (generation: number, turn = 0) =>
  signPass(keys[generation] ?? [], { photos: ['*@acme.example'], expires: expires(turn) }).text

t.test('no good link and no good pass is refused while secrets change', async t => {
  const home = openConfigHome(t)
  writeFileSync(join(home.directory, 'photos', `${joe}.jpg`), jpegOf('joe'))
  const base64 = secrets.map(secret => secret.toString('base64'))
  for (const name of ['new.secret', 'old.secret'])
    writeSecret(join(home.directory, name), base64[0] ?? '')
  writeFileSync(
    home.file,
    'links: { secrets: [new.secret, old.secret] }\nallow: [{ name: links, link: signed }, { name: guests, pass: signed }]\n',
  )
  const gate = await startServing(t, ['--config', home.file])
  const { ask, place, apply, refuse, startClients } = openRotation(t, gate, home.directory)
  const byPass = (text: string) => ask(path, { cookie: `__Host-photogate-pass=${text}` })
  const ways: readonly ((generation: number, turn?: number) => Promise<number>)[] = [
    (generation, turn) => ask(`${path}?${linkOf(generation, turn)}`),
    (generation, turn) => byPass(passOf(generation, turn)),
    (generation, turn) => ask(`/-/pass?p=${passOf(generation, turn)}`),
  ]
  // The generations of secrets whose links and passes are good.
  let oldest = 0
  let newest = 0
  const answers = [0, 0, 0]
  const clients = startClients(async turn => {
    const of = turn % 2 === 0 ? newest : oldest
    const way = turn % 3
    const status = (await ways[way]?.(of, turn)) ?? 0
    answers[way] = (answers[way] ?? 0) + 1
    return status === 200 ? undefined : `way ${way}, generation ${of} of ${newest}: ${status}`
  })
  for (let next = 1; next < generations; next++) {
    const cut = (base64[next] ?? '').slice(0, 20)
    await refuse(() => place('new.secret', cut))
    // The previous secret is taken out next; requests with it are answered first.
    oldest = newest
    await delay(100)
    await apply(() => {
      place('old.secret', base64[next - 1] ?? '')
      place('new.secret', base64[next] ?? '')
    })
    newest = next
    await delay(100)
  }
  t.strictSame((await clients.stop()).slice(0, 5), [])
  for (const [way, number] of answers.entries()) t.ok(number > 50, `way ${way}: ${number} answers`)
  const ends = await Promise.all(ways.map(way => way(0)))
  t.strictSame(ends, [302, 302, 403], 'the first secret no longer counts')
  const problem = gate.lines().find(({ msg }) => msg === keptMessage)
  t.match(problem, { level: 'error', problems: [/links\.secrets\[0\] holds 15 bytes/] })
  t.notOk(
    JSON.stringify(problem).includes((base64[1] ?? '').slice(0, 20)),
    'the log shows no secret',
  )
})
