import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { loadConfig } from '../../src/config/load.ts'
import { formatConfig } from '../../src/convert/config-text.ts'
import type { Conversion } from '../../src/convert/conversion.ts'
import { convertBlock, convertText, seedBlock } from '../fixtures/httpd.ts'

/** Each rule as `networks / cookies`. */
function rulesOf({ rules, networks }: Conversion): string[] {
  const blocksOf = (name: string) => networks.find(each => each.name === name)?.blocks.join(' ')
  return rules.map(
    ({ network, cookie }) =>
      `${network === undefined ? 'anywhere' : blocksOf(network.name)} / ${cookie?.patterns.join(' ') ?? 'no cookie'}`,
  )
}
const messagesOf = ({ leftovers }: Conversion) => leftovers.map(({ message }) => message)
const turnAway = 'RewriteRule ^(.*)$ https://www.acme.example/ [R,L]'
const block = (...lines: string[]) => convertBlock(['RewriteEngine On', ...lines].join('\n'))

t.test('the block that administrators copied from forum posts becomes seven rules', async t => {
  const conversion = convertText(seedBlock)
  t.strictSame(rulesOf(conversion), [
    'anywhere / LtpaToken2',
    'anywhere / LtpaToken',
    'anywhere / STPluginActivePage=stMeetingroom*',
    '127.20.16.0/20 / no cookie',
    '127.30.64.0/21 / no cookie',
    '127.40.0.0/20 / no cookie',
    '127.50.60.70 / no cookie',
  ])
  t.strictSame(
    conversion.rules.map(({ name }) => name),
    [
      'LtpaToken2',
      'LtpaToken',
      'STPluginActivePage',
      'old-subnets-and-staff-vpn',
      'uk',
      'india',
      'sametime-proxy',
    ],
  )
  t.strictSame(conversion.otherwise, { redirect: 'https://www.acme.example/sign-in' })
  t.strictSame(conversion.leftovers, [])
  t.equal(conversion.host.documentRoot, '/opt/IBM/HTTPServer/photos')
})

t.test('a lost redirect target is listed and not invented', async t => {
  const conversion = convertText(seedBlock.replace(' https://www.acme.example/sign-in', ''))
  t.equal(conversion.otherwise, undefined)
  t.match(conversion.leftovers, [
    {
      file: 'httpd.conf',
      line: 16,
      column: 1,
      message: /has lost its target: Apache reads \[R,L\] as a path and answers 400/,
    },
  ])
  t.equal(conversion.rules.length, 7, 'and all other rules are carried over')
})

t.test('conditions are joined by AND and OR as in mod_rewrite', async t => {
  const [a, b] = ['RewriteCond %{REMOTE_ADDR} !^10\\.', 'RewriteCond %{HTTP_COOKIE} !Sso=']
  t.strictSame(rulesOf(block(`${a}`, `${b}`, turnAway)), [
    '10.0.0.0/8 / no cookie',
    'anywhere / Sso',
  ])
  t.strictSame(rulesOf(block(`${a} [OR]`, `${b}`, turnAway)), ['10.0.0.0/8 / Sso'])
  t.strictSame(
    rulesOf(block(`${a} [OR]`, 'RewriteCond %{REMOTE_ADDR} !^10\\.1\\.', turnAway)),
    ['10.1.0.0/16 / no cookie'],
    'in both',
  )
  t.strictSame(
    rulesOf(block(`${a} [OR]`, `${b}`, 'RewriteCond %{HTTP_COOKIE} !Other= [NC]', turnAway)),
    ['10.0.0.0/8 / Sso', 'anywhere / Other'],
  )
  t.strictSame(
    rulesOf(block('RewriteCond %{REMOTE_ADDR} ^(12[89]|1[3-9]\\d|2\\d\\d)\\.', turnAway)),
    ['0.0.0.0/1 ::/0 / no cookie'],
    'the complement',
  )
  t.strictSame(rulesOf(block(turnAway)), [], 'nobody')
  const dangling = block(b, `${a} [OR]`, turnAway)
  t.strictSame(rulesOf(dangling), ['anywhere / Sso'], 'nothing follows, and Apache takes it for so')
  t.match(messagesOf(dangling), [/Cookie: sso=1/, /ends with \[OR\]/])
  t.strictSame(rulesOf(block('RewriteCond %{REMOTE_ADDR} !=192.0.2.7', turnAway)), [
    '192.0.2.7 / no cookie',
  ])
})

