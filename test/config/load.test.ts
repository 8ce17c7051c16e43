import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { formatProblem } from '../../src/config/document/problem.ts'
import { loadConfig } from '../../src/config/load.ts'
import { parseNetworkAddress } from '../../src/policy/network-address.ts'
import { openConfigHome } from '../fixtures/config.ts'
import { ruleFor } from '../fixtures/decision.ts'
import { fc, holds } from '../fixtures/property.ts'

const example = `listen: [{ host: 127.0.0.1, port: 8080 }]
proxies: [127.0.0.1, ::1]              # whose forwarded header is believed; default none
clientHeader: x-forwarded-for          # or forwarded, x-real-ip, $wsra ; exactly one is ever read
networks:                              # names for reuse
  offices: [10.0.0.0/8, 2001:db8:10::/48, 192.0.2.10-192.0.2.20]
  branches: { file: branches.txt }     # one entry a line, # comments, reloaded when it changes
photos:
  directory: photos                    # relative to this file
  missing: not-found                   # or placeholder (a neutral silhouette, 200)
  maxAge: 5m
  cache: 256MiB
allow:                                 # first rule that matches admits and is named in the log; none = turned away
  - { name: sametime-proxy, from: [10.1.2.3] }
  - { name: offices, from: [offices, branches] }
  - { name: signed-in, cookie: [LtpaToken2, LtpaToken] }
  - { name: meeting, cookie: "STPluginActivePage=stMeetingroom*", photos: ["*@acme.example", "!ceo@acme.example"] }
otherwise: { redirect: "https://www.acme.example/sign-in" }   # or { status: 403 }; default redirect: the built-in page /-/turned-away
`
const branches = '# branches\r\n198.51.100.0/24\r\n'

t.test(
  'all problems are reported at once, in the order of the file, then those of other files',
  async t => {
    const home = openConfigHome(t, { 'branches.txt': '198.51.100.0/24\n10/8\n' })
    const text = `listn: []
proxies: [127.0.0.1/8]
clientHeader: x-forwarded-far
networks:
  offices: [10/8]
  branches: { file: branches.txt }
photos:
  maxage: 5m
  cache: lots
allow:
  - { name: a, from: [ofices] }
  - { name: a, cookie: [L*pa] }
  - { name: open }
  - { name: b, form: [10.0.0.0/8] }
otherwise: { redirect: "//evil.example" }
`
    t.strictSame(home.problems(text), [
      'photogate.yaml:1:1 listn is not known; did you mean listen?',
      'photogate.yaml:2:11 proxies[0] "127.0.0.1/8" has host bits set; write 127.0.0.0/8',
      'photogate.yaml:3:15 clientHeader "x-forwarded-far" is not known; did you mean x-forwarded-for?',
      'photogate.yaml:5:13 networks.offices[0] "10/8" is not a network; write all four numbers, like 10.0.0.0/8',
      'photogate.yaml:8:3 photos.maxage is not known; did you mean maxAge?',
      'photogate.yaml:9:10 photos.cache "lots" is not a size; write 256MiB',
      'photogate.yaml:11:23 allow[0].from[0] "ofices" is not among networks; did you mean offices?',
      'photogate.yaml:12:13 allow[1].name "a" is taken by allow[0]; give each rule its own name',
      'photogate.yaml:12:25 allow[1].cookie[0] "L*pa" has no cookie name; write Name, Name*, Name=value or Name=prefix*',
      'photogate.yaml:13:5 allow[2] has no condition and would admit everybody; add from, ltpa, cookie, link, pass or photos',
      'photogate.yaml:14:16 allow[3].form is not known; did you mean from?',
      'photogate.yaml:15:24 otherwise.redirect "//evil.example" is not a place to redirect to; write https://www.acme.example/sign-in or a path such as /-/turned-away',
      'branches.txt:2:1 "10/8" is not a network; write all four numbers, like 10.0.0.0/8',
    ])
  },
)

