// A client that Apache turns away stays turned away, even where rules cannot express the reason.
import t from 'tap'
import { formatConfig } from '../../src/convert/config-text.ts'
import type { Conversion } from '../../src/convert/conversion.ts'
import { convertBlock, convertText } from '../fixtures/httpd.ts'

const office = 'Require ip 10'
const granted = '<Directory /photos>\nRequire all granted\n</Directory>'
const turnAway = 'RewriteCond %{REMOTE_ADDR} !^10\\.\nRewriteRule ^ - [F]'

const isClosed = ({ rules, leftovers }: Conversion) => rules.length === 0 && leftovers.length > 0

t.test('a restriction for some requests or times only is listed and admits nobody', async t => {
  for (const block of [
    `<If "%{TIME_HOUR} > 8">\n${office}\n</If>`,
    `<Directory "/photos/../photos">\n${office}\n</Directory>`,
    '<Directory /photos>\n<Limit GET POST>\nOrder deny,allow\nDeny from all\n</Limit>\n</Directory>',
    `<Directory /photos>\n<If "true">\n${office}\n</If>\n</Directory>`,
    `<Directory /photos>\nRequire ip 10\n<IfDefine OPEN>\nRequire all granted\n</IfDefine>\n</Directory>`,
    `<Directory /photos>\n<RequireAll>\nRequire all granted\n<IfModule mod_odd.c>\n${office}\n</IfModule>\n</RequireAll>\n</Directory>`,
    '<Directory /photos>\n<RequireAll>\n</RequireAll>\n</Directory>',
    `<IfDefine !OPEN>\n<Directory /photos>\n${office}\n</Directory>\n</IfDefine>`,
    `<IfModule !mod_odd.c>\n<Directory /photos>\n${office}\n</Directory>\n</IfModule>`,
    `<IfVersion = 2.4.6>\nRewriteEngine On\n${turnAway}\n</IfVersion>`,
    `<IfFile /etc/closed>\nRewriteEngine On\n${turnAway}\n</IfFile>`,
    ...['Script GET /cgi-bin/x', 'Script HEAD /cgi-bin/x', 'RedirectMatch 404 "\\.(png|gif)$"'],
    '<Files "*.png">\nRequire all denied\n</Files>',
    '<LocationMatch "\\.webp$">\nRequire ip 10\n</LocationMatch>',
    '<FilesMatch "\\.gif$">\nOrder allow,deny\n</FilesMatch>',
    'RewriteEngine On\nRewriteRule \\.png$ - [F]',
    'RewriteEngine On\nRewriteCond %{REQUEST_URI} !\\.png$\nRewriteRule ^ - [L]',
    'Redirect 403 /',
    'Redirect permanent / https://elsewhere.example/',
    'RedirectMatch 404 jpg$',
    'Use Office',
    'ProxyPass / http://127.0.0.1:9/',
    'Alias / /elsewhere/',
    '<Directory /photos>\nRequire not ip 10\n</Directory>',
    '<Directory /photos>\n<RequireNone>\nRequire ip 10\n</RequireNone>\n</Directory>',
    '<Directory /photos>\nRequire expr %{REMOTE_ADDR} =~ /^10\\\\.1/\n</Directory>',
    'Include not/there.conf',
    'RewriteEngine On\nRewriteOptions Inherit',
    `<Directory /photos>\nAuthMerging And\nRequire all granted\n</Directory>`,
    'SSLVerifyClient require',
    'RewriteEngine On\nRewriteCond %{REMOTE_ADDR} !^10\\.\nRewriteRule .* /nobody.jpg [L]\nRewriteRule ^ - [F]',
    'RewriteEngine On\nRewriteRule \\.jpg$ - [L]\nRewriteRule ^ - [F]',
    'RewriteEngine On\nRewriteCond %{HTTP:X-Forwarded-For} ^$\nRewriteRule ^ - [F]',
    'RewriteEngine On\nRewriteCond %{HTTP:X-Forwarded-For} =""\nRewriteRule ^ - [F]',
    'RewriteEngine On\nRewriteCond %{HTTP:X-Forwarded-For} ^10\\.\nRewriteRule ^ - [F]',
    'RewriteEngine On\nRewriteCond expr "-R \'nonsense\'"\nRewriteRule ^ - [F]',
    'RewriteEngine On\nRewriteCond %{REMOTE_ADDR} !^10\\. [NC, OR]\nRewriteRule ^ - [F]',
    'RewriteEngine On\nRewriteCond %{REMOTE_ADDR} !^10\\. [XX]\nRewriteRule ^ - [F]',
    'RewriteEngine On\nRewriteCond %{REMOTE_ADDR} !^10\\.\nRewriteRule ^ - [F, L]',
    'RewriteEngine On\nRewriteCond %{REMOTE_ADDR} ^$'.concat('{OFFICE}\nRewriteRule ^ - [F]'),
    ...['[0-9]{20,}', '.{20,}$', '[a-z][0-9]', '[A-F]+$'].map(
      value => `RewriteEngine On\nRewriteCond %{HTTP_COOKIE} !Sso=${value}\nRewriteRule ^ - [F]`,
    ),
  ]) {
    const conversion = convertBlock(`DocumentRoot /photos\n${block}`)
    t.ok(isClosed(conversion), block)
  }
})

