// How a condition is read: every test of RewriteCond and of expressions is carried over or listed by name.
import t from 'tap'
import type { Conversion } from '../../src/convert/conversion.ts'
import { formatReport } from '../../src/convert/report.ts'
import { convertBlock } from '../fixtures/httpd.ts'

const turnAway = 'RewriteRule ^ - [F]'
const rewrite = (...conditions: string[]) =>
  convertBlock(['RewriteEngine On', ...conditions, turnAway].join('\n'))

/** Each rule as `networks / cookies`. */
function rulesOf({ rules, networks }: Conversion): string[] {
  const blocksOf = (name: string) => networks.find(each => each.name === name)?.blocks.join(' ')
  return rules.map(
    ({ network, cookie }) =>
      `${network === undefined ? 'anywhere' : blocksOf(network.name)} / ${cookie?.patterns.join(' ') ?? 'no cookie'}`,
  )
}

t.test('a pattern other than a regular expression is listed by name and admits nobody', async t => {
  for (const pattern of [
    ...['-eq127', '"-eq 127"', '-ne10', '-lt10', '-le10', '-gt10', '-ge10', '!-eq127'],
    ...['<127', '>127', '<=127', '>=127', '!<127'],
    ...['-d', '-f', '-F', '-h', '-l', '-L', '-s', '-U', '-x', '-H', '-u', '!-f'],
    ...['-strmatch', '-ipmatch10', '-eq', '-R', '-EQ127'],
    ...['=localhost', '=""', '!="10.1"x'],
  ]) {
    await t.test(pattern, async t => {
      for (const flags of ['', ' [NC]', ' [NV]']) {
        const conversion = rewrite(`RewriteCond %{REMOTE_ADDR} ${pattern}${flags}`)
        t.strictSame(rulesOf(conversion), [], flags)
        t.match(conversion.leftovers, [{ line: 3, message: /^tests / }], flags)
      }
    })
  }
})

t.test('a test string that is not exactly one variable is listed', async t => {
  for (const text of [
    ...['%{REMOTE_ADDR}%{HTTP_COOKIE}', '%{REMOTE_ADDR}:%{HTTP:Cookie}', 'x%{REMOTE_ADDR}'],
    ...['%{LA-U:REMOTE_ADDR}', '%{LA-F:REMOTE_ADDR}', '%{SSL:REMOTE_ADDR}', '%1', '$1'],
    ...['%{HTTP:Forwarded}', '%{HTTP:User-Agent}', '%{REMOTE_HOST}', '%{TIME_HOUR}', '10.1.2.3'],
    ...['$'.concat('{map:%{REMOTE_ADDR}}'), '\\%{REMOTE_ADDR}', '%{REMOTE_ADDR', '%{}'],
  ]) {
    const conversion = rewrite(`RewriteCond ${text} !^10\\.`)
    t.strictSame(rulesOf(conversion), [], text)
    t.match(conversion.leftovers, [{ line: 3, column: 13, message: /^tests / }], text)
  }
})

t.test('a ! before an expression negates all of it', async t => {
  const conversion = rewrite(`RewriteCond expr "!-R '10.0.0.0/8' || -R '10.1.0.0/16'"`)
  t.strictSame(rulesOf(conversion), ['10.0.0.0/8 / no cookie', '10.1.0.0/16 / no cookie'])
  const inner = rewrite(`RewriteCond expr " !-R '10.0.0.0/8' || -R '10.1.0.0/16'"`)
  t.strictSame(
    rulesOf(inner),
    ['10.0.0.0/9 10.128.0.0/9 / no cookie'].slice(1).concat(rulesOf(inner)),
  )
})

