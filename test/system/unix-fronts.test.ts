// Real fronts on the gate's Unix socket, configured as `photogate snippets` prints it: the client is the one that the front
// names, and no header that a client sends changes that.
import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import t from 'tap'
import { startServer } from '../../src/server/server.ts'
import { buildAccessLog } from '../fixtures/access-lines.ts'
import { ask } from '../fixtures/client.ts'
import { openConfigHome } from '../fixtures/config.ts'
import type { StartFront } from '../fixtures/fronts.ts'
import { startApache, startCaddy, startNginx } from '../fixtures/fronts.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const config = 'proxies: [unix]\nallow: [{ name: office, from: 127.0.0.7 }]'
const fronts: Record<string, StartFront> = {
  nginx: startNginx,
  Apache: startApache,
  Caddy: startCaddy,
}

for (const [name, start] of Object.entries(fronts)) {
  t.test(`${name} reaches the gate over its socket`, async t => {
    const home = openConfigHome(t)
    const folder = join(home.directory, 'run')
    mkdirSync(folder)
    // The workers of a front that root starts are another user's.
    for (const path of [home.directory, folder]) chmodSync(path, 0o755)
    const socket = join(folder, 'gate.sock')
    const lines: Record<string, unknown>[] = []
    const sink = { write: (line: string) => lines.push(JSON.parse(line)) }
    const settings = home.settings(`listen: { socket: ${socket}, mode: "0666" }\n${config}`)
    const server = await startServer(settings, {
      logger: pino({ base: null }, sink),
      access: buildAccessLog(sink),
    })
    t.teardown(() => server.close())
    const front = await start(t, { gate: { socket }, config })
    if (front === undefined) return
    const clientOf = async (from: string, headers: Record<string, string> = {}) => {
      const before = lines.length
      await ask(front.port, '/joe@acme.example.jpg', { from, headers })
      await waitUntil(() => lines.slice(before).some(({ msg }) => msg === 'request'))
      return lines.slice(before).find(({ msg }) => msg === 'request')
    }
    t.match(await clientOf('127.0.0.7'), { client: '127.0.0.7', peer: 'unix', rule: 'office' })
    t.match(await clientOf('127.0.0.8'), { client: '127.0.0.8', rule: 'turned-away' })
    const forged = await clientOf('127.0.0.8', { 'x-forwarded-for': '127.0.0.7' })
    t.match(forged, { client: '127.0.0.8', rule: 'turned-away' })
    const dropped = await clientOf('127.0.0.8', { connection: 'close, x-forwarded-for' })
    t.match(dropped, { rule: 'turned-away' })
  })
}
