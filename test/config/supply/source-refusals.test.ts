// The sources of a photo supply: every mistake in their kinds, keys and URLs, with its place and what to write.
import t from 'tap'
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
  sftp,
  tdi,
  tdiServer,
} from '../../fixtures/supply-config.ts'

const config = openSupplyConfig(t)
const refuses = refuseRows(t, config)

const isUnknown = (key: string, known: string) => `.${key} is not known; known here: ${known}`
const ldapKeys = 'ldap, base, bind, passwordFile, filter, mail, photo, startTls, ca, pageSize, name'
const connectionsKeys =
  'connections, people, user, passwordFile, signIn, lookup, greyImage, ca, parallel, name'
const sftpKeys = 'sftp, keyFile, passphraseFile, knownHosts, people, index, name'
const noKind =
  ' has none of folder, tdiDump, ldap, connections, sftp; write one of them, like {"folder":"drop"}'
const noUrl = (text: string, kinds: string, example: string) =>
  ` "${text}" does not begin with ${kinds} and a host; write ${example}`
const noFilter =
  'is not a filter in the form of RFC 4515, which has no spaces between its parts; write (mail=*)'
const moreThanPath = 'has more than host and path; leave out ? or # and what follows'

refuses('a source of no kind or of several is refused', [
  ['nothing', of('{}'), [first(21, noKind)]],
  ['a name alone', of('{ name: a }'), [first(21, noKind)]],
  ['keys of two kinds', of('{ people: people.csv, index: a.in }'), [first(21, noKind)]],
  ['a key of no kind', of('{ password: hunter2 }'), [first(21, noKind)]],
  [
    'a text',
    of('drop'),
    [
      first(
        21,
        ' "drop" does not fit; write a source: folder, tdiDump, ldap, connections or sftp, like {"folder":"drop"}',
      ),
    ],
  ],
  [
    'two kinds',
    of(`{ folder: drop, ${ldap} }`),
    [first(21, ' has folder and ldap together; write each as an item of its own')],
  ],
  [
    'three kinds, one with a password',
    of('{ sftp: "sftp://u:hunter2@h", folder: drop, tdiDump: dump_photos, name: a }'),
    [first(21, ' has folder and tdiDump and sftp together; write each as an item of its own')],
  ],
  [
    'a kind that is misspelt',
    of('{ tdidump: dump_photos, people: people.csv }'),
    [
      first(21, '.tdiDump is missing; add tdiDump: dump_photos'),
      first(23, '.tdidump is not known; did you mean tdiDump?'),
    ],
  ],
  [
    'a kind that is misspelt, among keys of another',
    of(`{ conections: "https://h", people: people.csv, index: a.in, user: a, passwordFile: c.pw }`),
    [
      first(
        21,
        '.connections is missing; add connections: https://connections.acme.example/profiles',
      ),
      first(23, '.conections is not known; did you mean connections?'),
      first(68, isUnknown('index', connectionsKeys)),
    ],
  ],
  [
    'a kind that is missing beside most of its keys',
    of(`{ ${connections}, name: a }`),
    [
      first(
        21,
        '.connections is missing; add connections: https://connections.acme.example/profiles',
      ),
    ],
  ],
])

refuses('a missing key that a kind of source needs is reported', [
  [
    'tdiDump',
    of('{ tdiDump: dump_photos }'),
    [first(21, '.people is missing; add people: people.csv')],
  ],
  [
    'ldap',
    of('{ ldap: "ldaps://h" }'),
    [first(21, '.base is missing; add base: dc=acme,dc=example')],
  ],
  [
    'connections',
    of('{ connections: "https://h" }'),
    [
      first(21, '.people is missing; add people: people.csv'),
      first(21, '.user is missing; add user: reader'),
      first(21, '.passwordFile is missing; add passwordFile: c.pw'),
    ],
  ],
  [
    'sftp',
    of('{ sftp: "sftp://u@h", people: people.csv, name: a }'),
    [
      first(21, '.keyFile is missing; add keyFile: id_ed25519'),
      first(21, '.knownHosts is missing; add knownHosts: known_hosts'),
    ],
  ],
])

