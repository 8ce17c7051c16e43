// stproxyconfig.xml and UserInfoConfig.xml: each fault planted into what photogate's own snippets print.
import t from 'tap'
import type { Diagnosis } from '../../../src/doctor/finding.ts'
import { checkStproxy } from '../../../src/doctor/sametime/check-stproxy.ts'
import { checkUserInfo } from '../../../src/doctor/sametime/check-userinfo.ts'
import { faultFinding, parseSametimeFile } from '../../../src/doctor/sametime/config-file.ts'
import { stproxySnippet, userInfoSnippet } from '../../../src/snippet/sametime.ts'

const facts = {
  url: new URL('http://photos.acme.example'),
  chatUrl: new URL('https://a--b.acme.example:8443'),
  attribute: 'PhotoURL',
  userToken: undefined,
  photo: 'joe@acme.example',
  placeholders: [],
}
const stproxy = stproxySnippet(facts)
const userInfo = userInfoSnippet(facts)
// As a whole file of 9.0.1 has it.
const whole = `<?xml version="1.0" encoding="UTF-8"?>
<UserInformation>
 <Resources>
  <Storage type="LDAP">
   <CommonField CommonFieldName="MailAddress"/>
   <StorageDetails HostName="ldap.acme.example" Port="389" UserName="cn=reader" Password="hunter2&amp;"/>
   <Details>
    <Detail Id="MailAddress" FieldName="mail" Type="text/plain"/>
    <Detail Id="PhotoURL" FieldName="PhotoURL" Type="text/plain"/>
    <Detail Id="ImagePath" FieldName="PhotoURL" Type="text/plain"/>
   </Details>
  </Storage>
 </Resources>
 <ParamsSets>
  <Set SetId="0" params="MailAddress,Name,PhotoURL,ImagePath"/>
  <Set params="MailAddress,Name,PhotoURL,ImagePath" SetId="1"/>
 </ParamsSets>
</UserInformation>
`

function look(
  check: typeof checkStproxy,
  text: string | Buffer,
  gate = new URL('http://photos.acme.example'),
): Diagnosis {
  const read = parseSametimeFile(Buffer.from(text), 'config.xml')
  return 'fault' in read
    ? { findings: [faultFinding(read.file, read.fault)], fine: [], unknown: [] }
    : check(read, gate)
}
const codes = ({ findings }: Diagnosis) => findings.map(({ code }) => code).join(' ')

t.test('what photogate snippets prints has no finding', async t => {
  const rows: readonly (readonly [typeof checkStproxy, string])[] = [
    [checkStproxy, stproxy],
    [checkStproxy, `<?xml version="1.0"?>\r\n<configuration>\r\n${stproxy}</configuration>`],
    [checkUserInfo, userInfo],
    [checkUserInfo, whole],
    [checkUserInfo, whole.replaceAll('\n', '\r\n').replaceAll('"', "'")],
  ]
  for (const [check, text] of rows) {
    t.match(look(check, text), { findings: [], fine: [/^config\.xml/], unknown: [] })
    t.equal(look(check, text).unknown.length, 0)
  }
})