t.test('several RewriteRules are read in their order', async t => {
  const pass = (condition: string) => [condition, 'RewriteRule ^ - [L]']
  t.strictSame(
    rulesOf(
      block(
        ...pass('RewriteCond %{REMOTE_ADDR} ^10\\.'),
        ...pass('RewriteCond %{HTTP_COOKIE} Sso=.+'),
        'RewriteRule ^ - [F]',
      ),
    ),
    ['10.0.0.0/8 / no cookie', 'anywhere / Sso'],
  )
  t.strictSame(
    rulesOf(
      block(
        'RewriteCond %{REMOTE_ADDR} ^10\\.6\\.',
        'RewriteRule .* - [F]',
        'RewriteCond %{REMOTE_ADDR} !^10\\.[67]\\.',
        turnAway,
      ),
    ),
    ['10.7.0.0/16 / no cookie'],
  )
  t.match(block('RewriteRule .* - [F]').otherwise, { status: 403 })
  t.match(block('RewriteRule ^ https://a.example/\\%20?\\$1 [R]').otherwise, {
    redirect: 'https://a.example/%20?$1',
  })
  t.match(block('RewriteRule .* - [R=404,L]').otherwise, { status: 404 })
  t.strictSame(
    rulesOf(block('RewriteRule ^ - [E=a:b]', 'RewriteCond %{REMOTE_ADDR} !^10\\.', turnAway)),
    ['10.0.0.0/8 / no cookie'],
  )
})

t.test('networks of Apache 2.4 and 2.2 are carried over', async t => {
  for (const [text, ...rules] of [
    [
      'Require ip 10 192.168.1 192.0.2.7/255.255.255.0',
      '10.0.0.0/8 192.0.2.0/24 192.168.1.0/24 / no cookie',
    ],
    ['Require ip 2001:db8::/32', '2001:db8::/32 / no cookie'],
    ['Require all granted'],
    ['Require all denied'],
    ['Require local', '127.0.0.0/8 ::1 / no cookie'],
    [
      '<RequireAll>\nRequire ip 10\nRequire not ip 10.1\n</RequireAll>',
      '10.0.0.0/16 10.2.0.0/15 10.4.0.0/14 10.8.0.0/13 10.16.0.0/12 10.32.0.0/11 10.64.0.0/10 10.128.0.0/9 / no cookie',
    ],
    [
      '<RequireAny>\nRequire ip 10\nRequire ip 11\n</RequireAny>',
      '10.0.0.0/8 / no cookie',
      '11.0.0.0/8 / no cookie',
    ],
    [
      'Require expr -R "10.0.0.0/8" || %{HTTP_COOKIE} =~ /Sso=/',
      '10.0.0.0/8 / no cookie',
      'anywhere / Sso',
    ],
    [
      'Order deny,allow\nDeny from all\nAllow from 10.1 192.0.2.7',
      '10.1.0.0/16 192.0.2.7 / no cookie',
    ],
    ['Order allow,deny\nAllow from 10\nDeny from 10.0.0.0/9', '10.128.0.0/9 / no cookie'],
    ['Order allow,deny\nDeny from 10'],
  ] as [string, ...string[]][]) {
    t.strictSame(
      rulesOf(convertBlock(`DocumentRoot /photos\n<Directory /photos>\n${text}\n</Directory>`)),
      rules,
      text,
    )
  }
  t.strictSame(
    rulesOf(
      convertText(
        '<Directory />\nRequire all denied\n</Directory>\n<Directory "C:/Photos">\nRequire ip 10\n</Directory>\n<VirtualHost *>\nDocumentRoot "c:\\photos\\all"\n</VirtualHost>',
      ),
    ),
    ['10.0.0.0/8 / no cookie'],
    'the deepest directory counts',
  )
})

