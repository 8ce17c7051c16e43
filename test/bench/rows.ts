// The measured rows: the configuration that each needs, and the answers that servers must give.
import { createHash } from 'node:crypto'
import { generateNetworks, postNetworks } from './networks.ts'
import type { ServerName, Setting } from './server.ts'
import { issueTokens } from './tokens.ts'

export interface Row {
  readonly name: string
  /** Consecutive rows of one stage are measured in turns. No other server runs beside theirs. */
  readonly stage: string
  readonly title: string
  readonly setting: Setting
  readonly servers: readonly ServerName[]
  /** How many gates take turns where gates are compared with each other, because no two processes cost exactly the same. */
  readonly gateCopies?: number
  /** Cookies and other headers that do not depend on the photo. */
  readonly headers: Record<string, string>
  /** Replace the cookie in the headers: one after the other, request by request. */
  readonly tokens?: () => readonly string[]
  /** How many people share the connections. Default: every connection carries everybody's requests, as those of a front do. */
  readonly people?: number
  /** Requests carry the ETag with which this server sends the photo. */
  readonly hasEtag: boolean
  readonly status: 200 | 302 | 304
}

const cache = '256MiB'
export const post: Setting = { name: 'post', networks: postNetworks, cache }
/** As `post`, but for tokens that are verified. */
export const verifying: Setting = { ...post, name: 'verified', isVerifying: true }
/** As `post`, but over TLS. */
export const overTls: Setting = { ...post, name: 'tls', isTls: true }
/** As `post`, but each client has a budget of distinct people. */
const budget = 'budget: { people: 10000 }'
const budgeted: Setting = { ...post, name: 'budgeted', counting: budget }
/** The same, and all clients together have an alarm. */
const alarmed: Setting = {
  ...post,
  name: 'alarmed',
  counting: `${budget}, alarm: { people: 100000 }`,
}
/** The same, and the ledger is in Redis. */
export const shared: Setting = { ...alarmed, name: 'shared', redisPort: 0 }
const cold: Setting = { name: 'cold', networks: postNetworks, cache: '1B' }
const many = (count: number): Setting => ({
  name: `networks-${count}`,
  networks: generateNetworks(count),
  cache,
})

// What a browser sends for an <img>.
export const browser = {
  host: 'photos.acme.example',
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  accept: 'image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5',
  'accept-encoding': 'gzip, deflate',
  'accept-language': 'en-GB,en;q=0.5',
  referer: 'https://meet.acme.example/stmeetings/room.jsp',
}

// As long as a token. The block and these rules ask only whether there is a cookie.
const token = ['a', 'b', 'c', 'd']
  .map(text => createHash('sha512').update(text).digest('base64'))
  .join('')
/** The cookies of a browser that is signed in. */
export const cookieOf = (token: string) =>
  `JSESSIONID=0000Yl3mS0ySTGuUoXnXSNFSbAx:19k2v7n3c; LtpaToken2=${token}`
const signedIn = { ...browser, cookie: cookieOf(token) }

const everybody: readonly ServerName[] = ['gate', 'apache', 'nginx', 'caddy']
const photo = {
  stage: 'post',
  headers: signedIn,
  hasEtag: false,
  status: 200,
  servers: everybody,
} as const
// Rows that are compared send the same tokens: of people with connections of their own, or, through a
// front, of many who each ask for a handful of photos over any of its connections.
const withTokens = (count: number) => {
  let tokens: readonly string[] | undefined
  return {
    ...photo,
    servers: ['gate'] as const,
    gateCopies: 3,
    tokens: () => {
      tokens ??= issueTokens(count)
      return tokens
    },
  }
}
const people = 8
const direct = { ...withTokens(people), people, stage: 'tokens' }
const throughFront = { ...withTokens(400), stage: 'tokens-front' }
const network = { ...photo, stage: 'networks', headers: browser, gateCopies: 3 }

export const rows: readonly Row[] = [
  {
    ...photo,
    name: 'photo',
    title: 'photo, by cookie',
    setting: post,
    // The floors beside the gate: the ratios are close, and what is close in time is compared best.
    servers: ['gate', 'floor', 'floor-bursts', 'apache', 'nginx', 'caddy'],
  },
  { ...photo, name: '304', title: 'not modified', setting: post, hasEtag: true, status: 304 },
  {
    ...network,
    stage: 'post',
    name: 'away',
    title: 'turned away',
    gateCopies: 1,
    setting: post,
    status: 302,
  },
  {
    ...photo,
    ...{ stage: 'tls', servers: ['gate'], gateCopies: 3 },
    name: 'http',
    title: 'photo, by cookie, beside TLS',
    setting: post,
  },
  {
    ...photo,
    ...{ stage: 'tls', servers: ['gate', 'apache', 'nginx'], gateCopies: 3 },
    name: 'tls',
    title: 'photo, by cookie, over TLS',
    setting: overTls,
  },
  { ...direct, name: 'presence', title: 'photo, token looked for', setting: post },
  { ...direct, name: 'verified', title: 'photo, token verified', setting: verifying },
  {
    ...throughFront,
    name: 'presence-front',
    title: 'photo, token looked for, shared connections',
    setting: post,
  },
  {
    ...throughFront,
    name: 'verified-front',
    title: 'photo, token verified, shared connections',
    setting: verifying,
  },
  {
    ...photo,
    ...{ stage: 'budget', servers: ['gate'], gateCopies: 3 },
    name: 'no-budget',
    title: 'photo, by cookie, without a budget',
    setting: post,
  },
  {
    ...photo,
    ...{ stage: 'budget', servers: ['gate'], gateCopies: 3 },
    name: 'budget',
    title: 'photo, by cookie, with a budget',
    setting: budgeted,
  },
  {
    ...photo,
    ...{ stage: 'budget', servers: ['gate'], gateCopies: 3 },
    name: 'alarm',
    title: 'photo, by cookie, with a budget and an alarm',
    setting: alarmed,
  },
  {
    ...photo,
    ...{ stage: 'budget', servers: ['gate'], gateCopies: 3 },
    name: 'redis',
    title: 'photo, by cookie, with both in Redis',
    setting: shared,
  },
  { ...photo, stage: 'cold', name: 'cold', title: 'photo, gate without cache', setting: cold },
  { ...network, name: 'networks-10', title: 'photo, last of 10 networks', setting: many(10) },
  {
    ...network,
    name: 'networks-1000',
    title: 'photo, last of 1,000 networks',
    setting: many(1_000),
  },
  {
    ...network,
    name: 'networks-100000',
    title: 'photo, last of 100,000 networks',
    setting: many(100_000),
    // Apache would try 100,000 regexes one after the other.
    servers: ['gate', 'nginx', 'caddy'],
  },
]
