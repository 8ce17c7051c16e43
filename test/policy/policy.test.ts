import t from 'tap'
import type { Condition, Evidence } from '../../src/policy/condition.ts'
import { cookieCondition } from '../../src/policy/cookie-condition.ts'
import { parseCookiePattern } from '../../src/policy/cookie-pattern.ts'
import { fromCondition } from '../../src/policy/from-condition.ts'
import type { NetworkAddress } from '../../src/policy/network-address.ts'
import { parseNetworkAddress } from '../../src/policy/network-address.ts'
import { buildNetworkSet, parseNetwork } from '../../src/policy/network-set.ts'
import { photosCondition } from '../../src/policy/photo-condition.ts'
import { buildPhotoList } from '../../src/policy/photo-list.ts'
import type { Policy, Rule } from '../../src/policy/policy.ts'
import { decide, explain } from '../../src/policy/policy.ts'
import { ruleFor } from '../fixtures/decision.ts'

import { fc, holds } from '../fixtures/property.ts'

const nothing: Evidence = { client: undefined, cookies: [], photo: undefined }
const client = (text: string): Evidence => ({ ...nothing, client: parseNetworkAddress(text) })
const cookies = (...pairs: [string, string][]): Evidence => ({
  ...nothing,
  cookies: pairs.map(([name, value]) => ({ name, value })),
})

function from(...networks: string[]): Condition {
  const named = networks.map(name => ({ name, set: buildNetworkSet([parseNetwork(name)]) }))
  return fromCondition(buildNetworkSet(networks.map(parseNetwork)), named)
}

const cookie = (...texts: string[]) => cookieCondition(texts.map(parseCookiePattern))
const photos = (...globs: string[]) => photosCondition(buildPhotoList(globs))
const turnedAway = { admitted: false, reason: 'no-rule' }
const noHeader = {
  reason: 'client-header-missing',
  text: 'the proxy named no client',
} as const
const policyOf = (...rules: Rule[]): Policy => ({ rules, cookieNames: new Set() })

t.test('a rule without conditions admits nobody', async t => {
  const policy = policyOf({ name: 'open', conditions: [] })
  const all: Evidence = { ...client('10.0.0.1'), photo: 'joe@acme.example' }
  t.strictSame(decide(policy, all), turnedAway)
  t.strictSame(explain(policy, all), [{ name: 'open', matched: false, conditions: [] }])
})

t.test('no rules admit nobody', async t => {
  t.strictSame(decide(policyOf(), client('10.0.0.1')), turnedAway)
  t.strictSame(explain(policyOf(), client('10.0.0.1')), [])
})

t.test('an unknown client matches no network, not even one of all addresses', async t => {
  const everywhere = from('0.0.0.0/0', '::/0')
  t.equal(everywhere.matches(nothing), false)
  t.strictSame(decide(policyOf({ name: 'all', conditions: [everywhere] }), nothing), turnedAway)
  t.equal(everywhere.matches(client('10.0.0.1')), true)
})

t.test('a request that names no photo matches no glob, not even *', async t => {
  t.equal(photos('*').matches(nothing), false)
  t.equal(photos('!ceo@acme.example').matches(nothing), false)
})

t.test('all conditions of a rule must hold', async t => {
  const rule = { name: 'both', conditions: [from('10.0.0.0/8'), cookie('Token')] }
  const policy = policyOf(rule)
  const both = { ...client('10.0.0.1'), cookies: [{ name: 'token', value: '1' }] }
  t.strictSame(decide(policy, client('10.0.0.1')), turnedAway)
  t.strictSame(decide(policy, cookies(['token', '1'])), turnedAway)
  t.strictSame(decide(policy, both), {
    ...{ admitted: true, rule, identity: undefined, pass: undefined },
  })
})