t.test('expressions are carried over', async t => {
  for (const [text, ...rules] of [
    [`"! -R '10.0.0.0/8'"`, '10.0.0.0/8 / no cookie'],
    [
      `"!(-R '10.0.0.0/8' || -R '192.0.2.0/24')"`,
      '10.0.0.0/8 / no cookie',
      '192.0.2.0/24 / no cookie',
    ],
    [`"!(%{REMOTE_ADDR} -ipmatch '10.1.0.0/16')"`, '10.1.0.0/16 / no cookie'],
    [
      `"%{REMOTE_ADDR} !~ /^10\\.7\\./ && %{HTTP_COOKIE} !~ /Sso=/i"`,
      '10.7.0.0/16 / no cookie',
      'anywhere / Sso',
    ],
    [`"%{REMOTE_ADDR} != '10.0.0.1'"`, '10.0.0.1 / no cookie'],
    [`"!(%{REMOTE_ADDR} =~ m#^10\\.#)"`, '10.0.0.0/8 / no cookie'],
    [`"true"`],
    [`"false"`],
  ] as [string, ...string[]][]) {
    t.strictSame(rulesOf(block(`RewriteCond expr ${text}`, turnAway)), rules, text)
  }
  for (const text of [
    `"%{TIME_HOUR} -gt 8"`,
    `"-R"`,
    `"(-R '10.0.0.0/8'"`,
    `"-R '10.0.0.0/8' garbage"`,
    `""`,
  ]) {
    const conversion = block(`RewriteCond expr ${text}`, turnAway)
    t.strictSame(rulesOf(conversion), [], text)
    t.match(messagesOf(conversion), [/cannot be carried over/], text)
  }
})

t.test('cookies are carried over as exactly as a rule allows', async t => {
  for (const [pattern, patterns] of [
    ['LtpaToken2=.*$', 'LtpaToken2'],
    ['LtpaToken2', 'LtpaToken2*'],
    ['wordpress_logged_in', 'wordpress_logged_in*'],
    ['_shibsession_.*=', '_shibsession_*'],
    ['(^|;\\s*)_shibsession_[^=]*=[^;]+', '_shibsession_*'],
    ['(^|;\\s*)LtpaToken2=[^;]+', 'LtpaToken2'],
    ['(LtpaToken|LtpaToken2)=', 'LtpaToken LtpaToken2'],
    ['LtpaToken2?=.+', 'LtpaToken LtpaToken2'],
    ['^.*Sso=abc(;|$)', 'Sso=abc'],
    ['Sso=abc\\s*(;|$)', 'Sso=abc'],
    ['Sso=abc\\s*', 'Sso=abc*'],
    ['Sso=.', 'Sso'],
    ['(?:^|;)\\s*Sso=\\s*\\x22?[^;\\x22\\s]', 'Sso'],
    ['(?:^|;)\\s*Sso=\\s*a\\.b\\s*(?:;|$)', 'Sso=a.b'],
    ['(?:^|;)\\s*(?:Sso=\\s*\\x22?[^;\\x22\\s]|Page=\\s*x)', 'Sso Page=x*'],
    ['Sso=[^;]', 'Sso'],
  ] as const) {
    const conversion = block(`RewriteCond %{HTTP_COOKIE} !${pattern} [NC]`, turnAway)
    t.strictSame(
      conversion.rules.map(({ cookie }) => cookie?.patterns.join(' ')),
      [patterns],
      pattern,
    )
    t.strictSame(messagesOf(conversion), [], pattern)
  }
})

