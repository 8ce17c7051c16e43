// The settings of a right photo supply.
import t from 'tap'
import { ldap, of, openSupplyConfig, rule, whole } from '../../fixtures/supply-config.ts'

const config = openSupplyConfig(t)
const { home, path } = config

t.test('every value of the supply block in the README is used', async t => {
  const { supply, files } = home.settings(whole)
  const titled = (title: string) => ({ id: title, title })
  t.strictSame(supply, {
    fit: { maxPixels: 320, maxBytes: 45_000 },
    removeAfterSeconds: 30 * 86_400,
    maxRemovals: { share: 0.1 },
    schedule: '15 2 * * *',
    timeLimitSeconds: 7_200,
    sources: [
      { ...titled('folder drop'), kind: 'folder', folder: path('drop') },
      {
        ...titled('tdiDump dump_photos'),
        kind: 'tdiDump',
        folder: path('dump_photos'),
        index: 'collect_photos.in',
        peopleFile: path('people.csv'),
      },
      {
        ...titled('ldap ldaps://ad.acme.example'),
        kind: 'ldap',
        url: 'ldaps://ad.acme.example',
        base: 'dc=acme,dc=example',
        bind: 'cn=reader,dc=acme,dc=example',
        passwordFile: path('ldap.pw'),
        filter: '(mail=*)',
        mail: ['mail', 'proxyAddresses'],
        photo: ['thumbnailPhoto', 'jpegPhoto'],
        startTls: false,
        caFile: undefined,
        pageSize: 500,
      },
      {
        ...titled('connections https://connections.acme.example/profiles'),
        kind: 'connections',
        url: 'https://connections.acme.example/profiles',
        peopleFile: path('people.csv'),
        user: 'reader',
        passwordFile: path('c.pw'),
        signIn: 'basic',
        lookup: 'email',
        greyImage: undefined,
        caFile: undefined,
        parallel: 4,
      },
      {
        ...titled('sftp sftp://photos@tdi.acme.example/out'),
        kind: 'sftp',
        host: 'tdi.acme.example',
        port: 22,
        user: 'photos',
        folder: '/out',
        keyFile: path('id_ed25519'),
        passphraseFile: undefined,
        knownHosts: path('known_hosts'),
        peopleFile: undefined,
        index: 'collect_photos.in',
      },
    ],
  })
  t.strictSame(files, [home.file], 'secrets are neither watched nor read')
})

t.test('a missing key has its default', async t => {
  t.equal(home.settings(rule).supply, undefined)
  const { sources, ...rest } = home.settings(of(`{ ${ldap} }`)).supply ?? {}
  t.strictSame(rest, {
    fit: { maxPixels: 320, maxBytes: 45_000 },
    removeAfterSeconds: 30 * 86_400,
    maxRemovals: { share: 0.1 },
    schedule: undefined,
    timeLimitSeconds: 7_200,
  })
  t.match(sources, [
    { bind: undefined, passwordFile: undefined, filter: '(mail=*)', mail: ['mail'] },
  ])
})

t.test('every given value is used', async t => {
  const { supply } = home.settings(`${rule}
supply:
  fit: { maxPixels: 96, maxBytes: 10KB }
  removeAfter: 0s
  maxRemovals: 25
  schedule: "*/30 6-22 * * MON-FRI"
  sources:
    - { folder: /, name: root }
    - { tdiDump: dump_photos, people: people.csv, index: other.in, name: dump }
    - { ldap: "ldap://[::1]:1389/", base: "", mail: userPrincipalName, photo: "photo;binary", startTls: true, ca: ca.pem, pageSize: 1, filter: "(&(objectClass=user)(!(cn=a\\\\28b)))" }
    - { connections: "http://h//", people: people.csv, user: a, passwordFile: c.pw, signIn: form, lookup: uid, greyImage: grey.gif, ca: ca.pem, parallel: 64, name: c }
    - { sftp: "sftp://a%40b@[::1]:2222", keyFile: id_ed25519, passphraseFile: key.pw, knownHosts: known_hosts, people: people.csv, index: x.in }
    - { sftp: "sftp://u@h/a%20b/%25", keyFile: id_ed25519, knownHosts: known_hosts }`)
  t.match(supply, {
    fit: { maxPixels: 96, maxBytes: 10_000 },
    removeAfterSeconds: 0,
    maxRemovals: { count: 25 },
    schedule: '*/30 6-22 * * MON-FRI',
    sources: [
      { id: 'root', title: 'root', folder: '/' },
      { id: 'dump', index: 'other.in' },
      {
        url: 'ldap://[::1]:1389/',
        base: '',
        mail: ['userPrincipalName'],
        photo: ['photo;binary'],
        startTls: true,
        caFile: path('ca.pem'),
        pageSize: 1,
        filter: '(&(objectClass=user)(!(cn=a\\28b)))',
      },
      {
        id: 'c',
        url: 'http://h',
        signIn: 'form',
        lookup: 'uid',
        greyImage: path('grey.gif'),
        caFile: path('ca.pem'),
        parallel: 64,
      },
      {
        host: '::1',
        port: 2222,
        user: 'a@b',
        folder: '.',
        passphraseFile: path('key.pw'),
        peopleFile: path('people.csv'),
        index: 'x.in',
      },
      { user: 'u', folder: '/a b/%' },
    ],
  })
})

t.test('filters of RFC 4515 are accepted', async t => {
  for (const filter of [
    '(mail=*)',
    '(&)',
    '(|(a=b)(&(c>=d)(e<=f)(g~=h)))',
    '(!(userAccountControl:1.2.840.113556.1.4.803:=2))',
    '(cn:dn:2.4.6.8.10:=Dino)',
    '(:dn:2.4.6.8.10:=Dino)',
    '(o=\u{1F600})',
    '(2.5.4.3=a)',
    '(cn=)',
  ]) {
    t.strictSame(home.problems(of(`{ filter: "${filter}", ${ldap} }`)), [], filter)
  }
})

t.test('one place may be two sources if one of them has another name', async t => {
  const text = of(`{ ${ldap} }`, `{ ${ldap}, filter: "(o=a)", name: partners }`)
  t.strictSame(
    home.settings(text).supply?.sources.map(({ id }) => id),
    ['ldap ldaps://ad.acme.example', 'partners'],
  )
})
