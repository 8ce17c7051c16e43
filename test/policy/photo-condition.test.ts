import t from 'tap'
import type { AliasesOf, Evidence } from '../../src/policy/condition.ts'
import { photosCondition } from '../../src/policy/photo-condition.ts'
import { buildPhotoList } from '../../src/policy/photo-list.ts'
import { decide, excludesPeople } from '../../src/policy/policy.ts'

const people = [
  ['ceo@acme.example', 'j.smith@acme.example'],
  ['chair@board.acme.example', 'anna@acme.example', 'a.lee@acme.example'],
]
const aliasesOf: AliasesOf = address =>
  people.find(all => all.includes(address))?.filter(other => other !== address) ?? []
const nobodyKnows: AliasesOf = () => ({ unknown: 'the photo folder is still being read' })
const conditionOf = (...globs: string[]) => photosCondition(buildPhotoList(globs))
const evidenceOf = (photo: string | undefined, of: AliasesOf | undefined): Evidence => ({
  ...{ client: undefined, cookies: [], photo, aliasesOf: of },
})

t.test('an exclusion is about the person, an inclusion about the requested address', async t => {
  const hidden = ['*@acme.example', '!ceo@acme.example', '!*@board.acme.example']
  const rows: [globs: string[], photo: string, isOpen: boolean, words: string][] = [
    [hidden, 'ceo@acme.example', false, 'is not in'],
    [hidden, 'j.smith@acme.example', false, 'it is also the photo of ceo@acme.example'],
    [hidden, 'anna@acme.example', false, 'it is also the photo of chair@board.acme.example'],
    [hidden, 'a.lee@acme.example', false, 'it is also the photo of chair@board.acme.example'],
    [hidden, 'chair@board.acme.example', false, 'is not in'],
    [['ceo@acme.example'], 'j.smith@acme.example', false, 'is not in'],
    [['ceo@acme.example', '!x@*'], 'j.smith@acme.example', false, 'is not in'],
    [['!ceo@acme.example'], 'j.smith@acme.example', false, 'it is also the photo of'],
    [hidden, 'joe@acme.example', true, 'is in'],
    [['j.smith@acme.example'], 'j.smith@acme.example', true, 'is in'],
    [['*', '!anna@*'], 'j.smith@acme.example', true, 'is in'],
  ]
  for (const [globs, photo, isOpen, words] of rows) {
    t.test(`${photo} by ${globs.join(', ')}`, async t => {
      const condition = conditionOf(...globs)
      const evidence = evidenceOf(photo, aliasesOf)
      t.equal(condition.matches(evidence), isOpen)
      t.ok(condition.describe(evidence).includes(words), condition.describe(evidence))
      t.notOk(condition.isUndecided?.(evidence))
    })
  }
})

t.test('while the other addresses of a photo are unknown, a rule with ! admits nobody', async t => {
  const rows: [string, AliasesOf | undefined, string][] = [
    ['the folder is being read', nobodyKnows, 'the photo folder is still being read'],
    ['nobody has looked', undefined, 'the photo folder was not read'],
  ]
  for (const [title, of, reason] of rows) {
    t.test(title, async t => {
      const condition = conditionOf('*@acme.example', '!ceo@acme.example')
      const evidence = evidenceOf('joe@acme.example', of)
      t.notOk(condition.matches(evidence))
      t.ok(condition.isUndecided?.(evidence))
      t.match(condition.describe(evidence), reason)
      for (const sure of ['ceo@acme.example', 'joe@other.example', undefined])
        t.notOk(condition.isUndecided?.(evidenceOf(sure, of)), `${sure} is decided`)
    })
  }
})

t.test('a rule without ! does not ask for the other addresses of a photo', async t => {
  const asking: AliasesOf = () => t.fail('asked') as never
  t.ok(conditionOf('*@acme.example').matches(evidenceOf('joe@acme.example', asking)))
  t.notOk(excludesPeople({ name: 'x', conditions: [conditionOf('*')] }))
  t.ok(excludesPeople({ name: 'x', conditions: [conditionOf('*', '!x@*')] }))
})

t.test('a policy is undecided only when a rule would otherwise admit', async t => {
  const evidence = evidenceOf('joe@acme.example', nobodyKnows)
  const hides = conditionOf('*', '!ceo@*')
  const never = { ...conditionOf('x@*'), kind: 'from' } as const
  const policyOf = (...lists: (typeof hides)[][]) => ({
    rules: lists.map(conditions => ({ name: 'x', conditions })),
    cookieNames: new Set<string>(),
  })
  t.match(decide(policyOf([hides, never], [never], []), evidence), { reason: 'no-rule' })
  t.match(decide(policyOf([never], [hides]), evidence), { reason: 'person-unknown' })
})

t.test('one list of addresses is searched once', async t => {
  let searched = 0
  const aliases = new Proxy(['joe@acme.example', 'j@acme.example'], {
    get: (list, key) => {
      if (key === 'find') searched++
      return Reflect.get(list, key)
    },
  })
  const condition = conditionOf('*@acme.example', '!ceo@acme.example')
  const evidence = evidenceOf('joe@acme.example', () => aliases)
  t.ok(condition.matches(evidence))
  t.ok(condition.matches(evidence))
  t.equal(searched, 1)
})
