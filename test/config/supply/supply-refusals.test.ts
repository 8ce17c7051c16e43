// The photo supply of the configuration: every value that is malformed, out of bounds or does not go with another, with its
// place and what to write.
import { rmSync, symlinkSync } from 'node:fs'
import t from 'tap'
import { fc, holds } from '../../fixtures/property.ts'
import type { SupplyRow } from '../../fixtures/supply-config.ts'
import {
  beside,
  connections,
  first,
  ldap,
  of,
  openSupplyConfig,
  profiles,
  refuseRows,
  rule,
  second,
  sftp,
  tdi,
  whole,
} from '../../fixtures/supply-config.ts'

const config = openSupplyConfig(t)
const { home, path } = config
const refuses = refuseRows(t, config)

const noSchedule = 'is not a schedule; write minute, hour, day, month, day of the week: 15 2 * * *'

refuses('a malformed value or one out of bounds is refused', [
  [
    'no supply',
    `${rule}\nsupply: drop`,
    [
      'photogate.yaml:2:9 supply "drop" does not fit; write where photos come from, like {"sources":[{"folder":"drop"}]}',
    ],
  ],
  [
    'no sources',
    `${rule}\nsupply: {}`,
    ['photogate.yaml:2:9 supply.sources is missing; add sources: [{"folder":"drop"}]'],
  ],
  [
    'an empty list',
    of(),
    [
      'photogate.yaml:2:20 supply.sources [] does not fit; write where photos come from; earlier ones win, like [{"folder":"drop"}]',
    ],
  ],
  [
    'a folder without a name',
    of('{ folder: "" }'),
    [first(31, '.folder "" does not fit; write a folder of emailaddress.jpg files, like drop')],
  ],
  [
    'a number for a folder',
    of('{ folder: 7 }'),
    [first(31, '.folder 7 is a number to YAML, and a text is due; write "7" in quotes')],
  ],
  [
    'a name with a space',
    of('{ name: "a b", folder: drop }'),
    [
      first(
        29,
        '.name "a b" is not a name; begin with a letter, go on with letters, digits, - and _',
      ),
    ],
  ],
  [
    'attributes',
    of(`{ mail: "a b", photo: [jpegPhoto, 1x], ${ldap} }`),
    [
      first(29, '.mail "a b" is not an attribute; write mail'),
      first(55, '.photo[1] "1x" is not an attribute; write mail'),
    ],
  ],
  [
    'an empty list of attributes',
    of(`{ mail: [], ${ldap} }`),
    [
      first(
        29,
        '.mail [] does not fit; write the attributes with mail addresses, the main one first, like ["mail","proxyAddresses"]',
      ),
    ],
  ],
  [
    'a page of no entries',
    of(`{ pageSize: 0, ${ldap} }`),
    [
      first(
        33,
        '.pageSize 0 does not fit; write how many entries to ask for at once, 1 to 100000, like 500',
      ),
    ],
  ],
  [
    'startTls in words',
    of(`{ startTls: yes, ${ldap} }`),
    [first(33, '.startTls "yes" is not taken for yes or no; write true')],
  ],
  [
    'many requests at once',
    of(`{ parallel: 65, ${profiles} }`),
    [
      first(
        33,
        '.parallel 65 does not fit; write how many requests may be under way at once, 1 to 64, like 4',
      ),
    ],
  ],
  [
    'ways to sign in and to look up',
    of(`{ signIn: fom, lookup: name, ${profiles} }`),
    [
      first(31, '.signIn "fom" is not known; did you mean form?'),
      first(44, '.lookup "name" is not known; write email or uid'),
    ],
  ],
  ...['0 15 2 * * *', '15 2 * *', '@daily', '61 2 * * *', 'every night', ''].map(
    (text): SupplyRow => [
      `schedule "${text}"`,
      beside(`schedule: "${text}"`),
      [`photogate.yaml:2:50 supply.schedule "${text}" ${noSchedule}`],
    ],
  ),
  [
    'a day that no year has',
    beside('schedule: "15 2 30 2 *"'),
    ['photogate.yaml:2:50 supply.schedule "15 2 30 2 *" never comes; write 15 2 * * *'],
  ],
  ...['101%', '-1%', '1.2345%', 'ten%', '%', '7'].map(
    (text): SupplyRow => [
      `maxRemovals "${text}"`,
      beside(`maxRemovals: "${text}"`),
      [`photogate.yaml:2:53 supply.maxRemovals "${text}" is not a share; write 10%`],
    ],
  ),
  ...['-1', '1.5', '[10]'].map(
    (text): SupplyRow => [
      `maxRemovals ${text}`,
      beside(`maxRemovals: ${text}`),
      [
        `photogate.yaml:2:53 supply.maxRemovals ${text} does not fit; write a share of the photos, or a number of them, like 10%`,
      ],
    ],
  ),
  [
    'a duration without a unit',
    beside('removeAfter: 30'),
    ['photogate.yaml:2:53 supply.removeAfter 30 has no unit; write 30s, 30m, 30h or 30d'],
  ],
  [
    'a duration in weeks',
    beside('removeAfter: 4w'),
    ['photogate.yaml:2:53 supply.removeAfter "4w" is not a duration; write 28d'],
  ],
  [
    'a size without a unit',
    beside('fit: { maxBytes: 45000 }'),
    [
      'photogate.yaml:2:57 supply.fit.maxBytes 45000 has no unit; write 45000MiB, 45000KB or 45000B',
    ],
  ],
  [
    'no room',
    beside('fit: { maxBytes: 1999B }'),
    ['photogate.yaml:2:57 supply.fit.maxBytes "1999B" leaves no room for a photo; write 45KB'],
  ],
  ...[15, 4097, '"320"'].map(
    (pixels): SupplyRow => [
      `${pixels} pixels`,
      beside(`fit: { maxPixels: ${pixels} }`),
      [
        `photogate.yaml:2:58 supply.fit.maxPixels ${pixels} does not fit; write the longest side of a photo in pixels, 16 to 4096, like 320`,
      ],
    ],
  ),
])

