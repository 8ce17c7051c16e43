// Each alert rule fires when it should, stays silent for a healthy gate, and stays silent just below its bound. promtool
// evaluates the rules over made-up series.
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse, stringify } from 'yaml'
import { metrics } from '../../src/admin/metrics/exposition.ts'
import { findProgram, makeDirectory } from '../fixtures/process.ts'
import { root } from '../fixtures/root.ts'

const rules = join(root, 'deploy/monitoring/photogate-alerts.yml')
const { groups } = parse(readFileSync(rules, 'utf8')) as {
  groups: { rules: { alert: string; expr: string; annotations: Record<string, string> }[] }[]
}
const all = groups.flatMap(group => group.rules)
const names = all.map(({ alert }) => alert)

const place = 'job="photogate",instance="a:8090"'
const day = 86_400
const requests = (rule: string, reason: string) =>
  `photogate_requests_total{${place},rule="${rule}",reason="${reason}"}`
const end = (result: string) =>
  `photogate_import_end_timestamp_seconds{${place},result="${result}"}`
const bucket = (le: string) =>
  `photogate_request_duration_seconds_bucket{${place},outcome="admitted",le="${le}"}`
const always = (value: number) => `${value}x240`
const growing = (perMinute: number) => `0+${perMinute}x240`
// One of these a minute into the last hour.
const once = '0x230 1x10'

/** Series of a gate that is well, by name; each value is one a minute, for four hours. */
const healthy: Record<string, string> = {
  [`up{${place}}`]: always(1),
  [`photogate_ready{${place}}`]: always(1),
  [requests('office', 'found')]: growing(600),
  [requests('office', 'error')]: always(0),
  [requests('turned-away', 'front-unproven')]: always(0),
  [requests('turned-away', 'client-header-missing')]: always(0),
  [requests('turned-away', 'no-rule')]: growing(50),
  [bucket('0.1')]: growing(599),
  [bucket('0.25')]: growing(600),
  [bucket('0.5')]: growing(600),
  [bucket('+Inf')]: growing(600),
  [`nodejs_eventloop_lag_p99_seconds{${place}}`]: always(0.02),
  [`photogate_tokens_total{${place},result="verified"}`]: growing(300),
  [`photogate_tokens_total{${place},result="expired"}`]: growing(20),
  [`photogate_certificate_expiry_timestamp_seconds{${place},listener="admin",file="cert.pem"}`]:
    always(15 * day + 4 * 3_600),
  [`photogate_ltpa_key_expiry_timestamp_seconds{${place},key="a",realms="acme"}`]: always(day),
  [`photogate_ltpa_key_expiry_timestamp_seconds{${place},key="b",realms="acme"}`]: '+Inf+0x240',
  [end('failed')]: always(1_000),
  [end('fine')]: always(2_000),
  [`photogate_import_photos{${place},outcome="errors"}`]: always(0),
  [`photogate_import_journal_timestamp_seconds{${place}}`]: always(0),
  [`photogate_import_next_timestamp_seconds{${place}}`]: always(day),
  [`photogate_photos{${place}}`]: '1000x100 600x140',
  [`photogate_budget_alarms_total{${place},rule="meeting"}`]: always(3),
  [`photogate_canary_requests_total{${place},rule="meeting"}`]: always(3),
  [`photogate_ledger_up{${place},ledger="redis"}`]: always(1),
  [`photogate_config_last_reload_successful{${place}}`]: always(1),
  [`photogate_tls_handshakes_failed_total{${place},reason="no-shared-version"}`]: growing(1),
  [`photogate_admin_tokens_total{${place},result="wrong"}`]: '0x238 5x2',
}

