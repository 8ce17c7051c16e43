// The shape of what the configuration says of signed links and guest passes. Their format: deploy/docs/links.md.
import Type from 'typebox'
import { object, oneOrMore } from '../schema/parts.ts'

export const links = object(
  {
    secrets: oneOrMore(
      Type.String({
        minLength: 1,
        description:
          'a file with at least 32 random bytes in base64 and nothing else, as openssl rand -base64 32 prints them',
        examples: ['link.secret'],
      }),
      {
        description:
          'files with secrets, relative to the configuration. The first signs new links and passes, and those of all of them count.',
        examples: [['link.secret']],
      },
    ),
  },
  {
    description: 'the secrets that links and guest passes are signed with',
    examples: [{ secrets: ['link.secret'] }],
  },
)

export const linkCondition = Type.Enum(['signed'], {
  description:
    'signed. The URL must be a link that photogate link has signed for this photo, and that has not expired.',
  examples: ['signed'],
})

export const passCondition = Type.Enum(['signed'], {
  description:
    'signed. The client must have a guest pass that photogate pass has signed, that opens this photo and has not expired. Guests get it as a cookie, by the link of their invitation.',
  examples: ['signed'],
})
