// Configurations as people write them for the first time, or in a hurry: each error has the right line and what to write.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openConfigHome } from '../fixtures/config.ts'

/** A title, the text, and what each problem says, in order; `:` stands for the file. */
type Row = readonly [title: string, text: string, ...problems: RegExp[]]

const office = '  - { name: office, from: [10.0.0.0/8] }\n'
const slips: readonly Row[] = [
  ['a Windows path', 'photos: { directory: "C:\\photos" }', /:1:22 .*write C:\/photos$/],
  [
    'a Windows path with \\t and \\n',
    'photos: { directory: "C:\\temp\\new" }',
    /:1:22 .*C:\/temp\/new$/,
  ],
  ['a share', 'photos: { directory: "\\\\files\\photos" }', /:1:22 .*write \/\/files\/photos$/],
  [
    'a domain and a user',
    'supply: { sources: { ldap: "ldap://ad", base: "dc=a", bind: "ACME\\reader", passwordFile: p } }',
    /:1:61 .*write 'ACME\\reader'$/,
  ],
  [
    'a key of photos at the beginning',
    'directory: photos',
    /:1:1 directory is not known here; write it inside photos/,
  ],
  [
    'a key of photos that is not indented',
    'photos:\ndirectory: photos\nmaxAge: 5m\n',
    /:1:8 photos has no value; write/,
    /:2:1 directory is not known here; write it inside photos, and look at the blanks/,
    /:3:1 maxAge is not known here; write it inside photos/,
  ],
  [
    'allow inside photos',
    `photos:\n  maxAge: 5m\n  allow:\n  ${office}`,
    /:3:3 photos\.allow is not known here; write it at the beginning of a line/,
  ],
  [
    'from at the beginning',
    'from: [10.0.0.0/8]',
    /:1:1 from is not known here; write it inside allow/,
  ],
  [
    'realm in a rule',
    'allow: [{ name: a, from: 10.0.0.0/8, realm: acme }]',
    /:1:38 allow\[0\]\.realm is not known here; write it inside allow\.ltpa/,
  ],
  [
    'schedule inside a source',
    'supply: { sources: [{ folder: drop, schedule: "15 2 * * *" }] }',
    /:1:37 supply\.sources\[0\]\.schedule is not known here; write it inside supply/,
  ],
  [
    'a key in capitals',
    'photos: { MaxAge: 5m }',
    /:1:11 photos\.MaxAge is not known; did you mean maxAge\?/,
  ],
  ['a plural', 'proxy: 10.0.0.1', /:1:1 proxy is not known; known here: listen, proxies/],
  [
    'one blank too few',
    'photos:\n  maxAge: 5m\n cache: 1GB\n',
    /:3:2 begins with 1 blank, .*write 2 blanks/,
  ],
  [
    'one blank too few in a rule',
    'allow:\n  - name: a\n    from: 10.0.0.0/8\n   cookie: X\n',
    /:4:4 begins with 3 blanks, .*write 4 blanks/,
  ],
  [
    'a rule whose second key stands under the dash',
    'allow:\n  - name: a\n  from: 10.0.0.0/8\n',
    /:3:3 begins with 2 blanks like the list item above .*4 blanks/,
  ],
  ['a tab', 'photos:\n\tmaxAge: 5m\n', /:2:1 is indented with a tab; write blanks/],
  [
    'tabs everywhere',
    'allow:\n\t- name: a\n\t  from: 10.0.0.0/8\n',
    /:2:1 is indented with a tab/,
    /:3:1 is indented with a tab/,
  ],
  [
    'a key given twice',
    `allow:\n${office}photos: { maxAge: 5m }\nallow:\n${office}`,
    /:4:1 allow is given twice, first in line 1; keep one of them/,
  ],
  [
    'hours with a point',
    'photos: { maxAge: 1.5h }',
    /:1:19 .*"1\.5h" is not a duration; write 90m$/,
  ],
  ['days in words', 'photos: { maxAge: 30days }', /:1:19 .*"30days" is not a duration; write 30d$/],
  ['days with a blank', 'photos: { maxAge: 2 days }', /:1:19 .*write 2d$/],
  ['hours and minutes', 'photos: { maxAge: 1h30m }', /:1:19 .*write 90m$/],
  ['a comma', 'photos: { maxAge: "1,5 h" }', /:1:19 .*write 90m$/],
  [
    'no unit',
    'photos: { maxAge: 30 }',
    /:1:19 photos\.maxAge 30 has no unit; write 30s, 30m, 30h or 30d$/,
  ],
  ['a week', 'photos: { maxAge: 1w }', /:1:19 .*write 7d$/],
  ['a size with a point', 'photos: { cache: 1.5GiB }', /:1:18 .*write 1536MiB$/],
  ['a size with a blank', 'photos: { cache: 256 MB }', /:1:18 .*write 256MB$/],
  ['a size in small letters', 'photos: { cache: 256mib }', /:1:18 .*write 256MiB$/],
  ['a size in M', 'photos: { cache: 256M }', /:1:18 .*write 256MiB$/],
  [
    'a size without a unit',
    'photos: { cache: 256 }',
    /:1:18 .*has no unit; write 256MiB, 256KB or 256B/,
  ],
  [
    'a port for listen',
    'listen: 8080',
    /:1:9 listen 8080 is not an .*write \{ host: 127\.0\.0\.1, port: 8080 \}/,
  ],
  [
    'host and port in one',
    'listen: 0.0.0.0:8080',
    /:1:9 .*write \{ host: "0\.0\.0\.0", port: 8080 \}$/,
  ],
  [
    'a colon and a port',
    'listen: [":8080"]',
    /:1:10 .*write \{ host: "127\.0\.0\.1", port: 8080 \}$/,
  ],
  [
    'listen without host',
    'listen: { port: 8080 }',
    /:1:9 listen\[0\]\.host is missing; add host: 127\.0\.0\.1, or host: 0\.0\.0\.0 for every/,
  ],
  [
    'no blank after a colon',
    'allow:\n  - name:a\n    from: 10.0.0.0/8\n',
    /:2:5 .*no blank after|:3:5/,
  ],
  [
    'no blank after a colon in braces',
    'allow: [{ name:a, from: 10.0.0.0/8 }]',
    /:1:9 allow\[0\]\.name is missing/,
    /:1:11 allow\[0\]\.name:a has no blank after the colon; write name: a/,
  ],
  ['no blank after the dash', 'allow:\n  -name: a\n   from: 10.0.0.0/8\n', /:3:4 |:2:3 /],
  [
    'a dash of a word processor',
    'allow:\n  \u2013 name: a\n',
    /:2:3 allow\[0\]\.name is missing/,
    /:2:3 .*is not an item of a list; write - name, with one blank after -/,
  ],
  [
    'typographic quotation marks',
    'photos: { directory: \u201cphotos\u201d }',
    /:1:22 .*write "photos"$/,
  ],
  [
    'typographic quotation marks around a glob',
    'allow: [{ name: a, photos: [\u201e*@acme.example\u201c], from: 10.0.0.0/8 }]',
    /:1:29 allow\[0\]\.photos\[0\] .*write "\*@acme\.example"$/,
  ],
  [
    'non-breaking spaces from a web page',
    'photos:\n\u00a0\u00a0maxAge: 5m\n',
    /:2:1 has a non-breaking space/,
    /:2:2 has a non-breaking space/,
  ],
  [
    'a long dash in a range',
    'proxies: 192.0.2.10\u2013192.0.2.20',
    /:1:10 .*has a long dash; write - in/,
  ],
  [
    'a star first',
    'allow: [{ name: a, photos: *@acme.example, from: 10.0.0.1 }]',
    /:1:28 .*"\*@acme\.example"$/,
  ],
  ['a name with a star', 'allow: [{ name: a, from: *offices }]', /:1:26 .*write offices, or/],
  ['IPv6 with :: at its end', 'proxies: [2001:db8::]', /:1:11 .*write "2001:db8::" in quotes$/],
  [
    'networks without commas',
    'proxies: [10.0.0.1 10.0.0.2]',
    /:1:11 proxies\[0\] "10\.0\.0\.1 10\.0\.0\.2" is not a network/,
  ],
  [
    'networks without dashes',
    'proxies:\n  10.0.0.1\n  10.0.0.2\n',
    /:3:3 .*goes on with the text of the line above/,
  ],
  [
    'a mapping of networks as a list',
    'networks: [{ offices: 10.0.0.0/8 }]',
    /:1:11 networks .*does not fit; write networks by name/,
  ],
  [
    'rules as a mapping by name',
    'allow:\n  office: { from: 10.0.0.0/8 }\n',
    /:2:3 allow\[0\]\.name is missing/,
    /:2:3 allow\[0\]\.office is not known/,
  ],
  [
    'a file where networks are due',
    'networks: { a: branches.txt }',
    /:1:16 networks\.a "branches\.txt" is not a network/,
  ],
  [
    'a missing bracket',
    'proxies: [10.0.0.1\nallow: []\n',
    /:1:10 proxies the \[ here is not closed/,
  ],
  [
    'a missing brace',
    `allow:\n  - { name: a, from: 10.0.0.0/8\n  - { name: b, from: 10.0.0.1 }\n`,
    /:2:5 .*the \{ here is not closed/,
  ],
  [
    'a missing quotation mark',
    'otherwise: { redirect: "/x }\nallow: []\n',
    /:1:24 .*quotation mark " here is not closed/,
  ],
  [
    'an apostrophe for a quote',
    "photos: { directory: 'photos }\n",
    /:1:22 .*quotation mark ' here is not closed/,
  ],
  [
    'yes for true',
    'ltpa: { keys: { file: a, passwordFile: b }, acceptV1: yes }',
    /:1:23 .*a is not there/,
    /:1:40 .*b is not there/,
    /:1:55 .*write true$/,
  ],
  ['an octal port', 'listen: { host: h, port: 08080 }', /:1:26 .*08080 is a number to YAML/],
  ['a status in quotes', 'otherwise: { status: "403" }', /:1:22 .*403/],
  ['a status alone', 'otherwise: 403', /:1:12 .*write \{ status: 403 \}/],
  [
    'a redirect alone',
    'otherwise: https://www.acme.example/',
    /:1:12 otherwise .*write \{ redirect: "https:\/\/www\.acme\.example\/" \}/,
  ],
  [
    'a name with a blank',
    'allow: [{ name: my office, from: 10.0.0.1 }]',
    /:1:17 .*name of letters, digits/,
  ],
  [
    'a name that is a number',
    'allow: [{ name: 2026, from: 10.0.0.1 }]',
    /:1:17 .*2026 is a number to YAML, .*"2026" in quotes/,
  ],
  [
    'a glob that is a domain',
    'allow: [{ name: a, photos: acme.example, from: 10.0.0.1 }]',
    /:1:28 .*can match no mail address/,
  ],
  [
    'a glob with brackets',
    'allow: [{ name: a, photos: "!ceo[1-9]@acme.example", from: 10.0.0.1 }]',
    /:1:28 .*has brackets, and only \* and \? stand for other characters; write one glob for each/,
  ],
  [
    'an exclusion with a dot at its end',
    'allow: [{ name: a, photos: "!ceo@acme.example.", from: 10.0.0.1 }]',
    /:1:28 .*can match no mail address/,
  ],
  [
    'a whole httpd block',
    '<VirtualHost *:443>\n  ServerName photos\n</VirtualHost>\n',
    /:1:1 .*does not fit/,
    /:2:3 goes on with the text of the line above/,
  ],
  ['an .ini file', '[photos]\ndirectory = photos\n', /:2:1 .*not expected here/],
  ['JSON with a comment', '{\n  // rules\n  "allow": []\n}\n', /:[23]:3 /],
  [
    'a merge of defaults',
    'base: &base { maxAge: 5m }\nphotos: { <<: *base }\n',
    /:1:7 base &base/,
    /:2:11 photos\.<< is a merge key/,
    /:2:15 photos\.<< \*base/,
  ],
  [
    'a variable that is not set',
    `photos: { directory: "\${HOME_OF_PHOTOS}" }`,
    /:1:22 .*HOME_OF_PHOTOS is not set/,
  ],
  [
    'a folder that is not there',
    'photos: { directory: fotos }',
    /:1:22 photos\.directory fotos is not/,
  ],
  [
    'a network file that is a folder',
    'networks: { a: { file: photos } }',
    /:1:24 networks\.a\.file cannot be read: photos is a folder/,
  ],
  [
    'a network file that is not there',
    'networks: { a: { file: b.txt } }',
    /:1:24 .*cannot be read: b\.txt is not there/,
  ],
]

for (const [title, text, ...expected] of slips) {
  t.test(title, async t => {
    const home = openConfigHome(t)
    t.match(home.problems(text), expected)
    t.equal(home.problems(text).length, expected.length, home.problems(text).join('\n'))
    t.equal(home.load(text).settings, undefined, 'a configuration with problems has no settings')
  })
}

t.test('input with only one meaning is accepted', async t => {
  const home = openConfigHome(t)
  t.test('a header in capitals', async t => {
    for (const name of ['X-Forwarded-For', 'x-forwarded-for', 'FORWARDED', '$WSRA']) {
      t.equal(home.settings(`clientHeader: ${name}`).clientHeader, name.toLowerCase())
    }
  })
  t.test('one mapping where a list is due', async t => {
    const settings = home.settings(`listen: { host: 127.0.0.1, port: 8081 }
allow: { name: office, from: 10.0.0.0/8 }
supply: { sources: { folder: . } }
`)
    t.match(settings.listen, [{ port: 8081 }])
    t.match(settings.policy.rules, [{ name: 'office' }])
    t.match(settings.supply?.sources, [{ kind: 'folder' }])
  })
  t.test('a mistake in such a mapping is reported at its place', async t => {
    t.match(home.problems('allow:\n  name: a\n  form: 10.0.0.0/8\n'), [
      /:3:3 allow\[0\]\.form is not known; did you mean from\?/,
    ])
    t.match(home.problems('allow:\n  name: a\n  from: offices\n'), [
      /:3:9 allow\[0\]\.from "offices" is/,
    ])
  })
  t.test('a whole configuration in JSON', async t => {
    const json = JSON.stringify({
      allow: [{ name: 'a', photos: ['*@\u00fc.example', '!c@\u00fc.example'] }],
    })
    t.match(home.settings(json).policy.rules, [{ name: 'a' }])
    t.match(home.settings(json.replaceAll('\u00fc', '\\u00fc')).policy.rules, [{ name: 'a' }])
  })
})

t.test('a missing key file and a missing password are reported together', async t => {
  const home = openConfigHome(t)
  const text = 'ltpa: { keys: [{ file: ltpa.keys, passwordFile: ltpa.pw }] }'
  t.match(home.problems(text), [
    /:1:24 ltpa\.keys\[0\]\.file cannot be read: ltpa\.keys is not there/,
    /:1:49 ltpa\.keys\[0\]\.passwordFile cannot be read: ltpa\.pw is not there/,
  ])
  writeFileSync(join(home.directory, 'ltpa.keys'), 'nothing')
  writeFileSync(join(home.directory, 'ltpa.pw'), '')
  t.match(home.problems(text), [
    /:1:24 .*\.file has no com\.ibm/,
    /:1:49 .*\.passwordFile is empty/,
  ])
  t.match(home.problems('ltpa: { keys: [{ file: ltpa.keys }] }'), [
    /:1:16 ltpa\.keys\[0\]\.passwordFile is missing/,
    /:1:24 ltpa\.keys\[0\]\.file has no com\.ibm/,
  ])
})
