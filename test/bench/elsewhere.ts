// Another target for a flood: the machine then spends the same on the flood's own side, and
// nothing on the gate. Lets each connection wait as long as the gate does, unread, and closes it. A program of
// its own, which prints its port on a line and ends with its standard input.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'

// The median wait at the gate in this flood.
const waitMs = 750
const answer = 'HTTP/1.1 302 Found\r\nLocation: /\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'

if (process.argv[1] === import.meta.filename) {
  const server = createServer({ pauseOnConnect: true }, socket => {
    socket.on('error', () => {})
    setTimeout(() => socket.end(answer, () => socket.destroy()), waitMs)
  })
  server.listen(0, '127.0.0.1', () => {
    process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
  })
  process.stdin.on('end', () => process.exit()).resume()
}

export interface Elsewhere {
  readonly port: Promise<number>
  stop(): Promise<void>
}

export function startElsewhere(): Elsewhere {
  const child = spawn(process.execPath, [...process.execArgv, import.meta.filename], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const early = ended.then(() => {
    throw new Error('the other program of the flood has ended')
  })
  early.catch(() => {}) // Expected when the flood ends.
  const said = once(child.stdout, 'data').then(([line]) => Number(line))
  return {
    port: Promise.race([said, early]),
    stop: async () => {
      child.stdin.end()
      await ended
    },
  }
}
