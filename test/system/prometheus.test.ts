// A real Prometheus reads a real gate: what it counts is what the gate has logged, its alert rules evaluate without an
// error, and every expression of the dashboard finds something.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import { stringify } from 'yaml'
import { adminToken } from '../fixtures/admin.ts'
import type { ServingCli } from '../fixtures/cli.ts'
import { startServing } from '../fixtures/cli.ts'
import { ask, sendRaw } from '../fixtures/client.ts'
import { openConfigHome } from '../fixtures/config.ts'
import { jpegOf } from '../fixtures/images.ts'
import { writeKeys, writeSecret } from '../fixtures/key-files.ts'
import { buildIssuer } from '../fixtures/ltpa-issuer.ts'
import { findFreePort, findProgram, makeDirectory, startProgram } from '../fixtures/process.ts'
import { root } from '../fixtures/root.ts'
import { makeSelfSigned } from '../fixtures/self-signed.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const alerts = join(root, 'deploy/monitoring/photogate-alerts.yml')
const dashboard = join(root, 'deploy/monitoring/photogate-dashboard.json')
// There is neither without a schedule of imports.
const withoutData = ['photogate_import_photos']

const config = `listen: { host: 127.0.0.1, port: 0 }
admin: { port: 0, tokenFile: admin.token, tls: { cert: cert.pem, key: key.pem } }
ltpa: { keys: [{ file: ltpa.keys, passwordFile: ltpa.password, notAfter: "2099-01-01T00:00:00Z" }] }
links: { secrets: [link.secret] }
canaries: [trap@acme.example]
allow:
  - { name: office, from: 127.0.0.2 }
  - { name: verified, ltpa: verified }
  - { name: linked, link: signed }
  - { name: invited, pass: signed }
  - { name: meeting, cookie: Meeting, budget: { people: 3 }, alarm: { people: 4 } }
`

/** The gate as a process of its own, with all kinds of photos and secrets. */
async function startWatchedGate(t: Test) {
  const { cert, key } = makeSelfSigned()
  const home = openConfigHome(t, { 'cert.pem': cert })
  writeSecret(join(home.directory, 'key.pem'), key)
  writeSecret(join(home.directory, 'admin.token'), adminToken)
  writeSecret(
    join(home.directory, 'link.secret'),
    Buffer.from(
      '0123456789abcdef'
        .repeat(2)
        .split('')
        .map((c, at) => c.charCodeAt(0) + at),
    ).toString('base64'),
  )
  writeKeys(home.directory, 'ltpa', buildIssuer({ realm: 'acme' }))
  for (let at = 0; at < 8; at++) {
    const file = join(home.directory, 'photos', `p${at}@acme.example.jpg`)
    writeFileSync(file, jpegOf(`p${at}`))
  }
  writeFileSync(join(home.directory, 'photos', 'notes.txt'), 'no photo')
  mkdirSync(join(home.directory, 'photos', '.supply'))
  writeFileSync(join(home.directory, 'photos', '.supply', 'journal.jsonl'), '')
  writeFileSync(home.file, config)
  const gate = await startServing(t, ['--config', home.file])
  const served = gate.lines().find(({ msg }) => msg === 'the admin page is served')
  const [url = ''] = (served?.urls ?? []) as string[]
  return { gate, home, adminPort: Number(new URL(url).port) }
}

/** Requests of every kind. @returns how many */
async function sendTraffic({ port }: ServingCli): Promise<number> {
  const headers = [
    ...[{}, { cookie: 'Meeting=1' }, { cookie: 'LtpaToken2=AAAA' }],
    { cookie: '__Host-photogate-pass=x' },
  ]
  let sent = 0
  for (let at = 0; at < 9; at++) {
    for (const each of headers) {
      for (const from of ['127.0.0.1', '127.0.0.2']) {
        await ask(port, `/p${at}@acme.example.jpg`, {
          from,
          headers: each as Record<string, string>,
        })
        sent++
      }
    }
  }
  await ask(port, '/p1@acme.example.jpg?exp=1&sig=x')
  await ask(port, '/trap@acme.example.jpg', { headers: { cookie: 'Meeting=1' } })
  await sendRaw(port, 'not HTTP\r\n\r\n')
  return sent + 3
}

type Labelled = { readonly metric: Record<string, string>; readonly value: [number, string] }

function openQueries(port: number) {
  const get = async (path: string, parameters: Record<string, string> = {}) => {
    const query = new URLSearchParams(parameters).toString()
    const { body } = await ask(port, `/api/v1/${path}?${query}`)
    return JSON.parse(body.toString()) as { status: string; error?: string; data: never }
  }
  const instant = async (query: string) => {
    const { data } = (await get('query', { query })) as unknown as { data: { result: Labelled[] } }
    return data.result
  }
  return { get, instant }
}

async function startPrometheus(t: Test, adminPort: number, rules: string) {
  const program = findProgram(t, 'prometheus')
  if (program === undefined) return undefined
  const home = makeDirectory(t)
  writeSecret(join(home, 'token'), adminToken)
  const file = join(home, 'prometheus.yml')
  const settings = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [rules],
    scrape_configs: [
      {
        job_name: 'photogate',
        scheme: 'https',
        tls_config: { insecure_skip_verify: true },
        authorization: { credentials_file: join(home, 'token') },
        static_configs: [{ targets: [`127.0.0.1:${adminPort}`] }],
      },
    ],
  }
  writeFileSync(file, stringify(settings))
  const port = await findFreePort()
  const options = [`--storage.tsdb.path=${join(home, 'data')}`, '--log.level=warn']
  const command = [program, `--config.file=${file}`, `--web.listen-address=127.0.0.1:${port}`]
  await startProgram(t, [...command, ...options], { port })
  await waitUntil(async () => (await ask(port, '/-/ready')).status === 200, 30_000)
  return openQueries(port)
}

