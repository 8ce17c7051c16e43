// Budgets, alarms and canaries of a configuration: what they become, and what is refused or warned of.
import t from 'tap'
import { parseNetworkAddress } from '../../src/policy/network-address.ts'
import { openConfigHome } from '../fixtures/config.ts'

const home = openConfigHome(t)
const networks = 'networks: { nat: [198.51.100.0/24] }\n'
const rule = (more: string, condition = 'cookie: A=b') =>
  `${networks}allow: [{ name: meeting, ${condition}, ${more} }]\n`
const budgetOf = (more: string) =>
  home.settings(rule(`budget: { ${more} }`)).policy.rules[0]?.budget

t.test('a budget, an alarm and canaries become numbers', async t => {
  t.match(budgetOf('people: 40'), { people: 40, misses: 40, perMs: 3_600_000 })
  t.match(budgetOf('people: 40, misses: 0, per: 31d'), { misses: 0, perMs: 31 * 86_400_000 })
  const settings = home.settings(
    `${rule('budget: { people: 1 }, alarm: { people: 500, per: 10s }')}canaries: [Trap@ACME.example, trap@xn--bcher-kva.example]`,
  )
  t.strictSame(settings.policy.rules[0]?.alarm, { people: 500, perMs: 10_000 })
  t.strictSame([...settings.canaries], ['trap@acme.example', 'trap@bücher.example'])
  t.strictSame(home.settings('allow: []').canaries, new Set())
})

t.test('networks that share an address have a budget of their own', async t => {
  const shared = (more: string) => budgetOf(`people: 40, misses: 10, ${more}`)?.shared
  const inProportion = shared('shared: { networks: nat, people: 400 }')
  t.match(inProportion?.budget, { people: 400, misses: 100, perMs: 3_600_000 })
  const has = (address: string) => {
    const parsed = parseNetworkAddress(address)
    return parsed !== undefined && inProportion?.networks.has(parsed)
  }
  t.ok(has('198.51.100.9'))
  t.notOk(has('198.51.101.9'))
  t.match(shared('shared: { networks: [nat, 192.0.2.1], people: 50, misses: 3 }')?.budget, {
    people: 50,
    misses: 3,
  })
  t.match(shared('shared: { networks: nat, people: 1 }')?.budget, { people: 1, misses: 1 })
})

t.test('what cannot be meant is refused, with the place and what to write', async t => {
  const rows: [more: string, problem: RegExp][] = [
    [
      'budget: 40',
      /:2:\d+ allow\[0\]\.budget 40 does not fit; write how many distinct people .*people":40/,
    ],
    ['budget: { per: 1h }', /budget.*people is missing|people/],
    ['budget: { people: 0 }', /budget\.people 0 .*1/],
    ['budget: { people: 10001 }', /budget\.people 10001 .*10000/],
    ['budget: { people: 1.5 }', /budget\.people 1\.5/],
    ['budget: { people: 40, per: 0s }', /budget\.per "0s" would count nobody; write 1s or more/],
    ['budget: { people: 40, per: 32d }', /budget\.per "32d" is longer than 31d/],
    ['budget: { people: 40, per: 60 }', /budget\.per 60 has no unit; write 60s/],
    [
      'budget: { people: 40, misses: 41 }',
      /budget\.misses 41 is more than people.*write 40 or less/,
    ],
    ['budget: { people: 40, mises: 1 }', /budget\.mises is not known; did you mean misses\?/],
    [
      'budget: { people: 40, shared: { networks: natt, people: 400 } }',
      /budget\.shared\.networks "natt" is not among networks; did you mean nat\?/,
    ],
    [
      'budget: { people: 40, shared: { networks: [10.0.0.1/8], people: 400 } }',
      /budget\.shared\.networks\[0\].*10\.0\.0\.0\/8/,
    ],
    ['budget: { people: 40, shared: { people: 400 } }', /networks/],
    [
      'budget: { people: 40, shared: { networks: nat, people: 4, misses: 5 } }',
      /budget\.shared\.misses 5 is more than people.*write 4 or less/,
    ],
    ['alarm: { people: 0 }', /alarm\.people 0/],
    ['alarm: { people: 9, per: 0s }', /alarm\.per "0s" would count nobody/],
  ]
  for (const [more, problem] of rows) {
    t.test(more, async t => {
      const problems = home.problems(rule(more))
      t.match(problems[0], problem)
      t.equal(problems.length, 1)
    })
  }
  t.test('a canary that is not a mail address', async t => {
    t.match(home.problems('canaries: [trap]'), [
      /:1:12 canaries\[0\] "trap" is not a mail address; write one like joe@acme\.example/,
    ])
  })
})

t.test('what is legal but risky is said', async t => {
  const about = (text: string) => home.warnings(text).filter(line => /budget|canaries/.test(line))
  t.test('a budget for all who share an address, unless they have one', async t => {
    t.match(about(rule('budget: { people: 40 }')), [
      /:2:\d+ allow\[0\]\.budget of rule "meeting" is one budget for all who come from one address \(NAT\); .*shared: \{ networks: \[\.\.\.\], people: 400 \}/,
    ])
    t.strictSame(about(rule('budget: { people: 40, shared: { networks: nat, people: 400 } }')), [])
  })
  t.test('rules behind it that a client with a spent budget might need', async t => {
    const shared = 'budget: { people: 40, shared: { networks: nat, people: 400 } }'
    const rules = (...others: string[]) =>
      about(
        `allow: [{ name: meeting, from: 10.0.0.0/8, ${shared} }, ${others.join(', ')}]\n${networks}`,
      )
    t.match(rules('{ name: offices, from: 10.1.0.0/16 }', '{ name: badge, cookie: B=c }'), [
      /budget of rule "meeting" decides first: .*offices, badge are not tried; put rules .* before it/,
    ])
    t.strictSame(rules('{ name: other, from: 192.0.2.0/24 }'), [])
    t.match(rules('{ name: other, from: nat }', '{ name: badge, cookie: B=c }'), [
      /: .* badge is not tried/,
    ])
  })
  t.test('canaries that have nothing to spend', async t => {
    const text = 'canaries: trap@acme.example\nallow: [{ name: a, from: 10.0.0.1 }]'
    t.match(about(text), [/:1:11 canaries only write a line to the log: no rule has a budget/])
  })
  t.test('a canary that no rule with a budget admits', async t => {
    const text = (photos: string, canaries: string) =>
      `allow: [{ name: all, from: 10.0.0.0/8 }, { name: meeting, cookie: A=b, photos: ${photos}, budget: { people: 4 } }]\ncanaries: ${canaries}`
    const warned = (photos: string, canaries: string) =>
      about(text(photos, canaries)).filter(line => /canaries/.test(line))
    const wrong =
      /:2:\d+ canaries\[1\] "trap@other\.example" spends no budget: photos of meeting do not admit it/
    t.match(warned('["*@acme.example"]', '[trap@ACME.example, trap@other.example]'), [wrong])
    t.equal(warned('["*@acme.example"]', '[trap@acme.example, trap@other.example]').length, 1)
    t.match(warned('["*@acme.example"]', 'trap@other.example'), [/:2:11 canaries "trap@other/])
    t.strictSame(warned('["*", "!ceo@acme.example"]', 'trap@acme.example'), [])
    t.match(warned('["*", "!ceo@acme.example"]', 'ceo@acme.example'), [/spends no budget/])
  })
})
