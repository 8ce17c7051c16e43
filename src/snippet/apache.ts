// Snippets for IHS and Apache as the front: one virtual host. The one for IHS uses only directives that
// Apache 2.2.8 knows, because IHS 7 and 8 are built from it.
import type { FrontFacts } from './front.ts'
import {
  forgeableHeaders,
  formatHead,
  gateAuthority,
  headerNames,
  publicAddress,
  publicPort,
} from './front.ts'

/** A virtual host for Apache 2.4. */
export function apacheSnippet(facts: FrontFacts): string {
  const { hostname } = facts.url
  const head = formatHead(facts, {
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
      '# CHANGE THIS: the paths of the certificate and its key.',
      `SSLCertificateFile "/etc/ssl/${hostname}/fullchain.pem"`,
      `SSLCertificateKeyFile "/etc/ssl/${hostname}/key.pem"`,
    ],
  })
}

/** A virtual host for IHS, from Apache 2.2.8 on. */
export function ihsSnippet(facts: FrontFacts): string {
  const head = formatHead(facts, {
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
      ['', 'as comments). IHS 8.5 and older, several names on one address: NameVirtualHost *:80'],
      ['Then', 'bin/apachectl configtest && bin/apachectl graceful'],
      ['Back', 'put the old <VirtualHost> back; nothing else was changed'],
    ],
  })
  return virtualHost(facts, head, {
    // NoDecode came with 2.2.18. With `nocanon` On has the same effect: the path goes on as it was sent.
    slashes: 'On',
    tls: [
      'SSLEnable',
      '# CHANGE THIS: the path of the key database.',
      'KeyFile "/opt/IBM/HTTPServer/photos.kdb"',
    ],
  })
}

interface Dialect {
  readonly slashes: 'On' | 'NoDecode'
  /** The lines that turn on TLS. */
  readonly tls: readonly string[]
}

// Nearly every configuration listens on port 80 already, and nearly every one with TLS on 443.
function listenLines(facts: FrontFacts): string[] {
  const port = publicPort(facts)
  const address = publicAddress(facts)
  const listen = `Listen ${address === undefined ? '' : `${address}:`}${port}`
  if (port === '80') return []
  if (port === '443')
    return [
      '# Needed once in the whole configuration. If other sites use TLS, it is there already.',
      `# ${listen}`,
      '',
    ]
  return [
    '# Remove this line if the configuration has it already: with two of them the server does not start.',
    listen,
    '',
  ]
}

function virtualHost(facts: FrontFacts, head: string, { slashes, tls }: Dialect): string {
  const unset = forgeableHeaders.map(name => `RequestHeader unset ${name} early`)
  const lines = [
    // Apache does not take an IPv6 address as a name. The address of the <VirtualHost> is enough then.
    ...(facts.url.hostname.startsWith('[') ? [] : [`ServerName ${facts.url.hostname}`]),
    ...(facts.url.protocol === 'https:' ? tls : []),
    '',
    '# Headers in which a client could forge its own address never reach the gate, nor look-alikes.',
    ...unset,
    '# CVE-2022-31813: a client that sent `Connection: X-Forwarded-For` made mod_proxy drop that header.',
    'RequestHeader edit Connection "(?i)^.*(forwarded|real.ip|wsra).*$" close early',
    ...clientLines(facts),
    '',
    '# The path goes on as it came, with its %40, %2B and %27: the gate decodes it, once.',
    `AllowEncodedSlashes ${slashes}`,
    'ProxyRequests Off',
    'ProxyPreserveHost On',
    `# The gate closes a connection after ${facts.keepAliveSeconds} s without a request, so Apache closes it earlier.`,
    '# retry=0: after a restart of the gate, Apache does not answer 503 for a minute.',
    `ProxyPass / ${upstreamOf(facts)}/ nocanon retry=0 timeout=30 ${facts.idleSeconds === 0 ? 'disablereuse=on' : `ttl=${facts.idleSeconds}`}`,
    '',
    '# A photo is for one client only, and so is a redirect. The gate says so in every answer; this line also',
    '# helps where mod_cache is configured to ignore that.',
    '<IfModule mod_cache.c>',
    '  CacheDisable /',
    '</IfModule>',
  ]
  const site = `<VirtualHost ${publicAddress(facts) ?? '*'}:${publicPort(facts)}>`
  const body = lines.map(line => (line === '' ? '' : `  ${line}`))
  return [head, '', ...listenLines(facts), site, ...body, '</VirtualHost>'].join('\n')
}

// Environment variables, because %{REMOTE_ADDR}s needs mod_ssl and expressions need 2.4. If the variable were
// missing, the header would be `(null)`, which the gate does not accept as a client.
function clientLines({ clientHeader }: FrontFacts): string[] {
  const name = headerNames[clientHeader]
  const set = '# The one header that the gate reads, written by Apache itself.'
  switch (clientHeader) {
    case 'x-forwarded-for':
      return [
        '# The one header that the gate reads, X-Forwarded-For, is written by mod_proxy itself. Behind your own',
        '# load balancer, remove the line `unset X-Forwarded-For` and add the address of the balancer to `proxies`.',
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

// Behind a socket the host is only a name: the request keeps its own (ProxyPreserveHost).
function upstreamOf(facts: FrontFacts): string {
  const authority = gateAuthority(facts)
  return 'socket' in facts.gate ? `${authority}|http://photogate` : `http://${authority}`
}
