// The side of IHS: each fault planted into a configuration that is right.
import t from 'tap'
import { parseHttpdConfig } from '../../../src/convert/httpd/config.ts'
import { aliasFolders, checkHttpd } from '../../../src/doctor/ccm/check-httpd.ts'
import type { Diagnosis } from '../../../src/doctor/finding.ts'
import type { CcmHttpdChange } from '../../fixtures/ccm-httpd.ts'
import { ccmHttpd, ccmHttpdLines } from '../../fixtures/ccm-httpd.ts'
import { rootPath } from '../../fixtures/system-out.ts'

function look(text: string, ...roots: readonly string[]): Diagnosis {
  const config = parseHttpdConfig(text, 'httpd.conf')
  return checkHttpd(
    { file: 'httpd.conf', config },
    roots.map(folder => ({ folder, by: 'fncs-sitePrefs.properties:4' })),
  )
}
const codes = (text: string, ...roots: readonly string[]) =>
  look(text, ...roots)
    .findings.map(({ code }) => code)
    .join(' ')

// Files has parts of the same kind.
const files = `Alias /files_content "D:/IBM/Connections/data/shared/files/upload"
<Directory "D:/IBM/Connections/data/shared/files/upload">
Order Deny,Allow
Deny from all
Allow from env=REDIRECT_FILES_CONTENT
</Directory>
<Location /files>
IBMLocalRedirect On
IBMLocalRedirectKeepHeaders X-LConn-Auth,Cache-Control
SetEnv FILES_CONTENT true
</Location>
`
const { keep } = ccmHttpdLines

const right: Record<string, string> = {
  'as the documentation has it': ccmHttpd(),
  'beside Files': `${files}${ccmHttpd()}${files.replaceAll('files', 'wikis').replaceAll('FILES', 'WIKIS')}`,
  'another name for the variable': ccmHttpd({
    allow: 'Allow from env=REDIRECT_CDHC_CONTENT',
    setEnv: 'SetEnv CDHC_CONTENT true',
  }),
  'Require in place of Allow': ccmHttpd({
    ...{ order: '', deny: '', allow: 'Require env REDIRECT_LIBRARIES_CONTENT' },
  }),
  'Require in a container': ccmHttpd({
    ...{
      order: '<RequireAll>',
      deny: 'Require env REDIRECT_LIBRARIES_CONTENT',
      allow: '</RequireAll>',
    },
  }),
  'lower case and blanks': ccmHttpd({
    ...{
      order: '  order deny,allow',
      deny: '\tdeny from all',
      allow: 'allow from env=redirect_libraries_content',
    },
    redirect: 'ibmlocalredirect ON',
  }),
  'CRLF and comments': ccmHttpd({ redirect: '# On since 2016\nIBMLocalRedirect On' }).replaceAll(
    '\n',
    '\r\n',
  ),
  'without any LoadModule': ccmHttpd({ module: '' }),
  'in <IfModule>': ccmHttpd({
    location: '<IfModule mod_ibm_local_redirect.c>\n<Location /dm>',
    locationEnd: '</Location>\n</IfModule>',
  }),
  'in one virtual host': `<VirtualHost *:443>\n${ccmHttpd({ module: '' })}</VirtualHost>\n`,
  'inherited by virtual hosts': `${ccmHttpd()}<VirtualHost *:443>\nSSLEnable\n</VirtualHost>\n`,
  'shared by server and host': `${ccmHttpd({ location: '<VirtualHost *:443>\n<Location /dm>', locationEnd: '</Location>\n</VirtualHost>' })}`,
  'a list that is continued without blanks': ccmHttpd({ keep: keep.replace('ETag', '\\\nETag') }),
  'a list in quotes': ccmHttpd({ keep: keep.replace(' X-', ' "X-').replace(/$/, '"') }),
  'a folder around it': ccmHttpd({ directory: '<Directory "D:/IBM/Connections/data/shared">' }),
  'an expression for several applications': ccmHttpd({
    location: '<LocationMatch "^/(files|dm)/">',
    locationEnd: '</LocationMatch>',
  }),
  'Deny from all, and Require all granted': ccmHttpd({
    allow: 'Allow from env=REDIRECT_LIBRARIES_CONTENT\nRequire all granted',
  }),
  'an unused request header': ccmHttpd({
    setEnv: 'SetEnv LIBRARIES_CONTENT true\nRequestHeader append LIBRARIES_CONTENT true',
  }),
  'a version for each Apache': ccmHttpd({
    order: '<IfVersion < 2.4>\nOrder Deny,Allow',
    allow:
      'Allow from env=REDIRECT_LIBRARIES_CONTENT\n</IfVersion>\n<IfVersion >= 2.4>\nRequire env REDIRECT_LIBRARIES_CONTENT\n</IfVersion>',
  }),
}
for (const [title, text] of Object.entries(right)) {
  t.test(`no finding: ${title}`, async t => {
    const { findings, fine, unknown } = look(text, rootPath)
    t.strictSame(findings, [])
    t.strictSame(unknown, [])
    t.match(fine, [/one folder/, /opens D:.* and for nothing else/])
  })
}

