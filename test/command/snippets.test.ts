import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { SnippetsOptions } from '../../src/command/snippets.ts'
import { snippets } from '../../src/command/snippets.ts'
import { snippetKinds } from '../../src/snippet/kinds.ts'
import { runCommandLine } from '../fixtures/command-line.ts'
import { openConfigHome } from '../fixtures/config.ts'
import { jpeg } from '../fixtures/images.ts'
import { captureOutput } from '../fixtures/output.ts'

const rules = 'allow: [{ name: office, from: 10.0.0.0/8 }]\n'
const trusted = `${rules}proxies: [127.0.0.1]\n`
const url = 'https://photos.acme.example'
const dn = 'mail={address},ou=people,o=acme'
const fronts = ['ihs', 'apache', 'nginx', 'caddy']
const home = openConfigHome(t)
writeFileSync(join(home.directory, 'photos', "o'neil@acme.example.jpg"), jpeg)

function run(kind: string, options: SnippetsOptions = {}, config = trusted) {
  writeFileSync(home.file, config)
  const output = captureOutput()
  const code = snippets(kind, { config: home.file, ...options }, output)
  return { code, printed: output.printed(), noted: output.noted() }
}

t.test('unusable options are refused, with what to write', async t => {
  const rows: [string, SnippetsOptions, string][] = [
    [
      'apache',
      { url: 'photos.acme.example' },
      '--url "photos.acme.example" is not the URL of a host alone; write one like https://photos.acme.example',
    ],
    [
      'stproxy',
      { url, chatUrl: 'https://chat.acme.example/chat' },
      '--chat-url "https://chat.acme.example/chat" is not the URL of a host alone; write one like https://photos.acme.example',
    ],
    [
      'userinfo',
      { attribute: 'a b' },
      '--attribute "a b" is not an LDAP attribute; write one like PhotoURL',
    ],
    ['meetings', { url, userToken: 'a b' }, '--user-token "a b" cannot stand in a URL'],
    [
      'ldif',
      { dn },
      'name the photo host, which the URLs begin with: --url https://photos.acme.example',
    ],
    [
      'ldif',
      { url },
      "say where people are in LDAP: --dn 'mail={address},ou=people,o=acme', or with {local} for the part before the @",
    ],
    [
      'ldif',
      { url, dn: 'ou=people' },
      '--dn "ou=people" names nobody; write {address} or {local} in it',
    ],
  ]
  for (const [kind, options, message] of rows) {
    await t.test(message, async t => {
      t.throws(() => run(kind, options), { code: 'GATE_USAGE', exitCode: 2, message })
    })
  }
})

t.test('a listen address that no front can use is refused', async t => {
  const rows: [string, string][] = [
    [
      'listen: [{ host: 127.0.0.1, port: 0 }]',
      'a front needs a fixed port; write one under listen in place of 0',
    ],
    [
      'listen: [{ host: "x;}", port: 80 }]',
      'listen has the host "x;}"; a front needs an address or a name',
    ],
    [
      'listen: [{ host: "fe80::1%eth0", port: 80 }]',
      'listen has the host "fe80::1%eth0"; a front needs an address or a name',
    ],
  ]
  for (const [listen, message] of rows) {
    await t.test(listen, async t => {
      t.throws(() => run('nginx', { url }, `${trusted}${listen}`), { code: 'GATE_USAGE', message })
    })
  }
})

t.test('a configuration with problems exits with 78', async t => {
  const { code, printed, noted } = run('apache', {}, 'alow: []')
  t.equal(code, 78)
  t.equal(printed, '')
  t.match(noted, /1 problem$/)
})

