// People and photos from a real OpenLDAP server.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import type { LdapSettings } from '../../src/config/supply/settings.ts'
import type { LdapOptions } from '../../src/supply/source/ldap/ldap.ts'
import { openLdap } from '../../src/supply/source/ldap/ldap.ts'
import { makeCertificates } from '../fixtures/certificates.ts'
import { jpegOf, png } from '../fixtures/images.ts'
import type { Slapd, SlapdPerson } from '../fixtures/slapd.ts'
import { dnOf, startSlapd } from '../fixtures/slapd.ts'
import { gather, refusalOf } from '../fixtures/source.ts'

const count = 2_000
const nameOf = (n: number) => `person ${n}`
const mailOf = (n: number) => `person-${n}@acme.example`
const photoOf = (n: number) => jpegOf(`photo ${n}`, n % 100)

// One in ten has no photo.
const many: SlapdPerson[] = Array.from({ length: count }, (_, n) => ({
  cn: nameOf(n),
  mail: [mailOf(n)],
  ...(n % 10 !== 9 && { photo: photoOf(n) }),
}))

const oddNames = [
  'Bloggs, Joe',
  'a+b',
  'the "boss"',
  '#hash',
  ' leading',
  'trailing ',
  'Jürgen Groß',
  '写真',
  'back\\slash',
  'a=b;c<d>e',
  'two  blanks',
  'star*(paren)',
]
const odd = oddNames.map((cn, n) => ({ cn, mail: [`odd-${n}@acme.example`], photo: jpegOf(cn) }))

const referral = `dn: ou=elsewhere,o=acme
objectClass: referral
objectClass: extensibleObject
ou: elsewhere
ref: ldap://other.acme.example/ou=people,o=other
`

async function startWith(t: Test, people: SlapdPerson[] = many, ldif = '') {
  const tls = makeCertificates(t)
  if (tls === undefined) return undefined
  return await startSlapd(t, { people, tls, ldif })
}

function settingsOf(t: Test, slapd: Slapd, more: Partial<LdapSettings> = {}): LdapSettings {
  const passwordFile = join(t.testdir({}), 'ldap.pw')
  writeFileSync(passwordFile, `${slapd.readerPassword}\n`, { mode: 0o600 })
  return {
    ...{ id: 'ldap', title: 'ldap', kind: 'ldap', url: slapd.url, base: slapd.base },
    ...{ bind: slapd.reader, passwordFile, filter: '(mail=*)', mail: ['mail'] },
    ...{ photo: ['thumbnailPhoto', 'jpegPhoto'], startTls: false, caFile: undefined },
    pageSize: 500,
    ...more,
  }
}

const open = async (t: Test, settings: LdapSettings, options?: LdapOptions) => {
  const source = await openLdap(settings, options)
  t.teardown(() => source.close())
  return source
}

