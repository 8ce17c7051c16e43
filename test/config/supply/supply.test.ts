// The photo supply of the configuration: every mistake with its place and what to write, every risk, and the settings of
// a right one. No message quotes a password.
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { loadConfig } from '../../../src/config/load.ts'
import { openConfigHome } from '../../fixtures/config.ts'
import { makeDirectory } from '../../fixtures/process.ts'
import { fc, holds } from '../../fixtures/property.ts'

const home = openConfigHome(t)
const { directory } = home
for (const folder of ['drop', 'dump_photos']) mkdirSync(join(directory, folder))
const files = ['people.csv', 'ldap.pw', 'c.pw', 'id_ed25519', 'key.pw', 'known_hosts', 'ca.pem']
for (const file of [...files, 'grey.gif']) {
  writeFileSync(join(directory, file), '', { mode: /pw|ed25519/.test(file) ? 0o600 : 0o644 })
}
const path = (name: string) => join(directory, name)

const rule = 'allow: [{ name: in, from: 10.0.0.0/8 }]'
const tdi = 'tdiDump: dump_photos, people: people.csv'
const ldap = 'ldap: "ldaps://ad.acme.example", base: "dc=acme"'
const connections = 'people: people.csv, user: reader, passwordFile: c.pw'
const profiles = `connections: "https://c.acme.example/profiles", ${connections}`
const sftp = 'keyFile: id_ed25519, knownHosts: known_hosts'
const tdiServer = `sftp: "sftp://photos@tdi.acme.example/out", ${sftp}`

/** The sources begin at line 2, column 21, and the first key of the first at column 23. */
const of = (...sources: string[]) => `${rule}\nsupply: { sources: [${sources.join(', ')}] }`
/** The value begins at column 40. */
const beside = (text: string) => `${rule}\nsupply: { sources: [{ folder: drop }], ${text} }`
const first = (column: number, message: string) =>
  `photogate.yaml:2:${column} supply.sources[0]${message}`
const second = (column: number, message: string) =>
  `photogate.yaml:2:${column} supply.sources[1]${message}`

const whole = `supply:
  fit: { maxPixels: 320, maxBytes: 45KB }
  removeAfter: 30d
  maxRemovals: 10%
  schedule: "15 2 * * *"
  sources:
    - { folder: drop }
    - { tdiDump: dump_photos, people: people.csv }
    - ldap: ldaps://ad.acme.example
      bind: "cn=reader,dc=acme,dc=example"
      passwordFile: ldap.pw
      base: "dc=acme,dc=example"
      filter: "(mail=*)"
      mail: [mail, proxyAddresses]
      photo: [thumbnailPhoto, jpegPhoto]
    - { connections: "https://connections.acme.example/profiles", user: reader, passwordFile: c.pw, people: people.csv }
    - { sftp: "sftp://photos@tdi.acme.example/out", keyFile: id_ed25519, knownHosts: known_hosts }
${rule}`

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
const noSchedule = 'is not a schedule; write minute, hour, day, month, day of the week: 15 2 * * *'
const moreThanPath = 'has more than host and path; leave out ? or # and what follows'

type Row = [what: string, text: string, problems: string[]]
function refuses(title: string, rows: Row[]): void {
  t.test(title, async t => {
    for (const [what, text, problems] of rows) {
      await t.test(what, async t => {
        t.strictSame(home.problems(text), problems)
      })
    }
  })
}

refuses('a source of no kind or of several is refused', [
  ['nothing', of('{}'), [first(21, noKind)]],
  ['a name alone', of('{ name: a }'), [first(21, noKind)]],
  ['keys of two kinds', of('{ people: people.csv, index: a.in }'), [first(21, noKind)]],
  ['a key of none', of('{ password: hunter2 }'), [first(21, noKind)]],
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
    'a kind that is missing, of which most keys are',
    of(`{ ${connections}, name: a }`),
    [
      first(
        21,
        '.connections is missing; add connections: https://connections.acme.example/profiles',
      ),
    ],
  ],
])

