// What Redis gets to know: nothing that tells who asks for whom.
import t from 'tap'
import type { LedgerEntry } from '../../src/guest/ledger.ts'
import { buildAskRedis, forgetInRedis, secretIdOf } from '../../src/guest/redis-keys.ts'
import { entryOf } from '../fixtures/ledger-contract.ts'

const secret = Buffer.alloc(32, 7)
const alarm = { people: 500, perMs: 60_000 }
const namesOf = (asked: Partial<LedgerEntry>, key = secret) => {
  const { keys, values } = buildAskRedis(key)(
    entryOf({ person: 'joe@acme.example', alarm, ...asked }),
  )
  const [client, rule] = keys.map(name => name.toString('hex'))
  return { client, rule, person: (values[0] as Buffer).toString('hex') }
}

t.test('clients and people are named by HMACs of 16 bytes, under a prefix', async t => {
  const { keys, values } = buildAskRedis(secret)(entryOf({ person: 'joe@acme.example', alarm }))
  const all = Buffer.concat([...keys, Buffer.from(values.join(' '))]).toString('latin1')
  t.notMatch(all, /joe|acme|192|meeting/)
  for (const key of keys) {
    t.equal(key.subarray(0, 10).toString(), 'photogate:')
    t.equal(key.length, 26)
  }
  t.equal(values[0]?.length, 16)
})

t.test(
  'a name is the same at every gate with that secret, and another under another one',
  async t => {
    t.strictSame(namesOf({}), namesOf({}))
    const other = namesOf({}, Buffer.alloc(32, 8))
    for (const [name, text] of Object.entries(namesOf({})))
      t.not(other[name as keyof typeof other], text)
  },
)

t.test(
  'each rule and each client has its own budget, and each rule and each pass its own alarm',
  async t => {
    const { client, rule, person } = namesOf({})
    t.match(namesOf({ client: '192.0.2.8' }), { rule, person })
    t.not(namesOf({ client: '192.0.2.8' }).client, client)
    t.not(namesOf({ rule: 'kiosk' }).client, client)
    t.not(namesOf({ rule: 'kiosk' }).rule, rule)
    t.not(namesOf({ pass: 'p1' }).rule, rule)
    t.equal(namesOf({ pass: 'p1' }).client, client)
    t.equal(namesOf({ rule: 'kiosk', client: 'x' }).person, person)
    const blank = namesOf({ rule: 'meeting a', client: 'b/joe', pass: 'p' })
    t.not(namesOf({ rule: 'meeting', client: 'a b/joe' }).client, blank.client)
    t.not(namesOf({ rule: 'meeting', pass: 'a p' }).rule, blank.rule)
  },
)

t.test('a client that has the name of a person is not told by it', async t => {
  const same = namesOf({ rule: 'a', client: 'b', person: 'a b' })
  t.notMatch(same.client, same.person)
})

t.test('an id tells secrets apart and shows nothing of them', async t => {
  t.match(secretIdOf(secret), /^[\da-f]{8}$/)
  t.equal(secretIdOf(secret), secretIdOf(Buffer.from(secret)))
  t.not(secretIdOf(secret), secretIdOf(Buffer.alloc(32, 8)))
})

t.test('what a rule does not count is not asked for', async t => {
  const question = buildAskRedis(secret)
  const only = question(entryOf({ person: 'x', budget: undefined, alarm, isMissing: true }))
  t.equal(only.keys.length, 1)
  t.strictSame(only.values.slice(1), ['1', '0', '', '', '', '500', '60000'])
  const plain = question(entryOf({ person: 'x', isCanary: true }))
  t.equal(plain.keys.length, 1)
  t.strictSame(plain.values.slice(1), ['0', '1', '3', '3', '3600000', '', ''])
  t.equal(question(entryOf({ person: 'x', budget: undefined })).keys.length, 0)
})

t.test('what is forgotten has the name under which it was counted', async t => {
  const account = { rule: 'meeting', client: '192.0.2.7', nowMs: 0 }
  const { script, keys, values } = forgetInRedis(secret, account)
  t.strictSame([script, values], ['forget', []])
  t.strictSame(
    keys.map(key => key.toString('hex')),
    [namesOf(account).client],
  )
})