t.test('the first rule that matches admits, though later ones match too', async t => {
  const rules = ['192.0.2.0/24', '10.0.0.0/8', '10.0.0.1'].map(network => ({
    name: network,
    conditions: [from(network)],
  }))
  t.equal(ruleFor(policyOf(...rules), client('10.0.0.1')), '10.0.0.0/8')
  t.strictSame(
    explain(policyOf(...rules), client('10.0.0.1')).map(({ matched }) => matched),
    [false, true, true],
  )
})

t.test('any of several cookies with one name may satisfy', async t => {
  const room = cookie('Page=room*')
  t.equal(room.matches(cookies(['page', 'other'], ['page', 'x'])), false)
  t.equal(room.matches(cookies(['page', 'other'], ['page', 'room7'])), true)
  t.equal(room.matches(cookies(['page', 'room7'], ['page', 'other'])), true)
  t.equal(cookie('LtpaToken2', 'LtpaToken').matches(cookies(['ltpatoken', '1'])), true)
})

t.test('every condition says in words why it matched or not', async t => {
  const offices = from('10.0.0.0/8', '2001:db8::/32')
  const tokens = cookie('LtpaToken2', 'LtpaToken')
  const room = cookie('Page=room*')
  const acme = photos('*@acme.example', '!ceo@acme.example')
  const rows: [Condition, Evidence, string][] = [
    [offices, nothing, 'no client address: none was given'],
    [
      offices,
      { ...nothing, clientDoubt: noHeader },
      'no client address: the proxy named no client',
    ],
    [offices, client('192.0.2.1'), 'client 192.0.2.1 is not in 10.0.0.0/8, 2001:db8::/32'],
    [offices, client('2001:db8::1'), 'client 2001:db8::1 is in 2001:db8::/32'],
    [offices, client('::ffff:10.0.0.1'), 'client 10.0.0.1 is in 10.0.0.0/8'],
    [tokens, nothing, 'no cookie LtpaToken2 or LtpaToken was sent'],
    [cookie('wp_*'), cookies(['wp_a', '1']), 'cookie wp_* was sent'],
    [cookie('wp_*'), cookies(['wp_a', '']), 'cookie wp_* was sent, but is empty'],
    [cookie('wp_*'), cookies(['wp', '1']), 'no cookie wp_* was sent'],
    [tokens, cookies(['other', 'x']), 'no cookie LtpaToken2 or LtpaToken was sent'],
    [tokens, cookies(['ltpatoken', '']), 'cookie LtpaToken was sent, but is empty'],
    [
      tokens,
      cookies(['ltpatoken', '""'], ['other', 'x']),
      'cookie LtpaToken was sent, but is empty',
    ],
    [tokens, cookies(['ltpatoken', ''], ['ltpatoken2', 'x']), 'cookie LtpaToken2 was sent'],
    [room, cookies(['page', 'x']), 'cookie Page was sent, but its value is not Page=room*'],
    [
      room,
      cookies(['page', ''], ['page', 'x']),
      'cookie Page was sent, but its value is not Page=room*',
    ],
    [room, cookies(['page', 'room7']), 'cookie Page=room* was sent'],
    [acme, nothing, 'no photo was named'],
    [
      acme,
      { ...nothing, photo: 'ceo@acme.example' },
      'photo ceo@acme.example is not in *@acme.example, !ceo@acme.example',
    ],
    [
      acme,
      { ...nothing, photo: 'joe@acme.example', aliasesOf: () => [] },
      'photo joe@acme.example is in *@acme.example, !ceo@acme.example',
    ],
  ]
  for (const [condition, evidence, words] of rows) {
    t.test(words, async t => {
      t.equal(condition.describe(evidence), words)
      const matched = !/\bnot?\b|empty/.test(words)
      t.equal(condition.matches(evidence), matched)
    })
  }
})