t.test('Prometheus reads the gate, its rules and its dashboard', async t => {
  const { gate, home, adminPort } = await startWatchedGate(t)
  const prometheus = await startPrometheus(t, adminPort, alerts)
  if (prometheus === undefined) return
  const { get, instant } = prometheus
  const isUp = async () => (await instant('up{job="photogate"} == 1')).length === 1
  await waitUntil(isUp, 30_000)
  // HTTP without TLS: a handshake that fails.
  await new Promise<void>(resolve => {
    const asking = request({ port: adminPort, host: '127.0.0.1', path: '/', agent: false })
    asking.on('response', response => response.resume().on('end', () => resolve()))
    asking.on('error', () => resolve())
    asking.end()
  })
  const sent = await sendTraffic(gate)
  const requests = () => gate.lines().filter(({ msg }) => msg === 'request')
  await waitUntil(() => requests().length >= sent)

  await t.test('the counts are those of the log, to the request', async t => {
    const expected = new Map<string, number>()
    for (const { rule, reason } of requests()) {
      const key = `${rule ?? '-'} ${reason}`
      expected.set(key, (expected.get(key) ?? 0) + 1)
    }
    const read = async () => {
      const result = await instant('photogate_requests_total > 0')
      return new Map(
        result.map(({ metric, value }) => [`${metric.rule} ${metric.reason}`, Number(value[1])]),
      )
    }
    const total = (counts: ReadonlyMap<string, number>) =>
      [...counts.values()].reduce((a, b) => a + b, 0)
    await waitUntil(async () => total(await read()) >= requests().length, 30_000)
    t.strictSame(new Map([...(await read())].toSorted()), new Map([...expected].toSorted()))
  })

  await t.test('a target that is up, in the format of OpenMetrics', async t => {
    const { data } = (await get('targets')) as unknown as {
      data: { activeTargets: { health: string; lastError: string }[] }
    }
    t.match(data.activeTargets, [{ health: 'up', lastError: '' }])
    // OpenMetrics names the family without _total.
    const { data: metadata } = (await get('metadata')) as unknown as {
      data: Record<string, { type: string }[]>
    }
    t.match(metadata.photogate_requests, [{ type: 'counter' }])
    t.match(metadata.photogate_request_duration_seconds, [{ type: 'histogram' }])
  })

  await t.test('a refused reload fires its alert', async t => {
    writeFileSync(home.file, 'allow: [')
    gate.child.kill('SIGHUP')
    const query = 'ALERTS{alertname="PhotogateReloadFailed"}'
    await waitUntil(async () => (await instant(query)).length === 1, 30_000)
    writeFileSync(home.file, config)
    gate.child.kill('SIGHUP')
    await waitUntil(async () => (await instant(query)).length === 0, 30_000)
    t.pass('and the restored configuration ends it')
  })

  await t.test('no alert rule has an error', async t => {
    const read = async () =>
      ((await get('rules')) as unknown as { data: { groups: { rules: RuleState[] }[] } }).data
        .groups[0]?.rules ?? []
    await waitUntil(async () => (await read()).every(({ health }) => health !== 'unknown'), 30_000)
    const rules = await read()
    t.ok(rules.length >= 20)
    for (const { name, health, lastError = '' } of rules) {
      t.equal(health, 'ok', `${name} ${lastError}`)
    }
  })

  const { panels, annotations } = JSON.parse(readFileSync(dashboard, 'utf8')) as Dashboard
  const expressions = panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ title, expr })),
  )
  t.ok(expressions.length >= 40)
  for (const { title, expr } of [
    ...expressions,
    ...annotations.list.map(({ name, expr }) => ({ title: name, expr })),
  ]) {
    await t.test(`dashboard: ${title}: ${expr}`, async t => {
      const query = expr
        .replaceAll('$job', '.*')
        .replaceAll('$instance', '.*')
        .replaceAll('$__rate_interval', '30s')
      t.notMatch(query, /\$/)
      const end = String(Date.now() / 1_000)
      const start = String(Date.now() / 1_000 - 30)
      const answer = await get('query_range', { query, start, end, step: '1' })
      t.equal(answer.status, 'success', answer.error ?? '')
      const { result } = answer.data as { result: unknown[] }
      if (withoutData.some(name => expr.includes(name)) || expr.startsWith('changes(')) return
      t.ok(result.length > 0, 'finds something')
    })
  }
})

interface RuleState {
  readonly name: string
  readonly health: string
  readonly lastError?: string
}

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets?: { expr: string }[] }[]
  readonly annotations: { readonly list: readonly { readonly name: string; expr: string }[] }
}

t.test('the metrics have nothing that promtool would change', async t => {
  const promtool = findProgram(t, 'promtool')
  if (promtool === undefined) return
  const { adminPort } = await startWatchedGate(t)
  const headers = { authorization: `Bearer ${adminToken}` }
  const { body } = await ask(adminPort, '/metrics', { headers, isTls: true })
  // Those of prom-client are not ours to name.
  const ours = body
    .toString()
    .split('\n')
    .filter(line => line === '' || /^(?:# \w+ )?photogate_/.test(line))
    .join('\n')
    .replace(/\n{2,}/g, '\n')
  const said = execFileSync(promtool, ['check', 'metrics'], { input: ours, encoding: 'utf8' })
  t.equal(said, '')
  t.match(execFileSync(promtool, ['check', 'rules', alerts], { encoding: 'utf8' }), 'SUCCESS')
})
