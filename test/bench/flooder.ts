// One client that sends requests and does not wait for answers. A program of its own, with the port, the
// connections, the requests a second, the seconds and the file of requests as its arguments; ends with one
// line of JSON.
import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { connect } from 'node:net'

/** The flooder's requests and answers. */
export interface FloodLoad {
  /** Requests that were given to the system to send. */
  readonly offered: number
  readonly answered: number
  readonly seconds: number
}

const tickMs = 10
// A connection with this many unsent bytes is skipped until some are sent.
const maxUnsent = 256 * 1024

if (process.argv[1] === import.meta.filename) {
  const [port = 0, connections = 0, perSecond = 0, seconds = 0] = process.argv.slice(2).map(Number)
  const heads = readFileSync(process.argv[6] ?? '', 'latin1').split(/(?<=\r\n\r\n)/)
  await flood({ port, connections, perSecond, seconds, heads })
}

interface FloodOptions {
  readonly port: number
  readonly connections: number
  readonly perSecond: number
  readonly seconds: number
  readonly heads: readonly string[]
}

async function flood(options: FloodOptions): Promise<void> {
  const { port, connections, perSecond, seconds, heads } = options
  const sockets = Array.from({ length: connections }, () => open(port))
  const startedMs = performance.now()
  const elapsed = () => (performance.now() - startedMs) / 1000
  let [offered, turn, answered] = [0, 0, 0]

  /** Whether the next connection took the next request. */
  function offer(): boolean {
    const at = turn++ % sockets.length
    const { socket, answers } = sockets[at] as Connection
    if (socket.destroyed) {
      // A connection that the gate has closed is opened again.
      answered += answers
      sockets[at] = open(port)
    } else if (socket.writableLength < maxUnsent) {
      socket.write(heads[offered % heads.length] as string, 'latin1')
      return true
    }
    return false
  }

  await new Promise<void>(resolve => {
    const timer = setInterval(() => {
      const due = elapsed() * perSecond
      for (let refused = 0; offered < due && refused < sockets.length; ) {
        if (offer()) offered++
        else refused++
      }
      if (elapsed() < seconds) return
      clearInterval(timer)
      resolve()
    }, tickMs)
  })
  for (const { socket, answers } of sockets) {
    answered += answers
    socket.destroy()
  }
  const load: FloodLoad = { offered, answered, seconds: elapsed() }
  process.stdout.write(`${JSON.stringify(load)}\n`)
}

interface Connection {
  readonly socket: Socket
  answers: number
}

function open(port: number): Connection {
  const connection = { socket: connect({ host: '127.0.0.1', port }), answers: 0 }
  connection.socket.on('error', () => {})
  const status = 'HTTP/1.1 302'
  let rest = ''
  connection.socket.on('data', chunk => {
    const parts = (rest + chunk.toString('latin1')).split(status)
    connection.answers += parts.length - 1
    rest = (parts.at(-1) ?? '').slice(1 - status.length)
  })
  return connection
}