t.test('equivalent expressions give the same rules', async t => {
  for (const [text, ...rules] of [
    [`%{REMOTE_ADDR} -strmatch '10.1.*'`, '10.1.0.0/16 / no cookie'],
    [`%{REMOTE_ADDR} -strcmatch '10.1.*'`, '10.1.0.0/16 / no cookie'],
    [`%{REMOTE_ADDR} -fnmatch '10.1.2.?'`, '10.1.2.0/29 10.1.2.8/31 / no cookie'],
    [`%{REMOTE_ADDR} in {'10.1.2.3', '10.7.0.1'}`, '10.1.2.3 10.7.0.1 / no cookie'],
    [`%{REMOTE_ADDR} -in { '10.1.2.3' }`, '10.1.2.3 / no cookie'],
    [`'10.1.2.3' == %{REMOTE_ADDR}`, '10.1.2.3 / no cookie'],
    [`"%{REMOTE_ADDR}" = '10.1.2.3'`, '10.1.2.3 / no cookie'],
    [`%{REMOTE_ADDR} =~ m|^10\\.|`, '10.0.0.0/8 / no cookie'],
    [`not(not -R '10.0.0.0/8')`, '10.0.0.0/8 / no cookie'],
    [`%{req:Cookie} =~ /Sso=/i`, 'anywhere / Sso'],
    [`%{REQ_NOVARY:Cookie} =~ /Sso=/i`, 'anywhere / Sso'],
    [`req('Cookie') =~ /Sso=/i`, 'anywhere / Sso'],
    [`http('Cookie') =~ /Sso=/i`, 'anywhere / Sso'],
    [`req_novary('cookie') =~ /Sso=/i`, 'anywhere / Sso'],
    [`tolower(%{HTTP_COOKIE}) =~ /sso=/`, 'anywhere / sso'],
    [`%{HTTP_COOKIE} -strcmatch '*Sso=*'`, 'anywhere / Sso'],
    [`%{REQUEST_METHOD} in {'GET','HEAD'} && -R '10.0.0.0/8'`, '10.0.0.0/8 / no cookie'],
    [`-R '10.0.0.0/8' || %{REQUEST_METHOD} == 'POST'`, '10.0.0.0/8 / no cookie'],
  ] as [string, ...string[]][]) {
    const conversion = convertBlock(
      `DocumentRoot /photos\n<Directory /photos>\nRequire expr ${text}\n</Directory>`,
    )
    t.strictSame(rulesOf(conversion), rules, text)
    t.strictSame(conversion.leftovers, [], text)
  }
})

t.test('a test that no rule can make is listed, and counts as false', async t => {
  for (const test of [
    ...['%{TIME_HOUR} -gt 8', '%{REMOTE_ADDR} -eq 10', "%{REMOTE_ADDR} lt '2'"],
    ...["%{REMOTE_ADDR} < '2'", "%{REMOTE_ADDR} . 'x' == '10.1.2.3x'", "'a' == 'a'"],
    ...['%{HTTP_USER_AGENT} =~ /curl/', "req('User-Agent') == 'x'", "-f '/etc/closed'"],
    ...['-n %{HTTP_COOKIE}', "-z req('Cookie')", "%{HTTP_COOKIE} == 'Sso=1'"],
    ...['tolower(%{HTTP_COOKIE}) =~ /Sso=/', 'toupper(%{HTTP_COOKIE}) =~ /SSO=/'],
    ...["%{HTTP_COOKIE} -fnmatch '*Sso=*'", "%{REMOTE_ADDR} -strmatch '10.[12].*'"],
    ...["-R '10.0.0.0/8x'", "%{REMOTE_ADDR} == 'localhost'", "%{REMOTE_ADDR} -odd '10'"],
    ...["%{REMOTE_ADDR} == '10.%{TIME_SEC}.0.1'", "%{REMOTE_ADDR} == '$1'"],
    ...["%{REQUEST_METHOD} == 'GET'", "md5(%{REMOTE_ADDR}) == 'x'"],
  ]) {
    for (const text of [test, `!(${test})`, `!${test}`]) {
      const conversion = rewrite(`RewriteCond expr " ${text}"`)
      t.strictSame(rulesOf(conversion), [], text)
      t.ok(conversion.leftovers.length > 0, text)
      const beside = rewrite(`RewriteCond expr " ${text} && !(-R '10.0.0.0/8')"`)
      t.strictSame(rulesOf(beside), ['10.0.0.0/8 / no cookie'], text)
      t.ok(beside.leftovers.length > 0, text)
    }
  }
})

