// A client that attacks with handshakes of TLS, as a program of its own: begins full handshakes as fast as it can and
// hangs up, or keeps connections open whose handshake is never ended. Prints one line of JSON.
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'

export interface ShakerLoad {
  /** Handshakes that were ended, or connections that were open at the same time. */
  readonly count: number
  readonly seconds: number
}

const [, , port = '', kind = '', number = '', seconds = ''] = process.argv
// Another client than those that are measured.
const place = { host: '127.0.0.1', port: Number(port), localAddress: '127.0.0.66' }
const startedMs = performance.now()
const elapsed = () => (performance.now() - startedMs) / 1000

if (process.argv[1] === import.meta.filename) {
  const count = kind === 'idle' ? await stayIdle(Number(number)) : await flood(Number(number))
  process.stdout.write(`${JSON.stringify({ count, seconds: elapsed() } satisfies ShakerLoad)}\n`)
  process.exit()
}

async function flood(lines: number): Promise<number> {
  let count = 0
  const run = async () => {
    while (elapsed() < Number(seconds)) {
      await new Promise<void>(resolve => {
        const socket = connectTls({ ...place, rejectUnauthorized: false }, () => {
          count++
          socket.destroy()
        })
        socket.on('error', () => {})
        socket.on('close', () => resolve())
      })
    }
  }
  await Promise.all(Array.from({ length: lines }, run))
  return count
}

async function stayIdle(connections: number): Promise<number> {
  let open = 0
  let most = 0
  const openOne = () =>
    new Promise<void>(resolve => {
      const socket = connect(place)
      socket.on('connect', () => {
        open++
        most = Math.max(most, open)
        resolve()
      })
      socket.on('error', () => resolve())
      socket.on('close', () => open--)
    })
  for (let at = 0; at < connections; at += 100)
    await Promise.all(Array.from({ length: 100 }, openOne))
  process.stderr.write('open\n')
  await delay(Math.max(0, (Number(seconds) - elapsed()) * 1000))
  return most
}
