// Random blocks in a real Apache, and their conversions: the gate may turn away a client that Apache admits, and then
// says so, but never the other way round.

import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import { loadConfig } from '../../src/config/load.ts'
import { formatConfig } from '../../src/convert/config-text.ts'
import type { Conversion } from '../../src/convert/conversion.ts'
import { convertHost } from '../../src/convert/conversion.ts'
import { findVirtualHosts } from '../../src/convert/host-list.ts'
import { readHttpdConfig } from '../../src/convert/httpd/config.ts'
import type { VirtualHost } from '../../src/convert/virtual-host.ts'
import { readCookies } from '../../src/evidence/cookies.ts'
import { parseNetworkAddress } from '../../src/policy/network-address.ts'
import type { Policy } from '../../src/policy/policy.ts'
import type { FindFault } from '../fixtures/apache.ts'
import { startOldApache } from '../fixtures/apache.ts'
import { ask } from '../fixtures/client.ts'
import { ruleFor } from '../fixtures/decision.ts'
import { randomBlocks } from '../fixtures/httpd-blocks.ts'
import { randomOrdinary } from '../fixtures/httpd-ordinary.ts'
import { randomMain, randomSurroundings } from '../fixtures/httpd-surroundings.ts'
import { jpegOf } from '../fixtures/images.ts'
import { makeDirectory } from '../fixtures/process.ts'
import { fc } from '../fixtures/property.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const clients = ['127.1.0.3', '127.1.2.3', '127.2.0.3', '127.2.9.4', '127.3.1.9', '127.12.2.5']
const cookies = [
  '',
  'Sso=1',
  'sso=abc',
  'x=y; Sso=abc',
  'Tok=12345; Sso=2',
  'xSso=1',
  'Sso=',
  'T=1',
]
const photos = ['joe@acme.example', 'ceo@acme.example', 'a!b@x.pl']
/** Servers, and hosts in each. All 3,000 blocks: RANDOM_BLOCKS=50x60. */
const [serverCount = 2, hostCount = 30] = (process.env.RANDOM_BLOCKS ?? '8x25')
  .split('x')
  .map(Number)
const modules = [
  'macro',
  'vhost_alias',
  'allowmethods',
  'headers',
  'expires',
  'setenvif',
  'substitute',
  'filter',
  'authn_core',
]

interface Sent {
  readonly from: string
  readonly cookie: string
  readonly photo: string
}

function admits(policy: Policy, { from, cookie, photo }: Sent): boolean {
  const sent = readCookies(cookie === '' ? undefined : cookie, policy).cookies
  const evidence = { client: parseNetworkAddress(from), cookies: sent, photo }
  return ruleFor(policy, evidence) !== undefined
}

function* requests(): Generator<Sent> {
  for (const photo of photos) {
    for (const from of clients) for (const cookie of cookies) yield { from, cookie, photo }
  }
}

/** Hosts that Apache starts with, one text for all of them. */
function startable(head: string, hosts: readonly string[], findFault: FindFault): string[] {
  let left = hosts
  for (;;) {
    const text = head + left.join('')
    const line = findFault(text)
    if (line === undefined) return [...left]
    // The host with that line. The line of a macro or an include is elsewhere, and then each host is tried alone.
    let seen = head.split('\n').length - 1
    const at = left.findIndex(host => {
      seen += host.split('\n').length - 1
      return line > head.split('\n').length - 1 && line <= seen
    })
    left =
      at < 0
        ? left.filter(host => findFault(head + host) === undefined)
        : left.filter((_, index) => index !== at)
  }
}

const included = {
  office: 'Require ip 127.1\n',
  denied: 'Require all denied\n',
  rewrite: 'RewriteEngine On\nRewriteCond %{REMOTE_ADDR} !^127\\.2\nRewriteRule ^ - [F]\n',
  gone: '<Files "*">\nRequire ip 127.2\n</Files>\n',
}

t.setTimeout(3_600_000)

t.test('the conversions of random blocks admit nobody whom Apache turns away', async t => {
  // The same seed in every run, so that a failure means that something changed. RANDOM_SEED=… draws other blocks.
  const seed = Number(process.env.RANDOM_SEED ?? 4_711)
  t.comment(`seed ${seed}`)
  const counts = { servers: 0, blocks: 0, same: 0, stricter: 0, admitted: 0, open: 0 }
  for (let server = 0; server < serverCount; server++) {
    await t.test(`server ${server}`, async t => {
      const wrong = await compareServer(t, seed + server * 1_000, counts)
      t.strictSame(wrong.slice(0, 3), [])
    })
  }
  t.comment(JSON.stringify(counts))
  t.ok(counts.same > counts.blocks * 20)
  // All servers ran, where Apache is installed.
  t.ok(counts.servers === serverCount || counts.servers === 0, `${counts.servers} servers`)
  t.ok(counts.open * 4 >= counts.blocks, 'one block in four is carried over at least')
})

