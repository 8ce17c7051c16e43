// Which parts of an httpd.conf apply to a photo: sections, directories, macros, definitions, includes, other directives.
import type { Test } from 'tap'
import t from 'tap'
import type { Conversion } from '../../src/convert/conversion.ts'
import { convertHost } from '../../src/convert/conversion.ts'
import { findVirtualHosts } from '../../src/convert/host-list.ts'
import { parseHttpdConfig } from '../../src/convert/httpd/config.ts'
import { convertText } from '../fixtures/httpd.ts'

const office = 'Require ip 10'
const host = (...lines: string[]) =>
  `<VirtualHost *:80>\nServerName photos.acme.example\n${lines.join('\n')}\n</VirtualHost>`
const granted = '<Directory /photos>\nRequire all granted\n</Directory>'
const turnAway = 'RewriteEngine On\nRewriteCond %{REMOTE_ADDR} !^10\\.\nRewriteRule ^ - [F]'

function convertAt(base: string, text: string): Conversion {
  const { directives, remarks } = parseHttpdConfig(text, 'httpd.conf')
  const host = findVirtualHosts(directives).at(-1)
  if (host === undefined) throw new Error('no host')
  return convertHost({ host, config: directives, remarks, base })
}

function isClosed(t: Test, text: string, line: number): void {
  const { rules, leftovers } = convertText(text)
  t.strictSame(rules, [], text)
  t.ok(
    leftovers.some(each => each.line === line),
    `${text}\n${JSON.stringify(leftovers)}`,
  )
}

function isOffice(t: Test, { rules, leftovers }: Conversion, text: string): void {
  t.match(rules, [{ network: { text: '10' } }], text)
  t.strictSame(leftovers, [], text)
}

t.test('a section for some photos only admits nobody, however it is spelled', async t => {
  for (const section of [
    ...['FilesMatch "^(ceo|cfo)@"', 'FilesMatch ^[^b-z]', 'FilesMatch "[^ -~]"', 'Files "c?o@*"'],
    ...[
      'FilesMatch "^[A-Z]"',
      'FilesMatch "@acme\\."',
      'FilesMatch !',
      "Files 'ceo@acme.example.jpg'",
    ],
    ...['Location ~ "^/(ceo|cfo)@"', 'LocationMatch "(?i)^/CEO"', 'Location "/ceo*"'],
    ...['LocationMatch "\\.com\\.jpg$"', 'LocationMatch "^/(?!joe)"', 'Location "/[c-d]*"'],
    ...['Location /ceo@acme.example.jpg', 'FILESMATCH "^.{3}@"', 'DirectoryMatch "/photos/ceo"'],
    ...['DirectoryMatch "^/photos$"', 'Directory ~ "/photos/$"', 'If true'],
    ...['Location $'.concat('{WHERE}'), 'UnknownSection x', 'Perl'],
  ]) {
    const text = `<${section}>\n${office}\n</${section.split(' ')[0]}>\n${host('DocumentRoot /photos', granted)}`
    isClosed(t, text, 1)
    const nested = `<Directory /photos>\nRequire all granted\n<${section}>\n${office}\n</${section.split(' ')[0]}>\n</Directory>`
    isClosed(t, host('DocumentRoot /photos', nested), 6)
  }
})

t.test('a section for no photos is left out, and reported', async t => {
  for (const section of [
    ...['FilesMatch "^\\.ht"', 'Files ".ht*"', 'Files index.html', 'FilesMatch "\\.(html|php)$"'],
    ...['LocationMatch "^/(admin|private)/[^.]*$"', 'Location /server-status', 'FilesMatch "/"'],
    ...[
      'LocationMatch "^/[^@]*$"',
      'Directory /elsewhere',
      'Directory "/else*"',
      'Location /cgi-bin',
    ],
  ]) {
    const text = `<${section}>\n${office}\n</${section.split(' ')[0]}>\n${host('DocumentRoot /photos', `<Directory /photos>\n${office}\n</Directory>`)}`
    const conversion = convertText(text)
    isOffice(t, conversion, text)
    t.match(conversion.passedOver, [
      { line: 1, message: /does not apply to photos; it is left out/ },
    ])
  }
})

