// The building blocks of the configuration's schema: closed mappings, lists that one item may stand for, and defaults.
import type { Static, TObject, TProperties, TSchema } from 'typebox'
import Type from 'typebox'

export type Words = {
  /** Its first sentence says what to write, and messages quote it. The rest is for the reference and for editors. */
  description: string
  /** The first one is what messages tell people to write. */
  examples: unknown[]
  /** What the setting is when the configuration leaves it out. Stands here and nowhere else. */
  default?: unknown
}

/** A mapping that refuses unknown keys. */
export const closed = { additionalProperties: false }
export const object = <T extends TProperties>(properties: T, words: Words) =>
  Type.Object(properties, { ...closed, ...words })
export const list = <T extends TSchema>(item: T, { description, examples }: Words) =>
  Type.Array(item, { minItems: 1, description, examples })
export const oneOrMore = <T extends TSchema>(item: T, words: Words) =>
  Type.Union([item, list(item, words)], words)

/** A list of mappings. One mapping without brackets becomes a list before the check (accepted-forms.ts). */
export const listOrOne = <T extends TSchema>(item: T, words: Words) =>
  Type.Unsafe<Static<T>[]>(oneOrMore(item, words))

/** An optional duration. The default is the example, too. */
export const duration = (description: string, fallback: string) =>
  Type.Optional(
    Type.String({ format: 'duration', description, examples: [fallback], default: fallback }),
  )

/** An optional size in bytes. The default is the example, too. */
export const size = (description: string, fallback: string) =>
  Type.Optional(
    Type.String({ format: 'size', description, examples: [fallback], default: fallback }),
  )

/**
 * What the schema says a key of a mapping is when the configuration leaves it out.
 * @throws Error for a key without a default: a fault of the program.
 */
export function defaultOf<P extends TProperties, K extends keyof P & string>(
  { properties }: TObject<P>,
  key: K,
): NonNullable<Static<P[K]>> {
  const { default: value } = properties[key] as { default?: unknown }
  if (value === undefined) throw new Error(`the schema has no default for ${key}`)
  return value as NonNullable<Static<P[K]>>
}