refuses('what a kind of source needs is missed', [
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

refuses('a key that is not known is refused by the kind of source that is meant', [
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
  'a URL of another kind, or with more than a place, is refused; a password in it is not shown',
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
      ([url, message]): Row => [
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
      ([url, message]): Row => [
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
      ([url, message]): Row => [
        url,
        of(`{ sftp: "${url}", ${sftp} }`),
        [first(29, `.sftp${message}`)],
      ],
    ),
  ],
)

refuses(
  'what is no filter is refused',
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
    (filter): Row => [
      filter || 'nothing',
      of(`{ filter: "${filter}", ${ldap} }`),
      [first(31, `.filter "${filter}" ${noFilter}`)],
    ],
  ),
)

refuses('what is out of form or bounds is refused', [
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
    'a list of none',
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
    'a list of no attributes',
    of(`{ mail: [], ${ldap} }`),
    [
      first(
        29,
        '.mail [] does not fit; write the attributes with mail addresses, the main one first, like ["mail","proxyAddresses"]',
      ),
    ],
  ],
  [
    'a page of none',
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
    (text): Row => [
      `schedule "${text}"`,
      beside(`schedule: "${text}"`),
      [`photogate.yaml:2:50 supply.schedule "${text}" ${noSchedule}`],
    ],
  ),
  [
    'a day that never comes',
    beside('schedule: "15 2 30 2 *"'),
    ['photogate.yaml:2:50 supply.schedule "15 2 30 2 *" never comes; write 15 2 * * *'],
  ],
  ...['101%', '-1%', '1.2345%', 'ten%', '%', '7'].map(
    (text): Row => [
      `maxRemovals "${text}"`,
      beside(`maxRemovals: "${text}"`),
      [`photogate.yaml:2:53 supply.maxRemovals "${text}" is not a share; write 10%`],
    ],
  ),
  ...['-1', '1.5', '[10]'].map(
    (text): Row => [
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
    (pixels): Row => [
      `${pixels} pixels`,
      beside(`fit: { maxPixels: ${pixels} }`),
      [
        `photogate.yaml:2:58 supply.fit.maxPixels ${pixels} does not fit; write the longest side of a photo in pixels, 16 to 4096, like 320`,
      ],
    ],
  ),
])

refuses('what does not go together is refused', [
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
    'the same as a dump',
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
    ([kind, one, again, column]): Row => [
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

t.test('legal but risky settings are warned about', async t => {
  const gone = (name: string) => ` cannot be read now: ${name} is not there`
  const clear = 'sends the password in the clear; write ldaps://, or startTls: true'
  const account = 'base: a, bind: b, passwordFile: ldap.pw'
  const rows: [string, string, string[]][] = [
    ['nothing, where nothing is', whole, []],
    ['a folder that is not there', of('{ folder: away }'), [first(31, `.folder${gone('away')}`)]],
    [
      'a dump and its people',
      of('{ tdiDump: away, people: away.csv }'),
      [first(32, `.tdiDump${gone('away')}`), first(46, `.people${gone('away.csv')}`)],
    ],
    [
      'files of ldap',
      of(`{ ca: away.pem, passwordFile: away.pw, bind: a, ${ldap} }`),
      [first(51, `.passwordFile${gone('away.pw')}`), first(27, `.ca${gone('away.pem')}`)],
    ],
    [
      'files of connections',
      of(
        `{ ca: a.pem, greyImage: a.gif, people: a.csv, user: a, passwordFile: a.pw, connections: "https://h" }`,
      ),
      [
        first(60, `.people${gone('a.csv')}`),
        first(90, `.passwordFile${gone('a.pw')}`),
        first(45, `.greyImage${gone('a.gif')}`),
        first(27, `.ca${gone('a.pem')}`),
      ],
    ],
    [
      'files of sftp',
      of(`{ keyFile: a, passphraseFile: b, knownHosts: c, people: d, sftp: "sftp://u@h" }`),
      [
        first(32, `.keyFile${gone('a')}`),
        first(51, `.passphraseFile${gone('b')}`),
        first(66, `.knownHosts${gone('c')}`),
        first(77, `.people${gone('d')}`),
      ],
    ],
    [
      'a password over ldap://',
      of(`{ ldap: "ldap://h", ${account} }`),
      [first(29, `.ldap ${clear}`)],
    ],
    ['… but not with startTls', of(`{ ldap: "ldap://h", ${account}, startTls: true }`), []],
    ['… nor without a password', of('{ ldap: "ldap://h", base: a }'), []],
    ['… nor over ldaps:// in any case', of(`{ ldap: "LDAPS://h", ${account} }`), []],
    [
      'http://',
      of(`{ connections: "HTTP://h", ${connections} }`),
      [first(36, '.connections sends the password in the clear; write https://')],
    ],
    [
      'more than Sametime shows',
      beside('fit: { maxBytes: 45KiB }'),
      [
        'photogate.yaml:2:57 supply.fit.maxBytes "45KiB" is more than Sametime shows (HCL: under 45 KB); write 45KB',
      ],
    ],
  ]
  for (const [what, text, warnings] of rows) {
    await t.test(what, async t => {
      t.strictSame(home.warnings(text), warnings)
    })
  }
})

t.test('every value of the supply block in the README is used', async t => {
  const { supply, files } = home.settings(whole)
  const titled = (title: string) => ({ id: title, title })
  t.strictSame(supply, {
    fit: { maxPixels: 320, maxBytes: 45_000 },
    removeAfterSeconds: 30 * 86_400,
    maxRemovals: { share: 0.1 },
    schedule: '15 2 * * *',
    timeLimitSeconds: 7_200,
    sources: [
      { ...titled('folder drop'), kind: 'folder', folder: path('drop') },
      {
        ...titled('tdiDump dump_photos'),
        kind: 'tdiDump',
        folder: path('dump_photos'),
        index: 'collect_photos.in',
        peopleFile: path('people.csv'),
      },
      {
        ...titled('ldap ldaps://ad.acme.example'),
        kind: 'ldap',
        url: 'ldaps://ad.acme.example',
        base: 'dc=acme,dc=example',
        bind: 'cn=reader,dc=acme,dc=example',
        passwordFile: path('ldap.pw'),
        filter: '(mail=*)',
        mail: ['mail', 'proxyAddresses'],
        photo: ['thumbnailPhoto', 'jpegPhoto'],
        startTls: false,
        caFile: undefined,
        pageSize: 500,
      },
      {
        ...titled('connections https://connections.acme.example/profiles'),
        kind: 'connections',
        url: 'https://connections.acme.example/profiles',
        peopleFile: path('people.csv'),
        user: 'reader',
        passwordFile: path('c.pw'),
        signIn: 'basic',
        lookup: 'email',
        greyImage: undefined,
        caFile: undefined,
        parallel: 4,
      },
      {
        ...titled('sftp sftp://photos@tdi.acme.example/out'),
        kind: 'sftp',
        host: 'tdi.acme.example',
        port: 22,
        user: 'photos',
        folder: '/out',
        keyFile: path('id_ed25519'),
        passphraseFile: undefined,
        knownHosts: path('known_hosts'),
        peopleFile: undefined,
        index: 'collect_photos.in',
      },
    ],
  })
  t.strictSame(files, [home.file], 'secrets are not watched, and not read')
})

t.test('a missing key has its default', async t => {
  t.equal(home.settings(rule).supply, undefined)
  const { sources, ...rest } = home.settings(of(`{ ${ldap} }`)).supply ?? {}
  t.strictSame(rest, {
    fit: { maxPixels: 320, maxBytes: 45_000 },
    removeAfterSeconds: 30 * 86_400,
    maxRemovals: { share: 0.1 },
    schedule: undefined,
    timeLimitSeconds: 7_200,
  })
  t.match(sources, [
    { bind: undefined, passwordFile: undefined, filter: '(mail=*)', mail: ['mail'] },
  ])
})

t.test('every given value is used', async t => {
  const { supply } = home.settings(`${rule}
supply:
  fit: { maxPixels: 96, maxBytes: 10KB }
  removeAfter: 0s
  maxRemovals: 25
  schedule: "*/30 6-22 * * MON-FRI"
  sources:
    - { folder: /, name: root }
    - { tdiDump: dump_photos, people: people.csv, index: other.in, name: dump }
    - { ldap: "ldap://[::1]:1389/", base: "", mail: userPrincipalName, photo: "photo;binary", startTls: true, ca: ca.pem, pageSize: 1, filter: "(&(objectClass=user)(!(cn=a\\\\28b)))" }
    - { connections: "http://h//", people: people.csv, user: a, passwordFile: c.pw, signIn: form, lookup: uid, greyImage: grey.gif, ca: ca.pem, parallel: 64, name: c }
    - { sftp: "sftp://a%40b@[::1]:2222", keyFile: id_ed25519, passphraseFile: key.pw, knownHosts: known_hosts, people: people.csv, index: x.in }
    - { sftp: "sftp://u@h/a%20b/%25", keyFile: id_ed25519, knownHosts: known_hosts }`)
  t.match(supply, {
    fit: { maxPixels: 96, maxBytes: 10_000 },
    removeAfterSeconds: 0,
    maxRemovals: { count: 25 },
    schedule: '*/30 6-22 * * MON-FRI',
    sources: [
      { id: 'root', title: 'root', folder: '/' },
      { id: 'dump', index: 'other.in' },
      {
        url: 'ldap://[::1]:1389/',
        base: '',
        mail: ['userPrincipalName'],
        photo: ['photo;binary'],
        startTls: true,
        caFile: path('ca.pem'),
        pageSize: 1,
        filter: '(&(objectClass=user)(!(cn=a\\28b)))',
      },
      {
        id: 'c',
        url: 'http://h',
        signIn: 'form',
        lookup: 'uid',
        greyImage: path('grey.gif'),
        caFile: path('ca.pem'),
        parallel: 64,
      },
      {
        host: '::1',
        port: 2222,
        user: 'a@b',
        folder: '.',
        passphraseFile: path('key.pw'),
        peopleFile: path('people.csv'),
        index: 'x.in',
      },
      { user: 'u', folder: '/a b/%' },
    ],
  })
})

t.test('filters of RFC 4515 are accepted', async t => {
  for (const filter of [
    '(mail=*)',
    '(&)',
    '(|(a=b)(&(c>=d)(e<=f)(g~=h)))',
    '(!(userAccountControl:1.2.840.113556.1.4.803:=2))',
    '(cn:dn:2.4.6.8.10:=Dino)',
    '(:dn:2.4.6.8.10:=Dino)',
    '(o=\u{1F600})',
    '(2.5.4.3=a)',
    '(cn=)',
  ]) {
    t.strictSame(home.problems(of(`{ filter: "${filter}", ${ldap} }`)), [], filter)
  }
})

t.test('one place may be two sources if one of them has a name', async t => {
  const text = of(`{ ${ldap} }`, `{ ${ldap}, filter: "(o=a)", name: partners }`)
  t.strictSame(
    home.settings(text).supply?.sources.map(({ id }) => id),
    ['ldap ldaps://ad.acme.example', 'partners'],
  )
})

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

t.test(
  'secrets that others can read are warned about, and files are read only when asked',
  async t => {
    if (process.platform === 'win32') {
      t.pass('Windows keeps rights elsewhere', { skip: true })
      return
    }
    const home = makeDirectory(t)
    const file = join(home, 'photogate.yaml')
    for (const name of ['k', 'p', 'h']) writeFileSync(join(home, name), '', { mode: 0o644 })
    mkdirSync(join(home, 'photos'))
    writeFileSync(
      file,
      'allow: [{ name: in, from: 10.0.0.0/8 }]\nsupply: { sources: [{ sftp: "sftp://u@h/x", keyFile: k, passphraseFile: p, knownHosts: h }, { folder: gone }] }',
    )
    const warned = loadConfig({ env: {}, file }).warnings.map(
      ({ path, message }) => `${path} ${message}`,
    )
    t.match(warned, [
      /keyFile k can be read by everybody on this machine; chmod o= it/,
      /passphraseFile p can be read/,
      /folder cannot be read now/,
    ])
    t.equal(warned.length, 3)
    t.strictSame(loadConfig({ env: {}, file, looksAtSources: false }).warnings, [])
  },
)
