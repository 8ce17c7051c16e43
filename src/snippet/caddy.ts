// What Caddy needs in front of the gate: a site.
import type { FrontFacts } from './front.ts'
import { gateAuthority, headerNames, headOf, publicAddress } from './front.ts'

/** A site for a Caddyfile. */
export function caddySnippet(facts: FrontFacts): string {
  const head = headOf(facts, {
    kind: 'caddy',
    title: 'Caddy 2',
    steps: [
      ['Where', '/etc/caddy/Caddyfile; for https, Caddy gets the certificate by itself'],
      ['Then', 'caddy validate --config /etc/caddy/Caddyfile && systemctl reload caddy'],
    ],
  })
  const { clientHeader, url } = facts
  const address = publicAddress(facts)?.replace(/^\[|\]$/g, '')
  const map = `  # An address as RFC 7239 writes it: IPv6 in brackets.
  map {remote_host} {photogate_client} {
    ~(.*:.*) "[\${1}]"
    default {remote_host}
  }

`
  return `${head}

${url.origin} {
${address === undefined ? '' : `  bind ${address}\n`}${clientHeader === 'forwarded' ? map : ''}  reverse_proxy ${gateAuthority(facts)} {
    # The one header that the gate reads is written anew, and no other in which clients name themselves
    # goes on, nor what only looks like it.
    header_up -*_*
${claimLines(facts)
  .map(line => `    ${line}`)
  .join('\n')}

    # The gate drops a connection after ${facts.keepAliveSeconds} s without a request, so Caddy does before.
    transport http {
      keepalive ${facts.idleSeconds === 0 ? 'off' : `${facts.idleSeconds}s`}
      dial_timeout 5s
      response_header_timeout 30s
    }
  }
  # Photos are for one client, and so are redirects. Caddy keeps neither; add no cache plug-in here.
}`
}

function claimLines({ clientHeader }: FrontFacts): string[] {
  const value = clientHeader === 'forwarded' ? '"for=\\"{photogate_client}\\""' : '{remote_host}'
  const behindBalancer = [
    '# Caddy calls the next line unnecessary. It is not where the whole server has `trusted_proxies`.',
    '# Behind a load balancer of yours, write `trusted_proxies` and its address in place of it, and add',
    '# its address to `proxies`.',
  ]
  const lines = Object.entries(headerNames).map(([header, name]) =>
    header === clientHeader ? `header_up ${name} ${value}` : `header_up -${name}`,
  )
  return clientHeader === 'x-forwarded-for' ? [...behindBalancer, ...lines] : lines
}