t.test('the directory of the photos is found; otherwise nobody is admitted', async t => {
  const asked = `<Directory /srv/photos>\n${office}\n</Directory>`
  for (const lines of [
    ['DocumentRoot /srv/photos'],
    ['DocumentRoot "/srv/photos/"'],
    ['DocumentRoot /var/www', 'Alias / "/srv/photos/"'],
    ['DocumentRoot /var/www', 'AliasMatch "^/(.*)$" /srv/photos/$1'],
    ['DocumentRoot /var/www', 'VirtualDocumentRoot /srv/photos'],
    ['DocumentRoot /var/www', 'VirtualDocumentRoot /srv/photos/%0'],
    ['DocumentRoot /srv/photos', 'Alias /icons/ /usr/share/icons/', 'ScriptAlias /cgi-bin/ /x/'],
    ['DocumentRoot /srv/photos', 'ProxyPass /app http://127.0.0.1/', 'VirtualDocumentRoot none'],
  ]) {
    const text = `${asked}\n${host(...lines)}`
    isOffice(t, convertText(text), text)
  }
  for (const line of [
    ...['Alias / /srv/photos', 'AliasMatch "^/(c?eo)?(.*)$" /srv/photos/$2', 'ScriptAlias / /cgi/'],
    ...['AliasMatch ^/(ceo.*)$ /srv/other/$1', 'Alias /ceo@acme.example.jpg /srv/x.jpg'],
    ...[
      'VirtualDocumentRoot /srv/%1',
      'VirtualDocumentRootIP /srv/photos',
      'ProxyPass / http://a/',
    ],
    ...[
      'ProxyPassMatch ^/(.*@.*)$ http://a/$1',
      'ScriptAliasMatch @ /cgi/',
      'Alias $'.concat('{A} /x'),
    ],
  ]) {
    isClosed(t, `${asked}\n${host('DocumentRoot /srv/photos', line, granted)}`, 7)
    isClosed(t, `${line}\n${host('DocumentRoot /srv/photos', asked)}`, 1)
  }
})

t.test('an aliased folder may hold the photos until --path says where they are', async t => {
  for (const [line, text] of [
    [
      1,
      `<Directory /srv/own>\n${office}\n</Directory>\n${host('DocumentRoot /www', 'Alias /photos /srv/own')}`,
    ],
    [4, host('DocumentRoot /www', `<Directory /www/photos>\n${office}\n</Directory>`)],
    [4, host('DocumentRoot /www', `<Location /photos>\n${office}\n</Location>`)],
    [4, host('DocumentRoot /www', `<LocationMatch "^/photos/">\n${office}\n</LocationMatch>`)],
    [6, host('DocumentRoot /www', turnAway.replace('RewriteRule ^ ', 'RewriteRule ^/photos/ '))],
  ] as const) {
    isClosed(t, text, line)
    const { rules, directory } = convertAt('/photos/', text)
    t.match(rules, [{ network: { text: /10/ } }], text)
    t.match(directory, /^\/(?:www\/photos|srv\/own)$/)
  }
  const top = convertAt(
    '/',
    host('DocumentRoot /www', '<Directory /www/x>', office, '</Directory>', turnAway),
  )
  t.match(top.rules, [{ network: { text: '^10\\.' } }], 'at the top')
})

t.test('unknown directives admit nobody, in every section around the photos', async t => {
  for (const line of [
    ...['SecRule REMOTE_ADDR "!@ipMatch 10.0.0.0/8" "id:1,deny"', 'QS_ClientEventLimitCount 1'],
    ...['SSLVerifyClient require', 'sslverifyclient OPTIONAL', 'SSLClientAuth 2', 'Nonsense'],
    ...[
      'RewriteOptions Inherit',
      'RewriteOptions "InheritDownBefore"',
      'RemoteIPHeader X-Forwarded-For',
    ],
    ...['SetHandler cgi-script', 'AllowMethods POST', 'LuaHookAccessChecker /x.lua f', 'DAV On'],
    ...['RequestHeader unset Cookie early', 'Action image/jpeg /cgi-bin/x', 'AddHandler x .jpg'],
    ...['ForceType application/x-httpd-php', 'JkMount /* worker', '"Require" all denied'],
    ...['RegexDefaultOptions ICASE', 'LimitRequestFieldsize 20', 'Redirect /', 'Redirect 410 /'],
    ...[
      'RedirectMatch 404 "^/ceo"',
      'RedirectMatch "^/[^/]+$" /x',
      'Use Nothing',
      'Include no/file',
    ],
    ...[
      'IncludeOptional no/folder/*.conf',
      'MetaFiles on',
      'ChrootDir /x',
      'ResourceConfig x.conf',
    ],
  ]) {
    isClosed(t, `${line}\n${host('DocumentRoot /photos', turnAway)}`, 1)
    isClosed(t, host(`DocumentRoot /photos`, turnAway, line), 7)
    isClosed(
      t,
      host('DocumentRoot /photos', turnAway, `<IfModule mod_odd.c>\n${line}\n</IfModule>`),
      8,
    )
  }
})