type Counts = Record<'servers' | 'blocks' | 'same' | 'stricter' | 'admitted' | 'open', number>

/** Every difference, with the text of its host. */
async function compareServer(t: Test, seed: number, counts: Counts): Promise<string[]> {
  const home = makeDirectory(t)
  const source = join(home, 'photos')
  mkdirSync(source)
  for (const photo of photos) writeFileSync(join(source, `${photo}.jpg`), jpegOf(photo))
  const folders = { other: join(home, 'other'), includes: join(home, 'conf') }
  cpSync(source, folders.other, { recursive: true })
  for (const each of [home, source, folders.other]) chmodSync(each, 0o755)
  mkdirSync(folders.includes)
  for (const [name, text] of Object.entries(included)) {
    writeFileSync(join(folders.includes, `${name}.conf`), text)
  }
  let main = ''
  const apache = await startOldApache(
    t,
    source,
    (port, directory, findFault) => {
      const all = { ...folders, photos: directory }
      const grant = `<Directory "${folders.other}">\nRequire all granted\n</Directory>\n`
      const texts = fc.sample(randomMain(all), { seed, numRuns: 20 })
      main = `${grant}${texts.find(text => findFault(`${grant}${text}\n`) === undefined) ?? ''}\n`
      const block = fc.oneof(randomBlocks(directory), randomSurroundings(all), {
        weight: 2,
        arbitrary: randomOrdinary(all),
      })
      const hosts = fc
        .sample(block, { seed, numRuns: hostCount })
        .map(
          (text, at) =>
            `<VirtualHost *:${port}>\nServerName h${at}\nDocumentRoot "${directory}"\n${text}\n</VirtualHost>\n`,
        )
      return main + startable(main, hosts, findFault).join('')
    },
    { modules },
  )
  if (apache === undefined) return []
  // A file that the machine that converts does not have.
  rmSync(join(folders.includes, 'gone.conf'))
  const config = readHttpdConfig(apache.file)
  const agent = new Agent({ keepAlive: true })
  t.teardown(() => agent.destroy())
  // A connection to a port without a listener may connect to itself.
  const answers = () => ask(apache.port, '/', { agent }).then(Boolean, () => false)
  await waitUntil(answers, 10_000)
  counts.servers++
  const wrong: string[] = []
  const text = readFileSync(apache.file, 'utf8')
  for (const host of findVirtualHosts(config.directives)) {
    if (host.section === undefined) continue
    const conversion = convertHost({ host, config: config.directives, remarks: [] })
    const file = join(home, 'photogate.yaml')
    writeFileSync(file, formatConfig(conversion))
    const { settings, problems } = loadConfig({ env: {}, file })
    t.strictSame(problems, [])
    if (settings === undefined) continue
    counts.blocks++
    if (conversion.rules.length > 0) counts.open++
    const found = await compareHost(host, conversion, {
      policy: settings.policy,
      agent,
      port: apache.port,
      counts,
    })
    const block = text
      .split('<VirtualHost')
      .find(each => each.includes(`ServerName ${host.names[0]}\n`))
    if (found !== undefined)
      wrong.push(
        `${found}\n${main}<VirtualHost${block}\n${conversion.leftovers.map(({ line, message }) => `${line} ${message}`).join('\n')}`,
      )
  }
  return wrong
}

interface Comparison {
  readonly policy: Policy
  readonly agent: Agent
  readonly port: number
  readonly counts: Counts
}

/** The first request that is wrong. */
async function compareHost(
  { names }: VirtualHost,
  { leftovers, accidents }: Conversion,
  { policy, agent, port, counts }: Comparison,
): Promise<string | undefined> {
  // The gate is wider where the report says so: it compares cookie names and values without case and at any place.
  const isWider = leftovers.some(({ message }) => /ignores the case/.test(message))
  const isSaid = leftovers.length + accidents.length > 0
  const host = names[0] ?? ''
  let wrong: string | undefined
  for (const sent of requests()) {
    const { from, cookie, photo } = sent
    const headers = { host, ...(cookie === '' ? {} : { cookie }) }
    const { status } = await ask(port, `/${photo}.jpg`, { from, headers, agent })
    const [old, now] = [status === 200, admits(policy, sent)]
    if (now) counts.admitted++
    if (old === now) counts.same++
    else if (!now) {
      counts.stricter++
      if (!isSaid)
        wrong ??= `${host}: ${from} with ${cookie} for ${photo} is turned away, and nothing says so`
    } else if (!isWider)
      wrong ??= `${host}: ${from} with ${cookie} for ${photo} is admitted, Apache says ${status}`
  }
  return wrong
}
