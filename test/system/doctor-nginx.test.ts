// Behind a real nginx, doctor finds each fault that an administrator could make in the printed snippet.

import { readFileSync } from 'node:fs'
import t from 'tap'
import { makeCertificates } from '../fixtures/certificates.ts'
import type { Site } from '../fixtures/doctored-front.ts'
import { diagnoseSites, siteConfig } from '../fixtures/doctored-front.ts'

/** Puts lines before `proxy_pass`. */
const within = (lines: string) => (snippet: string) =>
  snippet.replace('    proxy_pass', `    ${lines}\n    proxy_pass`)
const instead = (line: RegExp, by: string) => (snippet: string) => snippet.replace(line, by)
const forwardedFor = /proxy_set_header X-Forwarded-For .*/

const cached =
  (valid: string, key = '$uri') =>
  (snippet: string, home: string) =>
    `proxy_cache_path ${home} keys_zone=z${home.replace(/\W/g, '')}:1m;
${snippet.replace(
  'proxy_cache off;',
  `proxy_cache z${home.replace(/\W/g, '')}; proxy_cache_key ${key}; proxy_cache_valid ${valid};
    proxy_ignore_headers Cache-Control Expires Vary;`,
)}`

// A second server between the snippet's and the gate.
const inner = (lines: string) => (snippet: string, home: string) => {
  const upstream = /proxy_pass (\S+);/.exec(snippet)?.[1]
  return `${snippet.replace(/proxy_pass \S+;/, `proxy_pass http://unix:${home}/inner.sock;`).replace('underscores_in_headers off', 'underscores_in_headers on')}
server { listen unix:${home}/inner.sock; underscores_in_headers on; location / {
  ${lines}
  proxy_set_header Host $host;
  proxy_pass ${upstream};
} }`
}

const sites: Site[] = [
  {
    title: 'appending to the header of a client that proxies has',
    codes: ['front-forged-header'],
    config: siteConfig({ proxies: '127.0.0.1, 127.0.0.2' }),
    edit: instead(forwardedFor, 'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;'),
  },
  {
    title: 'appending where the client is not in proxies is no fault',
    codes: [],
    edit: instead(forwardedFor, 'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;'),
  },
  {
    title: "passing the client's X-Forwarded-For on",
    codes: ['front-forged-header', 'front-client-missing'],
    edit: instead(forwardedFor, 'proxy_set_header X-Forwarded-For $http_x_forwarded_for;'),
  },
  {
    title: 'the address of the server in X-Real-IP',
    codes: ['front-is-the-client'],
    config: siteConfig({ header: 'x-real-ip' }),
    edit: instead(/X-Real-IP \$remote_addr/, 'X-Real-IP $server_addr'),
  },
  {
    title: 'an address that is not the client',
    codes: ['front-client-wrong'],
    edit: instead(forwardedFor, 'proxy_set_header X-Forwarded-For 127.0.0.77;'),
  },
  {
    title: 'a word in place of the client',
    codes: ['front-client-unparsable'],
    edit: instead(forwardedFor, 'proxy_set_header X-Forwarded-For unknown;'),
  },
  {
    title: "passing the client's Connection on",
    codes: ['front-header-dropped'],
    edit: instead(
      /proxy_set_header Connection .*/,
      'proxy_set_header Connection $http_connection;',
    ),
  },
  {
    title: 'a header of the client that everybody may send as real IP',
    codes: ['front-forged-header'],
    edit: within('set_real_ip_from 0.0.0.0/0; real_ip_header CF-Connecting-IP;'),
  },
  {
    title: 'an alias with underscores that a second server believes',
    codes: ['front-alias-header'],
    edit: inner(`set $c $http_x_forwarded_for;
      if ($http_x_real_ip) { set $c $http_x_real_ip; }
      proxy_set_header X-Forwarded-For $c;`),
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
    title: 'the gate answers on an address that others reach',
    codes: ['front-gate-reachable'],
    setup: { ownAddresses: ['127.0.0.1'] },
  },
  {
    title: 'the gate answers there and proxies has a whole network',
    codes: ['front-way-round'],
    config: siteConfig({ proxies: '127.0.0.0/8' }),
    setup: { ownAddresses: ['127.0.0.1'] },
  },
  {
    title: 'a cache of everything',
    codes: ['front-cache-keeps-photo', 'front-cache-keeps-redirect'],
    edit: cached('any 10m'),
  },
  {
    title: 'the same without the log',
    codes: ['front-cache-keeps-photo', 'front-cache-keeps-redirect'],
    edit: cached('any 10m'),
    setup: { lines: undefined },
  },
  {
    title: 'a cache of redirects',
    codes: ['front-cache-keeps-redirect'],
    edit: cached('302 10m'),
  },
  {
    title: 'a cache by cookie',
    codes: ['front-cache-answers'],
    edit: cached('200 10m', '$uri$http_cookie'),
  },
  {
    // nginx asks for the whole photo, to keep it, before it sees that it must not.
    title: 'a cache that obeys costs ranges, and opens nothing',
    codes: ['front-validators-lost'],
    edit: (snippet, home) =>
      cached('any 10m')(snippet, home).replace(/proxy_ignore_headers Cache.*/, ''),
  },
  {
    title: 'a path that is decoded twice',
    codes: ['front-decodes-twice'],
    edit: instead(/(proxy_pass \S+);/, '$1$uri$is_args$args;'),
  },
  {
    title: 'a plus that becomes a blank',
    codes: ['front-path-changed'],
    edit: (snippet: string) =>
      snippet.replace(
        /(proxy_pass \S+);/,
        (_, pass) =>
          `set $p $request_uri; if ($request_uri ~ "^([^+]*)\\+(.*)$") { set $p $1%20$2; } ${pass}$p;`,
      ),
  },
  {
    title: 'a location for plain names only',
    codes: ['front-path-changed'],
    edit: (snippet: string) =>
      snippet.replace('location /', 'location ~ "^/[\\w.@-]+(\\.jpg)?$|^/-/|^/photo$"'),
  },
  {
    title: 'connections that are kept longer than the gate keeps them',
    codes: ['front-idle-race'],
    edit: instead(/keepalive_timeout .*/, 'keepalive_timeout 120s;'),
    isAlone: true,
    setup: { waits: true },
  },
  {
    title: 'HTTP/1.0 to the gate',
    codes: ['front-keeps-no-connection'],
    edit: (snippet: string) =>
      snippet
        .replace('proxy_http_version 1.1', 'proxy_http_version 1.0')
        .replace(/proxy_set_header Connection .*/, ''),
    isAlone: true,
  },
  {
    title: 'a page for the turned away that leads back',
    codes: ['front-redirect-loop'],
    config: siteConfig().replace('/-/turned-away', '/sign-in'),
    edit: instead(/location \//, 'location = /sign-in { return 302 /home.jpg; }\n  location /'),
  },
  {
    title: 'a redirect to the other scheme that loses the name',
    codes: ['front-redirect-loses-path'],
    entry: (port, target) => `server { listen 127.0.0.1:${port}; return 301 ${target}/; }`,
  },
  {
    title: 'a redirect that keeps the name is no fault',
    codes: [],
    entry: (port, target) =>
      `server { listen 127.0.0.1:${port}; return 301 ${target}$request_uri; }`,
  },
  {
    title: 'a redirect of the turned away to another page',
    codes: ['front-location-changed'],
    edit: instead(/proxy_redirect off/, 'proxy_redirect / http://127.0.0.1:9/'),
  },
  {
    title: 'no Host header',
    codes: ['front-host-missing'],
    edit: instead(/proxy_set_header Host .*/, 'proxy_set_header Host "";'),
  },
  {
    title: 'photos that are compressed',
    codes: ['front-compresses'],
    edit: within('gzip on; gzip_types image/jpeg; gzip_min_length 1;'),
  },
  {
    title: 'ranges that are dropped',
    codes: ['front-validators-lost'],
    edit: within('proxy_set_header Range "";'),
  },
  {
    title: 'a Cache-Control that is hidden',
    codes: ['front-cache-control', 'front-cache-control'],
    edit: within('proxy_hide_header Cache-Control;'),
  },
  {
    title: 'photos that expire in an hour for everybody',
    codes: ['front-cache-control', 'front-cache-control'],
    edit: within('expires 1h;'),
  },
  {
    title: 'photos for pages of the same host only',
    codes: ['front-resource-policy'],
    edit: within(
      'proxy_hide_header Cross-Origin-Resource-Policy; add_header Cross-Origin-Resource-Policy same-origin always;',
    ),
  },
  {
    title: 'a header against sniffing that is hidden',
    codes: ['front-header-removed'],
    edit: within('proxy_hide_header X-Content-Type-Options;'),
  },
  {
    title: 'cookies that are dropped',
    codes: ['front-drops-cookies'],
    edit: within('proxy_set_header Cookie "";'),
  },
  {
    title: 'a cookie that is added for everybody',
    codes: ['front-adds-cookie'],
    edit: within('proxy_set_header Cookie "LtpaToken2=static";'),
  },
  {
    title: 'photos sent as text',
    codes: ['front-photo-changed'],
    edit: within('proxy_hide_header Content-Type; add_header Content-Type text/html;'),
  },
  {
    title: 'a page in place of a missing photo',
    codes: ['front-answer-replaced'],
    edit: (snippet: string) =>
      within('proxy_intercept_errors on; error_page 404 =200 /default.html;')(snippet).replace(
        /location \//,
        'location = /default.html { return 200 "<p>none"; }\n  location /',
      ),
  },
  {
    title: 'usual limits are no fault',
    codes: [],
    edit: (snippet: string) =>
      `limit_req_zone $binary_remote_addr zone=r:1m rate=10r/s;
limit_conn_zone $binary_remote_addr zone=c:1m;
${within('limit_req zone=r burst=10 nodelay; limit_conn c 10;')(snippet)}`,
    setup: { paceMs: 110 },
  },
  {
    title: 'narrow limits are no fault',
    codes: [],
    edit: (snippet: string) =>
      `limit_req_zone $binary_remote_addr zone=n:1m rate=5r/s;
${within('limit_req zone=n burst=5 nodelay;')(snippet)}`,
    setup: { paceMs: 110 },
  },
  {
    title: 'HTTP/1.0 that is refused',
    codes: ['front-http10-differs'],
    edit: within('if ($server_protocol = HTTP/1.0) { return 426; }'),
  },
  {
    title: 'a gate that is not there',
    codes: ['front-bad-gateway'],
    edit: instead(/server 127.0.0.1:\d+/, 'server 127.0.0.1:9'),
  },
  {
    title: 'files in place of the gate',
    codes: ['front-not-the-gate'],
    edit: instead(/proxy_pass .*/, 'return 200 "hello";'),
  },
]

t.test('nginx', t => diagnoseSites(t, 'nginx', { sites }))

t.test('nginx by https', async t => {
  const certificates = makeCertificates(t)
  if (certificates === undefined) return
  const authorities = [readFileSync(certificates.caFile, 'utf8')]
  const http2 = (snippet: string) => snippet.replace(/listen (.*) ssl;/, 'listen $1 ssl http2;')
  const tls = { isTls: true, setup: { authorities } }
  await diagnoseSites(t, 'nginx', {
    certificates,
    sites: [
      { ...tls, title: 'with HTTP/2 is no fault', codes: [], edit: http2 },
      { ...tls, title: 'without HTTP/2 is no fault', codes: [] },
      {
        ...tls,
        title: 'HTTP/2 has another answer',
        codes: ['front-http2-differs'],
        edit: snippet => within('if ($server_protocol = HTTP/2.0) { return 421; }')(http2(snippet)),
      },
      {
        isTls: true,
        title: 'an authority that nobody knows',
        codes: ['front-tls-authority'],
        setup: { authorities: [] },
      },
    ],
  })
})
