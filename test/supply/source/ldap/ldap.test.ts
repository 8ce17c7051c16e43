import t from 'tap'
import type { LdapSettings } from '../../../../src/config/supply/settings.ts'
import { requestName } from '../../../../src/supply/source/ldap/attribute-names.ts'
import { openLdap } from '../../../../src/supply/source/ldap/ldap.ts'
import type { LdapEntry } from '../../../../src/supply/source/ldap/ldap-entry.ts'
import {
  addressesOf,
  buildVersions,
  keyOf,
  valuesOf,
} from '../../../../src/supply/source/ldap/ldap-entry.ts'
import { bindErrorText } from '../../../../src/supply/source/ldap/ldap-error-text.ts'
import { tidyFilter } from '../../../../src/supply/source/ldap/ldap-filter.ts'
import { makeCertificates } from '../../../fixtures/certificates.ts'
import { startLdapStandIn } from '../../../fixtures/ldap-stand-in.ts'
import { startListener } from '../../../fixtures/listener.ts'
import { closing, gather, refusalOf } from '../../../fixtures/source.ts'
import { waitUntil } from '../../../fixtures/wait-until.ts'

const settings: LdapSettings = {
  ...{ id: 'ldap', title: 'ldap', kind: 'ldap', url: 'ldap://127.0.0.1', base: 'o=acme' },
  ...{ bind: undefined, passwordFile: undefined, filter: '(mail=*)', mail: ['mail'] },
  ...{ photo: ['jpegPhoto'], startTls: false, caFile: undefined, pageSize: 500 },
}

t.test('a failed bind is reported with its reason and without the server’s text', async t => {
  const diagnostics = (data: string) =>
    Object.assign(
      new Error(
        `80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data ${data}, v3839`,
      ),
      { code: 49 },
    )
  const rows: [Error, RegExp][] = [
    [
      diagnostics('52e'),
      /^refuses the password: check bind \(reader@acme\.example\) and what is in p\.pw$/,
    ],
    [diagnostics('532'), /^says that the password has expired: /],
    [diagnostics('775'), /^has locked the account: /],
    [Object.assign(new Error('CANARY'), { code: 49 }), /^refuses user or password: /],
    [
      Object.assign(new Error('CANARY'), { code: 53 }),
      /^does not take a password from reader@acme/,
    ],
    [Object.assign(new Error('x'), { code: 8 }), /^requires an encrypted connection/],
    [Object.assign(new Error('x'), { code: 52 }), /^is too busy or closing down/],
  ]
  for (const [error, words] of rows) {
    const bound = { ...settings, bind: 'reader@acme.example', passwordFile: 'p.pw' }
    const text = bindErrorText(error, bound)
    t.match(text, words)
    t.notMatch(text, /CANARY|DSID/)
  }
})

t.test('a silent server is given up', async t => {
  const server = await startLdapStandIn(t, ['silent'])
  const source = await openLdap({ ...settings, url: server.url }, { operationMs: 200 })
  t.teardown(() => source.close())
  t.match(await refusalOf(gather(source)), /^source: .* went away; .*timed out/)
})

t.test('a server that is silent from the start is let go when nobody waits any more', async t => {
  let closed = 0
  const { port } = await startListener(t, socket => {
    socket.on('data', () => undefined).on('close', () => closed++)
  })
  for (const scheme of ['ldap', 'ldaps']) {
    const started = performance.now()
    const url = `${scheme}://127.0.0.1:${port}`
    const signal = AbortSignal.timeout(100)
    t.match(await refusalOf(openLdap({ ...settings, url }, { signal })), /^source: ldap/)
    t.ok(performance.now() - started < 8_000, `${scheme}: neither 60 s nor 15 s`)
  }
  await waitUntil(() => closed === 2)
})

t.test(
  'bytes in the clear after the agreement to TLS are not read as if they came over TLS',
  async t => {
    const tls = makeCertificates(t)
    if (tls === undefined) return
    const server = await startLdapStandIn(t, [], { tls })
    const url = server.url.replace('127.0.0.1', 'localhost')
    const secured = { ...settings, url, startTls: true, caFile: tls.caFile }
    t.match(await refusalOf(openLdap(secured)), /^source: .*sent data in the clear/)
  },
)

t.test(
  'a server that cannot search for photos is asked for everybody’s, and other errors end the run',
  async t => {
    for (const firstCode of [11, 17, 18, 53]) {
      const server = await startLdapStandIn(t, [['cn=a', 'cn=b']], { firstCode })
      const source = await openLdap({ ...settings, url: server.url })
      t.teardown(() => source.close())
      const { persons, troubles } = await gather(source)
      t.same(
        persons.map(({ photo }) => photo),
        ['present', 'present'],
      )
      t.match(troubles, [/^o=acme: cannot be searched for people with a photo in jpegPhoto/])
    }
    const rows = [
      [4, /does not return 500 entries at once \(code 4\); write a smaller pageSize/],
      [10, /says that another server has o=acme/],
      [32, /has no entry o=acme/],
      [1, /shows nothing to anonymous users; write bind/],
      [51, /too busy or closing down/],
      [80, /answers with code 80/],
    ] as const
    for (const [firstCode, message] of rows) {
      const server = await startLdapStandIn(t, [['cn=a']], { firstCode })
      const source = await openLdap({ ...settings, url: server.url })
      t.teardown(() => source.close())
      t.match(await refusalOf(gather(source)), message)
    }
  },
)

