import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import t from 'tap'
import type { ConnectionsSettings } from '../../../../src/config/supply/settings.ts'
import { openConnections } from '../../../../src/supply/source/connections/connections.ts'
import { conditionsOf, versionOf } from '../../../../src/supply/source/connections/http-version.ts'
import type { RetryPolicy } from '../../../../src/supply/source/connections/retrying-http.ts'
import type { People } from '../../../../src/supply/source/people/people-file.ts'
import type { Fetched, Person, Source } from '../../../../src/supply/source/source.ts'
import { maxOriginalBytes } from '../../../../src/supply/source/source.ts'
import { makeCertificates } from '../../../fixtures/certificates.ts'
import type { StandIn, StandInOptions } from '../../../fixtures/connections.ts'
import { greyImage, startConnections, user } from '../../../fixtures/connections.ts'
import { jpegOf } from '../../../fixtures/images.ts'
import { makeDirectory } from '../../../fixtures/process.ts'
import { gather, refusalOf } from '../../../fixtures/source.ts'

const mailOf = (n: number) => `person-${n}@acme.example`
const photoOf = (n: number) => jpegOf(`photo ${n}`)
const photosOf = (count: number, keyOf = mailOf) =>
  new Map(Array.from({ length: count }, (_, n) => [keyOf(n), photoOf(n)]))

/** One more than there are photos. */
const peopleOf = (count: number): People => {
  const persons = Array.from({ length: count + 1 }, (_, n) => ({
    uid: `u${n}`,
    addresses: [mailOf(n), `alias-${n}@acme.example`],
    line: n + 2,
  }))
  return { persons, problems: [], find: uid => persons.find(person => person.uid === uid) }
}

const quickRetry: Partial<RetryPolicy> = {
  firstWaitMs: 20,
  maxWaitMs: 300,
  connectMs: 2_000,
  answerMs: 300,
}

interface Opening {
  readonly settings?: Partial<ConnectionsSettings>
  readonly people?: People
  readonly retryPolicy?: Partial<RetryPolicy>
  readonly password?: string
}

function openingOf(t: Test, url: string, opening: Opening) {
  const {
    settings,
    people = peopleOf(3),
    retryPolicy = quickRetry,
    password = 'geheim-Wörter 7',
  } = opening
  const home = t.testdir({ 'c.pw': `${password}\n` })
  const whole: ConnectionsSettings = {
    ...{ id: 'c', title: 'connections', kind: 'connections', url, peopleFile: '/x/people.csv' },
    ...{ user, passwordFile: join(home, 'c.pw'), signIn: 'basic', lookup: 'email' },
    ...{ greyImage: undefined, caFile: undefined, parallel: 4 },
    ...settings,
  }
  return openConnections(whole, people, retryPolicy)
}

async function open(t: Test, url: string, opening: Opening = {}): Promise<Source> {
  const source = await openingOf(t, url, opening)
  t.teardown(() => source.close())
  return source
}

const start = (t: Test, options: Partial<StandInOptions> = {}): Promise<StandIn> =>
  startConnections(t, { photos: photosOf(3), ...options })

const personOf = (key: string): Person => ({
  ...{ key, addresses: [mailOf(0)], photo: 'present', version: undefined },
})

async function fetchAll(source: Source): Promise<Fetched[]> {
  const { persons } = await gather(source)
  const got: Fetched[] = []
  let at = 0
  await Promise.all(
    Array.from({ length: source.parallel * 2 }, async () => {
      for (let n = at++; n < persons.length; n = at++) {
        got[n] = await source.fetch(persons[n] as Person, undefined)
      }
    }),
  )
  return got
}