t.test("the seed's printed block is one finding with the whole cure", async t => {
  const { findings } = look(
    ccmHttpd({ allow: '', setEnv: 'RequestHeader append LIBRARIES_CONTENT true' }),
    rootPath,
  )
  t.equal(findings.map(({ code }) => code).join(' '), 'ccm-request-header')
  t.match(findings[0], { effect: 'breaks', place: { file: 'httpd.conf', line: 10 } })
  t.match(
    findings[0]?.cure.join('\n'),
    / {2}Allow from env=REDIRECT_LIBRARIES_CONTENT\n[\s\S]* {2}SetEnv LIBRARIES_CONTENT true/,
  )
})

const faults: readonly (readonly [title: string, code: string, change: CcmHttpdChange])[] = [
  [
    'the module is not loaded',
    'ccm-module-missing',
    { module: 'LoadModule alias_module modules/mod_alias.so' },
  ],
  [
    'there is no section for /dm',
    'ccm-location-missing',
    { location: '', redirect: '', keep: '', setEnv: '', locationEnd: '' },
  ],
  [
    'there is no Alias',
    'ccm-alias-missing',
    { alias: '', directory: '', order: '', deny: '', allow: '', directoryEnd: '' },
  ],
  ['the redirect is off', 'ccm-redirect-off', { redirect: 'IBMLocalRedirect Off' }],
  ['the redirect is not there', 'ccm-redirect-off', { redirect: '' }],
  ['there is no list of headers', 'ccm-keep-headers-missing', { keep: '' }],
  [
    'the list of headers has blanks',
    'ccm-keep-headers-blanks',
    { keep: keep.replaceAll(',', ', ') },
  ],
  [
    'the list is continued with blanks',
    'ccm-keep-headers-blanks',
    { keep: keep.replace('ETag', '\\\n  ETag') },
  ],
  [
    'the list goes on in the next line',
    'ccm-keep-headers-split',
    { keep: keep.replace(',ETag', ',\nETag') },
  ],
  [
    'the list lacks a header',
    'ccm-keep-headers-lacks',
    { keep: keep.replace('Content-Disposition,', '') },
  ],
  ['a lock without a key', 'ccm-lock-without-key', { setEnv: '' }],
  [
    'a lock without a key, but with a request header',
    'ccm-lock-without-key',
    { setEnv: 'RequestHeader append LIBRARIES_CONTENT true' },
  ],
  ['a key of another name', 'ccm-lock-without-key', { setEnv: 'SetEnv LIBRARY_CONTENT true' }],
  ['a key without a lock', 'ccm-lock-missing', { allow: '' }],
  ['neither lock nor key', 'ccm-lock-missing', { allow: '', setEnv: '' }],
  ['a lock without REDIRECT_', 'ccm-lock-prefix', { allow: 'Allow from env=LIBRARIES_CONTENT' }],
  [
    'Require without REDIRECT_',
    'ccm-lock-prefix',
    { order: '', deny: '', allow: 'Require env LIBRARIES_CONTENT' },
  ],
  ['Deny is looked at last', 'ccm-order', { order: 'Order Allow,Deny' }],
  [
    'Deny beside Require',
    'ccm-lock-closed',
    { allow: 'Require env REDIRECT_LIBRARIES_CONTENT\nAllow from env=REDIRECT_OTHER' },
  ],
  ['an open folder', 'ccm-open-folder', { deny: '' }],
  [
    'a folder that Require opens',
    'ccm-open-folder',
    { order: '', deny: '', allow: 'Require all granted' },
  ],
  [
    'a folder that no section closes',
    'ccm-open-folder',
    { directory: '', order: '', deny: '', allow: '', directoryEnd: '' },
  ],
  [
    'a section that opens everything after it',
    'ccm-open-folder',
    { locationEnd: '</Location>\n<Location />\nOrder Allow,Deny\nAllow from all\n</Location>' },
  ],
  [
    'Satisfy Any beside Require',
    'ccm-satisfy-any',
    { order: 'Order Deny,Allow\nSatisfy Any\nRequire all granted' },
  ],
  [
    'the Alias is the path of the application',
    'ccm-alias-context-root',
    { alias: `Alias /dm "${rootPath}"` },
  ],
  [
    'a slash at one end of the Alias',
    'ccm-alias-slash',
    { alias: `Alias /library_content_cache/ "${rootPath}"` },
  ],
  [
    'an Alias above that takes all',
    'ccm-alias-shadowed',
    { module: `${ccmHttpdLines.module}\nAlias / "D:/IBM/HTTPServer/htdocs/"` },
  ],
  [
    'the section is for another folder',
    'ccm-open-folder ccm-directory-differs',
    { directory: '<Directory "D:/IBM/Connections/data/local/ccmcache">' },
  ],
  [
    'the quotes of a blog',
    'ccm-typographic',
    { directory: `<Directory “${rootPath}”>`, alias: `Alias /library_content_cache “${rootPath}”` },
  ],
]
for (const [title, code, change] of faults) {
  t.test(`a finding: ${title}`, async t => {
    const { findings } = look(ccmHttpd(change), rootPath)
    t.equal(findings.map(finding => finding.code).join(' '), code)
    for (const { cure, place } of findings) t.ok(cure.length > 0 && place?.file === 'httpd.conf')
  })
}