t.test(
  'settings that cannot work are refused with what to do, and without the password',
  async t => {
    const slapd = await startWith(t, many)
    if (slapd === undefined) return
    const wrong = join(t.testdir({ 'wrong.pw': 'WRONG-CANARY' }), 'wrong.pw')
    const other = makeCertificates(t)
    const rows: [string, Partial<LdapSettings>, RegExp][] = [
      [
        'a wrong password',
        { passwordFile: wrong },
        /refuses user or password: check bind \(cn=reader/,
      ],
      ['an unknown user', { bind: 'cn=nobody,o=acme' }, /refuses user or password/],
      [
        'a user name that is not a DN',
        { bind: 'reader' },
        /does not accept bind \(reader\) as a DN/,
      ],
      [
        'a missing password file',
        { passwordFile: '/nowhere' },
        /^source: passwordFile cannot be read/,
      ],
      ['an unknown authority', { url: slapd.ldapsUrl }, /unknown authority; set ca to a PEM file/],
      [
        'another authority',
        { url: slapd.ldapsUrl, caFile: other?.caFile },
        /is not in .*ca\.pem; .* which ca names/,
      ],
      ['StartTLS with an unknown authority', { startTls: true }, /unknown authority/],
      [
        'a CA file without a certificate',
        { caFile: wrong },
        /ca: .*wrong\.pw holds no certificate/,
      ],
      [
        'TLS to a port without TLS',
        { url: slapd.url.replace('ldap:', 'ldaps:') },
        /cannot be reached|does not speak TLS/,
      ],
      [
        'a port without a server',
        { url: 'ldap://127.0.0.1:1' },
        /cannot be reached.*\(ECONNREFUSED\)/,
      ],
      ['a host name that does not exist', { url: 'ldap://nowhere.invalid' }, /cannot be reached/],
      ['a text that is not a filter', { filter: '(mail=*)(x)' }, /filter .* cannot be parsed/],
      ['a filter for bytes', { filter: '(cn=\\ff\\fe)' }, /looks for bytes that are not UTF-8/],
    ]
    for (const [title, more, message] of rows) {
      await t.test(title, async t => {
        const refusal = await refusalOf(openLdap(settingsOf(t, slapd, more), { connectMs: 3_000 }))
        t.match(refusal, /^source: /)
        t.match(refusal, message)
        t.notMatch(refusal, /CANARY|geheim/)
      })
    }

    await t.test('a certificate for another name, with ldaps and with StartTLS', async t => {
      const tls = makeCertificates(t, 'DNS:ldap.acme.example')
      const there = await startSlapd(t, { people: [], tls })
      if (there === undefined) return
      for (const more of [{ url: there.ldapsUrl }, { startTls: true }]) {
        const settings = settingsOf(t, there, { ...more, caFile: there.caFile })
        const refusal = await refusalOf(openLdap(settings))
        t.match(refusal, /has a certificate for other names \(DNS:ldap\.acme\.example\)/)
      }
    })
    await t.test('StartTLS at a server without TLS', async t => {
      const there = await startSlapd(t, { people: [], conf: 'disallow bind_anon\n' })
      if (there === undefined) return
      t.match(
        await refusalOf(openLdap(settingsOf(t, there, { startTls: true }))),
        /refuses StartTLS/,
      )
      const anonymous = settingsOf(t, there, { bind: undefined, passwordFile: undefined })
      t.match(await refusalOf(openLdap(anonymous)), /does not allow anonymous access; write bind/)
    })
    await t.test('a password in the clear at a server that refuses it', async t => {
      const tls = makeCertificates(t)
      const there = await startSlapd(t, { people: [], tls, conf: 'security simple_bind=128\n' })
      if (there === undefined) return
      t.match(
        await refusalOf(openLdap(settingsOf(t, there))),
        /write ldaps:\/\/, or startTls: true/,
      )
      const source = await openLdap(settingsOf(t, there, { startTls: true, caFile: tls?.caFile }))
      await source.close()
    })

    const listing: [string, Partial<LdapSettings>, RegExp][] = [
      ['a missing base', { base: 'ou=nowhere,o=acme' }, /has no entry ou=nowhere,o=acme/],
      ['a base that is not a DN', { base: 'nowhere' }, /does not accept base \(nowhere\) as a DN/],
      ['pages that are too large', { pageSize: 1_000 }, /write a smaller pageSize/],
      [
        'a reader without rights',
        { bind: undefined, passwordFile: undefined },
        /does not let anonymous users read o=acme/,
      ],
    ]
    for (const [title, more, message] of listing) {
      await t.test(title, async t => {
        const source = await open(t, settingsOf(t, slapd, more))
        t.match(await refusalOf(gather(source)), message)
      })
    }
  },
)

t.test('2,000 people are listed page by page, and their photos arrive byte for byte', async t => {
  const slapd = await startWith(t)
  if (slapd === undefined) return
  const ways: [string, Partial<LdapSettings>][] = [
    ['ldap', {}],
    ['ldaps', { url: slapd.ldapsUrl, caFile: slapd.caFile }],
    ['StartTLS', { startTls: true, caFile: slapd.caFile }],
    [
      'ldaps to an IP address',
      { url: slapd.ldapsUrl.replace('localhost', '127.0.0.1'), caFile: slapd.caFile },
    ],
  ]
  for (const [title, more] of ways) {
    await t.test(title, async t => {
      const source = await open(t, settingsOf(t, slapd, more))
      const { persons, troubles } = await gather(source)
      t.same(troubles, [])
      t.equal(persons.length, count)
      t.equal(persons.filter(({ photo }) => photo === 'present').length, count * 0.9)
      t.equal(persons.filter(({ photo }) => photo === 'absent').length, count * 0.1)
      t.equal(new Set(persons.map(({ version }) => version)).size, count)
      const asked = persons.slice(0, 200)
      const fetched = await Promise.all(asked.map(person => source.fetch(person, undefined)))
      for (const [at, { addresses }] of asked.entries()) {
        const n = Number(/\d+/.exec(addresses[0] as string)?.[0])
        const wanted = n % 10 === 9 ? { kind: 'absent' } : { kind: 'photo', bytes: photoOf(n) }
        if (JSON.stringify(fetched[at]) !== JSON.stringify(wanted)) t.fail(`photo of ${n}`)
      }
    })
  }
})

t.test('the photo of a person with any name arrives', async t => {
  const slapd = await startWith(t, odd, referral)
  if (slapd === undefined) return
  const source = await open(t, settingsOf(t, slapd))
  const { persons, person, troubles } = await gather(source)
  t.equal(persons.length, odd.length)
  t.match(troubles, [/^o=acme: refers to 1 other places.*ldap:\/\/other\.acme\.example/])
  t.equal(troubles.length, 1)
  for (const [n, { cn, photo }] of odd.entries()) {
    const fetched = await source.fetch(person(`odd-${n}@acme.example`), undefined)
    t.same(fetched, { kind: 'photo', bytes: photo }, cn)
  }
  await t.test('filters find these people', async t => {
    const rows: [string, number][] = [
      ['(& (objectClass=inetOrgPerson)\n  (! (cn=a+b) ) )', odd.length - 1],
      ['(cn=J\\c3\\bcrgen*)', 1],
      ['(cn=jürgen gro\\c3\\9f)', 1],
      ['(cn=star\\2a\\28paren\\29)', 1],
      ['(|(cn:caseExactMatch:=a+b)(cn=\\e5\\86\\99*))', 2],
    ]
    for (const [filter, wanted] of rows) {
      const found = await gather(await open(t, settingsOf(t, slapd, { filter })))
      t.equal(found.persons.length, wanted, filter)
    }
  })
})

t.test('several addresses and attributes are read, and other values are reported', async t => {
  const slapd = await startWith(t, [
    {
      cn: 'all',
      mail: ['Joe@Acme.example', 'joe.bloggs@acme.example'],
      more: {
        thumbnailPhoto: [png],
        proxyAddresses: ['smtp:j@acme.example', 'SMTP:boss@acme.example', 'x500:/o=acme'],
      },
      photo: jpegOf('not this'),
    },
    { cn: 'invalid', mail: ['no address', 'fine@acme.example'], photo: jpegOf('fine') },
    { cn: 'lost', mail: ['none'], photo: jpegOf('lost') },
    { cn: 'nothing', mail: [' '] },
  ])
  if (slapd === undefined) return
  const more = { mail: ['Mail', 'proxyaddresses'], photo: ['thumbnailphoto', 'jpegPhoto;binary'] }
  const source = await open(t, settingsOf(t, slapd, more))
  const { person, troubles } = await gather(source)
  t.same(person('joe@acme.example').addresses, [
    'joe@acme.example',
    'joe.bloggs@acme.example',
    'boss@acme.example',
    'j@acme.example',
  ])
  const fetched = await source.fetch(person('joe@acme.example'), undefined)
  t.same(fetched, { kind: 'photo', bytes: png })
  t.match(troubles.sort(), [
    /^cn=invalid,.*: has "no address" in Mail, which is not a mail address/,
    /^cn=lost,.*: has "none" in Mail/,
    /^cn=lost,.*: has a photo, but no mail address in Mail, proxyaddresses/,
    /^cn=nothing/,
  ])
})

t.test('attributes that no entry has remove nobody', async t => {
  const slapd = await startWith(t, odd)
  if (slapd === undefined) return
  const source = await open(t, settingsOf(t, slapd, { photo: ['portrait', 'jpgPhoto'] }))
  const { persons, troubles } = await gather(source)
  t.ok(persons.every(({ photo }) => photo === 'unknown'))
  t.match(troubles, [/^o=acme: shows nobody with a photo in portrait, jpgPhoto; check photo/])
})

t.test('with other photo attributes everybody has another version', async t => {
  const slapd = await startWith(t, many.slice(0, 5))
  if (slapd === undefined) return
  const versions = async (photo: readonly string[]) => {
    const { persons } = await gather(await open(t, settingsOf(t, slapd, { photo })))
    return persons.map(({ version }) => version)
  }
  const before = await versions(['jpegPhoto'])
  t.same(await versions(['jpegPhoto']), before)
  const after = await versions(['photo', 'jpegPhoto'])
  t.notOk(after.some(version => version === undefined || before.includes(version)))
})

t.test(
  'a change gives only its own person another version, even within the same second',
  async t => {
    const slapd = await startWith(t, many.slice(0, 50))
    if (slapd === undefined) return
    const source = await open(t, settingsOf(t, slapd))
    const versions = async () =>
      new Map((await gather(source)).persons.map(({ label, version }) => [label, version]))
    const change = (text: string) =>
      `dn: ${dnOf(nameOf(3))}\nchangetype: modify\nreplace: jpegPhoto\njpegPhoto:: ${jpegOf(text).toString('base64')}\n`
    const seen = [await versions()]
    for (const text of ['one', 'two']) {
      slapd.modify(change(text))
      seen.push(await versions())
    }
    for (const at of [1, 2]) {
      const before = seen[at - 1] as Map<string, string>
      const changed = [...(seen[at] as Map<string, string>)].filter(
        ([key, v]) => before.get(key) !== v,
      )
      t.same(
        changed.map(([key]) => key),
        [dnOf(nameOf(3))],
      )
    }
    const person = (await gather(source)).person(mailOf(3))
    t.same(await source.fetch(person, person.version), { kind: 'unchanged' })
    t.same(await source.fetch(person, 'older'), { kind: 'photo', bytes: jpegOf('two') })
  },
)

t.test(
  'a lost connection is opened again once, and a server that is gone ends the run',
  async t => {
    for (const startTls of [false, true]) {
      await t.test(startTls ? 'with StartTLS' : 'without TLS', async t => {
        const slapd = await startWith(t)
        if (slapd === undefined) return
        const settings = settingsOf(t, slapd, {
          startTls,
          caFile: startTls ? slapd.caFile : undefined,
        })
        const source = await open(t, settings)
        const { person } = await gather(source)
        await slapd.stop()
        await slapd.start()
        const asked = [1, 2, 3, 4, 5].map(n => source.fetch(person(mailOf(n)), undefined))
        for (const [at, fetched] of (await Promise.all(asked)).entries()) {
          t.same(fetched, { kind: 'photo', bytes: photoOf(at + 1) })
        }
        slapd.modify(`dn: ${dnOf(nameOf(1))}\nchangetype: delete\n`)
        t.match(
          await refusalOf(source.fetch(person(mailOf(1)), undefined)),
          /^person: .* is not there any more/,
        )

        const listed = source.list()[Symbol.asyncIterator]()
        const first = await listed.next()
        t.equal(first.value?.kind, 'person')
        await slapd.stop()
        const started = Date.now()
        t.match(
          await refusalOf(source.fetch(person(mailOf(2)), undefined)),
          /^source: .*cannot be reached/,
        )
        const rest = async () => {
          while (!(await listed.next()).done);
        }
        t.match(await refusalOf(rest()), /^source: .*cannot be reached, or went away/)
        t.ok(Date.now() - started < 30_000, 'before the time limit')
      })
    }
  },
)

t.test('an attribute option hides no photo', async t => {
  const slapd = await startWith(t, odd)
  if (slapd === undefined) return
  for (const photo of ['jpegPhoto;binary', 'JPEGPHOTO;Binary', '0.9.2342.19200300.100.1.60']) {
    await t.test(photo, async t => {
      const source = await open(t, settingsOf(t, slapd, { photo: [photo] }))
      const { person, troubles } = await gather(source)
      t.same(troubles, [])
      t.same(await source.fetch(person('odd-0@acme.example'), undefined), {
        ...{ kind: 'photo', bytes: odd[0]?.photo },
      })
    })
  }
})

t.test('photos that the reader may search for but not read withdraw nobody', async t => {
  const access = 'access to attrs=jpegPhoto by dn.exact="cn=reader,o=acme" search\n'
  const slapd = await startSlapd(t, { people: odd, access })
  if (slapd === undefined) return
  const source = await open(t, settingsOf(t, slapd))
  const { person } = await gather(source)
  t.match(
    await refusalOf(source.fetch(person('odd-0@acme.example'), undefined)),
    /^person: .* was found by its thumbnailphoto, jpegphoto, but does not show it; may cn=reader,o=acme read it/,
  )
})

t.test('a person whose entry is moved stays the same person', async t => {
  const slapd = await startWith(t, [
    {
      cn: 'joe',
      mail: ['joe@acme.example'],
      photo: jpegOf('one'),
      more: { thumbnailPhoto: [png] },
    },
  ])
  if (slapd === undefined) return
  const source = await open(t, settingsOf(t, slapd))
  const before = (await gather(source)).person('joe@acme.example')
  slapd.modify(
    `dn: ${dnOf('joe')}\nchangetype: modrdn\nnewrdn: cn=j\ndeleteoldrdn: 1\nnewsuperior: o=acme\n`,
  )
  const after = (await gather(source)).person('joe@acme.example')
  t.equal(after.key, before.key)
  t.equal(after.label, 'cn=j,o=acme')
  t.same(await source.fetch(after, undefined), { kind: 'photo', bytes: png })
  t.same(await source.fetchOthers?.(after), [jpegOf('one')])
  t.same(await source.fetchOthers?.(after), [])
})
