// The printed LDIF, loaded into a real directory: for any address, the right person gets the URL.
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { runCli, startServing } from '../fixtures/cli.ts'
import { ask } from '../fixtures/client.ts'
import { jpegOf } from '../fixtures/images.ts'
import { findFreePort, findProgram, makeDirectory, startProgram } from '../fixtures/process.ts'

const addresses = [
  'joe.bloggs@acme.example',
  "o'neil+x@acme.example",
  'a=b@acme.example',
  '+plus@acme.example',
  'jürgen@acme.example',
  '写真@acme.example',
  `${'long-'.repeat(12)}name@a-subdomain.of-some-length.acme.example`,
]

// `photoUrl` of a private schema, as in many directories.
const slapdConf = (home: string) => `include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
attributetype ( 1.3.6.1.4.1.32473.1.1 NAME 'PhotoURL' EQUALITY caseExactMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
objectclass ( 1.3.6.1.4.1.32473.1.2 NAME 'photographed' SUP top AUXILIARY MAY PhotoURL )
pidfile ${home}/pid
argsfile ${home}/args
modulepath /usr/lib/ldap
moduleload back_mdb
database mdb
maxsize 10485760
suffix "o=acme"
rootdn "cn=admin,o=acme"
rootpw secret
directory ${home}/data
`

// Written by hand, all in base64, so that it shares nothing with the code under test.
const base64 = (text: string) => Buffer.from(text).toString('base64')
const people = [
  'dn: o=acme\nobjectClass: organization\no: acme\n',
  'dn: ou=people,o=acme\nobjectClass: organizationalUnit\nou: people\n',
  ...addresses.map(address => {
    const dn = `cn=${address.replace(/[+=]/g, '\\$&')},ou=people,o=acme`
    const classes = 'objectClass: inetOrgPerson\nobjectClass: photographed\n'
    return `dn:: ${base64(dn)}\n${classes}sn: x\ncn:: ${base64(address)}\n`
  }),
]

t.test('a directory accepts the LDIF, and each person has a URL that gets their photo', async t => {
  const slapd = findProgram(t, 'slapd')
  const modify = findProgram(t, 'ldapmodify')
  const search = findProgram(t, 'ldapsearch')
  if (slapd === undefined || modify === undefined || search === undefined) return
  const home = makeDirectory(t)
  for (const name of ['data', 'photos']) mkdirSync(join(home, name))
  writeFileSync(join(home, 'slapd.conf'), slapdConf(home))
  writeFileSync(join(home, 'photogate.yaml'), 'allow: [{ name: all, from: 127.0.0.1 }]')
  for (const address of addresses) {
    writeFileSync(join(home, 'photos', `${address}.jpg`), jpegOf(address))
  }
  const port = await findFreePort()
  const uri = `ldap://127.0.0.1:${port}/`
  await startProgram(t, [slapd, '-f', join(home, 'slapd.conf'), '-h', uri, '-d', '0'], { port })
  const admin = ['-x', '-H', uri, '-D', 'cn=admin,o=acme', '-w', 'secret']
  const change = (ldif: string, ...args: string[]) =>
    spawnSync(modify, [...admin, ...args], { input: ldif, encoding: 'utf8' })
  t.equal(change(people.join('\n'), '-a').stderr, '')

  const config = join(home, 'photogate.yaml')
  const serving = await startServing(t, ['--config', config])
  const url = `http://127.0.0.1:${serving.port}`
  const dn = 'cn={address},ou=people,o=acme'
  const printed = await runCli(t, [
    'snippets',
    'ldif',
    '--config',
    config,
    '--url',
    url,
    '--dn',
    dn,
  ])
  t.match(printed, { code: 0, stderr: '' })
  // Twice, because LDIF that replaces may be loaded again after each new photo.
  for (const time of ['once', 'twice']) {
    const { status, stderr } = change(printed.stdout)
    t.match({ status, stderr }, { status: 0, stderr: '' }, time)
  }

  for (const address of addresses) {
    await t.test(address, async t => {
      // RFC 4515: the whole value in hexadecimal.
      const value = Buffer.from(address).toString('hex').replace(/../g, '\\$&')
      const args = [
        ...admin,
        '-LLL',
        '-o',
        'ldif-wrap=no',
        '-b',
        'o=acme',
        `(cn=${value})`,
        'PhotoURL',
      ]
      const { stdout } = spawnSync(search, args, { encoding: 'utf8' })
      const found = /^PhotoURL: (.*)$/m.exec(stdout)?.[1] ?? ''
      t.ok(found.startsWith(`${url}/`), found)
      const answer = await ask(serving.port, found.slice(url.length))
      t.equal(answer.status, 200)
      t.same(answer.body, jpegOf(address))
    })
  }
})
