// The schema of the photos that a rule opens, and of the groups that it may name.
import type { Static } from 'typebox'
import Type from 'typebox'
import { namePattern } from './formats.ts'
import { closed, list, object, oneOrMore } from './parts.ts'

const names = (description: string) =>
  oneOrMore(
    Type.String({ format: 'group-name', description: 'the name of a group', examples: ['board'] }),
    { description, examples: ['board'] },
  )

const part = Type.Union(
  [
    Type.String({
      format: 'photo-glob',
      description: 'a glob over mail addresses; ! excludes',
      examples: ['*@acme.example', '!ceo@acme.example'],
    }),
    object(
      { group: names('names of groups. Opens the addresses in any of them.') },
      { description: 'groups to open', examples: [{ group: 'board' }] },
    ),
    object(
      {
        notGroup: names(
          'names of groups. Hides the people in any of them, under every other address too.',
        ),
      },
      { description: 'groups to hide', examples: [{ notGroup: 'board' }] },
    ),
  ],
  {
    description: 'a glob over mail addresses, { group: NAME } or { notGroup: NAME }',
    examples: [{ group: 'board' }],
  },
)

const photoListWords = {
  description:
    'globs over mail addresses, and groups. ! and notGroup exclude. The photo asked for must match one glob or be in one group, and match no exclusion. An exclusion hides the person under every other address too.',
  examples: [['*@acme.example']],
}

/** One mapping without brackets becomes a list before the check (accepted-forms.ts). */
export const photoList = Type.Unsafe<string | Static<typeof part>[]>(
  Type.Union([part, list(part, photoListWords)], photoListWords),
)

export type PhotoListText = Static<typeof photoList>

export const groups = Type.Record(
  Type.String({ pattern: namePattern.source }),
  object(
    {
      file: Type.String({
        minLength: 1,
        description:
          'a file with one mail address or glob a line, relative to the configuration. # begins a comment.',
        examples: ['board.txt'],
      }),
    },
    {
      description: 'a file of mail addresses. Rules use the name in photos.',
      examples: [{ file: 'board.txt' }],
    },
  ),
  {
    ...closed,
    description: 'groups of people by name',
    examples: [{ board: { file: 'board.txt' } }],
  },
)
