// Snippet for Caddy as the front: one site.
import type { FrontFacts } from './front.ts'
import { formatHead, gateAuthority, headerNames, publicAddress } from './front.ts'

/** A site for a Caddyfile. */
export function caddySnippet(facts: FrontFacts): string {
  const head = formatHead(facts, {
    kind: 'caddy',
    title: 'Caddy 2',
    steps: [
      ['Where', '/etc/caddy/Caddyfile. For https, Caddy gets the certificate by itself.'],
      ['Then', 'caddy validate --config /etc/caddy/Caddyfile && systemctl reload caddy'],
    ],
  })
  const { clientHeader, url } = facts
  const address = publicAddress(facts)?.replace(/^\[|\]$/g, '')
  const map = `  # RFC 7239 wants IPv6 addresses in brackets.
  map {remote_host} {photogate_client} {
    ~(.*:.*) "[\${1}]"
    default {remote_host}
  }

`
  return `${head}

${url.origin} {
${address === undefined ? '' : `  bind ${address}\n`}${clientHeader === 'forwarded' ? map : ''}  reverse_proxy ${upstreamOf(facts)} {
    # Caddy itself writes the one header that the gate reads, and removes all others in which a client could
    # forge its address, and look-alikes with underscores.
    header_up -*_*
${clientHeaderLines(facts)
  .map(line => `    ${line}`)
  .join('\n')}

    # The gate closes a connection after ${facts.keepAliveSeconds} s without a request, so Caddy closes it earlier.
    transport http {
      keepalive ${facts.idleSeconds === 0 ? 'off' : `${facts.idleSeconds}s`}
      dial_timeout 5s
      response_header_timeout 30s
    }
  }
  # A photo is for one client only, and so is a redirect. Caddy caches neither. Add no cache plug-in here.
}`
}

function clientHeaderLines({ clientHeader }: FrontFacts): string[] {
  const value = clientHeader === 'forwarded' ? '"for=\\"{photogate_client}\\""' : '{remote_host}'
  const behindBalancer = [
    '# Caddy warns that the next line is unnecessary. It is needed where the whole server has',
    '# `trusted_proxies`. Behind your own load balancer, replace the line by `trusted_proxies` and the',
    '# address of the balancer, and add that address to `proxies`.',
  ]
  const lines = Object.entries(headerNames).map(([header, name]) =>
    header === clientHeader ? `header_up ${name} ${value}` : `header_up -${name}`,
  )
  return clientHeader === 'x-forwarded-for' ? [...behindBalancer, ...lines] : lines
}

// Caddy has a slash between the network and the path.
function upstreamOf(facts: FrontFacts): string {
  return 'socket' in facts.gate ? `unix/${facts.gate.socket}` : gateAuthority(facts)
}