/** What is otherwise when the alert fires. */
const sick: Record<string, Record<string, string>> = {
  PhotogateDown: { [`up{${place}}`]: '1x230 0x10' },
  PhotogateNotReady: { [`photogate_ready{${place}}`]: '1x230 0x10' },
  PhotogateErrors: { [requests('office', 'error')]: '0x235 1x5' },
  PhotogateSlow: { [bucket('0.1')]: growing(500), [bucket('0.25')]: growing(500) },
  PhotogateEventLoopSlow: { [`nodejs_eventloop_lag_p99_seconds{${place}}`]: always(0.4) },
  PhotogateFrontUnproven: { [requests('turned-away', 'front-unproven')]: '0x235 2x5' },
  PhotogateClientsUnknown: { [requests('turned-away', 'client-header-missing')]: growing(20) },
  PhotogateTokensRefused: {
    [`photogate_tokens_total{${place},result="verified"}`]: always(1_000),
    [`photogate_tokens_total{${place},result="not-authentic"}`]: growing(300),
  },
  PhotogateCertificateEnds: {
    [`photogate_certificate_expiry_timestamp_seconds{${place},listener="admin",file="cert.pem"}`]:
      always(13 * day),
  },
  PhotogateKeysEnd: {
    [`photogate_ltpa_key_expiry_timestamp_seconds{${place},key="b",realms="acme"}`]: always(
      9 * day,
    ),
  },
  PhotogateImportFailed: { [end('failed')]: '1000x120 3000x120' },
  PhotogateImportErrors: { [`photogate_import_photos{${place},outcome="errors"}`]: always(2) },
  PhotogateImportOld: {
    [`photogate_import_journal_timestamp_seconds{${place}}`]: always(-3 * day),
  },
  PhotogatePhotosGone: { [`photogate_photos{${place}}`]: '1000x220 400x20' },
  PhotogateAlarm: { [`photogate_budget_alarms_total{${place},rule="meeting"}`]: once },
  PhotogateCanary: { [`photogate_canary_requests_total{${place},rule="meeting"}`]: once },
  PhotogateLedgerDown: { [`photogate_ledger_up{${place},ledger="redis"}`]: '1x230 0x10' },
  PhotogateReloadFailed: { [`photogate_config_last_reload_successful{${place}}`]: '1x230 0x10' },
  PhotogateHandshakesFail: {
    [`photogate_tls_handshakes_failed_total{${place},reason="no-shared-version"}`]: growing(3),
  },
  PhotogateAdminTokenGuessed: {
    [`photogate_admin_tokens_total{${place},result="wrong"}`]: '0x238 12x2',
  },
}

t.test('every alert has a case, a summary and what to do', async t => {
  t.strictSame(Object.keys(sick).toSorted(), names.toSorted())
  for (const { alert, annotations } of all) {
    t.match(annotations.summary, /\.$/, alert)
    t.match(annotations.action, /\.$/, alert)
  }
})

t.test('alerts and dashboard name only metrics that there are', async t => {
  const known = new Set(
    metrics.flatMap(({ name, type }) =>
      type === 'histogram' ? ['_bucket', '_sum', '_count'].map(end => name + end) : [name],
    ),
  )
  for (const file of ['photogate-alerts.yml', 'photogate-dashboard.json']) {
    const text = readFileSync(join(root, 'deploy/monitoring', file), 'utf8')
    for (const [name] of text.matchAll(/\bphotogate_\w+/g))
      t.ok(known.has(name), `${file}: ${name}`)
  }
})

t.test('the page lists the alerts', async t => {
  const page = readFileSync(join(root, 'deploy/docs/metrics.md'), 'utf8')
  const listed = [...page.matchAll(/^\| `(Photogate\w+)` \|/gm)].map(([, name]) => name)
  t.strictSame(listed, names)
})

for (const [alert, changes] of [['none', {}] as const, ...Object.entries(sick)]) {
  t.test(alert === 'none' ? 'a healthy gate fires no alert' : `${alert} fires alone`, async t => {
    const promtool = findProgram(t, 'promtool')
    if (promtool === undefined) return
    const file = join(makeDirectory(t), 'case.yml')
    const series = Object.entries({ ...healthy, ...changes })
    const firing = 'count by (alertname) (ALERTS{alertstate="firing"})'
    const samples = alert === 'none' ? [] : [{ labels: `{alertname="${alert}"}`, value: 1 }]
    const test = {
      interval: '1m',
      input_series: series.map(([name, values]) => ({ series: name, values })),
      promql_expr_test: [{ expr: firing, eval_time: '239m', exp_samples: samples }],
    }
    writeFileSync(
      file,
      stringify({ rule_files: [rules], evaluation_interval: '1m', tests: [test] }),
    )
    const { status, stdout, stderr } = spawnSync(promtool, ['test', 'rules', file], {
      encoding: 'utf8',
    })
    t.equal(status, 0, `${stdout}${stderr}`)
  })
}
