// Whose budget a request is counted against, and as which person.
import t from 'tap'
import type { Identity } from '../../src/ltpa/token.ts'
import type { Admitted, AdmittedRequest, UndatedEntry } from '../../src/policy/budget.ts'
import { isOfUnknownClient, ledgerEntryOf } from '../../src/policy/budget.ts'
import type { Aliases } from '../../src/policy/condition.ts'
import { parseNetworkAddress } from '../../src/policy/network-address.ts'
import { buildNetworkSet, parseNetwork } from '../../src/policy/network-set.ts'

const budget = { people: 40, misses: 10, perMs: 3_600_000 }
const large = { people: 400, misses: 100, perMs: 3_600_000 }
const rule = { name: 'meeting', budget }
const identity: Identity = {
  ...{ format: 'LtpaToken2', realm: 'acme', user: 'uid=joe', keyId: 'k', expiresMs: 1 },
}

type Parts = Partial<Admitted & AdmittedRequest>

function entryOf(parts: Parts, client = '192.0.2.7', photo = 'joe@acme.example') {
  const evidence = { client: parseNetworkAddress(client), photo, aliasesOf: undefined }
  const request = { evidence, canaries: new Set<string>(), ...parts }
  return ledgerEntryOf({ rule, identity: undefined, ...parts }, request)
}

t.test('a request counts only for a rule that counts, or for a canary', async t => {
  const plain = { name: 'offices' }
  t.equal(entryOf({ rule: plain }), undefined)
  const unnamed = { client: undefined, photo: undefined, aliasesOf: undefined }
  t.equal(entryOf({ evidence: unnamed }), undefined)
  const canaries = new Set(['joe@acme.example'])
  t.match(entryOf({ rule: plain, canaries }), { isCanary: true, budget: undefined })
  t.match(entryOf({ canaries }), { isCanary: true, budget })
  t.match(entryOf({}), { rule: 'meeting', isCanary: false, budget, alarm: undefined })
  const alarm = { people: 500, perMs: 1 }
  t.match(entryOf({ rule: { name: 'a', alarm } }), { alarm, budget: undefined })
})

t.test('the client is an address, an IPv6 /64, or the user of a token', async t => {
  t.equal(entryOf({})?.client, '192.0.2.7')
  t.equal(entryOf({}, '::ffff:192.0.2.7')?.client, '192.0.2.7')
  const site = entryOf({}, '2001:db8::1')?.client
  t.equal(entryOf({}, '2001:db8::ffff:2')?.client, site)
  t.not(entryOf({}, '2001:db8:0:1::1')?.client, site)
  t.equal(site, '2001:db8:0:0::/64')
  t.equal(entryOf({}, 'nobody')?.client, 'unknown')
  const spelled = { ...identity, user: 'UID=Joe , O = acme' }
  t.equal(entryOf({ identity: spelled })?.client, 'acme/uid=joe,o=acme')
  t.equal(entryOf({ identity })?.client, 'acme/uid=joe')
  const domino = { ...identity, realm: undefined }
  t.equal(entryOf({ identity: domino })?.client, '/uid=joe')
})

t.test('the guests with one pass count each for itself, by pass and address', async t => {
  t.match(entryOf({ pass: { id: 'p1' } }), { client: 'pass p1 192.0.2.7', pass: 'p1' })
  t.match(entryOf({ pass: { id: 'p2' } }), { client: 'pass p2 192.0.2.7', pass: 'p2' })
  t.match(entryOf({ pass: { id: 'p1' } }, '2001:db8::1'), { client: 'pass p1 2001:db8:0:0::/64' })
  t.match(entryOf({ pass: { id: 'p1' }, identity }), { client: 'pass p1 acme/uid=joe' })
  t.match(entryOf({}), { client: '192.0.2.7', pass: undefined })
  for (const [pass, client, isUnknown] of [
    [undefined, '192.0.2.7', false],
    [undefined, 'nobody', true],
    [{ id: 'p1' }, 'nobody', true],
    [{ id: 'p1' }, '192.0.2.7', false],
  ] as const)
    t.equal(isOfUnknownClient(entryOf({ pass }, client) as UndatedEntry), isUnknown)
})

t.test('an address that many share has another budget, and a user has not', async t => {
  const networks = buildNetworkSet([parseNetwork('198.51.100.0/24')])
  const shared = { ...rule, budget: { ...budget, shared: { networks, budget: large } } }
  t.equal(entryOf({ rule: shared }, '198.51.100.9')?.budget, large)
  t.equal(entryOf({ rule: shared }, '192.0.2.7')?.budget?.people, 40)
  t.equal(entryOf({ rule: shared }, 'nobody')?.budget?.people, 40)
  t.equal(entryOf({ rule: shared, identity }, '198.51.100.9')?.budget?.people, 40)
})

t.test('addresses are one person only where that is certain', async t => {
  const list = ['sue@acme.example', 'joe@acme.example']
  const sure = Object.assign([...list], { isOnePerson: true })
  const client = parseNetworkAddress('192.0.2.7')
  const personOf = (photo: string, aliases: Aliases | { unknown: string }) =>
    entryOf({ evidence: { client, photo, aliasesOf: () => aliases } })?.person
  for (const photo of list)
    t.equal(personOf(photo, sure), 'joe@acme.example sue@acme.example', 'with all addresses')
  for (const doubt of [list, [], Object.assign([...list], { isOnePerson: false })])
    t.equal(personOf('joe@acme.example', doubt), 'joe@acme.example')
  t.equal(personOf('joe@acme.example', { unknown: 'being read' }), 'joe@acme.example')
})