t.test(
  'limits that Apache takes from the first host of an address also admit nobody in later hosts',
  async t => {
    const photos =
      '<VirtualHost *:80>\nDocumentRoot /photos\n<Directory /photos>\nRequire ip 10\n</Directory>\n</VirtualHost>'
    const other = (words: string, limit: string) =>
      `<VirtualHost ${words}>\nServerName other.example\n${limit}\n</VirtualHost>\n`
    for (const limit of [
      ...['LimitRequestFields 5', 'LimitRequestLine 99', 'StrictHostCheck On'],
      'SSLClientAuth required',
    ]) {
      t.ok(isClosed(convertText(other('*:80', limit) + photos)), limit)
      t.ok(
        isClosed(convertText(other('10.0.0.1 10.0.0.1:443', limit) + photos)),
        'a host without a port listens on any',
      )
      t.match(convertText(other('*:443', limit) + photos).rules, [{ network: { text: '10' } }])
    }
    t.strictSame(convertText(other('*:80', 'LimitRequestFields 100') + photos).leftovers, [])
  },
)

t.test('typographic quotes are read as plain ones, and listed where they decide', async t => {
  const { rules, leftovers } = convertBlock(
    'DocumentRoot “/photos”\nRewriteEngine On\nRewriteCond %{REMOTE_ADDR} “!^10\\.”\nRewriteRule ^ - [F]',
  )
  t.match(rules, [{ network: { text: '^10\\.' } }])
  t.match(leftovers, [{ line: 4, message: /in place of “ ”, .* may turn away more/ }])
  t.equal(leftovers.length, 1)
})

t.test('a section that covers all photos is carried over, however it is spelled', async t => {
  for (const block of [
    `<LocationMatch "\\.jpg$">\n${office}\n</LocationMatch>`,
    `<Location ~ "^/[^/]+$">\n${office}\n</Location>`,
    `<Location "/*.jpg">\n${office}\n</Location>`,
    `<Location ~ "(?i)^/.+@.+\\.(JPG|PNG)$">\n${office}\n</Location>`,
    `<Files "*.jpg">\n${office}\n</Files>`,
    `<Files "?*@*.jp[gG]">\n${office}\n</Files>`,
    `<Files ~ "\\.jpg$">\n${office}\n</Files>`,
    `<FilesMatch "\\.(jpe?g|png|gif)$">\n${office}\n</FilesMatch>`,
    `<FilesMatch "@">\n${office}\n</FilesMatch>`,
    `<DirectoryMatch photos>\n${office}\n</DirectoryMatch>`,
    `<Directory ~ "^/pho">\n${office}\n</Directory>`,
    `<Directory "/pho*">\n${office}\n</Directory>`,
    `<directory '/PHOTOS/../photos'>\n</Directory>\n<LOCATION />\nrEQUIRE IP "10"\n</location>`,
    `<Directory /photos>\n<LimitExcept POST>\n${office}\n</LimitExcept>\n</Directory>`,
    `<Directory /photos>\n<Limit POST GET>\n${office}\n</Limit>\n</Directory>`,
    `<Directory /photos>\n<Files "*.jpg">\n${office}\n</Files>\n</Directory>`,
    `<Files "*.jpg">\nRequire all granted\n</Files>\n<Location />\n${office}\n</Location>`,
    `<DirectoryMatch "^/">\n${office}\n</DirectoryMatch>\n<Directory /photos>\nRequire all denied\n</Directory>`,
  ]) {
    const { rules, leftovers } = convertBlock(`DocumentRoot /photos\n${block}`)
    t.match(rules, [{ network: { text: '10' } }], block)
    t.strictSame(leftovers, [], block)
  }
})

t.test('directives outside of the virtual host apply to it', async t => {
  const host = `<VirtualHost *>\nDocumentRoot /photos\n${granted}\n</VirtualHost>`
  for (const around of [
    `<Location />\n${office}\n</Location>`,
    `<Files "*.jpg">\n${office}\n</Files>`,
    '<Directory />\nOrder deny,allow\nDeny from all\n</Directory>',
    'Redirect 403 /',
    `<If "true">\n${office}\n</If>`,
    'RewriteOptions InheritDown',
  ]) {
    const { rules } = convertText(`${around}\n${host}`)
    const admitted = rules.map(({ network }) => network?.text ?? 'anybody')
    t.strictSame(admitted, /<(?:Location|Files)/.test(around) ? ['10'] : [], around)
  }
  const inherited = convertText(
    `DocumentRoot /photos\n<Directory /photos>\n${office}\n</Directory>\n<VirtualHost *>\nServerName a\n</VirtualHost>`,
  )
  t.match(
    inherited.rules,
    [{ network: { text: '10' } }],
    'the directory is the one of the main server',
  )
  t.equal(inherited.host.documentRoot, '/photos')
})