t.test('each problem says where it is and what to write', async t => {
  const home = openConfigHome(t, { 'empty.txt': '', 'bad.txt': 'x' })
  execFileSync('mkfifo', [join(home.directory, 'fifo')])
  const anyNetwork =
    'write an address, a block like 10.0.0.0/8, or a range like 192.0.2.10-192.0.2.20'
  const rows: [string, string[]][] = [
    ['- a', ['photogate.yaml:1:1 ["a"] does not fit; write keys and values, as in the README']],
    ['text', ['photogate.yaml:1:1 "text" does not fit; write keys and values, as in the README']],
    ['allow: [', ['photogate.yaml:1:8 allow the [ here is not closed; write ] at its end']],
    [
      'verbose: true',
      [
        'photogate.yaml:1:1 verbose is not known; known here: listen, proxies, clientHeader, timeouts, networks, groups, photos, ltpa, links, allow, otherwise, canaries, ledger, supply',
      ],
    ],
    [
      'listen: 8080',
      [
        'photogate.yaml:1:9 listen 8080 is not an address and a port; write { host: 127.0.0.1, port: 8080 }',
      ],
    ],
    [
      'listen: [8080]',
      [
        'photogate.yaml:1:10 listen[0] 8080 is not an address and a port; write { host: 127.0.0.1, port: 8080 }',
      ],
    ],
    [
      'listen: [{ port: 80 }]',
      ['photogate.yaml:1:10 listen[0].host is missing; add host: 127.0.0.1'],
    ],
    [
      'listen: [{ host: "127.0.0.1" }]',
      ['photogate.yaml:1:10 listen[0].port is missing; add port: 8080'],
    ],
    [
      'listen: [{ host: "", port: 80 }]',
      [
        'photogate.yaml:1:18 listen[0].host "" does not fit; write an address of this machine, like 127.0.0.1',
      ],
    ],
    [
      'listen: [{ host: h, port: http }]',
      ['photogate.yaml:1:27 listen[0].port "http" is not a port; write 0 to 65535'],
    ],
    [
      'listen: [{ host: h, port: "65536" }]',
      ['photogate.yaml:1:27 listen[0].port "65536" is not a port; write 0 to 65535'],
    ],
    [
      'proxies: [offices]',
      [`photogate.yaml:1:11 proxies[0] "offices" is not a network; ${anyNetwork}`],
    ],
    [
      'proxies: 1',
      [
        /^photogate\.yaml:1:10 proxies 1 is a number to YAML, and a text is due; write "1" in quotes/,
      ] as never,
    ],
    [
      'proxies: [{}]',
      [
        'photogate.yaml:1:11 proxies[0] {} does not fit; write an address, a CIDR block or a range, or unix, or cert:CN=NAME, like 127.0.0.1',
      ],
    ],
    [
      'clientHeader: host',
      [
        'photogate.yaml:1:15 clientHeader "host" is not known; write x-forwarded-for or forwarded or x-real-ip or $wsra',
      ],
    ],
    [
      'clientHeader: 2',
      [/^photogate\.yaml:1:15 clientHeader 2 is not known; write x-forwarded-for or /] as never,
    ],
    [
      'networks: { 1st: [10.0.0.1] }',
      [
        'photogate.yaml:1:13 networks.1st is not a name; begin with a letter, go on with letters, digits, - and _',
      ],
    ],
    [
      'networks: { a: fe80::1%eth0 }',
      ['photogate.yaml:1:16 networks.a "fe80::1%eth0" has a zone; write the address without %…'],
    ],
    [
      'networks: { a: ["::ffff:10.0.0.0/104"] }',
      [
        'photogate.yaml:1:17 networks.a[0] "::ffff:10.0.0.0/104" is an IPv4-mapped address; write 10.0.0.0/8',
      ],
    ],
    [
      'networks: { a: {} }',
      ['photogate.yaml:1:16 networks.a.file is missing; add file: branches.txt'],
    ],
    ['networks: { a: { file: bad.txt } }', [`bad.txt:1:1 "x" is not a network; ${anyNetwork}`]],
    [
      'networks: { a: { file: photos } }',
      ['photogate.yaml:1:24 networks.a.file cannot be read: photos is a folder, not a file'],
    ],
    [
      'networks: { a: { file: fifo } }',
      ['photogate.yaml:1:24 networks.a.file cannot be read: fifo is not a regular file'],
    ],
    [
      'listen: [{ host: h, port: 1 }, { host: h, port: 2 }, { host: h, port: 1 }]',
      ['photogate.yaml:1:54 listen[2] is listen[0] again; take it out'],
    ],
    [
      'networks: { a: { file: gone.txt } }',
      ['photogate.yaml:1:24 networks.a.file cannot be read: gone.txt is not there'],
    ],
    [
      'photos: { directory: nowhere }',
      [
        'photogate.yaml:1:22 photos.directory nowhere is not a directory; create it, or name another here or with --photos',
      ],
    ],
    [
      'photos: { directory: photogate.yaml }',
      [
        'photogate.yaml:1:22 photos.directory photogate.yaml is not a directory; create it, or name another here or with --photos',
      ],
    ],
    [
      'photos: { missing: 404 }',
      ['photogate.yaml:1:20 photos.missing 404 is not known; write not-found or placeholder'],
    ],
    [
      'photos: { maxAge: 5 }',
      ['photogate.yaml:1:19 photos.maxAge 5 has no unit; write 5s, 5m, 5h or 5d'],
    ],
    [
      'photos: { maxAge: "5" }',
      ['photogate.yaml:1:19 photos.maxAge "5" is not a duration; write 5s, 5m, 5h or 5d'],
    ],
    [
      'allow: [{ from: 10.0.0.1 }]',
      ['photogate.yaml:1:9 allow[0].name is missing; add name: offices'],
    ],
    [
      'allow: [{ name: "a b", from: 10.0.0.1 }]',
      [
        'photogate.yaml:1:17 allow[0].name "a b" does not fit; write a name of letters, digits, - and _ that begins with a letter, like offices',
      ],
    ],
    [
      'allow: [{ name: turned-away, from: 10.0.0.1 }]',
      [
        'photogate.yaml:1:17 allow[0].name "turned-away" is what the log says when no rule matches; choose another name',
      ],
    ],
    [
      'allow: [{ name: a, from: offices }]',
      [
        'photogate.yaml:1:26 allow[0].from "offices" is not among networks; add it there, or write an address or a block',
      ],
    ],
    [
      'allow: [{ name: a, cookie: "Ltpa Token" }]',
      [
        'photogate.yaml:1:28 allow[0].cookie "Ltpa Token" has no cookie name; write Name, Name*, Name=value or Name=prefix*',
      ],
    ],
    [
      'allow: [{ name: a, photos: ["!"] }]',
      [
        'photogate.yaml:1:29 allow[0].photos[0] "!" can match no mail address; write *@acme.example, ceo@acme.example or !ceo@acme.example',
      ],
    ],
    [
      'allow: [{ name: a, photos: ["!ceo@acme.example "] }]',
      [
        'photogate.yaml:1:29 allow[0].photos[0] "!ceo@acme.example " can match no mail address; write *@acme.example, ceo@acme.example or !ceo@acme.example',
      ],
    ],
    [
      'allow: [{ name: a, photos: ["ceo"] }]',
      [
        'photogate.yaml:1:29 allow[0].photos[0] "ceo" can match no mail address; write *@acme.example, ceo@acme.example or !ceo@acme.example',
      ],
    ],
    [
      'allow: [{ name: a, photos: ["*@"] }]',
      [
        'photogate.yaml:1:29 allow[0].photos[0] "*@" can match no mail address; write *@acme.example, ceo@acme.example or !ceo@acme.example',
      ],
    ],
    [
      'allow: [{ name: a, photos: ["*@*@acme.example"] }]',
      [
        'photogate.yaml:1:29 allow[0].photos[0] "*@*@acme.example" can match no mail address; write *@acme.example, ceo@acme.example or !ceo@acme.example',
      ],
    ],
    [
      'allow: [{ name: a, photos: ["photos/*@acme.example"] }]',
      [
        'photogate.yaml:1:29 allow[0].photos[0] "photos/*@acme.example" can match no mail address; write *@acme.example, ceo@acme.example or !ceo@acme.example',
      ],
    ],
    [
      'allow: [{ name: a, photos: ["!!ceo@acme.example"] }]',
      [
        'photogate.yaml:1:29 allow[0].photos[0] "!!ceo@acme.example" begins with two !; write one to exclude',
      ],
    ],
    [
      'allow: [{ name: a, photos: ["!ceo@acme.example.jpg"] }]',
      [
        'photogate.yaml:1:29 allow[0].photos[0] "!ceo@acme.example.jpg" names a file, and globs are over mail addresses; leave out .jpg',
      ],
    ],
    ['allow: [~]', [/^photogate\.yaml:1:9 allow\[0\] has no value; write a rule/] as never],
    ['otherwise: 403', ['photogate.yaml:1:12 otherwise 403 has no key; write { status: 403 }']],
    ['nothing: [*gone]', [/^photogate\.yaml:1:1 nothing is not known/, /:11 .*\*gone/] as never],
  ]
  for (const [text, expected] of rows) {
    t.test(text, async t => {
      t.match(home.problems(text), expected)
      t.equal(home.load(text).settings, undefined)
    })
  }
})