t.test('directives that are known to decide nothing are ignored', async t => {
  for (const line of [
    ...[
      'WebSpherePluginConfig /x/plugin-cfg.xml',
      'SSLEnable',
      'KeyFile /x.kdb',
      'SSLServerCert a',
    ],
    ...['AllowEncodedSlashes On', 'SSLVerifyClient none', 'sslclientauth NONE', 'Header set a b'],
    ...['ExpiresActive On', 'ErrorDocument 403 /x', 'AddType image/jpeg .jpg', 'SetHandler None'],
    ...['Options -Indexes +FollowSymLinks', 'AllowMethods GET POST', 'AddHandler type-map var'],
    ...['ReportInterval 300', 'AfpaEnable', 'LogLevel warn', 'ForceType image/jpeg', 'SetEnv a b'],
    ...[
      'RequestHeader set X-A b',
      'LimitRequestLine 8190',
      'Redirect /old /new',
      'TraceEnable off',
    ],
    ...['SSLCipherSpec ABC', 'RedirectMatch ^/$ https://a/', 'Alias /icons/ /usr/share/icons/'],
  ]) {
    for (const text of [
      `${line}\n${host('DocumentRoot /photos', turnAway)}`,
      host('DocumentRoot /photos', turnAway, line),
    ]) {
      const { rules, leftovers } = convertText(text)
      t.match(rules, [{ network: { text: '^10\\.' } }], text)
      t.strictSame(leftovers, [], text)
    }
  }
})

t.test('a missing Include admits nobody, wherever it stands', async t => {
  const include = 'Include no/such.conf'
  isClosed(t, `${include}\n${host('DocumentRoot /photos', turnAway)}`, 1)
  isClosed(t, host('DocumentRoot /photos', turnAway, include), 7)
  isClosed(t, host('DocumentRoot /photos', `<Directory />\n${include}\n</Directory>`, turnAway), 5)
  isClosed(
    t,
    `<FilesMatch ^ceo>\n${include}\n</FilesMatch>\n${host('DocumentRoot /photos', turnAway)}`,
    1,
  )
  const apart = `<VirtualHost *:81>\n${include}\n</VirtualHost>\n<Files x>\n${include}\n</Files>\n`
  const { rules } = convertText(apart + host('DocumentRoot /photos', turnAway))
  t.equal(
    rules.length,
    1,
    'an Include in another host or in a section for no photos changes nothing',
  )
})

t.test('rewrite rules are read in their context', async t => {
  const rewritten = (...lines: string[]) =>
    host('DocumentRoot /photos', 'RewriteEngine On', ...lines)
  const condition = 'RewriteCond %{REMOTE_ADDR} !^10\\.'
  for (const pattern of [
    ...[
      '^/(.*)$',
      '^/',
      '/.*',
      '^/.*\\.jpg$',
      '.',
      '^(.*)$',
      '^/[^/]+@',
      '!^/[^@]*$',
      '^/.*\\.(?:jpe?g|png)$',
    ],
  ]) {
    const text = rewritten(condition, `RewriteRule ${pattern} - [F]`)
    t.match(convertText(text).rules, [{ network: { text: '^10\\.' } }], text)
  }
  for (const rule of [
    ...[
      'RewriteRule ^/robots\\.txt$ - [L]',
      'RewriteRule ^/$ /index.html [L]',
      'RewriteRule !@ - [L]',
    ],
    ...['RewriteRule ^/[^@]*$ - [END]', 'RewriteRule ^/?$ https://a.example/ [R=301,L]'],
    'RewriteRule ^/favicon\\.ico$ - [S=1]',
  ]) {
    const { rules, leftovers, passedOver } = convertText(
      rewritten(rule, condition, 'RewriteRule ^ - [F]'),
    )
    t.match(rules, [{ network: { text: '^10\\.' } }], rule)
    t.strictSame(leftovers, [], rule)
    t.match(passedOver, [{ line: 5, message: /is never a photo/ }], rule)
  }
  for (const rule of [
    ...['RewriteRule ^/x - [C]', 'RewriteRule ^/ceo@ - [L]', 'RewriteRule ^(.*)$ /other$1'],
    ...['RewriteRule ^/(.*)$ http://a.example/$1', 'RewriteRule ^ - [N]', 'RewriteRule ^ / [P]'],
    ...['RewriteRule ^/(.*) /$1 [PT]', 'RewriteRule \\.jpg$ - [L]'],
  ]) {
    isClosed(t, rewritten(rule, condition, 'RewriteRule ^ - [F]'), 5)
  }
  const inDirectory = host(
    'DocumentRoot /photos',
    `<Directory /photos>\nRewriteEngine On\n${condition}\nRewriteRule ^/(.*)$ - [F]\n</Directory>`,
  )
  t.strictSame(
    convertText(inDirectory).rules,
    [],
    'in a directory no path begins with a slash, so everybody is admitted',
  )
})

