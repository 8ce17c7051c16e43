// Behind a real Apache, doctor finds each fault that an administrator could make in the printed snippets for Apache and IHS.
import t from 'tap'
import type { Site } from '../fixtures/doctored-front.ts'
import { diagnoseSites, siteConfig } from '../fixtures/doctored-front.ts'

/** Puts lines into the virtual host. */
const within = (lines: string) => (snippet: string) =>
  snippet.replace('  ProxyRequests Off', `  ${lines}\n  ProxyRequests Off`)
const without = (line: RegExp) => (snippet: string) => snippet.replace(line, '')
/** In place of ProxyPass. */
const rewriting = (rule: (gate: string) => string) => (snippet: string) =>
  snippet.replace(/ {2}ProxyPass \/ (\S+)\/ .*/, (_, gate) => `  RewriteEngine On\n  ${rule(gate)}`)

const hostileCache =
  (more = '') =>
  (snippet: string, home: string) =>
    snippet
      .replace(
        '  ProxyRequests Off',
        `  CacheRoot ${home}
  CacheEnable disk /
  CacheIgnoreCacheControl On
  CacheStorePrivate On
  CacheStoreNoStore On
  CacheIgnoreNoLastMod On
  CacheIgnoreQueryString On
  CacheDefaultExpire 3600
  ${more}
  ProxyRequests Off`,
      )
      .replace(/^ *CacheDisable .*\n/m, '')

const sites: Site[] = [
  {
    title: 'appending to the header of a client that proxies has',
    codes: ['front-forged-header'],
    config: siteConfig({ proxies: '127.0.0.1, 127.0.0.2' }),
    edit: without(/.*unset X-Forwarded-For early/),
  },
  {
    title: 'no header of its own',
    codes: ['front-client-missing'],
    edit: within('ProxyAddHeaders Off'),
  },
  {
    title: "passing the client's X-Real-IP on",
    codes: ['front-forged-header', 'front-client-missing'],
    config: siteConfig({ header: 'x-real-ip' }),
    edit: without(/.*RequestHeader unset X-Real-IP early\n|.*RequestHeader set X-Real-IP.*\n/g),
  },
  {
    title: 'a header that the client makes it drop',
    codes: ['front-header-dropped'],
    config: siteConfig({ header: 'x-real-ip' }),
    edit: without(/.*RequestHeader edit Connection .*/),
  },
  {
    title: 'a header of the client that everybody may send as real IP',
    codes: ['front-forged-header'],
    edit: within('RemoteIPHeader X-Client-IP'),
  },
  {
    title: 'an alias with underscores that it believes itself',
    codes: ['front-alias-header'],
    config: siteConfig({ header: 'x-real-ip' }),
    edit: snippet =>
      within('SetEnvIf X_Real_IP "^(.+)$" PHOTOGATE_CLIENT=$1')(
        snippet.replace(/.*unset X_Real_IP early\n/, ''),
      ),
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
    title: 'a cache of everything',
    codes: ['front-cache-keeps-photo'],
    edit: hostileCache(),
  },
  {
    title: 'the same, late in the request',
    codes: ['front-cache-keeps-photo'],
    edit: hostileCache('CacheQuickHandler Off'),
  },
  {
    title: 'a RewriteRule that decodes and does not encode again',
    codes: ['front-decodes-twice'],
    edit: rewriting(gate => `RewriteRule ^(.*)$ ${gate}$1 [P,NE]`),
  },
  {
    title: 'ProxyPass without nocanon is no fault',
    codes: [],
    edit: snippet => snippet.replace(' nocanon', ''),
  },
  {
    title: 'a plus that becomes a blank',
    codes: ['front-path-changed'],
    edit: rewriting(
      gate =>
        `RewriteRule ^([^+]*)\\+(.*)$ ${gate}$1\\%20$2 [P]\n  RewriteRule ^(.*)$ ${gate}$1 [P]`,
    ),
  },
  {
    title: 'a query that a rule drops',
    codes: ['front-path-changed'],
    edit: rewriting(gate => `RewriteRule ^(.*)$ ${gate}$1 [P,QSD]`),
  },
  {
    title: 'connections that are kept without end',
    codes: ['front-idle-race'],
    edit: snippet => snippet.replace(/ ttl=\d+/, ''),
    isAlone: true,
    setup: { waits: true },
  },
  {
    title: 'a new connection for each request',
    codes: ['front-keeps-no-connection'],
    edit: snippet => snippet.replace(/ ttl=\d+/, ' disablereuse=on'),
    isAlone: true,
  },
  {
    title: 'HTTP/1.0 to the gate',
    codes: ['front-keeps-no-connection'],
    edit: within('SetEnv force-proxy-request-1.0 1\n  SetEnv proxy-nokeepalive 1'),
    isAlone: true,
  },
  {
    title: 'a redirect to the other scheme that loses the name',
    codes: ['front-redirect-loses-path'],
    entry: (port, target) =>
      `Listen 127.0.0.1:${port}\n<VirtualHost *:${port}>\n  RedirectMatch 301 ^ ${target}/\n</VirtualHost>`,
  },
  {
    title: 'a redirect that keeps the name is no fault',
    codes: [],
    entry: (port, target) =>
      `Listen 127.0.0.1:${port}\n<VirtualHost *:${port}>\n  Redirect 301 / ${target}/\n</VirtualHost>`,
  },
  {
    title: 'a Location that is edited',
    codes: ['front-location-changed'],
    edit: within('Header edit Location ^ http://127.0.0.1:9'),
  },
  {
    title: 'a page for the turned away that leads back',
    codes: ['front-redirect-loop'],
    config: siteConfig().replace('/-/turned-away', '/sign-in'),
    edit: snippet =>
      snippet.replace(
        '  ProxyPass /',
        '  ProxyPass /sign-in !\n  Redirect 302 /sign-in /home.jpg\n  ProxyPass /',
      ),
  },
  {
    title: 'cookies that are dropped',
    codes: ['front-drops-cookies'],
    edit: within('RequestHeader unset Cookie'),
  },
  {
    title: 'an ETag that is removed',
    codes: ['front-validators-lost'],
    edit: within('Header unset ETag'),
  },
  {
    title: 'photos that are compressed',
    codes: ['front-compresses', 'front-validators-lost'],
    edit: within('SetOutputFilter DEFLATE'),
  },
  {
    title: 'photos that are public for an hour',
    codes: ['front-cache-control', 'front-cache-control'],
    edit: within('Header set Cache-Control "public, max-age=3600"'),
  },
  {
    title: 'photos for pages of the same site only',
    codes: ['front-resource-policy'],
    edit: within(
      'Header always set Cross-Origin-Resource-Policy same-site\n  Header unset Cross-Origin-Resource-Policy',
    ),
  },
  {
    title: 'a gate that is not there',
    codes: ['front-bad-gateway'],
    edit: snippet => snippet.replace(/http:\/\/127.0.0.1:\d+\//, 'http://127.0.0.1:9/'),
  },
  {
    title: 'files in place of the gate',
    codes: ['front-not-the-gate'],
    edit: snippet => snippet.replace(/ {2}ProxyPass \//, '  ProxyPass /photos/'),
  },
]

t.test('Apache', t => diagnoseSites(t, 'apache', { sites }))

t.test('Apache with the snippet for IHS', t =>
  diagnoseSites(t, 'ihs', {
    sites: sites.filter(({ isAlone, entry }) => !isAlone && entry === undefined),
  }),
)
