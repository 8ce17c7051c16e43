// A gate that runs for months says every day that a certificate ends soon.
import t from 'tap'
import { watchExpiry } from '../../../src/server/tls/expiry-watch.ts'

const dayMs = 86_400_000
const certificate = (file: string, days: number) => ({
  ...{ file, chain: '', key: '', names: ['photos.acme.example'], keyType: 'ec' },
  expiresMs: days * dayMs,
})
const tls = {
  certificates: [certificate('a.pem', 100), certificate('b.pem', 30)],
  minVersion: 'TLSv1.2',
  ...{ ciphers: '', cipherNames: [], alpn: [] },
  ...{ clientAuthority: undefined, needsClientCert: false },
} as const

t.test('each day from 21 days before the end on, and after it', async t => {
  const lines: string[] = []
  let days = 0
  const watch = watchExpiry({
    listen: () => [
      { socket: '/run/gate.sock', mode: 0o660 },
      { host: '127.0.0.1', port: 1 },
      { host: '127.0.0.1', port: 2, tls },
    ],
    logger: { warn: ((_: object, text: string) => lines.push(text)) as never },
    now: () => days * dayMs,
  })
  t.teardown(watch.close)
  const rows: readonly [days: number, lines: readonly RegExp[]][] = [
    [0, []],
    [9, []],
    [10, [/b\.pem expires in 20 days; replace the file/]],
    [30, [/b\.pem expires in 0 days/]],
    [31, [/b\.pem has expired/]],
    [200, [/a\.pem has expired/, /b\.pem has expired/]],
  ]
  for (const [at, wanted] of rows) {
    days = at
    lines.length = 0
    watch.look()
    t.equal(lines.length, wanted.length, `day ${at}`)
    t.match(lines, wanted)
  }
})
