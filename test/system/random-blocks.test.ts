// Random blocks in a real Apache, and what convert makes of them: it may turn away whom Apache admits, and
// says so, but never the other way round.
import { readFileSync, writeFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { loadConfig } from '../../src/config/load.ts'
import { loadCookieParser, readCookies } from '../../src/gate/cookies.ts'
import { convertHost } from '../../src/ihs/conversion.ts'
import { formatConfig } from '../../src/ihs/conversion-config.ts'
import { findVirtualHosts } from '../../src/ihs/host-list.ts'
import { parseHttpdConfig } from '../../src/ihs/httpd-config.ts'
import { parseNetworkAddress } from '../../src/policy/network-address.ts'
import type { Policy } from '../../src/policy/policy.ts'
import { decide } from '../../src/policy/policy.ts'
import { startOldApache } from '../fixtures/apache.ts'
import { ask } from '../fixtures/client.ts'
import { randomBlocks } from '../fixtures/httpd-blocks.ts'
import { jpegOf } from '../fixtures/images.ts'

const clients = [
  '127.1.0.3',
  '127.1.2.3',
  '127.2.0.3',
  '127.2.9.4',
  '127.3.1.9',
  '127.12.2.5',
  '127.200.3.4',
]
const cookies = [
  '',
  'Sso=1',
  'sso=abc',
  'Sso=abc; x=y',
  'x=y; Sso=abc',
  'Tok=abc',
  'Tok=12345; Sso=2',
  'x=y; Tok=a',
  'xSso=1',
  'Sso=',
  'T=1',
]
const blockCount = 60
const parseCookie = await loadCookieParser()

function admits(policy: Policy, client: string, cookie: string): boolean {
  const sent = readCookies(cookie === '' ? undefined : cookie, policy, parseCookie)
  const evidence = { client: parseNetworkAddress(client), cookies: sent, photo: 'joe@acme.example' }
  return decide(policy, evidence) !== undefined
}

t.test('what convert makes of random blocks admits nobody whom Apache turns away', async t => {
  const home = t.testdir({})
  writeFileSync(join(home, 'joe@acme.example.jpg'), jpegOf('joe'))
  const seed = Date.now() % 1_000_000
  t.comment(`seed ${seed}`)
  const apache = await startOldApache(t, home, (port, directory, accepts) => {
    const hosts: string[] = []
    for (const block of fc.sample(randomBlocks(directory), { seed, numRuns: 4 * blockCount })) {
      const host = `<VirtualHost *:${port}>\nServerName h${hosts.length}\nDocumentRoot "${directory}"\n${block}\n</VirtualHost>\n`
      if (hosts.length < blockCount && accepts(host)) hosts.push(host)
    }
    return hosts.join('')
  })
  if (apache === undefined) return
  const config = parseHttpdConfig(readFileSync(apache.file, 'utf8'), 'httpd.conf')
  const agent = new Agent({ keepAlive: true })
  t.teardown(() => agent.destroy())
  const counts = { same: 0, stricter: 0 }
  const wrong: string[] = []
  for (const host of findVirtualHosts(config.directives)) {
    const conversion = convertHost({ host, config: config.directives, remarks: [], parseCookie })
    const file = join(home, 'photogate.yaml')
    writeFileSync(file, formatConfig(conversion))
    const { settings, problems } = loadConfig({ file })
    t.strictSame(problems, [])
    if (settings === undefined) continue
    // Wider where it says so: cookie names and values are compared without case and not by their place.
    const isWider = conversion.leftovers.some(({ message }) => /heeds neither/.test(message))
    const name = host.names[0] ?? ''
    for (const from of clients) {
      for (const cookie of cookies) {
        const headers = { host: name, ...(cookie === '' ? {} : { cookie }) }
        const { status } = await ask(apache.port, '/joe@acme.example.jpg', { from, headers, agent })
        const [old, now] = [status === 200, admits(settings.policy, from, cookie)]
        if (old === now) counts.same++
        else if (!now) {
          counts.stricter++
          const isSaid = conversion.leftovers.length + conversion.accidents.length > 0
          if (!isSaid)
            wrong.push(`${name}: ${from} with ${cookie} is turned away, and nothing says so`)
        } else if (!isWider)
          wrong.push(`${name}: ${from} with ${cookie} is admitted, Apache says ${status}`)
      }
    }
  }
  t.comment(JSON.stringify(counts))
  t.ok(counts.same > blockCount * 20)
  const first = wrong[0]?.split(':')[0]
  const text = readFileSync(apache.file, 'utf8')
    .split('<VirtualHost')
    .find(each => each.includes(`ServerName ${first}\n`))
  t.strictSame(wrong.slice(0, 5), [], text ?? 'nobody')
})