refuses('an unknown key is refused with the keys of its kind of source', [
  ['folder', of('{ folder: drop, nam: a }'), [first(37, '.nam is not known; did you mean name?')]],
  [
    'folder beside keys of others',
    of('{ folder: drop, people: people.csv, index: a.in, name: a }'),
    [first(37, isUnknown('people', 'folder, name')), first(57, isUnknown('index', 'folder, name'))],
  ],
  ['tdiDump', of(`{ indx: a.in, ${tdi} }`), [first(23, '.indx is not known; did you mean index?')]],
  [
    'tdiDump beside keys of others',
    of(`{ passwordFile: c.pw, user: a, parallel: 3, ${tdi}, name: a }`),
    ['passwordFile', 'user', 'parallel'].map((key, at) =>
      first([23, 43, 52][at] as number, isUnknown(key, 'tdiDump, people, index, name')),
    ),
  ],
  [
    'ldap',
    of(`{ startTLS: true, ${ldap} }`),
    [first(23, '.startTLS is not known; did you mean startTls?')],
  ],
  [
    'ldap beside keys of others',
    of(
      `{ user: a, people: people.csv, index: a.in, name: a, ${ldap}, bind: a, passwordFile: ldap.pw }`,
    ),
    ['user', 'people', 'index'].map((key, at) =>
      first([23, 32, 52][at] as number, isUnknown(key, ldapKeys)),
    ),
  ],
  [
    'a password',
    of(`{ password: hunter2, ${ldap} }`),
    [first(23, isUnknown('password', ldapKeys))],
  ],
  [
    'connections',
    of(`{ paralel: 3, ${profiles} }`),
    [first(23, '.paralel is not known; did you mean parallel?')],
  ],
  [
    'connections beside keys of others',
    of(`{ bind: a, filter: "(mail=*)", index: a, ${profiles}, name: a }`),
    ['bind', 'filter', 'index'].map((key, at) =>
      first([23, 32, 52][at] as number, isUnknown(key, connectionsKeys)),
    ),
  ],
  [
    'sftp',
    of(`{ knownHost: a, ${tdiServer} }`),
    [first(23, '.knownHost is not known; did you mean knownHosts?')],
  ],
  [
    'sftp beside keys of others',
    of(`{ passwordFile: c.pw, ${tdiServer}, people: people.csv, name: a }`),
    [first(23, isUnknown('passwordFile', sftpKeys))],
  ],
  [
    'fit',
    beside('fit: { maxPixel: 3 }'),
    ['photogate.yaml:2:47 supply.fit.maxPixel is not known; did you mean maxPixels?'],
  ],
  [
    'supply',
    beside('shedule: "15 2 * * *"'),
    ['photogate.yaml:2:40 supply.shedule is not known; did you mean schedule?'],
  ],
])

refuses(
  'a URL of another kind or with more than a place is refused, and a password in it is not shown',
  [
    ...(
      [
        ['http://h', noUrl('http://h', 'ldap:// or ldaps://', 'ldaps://ad.acme.example')],
        ['ldaps:///x', noUrl('ldaps:///x', 'ldap:// or ldaps://', 'ldaps://ad.acme.example')],
        ['ad.acme.example', ' "ad.acme.example" is not a URL; write ldaps://ad.acme.example'],
        ['', ' "" is not a URL; write ldaps://ad.acme.example'],
        ['ldaps://h h', ' "ldaps://h h" is not a URL; write ldaps://ad.acme.example'],
        ['ldaps://u:hunter2@h', ' "ldaps://…@h" holds a password; write it into a file of its own'],
        ['ldaps://u@h', ' "ldaps://…@h" names a user; leave it out, and write it as bind'],
        [
          'ldaps://h/dc=a',
          ' "ldaps://h/dc=a" has a path; leave it out, and write as base where people are',
        ],
        ['ldaps://h?mail', ` "ldaps://h?mail" ${moreThanPath}`],
      ] as const
    ).map(
      ([url, message]): SupplyRow => [
        url || 'nothing',
        of(`{ ldap: "${url}", base: "dc=acme" }`),
        [first(29, `.ldap${message}`)],
      ],
    ),
    ...(
      [
        [
          'ftp://h',
          noUrl('ftp://h', 'http:// or https://', 'https://connections.acme.example/profiles'),
        ],
        ['https://u:hunter2@h', ' "https://…@h" holds a password; write it into a file of its own'],
        [
          'https://u:hun/t@er2@h',
          ' "https://…@h" is not a URL; write https://connections.acme.example/profiles',
        ],
        ['https://u@h', ' "https://…@h" names a user; leave it out, and write it as user'],
        ['https://h/?a=b', ` "https://h/?a=b" ${moreThanPath}`],
        ['https://h/#', ` "https://h/#" ${moreThanPath}`],
      ] as const
    ).map(
      ([url, message]): SupplyRow => [
        url,
        of(`{ connections: "${url}", ${connections} }`),
        [first(36, `.connections${message}`)],
      ],
    ),
    ...(
      [
        ['ssh://h', noUrl('ssh://h', 'sftp://', 'sftp://photos@tdi.acme.example/out')],
        ['sftp://u:hunter2@h', ' "sftp://…@h" holds a password; write it into a file of its own'],
        ['sftp://h/out', ' "sftp://h/out" names no user; write sftp://photos@tdi.acme.example/out'],
        ['sftp://u@h/?a', ` "sftp://…@h/?a" ${moreThanPath}`],
        [
          'sftp://u@h/100%',
          ' "sftp://…@h/100%" has a % that begins no character; write %25 for a % itself',
        ],
        [
          'sftp://u%FF@h',
          ' "sftp://…@h" has a % that begins no character; write %25 for a % itself',
        ],
        [
          'sftp://u@h/a%00',
          ' "sftp://…@h/a%00" has a % that begins no character; write %25 for a % itself',
        ],
      ] as const
    ).map(
      ([url, message]): SupplyRow => [
        url,
        of(`{ sftp: "${url}", ${sftp} }`),
        [first(29, `.sftp${message}`)],
      ],
    ),
  ],
)

refuses(
  'a text that is not a filter is refused',
  [
    'mail=*',
    '(mail=*',
    '(mail=*))',
    '(mail)',
    '()',
    '*',
    '(*)',
    '',
    '(a=b)(c=d)',
    '(&(a=b) (c=d))',
    '(!(a=b)(c=d))',
    '(!)',
    '(a=b(c))',
    'x(a=b)',
    '(=b)',
  ].map(
    (filter): SupplyRow => [
      filter || 'nothing',
      of(`{ filter: "${filter}", ${ldap} }`),
      [first(31, `.filter "${filter}" ${noFilter}`)],
    ],
  ),
)
