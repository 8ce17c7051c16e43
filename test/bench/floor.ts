// What no gate on Node can undercut: node:http sending photos from a Map, with a log line of the same
// shape through the same buffer. Asks nobody for anything: no rules, no validators, no refusals.
// A program of its own: `floor.ts <photos> <port>`.
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { openLog } from '../../src/command/log.ts'

const [directory = '', port = ''] = process.argv.slice(2)
const { sink } = openLog()
const photos = new Map(
  readdirSync(directory).map(name => [`/${name}`, readFileSync(join(directory, name))]),
)

createServer((request, response) => {
  const startedMs = performance.now()
  const path = decodeURIComponent(request.url ?? '')
  const bytes = photos.get(path)
  const status = bytes === undefined ? 404 : 200
  const length = bytes?.length ?? 0
  response.writeHead(status, ['content-type', 'image/jpeg', 'content-length', String(length)])
  response.end(bytes)
  sink.write(
    `{"level":"info","time":"${new Date().toISOString()}","msg":"request","client":"${request.socket.remoteAddress}","peer":"${request.socket.remoteAddress}","method":"${request.method}","address":${JSON.stringify(path.slice(1, -4))},"status":${status},"rule":"floor","reason":"found","bytes":${length},"milliseconds":${(performance.now() - startedMs).toFixed(3)}}\n`,
  )
}).listen(Number(port), '127.0.0.1')
