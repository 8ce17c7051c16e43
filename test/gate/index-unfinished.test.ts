// A gate that listens before its photos are known, as with a large folder or a mount that does not answer: a rule that
// excludes people admits nobody, because an alias may exist that is not indexed yet.
import { execFileSync } from 'node:child_process'
import {
  closeSync,
  constants,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import { startGate } from '../fixtures/gate.ts'
import { jpegOf } from '../fixtures/images.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const config = `allow:
  - { name: meeting, from: 127.0.0.1, photos: ["*@acme.example", "!ceo@acme.example"] }
  - { name: open, from: 127.0.0.1, photos: "open@acme.example" }
otherwise: { status: 403 }
`
const names = ['joe', 'alias', 'ceo', 'open']

/** Starts a gate whose watch waits for the records, a FIFO here, as it would for a disk that does not answer. */
async function startWaiting(t: Test) {
  const gate = await startGate(t, {
    config,
    photos: {
      'ceo@acme.example.jpg': jpegOf('ceo'),
      'joe@acme.example.jpg': jpegOf('joe'),
      'open@acme.example.jpg': jpegOf('open'),
    },
    prepare: at => {
      linkSync(join(at, 'ceo@acme.example.jpg'), join(at, 'alias@acme.example.jpg'))
      mkdirSync(join(at, '.supply'))
      execFileSync('mkfifo', [join(at, '.supply', 'journal.jsonl')])
    },
    isIndexed: false,
  })
  const journal = join(gate.directory, '.supply', 'journal.jsonl')
  const answers = () => {
    const draft = `${journal}.draft`
    writeFileSync(draft, '{"photogate":"supply","version":1}\n')
    const descriptor = openSync(journal, constants.O_RDWR | constants.O_NONBLOCK)
    renameSync(draft, journal)
    t.teardown(() => closeSync(descriptor))
  }
  const statusOf = async (name: string) => (await gate.ask(`/${name}@acme.example.jpg`)).status
  return { gate, answers, statusOf }
}

t.test('while the photos are unknown, a rule with ! admits nobody', async t => {
  const { gate, answers, statusOf } = await startWaiting(t)
  for (const name of ['joe', 'alias', 'ceo', 'nobody']) {
    t.equal(await statusOf(name), 403, name)
    t.match(gate.requests().at(-1), {
      status: 403,
      rule: 'turned-away',
      reason: name === 'ceo' ? 'no-rule' : 'person-unknown',
    })
  }
  t.equal(await statusOf('open'), 404, 'a rule without ! admits, and there is no photo yet')
  t.match(gate.requests().at(-1), { rule: 'open', status: 404 })
  const ready = await gate.ask('/-/readyz')
  t.equal(ready.status, 503)
  t.equal((await gate.ask('/-/healthz')).status, 200, 'the health check answers')
  t.notOk(gate.lines().some(({ msg }) => msg === 'photos indexed'))

  answers()
  const seen = new Set<number>()
  await waitUntil(async () => {
    seen.add(await statusOf('alias'))
    return (await statusOf('joe')) === 200
  })
  t.strictSame([...seen], [403], 'the alias was never shown')
  t.strictSame(await Promise.all(names.map(statusOf)), [200, 403, 403, 200])
  t.equal((await gate.ask('/-/readyz')).status, 200)
  await statusOf('alias')
  t.match(gate.requests().at(-1), { reason: 'no-rule', rule: 'turned-away' })
})

t.test('a reload meanwhile admits nobody', async t => {
  const { gate, answers, statusOf } = await startWaiting(t)
  await gate.server.apply(gate.load(config.replace('name: meeting', 'name: other')))
  t.equal(await statusOf('joe'), 403)
  t.equal((await gate.ask('/-/readyz')).status, 503)
  answers()
  await waitUntil(async () => (await statusOf('joe')) === 200)
})
