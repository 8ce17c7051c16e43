import t from 'tap'
import type { AliasesOf, Evidence } from '../../src/policy/condition.ts'
import { photosCondition } from '../../src/policy/photo-condition.ts'
import { buildPhotoGroup, findMember } from '../../src/policy/photo-group.ts'
import type { PhotoPart } from '../../src/policy/photo-list.ts'
import { buildPhotoList, describeGroup } from '../../src/policy/photo-list.ts'
import { excludesPeople } from '../../src/policy/policy.ts'
import { parseAddress } from '../../src/text/mail-address.ts'
import { fc, holds } from '../fixtures/property.ts'

const board = buildPhotoGroup('board', {
  addresses: ['ceo@acme.example', 'ann@acme.example'],
  globs: ['*@Board.acme.example'],
})
const sales = buildPhotoGroup('sales', { addresses: ['joe@acme.example'], globs: [] })
const nobody = buildPhotoGroup('nobody', { addresses: [], globs: [] })

const people = [
  ['ceo@acme.example', 'j.smith@acme.example'],
  ['chair@board.acme.example', 'anna@acme.example'],
]
const aliasesOf: AliasesOf = address =>
  people.find(all => all.includes(address))?.filter(other => other !== address) ?? []
const unread: AliasesOf = () => ({ unknown: 'the photo folder is still being read' })

const conditionOf = (...parts: PhotoPart[]) => photosCondition(buildPhotoList(parts))
const evidenceOf = (
  photo: string | undefined,
  of: AliasesOf | undefined = aliasesOf,
): Evidence => ({
  ...{ client: undefined, cookies: [], photo, aliasesOf: of },
})

t.test('a hidden group hides its people under every address', async t => {
  const all = ['*@acme.example', { notGroup: board }] as const
  const rows: [parts: readonly PhotoPart[], photo: string, words: string][] = [
    [
      all,
      'ceo@acme.example',
      'photo ceo@acme.example is not in *@acme.example, notGroup board: it is in group board',
    ],
    [
      all,
      'j.smith@acme.example',
      'photo j.smith@acme.example is not in *@acme.example, notGroup board: it is also the photo of ceo@acme.example, which is in group board',
    ],
    [
      all,
      'anna@acme.example',
      'photo anna@acme.example is not in *@acme.example, notGroup board: it is also the photo of chair@board.acme.example, which is in group board, by *@board.acme.example',
    ],
    [
      [{ notGroup: board }],
      'chair@board.acme.example',
      'photo chair@board.acme.example is not in notGroup board: it is in group board, by *@board.acme.example',
    ],
    [
      [{ group: board }, { notGroup: board }],
      'ceo@acme.example',
      'photo ceo@acme.example is not in group board, notGroup board: it is in group board',
    ],
    [
      [{ group: board }, '!ceo@acme.example'],
      'ceo@acme.example',
      'photo ceo@acme.example is not in group board, !ceo@acme.example',
    ],
    [
      [{ group: sales }, '!ceo@*', { notGroup: board }],
      'j.smith@acme.example',
      'photo j.smith@acme.example is not in group sales, !ceo@*, notGroup board',
    ],
    [
      ['*', '!ceo@*', { notGroup: board }],
      'j.smith@acme.example',
      'photo j.smith@acme.example is not in *, !ceo@*, notGroup board: it is also the photo of ceo@acme.example',
    ],
  ]
  for (const [parts, photo, words] of rows) {
    t.test(words, async t => {
      const condition = conditionOf(...parts)
      t.equal(condition.matches(evidenceOf(photo)), false)
      t.equal(condition.describe(evidenceOf(photo)), words)
      t.notOk(condition.isUndecided?.(evidenceOf(photo)))
    })
  }
})

t.test('an opened group opens the addresses in it, and not those of the same people', async t => {
  const rows: [parts: PhotoPart[], photo: string, isOpen: boolean, words: string][] = [
    [[{ group: board }], 'j.smith@acme.example', false, 'is not in group board'],
    [[{ group: board }], 'anna@acme.example', false, 'is not in group board'],
    [[{ group: board }], 'ann@acme.example.org', false, 'is not in group board'],
    [[{ group: board }], 'ann@acme.exampl', false, 'is not in group board'],
    [[{ group: nobody }], 'ann@acme.example', false, 'is not in group nobody'],
    [[{ group: nobody }, '!x@x'], 'ann@acme.example', false, 'is not in group nobody, !x@x'],
    [[{ group: nobody }, { notGroup: board }], 'joe@acme.example', false, 'is not in group nobody'],
    [[{ group: board }], 'ann@acme.example', true, 'is in group board'],
    [
      [{ group: board }],
      'x@board.acme.example',
      true,
      'is in group board, by *@board.acme.example',
    ],
    [[{ group: board }, { group: sales }], 'joe@acme.example', true, 'is in group sales'],
    [[{ group: sales }, '*@acme.example'], 'ann@acme.example', true, 'is in group sales, *@acme'],
    [[{ group: board }, '*@acme.example'], 'ann@acme.example', true, 'is in group board, *@acme'],
    [[{ group: board }, '!ceo@acme.example'], 'ann@acme.example', true, 'is in group board'],
    [[{ group: sales }, { notGroup: board }], 'joe@acme.example', true, 'is in group sales'],
    [[{ notGroup: board }], 'joe@other.example', true, 'is in notGroup board'],
    [[{ notGroup: nobody }], 'joe@other.example', true, 'is in notGroup nobody'],
  ]
  for (const [parts, photo, isOpen, words] of rows) {
    t.test(`${photo} ${words}`, async t => {
      const condition = conditionOf(...parts)
      t.equal(condition.matches(evidenceOf(photo)), isOpen)
      t.ok(condition.describe(evidenceOf(photo)).startsWith(`photo ${photo} ${words}`))
    })
  }
})

