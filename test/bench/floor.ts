// The cost of serving alone on Node: node:http sends the same bytes as the gate, headers and
// photo, from a Map filled at the start, with a log line of the same shape through the same buffer. Decides
// nothing: no rules, no validators, no refusals.
// A program of its own: `floor.ts <photos> <port>`. With a third argument, `bursts`, it collects answers
// as the gate does. No gate on Node can cost less than that.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { openDestination } from '../../src/server/log/destination.ts'
import { openLineBlocks } from '../../src/server/log/line-blocks.ts'

const [directory = '', port = '', bursts] = process.argv.slice(2)
const standardOutput = openDestination(1, { onTrouble: () => {}, onRecovery: () => {} })
const sink = openLineBlocks(standardOutput.write, 200)
const photos = new Map(
  readdirSync(directory).map(name => {
    const bytes = readFileSync(join(directory, name))
    const etag = createHash('sha256').update(bytes).digest('base64url').slice(0, 27)
    const headers = [
      ...['Content-Type', 'image/jpeg', 'Content-Length', String(bytes.length)],
      ...['Accept-Ranges', 'bytes', 'ETag', `"${etag}"`],
      ...['Last-Modified', new Date().toUTCString(), 'Cache-Control', 'private, max-age=300'],
      ...['X-Content-Type-Options', 'nosniff', 'Cross-Origin-Resource-Policy', 'cross-origin'],
    ]
    return [`/${name}`, { bytes, headers }]
  }),
)

let waiting: (() => void)[] = []
function flush(): void {
  const batch = waiting
  waiting = []
  for (const send of batch) send()
}

createServer((request, response) => {
  const startedMs = performance.now()
  const path = decodeURIComponent(request.url ?? '')
  const photo = photos.get(path)
  const status = photo === undefined ? 404 : 200
  const length = photo?.bytes.length ?? 0
  const send = () => {
    response.writeHead(status, photo?.headers)
    response.end(photo?.bytes)
  }
  if (bursts === undefined) send()
  else if (waiting.push(send) === 1) setImmediate(flush)
  sink.write(
    `{"level":"info","time":"${new Date().toISOString()}","msg":"request","client":"${request.socket.remoteAddress}","peer":"${request.socket.remoteAddress}","method":"${request.method}","address":${JSON.stringify(path.slice(1, -4))},"status":${status},"rule":"floor","reason":"found","bytes":${length},"milliseconds":${(performance.now() - startedMs).toFixed(3)},"userAgent":${JSON.stringify(request.headers['user-agent'] ?? null)}}\n`,
  )
}).listen(Number(port), '127.0.0.1')
