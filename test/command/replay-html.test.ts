// `photogate replay --html`: the report as one file, beside the text on standard output.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import t from 'tap'
import type { ReplayCommandOptions } from '../../src/command/replay.ts'
import { replay } from '../../src/command/replay.ts'
import { logLine } from '../fixtures/access-log.ts'
import { openConfigHome } from '../fixtures/config.ts'
import { captureOutput } from '../fixtures/output.ts'

const evil = '"><img src=x onerror=alert(1)>'
const home = openConfigHome(t, {
  'photogate.yaml': `networks: { offices: [10.0.0.0/8] }
allow:
  - { name: offices, from: offices }
  - { name: meeting, cookie: STPluginActivePage, budget: { people: 1, per: 1h } }
`,
})
const at = (name: string) => join(home.directory, name)

async function run(lines: readonly string[], options: Partial<ReplayCommandOptions> = {}) {
  const log = at(`${evil}.log`)
  writeFileSync(log, `${lines.join('\n')}\n`)
  const output = captureOutput()
  const streams = { output, input: Readable.from([]), terminal: undefined }
  const code = await replay({ config: home.file, logs: [log], ...options }, streams)
  return { code, printed: output.printed(), noted: output.noted() }
}

const lines = [
  logLine({ client: '10.0.0.1', agent: evil, cookie: null }),
  logLine({ client: '10.0.0.2', status: 302, cookie: null }),
  logLine({ client: '192.0.2.1', target: "/o'neil&co@acme.example.jpg", cookie: null }),
  logLine({ client: '192.0.2.2', virtualHost: '<img/src=x/onerror=alert(1)>:443', cookie: null }),
  ...['a', 'b', 'c'].map(name =>
    logLine({
      client: '192.0.2.9',
      target: `/${name}@acme.example.jpg`,
      cookie: 'STPluginActivePage=CANARY',
    }),
  ),
  logLine({ client: '10.0.0.1', virtualHost: 'a.acme.example:443', cookie: null }),
  logLine({ client: '10.0.0.1', virtualHost: 'b.acme.example:443', cookie: null }),
  evil,
]

t.test('a page that cannot be written is refused before a log is read', async t => {
  const { directory } = home
  await t.rejects(run(lines, { html: directory, logs: [at('gone.log')] }), {
    code: 'GATE_USAGE',
    message: /is a folder; name a file in it/,
  })
  await t.rejects(run(lines, { html: home.file }), { message: /is not a report of photogate/ })
})

t.test('with a problem in the configuration, no page is written', async t => {
  writeFileSync(at('bad.yaml'), 'allow: [{ name: open }]')
  const { code } = await run(lines, { config: at('bad.yaml'), html: at('bad.html') })
  t.equal(code, 78)
  t.throws(() => readFileSync(at('bad.html')), { code: 'ENOENT' })
})

t.test(
  'the page says what the text says, and standard output is the same with and without',
  async t => {
    const html = at('report.html')
    const plain = await run(lines)
    const { code, printed, noted } = await run(lines, { html })
    t.equal(code, 1)
    t.equal(printed, plain.printed)
    t.match(noted, /report\.html is written: [\d,]+ bytes/)
    const page = readFileSync(html, 'utf8')
    const [verdict = ''] = printed.split('\n')
    t.match(page, `<p class="lead">${verdict}</p>`)
    t.match(page, '<h2>Newly turned away, by network</h2>')
    t.match(page, '<th scope="row">192.0.2.0/24')
    t.match(page, '<h2>Newly turned away, by photo</h2>')
    t.match(page, '<th scope="row">o&#39;neil&amp;co@acme.example')
    t.match(page, '<h2 id="budgets">Budgets</h2>')
    t.match(page, '<li>192.0.2.9 (192.0.2.0/24): 3 people, 2 over budget</li>')
    t.match(page, 'To know about the numbers')
    t.match(page, '(a.acme.example, b.acme.example): --vhost selects one.')
    t.notMatch(page, /<img|CANARY/, 'no picture, and no cookie')
    t.match(page, '&quot;&gt;&lt;img src=x onerror=alert(1)&gt;.log')
  },
)

t.test('a log that cannot be read to its end is on the page, too', async t => {
  const html = at('cut.html')
  const { code } = await run(lines, { html, logs: [at(`${evil}.log`), at(`${evil}.gone`)] })
  t.equal(code, 70)
  const page = readFileSync(html, 'utf8')
  t.match(page, 'Logs that could not be read to their ends')
  t.match(page, /&lt;img src=x onerror=alert\(1\)&gt;\.gone is not there/)
})

t.test('JSON is printed beside a page as without', async t => {
  const { printed } = await run(lines, { html: at('json.html'), json: true })
  t.equal(JSON.parse(printed).totals.all.requests, 8)
})
