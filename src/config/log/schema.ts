// The shape of what the configuration says of the log. What the formats look like: deploy/docs/operations.md.
import Type from 'typebox'
import { object, size } from '../schema/parts.ts'

const maxKeep = 1_000

export const rotate = object(
  {
    size: size('the size that the file does not grow beyond, from 64KiB', '64MiB'),
    keep: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: maxKeep,
        description: `how many full files to keep, from 1 to ${maxKeep}: file.1 is the newest`,
        examples: [7],
        default: 7,
      }),
    ),
  },
  {
    description:
      'the gate begins a new file when this one is full. Without it the file grows, for logrotate or another program to rotate.',
    examples: [{ size: '64MiB', keep: 7 }],
  },
)

export const log = object(
  {
    format: Type.Optional(
      Type.Enum(['json', 'text', 'combined'], {
        description:
          'the form of a line: json is an object, text is for people, combined is as in the access log of Apache. With combined, messages of the program go to standard error. Default: text in colours on a terminal, json elsewhere.',
        examples: ['combined'],
      }),
    ),
    file: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'a file that lines are appended to, relative to the configuration, and created with mode 0640. Default: standard output. SIGUSR2 opens it anew, for logrotate.',
        examples: ['/var/log/photogate/photogate.log'],
      }),
    ),
    rotate: Type.Optional(rotate),
  },
  {
    description:
      'where a line for each request and the messages of the program are written, and how',
    examples: [{ format: 'json', file: '/var/log/photogate/photogate.log' }],
  },
)
