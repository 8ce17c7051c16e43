// What IHS and Apache need in front of the gate: one virtual host. IHS gets nothing that Apache 2.2.8,
// which IHS 7 and 8 are made of, does not know.
import type { FrontFacts } from './front.ts'
import {
  claimNames,
  gateAuthority,
  headerNames,
  headOf,
  publicAddress,
  publicPort,
} from './front.ts'

/** A virtual host for Apache 2.4. */
export function apacheSnippet(facts: FrontFacts): string {
  const { hostname } = facts.url
  const head = headOf(facts, {
    kind: 'apache',
    title: 'Apache 2.4',
    steps: [
      [
        'Where',
        "/etc/apache2/sites-available/photos.conf, in place of the photo host's <VirtualHost>",
      ],
      ['Needs', 'a2enmod headers proxy proxy_http setenvif && a2ensite photos'],
      ['Then', 'apachectl configtest && apachectl graceful'],
    ],
  })
  return virtualHost(facts, head, {
    slashes: 'NoDecode',
    tls: [
      'SSLEngine on',
      '# CHANGE THIS: where certificate and key are.',
      `SSLCertificateFile "/etc/ssl/${hostname}/fullchain.pem"`,
      `SSLCertificateKeyFile "/etc/ssl/${hostname}/key.pem"`,
    ],
  })
}

/** A virtual host for IHS, from Apache 2.2.8 on. */
export function ihsSnippet(facts: FrontFacts): string {
  const head = headOf(facts, {
    kind: 'ihs',
    title: 'IBM HTTP Server (Apache 2.2 or 2.4)',
    steps: [
      [
        'Where',
        "conf/httpd.conf, in place of the photo host's <VirtualHost> and its RewriteCond lines",
      ],
      [
        'Needs',
        'LoadModule lines for headers, proxy, proxy_http and setenvif (conf/httpd.conf has them',
      ],
      ['', 'as comments); with names on one address, IHS 8.5 and older: NameVirtualHost *:80'],
      ['Then', 'bin/apachectl configtest && bin/apachectl graceful'],
      ['Back', 'put the old <VirtualHost> back; nothing else has changed'],
    ],
  })
  return virtualHost(facts, head, {
    // NoDecode came with 2.2.18. With `nocanon` it is the same: what goes on is the path as sent.
    slashes: 'On',
    tls: [
      'SSLEnable',
      '# CHANGE THIS: where the key database is.',
      'KeyFile "/opt/IBM/HTTPServer/photos.kdb"',
    ],
  })
}

interface Dialect {
  readonly slashes: 'On' | 'NoDecode'
  /** For the photo host that speaks HTTPS. */
  readonly tls: readonly string[]
}

// Every configuration listens on port 80, and nearly every one with TLS on 443.
function listenLines(facts: FrontFacts): string[] {
  const port = publicPort(facts)
  const address = publicAddress(facts)
  const listen = `Listen ${address === undefined ? '' : `${address}:`}${port}`
  if (port === '80') return []
  if (port === '443')
    return [
      '# Needed once in the whole configuration; it is there if other sites have TLS.',
      `# ${listen}`,
      '',
    ]
  return [
    '# Take this out if the configuration has it already: with two the server does not start.',
    listen,
    '',
  ]
}

function virtualHost(facts: FrontFacts, head: string, { slashes, tls }: Dialect): string {
  const claims = claimNames.map(name => `RequestHeader unset ${name} early`)
  const lines = [
    // Apache takes no IPv6 address for a name; the address of the site is enough then.
    ...(facts.url.hostname.startsWith('[') ? [] : [`ServerName ${facts.url.hostname}`]),
    ...(facts.url.protocol === 'https:' ? tls : []),
    '',
    '# What a client says of itself never reaches the gate, nor what only looks like it.',
    ...claims,
    '# CVE-2022-31813: `Connection: X-Forwarded-For` made mod_proxy drop its own word of the client.',
    'RequestHeader edit Connection "(?i)^.*(forwarded|real.ip|wsra).*$" close early',
    ...clientLines(facts),
    '',
    '# Names go on as they came, %40, %2B and %27 too; the gate decodes them, once.',
    `AllowEncodedSlashes ${slashes}`,
    'ProxyRequests Off',
    'ProxyPreserveHost On',
    `# The gate drops a connection after ${facts.keepAliveSeconds} s without a request, so Apache does before. retry=0: when the`,
    '# gate has been restarted, Apache does not go on saying 503 for a minute.',
    `ProxyPass / http://${gateAuthority(facts)}/ nocanon retry=0 timeout=30 ${facts.idleSeconds === 0 ? 'disablereuse=on' : `ttl=${facts.idleSeconds}`}`,
    '',
    '# Photos are for one client, and so are redirects. The gate says so in every answer; this also holds',
    '# where mod_cache has been told not to listen.',
    '<IfModule mod_cache.c>',
    '  CacheDisable /',
    '</IfModule>',
  ]
  const site = `<VirtualHost ${publicAddress(facts) ?? '*'}:${publicPort(facts)}>`
  const body = lines.map(line => (line === '' ? '' : `  ${line}`))
  return [head, '', ...listenLines(facts), site, ...body, '</VirtualHost>'].join('\n')
}

// Variables of the request, since %{REMOTE_ADDR}s needs mod_ssl and expressions need 2.4. If the
// variable were missing, the header would say `(null)`, and the gate would know no client.
function clientLines({ clientHeader }: FrontFacts): string[] {
  const name = headerNames[clientHeader]
  const set = '# The one header that the gate reads, written anew.'
  switch (clientHeader) {
    case 'x-forwarded-for':
      return [
        '# The one header that the gate reads, X-Forwarded-For, is written anew by mod_proxy itself. Behind a',
        '# load balancer of yours, take out the `unset X-Forwarded-For` and add its address to `proxies`.',
      ]
    case 'forwarded':
      return [
        set,
        'SetEnvIf Remote_Addr "^([0-9.]+)$" PHOTOGATE_CLIENT=$1',
        'SetEnvIf Remote_Addr "^(.*:.*)$" PHOTOGATE_CLIENT=[$1]',
        `RequestHeader set ${name} "for=\\"%{PHOTOGATE_CLIENT}e\\""`,
      ]
    default:
      return [
        set,
        'SetEnvIf Remote_Addr "^(.+)$" PHOTOGATE_CLIENT=$1',
        `RequestHeader set ${name} "%{PHOTOGATE_CLIENT}e"`,
      ]
  }
}