t.test('a Cookie header that a rule admits and Apache does not is reported', async t => {
  for (const [pattern, header] of [
    ['(^|; )Sso=[^;]+', /Cookie: other=1;(?: {2})?Sso=/],
    ['(^|;)Sso=[^;]+', /Cookie: other=1; Sso=/],
    ['Sso=[^;\\s]+(;|$)', /Cookie: Sso=\S+[ \t]/],
    ['(^|;\\s*)Sso=[^;"]+', /Cookie: Sso="/],
    ['Sso=[ -~]+(;|$)', /Cookie: Sso=.*[^ -~]/],
    ['_shibsession_[a-zA-Z0-9]*=[^;]+', /Cookie: _shibsession_[^A-Za-z0-9=]/],
  ] as const) {
    const conversion = block(`RewriteCond %{HTTP_COOKIE} '!${pattern}' [NC]`, turnAway)
    t.ok(
      messagesOf(conversion).some(text => header.test(text)),
      `${pattern}: ${messagesOf(conversion)}`,
    )
  }
})

t.test('an accidental admission is reported with a request that shows it', async t => {
  const shown = (conversion: Conversion) =>
    conversion.accidents.map(
      ({ kind, request }) => `${kind}: ${'header' in request ? request.header : request.from}`,
    )
  t.strictSame(shown(block('RewriteCond %{HTTP_COOKIE} !LtpaToken2=.*$ [NC]', turnAway)), [
    'name-suffix: Cookie: xLtpaToken2=1',
    'empty-value: Cookie: LtpaToken2=',
    'inside-a-value: Cookie: other="LtpaToken2=1"',
  ])
  t.strictSame(shown(block('RewriteCond %{HTTP_COOKIE} !LtpaToken2', turnAway)), [
    'name-suffix: Cookie: xLtpaToken2=1',
    'empty-value: Cookie: LtpaToken2=',
    'inside-a-value: Cookie: other="LtpaToken2=1"',
  ])
  t.strictSame(shown(block('RewriteCond %{HTTP_COOKIE} !(?:^|;\\s*)LtpaToken2=[^;]', turnAway)), [])
  for (const [pattern, ...expected] of [
    ['^10\\.1\\.2\\.3$'],
    ['^10\\.1\\.'],
    ['^10\\.1\\.2\\.3', 'missing-end: 10.1.2.30'],
    ['^10\\.1', 'missing-end: 10.10.0.0'],
    ['192\\.0\\.2\\.7$'],
    ['92\\.0\\.2\\.7$', 'missing-start: 192.0.2.7'],
    ['^10.1.2.3$'],
    ['^10.1.2', 'missing-end: 10.1.20.0', 'unescaped-dot: 10.1.0.0'],
    ['^1.1\\.', 'unescaped-dot: 101.0.0.0'],
  ] as [string, ...string[]][]) {
    const conversion = block(`RewriteCond %{REMOTE_ADDR} !${pattern}`, turnAway)
    t.match(
      shown(conversion).filter(text => !text.startsWith('ipv6')),
      expected.map(text => text.split(':')[0] as string).map(kind => new RegExp(`^${kind}: `)),
      pattern,
    )
  }
  t.match(shown(block('RewriteCond %{REMOTE_ADDR} !^2', turnAway)).at(-1), /^ipv6: /)
  t.match(shown(block('RewriteCond %{HTTP:X-Forwarded-For} !^10\\.', turnAway)), [
    'spoofed-header: X-Forwarded-For: 10.0.0.0',
  ])
})

t.test(
  'a line that cannot be carried over is listed with its place, and admits nobody',
  async t => {
    for (const [lines, message, column] of [
      [
        'RewriteCond %{REQUEST_URI} ^/public\nRewriteRule ^ - [F]',
        /tests for \^\/public in the path, which no rule can/,
        28,
      ],
      ['RewriteCond %{REMOTE_ADDR} !^10\\.(?!1)\nRewriteRule ^ - [F]', /begins an assertion/, 36],
      [
        'RewriteCond %{REMOTE_ADDR} !\\.5$\nRewriteRule ^ - [F]',
        /comes to 16,777,216 separate blocks/,
        29,
      ],
      [
        'RewriteCond %{REMOTE_ADDR} !^10\\.1\\.1\nRewriteCond %{REMOTE_ADDR} !^999\\.\nRewriteRule ^ - [F]',
        /matches no IPv4 or IPv6 address/,
        29,
      ],
      ['RewriteCond %{HTTP_COOKIE} !=a\nRewriteRule ^ - [F]', /the whole Cookie header/, 29],
      ['RewriteCond %{HTTP_COOKIE} !.*\nRewriteRule ^ - [F]', /does not say which cookie/, 29],
      [
        'RewriteCond %{HTTP_COOKIE} !a=[0-9]{4}x\nRewriteRule ^ - [F]',
        /a certain form of the value of a/,
        29,
      ],
      [
        'RewriteCond %{HTTP_COOKIE} Sso=\nRewriteRule ^ - [F]',
        /admits clients that do not send Sso/,
        28,
      ],
      [
        'RewriteCond %{HTTP_COOKIE} !a= [OR]\nRewriteCond %{HTTP_COOKIE} !b=\nRewriteRule ^ - [F]',
        /asks for a and b together/,
        29,
      ],
      ['RewriteCond %{REMOTE_ADDR} -f\nRewriteRule ^ - [F]', /tests for -f/, 28],
      ['RewriteCond %{REMOTE_ADDR}\nRewriteRule ^ - [F]', /is not complete/, 1],
      ['RewriteRule ^/private/ - [F]', /applies to \^\/private\/ only/, 1],
      ['RewriteRule ^ - [F]\nRewriteRule ^ - [S=2]', /admits nobody in Apache either/, 1],
      ['RewriteRule ^ - [S=x]\nRewriteRule ^ - [F]', /skips x rules, which is not a number/, 1],
      [
        'RewriteRule ^ - [N]\nRewriteRule ^ - [F]',
        /has the flag n, whose effect no rule can express/,
        1,
      ],
      [
        Array.from({ length: 9 }, (_, at) => `RewriteRule ^ - [S=${at}]`).join('\n'),
        /is one of more than 8 rules that skip others/,
        1,
      ],
      ['RewriteRule \\.png$ - [F]', /a photo may be a file of such a type/, 1],
      ['RedirectMatch 404 \\.png$\nRequire ip 10', /a photo may be a file of such a type/, 1],
      [
        '<Files "*.gif">\nRequire ip 11\n</Files>\nRequire ip 10',
        /a photo may be a file of such a type/,
        1,
      ],
      ['RewriteRule ^ /%{REMOTE_USER} [R]', /depends on the request/, 1],
      ['RewriteRule ^ //elsewhere.example/ [R]', /which is not a place to redirect to/, 1],
      ['RewriteRule ^ "https://a/b c" [R]', /which is not a place to redirect to/, 1],
      [
        'RewriteCond %{HTTP_COOKIE} !a\\*= [NC]\nRewriteRule ^ - [F]',
        /a\\\*= does not say which cookie/,
        29,
      ],
      ['RewriteRule ^ https://a/ [R=301]', /redirects permanently/, 1],
      ['RewriteRule ^ - [G]', /410 Gone/, 1],
      ['RewriteRule', /has no pattern/, 1],
      ['RewriteRule ^(.*)$ /other/$1 [L]\nRewriteRule ^ - [F]', /serves another file/, 1],
      [
        'RewriteRule ^ - [F]\nRewriteCond %{REMOTE_ADDR} ^10\\.',
        /not followed by a RewriteRule/,
        1,
      ],
      [
        '<Location /private>\nRequire ip 10\n</Location>\nRewriteRule ^ - [F]',
        /<Location \/private> applies to some requests only/,
        1,
      ],
      ['Require valid-user', /Require valid-user is not carried over/, 1],
      ['AuthType Basic\nRequire all denied', /AuthType is not carried over/, 1],
      ['Order deny,allow\nDeny from all\nAllow from acme.example', /a host name or a variable/, 12],
      ['Order sideways\nAllow from all', /Order sideways is not an order/, 1],
      ['Require ip 10.1.2.3/255.0.255.0', /netmask with holes/, 12],
      ['Require ip 300', /above 255/, 12],
      ['Require ip 10.0.0.0/33', /above \/32/, 12],
      ['Require ip nonsense', /nonsense/, 12],
    ] as const) {
      const conversion = block(lines)
      t.match(conversion.leftovers, [{ message, column }], lines)
    }
    const off = convertBlock('RewriteCond %{REMOTE_ADDR} !^10\\.\nRewriteRule ^ - [F]')
    t.match(off.leftovers, [{ message: /RewriteEngine is not On here, so Apache ignores/ }])
    t.strictSame(rulesOf(off), ['10.0.0.0/8 / no cookie'])
  },
)

t.test('more than 100,000 rules are refused', async t => {
  const conditions = Array.from({ length: 30 }, (_, at) => [
    `RewriteCond %{REMOTE_ADDR} !^10\\.${at}\\.`,
    `RewriteCond %{HTTP_COOKIE} !c${at}=`,
    turnAway,
  ]).flat()
  const conversion = block(...conditions)
  t.match(messagesOf(conversion), [/comes to more than 100,000 rules; none of it is carried over/])
  t.strictSame(rulesOf(conversion), [])
})

t.test('thousands of rules for single addresses become one network', async t => {
  const rule = (address: string) => `RewriteCond %{REMOTE_ADDR} ^${address}$\nRewriteRule ^ - [F]`
  const addresses = Array.from({ length: 3_000 }, (_, at) => `10\\.0\\.${at >> 8}\\.${at & 255}`)
  const conversion = block(...addresses.map(rule))
  t.equal(conversion.networks[0]?.addresses, 2 ** 32 - 3_000)
  t.equal(conversion.rules.length, 1)
})

t.test('names come from comments, are valid in the configuration, and are unique', async t => {
  const cond = 'RewriteCond %{REMOTE_ADDR} !^'
  const lines = [
    '# Café №1 & Co.',
    `${cond}10\\.`,
    '# Café №1 & Co.',
    `${cond}11\\.`,
    '# 3rd floor',
    `${cond}12\\.`,
    '# RewriteCond old',
    `${cond}13\\.`,
    `${cond}14\\.`,
    '# turned away',
    `${cond}15\\.`,
    `# ${'long '.repeat(30)}`,
    `${cond}16\\.`,
    turnAway,
  ]
  t.strictSame(
    block(...lines).rules.map(({ name }) => name),
    [
      'cafe-no1-co',
      'cafe-no1-co-2',
      'the-3rd-floor',
      'network',
      'network-2',
      'the-turned-away',
      'long-long-long-long-long-long-long-long',
    ],
  )
})

t.test('the written configuration loads, and says where each rule comes from', async t => {
  const home = t.testdir({ photos: {} })
  const texts = [
    seedBlock,
    seedBlock.replace(' https://www.acme.example/sign-in', ''),
    '<VirtualHost *>\nRewriteEngine On\nRewriteRule ^ - [F]\n</VirtualHost>',
    '<VirtualHost *>\nRequire all granted\n</VirtualHost>',
    '<VirtualHost *>\nRequire ip 2001:db8::/32 10 ::1\nRequire local\n</VirtualHost>',
    `<VirtualHost *>\nRewriteEngine On\nRewriteCond %{REMOTE_ADDR} !^1\\d?\\.\\d*[13579]\\.\\d+\\.\n${turnAway.replace('acme.example/', 'acme.example/?a=1#b:c')}\n</VirtualHost>`,
  ]
  for (const text of texts) {
    const conversion = convertText(text.replace('/opt/IBM/HTTPServer/photos', join(home, 'photos')))
    const config = formatConfig(conversion)
    const file = join(home, 'photogate.yaml')
    writeFileSync(file, config)
    const { problems, settings } = loadConfig({ env: {}, file, photos: join(home, 'photos') })
    t.strictSame(problems, [], config)
    t.equal(settings?.policy.rules.length, conversion.rules.length)
    t.strictSame(
      settings?.policy.rules.map(({ name }) => name),
      conversion.rules.map(({ name }) => name),
    )
    t.match(config, /httpd\.conf:1/)
  }
})