t.test('sections that concern no photos are ignored', async t => {
  for (const text of [
    '<Files ".ht*">\nRequire all denied\n</Files>',
    '<FilesMatch "^\\.ht">\nRequire all denied\n</FilesMatch>',
    '<Location /server-status>\nRequire local\n</Location>',
    '<Directory "/cgi-bin">\nRequire all denied\n</Directory>',
    '<Limit PUT DELETE>\nRequire all denied\n</Limit>',
    '<LimitExcept GET POST>\nRequire all denied\n</LimitExcept>',
    '<IfModule !mod_rewrite.c>\nRequire all denied\n</IfModule>',
    '<IfVersion < 2.4>\nOrder allow,deny\n</IfVersion>',
    'Redirect /old /new',
  ]) {
    const conversion = convertText(
      `${text}\n<VirtualHost *>\nDocumentRoot /photos\n<Directory /photos>\n${office}\n</Directory>\n</VirtualHost>`,
    )
    t.match(conversion.rules, [{ network: { text: '10' } }], text)
    t.strictSame(conversion.leftovers, [], text)
  }
})

t.test('an expression that an IPv6 address may match does not admit it', async t => {
  const { rules, networks } = convertBlock(
    'RewriteEngine On\nRewriteCond %{REMOTE_ADDR} ^2001:db8:\nRewriteRule ^ - [F]',
  )
  t.equal(rules.length, 1)
  t.match(networks, [{ blocks: ['0.0.0.0/0'] }])
})

t.test('a cookie that a rule matches and the expression does not is listed', async t => {
  const headersOf = (pattern: string) =>
    convertBlock(
      `RewriteEngine On\nRewriteCond %{HTTP_COOKIE} !${pattern}\nRewriteRule ^ - [F]`,
    ).leftovers.map(({ message }) => /Cookie: (.*?), but/.exec(message)?.[1])
  t.strictSame(headersOf('Sso= [NC]'), [])
  t.strictSame(headersOf('Sso='), ['sso=1'])
  t.strictSame(headersOf('^Sso= [NC]'), ['other=1; Sso=1'])
  t.strictSame(headersOf('Sso=abc$ [NC]'), ['Sso=abc; other=1'])
  t.strictSame(headersOf('Sso=abc; [NC]'), ['Sso=abc'])
  t.strictSame(headersOf('Sso=[a-zA-Z0-9]+ [NC]'), ['Sso=-'])
  t.strictSame(headersOf('Sso=\\w'), ['sso=1', 'Sso=-'])
  t.strictSame(headersOf('wp_.+= [NC]'), ['wp_=1'])
  t.strictSame(headersOf('wp_logged [NC]'), [])
})

t.test('network names are valid in the configuration and unique', async t => {
  const cond = (comment: string, text: string) =>
    `# ${comment}\nRewriteCond %{REMOTE_ADDR} !${text}`
  const conversion = convertBlock(
    [
      'RewriteEngine On',
      `${cond('null', '^10\\.')} [OR]`,
      cond('True', '^10\\.[1-9]'),
      'RewriteCond %{HTTP_COOKIE} !Sso= [NC,OR]',
      cond('x'.repeat(40), '^10\\.1'),
      cond(`the-null and the-true`, '^11\\.'),
      'RewriteRule ^ - [F]',
      'RewriteRule ^ - [F]',
    ]
      .slice(0, -1)
      .join('\n'),
  )
  const names = conversion.networks.map(({ name }) => name)
  t.equal(new Set(names).size, names.length)
  t.ok(
    names.every(name => /^[a-z][a-z0-9-]{0,63}$/.test(name) && name !== 'null'),
    names.join(),
  )
})

t.test('a text that looks like an environment variable is escaped', async t => {
  const variable = '$'.concat('{HOME}')
  const conversion = convertBlock(
    `DocumentRoot "/photos/${variable}"\nRewriteEngine On\n${turnAway}`,
  )
  t.match(formatConfig(conversion), `directory: "/photos/$${variable}"`)
})

t.test('a conditional section that does not concern photos is ignored', async t => {
  const other = '<Directory /usr/lib/cgi-bin>\nRequire all granted\n</Directory>'
  for (const around of [
    `<IfDefine CGI>\n${other}\n</IfDefine>`,
    `<IfModule mod_odd.c>\n<IfDefine CGI>\nScriptAlias /cgi-bin/ /usr/lib/cgi-bin/\n${other}\n</IfDefine>\n</IfModule>`,
  ]) {
    const { rules, leftovers } = convertText(
      `${around}\n<VirtualHost *>\nDocumentRoot /photos\nRewriteEngine On\n${turnAway}\n</VirtualHost>`,
    )
    t.strictSame([rules.length, leftovers], [1, []], around)
  }
})

t.test('a host that admits nobody in Apache is reported as such', async t => {
  const conversion = convertText(
    `<Directory />\nRequire all denied\n</Directory>\n<VirtualHost *>\nDocumentRoot /photos\nRewriteEngine On\n${turnAway}\n</VirtualHost>`,
  )
  t.match(conversion.leftovers, [{ line: 4, message: /^admits nobody in Apache either/ }])
  t.strictSame(conversion.rules, [])
})
