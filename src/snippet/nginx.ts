// What nginx needs in front of the gate: an upstream and a server.
import type { FrontFacts } from './front.ts'
import { gateAuthority, headerNames, headOf, publicAddress, publicPort } from './front.ts'

/** A file for the http level of nginx. */
export function nginxSnippet(facts: FrontFacts): string {
  const head = headOf(facts, {
    kind: 'nginx',
    title: 'nginx',
    steps: [
      ['Where', '/etc/nginx/conf.d/photos.conf, which is read inside of http { }'],
      ['Then', 'nginx -t && nginx -s reload'],
    ],
  })
  const { clientHeader } = facts
  const map = `# An address as RFC 7239 writes it: IPv6 in brackets.
map $remote_addr $photogate_client {
  ~: "[$remote_addr]";
  default $remote_addr;
}

`
  return `${head}

${clientHeader === 'forwarded' ? map : ''}upstream photogate {
  # max_fails=0: when the gate has been restarted, nginx does not go on saying 502.
  server ${gateAuthority(facts)} max_fails=0;
${keepAliveLines(facts)}}

server {
${listenLines(facts)
  .map(line => `  ${line}`)
  .join('\n')}

  # Drops X_Forwarded_For, $WSRA and other names that a careless reader takes for headers of the front.
  ignore_invalid_headers on;
  underscores_in_headers off;

  location / {
    # Without a path behind the host: names go on as they came, %40, %2B and %27 too.
    proxy_pass http://photogate;
    proxy_http_version 1.1;
    proxy_set_header Host $host;
    # Also undoes \`Connection: X-Forwarded-For\` (CVE-2022-31813).
    proxy_set_header Connection "";

    # The one header that the gate reads is written anew, and no other in which clients name themselves
    # goes on.
${claimLines(facts)
  .map(line => `    ${line}`)
  .join('\n')}

    # The gate's redirect is for the browser, as it is.
    proxy_redirect off;
    proxy_connect_timeout 5s;
    proxy_read_timeout 30s;

    # Photos are for one client, and so are redirects. The gate says so in every answer; this also
    # holds where nginx has been told not to listen (proxy_ignore_headers).
    proxy_cache off;
    proxy_store off;
  }
}`
}

// Without `keepalive` nginx opens a connection for each request.
function keepAliveLines({ keepAliveSeconds, idleSeconds }: FrontFacts): string {
  if (idleSeconds === 0) return ''
  return `  keepalive 16;
  # The gate drops a connection after ${keepAliveSeconds} s without a request, so nginx does before. Needs nginx 1.15.3.
  keepalive_timeout ${idleSeconds}s;
`
}

function listenLines(facts: FrontFacts): string[] {
  const { hostname, protocol } = facts.url
  const isTls = protocol === 'https:'
  const port = publicPort(facts)
  const address = publicAddress(facts)
  const places = address === undefined ? [port, `[::]:${port}`] : [`${address}:${port}`]
  const lines = places.map(place => `listen ${place}${isTls ? ' ssl' : ''};`)
  lines.push(`server_name ${hostname};`)
  if (isTls) {
    lines.push(
      '# CHANGE THIS: where certificate and key are.',
      `ssl_certificate "/etc/ssl/${hostname}/fullchain.pem";`,
      `ssl_certificate_key "/etc/ssl/${hostname}/key.pem";`,
    )
  }
  return lines
}

function claimLines({ clientHeader }: FrontFacts): string[] {
  const value = clientHeader === 'forwarded' ? `'for="$photogate_client"'` : '$remote_addr'
  const behindBalancer = [
    '# Behind a load balancer of yours: $proxy_add_x_forwarded_for, and its address in `proxies`.',
  ]
  // What of clients is called $WSRA has been dropped above; a header with an empty value is not sent.
  const lines = Object.entries(headerNames)
    .filter(([header]) => header === clientHeader || header !== '$wsra')
    .map(([header, name]) => `proxy_set_header ${name} ${header === clientHeader ? value : '""'};`)
  return clientHeader === 'x-forwarded-for' ? [...behindBalancer, ...lines] : lines
}
