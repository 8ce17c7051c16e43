// The text of the snippets for settings of all kinds. test/system/fronts.test.ts shows that real servers do
// what the text says.
import t from 'tap'
import { apacheSnippet, ihsSnippet } from '../../src/snippet/apache.ts'
import { caddySnippet } from '../../src/snippet/caddy.ts'
import type { FrontFacts } from '../../src/snippet/front.ts'
import { factsOf } from '../../src/snippet/front.ts'
import { nginxSnippet } from '../../src/snippet/nginx.ts'
import { openConfigHome } from '../fixtures/config.ts'
import { makeSelfSigned } from '../fixtures/self-signed.ts'

const { cert, key } = makeSelfSigned()
const home = openConfigHome(t, { 'cert.pem': cert, 'key.pem': key })
const all = { ihs: ihsSnippet, apache: apacheSnippet, nginx: nginxSnippet, caddy: caddySnippet }

function factsFor(config: string, url = 'http://photos.acme.example'): FrontFacts {
  const rules = 'allow: [{ name: office, from: 10.0.0.0/8 }]'
  const facts = factsOf(home.settings(`${rules}\n${config}`), {
    ...{ url: new URL(url), isPlaceholder: false },
    photo: "o'neil@acme.example",
  })
  if (typeof facts === 'string') throw new Error(facts)
  return facts
}

