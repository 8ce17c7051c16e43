// What /metrics says of a gate that serves: the same as its log, to the request.
import { mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import { reasons } from '../../../src/admin/metrics/ended-requests.ts'
import { metrics } from '../../../src/admin/metrics/exposition.ts'
import { formatMetrics } from '../../../src/admin/metrics/reference.ts'
import { startAdminGate } from '../../fixtures/admin.ts'
import { ask, sendRaw } from '../../fixtures/client.ts'
import { readExposition } from '../../fixtures/exposition.ts'
import { jpegOf } from '../../fixtures/images.ts'
import { seededBelow } from '../../fixtures/random.ts'
import { root } from '../../fixtures/root.ts'
import { waitUntil } from '../../fixtures/wait-until.ts'

const rules = `allow:
  - { name: office, from: 127.0.0.2 }
  - { name: meeting, cookie: Meeting, photos: ["*@acme.example"], budget: { people: 3 }, alarm: { people: 4 } }
  - { name: unmet, cookie: Nobody }
canaries: [trap@acme.example]`
const photos = Object.fromEntries(
  Array.from({ length: 8 }, (_, at) => [`p${at}@acme.example.jpg`, jpegOf(`p${at}`)]),
)
const openMetrics = { accept: 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5' }

type AdminGate = Awaited<ReturnType<typeof startAdminGate>>
const read = async ({ askAdmin }: AdminGate, headers: Record<string, string> = {}) =>
  readExposition((await askAdmin('/metrics', { headers })).body.toString())

t.test('without the token there are no metrics', async t => {
  const gate = await startAdminGate(t, rules)
  t.equal((await ask(gate.adminPort, '/metrics')).status, 401)
  t.equal((await ask(gate.port, '/metrics')).status, 302, 'never on the port of the photos')
})

t.test('every request is counted once, under the rule and reason of its log line', async t => {
  const gate = await startAdminGate(t, rules, { photos })
  const below = seededBelow(t)
  const pick = <Item>(items: readonly Item[]) => items[below(items.length)] as Item
  const paths = [
    ...Array.from({ length: 9 }, (_, at) => `/p${at}@acme.example.jpg`),
    ...['/trap@acme.example.jpg', '/no-address', '/%', '/-/healthz', '/-/readyz', '/'],
  ]
  const cookies = [undefined, 'Meeting=1', `Meeting=${'x'.repeat(9_000)}`]
  const send = async () => {
    const cookie = pick(cookies)
    await ask(gate.port, pick(paths), {
      method: pick(['GET', 'GET', 'GET', 'HEAD', 'POST']),
      from: pick(['127.0.0.1', '127.0.0.2', '127.0.0.3']),
      headers: {
        ...(cookie === undefined ? {} : { cookie }),
        ...(pick([true, false]) ? { 'if-none-match': '*' } : {}),
      },
    })
  }
  for (let round = 0; round < 12; round++) {
    await Promise.all(Array.from({ length: 25 }, send))
    await sendRaw(gate.port, 'not HTTP at all\r\n\r\n')
    await sendRaw(gate.port, 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n')
  }
  const sent = 12 * 27
  await waitUntil(() => gate.requests().length === sent)
  const series = await read(gate)
  const expected = new Map<string, number>()
  for (const { rule, reason } of gate.requests()) {
    const key = `photogate_requests_total{rule="${rule ?? '-'}",reason="${reason}"}`
    expected.set(key, (expected.get(key) ?? 0) + 1)
  }
  const counted = [...series.values].filter(([key]) => key.startsWith('photogate_requests_total'))
  const seen = counted.filter(([, value]) => value > 0)
  t.strictSame(new Map(seen.toSorted()), new Map([...expected].toSorted()))
  const zero = 'photogate_requests_total{rule="unmet",reason="found"}'
  t.equal(series.values.get(zero), 0, 'there from the first scrape on')
  t.ok(expected.size > 10, 'and there were many kinds')

  const total = (key: string) => gate.requests().reduce((sum, line) => sum + Number(line[key]), 0)
  t.equal(series.value('photogate_response_body_bytes_total'), total('bytes'))
  const counts = Object.values(series.by('photogate_request_duration_seconds_count', 'outcome'))
  t.equal(
    counts.reduce((a, b) => a + b),
    sent,
  )
  const sums = Object.values(series.by('photogate_request_duration_seconds_sum', 'outcome'))
  t.ok(Math.abs(sums.reduce((a, b) => a + b) - total('milliseconds') / 1_000) < 0.001)
  const alarms = gate.lines().filter(({ msg }) => String(msg).includes('than its alarm allows'))
  t.equal(series.value('photogate_budget_alarms_total', { rule: 'meeting' }), alarms.length)
  t.ok((series.value('photogate_canary_requests_total', { rule: 'meeting' }) ?? 0) > 0)
})

t.test('no client makes a series: neither address nor path nor cookie is a label', async t => {
  const gate = await startAdminGate(t, rules, { photos })
  await Promise.all(['/p0@acme.example.jpg', '/x'].map(path => ask(gate.port, path)))
  await waitUntil(() => gate.requests().length === 2)
  const before = (await read(gate)).values.size
  for (let at = 0; at < 100; at++) {
    await ask(gate.port, `/"}${at}%0Aphotogate_evil%201@acme.example.jpg`, {
      ...{ from: `127.0.1.${at}`, method: 'GET' },
      headers: { 'user-agent': `a"}${at}`, cookie: `Other${at}=1`, via: `x${at}` },
    })
  }
  await waitUntil(() => gate.requests().length === 102)
  const { values } = await read(gate)
  t.equal(values.size, before)
  t.equal(
    [...values.keys()].some(key => /evil|127\.0\.1|acme/.test(key)),
    false,
  )
})

t.test('both formats say the same, however often each is asked for', async t => {
  const gate = await startAdminGate(t, rules, { photos })
  for (let at = 0; at < 2; at++) {
    const plain = await gate.askAdmin('/metrics')
    t.equal(plain.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
    t.match(plain.body.toString(), '# TYPE photogate_requests_total counter\n')
    const open = await gate.askAdmin('/metrics', { headers: openMetrics })
    const type = 'application/openmetrics-text; version=1.0.0; charset=utf-8'
    t.equal(open.headers['content-type'], type)
    t.match(open.body.toString(), '# TYPE photogate_requests counter\n')
    t.match(open.body.toString(), /\n# EOF\n$/)
    const ours = (text: string) =>
      [...readExposition(text).values.keys()].filter(key => key.startsWith('photogate_')).toSorted()
    t.strictSame(ours(open.body.toString()), ours(plain.body.toString()))
  }
  const refused = { accept: 'application/openmetrics-text;q=0, text/plain' }
  const { headers } = await gate.askAdmin('/metrics', { headers: refused })
  t.match(headers['content-type'], 'text/plain')
})

t.test('the process is watched: CPU, memory and the lag of the event loop', async t => {
  const gate = await startAdminGate(t, rules)
  const series = await read(gate)
  for (const name of [
    ...['process_cpu_seconds_total', 'process_resident_memory_bytes', 'process_open_fds'],
    ...['nodejs_eventloop_lag_p99_seconds', 'nodejs_heap_size_used_bytes'],
  ]) {
    t.ok((series.value(name) ?? 0) > 0, name)
  }
})

t.test('photos, the cache and what is not served are counted, by the reason', async t => {
  const gate = await startAdminGate(t, rules, {
    photos: {
      ...photos,
      'large@acme.example.jpg': jpegOf('large', 5_400_000),
      'empty@acme.example.jpg': Buffer.alloc(0),
      'text@acme.example.jpg': Buffer.from('no picture'),
      'cut@acme.example.jpg': jpegOf('cut', 2_000).subarray(0, 1_500),
      'p0@acme.example(1).jpg': jpegOf('copy'),
      'notes.txt': Buffer.from('x'),
      'nobody.jpg': jpegOf('nobody'),
      'p1@acme.example.png': jpegOf('p1'),
    },
  })
  symlinkSync('p0@acme.example.jpg', join(gate.directory, 'link@acme.example.jpg'))
  const asked = ['p2', 'p2', 'p2', 'empty', 'text', 'cut']
  await waitUntil(async () => {
    for (const name of asked)
      await ask(gate.port, `/${name}@acme.example.jpg`, { from: '127.0.0.2' })
    const { by } = await read(gate)
    return by('photogate_photos_unserved', 'reason')['symbolic-link'] === 1 && cutIsKnown(by)
  })
  const series = await read(gate)
  const unserved = series.by('photogate_photos_unserved', 'reason')
  t.match(unserved, {
    ...{ 'too-large': 1, 'symbolic-link': 1, empty: 1, 'not-an-image': 1, incomplete: 1 },
    ...{ copy: 1, 'wrong-ending': 1, 'not-an-address': 1, outranked: 1, other: 0 },
  })
  t.equal(series.value('photogate_cache_photos'), 1)
  t.ok((series.value('photogate_cache_bytes') ?? 0) > 1_024)
  t.equal(series.value('photogate_cache_max_bytes'), 256 * 1024 * 1024)
  t.ok((series.value('photogate_cache_hits_total') ?? 0) >= 2)
  t.ok((series.value('photogate_cache_misses_total') ?? 0) >= 4)
  const scanned = series.value('photogate_photos_scan_timestamp_seconds') ?? 0
  t.ok(Math.abs(scanned - Date.now() / 1_000) < 90)
})

// A file that is only seconds old may still be written to.
const cutIsKnown = (by: (name: string, label: string) => Record<string, number>) =>
  by('photogate_photos_unserved', 'reason').incomplete === 1

t.test('another cache size goes on with the counts', async t => {
  const gate = await startAdminGate(t, rules, { photos })
  const admitted = { from: '127.0.0.2' }
  for (let at = 0; at < 3; at++) await ask(gate.port, '/p1@acme.example.jpg', admitted)
  const before = await read(gate)
  await gate.server.apply(
    gate.load(`admin: { port: 0, tokenFile: admin.token }\nphotos: { cache: 1MiB }\n${rules}`),
  )
  const after = await read(gate)
  t.equal(after.value('photogate_cache_max_bytes'), 1_048_576)
  for (const name of ['photogate_cache_hits_total', 'photogate_cache_misses_total']) {
    t.equal(after.value(name), before.value(name), name)
  }
})

t.test('the journal of an import tells its age, whoever has started it', async t => {
  const gate = await startAdminGate(t, rules)
  t.equal((await read(gate)).value('photogate_import_journal_timestamp_seconds'), undefined)
  mkdirSync(join(gate.directory, '.supply'))
  writeFileSync(join(gate.directory, '.supply', 'journal.jsonl'), '')
  utimesSync(join(gate.directory, '.supply', 'journal.jsonl'), 1_700_000_000, 1_700_000_000)
  t.equal((await read(gate)).value('photogate_import_journal_timestamp_seconds'), 1_700_000_000)
})

t.test('scrapes at the same time are all answered', async t => {
  const gate = await startAdminGate(t, rules)
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, at) =>
      gate.askAdmin('/metrics', { headers: at % 2 === 0 ? openMetrics : {} }),
    ),
  )
  for (const { status, body } of answers) {
    t.equal(status, 200)
    t.match(body.toString(), 'photogate_build_info')
  }
})

t.test('names follow the conventions, and the page lists them all', async t => {
  checkNames(t)
  const page = readFileSync(join(root, 'deploy/docs/metrics.md'), 'utf8')
  const [, table = ''] = /(\| metric \| type [\s\S]*?\|)\n\n/.exec(page) ?? []
  t.equal(table, formatMetrics(metrics), 'write the table again')
  t.equal(new Set(reasons).size, reasons.length)
})

function checkNames(t: Test): void {
  for (const { name, type, help, labels = {} } of metrics) {
    t.match(name, /^photogate_[a-z_]+$/)
    t.equal(name.endsWith('_total'), type === 'counter', `${name}: ${type}`)
    if (type === 'histogram') t.match(name, /_(?:seconds|bytes)$/)
    t.notMatch(help, /\.$/, `${name}: the reference ends the sentence`)
    for (const label of Object.keys(labels)) t.match(label, /^[a-z]+$/)
  }
}
