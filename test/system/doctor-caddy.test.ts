// Behind a real Caddy, doctor finds each fault that an administrator could make in the printed snippet.
import t from 'tap'
import type { Site } from '../fixtures/doctored-front.ts'
import { diagnoseSites, siteConfig } from '../fixtures/doctored-front.ts'

/** Puts lines into reverse_proxy. */
const proxying = (lines: string) => (snippet: string) =>
  snippet.replace('    header_up -*_*', `    ${lines}\n    header_up -*_*`)
/** Puts lines into the site. */
const within = (lines: string) => (snippet: string) =>
  snippet.replace('  reverse_proxy', `  ${lines}\n  reverse_proxy`)
const forwardedFor = /header_up X-Forwarded-For .*/

const sites: Site[] = [
  {
    title: 'appending to the header of a client that both believe',
    codes: ['front-forged-header'],
    config: siteConfig({ proxies: '127.0.0.0/8' }),
    edit: snippet => snippet.replace(forwardedFor, 'trusted_proxies 127.0.0.0/8'),
  },
  {
    title: "passing the client's X-Forwarded-For on",
    codes: ['front-forged-header', 'front-client-unparsable'],
    edit: snippet =>
      snippet.replace(
        forwardedFor,
        'header_up X-Forwarded-For {http.request.header.X-Forwarded-For}',
      ),
  },
  {
    title: 'the address of the server in X-Real-IP',
    codes: ['front-is-the-client'],
    config: siteConfig({ header: 'x-real-ip' }),
    edit: snippet => snippet.replace(/header_up X-Real-IP .*/, 'header_up X-Real-IP 127.0.0.1'),
  },
  {
    title: 'no X-Real-IP where the gate asks for it',
    codes: ['front-client-missing'],
    config: siteConfig({ header: 'x-real-ip' }),
    edit: snippet => snippet.replace(/header_up X-Real-IP .*/, 'header_up -X-Real-IP'),
  },
  {
    title: 'the front is not in proxies',
    codes: ['front-is-the-client'],
    config: siteConfig({ proxies: '127.0.0.7' }),
  },
  {
    title: 'the front is not in proxies and in an admitted network',
    codes: ['front-admits-everybody'],
    config: siteConfig({
      proxies: '127.0.0.7',
      more: '  - { name: servers, from: [127.0.0.1] }\n',
    }),
  },
  {
    title: 'a plus that becomes a blank',
    codes: ['front-path-changed'],
    edit: within('uri path_regexp \\+ "%20"'),
  },
  {
    title: 'a matcher for plain names only',
    codes: ['front-path-changed'],
    edit: snippet =>
      snippet.replace(
        /reverse_proxy (\S+) \{/,
        '@plain path_regexp ^/([\\w.@-]+|-/.*)$\n  reverse_proxy @plain $1 {',
      ),
  },
  {
    title: 'connections that are kept longer than the gate keeps them',
    codes: ['front-idle-race'],
    edit: snippet => snippet.replace(/keepalive \d+s/, 'keepalive 120s'),
    isAlone: true,
    setup: { waits: true },
  },
  {
    title: 'a new connection for each request',
    codes: ['front-keeps-no-connection'],
    edit: snippet => snippet.replace(/keepalive \d+s/, 'keepalive off'),
    isAlone: true,
  },
  {
    title: 'a redirect to the other scheme that loses the name',
    codes: ['front-redirect-loses-path'],
    entry: (port, target) => `http://127.0.0.1:${port} {\n  redir ${target}/ permanent\n}`,
  },
  {
    title: 'a redirect that keeps the name is no fault',
    codes: [],
    entry: (port, target) => `http://127.0.0.1:${port} {\n  redir ${target}{uri} permanent\n}`,
  },
  {
    title: 'a page for the turned away that leads back',
    codes: ['front-redirect-loop'],
    config: siteConfig().replace('/-/turned-away', '/sign-in'),
    edit: within('redir /sign-in /home.jpg'),
  },
  {
    title: 'a Location that is replaced',
    codes: ['front-location-changed'],
    edit: proxying('header_down Location ^ http://127.0.0.1:9'),
  },
  {
    title: 'cookies that are dropped',
    codes: ['front-drops-cookies'],
    edit: proxying('header_up -Cookie'),
  },
  {
    title: 'an ETag that is removed',
    codes: ['front-validators-lost'],
    edit: proxying('header_down -ETag'),
  },
  {
    title: 'photos that are compressed',
    codes: ['front-compresses'],
    edit: within(
      'encode {\n    gzip\n    minimum_length 1\n    match header Content-Type image/*\n  }',
    ),
  },
  {
    title: 'photos that are public for an hour',
    codes: ['front-cache-control', 'front-cache-control'],
    edit: proxying('header_down Cache-Control "public, max-age=3600"'),
  },
  {
    title: 'a gate that is not there',
    codes: ['front-bad-gateway'],
    edit: snippet => snippet.replace(/reverse_proxy \S+/, 'reverse_proxy 127.0.0.1:9'),
  },
  {
    title: 'something else in place of the gate',
    codes: ['front-not-the-gate'],
    edit: within('respond "hello"'),
  },
]

t.test('Caddy', t => diagnoseSites(t, 'caddy', { sites }))