t.test('missing facts are noted, and marked in the snippet', async t => {
  for (const kind of fronts) {
    await t.test(kind, async t => {
      const { code, printed, noted } = run(kind, {}, rules)
      t.equal(code, 0)
      t.equal(
        noted,
        "note: without --url, http://photos.acme.example stands for the real one\nnote: proxies does not name 127.0.0.1, from where a front on this machine connects; add proxies: [127.0.0.1], or the address of the front's own machine",
      )
      t.match(printed, /^# CHANGE THIS: photos\.acme\.example stands for your photo host/m)
      t.match(printed, /^# .*ADD THE FIRST LINE/m)
    })
  }
  const { printed, noted } = run('stproxy', {})
  t.match(noted, /--url.*\n.*--chat-url, https:\/\/chat\.acme\.example stands for/)
  t.match(printed, /CHANGE THIS: chat\.acme\.example stands for your Sametime Proxy/)
})

t.test('with all facts given nothing is noted or marked', async t => {
  for (const kind of fronts) {
    await t.test(kind, async t => {
      const { code, printed, noted } = run(kind, { url: 'http://pics.acme.example' })
      t.strictSame({ code, noted }, { code: 0, noted: '' })
      t.notMatch(printed, /CHANGE THIS|ADD THE/)
      t.match(printed, /pics\.acme\.example/)
    })
  }
})

t.test('a redirect that leads back to the photo host is noted', async t => {
  const redirect = (to: string) =>
    run('apache', { url }, `${trusted}otherwise: { redirect: "${to}" }`)
  for (const to of ['/', '/sign-in', `${url}/sign-in`]) {
    await t.test(to, async t => {
      t.match(
        redirect(to).noted,
        /^note: otherwise redirects to photos\.acme\.example, the photo host itself/,
      )
    })
  }
  for (const to of ['/-/turned-away', `${url}/-/turned-away`, 'https://www.acme.example/sign-in']) {
    await t.test(to, async t => t.equal(redirect(to).noted, ''))
  }
  t.equal(run('apache', { url }, `${trusted}otherwise: { status: 403 }`).noted, '')
})

t.test('the LDIF has a change for each photo', async t => {
  const { code, printed, noted } = run('ldif', { url, dn, attribute: 'description' })
  t.strictSame({ code, noted }, { code: 0, noted: '' })
  t.match(printed, /^# Sets description of 1 person,/)
  t.ok(
    printed.endsWith(`version: 1

dn: mail=o'neil@acme.example,ou=people,o=acme
changetype: modify
replace: description
description: https://photos.acme.example/o%27neil@acme.example.jpg
-
`),
  )
})

t.test('two people with one DN are refused: one would get the photo of the other', async t => {
  const other = openConfigHome(t)
  for (const name of ['joe@acme.example.jpg', 'joe@branch.acme.example.jpg']) {
    writeFileSync(join(other.directory, 'photos', name), jpeg)
  }
  writeFileSync(other.file, trusted)
  t.throws(
    () => snippets('ldif', { config: other.file, url, dn: 'uid={local},o=acme' }, captureOutput()),
    {
      code: 'GATE_USAGE',
      message:
        '--dn gives joe@acme.example and joe@branch.acme.example one entry, uid=joe,o=acme; write {address}, or {domain} too',
    },
  )
})

t.test('two spellings of one DN are refused', async t => {
  const other = openConfigHome(t)
  for (const name of ['joe@acme.example.jpg', 'jo\uff45@acme.example.jpg']) {
    writeFileSync(join(other.directory, 'photos', name), jpeg)
  }
  writeFileSync(other.file, trusted)
  t.throws(() => snippets('ldif', { config: other.file, url, dn }, captureOutput()), {
    message: / and \S+ one entry, /,
  })
})

t.test('without photos the LDIF changes nothing, and a note says so', async t => {
  const other = openConfigHome(t)
  writeFileSync(other.file, trusted)
  const output = captureOutput()
  t.equal(snippets('ldif', { config: other.file, url, dn }, output), 0)
  t.match(output.noted(), /has no photos, so there is nothing to change$/)
  t.notMatch(output.printed(), /^dn:/m)
})

t.test('on the command line, an unknown kind exits with 2 and names the known ones', async t => {
  const { code, stderr } = await runCommandLine(['snippets', 'iis'])
  t.equal(code, 2)
  for (const kind of snippetKinds) t.match(stderr, kind)
})

t.test('on the command line, options reach the snippet', async t => {
  writeFileSync(home.file, trusted)
  const args = ['--config', home.file, '--url', url, '--chat-url', 'https://st.acme.example']
  const { code, stdout } = await runCommandLine(['snippets', 'stproxy', ...args])
  t.equal(code, 0)
  t.match(stdout, '<proxyServerURL>https://st.acme.example</proxyServerURL>')
  const meetings = await runCommandLine([
    'snippets',
    'meetings',
    ...args.slice(0, 4),
    '--user-token',
    '{0}',
  ])
  t.match(
    meetings.stdout,
    '\nuserInfoUrlTemplate=https://photos.acme.example/userinfo/image?email={0}\n',
  )
})

t.test('a socket without unix in proxies is noted, and IHS cannot have one', async t => {
  const home = openConfigHome(t)
  const print = (kind: string, text: string) => {
    const output = captureOutput()
    writeFileSync(home.file, `${text}\nallow: [{ name: office, from: 10.0.0.0/8 }]`)
    snippets(kind, { config: home.file, url: 'https://photos.acme.example' }, output)
    return output
  }
  const socket = 'listen: { socket: /run/photogate/gate.sock }'
  t.match(print('nginx', socket).noted(), /proxies does not name unix.*add proxies: \[unix\]/)
  t.equal(print('nginx', `${socket}\nproxies: unix`).noted(), '')
  t.throws(() => print('ihs', `${socket}\nproxies: unix`), {
    code: 'GATE_USAGE',
    message: /IHS 8\.5 and older .* add \{ host: 127\.0\.0\.1, port: 8080 \}/,
  })
})