const condition = fc.oneof(
  fc
    .constantFrom('10.0.0.0/8', '10.0.0.1', '0.0.0.0/0', '::/0', '192.0.2.0/24')
    .map(one => from(one)),
  fc.constantFrom('Token', 'Token=abc', 'Token=a*', 'Page', 'Page=room*').map(one => cookie(one)),
  fc.constantFrom('*', 'joe@*', '!joe@*', '*@acme.example').map(one => photos(one)),
)
const policies = fc
  .array(fc.array(condition, { maxLength: 3 }), { maxLength: 6 })
  .map(lists => policyOf(...lists.map((conditions, at) => ({ name: `rule-${at}`, conditions }))))
const evidences = fc.record({
  client: fc
    .option(fc.constantFrom('10.0.0.1', '10.9.9.9', '192.0.2.1', '::1', '8.8.8.8'), {
      nil: undefined,
    })
    .map(text => (text === undefined ? undefined : parseNetworkAddress(text))),
  cookies: fc.array(
    fc.record({
      name: fc.constantFrom('token', 'page', 'other'),
      value: fc.constantFrom('', '""', 'abc', 'axyz', 'room7', 'x'),
    }),
    { maxLength: 4 },
  ),
  photo: fc.option(fc.constantFrom('joe@acme.example', 'ada@acme.example', 'joe@other.example'), {
    nil: undefined,
  }),
})

t.test('the decision is the first rule that explain calls matched', async t => {
  holds(
    t,
    fc.property(policies, evidences, (policy, evidence) => {
      const explained = explain(policy, evidence)
      for (const { matched, conditions } of explained) {
        const all = conditions.length > 0 && conditions.every(one => one.matched)
        if (matched !== all) return false
      }
      return ruleFor(policy, evidence) === explained.find(({ matched }) => matched)?.name
    }),
    1_000,
  )
})

t.test(
  'more evidence never turns away a request that less evidence admits, except evidence of the photo',
  async t => {
    holds(
      t,
      fc.property(policies, evidences, (policy, evidence) => {
        const less = { ...evidence, client: undefined, cookies: [] }
        return ruleFor(policy, less) === undefined || ruleFor(policy, evidence) !== undefined
      }),
    )
  },
)

t.test('CVE-2026-41181: no explanation contains the value of a cookie', async t => {
  const value = fc.stringMatching(/^CANARY[A-Za-z0-9+/=]{8,40}$/)
  const conditions = [
    cookie('Token'),
    cookie('Token=abc'),
    cookie('Token=can*', 'Page'),
    from('::1'),
  ]
  const policy = policyOf(...conditions.map((one, at) => ({ name: `r${at}`, conditions: [one] })))
  holds(
    t,
    fc.property(value, fc.constantFrom('token', 'page', 'other'), (secret, name) => {
      const text = JSON.stringify(explain(policy, cookies([name, secret], [name, `${secret}2`])))
      return !text.includes(secret) && !text.includes('CANARY')
    }),
  )
})

t.test('a from condition names the network that holds the client', async t => {
  const locate = from('10.0.0.0/8', '10.1.0.0/16', '192.0.2.1').locate
  const rows: [string, string | undefined][] = [
    ['10.1.0.1', '10.0.0.0/8'],
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.2', undefined],
    ['2001:db8::1', undefined],
  ]
  for (const [text, name] of rows) {
    t.equal(locate?.(parseNetworkAddress(text) as NetworkAddress), name, text)
  }
})

t.test('cookies that were not read are the reason, before a client without an address', async t => {
  const cookieDoubt = { reason: 'cookies-too-long', text: 'the cookies are too long' } as const
  const evidence: Evidence = { ...nothing, cookieDoubt }
  const policy = policyOf({ name: 'in', conditions: [cookie('Token')] })
  t.equal(cookie('Token').describe(evidence), 'the cookies are too long')
  t.strictSame(decide(policy, evidence), { admitted: false, reason: 'cookies-too-long' })
  t.strictSame(decide(policy, { ...evidence, clientDoubt: noHeader }), {
    ...{ admitted: false, reason: 'cookies-too-long' },
  })
  t.strictSame(decide(policy, { ...nothing, clientDoubt: noHeader }), {
    ...{ admitted: false, reason: 'client-header-missing' },
  })
})
