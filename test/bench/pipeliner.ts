// One client that sends requests without end and never waits for an answer: on each of its connections it sends
// `GET /a` as fast as the server takes it. A program of its own, with the port, the connections, the seconds and
// whether it reads its answers (`reads` or `ignores`) as its arguments; ends with one line of JSON.
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** The client's requests and answers. */
export interface PipelineLoad {
  /** Bytes that the system took to send, and bytes of answers that were read. */
  readonly sentBytes: number
  readonly readBytes: number
  readonly seconds: number
}

export type Manner = 'reads' | 'ignores'

const block = Buffer.from('GET /a HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(2_000))

if (process.argv[1] === import.meta.filename) {
  const [port = 0, connections = 0, seconds = 0] = process.argv.slice(2).map(Number)
  const startedMs = performance.now()
  const sockets = Array.from({ length: connections }, () => open(port, process.argv[5] as Manner))
  await delay(seconds * 1_000)
  const sum = (pick: (socket: Socket) => number) =>
    sockets.reduce((total, socket) => total + pick(socket), 0)
  const load: PipelineLoad = {
    sentBytes: sum(({ bytesWritten, writableLength }) => bytesWritten - writableLength),
    readBytes: sum(({ bytesRead }) => bytesRead),
    seconds: (performance.now() - startedMs) / 1_000,
  }
  process.stdout.write(`${JSON.stringify(load)}\n`, () => process.exit())
}

function open(port: number, manner: Manner): Socket {
  const socket = connect({ host: '127.0.0.1', port })
  socket.on('error', () => {})
  const ask = () => {
    while (socket.write(block));
  }
  socket.on('connect', ask)
  socket.on('drain', ask)
  if (manner === 'reads') socket.resume()
  return socket
}