t.test('a fault is seen in the virtual host that has it, and once when two inherit it', async t => {
  const hosts =
    '<VirtualHost *:80>\n</VirtualHost>\n<VirtualHost *:443>\nSSLEnable\n</VirtualHost>\n'
  t.equal(codes(ccmHttpd({ allow: '' }) + hosts), 'ccm-lock-missing')
  const inHost = `${ccmHttpd()}<VirtualHost *:443>\n<Location /dm>\nIBMLocalRedirect Off\n</Location>\n</VirtualHost>\n`
  t.equal(codes(inHost), 'ccm-redirect-off')
})

t.test('a host for TLS without these parts is not known to matter', async t => {
  const text = `<VirtualHost *:80>\n${ccmHttpd({ module: '' })}</VirtualHost>\n<VirtualHost *:443>\nSSLEnable\n</VirtualHost>\n`
  const { findings, unknown } = look(text)
  t.strictSame(findings, [])
  t.match(unknown, [/<VirtualHost \*:443> \(httpd\.conf:\d+\): it has no section for \/dm/])
})

t.test('what an Include that cannot be read may hold is not missing', async t => {
  const { findings, unknown } = look('LoadModule a_module a.so\nInclude conf/ccm-missing.conf\n')
  t.strictSame(findings, [])
  t.match(unknown, [
    /^What conf\/ccm-missing\.conf adds: it could not be read \(httpd\.conf:2\)\. Without it: /,
  ])
})

t.test('an httpd.conf without any of it is worse when FNCS caches', async t => {
  t.match(look(files).findings, [{ code: 'ccm-location-missing', effect: 'weakens' }])
  t.match(look(files, rootPath).findings, [{ code: 'ccm-location-missing', effect: 'breaks' }])
})

t.test('the folders of IHS and FNCS are compared as Windows names them', async t => {
  t.equal(codes(ccmHttpd(), 'd:\\ibm\\CONNECTIONS\\data\\shared\\ccmcache\\'), '')
  t.equal(codes(ccmHttpd(), 'D:/IBM/Connections/data/shared/cache'), 'ccm-root-differs')
  t.equal(codes(ccmHttpd(), 'D:/IBM/data/ccmcache'), 'ccm-root-differs', 'on one drive')
  const seen = look(ccmHttpd(), '//nas/share/ccmcache')
  t.strictSame(seen.findings, [])
  t.match(seen.unknown, [/Seen from two machines that can be one folder/])
})

t.test('who may read the folder is not known when it depends on the client', async t => {
  const { findings, unknown } = look(ccmHttpd({ deny: 'Deny from all\nAllow from 10.0.0.0/8' }))
  t.strictSame(findings, [])
  t.match(unknown, [
    /^Who may read D:.* it depends on lines that doctor does not read, in httpd\.conf:3/,
  ])
})

