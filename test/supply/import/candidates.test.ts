// Which address gets which person's picture: properties that hold for any lists of sources.
import t from 'tap'
import type { Candidates } from '../../../src/supply/import/candidates.ts'
import { findCandidates } from '../../../src/supply/import/candidates.ts'
import type { Listing, Owner } from '../../../src/supply/import/claims.ts'
import { fc, holds } from '../../fixtures/property.ts'

// Few addresses, so that they clash.
const address = fc.constantFrom(...'abcdef'.split('').map(letter => `${letter}@acme.example`))
const person = fc.record({
  addresses: fc.uniqueArray(address, { minLength: 1, maxLength: 3 }),
  photo: fc.constantFrom('present', 'absent', 'unknown' as const),
})
const listings = fc.array(
  fc.record({ persons: fc.array(person, { maxLength: 5 }), isWhole: fc.boolean() }),
  { maxLength: 4 },
)
const owned = fc.dictionary(
  address,
  fc.record({
    source: fc.constantFrom('0', '1', '2', '3'),
    key: fc.constantFrom('0', '1', '2', '3', '4'),
  }),
)

type Drawn = { persons: { addresses: string[]; photo: string }[]; isWhole: boolean }[]
const build = (drawn: Drawn): Listing[] =>
  drawn.map(({ persons, isWhole }, source) => ({
    ...{ source: String(source), isWhole },
    persons: persons.map(
      (fields, key) =>
        ({ ...fields, key: String(key), version: undefined }) as Listing['persons'][0],
    ),
  }))
const ask = (drawn: Drawn, own: Record<string, Owner>) =>
  findCandidates(build(drawn), new Map(Object.entries(own)))
const choicesOf = ({ groups }: Candidates) =>
  new Map(groups.flatMap(group => group.addresses.map(found => [found, group.choices] as const)))

t.test(
  'an address gets the picture of its person, and an alias follows the main address',
  async t => {
    holds(
      t,
      fc.property(listings, owned, (drawn, own) => {
        const all = choicesOf(ask(drawn, own))
        const mains = (found: string) =>
          drawn.flatMap(({ persons }) =>
            persons.flatMap(({ addresses: [main = '', ...aliases] }) =>
              aliases.includes(found) ? [main] : [],
            ),
          )
        return [...all].every(([found, choices]) =>
          choices.every(
            choice =>
              choice === 'hold' ||
              choice.person.addresses.includes(found) ||
              mains(found).some(main => all.get(main)?.includes(choice)),
          ),
        )
      }),
      2_000,
    )
  },
)

t.test('when people of several sources have an address, earlier sources come first', async t => {
  holds(
    t,
    fc.property(listings, owned, (drawn, own) =>
      [...choicesOf(ask(drawn, own))].every(([found, choices]) => {
        const people = choices.filter(choice => choice !== 'hold')
        const order = people
          .filter(({ person }) => person.addresses.includes(found))
          .map(({ listing }) => Number(listing.source))
        return (
          order.every((source, at) => source >= (order[at - 1] ?? 0)) &&
          new Set(people.map(({ person }) => person)).size === people.length &&
          !choices.slice(0, -1).includes('hold')
        )
      }),
    ),
    2_000,
  )
})

t.test(
  'an address of several people in one source is a conflict, and that source gives it to nobody',
  async t => {
    holds(
      t,
      fc.property(listings, owned, (drawn, own) => {
        const candidates = ask(drawn, own)
        const choices = choicesOf(candidates)
        return drawn.every(({ persons }, source) =>
          'abcdef'.split('').every(letter => {
            const found = `${letter}@acme.example`
            const claims = persons.filter(({ addresses }) => addresses.includes(found)).length
            const isConflict = candidates.conflicts.some(
              conflict => conflict.source === String(source) && conflict.address === found,
            )
            const given = (choices.get(found) ?? []).some(
              choice =>
                choice !== 'hold' &&
                choice.listing.source === String(source) &&
                choice.person.addresses.includes(found),
            )
            return (isConflict || claims < 2) && !(isConflict && given)
          }),
        )
      }),
      2_000,
    )
  },
)

t.test('the order in which a source lists people makes no difference', async t => {
  const told = (candidates: Candidates) => ({
    choices: [...choicesOf(candidates)]
      .map(([found, choices]) => [
        found,
        choices.map(choice => (choice === 'hold' ? 'hold' : choice.person.addresses.join())),
      ])
      .sort(([a], [b]) => ((a as string) < (b as string) ? -1 : 1)),
    conflicts: candidates.conflicts.map(conflict => conflict.address).sort(),
  })
  holds(
    t,
    fc.property(listings, owned, (drawn, own) => {
      const reversed = drawn.map(({ persons, isWhole }) => ({
        persons: persons.toReversed(),
        isWhole,
      }))
      return JSON.stringify(told(ask(drawn, own))) === JSON.stringify(told(ask(reversed, own)))
    }),
    2_000,
  )
})

t.test('photos of a source that has not listed everybody are kept', async t => {
  holds(
    t,
    fc.property(listings, owned, (drawn, own) => {
      const choices = choicesOf(ask(drawn, own))
      return Object.entries(own).every(([found, { source }]) => {
        const listing = drawn[Number(source)]
        return listing === undefined || listing.isWhole || choices.has(found)
      })
    }),
    2_000,
  )
})

t.test(
  'a photo is misplaced only when another person has the address and the owner no longer has it',
  async t => {
    holds(
      t,
      fc.property(listings, owned, (drawn, own) => {
        const { misplaced } = ask(drawn, own)
        return Object.entries(own).every(([found, { source, key }]) => {
          const owner = drawn[Number(source)]?.persons[Number(key)]
          const having = drawn.flatMap(({ persons }) =>
            persons.filter(({ addresses }) => addresses.includes(found)),
          )
          const isTheirs = having.some(({ addresses: [main = ''] }) =>
            owner?.addresses.includes(main),
          )
          return !misplaced.has(found) || (owner !== undefined && having.length > 0 && !isTheirs)
        })
      }),
      2_000,
    )
  },
)