/** The snippet without comments. */
const codeOf = (snippet: string) => snippet.replace(/^ *#.*\n/gm, '')

t.test('the snippet for IHS has only directives that Apache 2.2.8 knows', async t => {
  // https://httpd.apache.org/docs/2.2/mod/directives.html, and two of mod_ibm_ssl.
  const known = new Set([
    ...['ServerName', 'AllowEncodedSlashes', 'SetEnvIf', 'RequestHeader', 'CacheDisable'],
    ...['ProxyRequests', 'ProxyPreserveHost', 'ProxyPass', 'SSLEnable', 'KeyFile'],
  ])
  const clientHeaders = ['x-forwarded-for', 'forwarded', 'x-real-ip', '$wsra']
  for (const header of clientHeaders) {
    const code = codeOf(
      ihsSnippet(factsFor(`clientHeader: ${header}`, 'https://photos.acme.example')),
    )
    const directives = [...code.matchAll(/^ *([A-Z]\w+)/gm)].map(([, name = '']) => name)
    t.ok(directives.length > 10)
    t.strictSame(
      directives.filter(name => !known.has(name)),
      [],
      header,
    )
    // NoDecode came with 2.2.18, expressions and variables of the server with 2.4.
    t.notMatch(code, /NoDecode|expr=|%\{REMOTE_ADDR\}/)
  }
})

t.test('the front connects to where the gate listens', async t => {
  const rows: [string, string][] = [
    ['', '127.0.0.1:8080'],
    ['listen: [{ host: 127.0.0.1, port: 9000 }, { host: 10.0.0.1, port: 9001 }]', '127.0.0.1:9000'],
    ['listen: [{ host: 0.0.0.0, port: 9000 }]', '127.0.0.1:9000'],
    ['listen: [{ host: "::", port: 9000 }]', '127.0.0.1:9000'],
    ['listen: [{ host: "0::0", port: 9000 }]', '127.0.0.1:9000'],
    ['listen: [{ host: localhost, port: 9000 }]', '127.0.0.1:9000'],
    ['listen: [{ host: "::1", port: 9000 }]', '[::1]:9000'],
    ['listen: [{ host: 192.0.2.7, port: 80 }]', '192.0.2.7:80'],
    ['listen: [{ host: gate.acme.example, port: 80 }]', 'gate.acme.example:80'],
  ]
  for (const [listen, place] of rows) {
    await t.test(place, async t => {
      const facts = factsFor(listen)
      t.match(apacheSnippet(facts), `ProxyPass / http://${place}/ nocanon `)
      t.match(ihsSnippet(facts), `ProxyPass / http://${place}/ nocanon `)
      t.match(nginxSnippet(facts), `  server ${place} max_fails=0;`)
      t.match(caddySnippet(facts), `  reverse_proxy ${place} {`)
    })
  }
})

t.test('the front closes an idle connection before the gate does', async t => {
  const rows: [string, number, number][] = [
    ['timeouts: {}', 75, 60],
    ['timeouts: { keepAlive: 65m }', 3_900, 3_120],
    ['timeouts: { keepAlive: 10s }', 10, 8],
    ['timeouts: { keepAlive: 2s }', 2, 1],
    ['timeouts: { keepAlive: 1s }', 1, 0],
    ['timeouts: { keepAlive: 24h }', 86_400, 69_120],
  ]
  for (const [config, gateSeconds, frontSeconds] of rows) {
    await t.test(config, async t => {
      const facts = factsFor(config)
      for (const snippet of [apacheSnippet, ihsSnippet]) {
        const ending = frontSeconds === 0 ? 'disablereuse=on' : `ttl=${frontSeconds}`
        t.match(codeOf(snippet(facts)), new RegExp(` timeout=30 ${ending}$`, 'm'))
      }
      const nginx = codeOf(nginxSnippet(facts))
      if (frontSeconds === 0) t.notMatch(nginx, /keepalive/)
      else t.match(nginx, `  keepalive 16;\n  keepalive_timeout ${frontSeconds}s;\n`)
      const kept = frontSeconds === 0 ? 'off' : `${frontSeconds}s`
      t.match(codeOf(caddySnippet(facts)), ` keepalive ${kept}\n`)
      for (const [name, snippet] of Object.entries(all)) {
        if (name === 'nginx' && frontSeconds === 0) continue
        t.match(snippet(facts), `after ${gateSeconds} s without a request`)
      }
    })
  }
})

t.test('the comments say whether photogate.yaml has the proxies line or needs it', async t => {
  const rows: [string, string, boolean][] = [
    ['', '127.0.0.1', false],
    ['proxies: [10.9.9.9]', '127.0.0.1', false],
    ['proxies: [127.0.0.0/8]', '127.0.0.1', true],
    ['listen: [{ host: "::1", port: 80 }]\nproxies: [127.0.0.1]', '::1', false],
    ['listen: [{ host: localhost, port: 80 }]\nproxies: [127.0.0.1]', '127.0.0.1', true],
    ['listen: [{ host: 192.0.2.7, port: 80 }]\nproxies: [127.0.0.1]', '192.0.2.7', false],
    ['listen: [{ host: 192.0.2.7, port: 80 }]\nproxies: [192.0.2.7]', '192.0.2.7', true],
    // A name is not resolved here.
    [
      'listen: [{ host: gate.acme.example, port: 80 }]\nproxies: [192.0.2.7]',
      'gate.acme.example',
      true,
    ],
    ['listen: [{ host: gate.acme.example, port: 80 }]', 'gate.acme.example', false],
  ]
  for (const [config, peer, isPeerTrusted] of rows) {
    await t.test(config || 'by default', async t => {
      const facts = factsFor(config)
      t.match(facts, { peer, isPeerTrusted })
      for (const snippet of Object.values(all)) {
        t.equal(/ADD THE FIRST LINE/.test(snippet(facts)), !isPeerTrusted)
        t.match(snippet(facts), `proxies: [${peer}`)
      }
    })
  }
})

t.test('the test commands in the comments expect what the configuration does', async t => {
  const rows: [string, string][] = [
    ['', '302 http://photos.acme.example/-/turned-away'],
    ['otherwise: { redirect: "https://www.acme.example/in" }', '302 https://www.acme.example/in'],
    ['otherwise: { status: 403 }', '403'],
  ]
  for (const [otherwise, turnedAway] of rows) {
    for (const [name, snippet] of Object.entries(all)) {
      await t.test(`${name}: ${turnedAway}`, async t => {
        const text = snippet(factsFor(otherwise))
        t.match(text, `turned away and print ${turnedAway}:\n`)
        // A quote in the address would end the shell's quotes.
        t.match(text, " 'http://photos.acme.example/o%27neil@acme.example.jpg'\n")
      })
    }
  }
})

t.test(
  'a photo host with https listens on 443, and the snippet asks for the certificate',
  async t => {
    const facts = factsFor('', 'https://photos.acme.example')
    t.match(apacheSnippet(facts), /<VirtualHost \*:443>[\s\S]*\n {2}SSLEngine on\n/)
    t.match(ihsSnippet(facts), /<VirtualHost \*:443>[\s\S]*\n {2}SSLEnable\n/)
    t.match(nginxSnippet(facts), '\n  listen 443 ssl;\n  listen [::]:443 ssl;\n')
    t.match(caddySnippet(facts), '\nhttps://photos.acme.example {\n')
    for (const snippet of [apacheSnippet, ihsSnippet, nginxSnippet]) {
      t.match(snippet(facts), '\n  # CHANGE THIS: the path')
    }
  },
)

t.test('for a photo host that is an address, the front listens at that address', async t => {
  const facts = factsFor('', 'http://[2001:db8::7]:8081')
  t.match(apacheSnippet(facts), '\nListen [2001:db8::7]:8081\n\n<VirtualHost [2001:db8::7]:8081>\n')
  t.match(nginxSnippet(facts), '\n  listen [2001:db8::7]:8081;\n')
  t.match(caddySnippet(facts), '\nhttp://[2001:db8::7]:8081 {\n  bind 2001:db8::7\n')
})

t.test('the snippet has a Listen line for a port other than 80', async t => {
  const rows: [string, RegExp][] = [
    ['http://photos.acme.example:8081', /^Listen 8081\n\n<VirtualHost \*:8081>$/m],
    ['https://photos.acme.example:8443', /^Listen 8443\n\n<VirtualHost \*:8443>$/m],
    ['https://photos.acme.example', /^# Needed once .*\n# Listen 443\n\n<VirtualHost \*:443>$/m],
  ]
  for (const [url, lines] of rows) {
    await t.test(url, async t => {
      for (const snippet of [ihsSnippet, apacheSnippet]) t.match(snippet(factsFor('', url)), lines)
    })
  }
  await t.test('port 80 needs no Listen line', async t => {
    for (const snippet of [ihsSnippet, apacheSnippet]) t.notMatch(snippet(factsFor('')), /Listen/)
  })
})

t.test(
  'a front connects to a socket where the gate listens on nothing else without TLS',
  async t => {
    const socket = 'listen: { socket: /run/photogate/gate.sock }'
    const facts = factsFor(`${socket}\nproxies: [unix]`)
    t.match(codeOf(nginxSnippet(facts)), /server unix:\/run\/photogate\/gate\.sock max_fails=0;/)
    t.match(
      codeOf(apacheSnippet(facts)),
      /ProxyPass \/ unix:\/run\/photogate\/gate\.sock\|http:\/\/photogate\/ nocanon/,
    )
    t.match(codeOf(caddySnippet(facts)), /reverse_proxy unix\/\/run\/photogate\/gate\.sock \{/)
    t.match(nginxSnippet(facts), /proxies: \[unix, …\]/)
    t.match(factsFor(socket), { peer: 'unix', isPeerTrusted: false })
    t.match(
      factsFor('listen: [{ socket: /run/g.sock }, { host: 127.0.0.1, port: 8080 }]').gate,
      { host: '127.0.0.1', port: 8080 },
      'an address comes first: every front knows it',
    )
    const secured = 'listen: { host: 127.0.0.1, port: 1, tls: { cert: cert.pem, key: key.pem } }'
    t.throws(() => factsFor(secured), /needs an entry of listen with an address and without tls/)
    t.throws(
      () => factsFor('listen: { socket: "/run/a b.sock" }\nproxies: unix'),
      /needs a path of letters/,
    )
  },
)