t.test('a refused sign-in is reported with its reason and is not repeated', async t => {
  const rows: [string, Partial<StandInOptions>, Opening, RegExp, number][] = [
    ['by basic', {}, {}, /refuses user or password \(status 401\): check user \(reader\)/, 1],
    [
      'signIn: basic for a server with a form',
      { stranger: 'redirect' },
      {},
      /redirects.*has not accepted user or password.*signIn: form/,
      1,
    ],
    [
      'a page in place of a photo',
      { stranger: 'page' },
      {},
      /answers with a page.*signIn: form/,
      1,
    ],
    [
      'by form',
      { signIn: 'form' },
      { settings: { signIn: 'form' } },
      /does not admit reader by its form \(status 302\)/,
      1,
    ],
  ]
  for (const [title, options, opening, message, count] of rows) {
    await t.test(title, async t => {
      const server = await start(t, options)
      const refusal = await refusalOf(
        openingOf(t, server.url, { ...opening, password: 'WRONG-CANARY' }),
      )
      t.match(refusal, /^source: /)
      t.match(refusal, message)
      t.notMatch(refusal, /CANARY/)
      t.equal(server.seen.length, count)
    })
  }
  await t.test('an empty password file, and a grey image that is not there', async t => {
    const server = await start(t)
    t.match(
      await refusalOf(openingOf(t, server.url, { password: '' })),
      /^source: passwordFile is empty/,
    )
    const opening = { settings: { greyImage: '/nowhere' } }
    t.match(await refusalOf(openingOf(t, server.url, opening)), /^source: greyImage cannot be read/)
    t.equal(server.seen.length, 0)
  })
  await t.test('without the right to see photos', async t => {
    const server = await start(t)
    server.mishap = () => ({ status: 403 })
    t.match(
      await refusalOf(openingOf(t, server.url, {})),
      /does not let reader see photos \(status 403\)/,
    )
  })
  await t.test('a redirect to another server', async t => {
    const server = await start(t)
    server.mishap = () => ({
      status: 302,
      headers: { location: 'https://sso.acme.example/x?CANARY' },
    })
    const refusal = await refusalOf(openingOf(t, server.url, {}))
    t.match(refusal, /redirects to https:\/\/sso\.acme\.example \(status 302\)/)
    t.notMatch(refusal, /CANARY/)
  })
  await t.test('cookies for https only', async t => {
    const server = await start(t, { signIn: 'form', secureCookies: true })
    const opening = { settings: { signIn: 'form' } } as const
    t.match(
      await refusalOf(openingOf(t, server.url, opening)),
      /sets its cookies for https:\/\/ only/,
    )
  })
})