t.test('an empty page is not taken for the last one', async t => {
  const server = await startLdapStandIn(t, [['cn=a', 'cn=b'], [], [], ['cn=c'], []])
  const source = await openLdap({ ...settings, url: server.url })
  t.teardown(() => source.close())
  const { persons } = await gather(source)
  t.same(
    persons.map(({ key }) => key),
    ['cn=a', 'cn=b', 'cn=c'],
  )
  t.equal(server.searches, 10)
})

t.test('filters are rewritten for ldapts, or refused', async t => {
  t.match(tidyFilter('(cn=\\ff)'), { refusal: /bytes that are not UTF-8 \(\\ff\)/ })
  const rows = [
    ['(mail=*)', '(mail=*)'],
    [' (& (a=b)\n\t(! ( c=d ) ) )', '(&(a=b)(!( c=d )))'],
    ['(|(a= b )(c=d))', '(|(a= b )(c=d))'],
    ['(cn=J\\C3\\BCrgen\\2a)', '(cn=Jürgen\\2a)'],
    ['(cn=\\28\\e5\\86\\99\\29)', '(cn=\\28写\\29)'],
    ['(x:1.2.840.113556.1.4.803:=2)', '(x:1.2.840.113556.1.4.803:=2)'],
  ] as const
  for (const [text, filter] of rows) t.same(tidyFilter(text), { filter }, text)
})

t.test('addresses are in the order of the attributes', async t => {
  const rows: [string, Record<string, unknown>, string[], number][] = [
    ['one', { mail: 'A@x.example' }, ['a@x.example'], 0],
    ['none', { mail: [] }, [], 0],
    ['repeated', { mail: ['a@x.example', 'A@X.example'] }, ['a@x.example'], 0],
    ['with options', { 'MAIL;lang-de': 'a@x.example' }, ['a@x.example'], 0],
    [
      'in a range',
      { proxyAddresses: [], 'proxyAddresses;range=0-1499': ['SMTP:a@x.example'] },
      ['a@x.example'],
      0,
    ],
    [
      'the main address later',
      { proxyAddresses: ['smtp:b@x.example', 'sip:c@x.example', 'SMTP:a@x.example'] },
      ['a@x.example', 'b@x.example'],
      0,
    ],
    [
      'mail before proxy',
      { proxyAddresses: 'SMTP:b@x.example', mail: 'a@x.example' },
      ['a@x.example', 'b@x.example'],
      0,
    ],
    ['no UTF-8', { mail: Buffer.from('m\xfcller@x.example', 'latin1') }, [], 1],
    ['a path', { mail: '../a@x.example' }, [], 1],
    ['another attribute', { email: 'a@x.example' }, [], 0],
  ]
  for (const [title, attributes, addresses, invalid] of rows) {
    const found = addressesOf({ dn: 'cn=x', ...attributes } as LdapEntry, [
      'mail',
      'proxyAddresses',
    ])
    t.same(found.addresses, addresses, title)
    t.equal(found.invalid.length, invalid, title)
  }
})

t.test('an entry has a version only when no other change could have the same one', async t => {
  const now = Date.UTC(2026, 10, 26, 12)
  const entry = (attributes: Record<string, string>) => ({ dn: 'cn=x', ...attributes }) as LdapEntry
  const old = entry({ modifyTimestamp: '20261101000000Z' })
  const rows: [string, Record<string, string>, string | undefined][] = [
    ['nothing', {}, undefined],
    ['now', { modifyTimestamp: '20261126120000Z' }, undefined],
    ['four seconds ago', { modifyTimestamp: '20261126115956Z' }, undefined],
    ['four seconds ago in another zone', { modifyTimestamp: '20261126125956+0100' }, undefined],
    ['no time', { modifyTimestamp: 'yesterday' }, undefined],
    ['AD without its counter', { whenChanged: '20261126115959.0Z' }, undefined],
    [
      'of less than a second',
      { modifyTimestamp: '20261126115959.123456Z' },
      'modifyTimestamp=20261126115959.123456Z',
    ],
    [
      'counted',
      { whenchanged: '20261126115959.0Z', USNChanged: '77' },
      'uSNChanged=77 whenChanged=20261126115959.0Z',
    ],
    [
      'numbered',
      { entryCSN: '20261126120000.000000Z#000000#000#000000' },
      'entryCSN=20261126120000.000000Z#000000#000#000000',
    ],
    ['an hour ago', { modifyTimestamp: '20261126110000Z' }, 'modifyTimestamp=20261126110000Z'],
  ]
  for (const [title, attributes, version] of rows) {
    const versionOf = buildVersions(() => now)
    versionOf(entry({ modifyTimestamp: '20261126120000Z' }))
    t.equal(versionOf(entry(attributes)), version, title)
  }
  await t.test('on a server whose clock is behind', async t => {
    const versionOf = buildVersions(() => now)
    const newest = entry({ modifyTimestamp: '20261126110000Z' })
    versionOf(old)
    versionOf(newest)
    t.equal(versionOf(newest), undefined)
    t.equal(versionOf(old), 'modifyTimestamp=20261101000000Z')
  })
})

