// The shape of what the configuration says of the photo supply: the sources, and the limits of an import.
import Type from 'typebox'
import { duration, listOrOne, object, size } from '../schema/parts.ts'
import { sourceExample, supplySource } from './source-schema.ts'

export const fit = object(
  {
    maxPixels: Type.Optional(
      Type.Integer({
        minimum: 16,
        maximum: 4_096,
        description:
          'the longest side of a photo in pixels, 16 to 4096. Larger photos are scaled down when they are imported.',
        examples: [320],
        default: 320,
      }),
    ),
    // Sametime's clients show no photo that is larger (HCL, admin_st_buscard).
    maxBytes: size(
      'the size of a photo. HCL wants less than 45 KB for Sametime and advises 10 KB.',
      '45KB',
    ),
  },
  { description: 'how large photos may be', examples: [{ maxPixels: 320 }] },
)

const maxRemovalsWords = {
  description:
    'a share of the photos, or a number of them. An import that would remove more stops, unless it is forced.',
  examples: ['10%'],
}

export const supply = object(
  {
    fit: Type.Optional(fit),
    removeAfter: duration('how long photos stay of people who have left every source', '30d'),
    maxRemovals: Type.Optional(
      Type.Union(
        [
          Type.Integer({ minimum: 0, ...maxRemovalsWords }),
          Type.String({ format: 'share', ...maxRemovalsWords }),
        ],
        { ...maxRemovalsWords, default: '10%' },
      ),
    ),
    schedule: Type.Optional(
      Type.String({
        format: 'schedule',
        description:
          "when serve imports: minute, hour, day, month, day of the week. By the machine's clock. Without it, serve imports nothing.",
        examples: ['15 2 * * *'],
      }),
    ),
    timeLimit: duration(
      'how long an import may take before it is stopped. To list one source it may take half of that.',
      '2h',
    ),
    sources: listOrOne(supplySource, {
      description: 'where photos come from; earlier ones win',
      examples: [[sourceExample]],
    }),
  },
  { description: 'where photos come from', examples: [{ sources: [sourceExample] }] },
)
