// A client that has spent its budget cannot tell a photo from a name without one: not by a byte, and not by the time.
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Test } from 'tap'
import t from 'tap'
import { sendRaw } from '../fixtures/client.ts'
import type { GateFixture } from '../fixtures/gate.ts'
import { startGate } from '../fixtures/gate.ts'
import { jpegOf } from '../fixtures/images.ts'
import { seededBelow } from '../fixtures/random.ts'

const configOf = (missing: string) => `photos: { missing: ${missing} }
allow: [{ name: meeting, from: 127.0.0.0/8, budget: { people: 1 } }]
otherwise: { status: 403 }
`
const count = 300
const names = (stem: string) =>
  Array.from({ length: count }, (_, at) => `${stem}${at}@acme.example`)
const faces = names('face')
const nobodies = names('none')
const photos = Object.fromEntries(
  ['first@acme.example', ...faces].map(address => [`${address}.jpg`, jpegOf(address, 20_000)]),
)
const guest = '127.0.0.1'

const headOf = (name: string, lines: readonly string[] = [], method = 'GET') =>
  `${[`${method} /${name}.jpg HTTP/1.1`, 'Host: photos.acme.example', ...lines].join('\r\n')}\r\n\r\n`

async function startSpentGate(t: Test, missing: string): Promise<GateFixture> {
  const gate = await startGate(t, { config: configOf(missing), photos })
  const answer = await gate.ask('/first@acme.example.jpg', { from: guest })
  t.equal(answer.status, 200)
  return gate
}

for (const missing of ['not-found', 'placeholder']) {
  t.test(`each byte of the answer is the same: ${missing}`, async t => {
    const gate = await startSpentGate(t, missing)
    const [face = ''] = faces
    const [nobody = ''] = nobodies
    const { headers } = await gate.ask(`/${face}.jpg`, { from: '127.0.0.9' })
    const placeholder = await gate.ask(`/${nobody}.jpg`, { from: '127.0.0.10' })
    const date = `${headers['last-modified']}`
    const etags = [`${headers.etag}`, `W/${headers.etag}`, `"x", ${headers.etag}`, '*', '""', 'x']
    if (missing === 'placeholder') etags.push(`${placeholder.headers.etag}`)
    const ranges = ['bytes=0-1', 'bytes=-1', 'bytes=19000-', 'bytes=99999-', 'bytes=5-1', 'x']
    const dates = [date, 'Thu, 01 Jan 1970 00:00:00 GMT', new Date().toUTCString(), 'never']
    const conditions = [
      [],
      ...etags.flatMap(etag => [[`If-None-Match: ${etag}`], [`If-Match: ${etag}`]]),
      ...dates.flatMap(each => [[`If-Modified-Since: ${each}`], [`If-Unmodified-Since: ${each}`]]),
      ...ranges.map(range => [`Range: ${range}`]),
      ...[...etags, ...dates].map(each => ['Range: bytes=0-1', `If-Range: ${each}`]),
      [`If-None-Match: ${headers.etag}`, `If-Modified-Since: ${date}`, 'Range: bytes=0-1'],
    ]
    for (const method of ['GET', 'HEAD']) {
      for (const lines of conditions) {
        const ask = async (name: string, from: string) => {
          const bytes = headOf(name, [...lines, 'Connection: close'], method)
          const answer = await sendRaw(gate.port, bytes, { from, idleMs: 10_000 })
          return answer.replace(/\r\nDate: [^\r]*/, '')
        }
        const title = `${method} ${lines.join(', ')}`
        const known = await ask(face, guest)
        t.match(known, /^HTTP\/1\.1 (200|206|304|404|412|416) /, title)
        t.equal(await ask(nobody, guest), known, title)
        t.equal(await ask(nobody, '127.0.0.77'), known, `${title}: with a budget that is not spent`)
      }
    }
    const reasons = gate.requests().map(({ reason }) => reason)
    t.equal(reasons.filter(reason => reason === 'over-budget').length, 4 * conditions.length)
  })
}

// Not a stopwatch: no time is compared with a number. Each round asks for a face, for nobody and for another face, in
// random order. The two faces say how much equal requests differ in the same run; half of their median difference is the
// margin. If both kinds take equally long, neither is the slower one by the margin in more than half of the rounds, and
// how far beyond half chance may lead follows from the binomial distribution alone, however loaded the machine is.
const rounds = 2_000
// Standard deviations: by chance once in 100,000 series, and then the series is taken again.
const maxDeviation = 4.5
const series = 3
const warmUp = 200
const below = seededBelow(t)

