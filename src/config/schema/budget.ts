// The configuration's shape: what a rule counts, by distinct people.
import Type from 'typebox'
import { duration, object, oneOrMore } from './parts.ts'

const maxBudgetPeople = 10_000
const maxAlarmPeople = 100_000

const people = (words: string, example: number, maximum = maxBudgetPeople) =>
  Type.Integer({
    minimum: 1,
    maximum,
    description: `a number of people from 1 to ${maximum}: ${words}`,
    examples: [example],
  })

const misses = (words: string, example: number) =>
  Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: maxBudgetPeople,
      description: `a number of names from 0 to ${maxBudgetPeople}: ${words}`,
      examples: [example],
    }),
  )

const shared = object(
  {
    networks: oneOrMore(
      Type.String({
        format: 'network-or-name',
        description: 'a network, or the name of one',
        examples: ['partner-office'],
      }),
      {
        description: 'networks whose people all come from one address (NAT), or names of them',
        examples: [['partner-office']],
      },
    ),
    people: people('whom each address of these networks may ask for', 400),
    misses: misses(
      'those of them that may be without a photo. Default: in proportion to people.',
      100,
    ),
  },
  {
    description: 'another budget for addresses that many guests share',
    examples: [{ networks: ['partner-office'], people: 400 }],
  },
)

export const budget = object(
  {
    people: people(
      'whom a client may ask for, with and without a photo. The addresses of one person count as one, and asking again is free.',
      40,
    ),
    per: duration(
      'the window in which people are counted, from 1s to 31d. It slides: a person leaves it when the client has not asked for it for so long.',
      '1h',
    ),
    misses: misses(
      'those of them that may be without a photo. One more spends the whole budget. Default: all of them.',
      10,
    ),
    shared: Type.Optional(shared),
  },
  {
    description:
      'how many distinct people each client may ask for. A client is an IPv4 address, an IPv6 /64 or, on a rule with ltpa, a user. To a client that has spent its budget, every further person is an unknown photo.',
    examples: [{ people: 40, per: '1h', misses: 10 }],
  },
)

export const alarm = object(
  {
    people: people('whom all clients of the rule together may ask for', 500, maxAlarmPeople),
    per: duration('the window in which people are counted, from 1s to 31d', '1h'),
  },
  {
    description:
      'a limit for all clients of the rule together. Passing it writes one line at level error and refuses nothing.',
    examples: [{ people: 500, per: '1h' }],
  },
)

export const canaries = oneOrMore(
  Type.String({
    format: 'mail-address',
    description: 'a mail address that no directory shows',
    examples: ['trap.person@acme.example'],
  }),
  {
    description:
      'mail addresses that no directory shows, so that only a client that guesses asks for them. Asking for one spends the whole budget and writes one line at level error.',
    examples: [['trap.person@acme.example']],
  },
)
