// The side of IHS: each fault planted into a configuration that is right.
import t from 'tap'
import { parseHttpdConfig } from '../../../src/convert/httpd/config.ts'
import { checkHttpd } from '../../../src/doctor/ccm/check-httpd.ts'
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
