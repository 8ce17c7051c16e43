import t from 'tap'
import type { Identity } from '../../src/ltpa/token.ts'
import { buildIdentityPattern, matchesIdentity } from '../../src/policy/identity-pattern.ts'

const joe: Identity = {
  format: 'LtpaToken2',
  realm: 'acme',
  user: 'uid=joe,ou=helpdesk,o=acme',
  keyId: '00000000',
  expiresMs: 0,
}
const fits = (user: string, glob: string) =>
  matchesIdentity(buildIdentityPattern({ users: [glob] }), { ...joe, user })

t.test('a user is not admitted', async t => {
  const rows: [string, string, string][] = [
    ['of another part of the tree', 'uid=ann,ou=sales,o=acme', 'uid=*,ou=helpdesk,*'],
    ['by a part of the id alone', 'uid=joe,ou=helpdesk,o=acme', 'uid=joe'],
    ['whose own name holds the rest', 'uid=a\\,ou=helpdesk\\,b,o=acme', 'uid=*,ou=helpdesk,*'],
    ['whose name ends in an escaped comma', 'uid=a\\,ou=helpdesk,o=acme', 'uid=*,ou=helpdesk,*'],
    [
      'whose name holds the comma in hex',
      'uid=a\\2Cou=helpdesk\\2Cb,o=acme',
      'uid=*,ou=helpdesk,*',
    ],
    ['whose name imitates an escaped comma', 'uid=a\u{f002c}b', 'uid=a\\,b'],
    ['by a question mark for two characters', 'uid=joe', 'uid=j?'],
  ]
  for (const [title, user, glob] of rows) {
    await t.test(title, async t => {
      t.equal(fits(user, glob), false)
    })
  }
})

t.test('a user is admitted', async t => {
  const rows: [string, string, string][] = [
    ['by the whole id', 'uid=joe,o=acme', 'uid=joe,o=acme'],
    ['by a glob over a tree', joe.user, 'uid=*,ou=helpdesk,*'],
    ['without case', 'UID=Joe,OU=HelpDesk,O=Acme', 'uid=*,ou=helpdesk,*'],
    [
      'with an escaped comma that belongs to the name',
      'uid=bloggs\\, joe,o=acme',
      'uid=bloggs\\, *,o=acme',
    ],
    ['after an escaped backslash', 'uid=a\\\\,ou=helpdesk,o=acme', 'uid=*,ou=helpdesk,*'],
    ['in any of Unicode’s forms', 'uid=mu\u0308ller', 'uid=m\u00fcller'],
    ['with an emoji that was escaped without need', 'uid=\\\u{1f600},o=acme', 'uid=?,o=acme'],
  ]
  for (const [title, user, glob] of rows) {
    await t.test(title, async t => {
      t.equal(fits(user, glob), true)
    })
  }
})

t.test('realms are compared exactly, and a token without a realm matches none', async t => {
  const pattern = buildIdentityPattern({ realms: ['acme', 'ldap.acme.example:389'] })
  t.equal(matchesIdentity(pattern, joe), true)
  t.equal(matchesIdentity(pattern, { ...joe, realm: 'ACME' }), false)
  t.equal(matchesIdentity(pattern, { ...joe, realm: undefined }), false)
})

t.test('realm and user must both hold', async t => {
  const pattern = buildIdentityPattern({ realms: ['acme'], users: ['uid=ann,*', 'uid=joe,*'] })
  t.equal(matchesIdentity(pattern, joe), true)
  t.equal(matchesIdentity(pattern, { ...joe, realm: 'elsewhere' }), false)
  t.equal(matchesIdentity(pattern, { ...joe, user: 'uid=eve,o=acme' }), false)
  t.equal(pattern.text, 'realm acme and user uid=ann,* or uid=joe,*')
})

t.test('a pattern without a realm or user admits any user', async t => {
  const pattern = buildIdentityPattern({})
  t.equal(matchesIdentity(pattern, { ...joe, realm: undefined }), true)
  t.equal(pattern.text, '')
})