t.test("the seed's block as its page shows it is three findings", async t => {
  // Without </Directory> and </Location>, which the page does not show.
  const { findings } = look(
    `Alias /library_content_cache “${rootPath}”

<Directory “${rootPath}”>
Order Deny,Allow
Deny from all

<Location /dm>
IBMLocalRedirect On
${keep}

RequestHeader append LIBRARIES_CONTENT true
`,
    rootPath,
  )
  t.equal(
    findings.map(({ code }) => code).join(' '),
    'ccm-section-open ccm-typographic ccm-request-header',
  )
  t.match(findings[0]?.seen, '<Location> in line 7, <Directory> in line 3')
})

const noRoot = ccmHttpd()
const openCache = ccmHttpd({ order: '', deny: '', allow: 'Require all granted' })
const openAlias = (path: string, folder: string) =>
  `Alias ${path} "${folder}"\n<Directory "${folder}">\nRequire all granted\n</Directory>\n`

t.test('an Alias of another application does not displace that of the cache', async t => {
  for (const other of [
    openAlias('/librarian', 'D:/apps/librarian'),
    openAlias('/library', '/usr/share/library'),
    openAlias('/ccm-help', 'D:/apps/help'),
    openAlias('/docs', 'D:/apps/fncs'),
  ]) {
    for (const roots of [[], [rootPath]]) {
      const after = look(noRoot + other, ...roots)
      t.strictSame([after.findings, after.unknown], [[], []], other)
      t.strictSame(look(other + noRoot, ...roots).findings, [], other)
    }
  }
  const locked = `Alias /ccmdocs "D:/ccmdocs"\n<Directory "D:/ccmdocs">\nRequire env REDIRECT_CCMDOCS\n</Directory>\n`
  t.equal(codes(openCache + locked), 'ccm-open-folder')
  t.match(look(openCache + locked).findings[0]?.seen, rootPath)
})

t.test('an Alias alone is no sign of CCM', async t => {
  for (const [path = '', folder = ''] of [
    ['/library', '/usr/share/library'],
    ['/fncs', '/usr/share/fncs'],
  ]) {
    const { findings } = look(openAlias(path, folder))
    t.match(findings, [{ code: 'ccm-location-missing', effect: 'weakens' }])
    t.equal(findings.length, 1)
    const config = parseHttpdConfig(openAlias(path, folder), 'httpd.conf')
    t.strictSame(aliasFolders({ file: 'httpd.conf', config }, []), [])
  }
})

