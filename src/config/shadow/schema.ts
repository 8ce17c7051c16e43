// The shape of what the configuration says of the next one. How it is judged and promoted: deploy/docs/admin.md.
import Type from 'typebox'

export const shadow = Type.String({
  minLength: 1,
  description:
    'the next configuration, relative to this one. Each request is also judged by it, without effect, and the admin page and the metrics say what would change; needs admin. photogate promote puts it into the place of this one.',
  examples: ['next.yaml'],
})