t.test('for a person in no group, no group is named', async t => {
  const { included, excluded } = buildPhotoList([{ group: board }, { notGroup: sales }])
  t.equal(describeGroup(included, 'joe@acme.example'), undefined)
  t.equal(describeGroup(excluded, 'joe@acme.example'), 'group sales')
})

t.test('a request without a photo is in no group', async t => {
  t.notOk(conditionOf({ group: board }).matches(evidenceOf(undefined)))
  t.notOk(conditionOf({ notGroup: board }).matches(evidenceOf(undefined)))
  t.equal(conditionOf({ group: board }).describe(evidenceOf(undefined)), 'no photo was named')
})

t.test('while the other addresses are unknown, a rule with notGroup admits nobody', async t => {
  const condition = conditionOf('*@acme.example', { notGroup: board })
  for (const of of [unread, undefined]) {
    const evidence: Evidence = { ...evidenceOf('joe@acme.example'), aliasesOf: of }
    t.notOk(condition.matches(evidence))
    t.ok(condition.isUndecided?.(evidence))
    t.match(
      condition.describe(evidence),
      'may show a person that *@acme.example, notGroup board excludes',
    )
    const sure: Evidence = { ...evidence, photo: 'ceo@acme.example' }
    t.notOk(
      condition.isUndecided?.(sure),
      'a person in the group is hidden, even while other addresses are unknown',
    )
  }
  t.ok(excludesPeople({ name: 'x', conditions: [condition] }))
})

t.test('a rule that only opens groups does not ask for the other addresses', async t => {
  const asking: AliasesOf = () => t.fail('asked') as never
  t.ok(conditionOf({ group: board }).matches(evidenceOf('ann@acme.example', asking)))
  t.notOk(excludesPeople({ name: 'x', conditions: [conditionOf({ group: board })] }))
})

t.test('an address of a group matches as the same address does as a glob', async t => {
  const unit = fc.oneof(
    fc.constantFrom('İ', 'ı', 'ß', 'ẞ', 'Σ', 'ς', 'σ', '\u0307', '\u0301', '\u0345', 'K', 'Å'),
    fc.constantFrom('a', 'Z', '.', '-'),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
  )
  const local = fc.array(unit, { minLength: 1, maxLength: 5 }).map(parts => parts.join(''))
  const domain = fc.constantFrom(
    'ACME.example',
    'bücher.example',
    'xn--bcher-kva.example',
    'ΒΌΛΟΣ.example',
  )
  const other = fc.constantFrom('', 'upper', 'lower')
  holds(
    t,
    fc.property(local, domain, other, (name, host, change) => {
      const written = `${name}@${host}`
      const asked =
        change === 'upper'
          ? written.toUpperCase()
          : change === 'lower'
            ? written.toLowerCase()
            : written
      const member = parseAddress(written)
      const address = parseAddress(asked)
      if (member === undefined || address === undefined || /[*?!]/.test(written)) return true
      const byGroup = conditionOf({
        group: buildPhotoGroup('g', { addresses: [member], globs: [] }),
      })
      const byGlob = conditionOf(written)
      return byGroup.matches(evidenceOf(address)) === byGlob.matches(evidenceOf(address))
    }),
    5_000,
  )
})

t.test('among 100,000 addresses a person is looked up, and no address is compared', async t => {
  const addresses = Array.from({ length: 100_000 }, (_, at) => `p${at}@acme.example`)
  const group = buildPhotoGroup('all', { addresses, globs: ['*@board.acme.example'] })
  t.equal(group.addresses.size, 100_000)
  let looks = 0
  const noScan = new Proxy(group.addresses, {
    get: (set, key) => {
      if (key !== 'has') throw new Error(`${String(key)} of the addresses was used`)
      return (address: string) => {
        looks++
        return set.has(address)
      }
    },
  })
  const counted = { ...group, addresses: noScan }
  t.equal(findMember(counted, 'p99999@acme.example'), 'p99999@acme.example')
  t.equal(findMember(counted, 'p100000@acme.example'), undefined)
  t.equal(findMember(counted, 'x@board.acme.example'), '*@board.acme.example')
  t.equal(looks, 3)
  const hidden = conditionOf('*', { notGroup: counted })
  const aliases = ['a@acme.example', 'b@acme.example', 'p5@acme.example']
  t.notOk(hidden.matches(evidenceOf('c@acme.example', () => aliases)))
  t.equal(looks, 7, 'one look-up for each address of the person')
})
