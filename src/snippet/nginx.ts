// Snippet for nginx as the front: an upstream and a server.
import type { FrontFacts } from './front.ts'
import { formatHead, gateAuthority, headerNames, publicAddress, publicPort } from './front.ts'

/** A file for the http level of nginx. */
export function nginxSnippet(facts: FrontFacts): string {
  const head = formatHead(facts, {
    kind: 'nginx',
    title: 'nginx',
    steps: [
      ['Where', '/etc/nginx/conf.d/photos.conf, which nginx reads inside http { }'],
      ['Then', 'nginx -t && nginx -s reload'],
    ],
  })
  const { clientHeader } = facts
  const map = `# RFC 7239 wants IPv6 addresses in brackets.
map $remote_addr $photogate_client {
  ~: "[$remote_addr]";
  default $remote_addr;
}

`
  return `${head}

${clientHeader === 'forwarded' ? map : ''}upstream photogate {
  # max_fails=0: after a restart of the gate, nginx does not go on answering 502.
  server ${gateAuthority(facts)} max_fails=0;
${keepAliveLines(facts)}}

server {
${listenLines(facts)
  .map(line => `  ${line}`)
  .join('\n')}

  # Drops X_Forwarded_For, $WSRA and other names that some servers take for headers of the front.
  ignore_invalid_headers on;
  underscores_in_headers off;

  location / {
    # No path after the host: the path of the request goes on as it came, with its %40, %2B and %27.
    proxy_pass http://photogate;
    proxy_http_version 1.1;
    proxy_set_header Host $host;
    # Also undoes \`Connection: X-Forwarded-For\` (CVE-2022-31813).
    proxy_set_header Connection "";

    # nginx itself writes the one header that the gate reads, and removes all others in which a client could
    # forge its address.
${clientHeaderLines(facts)
  .map(line => `    ${line}`)
  .join('\n')}

    # The gate's redirect reaches the browser unchanged.
    proxy_redirect off;
    proxy_connect_timeout 5s;
    proxy_read_timeout 30s;

    # A photo is for one client only, and so is a redirect. The gate says so in every answer; these lines
    # also help where nginx is configured to ignore that (proxy_ignore_headers).
    proxy_cache off;
    proxy_store off;
  }
}`
}

// Without `keepalive` nginx opens a connection for each request.
function keepAliveLines({ keepAliveSeconds, idleSeconds }: FrontFacts): string {
  if (idleSeconds === 0) return ''
  return `  keepalive 16;
  # The gate closes a connection after ${keepAliveSeconds} s without a request, so nginx closes it earlier.
  # Needs nginx 1.15.3.
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
      '# CHANGE THIS: the paths of the certificate and its key.',
      `ssl_certificate "/etc/ssl/${hostname}/fullchain.pem";`,
      `ssl_certificate_key "/etc/ssl/${hostname}/key.pem";`,
    )
  }
  return lines
}

function clientHeaderLines({ clientHeader }: FrontFacts): string[] {
  const value = clientHeader === 'forwarded' ? `'for="$photogate_client"'` : '$remote_addr'
  const behindBalancer = [
    '# Behind your own load balancer, write $proxy_add_x_forwarded_for in place of $remote_addr, and add the',
    '# address of the balancer to `proxies`.',
  ]
  // ignore_invalid_headers drops a client's $WSRA. nginx does not send a header with an empty value.
  const lines = Object.entries(headerNames)
    .filter(([header]) => header === clientHeader || header !== '$wsra')
    .map(([header, name]) => `proxy_set_header ${name} ${header === clientHeader ? value : '""'};`)
  return clientHeader === 'x-forwarded-for' ? [...behindBalancer, ...lines] : lines
}