t.test('an expression that Apache refuses at start admits nobody', async t => {
  for (const text of [
    ...['-R', "(-R '10.0.0.0/8'", "-R '10.0.0.0/8' garbage", "-R '10.0.0.0/8", '%{REMOTE_ADDR}'],
    ...["%{REMOTE_ADDR} =~ '^10'", '%{REMOTE_ADDR} =~ /^10', '%{REMOTE_ADDR} =~ /^10/x', 'a.'],
    ...["%{REMOTE_ADDR} in '10.1.2.3'", '%{REMOTE_ADDR} in {}', "TRUE || -R '10.0.0.0/8'", '!'],
    ...["-R '10.0.0.0/8' & true", 's/a/b/', 'req(', `${'('.repeat(300)}true${')'.repeat(300)}`],
    ...[`-R ${'req('.repeat(300)}'a'${')'.repeat(300)}`, "-R '10.0.0.0/8' -R '10.0.0.0/8'"],
  ]) {
    const conversion = rewrite(`RewriteCond expr " ${text}"`)
    t.strictSame(rulesOf(conversion), [], text)
    t.match(conversion.leftovers.at(-1), { message: /cannot be carried over/ }, text)
  }
})

t.test('expressions for IPv6 become networks, and their case matters', async t => {
  for (const [pattern, ...rules] of [
    ['!^2001:db8:10:', '2001:db8:10::/48 / no cookie'],
    ['!=2001:db8:10::5', '2001:db8:10::5 / no cookie'],
    ['!=2001:DB8:10::5 [NC]', '2001:db8:10::5 / no cookie'],
    ['!^(::1|127\\.0\\.0\\.1)$', '127.0.0.1 ::1 / no cookie'],
    ['!:', '::/0 / no cookie'],
    ['!^fe80', 'fe80::/16 / no cookie'],
  ] as [string, ...string[]][]) {
    const conversion = rewrite(`RewriteCond %{REMOTE_ADDR} ${pattern}`)
    t.strictSame(rulesOf(conversion), rules, pattern)
    t.strictSame(conversion.leftovers, [], pattern)
  }
  const capitals = rewrite('RewriteCond %{REMOTE_ADDR} !^2001:DB8:')
  t.match(capitals.leftovers, [{ message: /matches no IPv4 or IPv6 address/ }])
  const scattered = rewrite('RewriteCond %{REMOTE_ADDR} !^2001:db8::')
  t.strictSame(rulesOf(scattered), [])
  t.match(scattered.leftovers[0], { message: /more than 10,000 separate blocks of IPv6/ })
})

t.test('a line that turns some clients away admits all others, and the report says so', async t => {
  const inside = (text: string) =>
    convertBlock(`DocumentRoot /photos\n<Directory /photos>\n${text}\n</Directory>`)
  const notThat = inside(
    '<RequireAll>\nRequire all granted\nRequire not ip 172.25.250.10\n</RequireAll>',
  )
  t.match(rulesOf(notThat), [/^0\.0\.0\.0\/1 .* ::\/0 \/ no cookie$/])
  t.match(
    formatReport(notThat),
    /all but 172\.25\.250\.10 becomes network not-network: .* \(4,294,967,295 IPv4 addresses and all IPv6 addresses\)/,
  )
  t.strictSame(notThat.leftovers, [])
  for (const [text, some] of [
    [
      'Order allow,deny\nAllow from all\nDeny from 10 2001:db8::/32',
      /^0\.0\.0\.0\/5 .* ::\/3 .*2001:db9::/,
    ],
    ['Order deny,allow\nDeny from 10', /^0\.0\.0\.0\/5 .* ::\/0/],
    [
      '<RequireAll>\nRequire all granted\nRequire not ip 2001:db8::1/32\n</RequireAll>',
      /^0\.0\.0\.0\/0 ::\/3/,
    ],
    [
      '<RequireAll>\nRequire all granted\nRequire not expr "-R \'10.0.0.0/8\'"\n</RequireAll>',
      /^0\.0\.0\.0\/5 .* ::\/0/,
    ],
  ] as const) {
    const conversion = inside(text)
    t.match(rulesOf(conversion), [some], text)
    t.strictSame(conversion.leftovers, [], text)
    t.match(formatReport(conversion), / all but .* becomes network /, text)
  }
  const byRewrite = rewrite('RewriteCond %{REMOTE_ADDR} ^10\\.')
  t.match(rulesOf(byRewrite), [/^0\.0\.0\.0\/5 .* ::\/0/])
  t.match(formatReport(byRewrite), /all but \^10\\\. becomes network/)
  const scattered = rewrite('RewriteCond %{REMOTE_ADDR} ^1.*1:1.*1$')
  t.notMatch(rulesOf(scattered), [/::/])
  t.match(scattered.leftovers, [{ message: /admits no IPv6 client/ }])
})