const proxyFaults: readonly (readonly [
  title: string,
  code: string,
  from: string | RegExp,
  to: string,
])[] = [
  ['no photoCache', 'sametime-stproxy-no-cache', /\n<photoCache>[\s\S]*/, '<other/>'],
  [
    'a photoCache in a comment',
    'sametime-stproxy-no-cache',
    /\n(<photoCache>[\s\S]*<\/photoCache>)/,
    '<a><!-- $1 --></a>',
  ],
  ['photocache in lower case', 'sametime-stproxy-no-cache', /photoCache>/g, 'photocache>'],
  [
    'two of them',
    'sametime-stproxy-doubled',
    '</photoCache>',
    '</photoCache><photoCache><enabled>true</enabled></photoCache>',
  ],
  ['not enabled', 'sametime-stproxy-disabled', '>true<', '>false<'],
  ['an expiry of 0', 'sametime-stproxy-expiry', '>60<', '>0<'],
  ['an expiry with a unit', 'sametime-stproxy-expiry', '>60<', '>60 minutes<'],
  ['no folder', 'sametime-stproxy-storage', '/opt/IBM/phototemp', ' '],
  ['no proxyServerURL', 'sametime-stproxy-no-url', /<proxyServerURL>.*<\/proxyServerURL>/, ''],
  [
    'an empty proxyServerURL',
    'sametime-stproxy-no-url',
    /<proxyServerURL>.*<\/proxyServerURL>/,
    '<proxyServerURL/>',
  ],
  ['a proxyServerURL without a scheme', 'sametime-stproxy-url', 'https://a--b', 'a--b'],
  [
    'the photo host as proxyServerURL',
    'sametime-stproxy-photo-host',
    /https:\/\/a--b[^<]*/,
    'https://photos.acme.example',
  ],
  ['a closing tag that a blog mangled', 'sametime-xml', '</proxyServerURL>', '<proxyServerURL>'],
  ['the quotes of a blog', 'sametime-xml', '\n<photoCache>', '\n<photoCache id=“a”>'],
]
for (const [title, code, from, to] of proxyFaults) {
  t.test(`stproxyconfig.xml: ${title}`, async t => {
    t.equal(codes(look(checkStproxy, stproxy.replace(from, to))), code)
  })
}

const cardFaults: readonly (readonly [
  title: string,
  code: string,
  from: string | RegExp,
  to: string,
])[] = [
  ['no ImagePath', 'sametime-userinfo-no-imagepath', /<Detail Id="ImagePath".*\n/, ''],
  ['no PhotoURL', 'sametime-userinfo-no-photourl', /<Detail Id="PhotoURL".*\n/, ''],
  ['PhotoUrl in another case', 'sametime-userinfo-no-photourl', 'Id="PhotoURL"', 'Id="PhotoUrl"'],
  [
    'a picture as type',
    'sametime-userinfo-type',
    'FieldName="PhotoURL" Type="text/plain"',
    'FieldName="PhotoURL" Type="image/jpeg"',
  ],
  [
    'no type',
    'sametime-userinfo-type',
    'FieldName="PhotoURL" Type="text/plain"',
    'FieldName="PhotoURL"',
  ],
  ['no field', 'sametime-userinfo-field', 'FieldName="PhotoURL" ', ''],
  [
    'Photo beside them',
    'sametime-userinfo-photo',
    '<Detail Id="MailAddress"',
    '<Detail Id="Photo" FieldName="jpegPhoto" Type="image/jpeg"/><Detail Id="MailAddress"',
  ],
  ['Photo in a set', 'sametime-userinfo-photo', 'Name,PhotoURL', 'Name,Photo,PhotoURL'],
  ['a set without ImagePath', 'sametime-userinfo-set', ',PhotoURL,ImagePath', ',PhotoURL'],
  ['no set for anonymous users', 'sametime-userinfo-no-set', /<Set SetId="0".*\n/, ''],
  [
    'one Id for two fields',
    'sametime-userinfo-doubled',
    '<Detail Id="PhotoURL"',
    '<Detail Id="PhotoURL" FieldName="labeledURI" Type="text/plain"/><Detail Id="PhotoURL"',
  ],
  ['another file', 'sametime-userinfo-empty', /[\s\S]*/, '<server/>'],
  ['an element that is not closed', 'sametime-xml', '</Details>', ''],
]
for (const [title, code, from, to] of cardFaults) {
  t.test(`UserInfoConfig.xml: ${title}`, async t => {
    const diagnosis = look(checkUserInfo, whole.replace(from, to))
    t.equal(codes(diagnosis), code)
    t.notMatch(JSON.stringify(diagnosis), 'hunter2', 'no password')
  })
}

t.test('an https photo host and ImagePath do not fit', async t => {
  t.equal(
    codes(look(checkUserInfo, whole, new URL('https://photos.acme.example'))),
    'sametime-imagepath-https',
  )
})

