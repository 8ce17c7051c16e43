// Rules that skip others, chains, and tests of the path: which clients are admitted.
import t from 'tap'
import { convertBlock } from '../fixtures/httpd.ts'

const from = (network: string) => `RewriteCond %{REMOTE_ADDR} ^${network}\\.`
const notFrom = (network: string) => `RewriteCond %{REMOTE_ADDR} !^${network}\\.`
const rule = (flags: string) => `RewriteRule ^ - [${flags}]`
const uri = (pattern: string) => `RewriteCond %{REQUEST_URI} ${pattern}`

const rows: readonly (readonly [
  title: string,
  lines: readonly string[],
  networks: readonly string[],
])[] = [
  ['a skip past the only rule', [from('10'), rule('S=1'), rule('F')], ['10.0.0.0/8']],
  [
    'a skip of two of three',
    [from('10'), rule('skip=2'), rule('F'), rule('F'), notFrom('11'), rule('F')],
    [],
  ],
  ['a skip of none', [from('10'), rule('S=0'), notFrom('11'), rule('F')], ['11.0.0.0/8']],
  ['a skip past the end', [from('10'), rule('S=99'), rule('F')], ['10.0.0.0/8']],
  [
    'a skip past a rule that admits',
    [from('10'), rule('S=1'), from('10'), rule('L'), notFrom('11'), rule('F')],
    ['11.0.0.0/8'],
  ],
  [
    'a chain needs all of its rules',
    [notFrom('10'), rule('C'), notFrom('11'), rule('F')],
    ['10.0.0.0/8', '11.0.0.0/8'],
  ],
  [
    'a chain whose first rule fails is skipped to its end',
    [from('10'), rule('C'), rule('chain'), rule('F'), notFrom('11'), rule('F')],
    ['11.0.0.0/8'],
  ],
  [
    'a chain for another path is skipped',
    ['RewriteRule ^/robots\\.txt$ - [C]', rule('F'), notFrom('11'), rule('F')],
    ['11.0.0.0/8'],
  ],
  [
    'a skip into a chain whose start is for another path',
    [
      from('10'),
      rule('S=1'),
      'RewriteRule ^/robots\\.txt$ - [C]',
      rule('F'),
      notFrom('10'),
      rule('F'),
    ],
    [],
  ],
  ['the path of every photo', [uri('\\.jpg$'), notFrom('10'), rule('F')], ['10.0.0.0/8']],
  [
    'the path of no photo',
    [uri('=/favicon.ico'), rule('F'), notFrom('10'), rule('F')],
    ['10.0.0.0/8'],
  ],
  ['the path of some photos', [uri('^/joe'), rule('F'), notFrom('10'), rule('F')], []],
  ['a path that photos may have', [uri('^/pics/'), notFrom('10'), rule('F'), rule('F')], []],
]

for (const [title, lines, networks] of rows) {
  t.test(title, async t => {
    const conversion = convertBlock(`RewriteEngine On\n${lines.join('\n')}`)
    t.strictSame(conversion.networks.flatMap(({ blocks }) => blocks).sort(), networks)
    if (networks.length > 0) t.strictSame(conversion.leftovers, [])
    else t.not(conversion.leftovers.length, 0)
  })
}