const variants: readonly (readonly [missing: string, method: string, line?: string])[] = [
  ['not-found', 'GET'],
  ['not-found', 'HEAD'],
  ['not-found', 'GET', 'If-None-Match: ETAG'],
  ['not-found', 'GET', 'Range: bytes=0-1'],
  ['placeholder', 'GET', 'If-None-Match: ETAG'],
]

for (const [missing, method, line] of variants) {
  t.test(`the answer takes as long: ${missing}, ${method} ${line ?? ''}`, async t => {
    const gate = await startSpentGate(t, missing)
    // Half of the faces are in memory, because other clients have seen them.
    for (const [at, face] of faces.slice(0, count / 2).entries())
      await gate.ask(`/${face}.jpg`, { from: `127.0.1.${at + 1}` })
    const { etag } = (await gate.ask(`/${faces[0]}.jpg`, { from: '127.0.2.1' })).headers
    const lines = line === undefined ? [] : [line.replace('ETAG', `${etag}`)]
    const clock = await openClock(t, gate.port, name => headOf(name, lines, method))
    let deviation = Infinity
    for (let left = series; left > 0 && deviation > maxDeviation; left--) {
      deviation = await measure(t, clock, { rounds, plantedMicros: 0 })
    }
    t.ok(deviation <= maxDeviation, `${deviation} in each of ${series} series`)
  })
}

t.test('the comparison finds a face that takes 100 µs longer', async t => {
  const gate = await startSpentGate(t, 'not-found')
  const clock = await openClock(t, gate.port, name => headOf(name))
  const deviation = await measure(t, clock, { rounds: 300, plantedMicros: 100 })
  t.ok(deviation > maxDeviation, `${deviation}`)
})

/** Milliseconds until the whole answer is there. */
type Clock = (name: string, plantedMicros: number) => Promise<number>

const orders = [
  ['face', 'other', 'nobody'],
  ['face', 'nobody', 'other'],
  ['other', 'face', 'nobody'],
  ['other', 'nobody', 'face'],
  ['nobody', 'face', 'other'],
  ['nobody', 'other', 'face'],
] as const

/** By how many standard deviations too often one kind is the slower one by more than the margin. */
async function measure(
  t: Test,
  clock: Clock,
  { rounds, plantedMicros }: { readonly rounds: number; readonly plantedMicros: number },
): Promise<number> {
  const samples: Record<'face' | 'other' | 'nobody', number[]> = { face: [], other: [], nobody: [] }
  for (let round = -warmUp; round < rounds; round++) {
    for (const kind of orders[below(orders.length)] as (typeof orders)[0]) {
      const name = (kind === 'nobody' ? nobodies : faces)[below(count)] as string
      const took = await clock(name, kind === 'nobody' ? 0 : plantedMicros)
      if (round >= 0) samples[kind].push(took)
    }
  }
  const { face, other, nobody } = samples
  const noise = differencesOf(face, other).map(Math.abs)
  const margin = quantile(noise, 0.5) / 2
  const differences = differencesOf(face, nobody)
  const medians = [face, nobody, other].map(each => (1_000 * quantile(each, 0.5)).toFixed(1))
  t.comment(`medians ${medians.join(', ')} µs, margin ${(1_000 * margin).toFixed(1)} µs`)
  const slower = differences.filter(difference => difference > margin).length
  const faster = differences.filter(difference => difference < -margin).length
  return (Math.max(slower, faster) - rounds / 2) / Math.sqrt(rounds / 4)
}

const differencesOf = (some: readonly number[], others: readonly number[]) =>
  some.map((took, at) => took - (others[at] as number))

const quantile = (numbers: readonly number[], share: number) =>
  numbers.toSorted((a, b) => a - b)[Math.floor(share * numbers.length)] as number

async function openClock(t: Test, port: number, build: (name: string) => string): Promise<Clock> {
  // All answers to one kind of request are equally long.
  const first = await sendRaw(port, build(nobodies[0] as string), { from: guest, idleMs: 1_000 })
  const socket = connect({ host: '127.0.0.1', port, localAddress: guest, noDelay: true })
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  let received = 0
  let onWhole = () => {}
  socket.on('data', chunk => {
    received += chunk.length
    if (received === first.length) onWhole()
  })
  const clock: Clock = async (name, plantedMicros) => {
    received = 0
    const whole = new Promise<void>(resolve => {
      onWhole = resolve
    })
    const bytes = build(name)
    const start = performance.now()
    socket.write(bytes)
    while (performance.now() - start < plantedMicros / 1_000);
    await whole
    return performance.now() - start
  }
  return clock
}
