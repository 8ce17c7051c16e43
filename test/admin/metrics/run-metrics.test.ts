// Metrics of imports, certificates and keys, read from what the running program tells.
import t from 'tap'
import { metrics } from '../../../src/admin/metrics/exposition.ts'
import type { MetricSource } from '../../../src/admin/metrics/metric.ts'
import { buildRunHistory } from '../../../src/server/run-history.ts'

const certificate = (file: string, expiresMs: number) => ({ file, expiresMs })
const keys = (keyId: string, notAfterMs?: number) => ({
  ...{ keys: { keyId }, realms: ['acme', 'other'] },
  ...(notAfterMs === undefined ? {} : { notAfterMs }),
})

function openSource() {
  const run = buildRunHistory(() => 50_000)
  const listen = [
    { socket: '/run/gate.sock', mode: 0 },
    {
      host: 'a',
      port: 1,
      tls: { certificates: [certificate('a.pem', 9_000), certificate('a.pem', 5_000)] },
    },
  ]
  const ltpa = { keySets: [keys('old', 7_000), keys('new')] }
  const source = {
    sources: {
      imports: run.facts.imports,
      live: { current: { settings: { listen, ltpa } } },
    },
    access: { settings: { tls: { certificates: [certificate('admin.pem', 6_000)] } } },
  } as unknown as MetricSource
  const read = (name: string) => metrics.find(metric => metric.name === name)?.read(source)
  return { run, read }
}

t.test('each certificate has its end: of a file with several, the first one', async t => {
  const { read } = openSource()
  t.strictSame(read('photogate_certificate_expiry_timestamp_seconds'), [
    { labels: { listener: 'listen[1]', file: 'a.pem' }, value: 5 },
    { labels: { listener: 'admin', file: 'admin.pem' }, value: 6 },
  ])
})

t.test('keys without an end go on for ever', async t => {
  const { read } = openSource()
  t.strictSame(read('photogate_ltpa_key_expiry_timestamp_seconds'), [
    { labels: { key: 'old', realms: 'acme other' }, value: 7 },
    { labels: { key: 'new', realms: 'acme other' }, value: Infinity },
  ])
})

t.test('before the first import there is nothing to tell; then the last one is told', async t => {
  const { run, read } = openSource()
  for (const name of [
    'end_timestamp_seconds',
    'duration_seconds',
    'photos',
    'next_timestamp_seconds',
  ])
    t.strictSame(read(`photogate_import_${name}`), [], name)
  t.strictSame(read('photogate_import_running'), [{ value: 0 }])
  run.noteImportStart()
  t.strictSame(read('photogate_import_running'), [{ value: 1 }])
  const end = (endedMs: number, result: 'fine' | 'failed', added: number) =>
    run.noteImportEnd({ startedMs: endedMs - 500, endedMs, result, counters: { added } })
  end(1_000, 'fine', 3)
  end(2_000, 'failed', 0)
  end(3_000, 'fine', 4)
  run.noteSchedule(() => new Date(90_000))
  t.strictSame(read('photogate_import_end_timestamp_seconds'), [
    { labels: { result: 'fine' }, value: 3 },
    { labels: { result: 'failed' }, value: 2 },
  ])
  t.strictSame(read('photogate_import_duration_seconds'), [{ value: 0.5 }])
  t.strictSame(read('photogate_import_photos'), [{ labels: { outcome: 'added' }, value: 4 }])
  t.strictSame(read('photogate_import_next_timestamp_seconds'), [{ value: 90 }])
  t.match(read('photogate_imports_total'), [{ labels: { result: 'fine' }, value: 2 }])
})
