// The gate behind fronts that cache everything they can: no client that is turned away gets a photo, and no
// admitted client gets a cached redirect.
import { createHash } from 'node:crypto'
import t from 'tap'
import type { Answer, AskOptions } from '../fixtures/client.ts'
import { ask } from '../fixtures/client.ts'
import type { FrontOptions, StartFront } from '../fixtures/fronts.ts'
import { loadModule, startApache, startIhs, startNginx } from '../fixtures/fronts.ts'
import { startGate } from '../fixtures/gate.ts'
import { jpegOf } from '../fixtures/images.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const config = `
proxies: [127.0.0.1]
allow:
  - { name: office, from: [127.0.0.9] }
  - { name: signed-in, cookie: LtpaToken2 }
otherwise: { redirect: "https://www.acme.example/sign-in" }
`
// Larger than caches keep in one piece.
const photos = {
  'joe@acme.example.jpg': jpegOf('joe', 20_000),
  'ann@acme.example.jpg': jpegOf('ann'),
}
const cookie = { cookie: 'LtpaToken2=x' }

type Around = NonNullable<FrontOptions['around']>

const apacheCache: Around = home =>
  [
    ...['cache', 'cache_disk'].map(loadModule),
    `CacheRoot ${home}/cache`,
    'CacheEnable disk /',
  ].join('\n')
// Every directive with which mod_cache keeps answers that it must not keep.
const hostileApacheCache: Around = home =>
  [
    apacheCache(home),
    'CacheIgnoreCacheControl On',
    'CacheStorePrivate On',
    'CacheStoreNoStore On',
    'CacheIgnoreNoLastMod On',
    'CacheIgnoreQueryString On',
    'CacheDefaultExpire 3600',
  ].join('\n')
const lateApacheCache: Around = home => `${hostileApacheCache(home)}\nCacheQuickHandler Off`

const nginxCache: Around = home =>
  `proxy_cache_path ${home}/cache levels=1:2 keys_zone=photos:1m;
proxy_cache photos;
proxy_cache_key $uri;
proxy_cache_valid any 10m;`
const hostileNginxCache: Around = home =>
  `${nginxCache(home)}
