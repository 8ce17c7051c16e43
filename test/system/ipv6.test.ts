// Clients that come over IPv6, behind real fronts that run the printed snippets.
import t from 'tap'
import { frontPhotos, fronts, joe } from '../fixtures/claims.ts'
import { ask } from '../fixtures/client.ts'
import { startGate } from '../fixtures/gate.ts'

t.test(
  'over IPv6, the client is in brackets where RFC 7239 requires them, and the gate knows it',
  async t => {
    const config = `
proxies: [127.0.0.1]
clientHeader: forwarded
allow: [{ name: office, from: ["::1"] }]
`
    for (const [name, startFront] of Object.entries(fronts)) {
      await t.test(name, async t => {
        const gate = await startGate(t, { config, photos: frontPhotos })
        const front = await startFront(t, { gate, config, host: '::1' })
        if (front === undefined) return
        t.equal((await ask(front.port, joe, { host: '::1', from: '::1' })).status, 200)
        t.match(gate.requests().at(-1), { client: '::1', peer: '127.0.0.1', rule: 'office' })
      })
    }
  },
)
