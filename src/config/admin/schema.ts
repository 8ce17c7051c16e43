// The shape of what the configuration says of the admin listener. What it serves: deploy/docs/admin.md.
import Type from 'typebox'
import { maxPort, tls } from '../listen/schema.ts'
import { object, oneOrMore } from '../schema/parts.ts'

const portWords = {
  description: 'a TCP port from 0 to 65535, and none of listen; 0 takes a free one',
  examples: [8090],
  default: 8090,
}

export const admin = object(
  {
    host: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'an address of this machine. Any other than 127.0.0.1, ::1 or localhost needs tokenFile and tls.',
        examples: ['127.0.0.1'],
        default: '127.0.0.1',
      }),
    ),
    port: Type.Optional(
      Type.Union(
        [
          Type.Integer({
            minimum: 0,
            maximum: maxPort,
            description: portWords.description,
            examples: portWords.examples,
          }),
          Type.String({
            format: 'port',
            description: portWords.description,
            examples: portWords.examples,
          }),
        ],
        portWords,
      ),
    ),
    tokenFile: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'a file with the token to sign in with: at least 32 random characters and nothing else, as openssl rand -base64 32 prints them. Without it, the page shows everything to every user of this machine, and changes nothing.',
        examples: ['admin.token'],
      }),
    ),
    tls: Type.Optional(tls),
    history: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'a file in which the page keeps its history over a restart, beside nothing else: it is replaced every 10 minutes and at the stop. Each gate needs its own. Without the key it is `admin-history.json` in `$STATE_DIRECTORY`, which systemd sets for a service with `StateDirectory=`; without that the history begins anew with each start.',
        examples: ['admin-history.json'],
      }),
    ),
    names: Type.Optional(
      oneOrMore(
        Type.String({
          format: 'host-name',
          description: 'a host name without a port',
          examples: ['photos-admin.acme.example'],
        }),
        {
          description:
            'further host names by which browsers may ask for the page. Any other name than localhost, host and the names of the certificate is refused, because a stranger could have it point here (DNS rebinding).',
          examples: [['photos-admin.acme.example']],
        },
      ),
    ),
  },
  {
    description:
      'a listener of its own for probes, metrics and the page for administrators, never on an address of listen. Without this key there is none.',
    examples: [{ host: '127.0.0.1', port: 8090 }],
  },
)