t.test('which Alias it is, is not known when two signs disagree or none is sure', async t => {
  const lockedToo = `Alias /ccmdocs "D:/ccmdocs"\n<Directory "D:/ccmdocs">\nRequire env REDIRECT_LIBRARIES_CONTENT\n</Directory>\n`
  const both = look(openCache + lockedToo)
  t.strictSame(both.findings, [])
  t.match(both.unknown, [/^Which Alias .* \/ccmdocs \(.* or Alias \/library_content_cache \(/])
  const renamed = ccmHttpd({ alias: 'Alias /libraries "D:/data/libcache"' })
  t.strictSame(look(renamed).findings, [])
  t.match(look(renamed).unknown, [/^Which Alias .* \/libraries .* with --properties/])
  t.match(look(renamed, rootPath).unknown, [
    /^Which Alias .* \/libraries \(.*\)\. None of them leads to D:.* \(fncs-sitePrefs\.properties:4\)/,
  ])
  const two = look(
    openCache.replace(/^Alias.*/m, 'Alias /a "D:/x/ccmcache"\nAlias /b "D:/y/ccmcache"'),
  )
  t.strictSame(two.findings, [])
  t.match(two.unknown, [/^Which Alias .* \/a .* or Alias \/b/])
})

t.test(
  'a folder is never said to be open when only its name says that it is the cache',
  async t => {
    const guessed = openCache.replace('/library_content_cache', '/other')
    const { findings, fine, unknown } = look(guessed)
    t.strictSame(findings, [])
    t.notMatch(fine.join('\n'), /for nothing else/)
    t.match(unknown, [/^Whether everybody may read the cache: .*Alias \/other, httpd\.conf:2/])
    t.equal(codes(guessed, rootPath), 'ccm-open-folder', 'the properties make it certain')
  },
)

t.test('AliasMatch is read, or what follows from it is not known', async t => {
  for (const line of [
    `AliasMatch ^/library_content_cache(.*) "${rootPath}$1"`,
    `AliasMatch ^/library_content_cache(.*)$ "${rootPath}$1"`,
    `AliasMatch ^/library_content_cache/(.*)$ "${rootPath}/$1"`,
    `AliasMatch "^/library_content_cache(/.*)?$" "${rootPath}$1"`,
  ]) {
    const text = ccmHttpd({ alias: line })
    t.match(look(text, rootPath), { findings: [], fine: [/one folder/, /nothing else/] }, line)
    t.equal(codes(text.replace(/^Deny from all$/m, ''), rootPath), 'ccm-open-folder', line)
  }
  const { findings, unknown } = look(
    ccmHttpd({ alias: `AliasMatch ^/(library|x)_content_cache/(.*)$ "${rootPath}/$2"` }),
  )
  t.strictSame(findings, [])
  t.match(unknown, [/^Which Alias is that of the cache.*: it can be AliasMatch/])
})

t.test('an expression that is not read makes what hangs on it not known', async t => {
  const withLocation = (pattern: string) =>
    ccmHttpd({ location: `<LocationMatch ${pattern}>`, locationEnd: '</LocationMatch>' })
  t.strictSame(look(withLocation('(?i)^/DM'), rootPath).findings, [])
  t.strictSame(look(withLocation('"(?i)^/DM"'), rootPath).unknown, [])
  for (const pattern of ['^/(?!files)dm', '^/d(?>m)', '^/dm++', '^/(dm', `^/${'a?'.repeat(600)}`]) {
    const { findings, unknown } = look(withLocation(`"${pattern}"`), rootPath)
    t.strictSame(findings, [], pattern)
    t.match(unknown, [
      /^Whether these are for \/dm or for the cache.*<LocationMatch \^\/.*\.conf:8\)/,
    ])
  }
  const unrelated = `<LocationMatch "^(?!/status)">\nSetHandler x\n</LocationMatch>\n`
  t.strictSame(look(noRoot + unrelated, rootPath).unknown, [], 'what says nothing here is nothing')
  const fault = look(ccmHttpd({ redirect: '' }) + unrelated.replace('SetHandler x', 'SetEnv a b'))
  t.match(fault.findings, [{ code: 'ccm-redirect-off' }], 'a fault in either case is a fault')
})

t.test('an expression that tries everything is soon done', async t => {
  const hostile = [
    '<DirectoryMatch "^(([a/x])+)+\\$">\nRequire all denied\n</DirectoryMatch>',
    '<LocationMatch "^(/|a+)+b$">\nRequire all denied\n</LocationMatch>',
    '<LocationMatch "^(([a-z/_]+)+)+!$">\nRequire all denied\n</LocationMatch>',
    '<Location ~ "((a{99}){99}){99}">\nRequire all denied\n</Location>',
    '<LocationMatch "((.*)*)*((.*)*)*!">\nRequire all denied\n</LocationMatch>',
  ].join('\n')
  const folder = `/opt/${'a/'.repeat(40)}ccmcache`
  const began = performance.now()
  const { findings } = look(ccmHttpd().replaceAll(rootPath, folder) + hostile, folder)
  t.strictSame(findings, [])
  t.ok(performance.now() - began < 10_000)
})

t.test('many hosts that inherit many expressions are soon done', async t => {
  const rows = Array.from({ length: 200 }, (_, at) => at)
  const sections = rows.map(
    at => `<LocationMatch "(/|x)*((.*)*)*((.*)*)*!${at}">\nRequire all denied\n</LocationMatch>`,
  )
  const hosts = rows.map(
    at => `<VirtualHost *:${at + 1}>\n<Location /dm>\nSSLEnable\n</Location>\n</VirtualHost>`,
  )
  const began = performance.now()
  t.strictSame(look([noRoot, ...sections, ...hosts].join('\n'), rootPath).findings, [])
  t.ok(performance.now() - began < 5_000)
})

t.test('a section that only denies is to be removed', async t => {
  const denying = '<Location /library_content_cache>\nDeny from all\n</Location>\n'
  const { findings } = look(noRoot + denying, rootPath)
  t.match(findings, [{ code: 'ccm-lock-closed', place: { line: 13 } }])
  t.equal(findings.length, 1)
  t.match(findings[0]?.cure[0], /^Remove <Location \/library_content_cache> \(httpd\.conf:13\)/)
  const empty = '<Location /library_content_cache>\nSetHandler x\n</Location>\n'
  t.strictSame(look(noRoot + empty, rootPath).findings, [])
})