refuses('keys that do not go together are refused', [
  [
    'startTls on ldaps://',
    of(`{ startTls: true, ${ldap} }`),
    [first(33, '.startTls is for ldap://; ldaps:// is encrypted from the start, so leave it out')],
  ],
  ['bind alone', of(`{ bind: cn=a, ${ldap} }`), [first(29, '.bind needs passwordFile beside it')]],
  [
    'passwordFile alone',
    of(`{ passwordFile: ldap.pw, ${ldap} }`),
    [first(37, '.passwordFile needs bind beside it')],
  ],
  [
    'bind with a passwordFile that is refused',
    of(`{ bind: cn=a, passwordFile: "", ${ldap} }`),
    [
      first(
        49,
        '.passwordFile "" does not fit; write a file with the password of bind and nothing else, like ldap.pw',
      ),
    ],
  ],
  [
    'the folder that photos go to',
    of('{ folder: photos/ }'),
    [first(31, '.folder is where imported photos go; name where they come from')],
  ],
  [
    'the folder that photos go to, as a dump',
    of(`{ tdiDump: ./photos, people: people.csv }`),
    [first(32, '.tdiDump is where imported photos go; name where they come from')],
  ],
  ...(
    [
      ['folder', '{ folder: drop }', '{ folder: ./drop/ }', 39],
      ['tdiDump', `{ ${tdi} }`, `{ ${tdi} }`, 67],
      ['ldap', '{ ldap: "ldaps://h", base: a }', '{ ldap: "LDAPS://H/", base: b }', 53],
      [
        'connections',
        `{ connections: "https://h/p", ${connections} }`,
        `{ connections: "https://H/p/", ${connections} }`,
        107,
      ],
      [
        'sftp',
        `{ sftp: "sftp://u@h/out", ${sftp} }`,
        `{ sftp: "sftp://u@H:22/out/", ${sftp} }`,
        95,
      ],
    ] as const
  ).map(
    ([kind, one, again, column]): SupplyRow => [
      `${kind} twice`,
      of(one, again),
      [second(column, ' is sources[0] again; take it out, or give it a name if it is another')],
    ],
  ),
  [
    'a name twice',
    of('{ folder: drop, name: a }', `{ ${tdi}, name: a }`),
    [second(48, ' has the name of sources[0]; give it another')],
  ],
  [
    'many at once',
    of('{ folder: drop, nam: a }', `{ ${ldap}, bind: a }`, '{ sftp: "sftp://h" }'),
    [
      first(37, '.nam is not known; did you mean name?'),
      second(105, '.bind needs passwordFile beside it'),
      'photogate.yaml:2:110 supply.sources[2].keyFile is missing; add keyFile: id_ed25519',
      'photogate.yaml:2:110 supply.sources[2].knownHosts is missing; add knownHosts: known_hosts',
      'photogate.yaml:2:118 supply.sources[2].sftp "sftp://h" names no user; write sftp://photos@tdi.acme.example/out',
    ],
  ],
])

t.test('--photos overrides where the import writes', async t => {
  const photos = path('drop')
  t.strictSame(home.problems(of('{ folder: drop }'), { photos }), [
    first(31, '.folder is where imported photos go; name where they come from'),
  ])
})

t.test('the photo directory is refused as a source, also through a link', async t => {
  symlinkSync(path('photos'), path('other-way'))
  t.teardown(() => rmSync(path('other-way')))
  t.strictSame(home.problems(of('{ folder: other-way }')), [
    first(31, '.folder is where imported photos go; name where they come from'),
  ])
})

t.test('any supply block gives settings or problems', async t => {
  const piece = fc.oneof(
    fc.constantFrom('[', ']', '{', '}', '"', ':', ',', '%', '@', '(', ')', '\\', '~', '\n'),
    fc.string({ maxLength: 4 }),
  )
  holds(
    t,
    fc.property(fc.nat(whole.length), fc.nat(12), piece, (from, length, text) => {
      const { settings, problems } = home.load(
        whole.slice(0, from) + text + whole.slice(from + length),
      )
      return (settings === undefined) === problems.length > 0
    }),
    400,
  )
})