proxy_ignore_headers Cache-Control Expires Vary Set-Cookie X-Accel-Expires;`

const withoutCacheDisable = (snippet: string) => snippet.replace(/^ *CacheDisable .*\n/m, '')
const withoutCacheOff = (snippet: string) => snippet.replace(/^ *proxy_cache off;\n/m, '')

interface Row {
  readonly start: StartFront
  readonly around: Around
  readonly edit?: (snippet: string) => string
}

const safe: Record<string, Row> = {
  'Apache with mod_cache': { start: startApache, around: apacheCache },
  'Apache with a mod_cache that ignores Cache-Control': {
    start: startApache,
    around: hostileApacheCache,
  },
  'the same, late in the request': { start: startApache, around: lateApacheCache },
  'the same, with the snippet for IHS': { start: startIhs, around: hostileApacheCache },
  'nginx with proxy_cache': { start: startNginx, around: nginxCache },
  'nginx with a proxy_cache that ignores Cache-Control': {
    start: startNginx,
    around: hostileNginxCache,
  },
  // The second protection: the gate's own headers are enough for a cache that obeys them.
  'Apache with mod_cache, without CacheDisable': {
    ...{ start: startApache, around: apacheCache },
    edit: withoutCacheDisable,
  },
  'nginx with proxy_cache, without proxy_cache off': {
    ...{ start: startNginx, around: nginxCache },
    edit: withoutCacheOff,
  },
}

/** Requests for one photo that caches treat differently. */
const ways: Record<string, AskOptions & { query?: string }> = {
  GET: {},
  HEAD: { method: 'HEAD' },
  'a query string': { query: '?lastMod=1' },
  'a range': { headers: { range: 'bytes=0-9' } },
  'If-None-Match: *': { headers: { 'if-none-match': '*' } },
  'If-Modified-Since': {
    headers: { 'if-modified-since': new Date(Date.now() + 3_600_000).toUTCString() },
  },
  'no-cache': { headers: { 'cache-control': 'no-cache' } },
  'only-if-cached': { headers: { 'cache-control': 'only-if-cached' } },
}

/** The clients, in turns: by address and by cookie, so that one address is sometimes admitted and sometimes not. */
const askers: { isAdmitted: boolean; options: AskOptions }[] = [
  { isAdmitted: false, options: { from: '127.0.0.5' } },
  { isAdmitted: true, options: { from: '127.0.0.9' } },
  { isAdmitted: false, options: { from: '127.0.0.5' } },
  { isAdmitted: true, options: { from: '127.0.0.5', headers: cookie } },
  { isAdmitted: false, options: { from: '127.0.0.5' } },
]

for (const [title, { start, around, edit }] of Object.entries(safe)) {
  t.test(title, async t => {
    const gate = await startGate(t, { config, photos })
    const front = await start(t, { gate, config, around, edit })
    if (front === undefined) return
    // A client that is turned away asks first for one photo, and an admitted client for the other.
    for (const [name, order] of [
      ['joe', askers],
      ['ann', askers.slice(1)],
    ] as const) {
      for (const [way, options] of Object.entries(ways)) {
        // A working cache that has nothing must answer 504 itself, to every client.
        if (edit !== undefined && way === 'only-if-cached') continue
        await t.test(`${name}: ${way}`, async t => {
          for (let round = 0; round < 3; round++) {
            for (const { isAdmitted, options: who } of order) {
              const headers = { ...options.headers, ...who.headers }
              const path = `/${name}@acme.example.jpg${options.query ?? ''}`
              const answer = await ask(front.port, path, { ...options, ...who, headers })
              const seen = summaryOf(answer)
              // A working cache may ask for the whole photo when the client asks for a part.
              const as = edit !== undefined && seen.status === 200 ? 'GET' : way
              const photo = photos[`${name}@acme.example.jpg`]
              t.strictSame(
                seen,
                isAdmitted ? photoAnswered(photo, way === 'HEAD' ? way : as) : turnedAway,
              )
            }
          }
        })
      }
    }
  })
}

// The parts of an answer that must be right, as one value, because a test of a thousand requests must be quick.
function summaryOf({ status, headers, body }: Answer) {
  const { location, etag, 'last-modified': modified, 'cache-control': control } = headers
  const hasValidators = etag !== undefined || modified !== undefined
  return { status, location, control, hasValidators, body: digestOf(body) }
}

function digestOf(body: Buffer): string {
  return `${body.length} bytes, SHA-256 ${createHash('sha256').update(body).digest('hex')}`
}

const nothing = digestOf(Buffer.alloc(0))
const turnedAway = {
  status: 302,
  location: 'https://www.acme.example/sign-in',
  control: 'no-store',
  hasValidators: false,
  body: nothing,
}

function photoAnswered(photo: Buffer, way: string) {
  const shared = { location: undefined, control: 'private, max-age=300', hasValidators: true }
  if (way.startsWith('If-')) return { ...shared, status: 304, body: nothing }
  if (way === 'a range') {
    return { ...shared, status: 206, body: digestOf(photo.subarray(0, 10)) }
  }
  return { ...shared, status: 200, body: way === 'HEAD' ? nothing : digestOf(photo) }
}

// The effect of the lines in the snippets, and proof that these tests would see a leak.
const leaky: Record<string, Row> = {
  Apache: { start: startApache, around: hostileApacheCache, edit: withoutCacheDisable },
  nginx: { start: startNginx, around: hostileNginxCache, edit: withoutCacheOff },
}

for (const [name, { start, around, edit }] of Object.entries(leaky)) {
  t.test(
    `a cache of ${name} that ignores Cache-Control would leak without the snippet's line`,
    async t => {
      const gate = await startGate(t, { config, photos })
      const front = await start(t, { gate, config, around, edit })
      if (front === undefined) return
      const path = '/joe@acme.example.jpg'
      t.equal((await ask(front.port, path, { from: '127.0.0.9' })).status, 200)
      // An answer is cached only after it has been sent.
      let leaked: Answer | undefined
      await waitUntil(async () => {
        leaked = await ask(front.port, path, { from: '127.0.0.5' })
        return leaked.status === 200
      })
      t.same(leaked?.body, photos['joe@acme.example.jpg'])
    },
  )
}