t.test('over https the certificate is checked', async t => {
  const tls = makeCertificates(t)
  const other = makeCertificates(t, 'DNS:other.acme.example')
  if (tls === undefined || other === undefined) return
  const server = await start(t, { tls })
  t.match(
    await refusalOf(openingOf(t, server.url, {})),
    /^source: .*certificate from an unknown authority/,
  )
  const wrong = { settings: { caFile: other.caFile } }
  t.match(await refusalOf(openingOf(t, server.url, wrong)), /is not in .*ca\.pem/)
  t.equal(server.seen.length, 0)
  const named = await start(t, { tls: other })
  t.match(
    await refusalOf(openingOf(t, named.url, wrong)),
    /certificate for other names \(DNS:other/,
  )
  t.equal(named.seen.length, 0)
  for (const url of [server.url, server.url.replace('localhost', '127.0.0.1')]) {
    const source = await open(t, url, { settings: { caFile: tls.caFile } })
    t.same((await fetchAll(source))[1], {
      ...{ kind: 'photo', bytes: photoOf(1) },
      version: ((await source.fetch(personOf(mailOf(1)), undefined)) as { version: string })
        .version,
    })
  }
})

t.test('a server that is not there, falls silent or goes away ends the run', async t => {
  t.match(
    await refusalOf(openingOf(t, 'http://127.0.0.1:1/profiles', {})),
    /^source: .*\(ECONNREFUSED\)/,
  )
  await t.test('silent', async t => {
    const server = await start(t)
    const source = await open(t, server.url)
    server.mishap = () => 'hang'
    const before = server.seen.length
    t.match(
      await refusalOf(source.fetch(personOf(mailOf(1)), undefined)),
      /^source: .*gives no answer in time/,
    )
    t.equal(server.seen.length - before, 4)
  })
  await t.test('a server that stops in the middle', async t => {
    const server = await start(t)
    const source = await open(t, server.url)
    await source.fetch(personOf(mailOf(1)), undefined)
    await server.stop()
    t.match(
      await refusalOf(source.fetch(personOf(mailOf(2)), undefined)),
      /^source: .*cannot be reached/,
    )
  })
  await t.test('all photos arrive although connections are dropped now and then', async t => {
    const server = await start(t, { photos: photosOf(40) })
    const source = await open(t, server.url, { people: peopleOf(40) })
    server.mishap = () => (server.seen.length % 5 === 0 ? 'drop' : undefined)
    t.equal((await fetchAll(source)).filter(({ kind }) => kind === 'photo').length, 40)
  })
  await t.test('a source that is closed while it waits', async t => {
    const server = await start(t)
    const source = await open(t, server.url, { retryPolicy: { ...quickRetry, maxWaitMs: 60_000 } })
    server.mishap = () => ({ status: 503, headers: { 'retry-after': '50' } })
    const refused = refusalOf(source.fetch(personOf(mailOf(1)), undefined))
    await delay(100)
    await source.close()
    t.match(await refused, /^source: /)
  })
})

t.test('an error about one person does not affect others', async t => {
  const server = await start(t)
  const source = await open(t, server.url)
  const large = Buffer.alloc(maxOriginalBytes + 1)
  const rows: [string, Exclude<ReturnType<StandIn['mishap']>, undefined>, RegExp][] = [
    ['forbidden', { status: 403 }, /^person: .*answers with status 403 for person-1@/],
    ['an error', { status: 500 }, /^person: .*status 500/],
    ['304 without a condition', { status: 304 }, /^person: .*status 304/],
    [
      'nothing',
      { status: 200, headers: { 'content-type': 'image/jpeg' } },
      /^person: .*answers with an empty body/,
    ],
    [
      'packed',
      { status: 200, headers: { 'content-encoding': 'gzip' }, body: photoOf(1) },
      /content-encoding gzip/,
    ],
    ['too large', { status: 200, body: large }, /^person: .*more than 20971520 bytes/],
  ]
  for (const [title, mishap, message] of rows) {
    server.mishap = () => mishap
    const retryPolicy = title === 'too large' ? { ...quickRetry, answerMs: 10_000 } : quickRetry
    const asking = title === 'too large' ? await openAsideOf(t, server, retryPolicy) : source
    t.match(await refusalOf(asking.fetch(personOf(mailOf(1)), undefined)), message, title)
    server.mishap = () => undefined
    t.equal((await asking.fetch(personOf(mailOf(1)), undefined)).kind, 'photo')
  }
})

async function openAsideOf(
  t: Test,
  server: StandIn,
  retryPolicy: Partial<RetryPolicy>,
): Promise<Source> {
  const { mishap } = server
  server.mishap = () => undefined
  const source = await open(t, server.url, { retryPolicy })
  server.mishap = mishap
  return source
}

t.test('the grey image is not a photo', async t => {
  for (const signIn of ['basic', 'form'] as const) {
    await t.test(`learnt, signed in by ${signIn}`, async t => {
      const server = await start(t, { signIn, stranger: signIn === 'form' ? 'redirect' : 'status' })
      const got = await fetchAll(await open(t, server.url, { settings: { signIn } }))
      t.same(
        got.map(({ kind }) => kind),
        ['photo', 'photo', 'photo', 'absent'],
      )
      for (const n of [0, 1, 2]) t.same((got[n] as { bytes: Buffer }).bytes, photoOf(n))
    })
  }
  await t.test('configured as a file', async t => {
    const server = await start(t, { grey: 'none' })
    const file = join(makeDirectory(t), 'grey.gif')
    writeFileSync(file, greyImage)
    const source = await open(t, server.url, { settings: { greyImage: file } })
    server.mishap = () => ({
      status: 200,
      headers: { 'content-type': 'image/gif' },
      body: greyImage,
    })
    t.same(await source.fetch(personOf(mailOf(1)), undefined), { kind: 'absent' })
  })
  await t.test('without a grey image, 404 and 410 mean no photo', async t => {
    const server = await start(t, { grey: 'none' })
    const source = await open(t, server.url)
    t.same(await source.fetch(personOf(mailOf(3)), undefined), { kind: 'absent' })
    server.mishap = () => ({ status: 410 })
    t.same(await source.fetch(personOf(mailOf(1)), undefined), { kind: 'absent' })
  })
})

t.test('only changed photos are sent again', async t => {
  const versionIn = (fetched: Fetched) => (fetched.kind === 'photo' ? fetched.version : undefined)
  await t.test('by ETag', async t => {
    const server = await start(t)
    const source = await open(t, server.url)
    const version = versionIn(await source.fetch(personOf(mailOf(1)), undefined))
    t.match(version, /^etag "[0-9a-f]{40}"$/)
    t.same(await source.fetch(personOf(mailOf(1)), version), { kind: 'unchanged' })
    t.match(await source.fetch(personOf(mailOf(2)), version), { bytes: photoOf(2) })
    server.photos.delete(mailOf(1))
    t.same(await source.fetch(personOf(mailOf(1)), version), { kind: 'absent' })
  })
  await t.test('by date, when the answer cannot be the grey image', async t => {
    const server = await start(t, { validators: 'date', grey: 'none' })
    const source = await open(t, server.url)
    const version = versionIn(await source.fetch(personOf(mailOf(1)), undefined))
    t.equal(version, 'date Sun, 01 Nov 2026 08:00:00 GMT')
    t.same(await source.fetch(personOf(mailOf(1)), version), { kind: 'unchanged' })
    server.photos.delete(mailOf(1))
    t.same(await source.fetch(personOf(mailOf(1)), version), { kind: 'absent' })
  })
  await t.test(
    'not by date, because an old grey image would look like an unchanged photo',
    async t => {
      const server = await start(t, { validators: 'date' })
      const source = await open(t, server.url)
      const version = versionIn(await source.fetch(personOf(mailOf(1)), undefined))
      t.equal((await source.fetch(personOf(mailOf(1)), version)).kind, 'photo')
      server.photos.delete(mailOf(1))
      t.same(await source.fetch(personOf(mailOf(1)), version), { kind: 'absent' })
    },
  )
  await t.test('not when the grey image was configured since', async t => {
    const server = await start(t, {})
    const version = versionIn(
      await (await open(t, server.url)).fetch(personOf(mailOf(1)), undefined),
    )
    const greyImage = join(makeDirectory(t), 'grey.jpg')
    writeFileSync(greyImage, photoOf(1))
    const source = await open(t, server.url, { settings: { greyImage } })
    t.same(await source.fetch(personOf(mailOf(1)), version), { kind: 'absent' })
    const other = versionIn(await source.fetch(personOf(mailOf(2)), undefined))
    t.same(await source.fetch(personOf(mailOf(2)), other), { kind: 'unchanged' })
  })
  await t.test('never with a text that is not such a version', async t => {
    const server = await start(t)
    const source = await open(t, server.url)
    for (const known of ['entryCSN=1', 'etag x"\r\nx: y"', 'date yesterday', 'etag ']) {
      t.equal((await source.fetch(personOf(mailOf(1)), known)).kind, 'photo', known)
    }
    t.same(conditionsOf('etag W/"a"'), { 'if-none-match': 'W/"a"' })
  })
  await t.test(
    'a date so recent that another change could have the same is not a version',
    async t => {
      const versionAt = (headers: Record<string, string>) =>
        versionOf({ status: 200, headers, body: Buffer.alloc(0) }, () => Date.UTC(2026, 10, 26, 12))
      const changed = 'Thu, 26 Nov 2026 11:00:00 GMT'
      t.equal(versionAt({ 'last-modified': changed }), `date ${changed}`)
      t.equal(
        versionAt({ 'last-modified': changed, date: 'Thu, 26 Nov 2026 11:00:04 GMT' }),
        undefined,
      )
      t.equal(versionAt({ 'last-modified': 'Thu, 26 Nov 2026 11:59:58 GMT' }), undefined)
      t.equal(versionAt({ 'last-modified': '2026-11-26' }), undefined)
      t.equal(versionAt({}), undefined)
    },
  )
})

t.test('the password is sent until there is a cookie, and again when that has expired', async t => {
  const server = await start(t, { photos: photosOf(40) })
  const source = await open(t, server.url, { people: peopleOf(40) })
  t.equal((await fetchAll(source)).length, 41)
  const withPassword = () =>
    server.seen.filter(({ headers }) => headers.authorization !== undefined).length
  t.equal(withPassword(), 1)
  server.expireCookies()
  t.equal((await fetchAll(source)).length, 41)
  t.ok(withPassword() > 1 && withPassword() < 10, `${withPassword()} of ${server.seen.length}`)
  t.ok(server.seen.every(({ headers }) => !/JSESSION|LtpaToken=/.test(headers.cookie ?? '')))

  await t.test('the password is always sent when the server sets no cookies', async t => {
    const server = await start(t, { givesCookies: false })
    await fetchAll(await open(t, server.url))
    t.ok(server.seen.every(({ headers }) => headers.authorization !== undefined))
  })
  await t.test('the form is sent once for all requests', async t => {
    for (const stranger of ['redirect', 'page', 'status'] as const) {
      const server = await start(t, { signIn: 'form', stranger, photos: photosOf(20) })
      const opening = { settings: { signIn: 'form' }, people: peopleOf(20) } as const
      const source = await open(t, server.url, opening)
      await fetchAll(source)
      t.equal(server.signIns(), 1)
      server.expireCookies()
      await fetchAll(source)
      t.equal(server.signIns(), 2, stranger)
      server.expireCookies()
      server.mishap = ({ method }) =>
        method === 'POST' ? { status: 302, headers: { location: '/' } } : undefined
      const refused = await Promise.all(
        [0, 1, 2].map(n => refusalOf(source.fetch(personOf(mailOf(n)), undefined))),
      )
      for (const refusal of refused)
        t.match(refusal, /^source: .*does not admit reader by its form/)
      t.equal(server.signIns(), 3)
    }
  })
})

t.test('at most the configured number of requests are sent at once, all HTTP/1.1', async t => {
  const server = await start(t, { photos: photosOf(60) })
  const source = await open(t, server.url, { people: peopleOf(60), settings: { parallel: 3 } })
  server.delayMs = 10
  t.equal(source.parallel, 3)
  t.equal((await fetchAll(source)).filter(({ kind }) => kind === 'photo').length, 60)
  t.equal(server.maxAtOnce, 3)
  t.same(new Set(server.seen.map(({ httpVersion }) => httpVersion)), new Set(['1.1']))
})

t.test('all requests wait while the server is busy', async t => {
  const server = await start(t, { photos: photosOf(40) })
  const source = await open(t, server.url, {
    people: peopleOf(40),
    retryPolicy: { ...quickRetry, maxWaitMs: 60_000 },
  })
  await t.test('for as long as it asks', async t => {
    let refusedAt = 0
    const from = server.seen.length
    server.mishap = ({ atMs }) => {
      if (server.seen.length < from + 10 || refusedAt > 0) return undefined
      refusedAt = atMs
      return { status: 503, headers: { 'retry-after': '1' } }
    }
    t.equal((await fetchAll(source)).length, 41)
    // Requests that were under way already may arrive.
    const gaps = server.seen.map(({ atMs }) => atMs - refusedAt).filter(ms => ms > 500)
    t.ok(Math.min(...gaps) >= 950, String(Math.min(...gaps)))
  })
  await t.test('until the date it names', async t => {
    let isFirst = true
    server.mishap = () => {
      const date = new Date(Date.now() + 2_000).toUTCString()
      const mishap = isFirst ? { status: 429, headers: { 'retry-after': date } } : undefined
      isFirst = false
      return mishap
    }
    const started = performance.now()
    t.equal((await source.fetch(personOf(mailOf(1)), undefined)).kind, 'photo')
    t.ok(performance.now() - started >= 900, 'waited')
  })
  await t.test('each wait is longer, and none is unreasonably long', async t => {
    const source = await open(t, server.url, { retryPolicy: { ...quickRetry, firstWaitMs: 60 } })
    const from = server.seen.length
    server.mishap = () => ({ status: 502 })
    t.match(
      await refusalOf(source.fetch(personOf(mailOf(1)), undefined)),
      /status 502, 4 times in a row/,
    )
    const times = server.seen.slice(from).map(({ atMs }) => atMs)
    const waits = times.slice(1).map((ms, at) => ms - (times[at] as number))
    t.equal(waits.length, 3)
    for (const [at, wait] of waits.entries()) {
      t.ok(wait >= 30 * 2 ** at - 2, `${wait}`)
    }
    server.mishap = () => ({ status: 503, headers: { 'retry-after': '3600' } })
    const started = performance.now()
    t.match(await refusalOf(source.fetch(personOf(mailOf(1)), undefined)), /status 503/)
    t.ok(performance.now() - started < 30_000, 'not the hour that the server names')
  })
})

t.test('an answer without a request is never taken for another person’s photo', async t => {
  const answerOf = (text: string) =>
    `HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: ${text.length}\r\n\r\n${text}`
  let asked = 0
  const server = createServer(socket => {
    socket.on('error', () => undefined)
    socket.on('data', () => {
      asked++
      socket.write(answerOf(`mine ${asked}`) + answerOf('stranger'))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => new Promise(resolve => server.close(resolve)))
  const { port } = server.address() as { port: number }
  const source = await open(t, `http://127.0.0.1:${port}/profiles`, { settings: { parallel: 1 } })
  for (let n = 0; n < 10; n++) {
    const fetched = await source.fetch(personOf(mailOf(n)), undefined)
    t.match(String((fetched as { bytes: Buffer }).bytes), /^mine /)
  }
  await source.close()
})

t.test('everybody in the people file is listed once, with the file’s problems', async t => {
  const server = await start(t, { photos: photosOf(3, n => `u${n}`) })
  const persons = [
    { uid: 'u0', addresses: [mailOf(0), 'alias@acme.example'], line: 2 },
    { uid: undefined, addresses: [mailOf(1)], line: 3 },
    { uid: 'u2', addresses: [mailOf(2)], line: 4 },
    { uid: 'u3', addresses: [mailOf(3)], line: 5 },
    { uid: 'U3', addresses: [mailOf(7)], line: 6 },
  ]
  const problems = [{ where: 'people.csv:9', reason: 'has no mail address' }]
  const people: People = { persons, problems, find: () => undefined }
  const source = await open(t, server.url, { people, settings: { lookup: 'uid' } })
  const { persons: listed, troubles } = await gather(source)
  const more = { photo: 'present', version: undefined } as const
  t.same(listed, [
    { key: 'u0', addresses: [mailOf(0), 'alias@acme.example'], ...more },
    { key: 'u2', addresses: [mailOf(2)], ...more },
  ])
  t.match(troubles[0], /^passwordFile: .*c\.pw can be read by everybody on this machine/)
  t.same(troubles.slice(1), [
    'people.csv:9: has no mail address',
    'people.csv:3: has no uid, which lookup: uid needs',
    'people.csv:6: has U3 again; only addresses that all of its lines have are taken',
  ])
  t.match(await source.fetch(listed[1] as Person, undefined), { bytes: photoOf(2) })
  t.match(server.seen.at(-1)?.target, /^\/profiles\/photo\.do\?uid=u2$/)

  await t.test(
    'two lines with one main address keep only the addresses that both have',
    async t => {
      const [main, one, two] = [mailOf(0), 'one@acme.example', 'two@acme.example']
      const rows = [
        { uid: 'a', addresses: [main, one], line: 2 },
        { uid: 'b', addresses: [main, two], line: 3 },
      ]
      for (const persons of [rows, rows.toReversed()]) {
        const people: People = { persons, problems: [], find: () => undefined }
        const listed = (await gather(await open(t, server.url, { people }))).persons
        t.same(listed, [{ key: main, addresses: [main], ...more }])
      }
    },
  )
  await t.test('every address is sent as it is', async t => {
    const key = "o'neil+x&uid=1@acme.example"
    const server = await start(t, { photos: new Map([[key, photoOf(1)]]) })
    const source = await open(t, server.url)
    t.match(await source.fetch(personOf(key), undefined), { bytes: photoOf(1) })
  })
})
