// The shape of what the configuration says of the photo supply: the sources, and what is made of their
// photos.
import Type from 'typebox'
import { listOrOne, object } from '../schema/parts.ts'
import { sourceExample, supplySource } from './source-schema.ts'

const fit = object(
  {
    maxPixels: Type.Optional(
      Type.Integer({
        minimum: 16,
        maximum: 4_096,
        description: 'the longest side of a photo in pixels, 16 to 4096',
        examples: [320],
      }),
    ),
    maxBytes: Type.Optional(
      Type.String({ format: 'size', description: 'the size of a photo', examples: ['45KB'] }),
    ),
  },
  { description: 'how large photos may be', examples: [{ maxPixels: 320 }] },
)

const maxRemovalsWords = {
  description: 'a share of the photos, or a number of them',
  examples: ['10%'],
}

export const supply = object(
  {
    fit: Type.Optional(fit),
    removeAfter: Type.Optional(
      Type.String({
        format: 'duration',
        description: 'how long photos stay of people who have left every source',
        examples: ['30d'],
      }),
    ),
    maxRemovals: Type.Optional(
      Type.Union(
        [
          Type.Integer({ minimum: 0, ...maxRemovalsWords }),
          Type.String({ format: 'share', ...maxRemovalsWords }),
        ],
        maxRemovalsWords,
      ),
    ),
    schedule: Type.Optional(
      Type.String({
        format: 'schedule',
        description: 'when serve imports: minute, hour, day, month, day of the week',
        examples: ['15 2 * * *'],
      }),
    ),
    timeLimit: Type.Optional(
      Type.String({
        format: 'duration',
        description: 'how long an import may take before it is stopped',
        examples: ['2h'],
      }),
    ),
    sources: listOrOne(supplySource, {
      description: 'where photos come from; earlier ones win',
      examples: [[sourceExample]],
    }),
  },
  { description: 'where photos come from', examples: [{ sources: [sourceExample] }] },
)