t.test('a value out of bounds is refused with the bounds', async t => {
  const home = openConfigHome(t)
  const rows: [string, RegExp][] = [
    ['listen: [{ host: h, port: 99999 }]', /:27 listen\[0\]\.port 99999 .*65535/],
    ['listen: [{ host: h, port: -1 }]', /:27 listen\[0\]\.port -1 .*65535/],
    ['listen: []', /:9 listen \[\] .*like \[/],
    ['proxies: []', /:10 proxies \[\] .*(?:10\.0\.0\.0\/8|network|fronts)/],
    ['networks: { a: [] }', /:16 networks\.a \[\] .*10\.0\.0\.0\/8/],
    ['allow: [{ name: a, from: [] }]', /:26 allow\[0\]\.from \[\] .*network/],
    ['allow: [{ name: a, cookie: [] }]', /:28 allow\[0\]\.cookie \[\] .*cookie/],
    ['otherwise: { status: 500 }', /:22 otherwise\.status 500 .*403/],
    ['otherwise: { status: "403" }', /:22 otherwise\.status "403" .*403/],
  ]
  for (const [text, expected] of rows) {
    t.test(text, async t => {
      const problems = home.problems(text)
      t.match(problems[0], expected)
      t.equal(problems.length, 1)
    })
  }
})

t.test('one mistake neither hides another nor causes a false one', async t => {
  const home = openConfigHome(t, { 'pics/joe@acme.example.jpg': '' })
  t.test('a duplicate name and a missing condition are both reported', async t => {
    t.strictSame(home.problems('allow:\n- { name: a, from: 10.0.0.1 }\n- { name: a }'), [
      'photogate.yaml:3:3 allow[1] has no condition and would admit everybody; add from, ltpa, cookie, link, pass or photos',
      'photogate.yaml:3:11 allow[1].name "a" is taken by allow[0]; give each rule its own name',
    ])
  })
  t.test('a missing name and an unknown network are both reported', async t => {
    t.equal(home.problems('allow:\n- { from: nowhere }').length, 2)
  })
  t.test('an unset variable and a duplicate name are both reported', async t => {
    const text = `photos: { maxAge: "\${AGE}" }\nallow:\n- { name: a, from: 10.0.0.1 }\n- { name: a, from: 10.0.0.2 }`
    const problems = home.problems(text)
    t.match(problems, [/AGE is not set/, /"a" is taken/])
    t.equal(problems.length, 2)
  })
  t.test('an unset variable does not make the directory a problem', async t => {
    const text = `photos: { directory: pics, maxAge: 5m }\nallow: [{ name: a, from: "\${NET}" }]`
    const other = openConfigHome(t, { 'pics/joe@acme.example.jpg': '' })
    const problems = other.problems(text).filter(problem => /directory/.test(problem))
    t.strictSame(problems, [])
  })
  t.test('a refused network keeps its name, so rules that use it are not refused', async t => {
    const text = 'networks: { offices: [10/8] }\nallow: [{ name: a, from: offices }]'
    t.equal(home.problems(text).length, 1)
  })
})

t.test('thousands of problems are all reported', async t => {
  const home = openConfigHome(t)
  const rules = Array.from(
    { length: 1_000 },
    (_, at) => `- { name: r${at}, from: [1, 2], cookie: [x y] }`,
  )
  const problems = home.problems(`allow:\n${rules.join('\n')}`)
  t.ok(problems.length >= 2_500, `${problems.length} problems`)
})

t.test(
  'a configuration without an end is refused, and one from a pipe is read where that is allowed',
  { skip: process.platform === 'win32' },
  async t => {
    t.match(loadConfig({ file: '/dev/zero', env: {}, allowsPipes: true }).problems, [
      { message: 'is larger than 4194304 bytes; put long lists into files of their own' },
    ])
    const home = openConfigHome(t)
    const pipe = join(home.directory, 'pipe')
    execFileSync('mkfifo', [pipe])
    for (const file of [pipe, '/dev/zero']) {
      t.match(loadConfig({ file, env: {} }).problems, [
        { message: /^cannot be read: it is a pipe or a device, not a regular file; / },
      ])
    }
    writeFileSync(home.file, 'shadow: pipe\nallow: [{ name: a, from: 10.0.0.0/8 }]')
    const { settings } = loadConfig({ file: home.file, env: {}, allowsPipes: true })
    t.match(settings?.shadow, {
      settings: undefined,
      problems: [{ file: pipe, message: /it is a pipe or a device/ }],
    })
    const writer = spawn('sh', ['-c', 'echo "allow: [{ name: a, from: 10.0.0.0/8 }]" > "$0"', pipe])
    const ended = once(writer, 'exit')
    t.strictSame(loadConfig({ file: pipe, env: {}, allowsPipes: true }).problems, [])
    await ended
  },
)

t.test('a file that cannot be read is a problem without a place', async t => {
  const home = openConfigHome(t)
  const file = join(home.directory, 'gone.yaml')
  const loaded = loadConfig({ file, env: {} })
  t.equal(loaded.settings, undefined)
  t.strictSame(loaded.problems.map(formatProblem), [
    `${file} cannot be read: the file is not there; name the configuration with --config FILE`,
  ])
  t.strictSame(loaded.files, [file], 'and is watched all the same')
  t.match(loadConfig({ env: {}, file: home.directory }).problems.map(formatProblem), [
    /is a folder, not a file/,
  ])
})

t.test('proxies that contain every address are refused', async t => {
  const home = openConfigHome(t)
  const message =
    'photogate.yaml:1:10 proxies trusts every address there is, so that anyone could name any client; list the fronts only'
  const lists = ['0.0.0.0/0', '["::/0"]', '[10.0.0.1, "::/0"]', '[0.0.0.0/1, 128.0.0.0/1]']
  lists.push(
    '["8000::/1", "::/1"]',
    '[0.0.0.0-255.255.255.255]',
    '[0.0.0.0/1, 127.0.0.0-255.255.255.255]',
  )
  for (const proxies of lists) {
    t.test(`proxies: ${proxies}`, async t => {
      t.strictSame(home.problems(`proxies: ${proxies}`), [message])
    })
  }
})

t.test('CVE-2026-83589: a redirect that could lead to another host is refused', async t => {
  const home = openConfigHome(t)
  const targets = ['', 'www.acme.example', '//evil.example', '/\\evil.example', '\\\\evil.example']
  targets.push('/\t/evil.example', '/ok\r\nSet-Cookie: a=b', '/ok\n', '/a b', '/\u00e9', '/a\\b')
  targets.push('https://user@www.acme.example/', 'https://user:secret@www.acme.example/')
  targets.push('https://:secret@www.acme.example/', 'https://www.acme.example\\@evil.example/')
  targets.push('https://', 'https:/www.acme.example', 'https:www.acme.example', 'https://a b/')
  targets.push(
    'javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'ftp://acme.example/',
  )
  targets.push('https://www.acme.example/\r\nX: y', 'https://www.acme.example/\t', ' /ok')
  targets.push('https://[::1', 'https://www.acme.example:99999/', 'https://acme.ex\u00e4mple/')
  for (const target of targets) {
    t.test(JSON.stringify(target), async t => {
      const problems = home.problems(`otherwise: { redirect: ${JSON.stringify(target)} }`)
      t.equal(problems.length, 1)
      t.match(
        problems[0],
        /^photogate\.yaml:1:24 otherwise\.redirect (?:".* is not a place to redirect to|\\[trn] in double)/,
      )
    })
  }
})

t.test('a redirect to a URL or a path is kept unchanged', async t => {
  const home = openConfigHome(t)
  const targets = [
    'https://www.acme.example/sign-in',
    'http://intranet:8080',
    '/',
    '/-/turned-away',
  ]
  targets.push(
    '/sign-in?to=a@b//c#x',
    'https://www.acme.example/?mail=a@b',
    'HTTPS://ACME.EXAMPLE/',
  )
  for (const redirect of targets) {
    t.test(redirect, async t => {
      const { otherwise } = home.settings(`otherwise: { redirect: ${JSON.stringify(redirect)} }`)
      t.strictSame(otherwise, { redirect })
    })
  }
  t.test('otherwise may be a bare status', async t => {
    for (const status of [401, 403, 404]) {
      t.strictSame(home.settings(`otherwise: { status: ${status} }`).otherwise, { status })
    }
  })
})

t.test('legal but risky settings are warnings', async t => {
  const home = openConfigHome(t, { 'empty.txt': '# none yet\n' })
  const everything = 'is every address there is: this condition holds for everybody'
  const loopback =
    'holds this machine: a front on it that is not among proxies admits everybody who comes through it'
  const proxy =
    'holds a proxy: should that front ever be taken out of proxies, everybody who comes through it is admitted'
  const rows: [string, string, string[]][] = [
    ['an empty file', '', ['photogate.yaml:1:1 allow has no rules: every request is turned away']],
    [
      'comments alone',
      '# nothing',
      ['photogate.yaml:1:1 allow has no rules: every request is turned away'],
    ],
    [
      'no rules',
      'allow: []',
      ['photogate.yaml:1:8 allow has no rules: every request is turned away'],
    ],
    [
      'all of IPv6, and not of IPv4',
      'allow: [{ name: a, from: n }]\nnetworks: { n: ["::/0", 10.0.0.0/8] }',
      [
        'photogate.yaml:1:26 allow[0].from "n" holds every address of IPv6: this condition holds for everybody who comes over it',
      ],
    ],
    [
      'a cookie as the only condition',
      'allow: [{ name: a, cookie: LtpaToken }]',
      [
        'photogate.yaml:1:28 allow[0].cookie of rule "a" only looks whether a cookie is there: anyone can send one',
      ],
    ],
    [
      'a cookie and photos',
      'allow: [{ name: a, cookie: LtpaToken, photos: "*@a" }]',
      [
        'photogate.yaml:1:28 allow[0].cookie of rule "a" only looks whether a cookie is there: anyone can send one',
      ],
    ],
    [
      'photos as the only condition',
      'allow: [{ name: a, photos: "*@a" }]',
      [
        'photogate.yaml:1:28 allow[0].photos of rule "a" is its only condition: these photos are open to everybody',
      ],
    ],
    ['a cookie with a network', 'allow: [{ name: a, cookie: LtpaToken, from: 10.0.0.1 }]', []],
    ['a network with photos', 'allow: [{ name: a, photos: "*@a", from: 10.0.0.1 }]', []],
    [
      'loopback in from',
      'allow: [{ name: a, from: 127.0.0.0/8 }]',
      [`photogate.yaml:1:26 allow[0].from "127.0.0.0/8" ${loopback}`],
    ],
    [
      'IPv6 loopback in from',
      'allow: [{ name: a, from: [10.0.0.1, "::1"] }]',
      [`photogate.yaml:1:37 allow[0].from[1] "::1" ${loopback}`],
    ],
    ['near loopback', 'allow: [{ name: a, from: 127.0.0.2 }]', []],
    [
      'everything',
      'allow: [{ name: a, from: 0.0.0.0/0 }]',
      [`photogate.yaml:1:26 allow[0].from "0.0.0.0/0" ${everything}`],
    ],
    [
      'everything of IPv6',
      'allow: [{ name: a, from: ["::/0"] }]',
      [`photogate.yaml:1:27 allow[0].from[0] "::/0" ${everything}`],
    ],
    [
      'everything in two halves',
      'networks: { all: [0.0.0.0/1, 128.0.0.0/1] }\nallow: [{ name: a, from: all }]',
      [`photogate.yaml:2:26 allow[0].from "all" ${everything}`],
    ],
    [
      'a proxy inside an admitted network',
      'proxies: 10.1.2.3\nallow: [{ name: a, from: 10.0.0.0/8 }]',
      [`photogate.yaml:2:26 allow[0].from "10.0.0.0/8" ${proxy}`],
    ],
    [
      'a proxy that is loopback, by the name of its network',
      'proxies: ["::1"]\nnetworks: { here: "::1" }\nallow: [{ name: a, from: here }]',
      [
        `photogate.yaml:3:26 allow[0].from "here" ${loopback}`,
        `photogate.yaml:3:26 allow[0].from "here" ${proxy}`,
      ],
    ],
    [
      'a file without a network',
      'networks: { a: { file: empty.txt } }\nallow: [{ name: a, from: a }]',
      ['photogate.yaml:1:24 networks.a.file empty.txt lists no network'],
    ],
  ]
  for (const [what, text, warnings] of rows) {
    t.test(what, async t => {
      t.strictSame(home.warnings(text), warnings)
    })
  }
})

t.test('without a configuration the built-in rules apply, with warnings', async t => {
  const home = openConfigHome(t)
  const loaded = loadConfig({ env: {}, file: undefined, photos: join(home.directory, 'photos') })
  t.strictSame(loaded.problems, [])
  t.strictSame(loaded.files, [])
  t.strictSame(loaded.warnings.map(formatProblem), [
    'built-in configuration:2:32 allow[0].cookie of rule "signed-in" only looks whether a cookie is there: anyone can send one',
    'built-in configuration:3:30 allow[1].cookie of rule "meeting" only looks whether a cookie is there: anyone can send one; for guests of meetings write pass: signed (photogate pass)',
  ])
  const { settings } = loaded
  t.strictSame(settings?.otherwise, { redirect: '/-/turned-away' })
  t.strictSame(
    [...(settings?.policy.cookieNames ?? [])],
    ['ltpatoken2', 'ltpatoken', 'stpluginactivepage'],
  )
  t.test('a missing photo directory is a problem', async t => {
    const { problems } = loadConfig({
      env: {},
      file: undefined,
      photos: join(home.directory, 'gone'),
    })
    t.match(problems.map(formatProblem), [
      /^built-in configuration:1:1 photos\.directory .*gone is not a directory/,
    ])
  })
  t.test('photos are read from ./photos', async t => {
    const before = process.cwd()
    t.teardown(() => process.chdir(before))
    process.chdir(home.directory)
    t.equal(
      loadConfig({ env: {}, file: undefined }).settings?.photos.directory,
      join(process.cwd(), 'photos'),
    )
  })
})

t.test('the example of the documentation loads', async t => {
  const home = openConfigHome(t, { 'branches.txt': branches })
  const { settings, problems, files } = home.load(example)
  t.strictSame(problems, [])
  if (settings === undefined) return
  t.strictSame(files, [home.file, join(home.directory, 'branches.txt')])
  t.strictSame(settings.files, files)
  t.strictSame(settings.listen, [{ host: '127.0.0.1', port: 8080 }])
  t.equal(settings.clientHeader, 'x-forwarded-for')
  t.strictSame(settings.photos, {
    directory: join(home.directory, 'photos'),
    missing: 'not-found',
    maxAgeSeconds: 300,
    cacheBytes: 268_435_456,
  })
  t.strictSame(settings.otherwise, { redirect: 'https://www.acme.example/sign-in' })
  t.strictSame(
    settings.policy.rules.map(({ name }) => name),
    ['sametime-proxy', 'offices', 'signed-in', 'meeting'],
  )
  const ruleOf = (client: string, cookie?: [string, string], photo = 'joe@acme.example') =>
    ruleFor(settings.policy, {
      client: parseNetworkAddress(client),
      cookies: cookie ? [{ name: cookie[0], value: cookie[1] }] : [],
      photo,
      aliasesOf: () => [],
    })
  t.equal(ruleOf('8.8.8.8'), undefined)
  t.equal(ruleOf('8.8.8.8', ['xltpatoken2', '1']), undefined)
  t.equal(
    ruleOf('8.8.8.8', ['stpluginactivepage', 'stMeetingroom1'], 'ceo@acme.example'),
    undefined,
  )
  t.equal(ruleOf('10.1.2.3'), 'sametime-proxy')
  t.equal(ruleOf('::ffff:10.1.2.4'), 'offices')
  t.equal(ruleOf('192.0.2.20'), 'offices')
  t.equal(ruleOf('2001:db8:10::9'), 'offices')
  t.equal(ruleOf('198.51.100.7'), 'offices')
  t.equal(ruleOf('8.8.8.8', ['ltpatoken', '1']), 'signed-in')
  t.equal(ruleOf('8.8.8.8', ['stpluginactivepage', 'stMeetingroom1']), 'meeting')
  const known = ['127.0.0.1', '::1', '10.0.0.1'].map(text => {
    const address = parseNetworkAddress(text)
    return address !== undefined && settings.proxies?.has(address)
  })
  t.strictSame(known, [true, true, false])
})

t.test('a missing key has its default', async t => {
  const home = openConfigHome(t)
  const settings = home.settings('')
  t.strictSame(settings.listen, [{ host: '127.0.0.1', port: 8080 }])
  t.equal(settings.proxies, undefined)
  t.equal(settings.clientHeader, 'x-forwarded-for')
  t.strictSame(settings.photos, {
    directory: join(home.directory, 'photos'),
    missing: 'not-found',
    maxAgeSeconds: 300,
    cacheBytes: 268_435_456,
  })
  t.strictSame(settings.otherwise, { redirect: '/-/turned-away' })
  t.strictSame(settings.policy.rules, [])
})

t.test('every given value is used', async t => {
  const home = openConfigHome(t)
  const settings = home.settings(
    `
listen: [{ host: "::1", port: 0 }, { host: localhost, port: "\${PORT}" }]
clientHeader: $wsra
photos: { directory: ".", missing: placeholder, maxAge: 1h, cache: 64KB }
allow: [{ name: one, from: 10.0.0.1, cookie: A, photos: "*" }]
`,
    { env: { PORT: '08081' } },
  )
  t.strictSame(settings.listen, [
    { host: '::1', port: 0 },
    { host: 'localhost', port: 8081 },
  ])
  t.equal(settings.clientHeader, '$wsra')
  t.strictSame(settings.photos, {
    directory: home.directory,
    missing: 'placeholder',
    maxAgeSeconds: 3_600,
    cacheBytes: 64_000,
  })
  t.strictSame(
    settings.policy.rules[0]?.conditions.map(({ kind }) => kind),
    ['from', 'cookie', 'photos'],
  )
})

t.test('the command line overrides the file', async t => {
  const home = openConfigHome(t)
  const text =
    'listen: [{ host: "::1", port: 1 }, { host: "::1", port: 2 }]\nphotos: { directory: gone }'
  const photos = join(home.directory, 'photos')
  t.match(home.problems(text, { photos: join(home.directory, 'nowhere') }), [
    'photogate.yaml:2:22 photos.directory nowhere is not a directory; create it, or name another here or with --photos',
  ])
  t.strictSame(home.settings(text, { photos }).listen.length, 2)
  t.equal(home.settings(text, { photos }).photos.directory, photos)
  t.strictSame(home.settings(text, { photos, host: '127.0.0.1' }).listen, [
    { host: '127.0.0.1', port: 1 },
  ])
  t.strictSame(home.settings(text, { photos, port: 0 }).listen, [{ host: '::1', port: 0 }])
})

t.test('a network file is read beside the configuration, wherever the program runs', async t => {
  const home = openConfigHome(t, { 'lists/a.txt': '\uFEFF10.0.0.0/8\r\n' })
  const settings = home.settings(
    'networks: { a: { file: lists/a.txt } }\nallow: [{ name: a, from: a }]',
  )
  const client = parseNetworkAddress('10.1.1.1')
  t.equal(ruleFor(settings.policy, { client, cookies: [], photo: undefined }), 'a')
  t.strictSame(settings.files, [home.file, join(home.directory, 'lists', 'a.txt')])
})

t.test('no text makes loading throw: it gives settings or problems', async t => {
  const home = openConfigHome(t, { 'branches.txt': branches })
  const isSettled = (text: string) => {
    writeFileSync(home.file, text)
    const { settings, problems } = loadConfig({ file: home.file, env: {} })
    return (settings === undefined) === problems.length > 0
  }
  const token = fc.constantFrom(
    'a',
    '1',
    ':',
    ': ',
    '- ',
    '\n',
    '\n  ',
    '[',
    ']',
    '{',
    '}',
    '"',
    "'",
    '&x ',
    '*x',
    '? ',
    '!!str ',
    '|',
    '>',
    '#',
    ',',
    '~',
    '<<: ',
    '---',
    'allow',
    'from',
    'name',
  )
  t.test('random text', async t => {
    const text = fc.oneof(
      fc.string(),
      fc.array(token, { maxLength: 25 }).map(parts => parts.join('')),
    )
    holds(t, fc.property(text, isSettled), 1_000)
  })
  t.test('a good configuration with one piece replaced', async t => {
    const piece = fc.oneof(token, fc.string({ maxLength: 6 }), fc.constant(''))
    const at = fc.nat(example.length)
    holds(
      t,
      fc.property(at, fc.nat(12), piece, (from, length, text) =>
        isSettled(example.slice(0, from) + text + example.slice(from + length)),
      ),
      600,
    )
  })
  t.test('values of the wrong type at every place', async t => {
    const name = fc.constantFrom(
      'listen',
      'proxies',
      'clientHeader',
      'networks',
      'groups',
      'group',
      'notGroup',
      'photos',
      'allow',
      'otherwise',
      'supply',
      'sources',
      'ldap',
      'sftp',
      'bind',
      'name',
      'from',
      'cookie',
      'host',
      'port',
      'file',
      'directory',
      'redirect',
      'status',
      'a',
      '__proto__',
      '',
    )
    const leaf = fc.oneof(
      fc.constantFrom('a', '10/8', '10.0.0.0/8', 'LtpaToken', '*', '!', '/x', '5m', 'sftp://%@a'),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.double(),
    )
    const { tree } = fc.letrec(tie => ({
      tree: fc.oneof(
        { maxDepth: 5 },
        leaf,
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(name, tie('tree'), { maxKeys: 4 }),
      ),
    }))
    const top = fc.dictionary(name, tree, { maxKeys: 5 })
    holds(
      t,
      fc.property(top, value => isSettled(JSON.stringify(value))),
      1_500,
    )
  })
})
