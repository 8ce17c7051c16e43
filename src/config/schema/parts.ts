// The bricks of the configuration's schema: mappings that know their keys, and lists where one may
// stand for itself.
import type { Static, TProperties, TSchema } from 'typebox'
import Type from 'typebox'

export type Words = {
  description: string
  /** The first one is what messages tell people to write. */
  examples: unknown[]
}

/** A mapping that knows no further keys. */
export const closed = { additionalProperties: false }
export const object = <T extends TProperties>(properties: T, words: Words) =>
  Type.Object(properties, { ...closed, ...words })
export const list = <T extends TSchema>(item: T, words: Words) =>
  Type.Array(item, { minItems: 1, ...words })
export const oneOrMore = <T extends TSchema>(item: T, words: Words) =>
  Type.Union([item, list(item, words)], words)

/** The same of mappings; one without brackets is a list before the check (accepted-forms.ts). */
export const listOrOne = <T extends TSchema>(item: T, words: Words) =>
  Type.Unsafe<Static<T>[]>(oneOrMore(item, words))