t.test('a rule that would admit everybody is not written, and its line is listed', async t => {
  const inside = (text: string) =>
    `DocumentRoot /photos\n<Directory /photos>\n${text}\n</Directory>`
  for (const block of [
    inside('Require all granted'),
    inside('Order allow,deny\nAllow from all'),
    inside('Require ip 0.0.0.0/1 128.0.0.0/1'),
    inside(
      'Require ip 10\nRequire not-known\n<RequireAll>\nRequire all granted\nRequire not ip 10\n</RequireAll>',
    ),
    'RewriteEngine On\nRewriteCond expr "false"\nRewriteRule ^ - [F]',
    'RewriteEngine On\nRewriteCond %{REMOTE_ADDR} !.\nRewriteRule ^ - [F]',
    'RewriteEngine On\nRewriteCond %{REMOTE_ADDR} ^999\\.\nRewriteRule ^ - [F]',
    'RewriteEngine On\nRewriteCond %{REMOTE_ADDR} -eq127\nRewriteRule .* - [F]',
  ]) {
    const conversion = convertBlock(block)
    t.strictSame(rulesOf(conversion), [], block)
    t.ok(conversion.leftovers.length > 0, block)
  }
  const beside = convertBlock(
    'RewriteEngine On\nRewriteCond %{REMOTE_ADDR} !^\\d+\\.\nRewriteCond %{HTTP_COOKIE} !Sso= [NC]\nRewriteRule ^ - [F]',
  )
  t.strictSame(rulesOf(beside), ['anywhere / Sso'])
  t.match(beside.leftovers, [{ line: 3, message: /admits every client of IPv4 in Apache/ }])
})

t.test(
  'conditions on the method are decided by the conversion, because photos are requested with GET',
  async t => {
    const office = 'RewriteCond %{REMOTE_ADDR} !^10\\.'
    for (const [conditions, ...rules] of [
      [
        `RewriteCond %{REQUEST_METHOD} ^(TRACE|TRACK)\n${turnAway}\n${office}`,
        '10.0.0.0/8 / no cookie',
      ],
      [`RewriteCond %{REQUEST_METHOD} !^(GET|HEAD)$ [OR]\n${office}`, '10.0.0.0/8 / no cookie'],
      [`RewriteCond %{REQUEST_METHOD} =POST [OR]\n${office}`, '10.0.0.0/8 / no cookie'],
      [`RewriteCond %{REQUEST_METHOD} get|head [NC]\n${office}`, '10.0.0.0/8 / no cookie'],
    ] as [string, ...string[]][]) {
      const conversion = rewrite(conditions)
      t.strictSame(rulesOf(conversion), rules, conditions)
      t.strictSame(conversion.leftovers, [], conditions)
    }
    const odd = rewrite(`RewriteCond %{REQUEST_METHOD} !^GET$ [OR]\n${office}`)
    t.strictSame(rulesOf(odd), [])
    t.match(odd.leftovers, [{ message: /is not the same for GET and HEAD/ }])
  },
)