t.test('what is not documented is not known, and no finding', async t => {
  const bare = '<photoCache><proxyServerURL>https://chat.acme.example</proxyServerURL></photoCache>'
  const { findings, unknown } = look(checkStproxy, bare)
  t.strictSame(findings, [])
  t.match(unknown, [/without enabled/, /without cacheExpiry/, /without storageLocation/])
  const sets = look(checkUserInfo, whole.replace(/<Set .*\n/g, ''))
  t.match(sets, { findings: [], unknown: [/no <Set>/] })
})

t.test('a fault is named with its line', async t => {
  const rows = [
    ['<a>\n<b>\n</a>', 'closes <a> where <b> of line 2 is open', 3],
    ['<a>\n\n</a></b>', 'closes <b>, which is not open', 3],
    ['\n<a>', 'does not close <a>', 2],
    ['<a>\n<!-- x', 'has a comment that does not end', 2],
    ['<a>\n1 < 2</a>', 'has a < that begins no element', 2],
    ['<a>\n<b c=d/></a>', '<b> has an attribute without a value in quotes', 2],
    ['<a>\n<b c="1" c="2"/></a>', '<b> has the attribute c twice', 2],
    ['only text', 'has not one element of XML', 1],
    ['a\0b', 'is not a text file', 1],
  ] as const
  for (const [text, message, line] of rows) {
    const { findings } = look(checkStproxy, text)
    t.match(findings, [{ code: 'sametime-xml', place: { line } }], text)
    t.match(findings[0]?.seen, message)
  }
})

t.test('UTF-16, Windows-1252, CDATA, entities and a document type are read', async t => {
  const folder = '<storageLocation>/opt/Bücher</storageLocation>'
  const text = stproxy.replace(/<storageLocation>.*/, folder)
  for (const bytes of [Buffer.from(`\ufeff${text}`, 'utf16le'), Buffer.from(text, 'latin1')]) {
    t.equal(codes(look(checkStproxy, bytes)), '')
  }
  const odd = stproxy.replace('>true<', '><![CDATA[true]]><').replace('>60<', '>&#54;&#x30;<')
  t.equal(codes(look(checkStproxy, `<!DOCTYPE a [\n<!ENTITY x "y">\n]>\n${odd}`)), '')
  const bomb = `<!DOCTYPE a [<!ENTITY a "${'x'.repeat(1_000)}"><!ENTITY b "&a;&a;&a;">]><a>&b;</a>`
  t.equal(codes(look(checkStproxy, bomb)), 'sametime-stproxy-no-cache')
})

t.test('a file eight times as long takes about eight times as long', async t => {
  const hostile: readonly ((size: number) => string)[] = [
    size => '<'.repeat(size),
    size => '<a>'.repeat(size),
    size => `<a ${'b '.repeat(size)}`,
    size => '<a b="1"/>'.repeat(size),
    size => ' '.repeat(size),
    size => '<!--'.repeat(size),
    size => '&#60;'.repeat(size),
    size => `<a${' '.repeat(size)}b`,
    size => '<a>\n</a>'.repeat(size),
    size => `<!DOCTYPE a><a>${'&x;'.repeat(size)}</a>`,
    size => `<a><!--${'--x'.repeat(size)}--></a>`,
    size => `<a>${'x&amp;'.repeat(size)}&</a>`,
    size => `<a ${'b="c" '.repeat(size)}/>`,
  ]
  const cost = (text: string) => {
    const began = process.cpuUsage()
    look(checkStproxy, text)
    const { user, system } = process.cpuUsage(began)
    return (user + system) / 1_000
  }
  for (const make of hostile) {
    const [short, long] = [cost(make(10_000)), cost(make(80_000))]
    // Squares would be 64 times as much.
    t.ok(long < 30 * short + 120, `${make(3)}: ${short} ms, ${long} ms`)
  }
})