const zones = [
  'ldap://ForestDnsZones.acme.example/DC=ForestDnsZones,DC=acme,DC=example',
  'ldap://DomainDnsZones.acme.example/DC=DomainDnsZones,DC=acme,DC=example',
  'ldap://acme.example/CN=Configuration,DC=acme,DC=example',
]
const child = 'ldap://sales.acme.example/DC=sales,DC=acme,DC=example'
const dc1 = 'CN=NTDS Settings,CN=DC1,CN=Servers,CN=Configuration,DC=acme,DC=example'

t.test(
  'referrals that Active Directory always sends are ignored, and all others are reported',
  async t => {
    const rows: [string, readonly string[], readonly RegExp[]][] = [
      ['the three standard referrals', zones, []],
      ['with other capitals, escaped', ['LDAPS://x/cn%3Dconfiguration,%20dc=acme??base'], []],
      ['another domain', [...zones, child], [/refers to 1 other places.*DC=sales/]],
      [
        'a referral outside of the domain',
        ['ldap://x/CN=Configuration,O=acme'],
        [/refers to 1 other/],
      ],
      [
        'a place inside a domain',
        ['ldap://x/OU=people,CN=Configuration,DC=acme'],
        [/refers to 1 other/],
      ],
      ['a broken referral', ['ldap://x/%zz'], [/refers to 1 other/]],
    ]
    for (const [title, referrals, troubles] of rows) {
      await t.test(title, async t => {
        const ad = { name: dc1, usnChanged: 7, referrals }
        const server = await startLdapStandIn(t, [['cn=a']], { ad })
        const source = closing(t, await openLdap({ ...settings, url: server.url }))
        t.match((await gather(source)).troubles, troubles)
        t.equal((await gather(source)).troubles.length, troubles.length)
      })
    }
  },
)

t.test('a count of changes is valid only for the domain controller that sent it', async t => {
  const see = async (name: string) => {
    const ad = { name, usnChanged: 7, referrals: [] }
    const server = await startLdapStandIn(t, [['cn=a']], { ad })
    const source = closing(t, await openLdap({ ...settings, url: server.url }))
    return (await gather(source)).person('a@x.example')
  }
  const one = await see(dc1)
  t.same(await see(dc1), one)
  const other = await see(dc1.replace('DC1', 'DC2'))
  t.equal(other.key, one.key)
  t.match(one.version, /uSNChanged=7$/)
  t.match(other.version, /uSNChanged=7$/)
  t.not(other.version, one.version)
})

t.test('keys of people stay the same when an entry is moved', t => {
  const rows: [string, Record<string, unknown>, string][] = [
    ['by GUID', { objectGUID: Buffer.from('00ff10', 'hex') }, '00ff10'],
    ['spelt otherwise', { objectguid: 'AB' }, '4142'],
    [
      'by UUID',
      { entryUUID: '39BEF014-7EAC-1041-9AC9-BFD54D660751' },
      '39bef014-7eac-1041-9ac9-bfd54d660751',
    ],
    ['of 389-DS', { nsUniqueId: 'a1-b2' }, 'a1-b2'],
    ['without any', { objectGUID: [], entryUUID: '' }, 'cn=x'],
  ]
  for (const [title, attributes, key] of rows) {
    t.equal(keyOf({ dn: 'cn=x', ...attributes } as LdapEntry), key, title)
  }
  t.end()
})

t.test('attributes are recognized by name and by OID, with options and without', t => {
  const entry = {
    dn: 'cn=x',
    'jpegPhoto;x-large': 'a',
    '2.16.128.113533.1.1400.1': 'b',
  } as LdapEntry
  t.same(valuesOf(entry, '0.9.2342.19200300.100.1.60;binary'), ['a'])
  t.same(valuesOf(entry, 'thumbnailPhoto'), ['b'])
  t.equal(requestName('jpegPhoto;Binary;lang-de'), 'jpegPhoto;lang-de')
  t.equal(requestName('jpegPhoto;binaryx'), 'jpegPhoto;binaryx')
  t.end()
})