t.test('in nested sections only the rewrite rules of the last one apply', async t => {
  const section = (where: string, network: string) =>
    `<Directory ${where}>\nRewriteEngine On\nRewriteCond %{REMOTE_ADDR} !^${network}\\.\nRewriteRule ^ - [F]\n</Directory>`
  const both = convertText(host('DocumentRoot /a/b', section('/a/b', '11'), section('/a', '10')))
  t.match(both.rules, [{ network: { text: '^11\\.' } }])
  t.strictSame(both.leftovers, [])
  t.match(both.passedOver, [{ line: 12, message: /overridden by <Directory \/a\/b>, line 4/ }])
  const reset = `<Directory /a/b>\nRewriteBase /\n</Directory>`
  t.strictSame(convertText(host('DocumentRoot /a/b', section('/a', '10'), reset)).rules, [])
  const links = convertText(host('DocumentRoot /a', 'Options None', section('/a', '10')))
  t.match(links.leftovers, [{ line: 4, message: /takes FollowSymLinks away/ }])
  const engine = `<Directory />\nRewriteEngine On\n</Directory>`
  const inherited = convertText(
    host('DocumentRoot /a', engine, section('/a', '10').replace('RewriteEngine On\n', '')),
  )
  t.match(inherited, { rules: [{ network: { text: '^10\\.' } }], leftovers: [] })
})

t.test('[END] skips the rules of the directory, and [L] does not', async t => {
  const text = (flag: string) =>
    host(
      'DocumentRoot /photos\nRewriteEngine On',
      `RewriteCond %{REMOTE_ADDR} ^11\\.\nRewriteRule ^ - [${flag}]`,
      'RewriteCond %{REMOTE_ADDR} !^1[02]\\.\nRewriteRule ^ - [F]',
      `<Directory /photos>\n${turnAway}\n</Directory>`,
    )
  const textsOf = (flag: string) =>
    convertText(text(flag)).networks.map(({ blocks }) => blocks.join(' '))
  t.strictSame(textsOf('END'), ['11.0.0.0/8', '10.0.0.0/8'])
  t.strictSame(textsOf('L'), ['10.0.0.0/8'])
})

t.test('a .htaccess and a main server with directories only are converted', async t => {
  for (const text of [
    office,
    `<Limit GET POST>\norder deny,allow\ndeny from all\nallow from 10\n</Limit>`,
    `<FilesMatch "\\.jpg$">\n${office}\n</FilesMatch>\nOrder allow,deny\nAllow from all`,
    `DocumentRoot /photos\n<Directory /photos>\n${office}\n</Directory>`,
    `<Directory /photos>\n${office}\n</Directory>`,
  ]) {
    isOffice(t, convertText(text), text)
  }
  const rewritten =
    'Require all granted\nRewriteEngine On\nRewriteCond %{REMOTE_ADDR} !^10\\.\nRewriteRule ^[^/]*$ - [F]'
  t.match(
    convertText(rewritten).rules,
    [{ network: { text: '^10\\.' } }],
    'without a slash in front',
  )
  isClosed(t, `${office}\n<Files "ceo*">\nRequire all denied\n</Files>`, 2)
})

t.test('<Limit> for other methods turns nobody away, and is reported', async t => {
  const text = host(
    'DocumentRoot /photos',
    `<Directory /photos>\n${office}\n<Limit POST>\nRequire all denied\n</Limit>\n</Directory>`,
  )
  const { rules, leftovers } = convertText(text)
  t.match(rules, [{ network: { text: '10' } }])
  t.match(leftovers, [
    { line: 6, message: /<Limit POST> applies to some requests only, but not to photos/ },
  ])
  const other = host(
    'DocumentRoot /photos',
    `<Directory /photos>\n${office}\n<Limit POST>\nSetHandler x\n</Limit>\n</Directory>`,
  )
  isClosed(t, other, 7)
})
